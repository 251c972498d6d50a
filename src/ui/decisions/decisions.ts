import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { readTextBounded } from '../../base/boundedFile';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import { writeFileAtomic } from '../../base/files';
import { withFileLock } from '../../base/jsonFile';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import { formerRule } from '../../findings/renamedRules';
import type { Finding } from '../../store/findings';
import {
  noSuppressions,
  parseBaseline,
  writeBaseline,
  type BaselineEntry,
  type FindingState,
  type Suppressions,
} from '../../store/suppressions';
import { config } from '../manifest/config';
import { settings } from '../manifest/ids';

/** Bytes of a baseline: about 200,000 findings. */
const maxBaseline = 32 * 1024 * 1024;
/** Where a folder's baseline is, to be committed with the code. */
const baselinePath = '.codeagent/baseline.json';

/**
 * What people have decided about findings: rules that a folder's settings ignore, and known findings in its baseline. In Restricted Mode
 * nothing of it counts: a hostile folder would hide what is in it.
 */
export class Decisions implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #baselines = new Map<string, readonly BaselineEntry[]>();
  readonly onChange = this.#changed.event;

  constructor(private readonly log: Logger) {
    this.#disposables.add(this.#changed);
    this.#disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire()));
    this.#disposables.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(settings.ignoredRules) || event.affectsConfiguration(settings.newIssuesOnly))
          this.#changed.fire();
      }),
    );
  }

  /** What counts in a folder; its baseline is read the first time, and counts as soon as it is. */
  of(folder: string | undefined): Suppressions {
    if (folder === undefined || !vscode.workspace.isTrusted) return noSuppressions;
    const baseline = this.#baselines.get(folder);
    if (!baseline) this.#watch(folder);
    return {
      rules: new Set(config.ignoredRules(folder)),
      baseline: new Set(baseline?.map((entry) => entry.fingerprint)),
    };
  }

  /**
   * Adds findings to the baselines of their folders.
   * @throws CodedError when one cannot be told again, or where it would have no effect; Node's file errors
   */
  async addToBaseline(findings: readonly Finding[]): Promise<Undo> {
    const added: Finding[] = [];
    await this.#change(findings, (entries, list) => {
      const before = new Set(entries.map(({ fingerprint }) => fingerprint));
      added.push(...list.filter(({ issue }) => !before.has(issue.fingerprint ?? '')));
      return [...entries, ...list.map(entryOf)];
    });
    return () => this.#removeFromBaseline(added);
  }

  /** @throws as {@link addToBaseline} */
  async ignoreRule({ folder, issue }: Finding): Promise<Undo> {
    const path = here(folder);
    await config.changeIgnoredRules(path, (rules) => [...new Set([...rules, issue.rule_id])].sort());
    return () => heed(path, issue.rule_id);
  }

  /** Takes findings out of the baseline, and their rules out of those that are ignored. @throws as {@link addToBaseline} */
  async restore(findings: readonly Finding[]): Promise<Undo> {
    const known = findings.filter((finding) => finding.state === 'known');
    const ignored = findings.filter((finding) => finding.state === 'ignored');
    await this.#removeFromBaseline(known);
    for (const { folder, issue } of ignored) await heed(here(folder), issue.rule_id);
    return async () => {
      await this.addToBaseline(known);
      for (const finding of ignored) await this.ignoreRule(finding);
    };
  }

  async #removeFromBaseline(findings: readonly Finding[]): Promise<void> {
    const gone = new Set(findings.map(({ issue }) => issue.fingerprint));
    await this.#change(findings, (entries) => entries.filter((entry) => !gone.has(entry.fingerprint)));
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #change(
    findings: readonly Finding[],
    changed: (entries: readonly BaselineEntry[], list: readonly Finding[]) => readonly BaselineEntry[],
  ): Promise<void> {
    for (const folder of new Set(findings.map((finding) => here(finding.folder)))) {
      const list = findings.filter((finding) => finding.folder === folder);
      const file = join(folder, baselinePath);
      await mkdir(dirname(file), { recursive: true });
      await withFileLock(file, async () => {
        // As it is on disk now: another window or a pull may have changed it.
        const entries = changed(await read(folder), list);
        if (entries.length === 0) await rm(file, { force: true });
        else await writeFileAtomic(file, writeBaseline(entries));
      });
      await this.#load(folder);
    }
  }

  #watch(folder: string): void {
    this.#baselines.set(folder, []);
    const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), baselinePath);
    const watcher = this.#disposables.add(vscode.workspace.createFileSystemWatcher(pattern));
    const load = () => void this.#load(folder);
    for (const event of [watcher.onDidCreate, watcher.onDidChange, watcher.onDidDelete])
      this.#disposables.add(event(load));
    load();
  }

  async #load(folder: string): Promise<void> {
    try {
      const entries = await read(folder);
      const before = this.#baselines.get(folder);
      this.#baselines.set(folder, entries);
      if (JSON.stringify(before) !== JSON.stringify(entries)) this.#changed.fire();
    } catch (error) {
      this.log.error(errorMessage(error));
    }
  }
}

/** Whether a finding is among those that are to be dealt with. */
export function counts(state: FindingState): boolean {
  return state === 'open' || (state === 'known' && !config.newIssuesOnly());
}

/** Takes a decision back. */
export type Undo = () => Promise<void>;

/** Takes a rule out of those that a folder ignores, by any id that it has had. */
async function heed(folder: string, rule: string): Promise<void> {
  const former = formerRule(rule);
  await config.changeIgnoredRules(folder, (rules) => rules.filter((one) => one !== rule && one !== former));
}

/** @throws CodedError NO_FINGERPRINT when it could not be told again */
function entryOf({ issue }: Finding): BaselineEntry {
  if (issue.fingerprint === undefined)
    throw new CodedError('NO_FINGERPRINT', vscode.l10n.t('The service that found this gave it no fingerprint.'));
  return { file: issue.file, rule: issue.rule_id, fingerprint: issue.fingerprint };
}

/** @throws CodedError when the code is not in this window, or in one that is not trusted: what hides findings has no effect there */
function here(folder: string | undefined): string {
  if (!vscode.workspace.isTrusted)
    throw new CodedError(
      'UNTRUSTED',
      vscode.l10n.t(
        'In Restricted Mode nothing is hidden: baseline and ignored rules do not count. Trust this workspace first.',
      ),
    );
  if (folder === undefined)
    throw new CodedError('NOT_HERE', vscode.l10n.t('The code of this scan is not in this window.'));
  return folder;
}

async function read(folder: string): Promise<BaselineEntry[]> {
  const file = join(folder, baselinePath);
  let text: string;
  try {
    text = await readTextBounded(file, { maxBytes: maxBaseline });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw new CodedError('BAD_BASELINE', vscode.l10n.t('{0} cannot be read: {1}', file, errorMessage(error)));
  }
  try {
    return parseBaseline(text);
  } catch (error) {
    throw new CodedError('BAD_BASELINE', vscode.l10n.t('{0} is no baseline: {1}', file, errorMessage(error)));
  }
}
