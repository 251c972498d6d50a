import * as z from 'zod';
import {
  finishedEvent,
  isTerminal,
  job,
  jobStatus,
  logEvent,
  progressEvent,
  type Issue,
  type Job,
  type JobStatus,
  type LogEvent,
} from '../protocol';
import { readIssues } from '../findings/readReport';
import { maskAddress, maskReason } from '../findings/secrets/maskMeta';
import { maskSecrets } from '../findings/secrets/maskSecrets';

/**
 * What services of other makes send, made into the contract's own shapes. Observed on the public service:
 * `progress` missing, statuses of its own, `completed` at 95 %, bare phase names; see the contract's table of dialects.
 */

const ownPhases = new Set(['clone', 'merge', 'write']);

/** `semgrep` → `analyze:semgrep`; names with a colon and the contract's own stay as they are. */
export function fullPhaseName(phase: string): string {
  return phase.includes(':') || ownPhases.has(phase) ? phase : `analyze:${phase}`;
}

/** Statuses of the public service since 0.2.0, in the contract's words. */
const foreignStatuses: Readonly<Record<string, JobStatus>> = { partial: 'completed', interrupted: 'failed' };

/** A status in any dialect; one that nobody knows is not an end: carry on until one comes that is. */
function readStatus(status: string): JobStatus {
  return (
    jobStatus.safeParse(status).data ??
    (Object.hasOwn(foreignStatuses, status) ? foreignStatuses[status] : undefined) ??
    'running'
  );
}

/** What a status of 0.2.0 says beside the contract's: gaps, though not how many, or why the job failed. */
function statusExtras(status: string, gaps: unknown, error: unknown): { gaps?: number; error?: string } {
  if (status === 'partial') return { gaps: typeof gaps === 'number' && Number.isInteger(gaps) && gaps > 0 ? gaps : 1 };
  if (status === 'interrupted' && (typeof error !== 'string' || error === '')) return { error: 'interrupted' };
  return {};
}

function tolerant(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const raw: Record<string, unknown> = { ...value };
  const { status } = raw;
  if (typeof status === 'string') {
    Object.assign(raw, statusExtras(status, raw['gaps'], raw['error']));
    raw['status'] = readStatus(status);
  }
  raw['progress'] = tolerantProgress(raw['progress'], raw['status']);
  raw['source'] = tolerantSource(raw['source']);
  raw['error'] = tolerantError(raw['error']);
  const misfits = Object.entries(optionalParts).filter(([key, part]) => !part.optional().safeParse(raw[key]).success);
  const unread = new Set(misfits.map(([key]) => key));
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !unread.has(key)));
}

const foreignSource = z.object({
  source: z.enum(['github', 'git', 'zip']),
  url: z.string().nullish().catch(null),
  filename: z.string().nullish().catch(null),
  ref: z.string().nullish().catch(null),
  commit: z.string().nullish().catch(null),
});

/** 0.2.0: `{source: "github"|"zip", url, filename, ref, commit}`. */
function tolerantSource(value: unknown): unknown {
  const read = foreignSource.safeParse(value);
  if (!read.success || (typeof value === 'object' && value !== null && 'kind' in value)) return value;
  const { source, url, filename, ref, commit } = read.data;
  const name = url ?? filename ?? null;
  const label =
    name
      ?.split('/')
      .filter(Boolean)
      .pop()
      ?.replace(/\.git$/, '') ?? null;
  return { kind: source === 'zip' ? 'zip' : 'git', url: name, ref: ref ?? null, commit: commit ?? null, label };
}

function tolerantError(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'string') return value;
  if (typeof value === 'object' && 'message' in value && typeof value.message === 'string') return value.message;
  return JSON.stringify(value);
}

/** Additions of the contract that a reader does without when a service means something else by them. */
const optionalParts = {
  source: job.shape.source,
  labels: job.shape.labels,
  phases: job.shape.phases,
  summary: job.shape.summary,
  gaps: job.shape.gaps,
  submitted_at: job.shape.submitted_at,
  started_at: job.shape.started_at,
  finished_at: job.shape.finished_at,
};

