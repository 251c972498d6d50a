import { severities, summarize, type Gap, type Summary } from '../protocol';
import { gapCountOf, gapsOf } from './coverage';
import {
  addedBy,
  findingsOf,
  standingFindings,
  standingJobs,
  unfinishedJobs,
  withoutRepeats,
  type Finding,
} from './findings';
import type { CheckedState } from './checked';
import type { TrackedJob } from './scanStore';
import type { FindingState, Suppressions } from './suppressions';

/** The current findings of all folders and repositories, which every view, badge and message counts. */
export interface Standing {
  readonly findings: readonly Finding[];
  /** Number of open findings by severity. */
  readonly open: Summary;
  /** Number of findings that are ignored or in the baseline. */
  readonly hidden: number;
  /** Number of gaps of the current scans, each counted once. */
  readonly gaps: number;
  /** The scans that have not completed, but found some of the findings; they may find, or might have found, more. */
  readonly partial: readonly TrackedJob[];
  /** The scans that the findings are from; empty before the first scan. */
  readonly jobs: readonly TrackedJob[];
}

export interface StandingOptions {
  readonly labelOf: (tracked: TrackedJob) => string;
  readonly suppressionsOf: (folder: string | undefined) => Suppressions;
  /** Whether a finding in this state counts as open. */
  readonly counts: (state: FindingState) => boolean;
  /** The files that were checked since the scans. */
  readonly checked?: CheckedState;
}

/** @param jobs newest first */
export function standing(
  jobs: readonly TrackedJob[],
  { labelOf, suppressionsOf, counts, checked }: StandingOptions,
): Standing {
  const chains = standingJobs(jobs);
  const completed = withoutRepeats(
    chains.flatMap((chain) => {
      const folder = chain[0]?.folder;
      return standingFindings(chain, labelOf, suppressionsOf(folder), checked?.get(folder ?? ''));
    }),
  );
  const unfinished = unfinishedJobs(jobs).map((tracked) => {
    const { folder } = tracked;
    const all = findingsOf(tracked, labelOf(tracked), suppressionsOf(folder));
    return { tracked, all, added: addedBy(tracked, all, completed, checked?.get(folder ?? '')) };
  });
  const added = unfinished.flatMap((one) => one.added);
  const findings = added.length > 0 ? withoutRepeats([...completed, ...added]) : completed;
  const partial = unfinished.flatMap(({ tracked, all }) => (all.length > 0 ? [tracked] : []));
  const open = findings.filter(({ state }) => counts(state));
  const sums = [summarize(open.map(({ issue }) => issue))];
  // For reports that have not been fetched, use the counts of the service.
  for (const chain of chains) {
    const summary = chain.at(-1)?.job.summary;
    if (summary && chain.every(({ report }) => !report)) sums.push(summary);
  }
  return {
    findings,
    open: sumOf(sums),
    hidden: findings.length - open.length,
    gaps: chains.reduce((sum, chain) => sum + gapsIn(chain), 0),
    jobs: [...chains.flat(), ...partial],
    partial,
  };
}

export function sumOf(summaries: readonly Summary[]): Summary {
  const sum = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const one of summaries) for (const severity of severities) sum[severity] += one[severity];
  return sum;
}

/** The total number of findings in a summary. */
export function totalOf(summary: Summary): number {
  return severities.reduce((sum, severity) => sum + summary[severity], 0);
}

/** Counts gaps once, since a partial scan often repeats those of the full scan. */
function gapsIn(chain: readonly TrackedJob[]): number {
  const keyOf = ({ kind, analyzer, reason }: Gap) => JSON.stringify([kind, analyzer, reason]);
  const listed = new Set(chain.flatMap((tracked) => gapsOf(tracked).map(keyOf)));
  return Math.max(listed.size, ...chain.map(gapCountOf));
}
