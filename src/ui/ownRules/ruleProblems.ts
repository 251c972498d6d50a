import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { PolicyProblem } from '../../protocol';
import type { ScanStore } from '../../store/scanStore';
import { oneLine } from '../words/plainText';
import { uriOfProblem } from './ruleFile';
import type { TryRule } from './tryRule';

/** Shows in Problems what is wrong in own rules and models: as the newest scan of each folder says, and as the open one is being written. */
export class RuleProblems implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #collection = this.#disposables.add(vscode.languages.createDiagnosticCollection('codeagent-rules'));
  /** By folder: the files of which its newest scan told something. */
  readonly #told = new Map<string, Set<string>>();

  constructor(
    store: ScanStore,
    private readonly trial: TryRule,
  ) {
    this.#disposables.add(
      store.onChange(({ action, job }) => {
        if (action === 'report' && job?.folder !== undefined && job.report)
          this.#ofScan(job.folder, job.report.meta.policy?.problems ?? []);
      }),
    );
    this.#disposables.add(trial.onChange(() => this.#ofTrial()));
    // Of reports that were there before, the newest of each folder.
    for (const { folder, report } of [...store.jobs].reverse())
      if (folder !== undefined && report) this.#ofScan(folder, report.meta.policy?.problems ?? []);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #ofScan(folder: string, problems: readonly PolicyProblem[]): void {
    const byUri = new Map<string, { uri: vscode.Uri; problems: PolicyProblem[] }>();
    for (const problem of problems.filter(({ about }) => about === 'rules')) {
      const uri = uriOfProblem(folder, problem.file);
      const entry = byUri.get(uri.toString()) ?? { uri, problems: [] };
      entry.problems.push(problem);
      byUri.set(uri.toString(), entry);
    }
    for (const uri of this.#told.get(folder) ?? []) if (!byUri.has(uri)) this.#collection.delete(vscode.Uri.parse(uri));
    for (const entry of byUri.values()) this.#collection.set(entry.uri, entry.problems.map(toDiagnostic));
    this.#told.set(folder, new Set(byUri.keys()));
  }

  #ofTrial(): void {
    const { current } = this.trial;
    if (current?.answer && !current.isRunning)
      this.#collection.set(current.rule.uri, current.answer.problems.map(toDiagnostic));
  }
}

function toDiagnostic({ line, level, message }: PolicyProblem): vscode.Diagnostic {
  const { Error, Warning } = vscode.DiagnosticSeverity;
  const range = new vscode.Range(line - 1, 0, line - 1, Number.MAX_SAFE_INTEGER);
  const diagnostic = new vscode.Diagnostic(range, oneLine(message, 1_000), level === 'error' ? Error : Warning);
  diagnostic.source = 'CodeAgent (rules)';
  return diagnostic;
}
