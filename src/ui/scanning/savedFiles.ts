import * as vscode from 'vscode';
import { errorMessage } from '../../base/errors';
import { matcher } from '../../base/globs';
import { DisposableStore, toDisposable, type Disposable } from '../../base/lifecycle';
import { checkedFiles } from '../../store/checked';
import { scannedFolders } from '../../store/scanStore';
import { config } from '../manifest/config';
import { settings } from '../manifest/ids';
import type { WindowContext } from '../window/windowContext';
import { oneLine } from '../words/plainText';
import { gapLine } from '../../findings/coverage';

/** How long to wait for files that are saved together, in ms. */
const gatherMs = 30;
/** Maximum files per call. */
const maxFiles = 500;
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

class SavedFiles implements Disposable {
  readonly #disposables = new DisposableStore();
  /** Saved files that have not been checked yet, by folder. */
  readonly #waiting = new Map<string, Set<string>>();
  readonly #prepared = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #checking = false;

  constructor(private readonly context: Pick<WindowContext, 'services' | 'runner' | 'store' | 'log'>) {
    const { workspace } = vscode;
    this.#disposables.add(workspace.onDidSaveTextDocument(({ uri }) => this.#add([uri])));
    this.#disposables.add(workspace.onDidDeleteFiles(({ files }) => this.#add(files)));
    this.#disposables.add(
      workspace.onDidRenameFiles(({ files }) => this.#add(files.flatMap(({ oldUri, newUri }) => [oldUri, newUri]))),
    );
    this.#disposables.add(
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) void this.#prepare(document.uri);
      }),
    );
    this.#disposables.add(toDisposable(() => clearTimeout(this.#timer)));
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #add(uris: readonly vscode.Uri[]): void {
    for (const uri of uris) {
      const place = this.#placeOf(uri);
      if (!place) continue;
      const paths = this.#waiting.get(place.folder) ?? new Set();
      this.#waiting.set(place.folder, paths.add(place.path));
    }
    if (this.#waiting.size > 0 && !this.#checking) this.#timer ??= setTimeout(() => void this.#checkAll(), gatherMs);
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

  /** Checks the waiting files; files saved meanwhile are next. */
  async #checkAll(): Promise<void> {
    this.#timer = undefined;
    this.#checking = true;
    for (let [next] = this.#waiting; next; [next] = this.#waiting) {
      const [folder, paths] = next;
      const files = [...paths].slice(0, maxFiles);
      for (const path of files) paths.delete(path);
      if (paths.size === 0) this.#waiting.delete(folder);
      await this.#check(folder, files);
    }
    this.#checking = false;
  }

  /** Never rejects: the findings stay, marked as changed. */
  async #check(folder: string, files: readonly string[]): Promise<void> {
    const { services, store, log } = this.context;
    let noticeTimer: NodeJS.Timeout | undefined;
    const done = this.#inStatusBar((show) => (noticeTimer = setTimeout(show, noticeDelayMs)));
    try {
      const at = Date.now();
      const client = await services.open('embedded');
      const answer = await client.check({ path: folder, files: [...files], off: turnedOff(folder), ...trust() });
      for (const gap of answer.gaps) log.warn(`${folder}: ${oneLine(gapLine(gap), 1000)}`);
      store.dispatch({ type: 'checked', folder, files: checkedFiles(answer, at) });
    } catch (error) {
      log.error(`Saved files of ${folder} could not be checked: ${errorMessage(error)}`);
    } finally {
      clearTimeout(noticeTimer);
      done();
    }
  }

  /** @param later shows the message. @returns a function that removes it */
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

/** In Restricted Mode, the folder's decisions hide no findings. */
function trust(): { policy?: 'none' } {
  return vscode.workspace.isTrusted ? {} : { policy: 'none' };
}

/** The analyzers that the settings turn off for a folder. */
function turnedOff(folder: string): string[] {
  return Object.entries(config.analyzerUse(folder)).flatMap(([id, use]) => (use === 'off' ? [id] : []));
}
