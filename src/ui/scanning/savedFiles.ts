import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { errorMessage } from '../../base/errors';
import { matcher } from '../../base/globs';
import { DisposableStore, toDisposable, type Disposable } from '../../base/lifecycle';
import { isLockfile } from '../../base/lockfileNames';
import type { CheckAnswer, Issue } from '../../protocol';
import { checkedFiles } from '../../store/checked';
import { scannedFolders } from '../../store/scanStore';
import { config } from '../manifest/config';
import { settings } from '../manifest/ids';
import type { WindowContext } from '../window/windowContext';
import { oneLine } from '../words/plainText';
import { gapLine } from '../../findings/coverage';

/** How long to wait for files that are saved together, in ms. */
const gatherMs = 30;
/** Files in one call: of saved ones, and of those that other programs have written, which must not keep saved ones waiting. */
const maxFiles = { saved: 500, onDisk: 20 };
/** If other programs write more files than this at once, as in a checkout, only the lockfiles are checked. Findings in the others are marked if their code has changed. */
const maxOnDisk = 100;
/** Files that change within so long of each other are written at once, in ms. */
const burstMs = 5_000;
/** How long no file must have been saved before it is looked at what leads into the files of which a quick answer had to leave that open, in ms. */
const thoroughMs = 3_000;
/** Delay before the status bar says that files are being checked, in ms. */
const noticeDelayMs = 500;
/** Minimum time between warm-ups of the engines while the user is typing, in ms; idle engines end after a minute. */
const prepareMs = 30_000;

/** Checks the files of scanned folders when they are saved: quietly, on this machine, many in one call. */
export function registerSavedFiles(context: WindowContext): void {
  context.subscriptions.push(new SavedFiles(context));
}

/** A file in a workspace folder. */
interface Place {
  readonly folder: string;
  /** Relative, '/'-separated. */
  readonly path: string;
}

/** Files by folder. */
class Queue {
  readonly #folders = new Map<string, Set<string>>();

  get isEmpty(): boolean {
    return this.#folders.size === 0;
  }

  add({ folder, path }: Place): void {
    this.#folders.set(folder, (this.#folders.get(folder) ?? new Set()).add(path));
  }

  /** Takes some files of one folder out. */
  take(max: number): { readonly folder: string; readonly files: string[] } | undefined {
    const [next] = this.#folders;
    if (!next) return undefined;
    const [folder, paths] = next;
    const files = [...paths].slice(0, max);
    for (const path of files) paths.delete(path);
    if (paths.size === 0) this.#folders.delete(folder);
    return { folder, files };
  }
}

class SavedFiles implements Disposable {
  readonly #disposables = new DisposableStore();
  /** Files that are not checked yet: those that were saved in the editor come first. */
  readonly #saved = new Queue();
  readonly #onDisk = new Queue();
  /** Files of which the answer has left something open. */
  readonly #thorough = new Queue();
  /** Lockfiles and manifests to look up. */
  readonly #dependencies = new Queue();
  readonly #prepared = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #thoroughTimer: NodeJS.Timeout | undefined;
  /** When files were saved in the editor that are not checked yet, by URI, in ms since the epoch. */
  readonly #savedAt = new Map<string, number>();
  /** The number of files that other programs have written at once so far, and when the last ones changed. */
  #burst = { last: -Infinity, files: 0 };
  #checking = false;
  #lookingUp = false;

