import { formerRules } from '../findings/renamedRules';
import { decisionOn, noPolicy, withChosenAnalyzers, type Policy } from '../findings/policy/policy';
import { isSuppressed, type Issue, type Suppression } from '../protocol';

/** `ignored`: suppressed in the report, by a comment or the configuration, or by its rule. `known`: in the baseline. */
export type FindingState = 'open' | 'ignored' | 'known';

/** What the users of a folder have decided about findings. */
export interface Suppressions {
  /** What the team has decided, as far as this window has read it; undefined: what the report says. */
  readonly policy: Policy | undefined;
  /** False in Restricted Mode: a hostile folder could hide its findings, so that what its files decide counts for nothing. */
  readonly isTrusted: boolean;
  /** IDs of ignored rules. A renamed rule is also matched by its former ID. */
  readonly rules: ReadonlySet<string>;
  /** IDs of the rules ignored in a file, or in a folder, whose path ends in `/`. */
  readonly inFiles?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Until when entries of the baseline count, in ms since 1970. */
  readonly now: number;
}
export const noSuppressions: Suppressions = { policy: noPolicy, isTrusted: false, rules: new Set(), now: 0 };

/** Whether a finding counts, and what of the team's decisions says that it does not. */
export interface Decided {
  readonly state: FindingState;
  readonly decision?: Suppression;
}

/** What the team has decided comes first, then what a person ignores in the settings. */
export function decidedBy(issue: Issue, suppressions: Suppressions): Decided {
  const decision = teamDecision(issue, suppressions);
  if (decision) return { state: decision.origin === 'baseline' ? 'known' : 'ignored', decision };
  return { state: isIgnored(issue, suppressions) ? 'ignored' : 'open' };
}

function teamDecision(issue: Issue, { policy, isTrusted, now }: Suppressions): Suppression | undefined {
  const told = isSuppressed(issue) ? issue.suppression : undefined;
  // The tool, or a report of elsewhere, says so.
  if (told && told.origin === undefined) return told;
  if (!isTrusted) return undefined;
  // What files other than the finding's own decide may have changed since the scan. Which analyzers run was decided by the scan: by a person, perhaps.
  return told?.origin === 'comment' || !policy ? told : decisionOn(withChosenAnalyzers(policy), issue, now);
}

function isIgnored(issue: Issue, { rules, inFiles }: Suppressions): boolean {
  const ids = [issue.rule_id, ...formerRules(issue.rule_id)];
  const has = (ignored: ReadonlySet<string> | undefined) => ids.some((id) => ignored?.has(id) === true);
  return (
    has(rules) ||
    (inFiles !== undefined && inFiles.size > 0 && placesOf(issue.file).some((place) => has(inFiles.get(place))))
  );
}

/** A file and the folders that it is in, as {@link Suppressions.inFiles} names them. */
export function placesOf(file: string): string[] {
  const parts = file.split('/');
  return [file, ...parts.slice(1).map((_, at) => `${parts.slice(0, at + 1).join('/')}/`)];
}
