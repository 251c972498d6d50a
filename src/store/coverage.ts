import type { Gap } from '../protocol';
import type { TrackedJob } from './scanStore';

/** The gaps of a scan, as far as they are known here. Until a job's report is fetched, only their number is known. */
export function gapsOf({ report, notSent = [] }: Pick<TrackedJob, 'report' | 'notSent'>): readonly Gap[] {
  return [...notSent, ...(report?.meta.coverage?.gaps ?? [])];
}

/** The number of gaps of a scan; 0 while it runs. A service may count more than its report lists. */
export function gapCountOf(tracked: Pick<TrackedJob, 'job' | 'report' | 'notSent'>): number {
  if (tracked.job.status !== 'completed') return 0;
  return Math.max(gapsOf(tracked).length, (tracked.job.gaps ?? 0) + (tracked.notSent?.length ?? 0));
}
