import { setImmediate } from 'node:timers/promises';
import * as vscode from 'vscode';
import { errorMessage } from '../../base/errors';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import type { Report } from '../../protocol';
import { standingFindings, standingJobs, withoutRepeats, type Finding } from '../../store/findings';
import type { ScanStore } from '../../store/scanStore';
import { counts, type Decisions } from '../decisions/decisions';
import { jobLabel } from '../words/words';
import { FileFindings, type PlacedFinding } from './fileFindings';
import { currentLines, uriOf } from './placeIssues';

/** How many files to publish at a time, to not block the extension host for long. */
const batch = 10;

/**
 * Publishes the current findings of each folder to the editor and the Problems panel, each at its current line, and keeps them in place while files
 * are edited.
 */
export class EditorFindings implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #collection: vscode.DiagnosticCollection;
  readonly #files = new Map<string, FileFindings>();
  /** The last reports published for each folder. */
  readonly #published = new Map<string, readonly Report[]>();
  readonly #changed = new vscode.EventEmitter<void>();
  /** The findings in some file have changed. */
  readonly onChange = this.#changed.event;
  #scheduled = false;
  #disposed = false;

  constructor(
    private readonly store: ScanStore,
    private readonly decisions: Decisions,
    private readonly log: Logger,
  ) {
    this.#disposables.add(this.#changed);
    this.#collection = this.#disposables.add(vscode.languages.createDiagnosticCollection('codeagent'));
    this.#disposables.add(
      store.onChange(({ action, from, to }) => {
        if (action === 'report' || action === 'removed' || from !== to) this.#syncSoon();
      }),
    );
    this.#disposables.add(
      decisions.onChange(() => {
        this.#published.clear();
        this.#syncSoon();
      }),
    );
    this.#disposables.add(vscode.workspace.onDidOpenTextDocument((document) => this.#onOpen(document)));
    this.#disposables.add(vscode.workspace.onDidCloseTextDocument((document) => void this.#onClose(document)));
    this.#disposables.add(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        const file = this.#files.get(document.uri.toString());
        if (file && contentChanges.length > 0 && file.edit(document, contentChanges)) this.#show([file]);
      }),
    );
  }

  /** The findings in a file. */
  in(uri: vscode.Uri): readonly PlacedFinding[] {
    return this.#files.get(uri.toString())?.shown ?? [];
  }

  /** The findings in a range of a file. */
  at(uri: vscode.Uri, range: vscode.Range): readonly PlacedFinding[] {
    return this.in(uri).filter(({ diagnostic }) => diagnostic.range.intersection(range));
  }

  /** The other findings of a finding's rule that have a fix, in all files. */
  withFix({ id, issue: { rule_id } }: Finding): readonly Finding[] {
    return [...this.#files.values()].flatMap(({ shown }) =>
      shown.flatMap(({ finding }) =>
        finding.issue.rule_id === rule_id && finding.issue.fix && finding.id !== id ? [finding] : [],
      ),
    );
  }

  dispose(): void {
    this.#disposed = true;
    this.#published.clear();
    this.#disposables.dispose();
  }

  /** Publishes deferred, since the views handle the same change. */
  #syncSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    void setImmediate().then(() => {
      this.#scheduled = false;
      if (!this.#disposed) this.#sync();
    });
  }

  /** Publishes the folders whose findings have changed. */
  #sync(): void {
    const chains = standingJobs(this.store.jobs);
    for (const { folder } of [...this.#files.values()]) {
      if (!chains.some(([tracked]) => tracked?.folder === folder)) this.#clear(folder);
    }
    for (const folder of new Set(chains.map(([tracked]) => tracked?.folder))) {
      // Those of scans and those of imports.
      const own = chains.filter(([tracked]) => tracked?.folder === folder);
      const reports = own.flat().flatMap(({ report }) => report ?? []);
      if (folder === undefined || reports.length === 0 || isSame(this.#published.get(folder), reports)) continue;
      this.#published.set(folder, reports);
      const suppressions = this.decisions.of(folder);
      const findings = own.flatMap((chain) => standingFindings(chain, ({ job }) => jobLabel(job), suppressions));
      const open = withoutRepeats(findings).filter((finding) => counts(finding.state));
      this.#publish(folder, reports, open).catch((error: unknown) =>
        this.log.error(`Could not show the findings in ${folder}: ${errorMessage(error)}`),
      );
    }
  }

  async #publish(folder: string, reports: readonly Report[], findings: readonly Finding[]): Promise<void> {
    const byPath = new Map<string, Finding[]>();
    for (const finding of findings) {
      const list = byPath.get(finding.issue.file);
      if (list) list.push(finding);
      else byPath.set(finding.issue.file, [finding]);
    }
    const fresh = new Map<string, FileFindings>();
    for (const [path, list] of byPath) {
      const lines = await currentLines(folder, path);
      if (lines) fresh.set(uriOf(folder, path).toString(), new FileFindings(folder, uriOf(folder, path), list, lines));
      else this.log.warn(`Skipped the findings in ${path}: the path leads out of the folder through a link.`);
    }
    const gone = [...this.#files].filter(([key, file]) => file.folder === folder && !fresh.has(key));
    for (let at = 0, all = [...fresh]; at < all.length || at === 0; at += batch) {
      // Superseded in the meantime.
      if (this.#published.get(folder) !== reports) return;
      if (at === 0) this.#drop(gone);
      const next = all.slice(at, at + batch);
      for (const [key, file] of next) this.#files.set(key, file);
      this.#show(next.map(([, file]) => file));
      await setImmediate();
    }
  }

  #clear(folder: string): void {
    this.#published.delete(folder);
    this.#drop([...this.#files].filter(([, file]) => file.folder === folder));
  }

  #drop(files: readonly (readonly [string, FileFindings])[]): void {
    for (const [key] of files) this.#files.delete(key);
    this.#collection.set(files.map(([, { uri }]) => [uri, undefined]));
    this.#changed.fire();
  }

  #show(files: readonly FileFindings[]): void {
    this.#collection.set(files.map((file) => [file.uri, file.shown.map(({ diagnostic }) => diagnostic)]));
    this.#changed.fire();
  }

  #onOpen(document: vscode.TextDocument): void {
    const file = this.#files.get(document.uri.toString());
    if (!file) return;
    file.reset(document.getText().split('\n'));
    this.#show([file]);
  }

  /** Unsaved changes are discarded, so the file on disk counts again. */
  async #onClose(document: vscode.TextDocument): Promise<void> {
    const file = this.#files.get(document.uri.toString());
    if (!file?.edited) return;
    try {
      const lines = await currentLines(file.folder, file.path);
      if (!lines || this.#files.get(document.uri.toString()) !== file) return;
      file.reset(lines);
      this.#show([file]);
    } catch (error) {
      this.log.warn(`Could not read ${file.path}: ${errorMessage(error)}`);
    }
  }
}

function isSame(a: readonly Report[] | undefined, b: readonly Report[]): boolean {
  return a?.length === b.length && a.every((report, index) => report === b[index]);
}
