import type { Gap } from '../protocol';
import type { TrackedJob } from './scanStore';

/** What a scan did not look at, as far as it is known here: that of a job whose report was not fetched is only counted. */
export function gapsOf({ report, notSent = [] }: Pick<TrackedJob, 'report' | 'notSent'>): readonly Gap[] {
  return [...notSent, ...(report?.meta.coverage?.gaps ?? [])];
}

/** How many gaps a scan has; 0 while it runs. A service may count more than its report names. */
export function gapCountOf(tracked: Pick<TrackedJob, 'job' | 'report' | 'notSent'>): number {
  if (tracked.job.status !== 'completed') return 0;
  return Math.max(gapsOf(tracked).length, (tracked.job.gaps ?? 0) + (tracked.notSent?.length ?? 0));
}
