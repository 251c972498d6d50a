import { basename, join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import * as vscode from 'vscode';
import { pathMatcher } from '../../base/globs';
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

/** The branches that "main" may refer to; the first existing one is used. */
const mainBranches = ['origin/main', 'main', 'origin/master', 'master'];

/** A branch's findings in one folder. */
interface FolderKnown {
  readonly isChanged: (file: string) => boolean;
  readonly all: ReadonlySet<string>;
  readonly open: ReadonlySet<string>;
}

/** Which findings are not in the merge base with a branch, for each folder, as `codeagent scan --new-since` determines them. */
export class NewSince implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed: Emitter<undefined>;
  readonly #againSoon = this.#disposables.add(new Soon(() => void this.#again()));
  /** The branch of each folder; empty if all findings are shown. */
  #refs: ReadonlyMap<string, string> = new Map();
  #byFolder: ReadonlyMap<string, FolderKnown> = new Map();
  #running: AbortController | undefined;
  /** Settles when the result of the latest request is known. */
  #asked: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly cli: string,
    private readonly storage: string,
    store: ScanStore,
    private readonly log: Logger,
  ) {
    this.#changed = this.#disposables.add(new Emitter((error) => log.error(errorMessage(error))));
    // More files may differ from the branch by now.
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

  /** Whether to show a finding. Findings of a folder without a result are shown. */
  isNew({ folder, issue, state }: Finding): boolean {
    const of = folder === undefined ? undefined : this.#byFolder.get(folder);
    if (!of) return true;
    // A finding that is no longer suppressed counts as new.
    return of.isChanged(issue.file) && !(state === 'open' ? of.open : of.all).has(identity(issue));
  }

  /** The folders without a result, whose findings are all shown. */
  get whole(): vscode.WorkspaceFolder[] {
    const folders = vscode.workspace.workspaceFolders ?? [];
    return this.#refs.size === 0 ? [] : folders.filter(({ uri }) => !this.#byFolder.has(uri.fsPath));
  }

  /**
   * Determines the findings of a branch of each folder, and from then on only shows findings that it does not have.
   * @param refs the branches, by folder path; all findings of other folders are shown
   * @returns why there is no result for some folders, whose findings are all shown
   * @throws CodedError KNOWN that says why there is no result for any folder: no such branch, no merge base; the signal's reason
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
    // Earlier results for the same branches stay valid if they cannot be determined again.
    const found = new Map(refs === this.#refs ? this.#byFolder : []);
    const errors: [folder: string, error: unknown][] = [];
    // One at a time, since each is a scan.
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
      // Users of the editor have not typed that option.
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

/** The branch that serves as main; undefined if there is none. */
export function mainBranch(branches: readonly string[]): string | undefined {
  return mainBranches.find((name) => branches.includes(name));
}

/** The distinct names of branches. */
export function namesOf(refs: ReadonlyMap<string, string>): string {
  return [...new Set(refs.values())].join(', ');
}

function stateOf({ files, all, open }: Known): FolderKnown {
  return { isChanged: pathMatcher(files), all: new Set(all), open: new Set(open) };
}
