import { createHash } from 'node:crypto';
import { groupBy } from '../../base/groupBy';
import type { JobSource, Summary } from '../../protocol';
import { projectIdOf, type ListedJob } from './search';

/** A project, derived from its jobs. */
export interface JobsOfProject {
  readonly id: string;
  /** The origin of the newest job's files. */
  readonly source: Pick<JobSource, 'kind' | 'url' | 'label'>;
  /** When the oldest one was submitted: RFC 3339, or ''. */
  readonly since: string;
  /** The latest scan that represents what is open, see {@link relevantScans}. */
  readonly last: LastScan | null;
}

export interface LastScan {
  readonly job_id: string;
  readonly finished_at: string;
  readonly summary: Summary;
  readonly gaps: number;
}

/** A completed scan's contribution to its project. */
export interface ProjectScan {
  readonly project: string;
  /** When it ended: RFC 3339, in UTC. */
  readonly finished_at: string;
  readonly summary: Summary;
}

/** A job's contribution to its project; undefined if it has not completed. */
export function projectScanOf({ job, request }: ListedJob): (LastScan & { readonly whole: boolean }) | undefined {
  const { job_id, status, finished_at, summary, gaps = 0 } = job;
  if (status !== 'completed' || finished_at === null || !summary) return undefined;
  return { job_id, finished_at, summary, gaps, whole: request.include.length === 0 };
}

/**
 * The completed scans that represent what is open in a project: partial ones, such as of a file, only if there is no full one.
 * @param jobs of one project
 */
function relevantScans(jobs: readonly ListedJob[]): LastScan[] {
  const completed = jobs.flatMap((one) => projectScanOf(one) ?? []);
  const whole = completed.filter((one) => one.whole);
  return (whole.length > 0 ? whole : completed).map(({ job_id, finished_at, summary, gaps }) => ({
    job_id,
    finished_at,
    summary,
    gaps,
  }));
}

/** The projects of jobs; uploads without one have none. @param jobs newest first @returns the project with the newest job first */
export function projectsOf(jobs: readonly ListedJob[]): JobsOfProject[] {
  return [...groupBy(jobs, projectIdOf)].flatMap(([id, own]) => {
    const newest = own[0];
    if (!newest) return [];
    const { kind, url, label } = newest.job.source;
    const since = own.at(-1)?.job.submitted_at ?? '';
    return [{ id, source: { kind, url, label }, since, last: relevantScans(own)[0] ?? null }];
  });
}

/** Tells what of its project a job scans: the same for all that can be compared. */
export function scopeOf({ job, request }: ListedJob): string {
  return createHash('sha256')
    .update(JSON.stringify([job.source.ref, request.include.join()]))
    .digest('hex')
    .slice(0, 32);
}

/** The completed scan before one of the same project, ref and part of it. @param jobs newest first, with that one */
export function baselineOf<Job extends ListedJob>(jobs: readonly Job[], later: ListedJob): Job | undefined {
  const [project, scope] = [projectIdOf(later), scopeOf(later)];
  if (project === undefined) return undefined;
  return jobs
    .slice(jobs.findIndex(({ job }) => job.job_id === later.job.job_id) + 1)
    .find((one) => one.job.status === 'completed' && projectIdOf(one) === project && scopeOf(one) === scope);
}

/** What the completed scans tell of their projects. */
export function scansOf(jobs: readonly ListedJob[]): ProjectScan[] {
  return [...groupBy(jobs, projectIdOf)].flatMap(([project, own]) =>
    relevantScans(own).map(({ finished_at, summary }) => ({ project, finished_at, summary })),
  );
}
