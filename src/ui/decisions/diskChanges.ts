import * as vscode from 'vscode';
import { DisposableStore, toDisposable, type Disposable } from '../../base/lifecycle';
import { isLockfile } from '../../base/lockfileNames';
import type { Standing } from '../../store/standing';
import type { StandingNow } from './standingNow';

/** How long to wait after the last change before reporting, in ms: a checkout writes many files. */
const quietMs = 400;
/** After this many ms, changes are reported even if more keep coming. */
const maxWaitMs = 10_000;

/** Folders in which programs write files that are not source code. */
const notSource = /\/(?:\.git|node_modules)\//;

/** Reports files with findings, and lockfiles, that have changed on disk, whichever program wrote them. */
export class DiskChanges implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #told = this.#disposables.add(new vscode.EventEmitter<readonly vscode.Uri[]>());
  /** Files that were written or are gone, many at once. */
  readonly onChange = this.#told.event;
  readonly #waiting = new Map<string, vscode.Uri>();
  #waitsSince = 0;
  #timer: NodeJS.Timeout | undefined;
  #known: { readonly of: Standing; readonly files: ReadonlySet<string> } | undefined;

  constructor(private readonly standing: StandingNow) {
    const watcher = this.#disposables.add(vscode.workspace.createFileSystemWatcher('**/*'));
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete])
      this.#disposables.add(event((uri) => this.#add(uri)));
    this.#disposables.add(toDisposable(() => clearTimeout(this.#timer)));
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #add(uri: vscode.Uri): void {
    if (uri.scheme !== 'file' || notSource.test(uri.path)) return;
    if (!isLockfile(uri.path) && !this.#withFindings().has(uri.toString())) return;
    const now = performance.now();
    if (this.#waiting.size === 0) this.#waitsSince = now;
    this.#waiting.set(uri.toString(), uri);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#report(), Math.min(quietMs, Math.max(0, this.#waitsSince + maxWaitMs - now)));
  }

  #report(): void {
    const changed = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#told.fire(changed);
  }

  /** The files that have findings, by URI. */
  #withFindings(): ReadonlySet<string> {
    const of = this.standing.now;
    if (this.#known?.of !== of) {
      const byFolder = new Map<string, Set<string>>();
      for (const { folder, issue } of of.findings) {
        if (folder === undefined) continue;
        const files = byFolder.get(folder) ?? new Set();
        byFolder.set(folder, files.add(issue.file));
      }
      const uris = [...byFolder].flatMap(([folder, files]) =>
        [...files].map((path) => vscode.Uri.joinPath(vscode.Uri.file(folder), path).toString()),
      );
      this.#known = { of, files: new Set(uris) };
    }
    return this.#known.files;
  }
}
