import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { PolicyProblem } from '../../protocol';
import type { ScanStore } from '../../store/scanStore';
import { oneLine } from '../words/plainText';
import { uriOfProblem } from './ruleFile';
import type { TryRule } from './tryRule';

/** What is wrong in a file. */
interface FileProblems {
  readonly uri: vscode.Uri;
  readonly folder: string;
  readonly problems: readonly PolicyProblem[];
}

/** Shows in Problems what is wrong in own rules and models: as the newest scan of each folder says, and as the open one is being written. */
export class RuleProblems implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #collection = this.#disposables.add(vscode.languages.createDiagnosticCollection('codeagent-rules'));
  /** By URI: of files as they are saved. */
  readonly #saved = new Map<string, FileProblems>();
  /** By URI: of open files with changes that are not saved, which come first. */
  readonly #drafts = new Map<string, FileProblems>();

  constructor(
    store: ScanStore,
    private readonly trial: TryRule,
  ) {
    const { workspace } = vscode;
    this.#disposables.add(
      store.onChange(({ action, job }) => {
        if (action === 'report' && job?.folder !== undefined && job.report)
          this.#ofScan(job.folder, job.report.meta.policy?.problems ?? []);
      }),
    );
    this.#disposables.add(trial.onChange(() => this.#ofTrial()));
    this.#disposables.add(workspace.onDidSaveTextDocument(({ uri }) => this.#end(uri, true)));
    this.#disposables.add(workspace.onDidCloseTextDocument(({ uri }) => this.#end(uri, false)));
    // Of reports that were there before, the newest of each folder.
    for (const { folder, report } of [...store.jobs].reverse())
      if (folder !== undefined && report) this.#ofScan(folder, report.meta.policy?.problems ?? []);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #ofScan(folder: string, problems: readonly PolicyProblem[]): void {
    const before = [...this.#saved.values()].filter((one) => one.folder === folder);
    for (const { uri } of before) this.#saved.delete(uri.toString());
    const found = new Map<string, FileProblems & { problems: PolicyProblem[] }>();
    for (const problem of problems.filter(({ about }) => about === 'rules')) {
      const uri = uriOfProblem(folder, problem.file);
      const entry = found.get(uri.toString()) ?? { uri, folder, problems: [] };
      entry.problems.push(problem);
      found.set(uri.toString(), entry);
    }
    for (const [key, entry] of found) this.#saved.set(key, entry);
    for (const { uri } of [...before, ...found.values()]) this.#show(uri);
  }

  #ofTrial(): void {
    const { current } = this.trial;
    if (!current?.answer || current.isRunning) return;
    const { uri, folder } = current.rule;
    const key = uri.toString();
    const isDraft = vscode.workspace.textDocuments.some((one) => one.isDirty && one.uri.toString() === key);
    (isDraft ? this.#drafts : this.#saved).set(key, { uri, folder, problems: current.answer.problems });
    if (!isDraft) this.#drafts.delete(key);
    this.#show(uri);
  }

  /** A draft is no more: it was saved, or closed with its changes dropped. */
  #end(uri: vscode.Uri, isSaved: boolean): void {
    const draft = this.#drafts.get(uri.toString());
    if (!draft) return;
    this.#drafts.delete(uri.toString());
    if (isSaved) this.#saved.set(uri.toString(), draft);
    this.#show(uri);
  }

  #show(uri: vscode.Uri): void {
    const known = this.#drafts.get(uri.toString()) ?? this.#saved.get(uri.toString());
    this.#collection.set(uri, known?.problems.map(toDiagnostic));
  }
}

function toDiagnostic({ line, level, message }: PolicyProblem): vscode.Diagnostic {
  const { Error, Warning } = vscode.DiagnosticSeverity;
  const range = new vscode.Range(line - 1, 0, line - 1, Number.MAX_SAFE_INTEGER);
  const diagnostic = new vscode.Diagnostic(range, oneLine(message, 1_000), level === 'error' ? Error : Warning);
  diagnostic.source = 'CodeAgent (rules)';
  return diagnostic;
}
