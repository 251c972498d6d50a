import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { PolicyProblem, Report } from '../../protocol';
import type { Origin, ScanStore } from '../../store/scanStore';
import { oneLine } from '../words/plainText';
import { ownerOf, SavedProblems, type FileProblems } from './savedProblems';
import type { TryRule } from './tryRule';

/** Shows problems in custom rules and models: those found by each folder's latest scan, and those in the open file while it is being written. */
export class RuleProblems implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #collection = this.#disposables.add(vscode.languages.createDiagnosticCollection('codeagent-rules'));
  /** Of saved files. */
  readonly #saved = new SavedProblems();
  /** By path: of open files with unsaved changes, which take precedence. */
  readonly #drafts = new Map<string, FileProblems>();

  constructor(
    store: ScanStore,
    private readonly trial: TryRule,
  ) {
    const { workspace } = vscode;
    this.#disposables.add(
      store.onChange(({ action, job }) => {
        if (action === 'report' && job?.folder !== undefined && job.report)
          this.#ofScan(job.folder, job.origin, job.report);
      }),
    );
    this.#disposables.add(trial.onChange(() => this.#ofTrial()));
    this.#disposables.add(workspace.onDidSaveTextDocument(({ uri }) => this.#end(uri, true)));
    this.#disposables.add(workspace.onDidCloseTextDocument(({ uri }) => this.#end(uri, false)));
    // Of existing reports, the newest one of each folder.
    for (const { folder, origin, report } of [...store.jobs].reverse())
      if (folder !== undefined && report) this.#ofScan(folder, origin, report);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #ofScan(folder: string, { service }: Origin, { meta }: Report): void {
    if (service === 'imported') return;
    for (const path of this.#saved.ofScan(folder, service === 'embedded', meta.policy?.problems ?? []))
      this.#show(path);
  }

  #ofTrial(): void {
    const { current } = this.trial;
    if (!current?.answer || current.isRunning) return;
    const { uri, folder, file } = current.rule;
    const path = uri.fsPath;
    const isDraft = vscode.workspace.textDocuments.some((one) => one.isDirty && one.uri.toString() === uri.toString());
    const found = { folder: ownerOf(folder, file), problems: current.answer.problems };
    (isDraft ? this.#drafts : this.#saved).set(path, found);
    if (!isDraft) this.#drafts.delete(path);
    this.#show(path);
  }

  /** The draft is gone: it was saved, or closed without saving. */
  #end(uri: vscode.Uri, isSaved: boolean): void {
    const path = uri.fsPath;
    const draft = this.#drafts.get(path);
    if (!draft) return;
    this.#drafts.delete(path);
    if (isSaved) this.#saved.set(path, draft);
    this.#show(path);
  }

  #show(path: string): void {
    const known = this.#drafts.get(path) ?? this.#saved.get(path);
    this.#collection.set(vscode.Uri.file(path), known?.problems.map(toDiagnostic));
  }
}

function toDiagnostic({ line, level, message }: PolicyProblem): vscode.Diagnostic {
  const { Error, Warning } = vscode.DiagnosticSeverity;
  const range = new vscode.Range(line - 1, 0, line - 1, Number.MAX_SAFE_INTEGER);
  const diagnostic = new vscode.Diagnostic(range, oneLine(message, 1_000), level === 'error' ? Error : Warning);
  diagnostic.source = 'CodeAgent (rules)';
  return diagnostic;
}