function tolerantProgress(value: unknown, status: unknown): unknown {
  const done = status === 'completed';
  if (typeof value !== 'object' || value === null) return done ? { phase: 'write', percent: 100 } : null;
  const percent = 'percent' in value && typeof value.percent === 'number' ? value.percent : 0;
  const phase = 'phase' in value && typeof value.phase === 'string' && value.phase !== '' ? value.phase : 'clone';
  return {
    ...value,
    phase: fullPhaseName(phase),
    percent: done ? 100 : Math.min(100, Math.max(0, Number.isFinite(percent) ? percent : 0)),
  };
}

/** Whatever a service says of a job, without secrets. */
function masked(read: Job): Job {
  const { error, progress, phases, source } = read;
  return {
    ...read,
    error: error === null ? null : maskSecrets(error),
    progress: progress?.message === undefined ? progress : { ...progress, message: maskSecrets(progress.message) },
    ...(source && { source: maskAddress(source, source.kind === 'path') }),
    ...(phases && { phases: phases.map(maskReason) }),
  };
}

/** A Job in any dialect, without secrets. */
export const lenientJob = z.preprocess(tolerant, job).transform(masked);

/** A page of jobs: the contract's `jobs`, or the `items` of 0.2.0. An entry that is no Job is left out. */
export const lenientJobList = z
  .union([
    z.object({ jobs: z.array(z.unknown()) }).transform(({ jobs }) => jobs),
    z.object({ items: z.array(z.unknown()) }).transform(({ items }) => items),
  ])
  .transform((entries) => entries.flatMap((entry) => lenientJob.safeParse(entry).data ?? []));

/** What one frame of a job's stream says. */
export type Frame =
  | { kind: 'job'; job: Job }
  | { kind: 'progress'; phase: string; percent: number }
  | { kind: 'finished'; status: string; error: string | null }
  /** Of 0.2.0: what has changed, as far as it says. */
  | { kind: 'update'; change: JobChange }
  /** Of 0.2.0: news of another job. */
  | { kind: 'other' }
  | { kind: 'log'; event: LogEvent }
  | { kind: 'findings'; issues: Issue[] }
  /** The stream says that it cannot go on. */
  | { kind: 'error'; message: string }
  | { kind: 'unreadable'; reason: string };

/** What an `update` of 0.2.0 tells of its job. `at`: its own stamp. */
export interface JobChange {
  readonly status: string | undefined;
  readonly phase: string | undefined;
  readonly percent: number | undefined;
  readonly error: string | undefined;
  readonly at: string | undefined;
}

const updateEvent = z.object({
  job_id: z.string().optional().catch(undefined),
  timestamp: z.string().optional().catch(undefined),
  data: z
    .object({
      /** Another job's, for example of a review of this one. */
      run_id: z.string().optional().catch(undefined),
      status: z.string().optional().catch(undefined),
      phase: z.string().min(1).optional().catch(undefined),
      percent: z.number().min(0).max(100).optional().catch(undefined),
      error: z.string().optional().catch(undefined),
    })
    .catch({}),
});

/** The public service names no job in it; others may. */
const streamError = z.object({ error: z.string(), job_id: z.string().optional() });
const findingsFrame = z.object({ issues: z.array(z.unknown()) });

