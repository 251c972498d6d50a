import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import * as vscode from 'vscode';
import { errorMessage } from '../../base/errors';
import { Emitter } from '../../base/emitter';
import { writeJson } from '../../base/jsonFile';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import { Soon } from '../../base/soon';
import { jsonCommand } from '../../client/jsonCommand';
import { identity } from '../../findings/compareReports';
import { known, type Known } from '../../protocol';
import type { Finding } from '../../store/findings';
import type { ScanStore } from '../../store/scanStore';
import { currentToolSettings } from '../jobs/toolSettings';

/** The branches that "main" may mean, the first that is there. */
const mainBranches = ['origin/main', 'main', 'origin/master', 'master'];

/** What a branch has, of one folder. */
interface FolderKnown {
  readonly isChanged: (file: string) => boolean;
  readonly all: ReadonlySet<string>;
  readonly open: ReadonlySet<string>;
}

/** Which findings the merge base with a branch does not have, as `codeagent scan --new-since` tells them. */
export class NewSince implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed: Emitter<undefined>;
  readonly #againSoon = this.#disposables.add(new Soon(() => void this.#again()));
  #ref: string | undefined;
  #byFolder: ReadonlyMap<string, FolderKnown> = new Map();
  #running: AbortController | undefined;

  constructor(
    private readonly cli: string,
    private readonly storage: string,
    store: ScanStore,
    private readonly log: Logger,
  ) {
    this.#changed = this.#disposables.add(new Emitter((error) => log.error(errorMessage(error))));
    // What differs from the branch may have become more.
    this.#disposables.add(
      store.onChange(({ from, to, action }) => {
        if (this.#ref !== undefined && ((from !== to && to === 'completed') || action === 'checked'))
          this.#againSoon.ask();
      }),
    );
  }

  /** The branch; undefined if all findings are shown. */
  get ref(): string | undefined {
    return this.#ref;
  }

  get onChange(): Emitter<undefined>['event'] {
    return this.#changed.event;
  }

  /** Whether a finding is to be shown. One of a folder about which nothing is known is. */
  isNew({ folder, issue, state }: Finding): boolean {
    if (this.#ref === undefined || folder === undefined) return true;
    const of = this.#byFolder.get(folder);
    if (!of) return true;
    // What was suppressed and no longer is, is new.
    return of.isChanged(issue.file) && !(state === 'open' ? of.open : of.all).has(identity(issue));
  }

  /**
   * Finds out what a branch has in the folders of the workspace, and shows only what it does not have from then on.
   * @throws CodedError KNOWN that says why it is not known: no such branch, no commit in common; the signal's reason
   */
  async show(ref: string, signal: AbortSignal): Promise<void> {
    this.#running?.abort();
    const running = (this.#running = new AbortController());
    const both = AbortSignal.any([signal, running.signal]);
    const found = await Promise.all(
      foldersOf().map(async (folder) => [folder, stateOf(await this.#ask(folder, ref, both))] as const),
    );
    both.throwIfAborted();
    [this.#ref, this.#byFolder] = [ref, new Map(found)];
    this.#changed.fire(undefined);
  }

  /** Shows all findings again. */
  clear(): void {
    this.#running?.abort();
    if (this.#ref === undefined) return;
    [this.#ref, this.#byFolder] = [undefined, new Map()];
    this.#changed.fire(undefined);
  }

  dispose(): void {
    this.#running?.abort();
    this.#disposables.dispose();
  }

  async #ask(folder: string, ref: string, signal: AbortSignal): Promise<Known> {
    await mkdir(this.storage, { recursive: true, mode: 0o700 });
    const file = join(this.storage, 'newSinceTools.json');
    await writeJson(file, currentToolSettings());
    const trust = vscode.workspace.isTrusted ? [] : ['--no-config'];
    const args = ['known', folder, '--new-since', ref, '--tools', file, ...trust];
    const message = vscode.l10n.t('What {0} has could not be found out.', ref);
    return jsonCommand(this.cli, args, known, { code: 'KNOWN', message }, signal);
  }

  /** After a scan, quietly: what was known still is. */
  async #again(): Promise<void> {
    if (this.#ref === undefined) return;
    try {
      await this.show(this.#ref, new AbortController().signal);
    } catch (error) {
      this.log.warn(errorMessage(error));
    }
  }
}

/** The branch that is called main; undefined if there is none. */
export function mainBranch(branches: readonly string[]): string | undefined {
  return mainBranches.find((name) => branches.includes(name));
}

function foldersOf(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => (uri.scheme === 'file' ? uri.fsPath : []));
}

function stateOf({ files, all, open }: Known): FolderKnown {
  const exact = new Set(files);
  const folders = files.filter((path) => path.endsWith('/'));
  return {
    isChanged: (file) => exact.has(file) || folders.some((folder) => file.startsWith(folder)),
    ...{ all: new Set(all), open: new Set(open) },
  };
}
