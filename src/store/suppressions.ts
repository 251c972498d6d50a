import { formerRules } from '../findings/renamedRules';
import { decisionOn, noPolicy, withChosenAnalyzers, type Policy } from '../findings/policy/policy';
import { isSuppressed, severities, type Issue, type Severity, type Suppression } from '../protocol';

/** `ignored`: suppressed in the report, by a comment or the configuration, or by its rule. `known`: in the baseline. */
export type FindingState = 'open' | 'ignored' | 'known';

/** The decisions of a folder's users about findings. */
export interface Suppressions {
  /** The team's decisions, as far as this window has read them; undefined: those in the report. */
  readonly policy: Policy | undefined;
  /** False in Restricted Mode: a hostile folder could hide its findings, so the decisions in its files are ignored. */
  readonly isTrusted: boolean;
  /** IDs of ignored rules. A renamed rule is also matched by its former ID. */
  readonly rules: ReadonlySet<string>;
  /** IDs of the rules ignored in a file, or in a folder, whose path ends in `/`. */
  readonly inFiles?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether the settings leave a file out of scans. */
  readonly isExcluded?: (file: string) => boolean;
  /** The lowest severity that the settings show. */
  readonly least?: Severity;
  /** When entries of the baseline expire, in ms since 1970. */
  readonly now: number;
}
export const noSuppressions: Suppressions = { policy: noPolicy, isTrusted: false, rules: new Set(), now: 0 };

/** Whether a finding counts, and what says that it does not. */
export interface FindingDecision {
  readonly state: FindingState;
  /** The team's decision, or that of a setting that is not about the rule. */
  readonly decision?: Suppression;
  /** The setting that decided it. */
  readonly setting?: 'exclude' | 'severity';
}

/** What the team has decided comes first, then what a person ignores or leaves out in the settings. */
export function decisionFor(issue: Issue, suppressions: Suppressions): FindingDecision {
  const decision = teamDecision(issue, suppressions);
  if (decision) return { state: decision.origin === 'baseline' ? 'known' : 'ignored', decision };
  if (isIgnored(issue, suppressions)) return { state: 'ignored' };
  const { isExcluded, least = 'low' } = suppressions;
  if (isExcluded?.(issue.file) === true) return leftOut('exclude', 'The settings leave its file out of scans.');
  if (severities.indexOf(issue.severity) > severities.indexOf(least))
    return leftOut('severity', `The settings hide findings below ${least}.`);
  return { state: 'open' };
}

function leftOut(setting: 'exclude' | 'severity', reason: string): FindingDecision {
  const decision = { kind: 'external', reason, by: null, expires: null, state: 'accepted' } as const;
  return { state: 'ignored', decision, setting };
}

function teamDecision(issue: Issue, { policy, isTrusted, now }: Suppressions): Suppression | undefined {
  const reported = isSuppressed(issue) ? issue.suppression : undefined;
  // The tool, or a foreign report, suppresses it.
  if (reported && reported.origin === undefined) return reported;
  if (!isTrusted) return undefined;
  // Decisions in other files than the finding's own may have changed since the scan. Which analyzers run was decided by the scan, perhaps
  // by a person.
  return reported?.origin === 'comment' || !policy ? reported : decisionOn(withChosenAnalyzers(policy), issue, now);
}

function isIgnored(issue: Issue, { rules, inFiles = new Map() }: Suppressions): boolean {
  if (rules.size === 0 && inFiles.size === 0) return false;
  const ids = [issue.rule_id, ...formerRules(issue.rule_id)];
  const has = (ignored: ReadonlySet<string> | undefined) => ids.some((id) => ignored?.has(id) === true);
  return has(rules) || (inFiles.size > 0 && placesOf(issue.file).some((place) => has(inFiles.get(place))));
}

/** A file and its folders, in the form of {@link Suppressions.inFiles}. */
export function placesOf(file: string): string[] {
  const parts = file.split('/');
  return [file, ...parts.slice(1).map((_, at) => `${parts.slice(0, at + 1).join('/')}/`)];
}
