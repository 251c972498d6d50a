import { createHash } from 'node:crypto';
import { severities, type JobStatus, type Severity } from '../../protocol';
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
  /** A part of the URL of what it scans, in any case. */
  readonly repo?: string | undefined;
  /** An analyzer that has completed. */
  readonly tool?: string | undefined;
  readonly label?: string | undefined;
  /** Whether it has found something of this severity, or of a worse one. */
  readonly severity?: Severity | undefined;
  /** When it ended, in ms since 1970: not before, and not after. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** A job with what was asked for. */
export interface ListedJob {
  readonly job: FullJob;
  readonly request: JobRequest;
}

/** The id of a job's project; undefined for an upload without one, since its file name means nothing. */
export function projectIdOf({ job: { source }, request }: ListedJob): string | undefined {
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

function matches(stored: ListedJob, filter: JobFilter): boolean {
  const { job } = stored;
  const { status, project, text, repo, tool, label, severity, since = -Infinity, until = Infinity } = filter;
  const dated = since !== -Infinity || until !== Infinity;
  const at = Date.parse(job.finished_at ?? '');
  return (
    (status === undefined || job.status === status || detailOf(job) === status) &&
    (project === undefined || projectIdOf(stored) === project) &&
    (text === undefined || searchTextOf(job).includes(searchable(text))) &&
    (repo === undefined || searchable(job.source.url ?? '').includes(searchable(repo))) &&
    (tool === undefined || completedTools(job).includes(tool)) &&
    (label === undefined || job.labels.includes(label)) &&
    (severity === undefined || atLeast(severity).some((level) => (job.summary?.[level] ?? 0) > 0)) &&
    (!dated || (at >= since && at <= until))
  );
}

/** The analyzers of a job that have completed. */
export function completedTools({ phases }: FullJob): string[] {
  return phases
    .filter(({ phase, status }) => phase.startsWith('analyze:') && status === 'completed')
    .map(({ phase }) => phase.slice('analyze:'.length));
}

/** A severity and the worse ones. */
export function atLeast(severity: Severity): readonly Severity[] {
  return severities.slice(0, severities.indexOf(severity) + 1);
}

/** A part of the jobs that match a filter. @param all in the order of the list */
export function pageOf<Job extends ListedJob>(
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
