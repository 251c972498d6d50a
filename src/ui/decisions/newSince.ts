import { basename, join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import * as vscode from 'vscode';
import { amongPaths } from '../../base/globs';
import { CodedError, errorMessage, isAbort } from '../../base/errors';
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

/** Which findings the merge base with a branch of each folder does not have, as `codeagent scan --new-since` tells them. */
export class NewSince implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed: Emitter<undefined>;
  readonly #againSoon = this.#disposables.add(new Soon(() => void this.#again()));
  /** The branch of each folder; none if all findings are shown. */
  #refs: ReadonlyMap<string, string> = new Map();
  #byFolder: ReadonlyMap<string, FolderKnown> = new Map();
  #running: AbortController | undefined;
  /** Settled when what a person asked for last is known. */
  #asked: Promise<unknown> = Promise.resolve();

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
        if (this.#refs.size > 0 && ((from !== to && to === 'completed') || action === 'checked')) this.#againSoon.ask();
      }),
    );
  }

  /** The branch, or the branches if folders have different ones; undefined if all findings are shown. */
  get ref(): string | undefined {
    return this.#refs.size > 0 ? namesOf(this.#refs) : undefined;
  }

  get onChange(): Emitter<undefined>['event'] {
    return this.#changed.event;
  }

  /** Whether a finding is to be shown. One of a folder about which nothing is known is. */
  isNew({ folder, issue, state }: Finding): boolean {
    const of = folder === undefined ? undefined : this.#byFolder.get(folder);
    if (!of) return true;
    // What was suppressed and no longer is, is new.
    return of.isChanged(issue.file) && !(state === 'open' ? of.open : of.all).has(identity(issue));
  }

  /** The folders about which nothing is known, whose findings are all shown. */
  get whole(): vscode.WorkspaceFolder[] {
    const folders = vscode.workspace.workspaceFolders ?? [];
    return this.#refs.size === 0 ? [] : folders.filter(({ uri }) => !this.#byFolder.has(uri.fsPath));
  }

  /**
   * Finds out what a branch of each folder has, and shows only what it does not have from then on.
   * @param refs the branches, by the paths of the folders; all findings of the others are shown
   * @returns why it is not known of some folders, whose findings are all shown
   * @throws CodedError KNOWN that says why it is known of none: no such branch, no commit in common; the signal's reason
   */
  show(refs: ReadonlyMap<string, string>, signal: AbortSignal): Promise<string[]> {
    const asked = this.#find(refs, signal);
    this.#asked = asked.catch(() => undefined);
    return asked;
  }

  /** Shows all findings again. */
  clear(): void {
    this.#running?.abort();
    if (this.#refs.size === 0) return;
    [this.#refs, this.#byFolder] = [new Map(), new Map()];
    this.#changed.fire(undefined);
  }

  dispose(): void {
    this.#running?.abort();
    this.#disposables.dispose();
  }

  async #find(refs: ReadonlyMap<string, string>, signal: AbortSignal): Promise<string[]> {
    this.#running?.abort();
    const running = (this.#running = new AbortController());
    const both = AbortSignal.any([signal, running.signal]);
    await mkdir(this.storage, { recursive: true, mode: 0o700 });
    const tools = join(this.storage, 'newSinceTools.json');
    await writeJson(tools, currentToolSettings());
    // What was known of the same branches still is if it cannot be found out again.
    const found = new Map(refs === this.#refs ? this.#byFolder : []);
    const errors: [folder: string, error: unknown][] = [];
    // One after the other: each is a scan.
    for (const [folder, ref] of refs)
      try {
        found.set(folder, stateOf(await this.#ask(folder, ref, tools, both)));
      } catch (error) {
        both.throwIfAborted();
        errors.push([folder, error]);
      }
    both.throwIfAborted();
    const [first] = errors;
    if (first && errors.length === refs.size) throw first[1];
    [this.#refs, this.#byFolder] = [refs, found];
    this.#changed.fire(undefined);
    return errors.map(([folder, error]) => `${basename(folder)}: ${errorMessage(error)}`);
  }

  async #ask(folder: string, ref: string, tools: string, signal: AbortSignal): Promise<Known> {
    const trust = vscode.workspace.isTrusted ? [] : ['--no-config'];
    const args = ['known', folder, '--new-since', ref, '--tools', tools, ...trust];
    const message = vscode.l10n.t('The findings of {0} could not be determined.', ref);
    try {
      return await jsonCommand(this.cli, args, known, { code: 'KNOWN', message }, signal);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      // Nobody in the editor has typed that option.
      throw new CodedError(error.code, error.message.replace(/^--new-since: /, ''), { cause: error.cause });
    }
  }

  /** After a scan, quietly. */
  async #again(): Promise<void> {
    await this.#asked;
    if (this.#refs.size === 0) return;
    try {
      for (const why of await this.#find(this.#refs, new AbortController().signal)) this.log.warn(why);
    } catch (error) {
      if (!isAbort(error)) this.log.warn(errorMessage(error));
    }
  }
}

/** The branch that is called main; undefined if there is none. */
export function mainBranch(branches: readonly string[]): string | undefined {
  return mainBranches.find((name) => branches.includes(name));
}

/** The names of branches, each once. */
export function namesOf(refs: ReadonlyMap<string, string>): string {
  return [...new Set(refs.values())].join(', ');
}

function stateOf({ files, all, open }: Known): FolderKnown {
  return { isChanged: amongPaths(files), all: new Set(all), open: new Set(open) };
}
