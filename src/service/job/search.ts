import { createHash } from 'node:crypto';
import type { JobStatus } from '../../protocol';
import type { FullJob } from './jobMachine';
import type { JobRequest } from './jobRequest';
import { interruptedError } from './stop';

/** Which jobs to list; all, if nothing is set. */
export interface JobFilter {
  /** A status, or a result of {@link detailOf}. */
  readonly status?: JobStatus | 'partial' | 'interrupted' | undefined;
  readonly project?: string | undefined;
  /** Text in a job's source, labels or ID; case-insensitive. */
  readonly text?: string | undefined;
}

/** A job with what was asked for. */
export interface Described {
  readonly job: FullJob;
  readonly request: JobRequest;
}

/** The id of a job's project; undefined for an upload without one, since its file name means nothing. */
export function projectIdOf({ job: { source }, request }: Described): string | undefined {
  if (source.kind === 'zip') return request.project;
  return createHash('sha256')
    .update(`${source.kind} ${source.url ?? ''}`)
    .digest('hex')
    .slice(0, 32);
}

/** The text of a job that searches look at, {@link searchable}. */
export function searchTextOf({ job_id, source, labels }: FullJob): string {
  const { url, ref, commit, label } = source;
  return searchable([job_id, url, ref, commit, label, ...labels].join('\n'));
}

/** A text in lower case, without NUL, which PostgreSQL's text cannot hold. */
export function searchable(text: string): string {
  return text.toLowerCase().replaceAll('\0', '');
}

function matches(stored: Described, { status, project, text }: JobFilter): boolean {
  return (
    (status === undefined || stored.job.status === status || detailOf(stored.job) === status) &&
    (project === undefined || projectIdOf(stored) === project) &&
    (text === undefined || searchTextOf(stored.job).includes(searchable(text)))
  );
}

/** A page of the jobs that match a filter. @param all in the order of the list */
export function pageOf<Job extends Described>(
  all: readonly Job[],
  filter: JobFilter,
  offset: number,
  limit: number,
): { readonly jobs: readonly Job[]; readonly total: number } {
  const found = all.filter((one) => matches(one, filter));
  return { jobs: found.slice(offset, offset + limit), total: found.length };
}

/** Details of a status that dashboards distinguish: completed with gaps, failed because the runner died. */
export function detailOf({ status, gaps = 0, error }: FullJob): 'partial' | 'interrupted' | undefined {
  if (status === 'completed' && gaps > 0) return 'partial';
  return status === 'failed' && error === interruptedError ? 'interrupted' : undefined;
}
