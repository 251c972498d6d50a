import * as vscode from 'vscode';
import { CodedError, errorMessage } from '../../base/errors';
import { matcher } from '../../base/globs';
import { DisposableStore, toDisposable, type Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import { fingerprintsOf } from '../../findings/fingerprints';
import { baselinePath, isExpired, type BaselineEntry } from '../../findings/policy/baseline';
import { changeBaseline } from '../../findings/policy/baselineFile';
import { configPath } from '../../findings/policy/config';
import { changeConfig } from '../../findings/policy/configEdit';
import { loadPolicy, type LoadedPolicy } from '../../findings/policy/load';
import { entryOf, noPolicy } from '../../findings/policy/policy';
import { formerRules } from '../../findings/renamedRules';
import type { Finding } from '../../store/findings';
import { noSuppressions, placesOf, type FindingState, type Suppressions } from '../../store/suppressions';
import { config } from '../manifest/config';
import { settings } from '../manifest/ids';
import { watchCodeagentFolder } from '../watching/codeagentFolder';
import { oneLine } from '../words/plainText';

/** How often to check for expired entries, in ms. */
const expiryMs = 3_600_000;

/** Why a finding is accepted, and until which day (`2026-12-31`); both are optional. */
export interface Acceptance {
  readonly reason?: string;
  readonly expires?: string;
}

/**
 * The users' decisions about findings: the team's in the folder's configuration and baseline, and a person's in the settings. In Restricted
 * Mode they have no effect, since a hostile folder could hide its findings.
 */
export class Decisions implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = new vscode.EventEmitter<void>();
  /** By folder; undefined until it has been read. */
  readonly #policies = new Map<string, LoadedPolicy | undefined>();
  /** Fingerprints of expired entries, by folder. */
  readonly #expired = new Map<string, ReadonlySet<string>>();
  /** By folder, until something has changed. */
  readonly #suppressions = new Map<string | undefined, Suppressions>();
  readonly #decided = new vscode.EventEmitter<void>();
  readonly onChange = this.#changed.event;
  /** Somebody in this window has decided that a finding does not count. */
  readonly onDecided = this.#decided.event;

  constructor(private readonly log: Logger) {
    this.#disposables.add(this.#changed);
    // First, so that every other listener gets new ones.
    this.#disposables.add(this.onChange(() => this.#suppressions.clear()));
    this.#disposables.add(this.#decided);
    const clock = setInterval(() => {
      const countOf = () => [...this.#expired.values()].reduce((sum, { size }) => sum + size, 0);
      const before = countOf();
      for (const folder of this.#policies.keys()) this.#findExpired(folder);
      if (countOf() !== before) this.#changed.fire();
    }, expiryMs);
    this.#disposables.add(toDisposable(() => clearInterval(clock)));
    this.#disposables.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire()));
    this.#disposables.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (
          event.affectsConfiguration(settings.ignoredRules.id) ||
          event.affectsConfiguration(settings.ignoredRulesInFiles.id) ||
          event.affectsConfiguration(settings.exclude.id) ||
          event.affectsConfiguration(settings.severity.id) ||
          event.affectsConfiguration(settings.baselineNewIssuesOnly.id)
        )
          this.#changed.fire();
      }),
    );
  }

  /**
   * The suppressions of a folder, the same object until something changes. Its configuration and baseline are loaded on the first call and included
   * once loaded.
   */
  of(folder: string | undefined): Suppressions {
    const known = this.#suppressions.get(folder) ?? this.#suppressionsOf(folder);
    this.#suppressions.set(folder, known);
    return known;
  }

  #suppressionsOf(folder: string | undefined): Suppressions {
    if (!vscode.workspace.isTrusted) return noSuppressions;
    // The code is not here: its report decides.
    if (folder === undefined)
      return { ...noSuppressions, isTrusted: true, policy: undefined, least: config.get(settings.severity) };
    if (!this.#policies.has(folder)) this.#watch(folder);
    const { rules, inFiles } = config.ignored(folder);
    return {
      isTrusted: true,
      policy: this.#policies.get(folder)?.policy,
      now: Date.now(),
      rules: new Set(rules),
      inFiles: new Map(Object.entries(inFiles).map(([path, ignored]) => [path, new Set(ignored)])),
      isExcluded: matcher(config.excludes(folder)),
      least: config.get(settings.severity, vscode.Uri.file(folder)),
    };
  }

  /** A finding's entry in the baseline of its folder, even if it has expired. */
  entryOf({ folder, issue }: Pick<Finding, 'folder' | 'issue'>): BaselineEntry | undefined {
    const { policy = noPolicy } = (folder === undefined ? undefined : this.#policies.get(folder)) ?? {};
    return entryOf(policy, issue);
  }

  /** Whether a finding is open because its entry in the baseline has expired. */
  hasExpired(finding: Pick<Finding, 'folder' | 'issue'>): boolean {
    const entry = this.entryOf(finding);
    return entry !== undefined && this.#expired.get(finding.folder ?? '')?.has(entry.fingerprint) === true;
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
    this.#decided.fire();
    return async () => {
      await this.#removeFromBaseline(added);
      // Expired entries are as if they had been removed.
      const again = findings.filter((finding) => !added.includes(finding));
      await this.#change(again, (entries, list) => {
        const prints = new Set(list.flatMap(({ issue }) => fingerprintsOf(issue)));
        return [...entries, ...replaced.filter(({ fingerprint }) => prints.has(fingerprint))];
      });
    };
  }

  /** @throws as {@link addToBaseline} */
  async ignoreRule({ folder, issue }: Pick<Finding, 'folder' | 'issue'>): Promise<Undo> {
    const path = suppressibleFolder(folder);
    const { rule_id: rule } = issue;
    await config.updateIgnoredRules(path, (rules) => [...new Set([...rules, rule])].sort());
    this.#decided.fire();
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
    // In the root folder, it means the whole workspace folder.
    if (place === undefined) return this.ignoreRule({ folder, issue });
    const { rule_id: rule } = issue;
    await config.updateIgnoredRulesIn(path, place, (rules) => [...new Set([...rules, rule])].sort());
    this.#decided.fire();
    return () => config.updateIgnoredRulesIn(path, place, (rules) => rules.filter((one) => one !== rule));
  }

  /** Turns a finding's rule off for everyone, in the folder's configuration. @throws as {@link addToBaseline}; CodedError BAD_CONFIG */
  async turnOffRule({ folder, issue }: Pick<Finding, 'folder' | 'issue'>): Promise<Undo> {
    const path = suppressibleFolder(folder);
    const before = await changeConfig(path, issue.rule_id, 'off');
    await this.#load(path);
    this.#decided.fire();
    return async () => {
      await changeConfig(path, issue.rule_id, before);
      await this.#load(path);
    };
  }

  /**
   * Removes findings from the baseline and stops ignoring their rules.
   * @throws as {@link addToBaseline}; CodedError ELSEWHERE if a comment, the configuration, a setting that is not about its rule or the settings of another scope suppress one, with the place; then
   * nothing is changed
   */
  async restore(findings: readonly Finding[]): Promise<Undo> {
    const set = findings.find(({ setting }) => setting !== undefined)?.setting;
    if (set)
      throw new CodedError(
        'ELSEWHERE',
        vscode.l10n.t('The setting {0} hides this finding. Change it there.', settings[set].id),
      );
    const elsewhere = findings.find(({ state, decision }) => state === 'ignored' && decision !== undefined)?.decision;
    if (elsewhere)
      throw new CodedError(
        'ELSEWHERE',
        elsewhere.file === undefined
          ? vscode.l10n.t('The report marks this finding as suppressed.')
          : vscode.l10n.t('{0}, line {1}, hides this finding. Change it there.', elsewhere.file, elsewhere.line ?? 1),
      );
    const known = findings.filter((finding) => finding.state === 'known');
    const ignored = findings.filter((finding) => finding.state === 'ignored');
    for (const { folder, issue } of ignored) checkIgnoredHere(suppressibleFolder(folder), issue);
    const removed = await this.#removeFromBaseline(known);
    const undos: Undo[] = [];
    for (const { folder, issue } of ignored) undos.push(await stopIgnoring(suppressibleFolder(folder), issue));
    return async () => {
      await this.#change(known, (entries, list) => {
        const prints = new Set(list.flatMap(({ issue }) => fingerprintsOf(issue)));
        return [...entries, ...removed.filter(({ fingerprint }) => prints.has(fingerprint))];
      });
      for (const undo of undos) await undo();
    };
  }

  /** @returns the removed entries */
  async #removeFromBaseline(findings: readonly Finding[]): Promise<BaselineEntry[]> {
    const gone = new Set(findings.flatMap(({ issue }) => fingerprintsOf(issue)));
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
      await changeBaseline(folder, (entries) => changed(entries, list));
      await this.#load(folder);
    }
  }

  #watch(folder: string): void {
    this.#policies.set(folder, undefined);
    const load = () => {
      this.#load(folder).catch((error: unknown) =>
        this.log.error(`The decisions in ${folder} cannot be read: ${errorMessage(error)}`),
      );
    };
    const files = [configPath, baselinePath].map((path) => vscode.Uri.joinPath(vscode.Uri.file(folder), path).path);
    this.#disposables.add(
      watchCodeagentFolder(vscode.Uri.file(folder), ({ path }) => {
        if (files.some((file) => file === path || file.startsWith(`${path}/`))) load();
      }),
    );
    load();
  }

  async #load(folder: string): Promise<void> {
    const loaded = await loadPolicy(folder);
    for (const { level, file, line, message } of loaded.problems)
      if (level === 'error') this.log.error(`${folder}/${file}:${line}: ${message}`);
    this.#policies.set(folder, loaded);
    this.#findExpired(folder);
    this.#changed.fire();
  }

  #findExpired(folder: string): void {
    const entries = [...(this.#policies.get(folder)?.policy.baseline.values() ?? [])];
    const now = Date.now();
    this.#expired.set(folder, new Set(entries.flatMap((entry) => (isExpired(entry, now) ? [entry.fingerprint] : []))));
  }
}

