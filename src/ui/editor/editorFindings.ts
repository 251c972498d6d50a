import { setImmediate } from 'node:timers/promises';
import * as vscode from 'vscode';
import { errorMessage } from '../../base/errors';
import { groupBy } from '../../base/groupBy';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import { Paced } from '../../base/paced';
import { Soon } from '../../base/soon';
import type { Finding } from '../../store/findings';
import type { ScanStore } from '../../store/scanStore';
import type { ChangedFindings } from '../decisions/changedFindings';
import { countsAsOpen, type Decisions } from '../decisions/decisions';
import type { StandingNow } from '../decisions/standingNow';
import type { DiskChanges } from '../decisions/diskChanges';
import { FileFindings, type PlacedFinding } from './fileFindings';
import { currentLines, uriOf } from './placeIssues';

/** How many files to publish at a time, to not block the extension host for long. */
const batch = 10;
/** How often at most to publish, in ms: a running scan finds something many times a second. */
const intervalMs = 500;

/**
 * Publishes the current findings of each folder to the editor and the Problems panel, each at its current line, and keeps them in place while files
 * are edited.
 */
export class EditorFindings implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #collection: vscode.DiagnosticCollection;
  /** By URI. */
  readonly #files = new Map<string, FileFindings>();
  readonly #changed = new vscode.EventEmitter<void>();
  /** The findings in some file have changed. */
  readonly onChange = this.#changed.event;
  readonly #paced = this.#disposables.add(new Paced(() => this.#sync(), intervalMs));
  readonly #soon = this.#disposables.add(new Soon(() => this.#sync()));
  /** The number of the newest publication, which supersedes those under way. */
  #newest = 0;

  constructor(
    store: ScanStore,
    decisions: Decisions,
    private readonly standing: StandingNow,
    private readonly changes: ChangedFindings,
    onDisk: DiskChanges,
    private readonly log: Logger,
  ) {
    this.#disposables.add(this.#changed);
    this.#collection = this.#disposables.add(vscode.languages.createDiagnosticCollection('codeagent'));
    this.#disposables.add(
      store.onChange(({ action, from, to }) => {
        // In a later turn, since the views handle the same change.
        if (action === 'report' || action === 'removed' || action === 'checked' || from !== to) this.#soon.ask();
        else if (action === 'findings') this.#paced.ask();
      }),
    );
    this.#disposables.add(decisions.onChange(() => this.#soon.ask()));
    this.#disposables.add(onDisk.onChange((uris) => void this.#onDisk(uris)));
    this.#disposables.add(
      changes.onOutdated((issues) =>
        this.#show([...this.#files.values()].filter((file) => file.findings.some(({ issue }) => issues.has(issue)))),
      ),
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

  /** The findings in a file whose lines have not changed. */
  in(uri: vscode.Uri): readonly PlacedFinding[] {
    return this.#files.get(uri.toString())?.standing ?? [];
  }

  /** The findings in a range of a file. */
  at(uri: vscode.Uri, range: vscode.Range): readonly PlacedFinding[] {
    return this.in(uri).filter(({ diagnostic }) => diagnostic.range.intersection(range));
  }

  /** The other findings of a finding's rule that have a fix, in all files. */
  withFix({ id, issue: { rule_id } }: Finding): readonly Finding[] {
    return [...this.#files.values()].flatMap(({ standing }) =>
      standing.flatMap(({ finding }) =>
        finding.issue.rule_id === rule_id && finding.issue.fix && finding.id !== id ? [finding] : [],
      ),
    );
  }

  dispose(): void {
    this.#newest += 1;
    this.#disposables.dispose();
  }

  /** Publishes the files whose findings have changed. */
  #sync(): void {
    const byPath = groupBy(this.standing.now.findings, ({ folder, issue, state }) =>
      folder !== undefined && countsAsOpen(state) ? `${folder}\0${issue.file}` : undefined,
    );
    // One URI for each file: making one for each finding blocks the extension host.
    const byFile = [...byPath.values()].flatMap((findings): [string, readonly Finding[]][] => {
      const [first] = findings;
      return first?.folder === undefined ? [] : [[uriOf(first.folder, first.issue.file).toString(), findings]];
    });
    this.#publish(new Map(byFile)).catch((error: unknown) =>
      this.log.error(`Could not show the findings in the editor: ${errorMessage(error)}`),
    );
  }

  async #publish(byFile: ReadonlyMap<string, readonly Finding[]>): Promise<void> {
    const turn = (this.#newest += 1);
    this.#drop([...this.#files].filter(([key]) => !byFile.has(key)));
    const news = [...byFile].filter(([key, findings]) => !hasSame(this.#files.get(key)?.findings, findings));
    for (let at = 0; at < news.length; at += batch) {
      const files: [string, FileFindings][] = [];
      const unread: string[] = [];
      for (const [key, findings] of news.slice(at, at + batch)) {
        const file = await this.#load(findings);
        if (file) files.push([key, file]);
        else unread.push(key);
      }
      // Superseded in the meantime.
      if (turn !== this.#newest) return;
      this.#drop(
        unread.flatMap((key) => {
          const file = this.#files.get(key);
          return file ? [[key, file]] : [];
        }),
      );
      for (const [key, file] of files) this.#files.set(key, file);
      this.#show(files.map(([, file]) => file));
      await setImmediate();
      if (turn !== this.#newest) return;
    }
  }

  /** The findings of one file at its current lines. @returns undefined if the file must not be read */
  async #load(findings: readonly Finding[]): Promise<FileFindings | undefined> {
    const [first] = findings;
    if (first?.folder === undefined) return undefined;
    const { folder } = first;
    const path = first.issue.file;
    try {
      const lines = await currentLines(folder, path);
      if (lines)
        return new FileFindings(folder, uriOf(folder, path), findings, lines, (issue) =>
          this.changes.isOutdated(issue),
        );
      this.log.warn(`Skipped the findings in ${path}: the path leads out of the folder through a link.`);
    } catch (error) {
      this.log.error(`Could not show the findings in ${path}: ${errorMessage(error)}`);
    }
    return undefined;
  }

  #drop(files: readonly (readonly [string, FileFindings])[]): void {
    if (files.length === 0) return;
    for (const [key] of files) this.#files.delete(key);
    this.#collection.set(files.map(([, { uri }]) => [uri, undefined]));
    this.#changed.fire();
  }

  #show(files: readonly FileFindings[]): void {
    this.#collection.set(files.map((file) => [file.uri, file.diagnostics]));
    this.changes.note(files.flatMap((file) => file.changes));
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
    if (file?.edited) await this.#readAgain([file]);
  }

  /** Finds the lines of findings again in files that another program has written. Those that are open VS Code loads again. */
  async #onDisk(uris: readonly vscode.Uri[]): Promise<void> {
    const open = new Set(vscode.workspace.textDocuments.map(({ uri }) => uri.toString()));
    const closed = uris.filter((uri) => !open.has(uri.toString()));
    const files = closed.flatMap((uri) => this.#files.get(uri.toString()) ?? []);
    for (let at = 0; at < files.length; at += batch) {
      await this.#readAgain(files.slice(at, at + batch));
      await setImmediate();
    }
  }

  async #readAgain(files: readonly FileFindings[]): Promise<void> {
    const read: FileFindings[] = [];
    for (const file of files) {
      try {
        const lines = await currentLines(file.folder, file.path);
        if (!lines || this.#files.get(file.uri.toString()) !== file) continue;
        file.reset(lines);
        read.push(file);
      } catch (error) {
        this.log.warn(`Could not read ${file.path}: ${errorMessage(error)}`);
      }
    }
    if (read.length > 0) this.#show(read);
  }
}

function hasSame(a: readonly Finding[] | undefined, b: readonly Finding[]): boolean {
  return a?.length === b.length && a.every(({ issue }, index) => issue === b[index]?.issue);
}
