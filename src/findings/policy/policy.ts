import { matcher } from '../../base/globs';
import {
  severities,
  type Issue,
  type PolicyProblem,
  type Report,
  type Severity,
  type Suppression,
} from '../../protocol';
import { fingerprintsOf } from '../fingerprints';
import { formerRules } from '../renamedRules';
import { maskSecrets } from '../secrets/maskSecrets';
import { baselinePath, endOf, isExpired, type BaselineEntry, type PlacedEntry } from './baseline';
import { commentOn, type FileMarkers } from './comments';
import type { Config, ReadConfig } from './config';

/** A team's decisions about the code of a folder. */
export interface Policy {
  readonly config: CompiledConfig | undefined;
  /** By fingerprint. */
  readonly baseline: ReadonlyMap<string, PlacedEntry>;
}

export const noPolicy: Policy = { config: undefined, baseline: new Map() };

interface RuleLevel {
  readonly name: string;
  readonly level: 'off' | Severity;
  readonly line: number;
  readonly matches: (issue: Issue) => boolean;
}

interface Layer {
  readonly applies: (file: string) => boolean;
  /** Exact IDs, then globs, each in order of precedence. */
  readonly rules: readonly RuleLevel[];
  readonly severity: { readonly least: Severity; readonly line: number } | undefined;
  readonly analyzers: ReadonlyMap<string, { readonly use: 'on' | 'off' | 'auto'; readonly line: number }>;
}

/** A configuration, prepared for queries. */
export interface CompiledConfig {
  readonly file: string;
  readonly config: Config;
  /** Starting with the last override, ending with the configuration itself. */
  readonly layers: readonly Layer[];
  readonly isScanned: (file: string) => boolean;
  readonly scopeLine: number;
}

export function compileConfig({ file, config, lineOf }: ReadConfig): CompiledConfig {
  const layer = (part: Partial<Config>, path: readonly (string | number)[], applies: Layer['applies']): Layer => ({
    applies,
    rules: ruleLevels(part.rules ?? {}, [...path, 'rules'], lineOf),
    severity: part.severity && { least: part.severity, line: lineOf([...path, 'severity']) },
    analyzers: new Map(
      Object.entries(part.analyzers ?? {}).map(([id, use]) => [id, { use, line: lineOf([...path, 'analyzers', id]) }]),
    ),
  });
  const overrides = (config.overrides ?? []).map(({ files, ...part }, index) =>
    layer(part, ['overrides', index], matcher(files)),
  );
  const { include = [], exclude = [] } = config;
  const [isIncluded, isExcluded] = [matcher(include), matcher(exclude)];
  return {
    file,
    config,
    layers: [...overrides.reverse(), layer(config, [], () => true)],
    isScanned: (path) => !isExcluded(path) && (include.length === 0 || isIncluded(path)),
    scopeLine: lineOf([exclude.length > 0 ? 'exclude' : 'include']),
  };
}

function ruleLevels(
  rules: Readonly<Record<string, 'off' | Severity>>,
  path: readonly (string | number)[],
  lineOf: ReadConfig['lineOf'],
): RuleLevel[] {
  const all = Object.entries(rules).map(([name, level]): RuleLevel => {
    const glob = /[*?]/.test(name) ? globOf(name) : undefined;
    const wanted = name.toLowerCase();
    // A comment is about existing findings; this is about all future ones, so a partial ID is not enough.
    const matches = ({ rule_id: id, aliases = [] }: Issue) =>
      glob
        ? [id, ...aliases].some((one) => glob.test(one))
        : [id, ...formerRules(id), ...aliases].some((one) => one.toLowerCase() === wanted);
    return { name, level, line: lineOf([...path, name]), matches };
  });
  const isGlob = ({ name }: RuleLevel) => /[*?]/.test(name);
  return [...all.filter((one) => !isGlob(one)), ...all.filter(isGlob).reverse()];
}

function globOf(name: string): RegExp {
  const source = name
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 'i');
}

/** A policy for a scan with explicitly chosen analyzers: the configuration turns none off or on. */
export function withChosenAnalyzers(policy: Policy): Policy {
  const { config } = policy;
  if (!config) return policy;
  const layers = config.layers.map((layer, index) =>
    index === config.layers.length - 1 ? { ...layer, analyzers: new Map() } : layer,
  );
  return { ...policy, config: { ...config, layers } };
}

/** When an analyzer runs on a file, according to the configuration. */
export function analyzerUse(
  { config }: Policy,
  id: string,
  file?: string,
): { readonly use: 'on' | 'off' | 'auto'; readonly line: number } | undefined {
  const layers = config?.layers ?? [];
  const layer = layers.find(
    (one, index) => one.analyzers.has(id) && (file === undefined ? index === layers.length - 1 : one.applies(file)),
  );
  return layer?.analyzers.get(id);
}

/** A finding with the policy's severity, before it is suppressed. */
export function ratedBy({ config }: Policy, issue: Issue): Issue {
  const level = config && levelOf(config, issue)?.level;
  if (level === undefined || level === 'off' || level === issue.severity) return issue;
  return { ...issue, severity: level };
}