/** Whether a finding in this state counts as open. */
export function countsAsOpen(state: FindingState): boolean {
  return state === 'open' || (state === 'known' && !config.get(settings.baselineNewIssuesOnly));
}

/** Undoes a decision. */
export type Undo = () => Promise<void>;

/** @throws CodedError ELSEWHERE if the rule of a finding is ignored in settings that are not changed here */
function checkIgnoredHere(folder: string, issue: Finding['issue']): void {
  const ids = [issue.rule_id, ...formerRules(issue.rule_id)];
  const there = config.ignoredElsewhere(folder).find(({ ignored: { rules, inFiles } }) => {
    const all = [rules, ...placesOf(issue.file).map((place) => inFiles[place] ?? [])].flat();
    return ids.some((id) => all.includes(id));
  });
  if (!there) return;
  const rule = oneLine(issue.rule_id, 80);
  throw new CodedError('ELSEWHERE', vscode.l10n.t('{0} is ignored in the {1}. Change it there.', rule, there.where));
}

/** Stops ignoring the rule of a finding, by its current and its former IDs: everywhere, in its file and in the folders of that. */
async function stopIgnoring(folder: string, issue: Finding['issue']): Promise<Undo> {
  const { rule_id: rule } = issue;
  const ids = new Set([rule, ...formerRules(rule)]);
  const undos: Undo[] = [];
  const without = (rules: readonly string[]) => rules.filter((one) => !ids.has(one));
  const removed = (rules: readonly string[]) => rules.filter((one) => ids.has(one));
  const here = config.ignoredHere(folder);
  const everywhere = removed(here.rules);
  if (everywhere.length > 0) {
    await config.updateIgnoredRules(folder, without);
    undos.push(() => config.updateIgnoredRules(folder, (rules) => [...rules, ...everywhere].sort()));
  }
  for (const place of placesOf(issue.file)) {
    const there = removed(here.inFiles[place] ?? []);
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
  const { file, rule_id: rule, fingerprint, tool } = issue;
  const why = reason?.trim() ?? '';
  return {
    file,
    rule,
    fingerprint,
    tool,
    ...(why !== '' && { reason: why }),
    ...(expires !== undefined && { expires }),
  };
}

/**
 * The folder of a finding that can be suppressed.
 * @throws CodedError if its code is not open in this window, or the workspace is not trusted and suppressing has no effect
 */
function suppressibleFolder(folder: string | undefined): string {
  if (!vscode.workspace.isTrusted)
    throw new CodedError(
      'UNTRUSTED',
      vscode.l10n.t(
        'In Restricted Mode, settings and files that hide findings are ignored. Trust this workspace first.',
      ),
    );
  if (folder === undefined)
    throw new CodedError('NOT_HERE', vscode.l10n.t('The code of this scan is not open in this window.'));
  return folder;
}
