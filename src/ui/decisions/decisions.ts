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

/** Maximum size of a baseline in bytes: about 200,000 findings. */
const maxBaseline = 32 * 1024 * 1024;
/** Path of a folder's baseline, which is committed with the code. */
const baselinePath = '.codeagent/baseline.json';

/**
 * What users have decided about findings: rules ignored in a folder's settings, and findings in its baseline. In Restricted Mode none of this has
 * any effect, since a hostile folder could hide its findings.
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
        if (
          event.affectsConfiguration(settings.ignoredRules.id) ||
          event.affectsConfiguration(settings.baselineNewIssuesOnly.id)
        )
          this.#changed.fire();
      }),
    );
  }

  /** The suppressions of a folder. Its baseline is loaded on the first call and included once loaded. */
  of(folder: string | undefined): Suppressions {
    if (folder === undefined || !vscode.workspace.isTrusted) return noSuppressions;
    const baseline = this.#baselines.get(folder);
    if (!baseline) this.#watch(folder);
    return {
      rules: new Set(config.ignoredRules(folder)),
      baseline: new Set(baseline?.map((entry) => entry.fingerprint)),
    };
  }

  /** Why a finding is in the baseline of its folder; undefined if that is not said. */
  reasonOf({ folder, issue }: Finding): string | undefined {
    const entries = folder === undefined ? [] : (this.#baselines.get(folder) ?? []);
    return entries.find(({ fingerprint }) => fingerprint === issue.fingerprint)?.reason;
  }

  /**
   * Adds findings to the baselines of their folders.
   * @param reason why they are accepted; empty if that is not said
   * @throws CodedError if a finding has no fingerprint or suppressing it would have no effect; Node's file errors
   */
  async addToBaseline(findings: readonly Finding[], reason = ''): Promise<Undo> {
    const added: Finding[] = [];
    await this.#change(findings, (entries, list) => {
      const before = new Set(entries.map(({ fingerprint }) => fingerprint));
      added.push(...list.filter(({ issue }) => !before.has(issue.fingerprint ?? '')));
      return [...entries, ...list.map((finding) => entryOf(finding, reason.trim()))];
    });
    return async () => {
      await this.#removeFromBaseline(added);
    };
  }

  /** @throws as {@link addToBaseline} */
  async ignoreRule({ folder, issue }: Finding): Promise<Undo> {
    const path = suppressibleFolder(folder);
    await config.updateIgnoredRules(path, (rules) => [...new Set([...rules, issue.rule_id])].sort());
    return () => unignoreRule(path, issue.rule_id);
  }

  /** Removes findings from the baseline and stops ignoring their rules. @throws as {@link addToBaseline} */
  async restore(findings: readonly Finding[]): Promise<Undo> {
    const known = findings.filter((finding) => finding.state === 'known');
    const ignored = findings.filter((finding) => finding.state === 'ignored');
    const removed = await this.#removeFromBaseline(known);
    for (const { folder, issue } of ignored) await unignoreRule(suppressibleFolder(folder), issue.rule_id);
    return async () => {
      await this.#change(known, (entries, list) => {
        const prints = new Set(list.map(({ issue }) => issue.fingerprint));
        return [...entries, ...removed.filter(({ fingerprint }) => prints.has(fingerprint))];
      });
      for (const finding of ignored) await this.ignoreRule(finding);
    };
  }

  /** @returns the entries that were removed */
  async #removeFromBaseline(findings: readonly Finding[]): Promise<BaselineEntry[]> {
    const gone = new Set(findings.map(({ issue }) => issue.fingerprint));
    const removed: BaselineEntry[] = [];
    await this.#change(findings, (entries) => {
      removed.push(...entries.filter((entry) => gone.has(entry.fingerprint)));
      return entries.filter((entry) => !gone.has(entry.fingerprint));
    });
    return removed;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #change(
    findings: readonly Finding[],
    changed: (entries: readonly BaselineEntry[], list: readonly Finding[]) => readonly BaselineEntry[],
  ): Promise<void> {
    for (const folder of new Set(findings.map((finding) => suppressibleFolder(finding.folder)))) {
      const list = findings.filter((finding) => finding.folder === folder);
      const file = join(folder, baselinePath);
      await mkdir(dirname(file), { recursive: true });
      await withFileLock(file, async () => {
        // Read again, since another window or a pull may have changed it.
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

/** Whether a finding in this state counts as open. */
export function counts(state: FindingState): boolean {
  return state === 'open' || (state === 'known' && !config.get(settings.baselineNewIssuesOnly));
}

/** Undoes a decision. */
export type Undo = () => Promise<void>;

/** Stops ignoring a rule in a folder, by its current and its former ID. */
async function unignoreRule(folder: string, rule: string): Promise<void> {
  const former = formerRule(rule);
  await config.updateIgnoredRules(folder, (rules) => rules.filter((one) => one !== rule && one !== former));
}

/** @throws CodedError NO_FINGERPRINT if the finding could not be recognized in the next scan */
function entryOf({ issue }: Finding, reason: string): BaselineEntry {
  if (issue.fingerprint === undefined)
    throw new CodedError(
      'NO_FINGERPRINT',
      vscode.l10n.t('This finding cannot be added to the baseline: the scan service gave it no fingerprint.'),
    );
  const { file, rule_id: rule, fingerprint } = issue;
  return { file, rule, fingerprint, ...(reason !== '' && { reason }) };
}

/**
 * The folder of a finding that can be suppressed.
 * @throws CodedError if its code is not open in this window, or the workspace is not trusted and suppressing has no effect
 */
function suppressibleFolder(folder: string | undefined): string {
  if (!vscode.workspace.isTrusted)
    throw new CodedError(
      'UNTRUSTED',
      vscode.l10n.t('In Restricted Mode, the baseline and ignored rules have no effect. Trust this workspace first.'),
    );
  if (folder === undefined)
    throw new CodedError('NOT_HERE', vscode.l10n.t('The code of this scan is not open in this window.'));
  return folder;
}

async function read(folder: string): Promise<BaselineEntry[]> {
  const file = join(folder, baselinePath);
  let text: string;
  try {
    text = await readTextBounded(file, { maxBytes: maxBaseline });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw new CodedError('BAD_BASELINE', vscode.l10n.t('Could not read {0}: {1}', file, errorMessage(error)));
  }
  try {
    return parseBaseline(text);
  } catch (error) {
    throw new CodedError('BAD_BASELINE', vscode.l10n.t('{0} is not a valid baseline: {1}', file, errorMessage(error)));
  }
}