/** The setting that applies to a finding's rule. */
function levelOf({ layers }: CompiledConfig, issue: Issue): RuleLevel | undefined {
  for (const { applies, rules } of layers) {
    const found = rules.length > 0 && applies(issue.file) ? rules.find((one) => one.matches(issue)) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** Why a finding is suppressed: the decision of the configuration or the baseline, with its file and line. @param now ms since 1970 */
export function decisionOn(policy: Policy, issue: Issue, now: number): Suppression | undefined {
  const { config } = policy;
  if (config) {
    const decided = (line: number, reason: string): Suppression => ({
      ...open,
      ...{ kind: 'external', origin: 'config', file: config.file, line, reason },
    });
    if (!config.isScanned(issue.file)) return decided(config.scopeLine, 'Its file is not scanned.');
    const use = analyzerUse(policy, issue.tool, issue.file);
    if (use?.use === 'off') return decided(use.line, `${issue.tool} is off here.`);
    const level = levelOf(config, issue);
    if (level?.level === 'off') return decided(level.line, `The rule ${level.name} is off.`);
  }
  const entry = entryOf(policy, issue);
  if (entry && !isExpired(entry, now))
    return {
      ...open,
      ...{ kind: entry.kind ?? 'accepted', origin: 'baseline', file: baselinePath, line: entry.line },
      ...{ reason: entry.reason ?? null, by: entry.by ?? null, expires: entry.expires ?? null },
    };
  const least = config?.layers.find(({ severity, applies }) => severity && applies(issue.file))?.severity;
  if (config && least && severities.indexOf(issue.severity) > severities.indexOf(least.least))
    return {
      ...open,
      ...{ kind: 'external', origin: 'config', file: config.file, line: least.line },
      reason: `Findings below ${least.least} are hidden.`,
    };
  return undefined;
}

/** A finding's entry in the baseline, even if it has expired. */
export function entryOf({ baseline }: Policy, issue: Issue): PlacedEntry | undefined {
  const known = fingerprintsOf(issue).find((one) => baseline.has(one));
  return known === undefined ? undefined : baseline.get(known);
}

const open = { reason: null, by: null, expires: null, state: 'accepted' } satisfies Partial<Suppression>;

/** Applies a policy and the files' comments to a report's findings: rates and suppresses them. @param now ms since 1970 */
export function applyPolicy(
  files: Report['files'],
  policy: Policy,
  markersIn: (file: string) => FileMarkers | undefined,
  now: number,
): Report['files'] {
  return files.map(({ path, issues }) => ({
    path,
    issues: issues.map((found) => {
      const issue = ratedBy(policy, found);
      // The tool itself has suppressed it.
      if (found.suppression?.state === 'accepted') return issue;
      const markers = markersIn(issue.file);
      const comment = markers && commentOn(issue, markers);
      const suppression = comment
        ? {
            ...open,
            ...{ kind: 'inSource', origin: 'comment' as const, file: issue.file, line: comment.line },
            reason: comment.reason === null ? null : maskSecrets(comment.reason),
          }
        : decisionOn(policy, issue, now);
      return suppression ? { ...issue, suppression } : issue;
    }),
  }));
}

/** Remarks about a policy, given the findings that it was applied to. */
export function problemsOf(
  policy: Policy,
  issues: readonly Issue[],
  { isRuleId, analyzers, now }: { isRuleId: (id: string) => boolean; analyzers: readonly string[]; now: number },
): PolicyProblem[] {
  const problems: PolicyProblem[] = [];
  if (policy.config) {
    const { file, layers } = policy.config;
    for (const { rules, analyzers: uses } of layers.toReversed()) {
      for (const { name, line, matches } of rules.toSorted((a, b) => a.line - b.line))
        if (!isRuleId(name) && !issues.some(matches))
          problems.push({ file, line, level: 'warning', message: `There is no rule "${name}": it has no effect.` });
      for (const [id, { line }] of uses)
        if (!analyzers.includes(id))
          problems.push({ file, line, level: 'warning', message: `There is no analyzer "${id}": it has no effect.` });
    }
  }
  const found = new Set(issues.flatMap(fingerprintsOf));
  for (const entry of policy.baseline.values())
    if (found.has(entry.fingerprint) && isExpired(entry, now))
      problems.push({
        ...{ file: baselinePath, line: entry.line, level: 'warning' },
        message: `The entry of ${entry.rule} in ${entry.file} ${expiry(entry)}: the finding counts again.`,
      });
  return problems;
}

/** @returns as the end of a sentence: "expired on 2026-01-01" */
export function expiry({ expires = '' }: Pick<BaselineEntry, 'expires'>): string {
  return Number.isNaN(endOf(expires)) ? `has a date that cannot be read ("${expires}")` : `expired on ${expires}`;
}

/** Patterns for rule IDs of analyzers that are not built in, whose rules cannot be listed. */
const foreignId =
  /^(?:[BGS]\d{3}|(?:GHSA|CVE|PYSEC|RUSTSEC|GO|OSV|AVD|KSV|DS|CKV2?|DL|SC|MAL)[-_]?[\w-]+|(?:ai|apex|bash|c|clojure|csharp|dockerfile|elixir|generic|go|html|java|javascript|json|kotlin|ocaml|php|problem-based-packs|python|ruby|rust|scala|solidity|swift|terraform|trailofbits|typescript|yaml)(?:\.[\w-]+){3,})$/i;
/** IDs that an external analyzer, such as semgrep, may give to the user's rules. */
const externalId = /^[\w-]+(?:(?:\.[\w-]+)+|\/[\w/-]+)$/;

/**
 * Whether there is, or may be, a rule with this ID or glob.
 * @param known the IDs of the built-in rules
 * @param external whether other analyzers have run
 */
export function isKnownRule(known: ReadonlySet<string>, external: boolean): (name: string) => boolean {
  const lower = new Set([...known].map((id) => id.toLowerCase()));
  const isForeign = (id: string) => foreignId.test(id) || (external && externalId.test(id));
  return (name) => {
    if (!/[*?]/.test(name)) return lower.has(name.toLowerCase()) || isForeign(name);
    const glob = globOf(name);
    return [...known].some((id) => glob.test(id)) || isForeign(name.replace(/[*?]+/g, '0'));
  };
}