/** Reads one frame, and masks the secrets in it. Never throws: what cannot be read says so. @param isOwn whether it is of our own runner, which masks findings itself */
export function readFrame(event: string, data: string, isOwn = false): Frame {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { kind: 'unreadable', reason: `not JSON: ${maskSecrets(data.slice(0, 2000)).slice(0, 80)}` };
  }
  switch (event) {
    case 'snapshot':
    case 'message': {
      const whole = lenientJob.safeParse(value);
      if (whole.success) return { kind: 'job', job: whole.data };
      const failed = streamError.safeParse(value);
      if (failed.success) return { kind: 'error', message: maskSecrets(failed.data.error) };
      return { kind: 'unreadable', reason: 'not a Job' };
    }
    case 'update': {
      const read = updateEvent.safeParse(value);
      if (!read.success) return { kind: 'unreadable', reason: 'not an update' };
      const { job_id, timestamp: at, data: news } = read.data;
      if (news.run_id !== undefined && news.run_id !== job_id) return { kind: 'other' };
      const { status, phase, percent } = news;
      const error = news.error === undefined ? undefined : maskSecrets(news.error);
      return { kind: 'update', change: { status, phase, percent, error, at } };
    }
    case 'progress': {
      const read = progressEvent.safeParse(value);
      return read.success ? { kind: 'progress', ...read.data } : { kind: 'unreadable', reason: 'not a progress event' };
    }
    case 'finished': {
      const read = finishedEvent.safeParse(value);
      if (!read.success) return { kind: 'unreadable', reason: 'not a finished event' };
      const { status, error } = read.data;
      return { kind: 'finished', status, error: typeof error === 'string' ? maskSecrets(error) : null };
    }
    case 'log': {
      const read = logEvent.safeParse(value);
      if (!read.success) return { kind: 'unreadable', reason: 'not a log event' };
      return { kind: 'log', event: { ...read.data, message: maskSecrets(read.data.message) } };
    }
    case 'findings': {
      const read = findingsFrame.safeParse(value);
      if (!read.success) return { kind: 'unreadable', reason: 'not a findings event' };
      return { kind: 'findings', issues: readIssues(read.data.issues, isOwn) };
    }
    default:
      return { kind: 'unreadable', reason: `unknown event ${event}` };
  }
}

/** The names of the events that {@link readFrame} knows. */
export const frameEvents = ['message', 'snapshot', 'update', 'progress', 'finished', 'log', 'findings'] as const;

/** The job after a named `progress` event. */
export function withProgress(current: Job, phase: string, percent: number): Job {
  return {
    ...current,
    status: current.status === 'queued' ? 'running' : current.status,
    progress: { phase: fullPhaseName(phase), percent },
  };
}

/** The job after a named `finished` event; undefined when its status is none that ends a job. */
export function withFinish(current: Job, status: string, error: string | null): Job | undefined {
  const known = readStatus(status);
  if (!isTerminal(known)) return undefined;
  const said = error ?? current.error;
  return {
    ...current,
    status: known,
    error: said,
    progress: known === 'completed' ? { phase: 'write', percent: 100 } : current.progress,
    ...statusExtras(status, current.gaps, said),
  };
}

/** The job after an `update` of 0.2.0. Nothing changes where it says nothing that is known. */
export function withUpdate(current: Job, { status, phase, percent, error, at }: JobChange): Job {
  const moved =
    phase === undefined && percent === undefined
      ? current
      : withProgress(current, phase ?? current.progress?.phase ?? 'clone', percent ?? current.progress?.percent ?? 0);
  if (status === undefined || status === 'queued') return moved;
  const ended = withFinish(moved, status, error ?? null);
  if (ended) return { ...ended, finished_at: ended.finished_at ?? at ?? null };
  return { ...moved, status: 'running', started_at: moved.started_at ?? at ?? null };
}

/**
 * The job after a Job that came later. It never goes back to `queued`, and its percent never falls, whatever an answer that was overtaken
 * says. What the later one leaves out, as a percent update may, stays as it was.
 */
export function updated(before: Job, job: Job): Job {
  const progress =
    job.progress && before.progress && job.progress.percent < before.progress.percent
      ? { ...job.progress, percent: before.progress.percent }
      : (job.progress ?? before.progress);
  const status = before.status === 'running' && job.status === 'queued' ? 'running' : job.status;
  // A whole Job tells every phase that there is; one that is not in it any more had nothing to do.
  const isWhole = job.source !== undefined || isTerminal(job.status);
  const phases = mergedPhases(before.phases, job.phases, isWhole);
  return { ...before, ...job, status, progress, ...(phases && { phases }) };
}

function mergedPhases(before: Job['phases'], later: Job['phases'], isWhole: boolean): Job['phases'] {
  if (!before || !later) return later ?? before;
  const news = new Map(later.map((phase) => [phase.phase, phase]));
  const known = new Set(before.map((phase) => phase.phase));
  return [
    ...before.flatMap((phase) => {
      const next = news.get(phase.phase);
      if (!next) return isWhole ? [] : [phase];
      return [{ ...next, started_at: next.started_at ?? phase.started_at }];
    }),
    ...later.filter((phase) => !known.has(phase.phase)),
  ];
}