  constructor(
    private readonly context: Pick<
      WindowContext,
      'services' | 'runner' | 'store' | 'standing' | 'changed' | 'onDisk' | 'log'
    >,
  ) {
    const { workspace } = vscode;
    this.#disposables.add(
      workspace.onDidSaveTextDocument(({ uri }) => {
        if (this.#placeOf(uri)) this.#savedAt.set(uri.toString(), Date.now());
        this.#add(this.#saved, [uri]);
      }),
    );
    this.#disposables.add(workspace.onDidDeleteFiles(({ files }) => this.#add(this.#saved, files)));
    this.#disposables.add(
      workspace.onDidRenameFiles(({ files }) =>
        this.#add(
          this.#saved,
          files.flatMap(({ oldUri, newUri }) => [oldUri, newUri]),
        ),
      ),
    );
    this.#disposables.add(
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) void this.#prepare(document.uri);
      }),
    );
    this.#disposables.add(context.onDisk.onChange((uris) => void this.#addChanged(uris)));
    this.#disposables.add(
      toDisposable(() => {
        clearTimeout(this.#timer);
        clearTimeout(this.#thoroughTimer);
      }),
    );
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #add(queue: Queue, uris: readonly vscode.Uri[]): void {
    for (const uri of uris) {
      const place = this.#placeOf(uri);
      if (place) queue.add(place);
    }
    // What another program writes does not start the runner: it waits for it.
    const isDue = !queue.isEmpty && (queue === this.#saved || this.context.runner.isRunning);
    if (isDue && !this.#checking) this.#timer ??= setTimeout(() => void this.#checkAll(), gatherMs);
  }

  /** Files that were written on disk, by the editor or by other programs. Never rejects. */
  async #addChanged(uris: readonly vscode.Uri[]): Promise<void> {
    const changed: vscode.Uri[] = [];
    for (const uri of uris) if (!(await this.#isAnswered(uri))) changed.push(uri);
    if (changed.length === 0) return;
    const now = performance.now();
    if (now - this.#burst.last > burstMs) this.#burst = { last: now, files: 0 };
    this.#burst = { last: now, files: this.#burst.files + changed.length };
    const tooMany = this.#burst.files > maxOnDisk;
    const some = tooMany ? changed.filter(({ path }) => isLockfile(path)).slice(0, maxOnDisk) : changed;
    if (some.length < changed.length)
      this.context.log.info(`${changed.length - some.length} files have changed at once, and were not checked.`);
    this.#add(this.#onDisk, some);
  }

  /** Whether a file was checked since it was written, or will be since the editor wrote it. */
  async #isAnswered(uri: vscode.Uri): Promise<boolean> {
    const place = this.#placeOf(uri);
    const checked = place && this.context.store.checked.get(place.folder)?.get(place.path)?.at;
    const at = Math.max(checked ?? -Infinity, this.#savedAt.get(uri.toString()) ?? -Infinity);
    if (at === -Infinity) return false;
    try {
      const { mtimeMs, ctimeMs } = await stat(uri.fsPath);
      return Math.max(mtimeMs, ctimeMs) <= at;
    } catch {
      return false; // It is gone, which is to be found out.
    }
  }

  /** Undefined if the file should not be checked. */
  #placeOf(uri: vscode.Uri): Place | undefined {
    if (uri.scheme !== 'file' || !config.get(settings.scanOnSave, uri)) return undefined;
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    if (!folder) return undefined;
    const root = folder.uri.fsPath;
    // Only once the folder has been scanned: the findings of a single file would be misleading, and nothing should start before that.
    const isScanned = scannedFolders(this.context.store.jobs).has(root);
    const path = uri.path.slice(folder.uri.path.length).replace(/^\//, '');
    if (!isScanned || path === '') return undefined;
    const isLeftOut = vscode.workspace.isTrusted && matcher(config.excludes(root))(path);
    return isLeftOut ? undefined : { folder: root, path };
  }

  /** Checks the waiting files; files saved in the meantime are next. */
  async #checkAll(): Promise<void> {
    this.#timer = undefined;
    this.#checking = true;
    clearTimeout(this.#thoroughTimer);
    for (;;) {
      const saved = this.#saved.take(maxFiles.saved);
      const next = saved ?? this.#onDisk.take(maxFiles.onDisk);
      if (!next) break;
      await this.#check(next.folder, next.files, saved !== undefined);
    }
    this.#checking = false;
    if (!this.#thorough.isEmpty) this.#thoroughTimer = setTimeout(() => void this.#checkThoroughly(), thoroughMs);
  }

  /** Never rejects: the findings stay as they are, marked as changed. */
  async #check(folder: string, files: readonly string[], isSaved: boolean): Promise<void> {
    let noticeTimer: NodeJS.Timeout | undefined;
    const done = this.#inStatusBar((show) => (noticeTimer = isSaved ? setTimeout(show, noticeDelayMs) : undefined));
    try {
      const answer = await this.#ask(folder, files);
      for (const { path, alone } of answer.files) if (alone) this.#thorough.add({ folder, path });
      for (const path of answer.dependencies) this.#dependencies.add({ folder, path });
      if (answer.dependencies.length > 0) void this.#lookUpAll();
    } catch (error) {
      this.context.log.error(`Saved files of ${folder} could not be checked: ${errorMessage(error)}`);
    } finally {
      clearTimeout(noticeTimer);
      done();
      if (isSaved) for (const path of files) this.#savedAt.delete(uriIn(folder, path).toString());
    }
  }

  /** Checks more thoroughly what quick answers have left open, unless a file is saved in the meantime. Never rejects. */
  async #checkThoroughly(): Promise<void> {
    for (let next; !this.#checking && (next = this.#thorough.take(maxFiles.saved));) {
      try {
        await this.#ask(next.folder, next.files, { thorough: true });
      } catch (error) {
        this.context.log.error(`Saved files of ${next.folder} could not be checked again: ${errorMessage(error)}`);
      }
    }
  }

  /** Looks up the dependencies that were changed, in the background, since that may ask a service. Never rejects. */
  async #lookUpAll(): Promise<void> {
    if (this.#lookingUp) return;
    this.#lookingUp = true;
    for (let next; (next = this.#dependencies.take(maxFiles.saved));) {
      const { folder, files } = next;
      try {
        const { files: looked, gaps } = await this.#ask(folder, files, { dependencies: true });
        const failed = new Set(
          gaps.flatMap(({ kind, analyzer }) => (kind === 'lookup_failed' ? (analyzer ?? []) : [])),
        );
        const paths = new Set([...files, ...looked.map(({ path }) => path)]);
        if (failed.size > 0) this.#markOutdated(folder, paths, failed);
      } catch (error) {
        this.context.log.error(`The dependencies of ${folder} could not be looked up: ${errorMessage(error)}`);
      }
    }
    this.#lookingUp = false;
  }

  /** Marks the remaining findings of analyzers that could not check the file again. */
  #markOutdated(folder: string, paths: ReadonlySet<string>, analyzers: ReadonlySet<string>): void {
    const { standing, changed, store } = this.context;
    const isNew = (path: string, issue: Issue) =>
      store.checked
        .get(folder)
        ?.get(path)
        ?.found.some((one) => one.issue === issue) === true;
    const old = standing.now.findings.filter(
      ({ folder: of, issue }) =>
        of === folder && paths.has(issue.file) && analyzers.has(issue.tool) && !isNew(issue.file, issue),
    );
    changed.markOutdated(old.map(({ issue }) => issue));
  }

  /** Asks the runner, and keeps what it answers. */
  async #ask(
    folder: string,
    files: readonly string[],
    more: { thorough?: true; dependencies?: true } = {},
  ): Promise<CheckAnswer> {
    const { services, store, log } = this.context;
    const at = Date.now();
    const client = await services.open('embedded');
    const answer = await client.check({ path: folder, files: [...files], off: turnedOff(folder), ...trust(), ...more });
    for (const gap of answer.gaps) log.warn(`${folder}: ${oneLine(gapLine(gap), 1000)}`);
    const checked = checkedFiles(answer, at);
    // Of the many files that dependencies may be in, those with findings, now or before.
    const before = new Set(more.dependencies ? this.context.standing.now.findings.map(({ issue }) => issue.file) : []);
    const told = more.dependencies
      ? checked.filter(({ path, found }) => found.length > 0 || before.has(path))
      : checked;
    if (told.length > 0) store.dispatch({ type: 'checked', folder, files: told });
    return answer;
  }

  /** @param later shows the message. @returns removes it */
  #inStatusBar(later: (show: () => void) => void): () => void {
    let shown: vscode.Disposable | undefined;
    later(() => {
      shown = vscode.window.setStatusBarMessage(`$(loading~spin) ${vscode.l10n.t('Checking saved files')}`);
    });
    return () => {
      shown?.dispose();
    };
  }

  /** Starts the engines for a file while it is edited, if the runner exists. Never rejects. */
  async #prepare(uri: vscode.Uri): Promise<void> {
    const { runner, services, log } = this.context;
    const kind = uri.path.slice(uri.path.lastIndexOf('.') + 1);
    const key = `${vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? ''}\0${kind}`;
    const now = performance.now();
    if (!runner.isRunning || now - (this.#prepared.get(key) ?? -Infinity) < prepareMs) return;
    const place = this.#placeOf(uri);
    if (!place) return;
    this.#prepared.set(key, now);
    const { folder, path } = place;
    try {
      const client = await services.open('embedded');
      await client.check({ path: folder, files: [path], off: turnedOff(folder), prepare: true });
    } catch (error) {
      log.debug(`The engines could not be prepared: ${errorMessage(error)}`);
    }
  }
}

function uriIn(folder: string, path: string): vscode.Uri {
  return vscode.Uri.joinPath(vscode.Uri.file(folder), path);
}

/** In Restricted Mode, the folder's decisions hide no findings. */
function trust(): { policy?: 'none' } {
  return vscode.workspace.isTrusted ? {} : { policy: 'none' };
}

/** The analyzers that the settings turn off for a folder. */
function turnedOff(folder: string): string[] {
  return Object.entries(config.analyzerUse(folder)).flatMap(([id, use]) => (use === 'off' ? [id] : []));
}
