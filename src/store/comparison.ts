import { compareReports, type Change } from '../findings/compareReports';
import type { Report } from '../protocol';
import { sourceOf } from './findings';
import type { Comparison, TrackedJob } from './scanStore';
import { covers, coversAllOf } from './scope';

/**
 * The previous completed scan of the same folder, repository or file that covers everything that this one has scanned.
 * @param jobs newest first
 */
export function scanBefore(tracked: TrackedJob, jobs: readonly TrackedJob[]): TrackedJob | undefined {
  const at = jobs.findIndex(({ id }) => id === tracked.id);
  if (at < 0 || tracked.job.status !== 'completed') return undefined;
  const source = sourceOf(tracked);
  return jobs
    .slice(at + 1)
    .find(
      (before) => before.job.status === 'completed' && sourceOf(before) === source && includesScopeOf(before, tracked),
    );
}

/** How findings changed from one scan to the next, among those whose files both have scanned, the files of their flows included. */
export function changesBetween(before: Report, now: Report, { request }: Pick<TrackedJob, 'request'>): Change[] {
  return compareReports(within(before, request?.include), within(now, request?.include));
}

export function countChanges(before: string, changes: readonly Change[]): Comparison {
  const count = (kind: Change['kind']) => changes.filter((change) => change.kind === kind).length;
  return { before, added: count('new'), fixed: count('resolved'), unassessed: count('not_assessed') };
}

function includesScopeOf({ request: wider }: TrackedJob, { request }: TrackedJob): boolean {
  const [all = [], some = []] = [wider?.include, request?.include];
  return all.length === 0 || (some.length > 0 && some.every((pattern) => all.includes(pattern)));
}

function within(report: Report, include: readonly string[] | undefined): Report {
  if (!include?.length) return report;
  const files = report.files
    .filter(({ path }) => covers(include, path))
    .map(({ path, issues }) => ({ path, issues: issues.filter((issue) => coversAllOf(include, issue)) }));
  return { ...report, files };
}
