import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { readTextBounded } from '../../base/boundedFile';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import { writeFileAtomic } from '../../base/files';
import { withFileLock } from '../../base/jsonFile';
import { DisposableStore, toDisposable, type Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import { formerRule } from '../../findings/renamedRules';
import type { Finding } from '../../store/findings';
import {
  isExpired,
  noSuppressions,
  parseBaseline,
  placesOf,
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
/** How often to look for entries that have expired meanwhile, in ms. */
const expiryMs = 3_600_000;

/** Why a finding is accepted, and until which day (`2026-12-31`); both may be left open. */
export interface Acceptance {
  readonly reason?: string;
  readonly expires?: string;
}

/**
 * What users have decided about findings: rules ignored in a folder's settings, and findings in its baseline. In Restricted Mode none of this has
 * any effect, since a hostile folder could hide its findings.
 */
export class Decisions implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #baselines = new Map<string, readonly BaselineEntry[]>();
  /** The entries that no longer count. */
  readonly #expired = new Set<BaselineEntry>();
  readonly onChange = this.#changed.event;

  constructor(private readonly log: Logger) {
    this.#disposables.add(this.#changed);
    const clock = setInterval(() => {
      const { size } = this.#expired;
      for (const folder of this.#baselines.keys()) this.of(folder);
      if (this.#expired.size !== size) this.#changed.fire();
    }, expiryMs);
    this.#disposables.add(toDisposable(() => clearInterval(clock)));
    this.#disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire()));
    this.#disposables.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (
          event.affectsConfiguration(settings.ignoredRules.id) ||
          event.affectsConfiguration(settings.ignoredRulesInFiles.id) ||
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
    const now = Date.now();
    const counting = (baseline ?? []).filter((entry) => {
      const expired = isExpired(entry, now);
      if (expired) this.#expired.add(entry);
      return !expired;
    });
    return {
      rules: new Set(config.ignoredRules(folder)),
      inFiles: new Map(
        Object.entries(config.ignoredRulesInFiles(folder)).map(([path, rules]) => [path, new Set(rules)]),
      ),
      baseline: new Set(counting.map((entry) => entry.fingerprint)),
    };
  }

  /** The entry of a finding in the baseline of its folder, even if it has expired. */
  entryOf({ folder, issue }: Pick<Finding, 'folder' | 'issue'>): BaselineEntry | undefined {
    const entries = folder === undefined ? [] : (this.#baselines.get(folder) ?? []);
    return entries.findLast(({ fingerprint }) => fingerprint === issue.fingerprint);
  }

  /** Whether a finding is open because its entry in the baseline has expired. */
  hasExpired(finding: Pick<Finding, 'folder' | 'issue'>): boolean {
    const entry = this.entryOf(finding);
    return entry !== undefined && this.#expired.has(entry);
  }

  /**
   * Adds findings to the baselines of their folders.
   * @throws CodedError if a finding has no fingerprint or suppressing it would have no effect; Node's file errors
   */
  async addToBaseline(findings: readonly Finding[], acceptance: Acceptance = {}): Promise<Undo> {
    const added: Finding[] = [];
    const replaced: BaselineEntry[] = [];
    await this.#change(findings, (entries, list) => {
      const wanted = new Set(list.map(({ issue }) => issue.fingerprint));
      const before = entries.filter(({ fingerprint }) => wanted.has(fingerprint));
      const known = new Set(before.map(({ fingerprint }) => fingerprint));
      replaced.push(...before);
      added.push(...list.filter(({ issue }) => !known.has(issue.fingerprint ?? '')));
      return [...entries, ...list.map((finding) => baselineEntry(finding, acceptance))];
    });
    return async () => {
      await this.#removeFromBaseline(added);
      // Those that had expired are as they were.
      const again = findings.filter((finding) => !added.includes(finding));
      await this.#change(again, (entries, list) => {
        const prints = new Set(list.map(({ issue }) => issue.fingerprint));
        return [...entries, ...replaced.filter(({ fingerprint }) => prints.has(fingerprint))];
      });
    };
  }

  /** @throws as {@link addToBaseline} */
  async ignoreRule({ folder, issue }: Pick<Finding, 'folder' | 'issue'>): Promise<Undo> {
    const path = suppressibleFolder(folder);
    const { rule_id: rule } = issue;
    await config.updateIgnoredRules(path, (rules) => [...new Set([...rules, rule])].sort());
    return () => config.updateIgnoredRules(path, (rules) => rules.filter((one) => one !== rule));
  }

  /**
   * Ignores the rule of a finding in its file, or in the folder of its file and below.
   * @throws as {@link addToBaseline}
   */
  async ignoreRuleIn({ folder, issue }: Finding, where: 'file' | 'folder'): Promise<Undo> {
    const path = suppressibleFolder(folder);
    const [file = '', ...folders] = placesOf(issue.file);
    const place = where === 'file' ? file : folders.at(-1);
    // In the top folder, it is all of it.
    if (place === undefined) return this.ignoreRule({ folder, issue });
    const { rule_id: rule } = issue;
    await config.updateIgnoredRulesIn(path, place, (rules) => [...new Set([...rules, rule])].sort());
    return () => config.updateIgnoredRulesIn(path, place, (rules) => rules.filter((one) => one !== rule));
  }

  /** Removes findings from the baseline and stops ignoring their rules. @throws as {@link addToBaseline} */
  async restore(findings: readonly Finding[]): Promise<Undo> {
    const known = findings.filter((finding) => finding.state === 'known');
    const ignored = findings.filter((finding) => finding.state === 'ignored');
    const removed = await this.#removeFromBaseline(known);
    const undos: Undo[] = [];
    for (const { folder, issue } of ignored) undos.push(await stopIgnoring(suppressibleFolder(folder), issue));
    return async () => {
      await this.#change(known, (entries, list) => {
        const prints = new Set(list.map(({ issue }) => issue.fingerprint));
        return [...entries, ...removed.filter(({ fingerprint }) => prints.has(fingerprint))];
      });
      for (const undo of undos) await undo();
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

/** Stops ignoring the rule of a finding, by its current and its former ID: everywhere, in its file and in the folders of that. */
async function stopIgnoring(folder: string, issue: Finding['issue']): Promise<Undo> {
  const { rule_id: rule } = issue;
  const ids = new Set([rule, formerRule(rule)]);
  const undos: Undo[] = [];
  const without = (rules: readonly string[]) => rules.filter((one) => !ids.has(one));
  const removed = (rules: readonly string[]) => rules.filter((one) => ids.has(one));
  const everywhere = removed(config.ignoredRules(folder));
  if (everywhere.length > 0) {
    await config.updateIgnoredRules(folder, without);
    undos.push(() => config.updateIgnoredRules(folder, (rules) => [...rules, ...everywhere].sort()));
  }
  for (const place of placesOf(issue.file)) {
    const there = removed(config.ignoredRulesInFiles(folder)[place] ?? []);
    if (there.length === 0) continue;
    await config.updateIgnoredRulesIn(folder, place, without);
    undos.push(() => config.updateIgnoredRulesIn(folder, place, (rules) => [...rules, ...there].sort()));
  }
  return async () => {
    for (const undo of undos) await undo();
  };
}

/** @throws CodedError NO_FINGERPRINT if the finding could not be recognized in the next scan */
function baselineEntry({ issue }: Finding, { reason, expires }: Acceptance): BaselineEntry {
  if (issue.fingerprint === undefined)
    throw new CodedError(
      'NO_FINGERPRINT',
      vscode.l10n.t('This finding cannot be added to the baseline: the scan service gave it no fingerprint.'),
    );
  const { file, rule_id: rule, fingerprint } = issue;
  const why = reason?.trim() ?? '';
  return { file, rule, fingerprint, ...(why !== '' && { reason: why }), ...(expires !== undefined && { expires }) };
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
