import { severities, summarize, type Gap, type Summary } from '../protocol';
import { gapCountOf, gapsOf } from './coverage';
import { standingFindings, standingJobs, withoutRepeats, type Finding } from './findings';
import type { TrackedJob } from './scanStore';
import type { FindingState, Suppressions } from './suppressions';

/** What stands now, over all folders and repositories: what every view, badge and message counts. */
export interface Standing {
  readonly findings: readonly Finding[];
  /** Those that are to be dealt with. */
  readonly open: Summary;
  /** How many are ignored or in the baseline. */
  readonly left: number;
  /** What the scans that stand did not look at; each gap once. */
  readonly gaps: number;
  /** The scans it is the result of; none: nothing was scanned yet. */
  readonly jobs: readonly TrackedJob[];
}

export interface StandingOptions {
  readonly labelOf: (tracked: TrackedJob) => string;
  readonly suppressionsOf: (folder: string | undefined) => Suppressions;
  /** Whether a finding in this state is to be dealt with. */
  readonly counts: (state: FindingState) => boolean;
}

/** @param jobs newest first */
export function standing(jobs: readonly TrackedJob[], { labelOf, suppressionsOf, counts }: StandingOptions): Standing {
  const chains = standingJobs(jobs);
  const findings = withoutRepeats(
    chains.flatMap((chain) => standingFindings(chain, labelOf, suppressionsOf(chain[0]?.folder))),
  );
  const open = findings.filter(({ state }) => counts(state));
  const sums = [summarize(open.map(({ issue }) => issue))];
  // Of a report that is not here yet the service has told the counts.
  for (const chain of chains) {
    const summary = chain.at(-1)?.job.summary;
    if (summary && chain.every(({ report }) => !report)) sums.push(summary);
  }
  return {
    findings,
    open: sumOf(sums),
    left: findings.length - open.length,
    gaps: chains.reduce((sum, chain) => sum + gapsIn(chain), 0),
    jobs: chains.flat(),
  };
}

export function sumOf(summaries: readonly Summary[]): Summary {
  const sum = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const one of summaries) for (const severity of severities) sum[severity] += one[severity];
  return sum;
}

/** How many findings a summary counts. */
export function totalOf(summary: Summary): number {
  return severities.reduce((sum, severity) => sum + summary[severity], 0);
}

/** A scan of a part often has the gaps of the scan of the whole again. */
function gapsIn(chain: readonly TrackedJob[]): number {
  const keyOf = ({ kind, analyzer, reason }: Gap) => JSON.stringify([kind, analyzer, reason]);
  const named = new Set(chain.flatMap((tracked) => gapsOf(tracked).map(keyOf)));
  return Math.max(named.size, ...chain.map(gapCountOf));
}
