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
 * Translates what other scan services send into the shapes of our contract. Seen on the public service: no `progress`, statuses of its own,
 * `completed` at 95 %, bare phase names. See the table of dialects in the contract.
 */

const ownPhases = new Set(['clone', 'merge', 'write']);

/** `semgrep` → `analyze:semgrep`; names with a colon and the contract's own phases are unchanged. */
export function fullPhaseName(phase: string): string {
  return phase.includes(':') || ownPhases.has(phase) ? phase : `analyze:${phase}`;
}

/** Statuses that the public service has used since 0.2.0, and ours for them. */
const foreignStatuses: Readonly<Record<string, JobStatus>> = { partial: 'completed', interrupted: 'failed' };

/** A status in any dialect. An unknown one does not end the job: keep watching until a terminal one arrives. */
function readStatus(status: string): JobStatus {
  return (
    jobStatus.safeParse(status).data ??
    (Object.hasOwn(foreignStatuses, status) ? foreignStatuses[status] : undefined) ??
    'running'
  );
}

/** What else a 0.2.0 status implies: that there are gaps (but not how many), or why the job failed. */
function statusExtras(status: string, gaps: unknown, error: unknown): { gaps?: number; error?: string } {
  if (status === 'partial') return { gaps: typeof gaps === 'number' && Number.isInteger(gaps) && gaps > 0 ? gaps : 1 };
  if (status === 'interrupted' && (typeof error !== 'string' || error === '')) return { error: 'interrupted' };
  return {};
}

function normalizeJob(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const raw: Record<string, unknown> = { ...value };
  const { status } = raw;
  if (typeof status === 'string') {
    Object.assign(raw, statusExtras(status, raw['gaps'], raw['error']));
    raw['status'] = readStatus(status);
  }
  raw['progress'] = normalizeProgress(raw['progress'], raw['status']);
  raw['source'] = normalizeSource(raw['source']);
  raw['error'] = normalizeError(raw['error']);
  const invalid = Object.entries(optionalFields).filter(([key, part]) => !part.optional().safeParse(raw[key]).success);
  const dropped = new Set(invalid.map(([key]) => key));
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !dropped.has(key)));
}

const foreignSource = z.object({
  source: z.enum(['github', 'git', 'zip']),
  url: z.string().nullish().catch(null),
  filename: z.string().nullish().catch(null),
  ref: z.string().nullish().catch(null),
  commit: z.string().nullish().catch(null),
});

/** 0.2.0: `{source: "github"|"zip", url, filename, ref, commit}`. */
function normalizeSource(value: unknown): unknown {
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

function normalizeError(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'string') return value;
  if (typeof value === 'object' && 'message' in value && typeof value.message === 'string') return value.message;
  return JSON.stringify(value);
}

/** Optional fields of the contract. They are dropped if a service uses the same name for something else. */
const optionalFields = {
  source: job.shape.source,
  labels: job.shape.labels,
  phases: job.shape.phases,
  summary: job.shape.summary,
  gaps: job.shape.gaps,
  submitted_at: job.shape.submitted_at,
  started_at: job.shape.started_at,
  finished_at: job.shape.finished_at,
};

function normalizeProgress(value: unknown, status: unknown): unknown {
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

/** A job with the secrets in its texts masked. */
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

/** A job in any dialect, with secrets masked. */
export const lenientJob = z.preprocess(normalizeJob, job).transform(masked);

/** A page of jobs: `jobs` in the contract, `items` in 0.2.0. Entries that are not jobs are dropped. */
export const lenientJobList = z
  .union([
    z.object({ jobs: z.array(z.unknown()) }).transform(({ jobs }) => jobs),
    z.object({ items: z.array(z.unknown()) }).transform(({ items }) => items),
  ])
  .transform((entries) => entries.flatMap((entry) => lenientJob.safeParse(entry).data ?? []));

/** One frame of a job's event stream. */
export type Frame =
  | { kind: 'job'; job: Job }
  | { kind: 'progress'; phase: string; percent: number }
  | { kind: 'finished'; status: string; error: string | null }
  /** 0.2.0: the changed fields. */
  | { kind: 'update'; change: JobChange }
  /** 0.2.0: about another job. */
  | { kind: 'other' }
  | { kind: 'log'; event: LogEvent }
  | { kind: 'findings'; issues: Issue[]; restart: boolean }
  /** The service cannot continue the stream. */
  | { kind: 'error'; message: string }
  | { kind: 'unreadable'; reason: string };

/** The fields that a 0.2.0 `update` changes. `at`: its ISO timestamp. */
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
      /** Set if the update is about another job, such as a review of this one. */
      run_id: z.string().optional().catch(undefined),
      status: z.string().optional().catch(undefined),
      phase: z.string().min(1).optional().catch(undefined),
      percent: z.number().min(0).max(100).optional().catch(undefined),
      error: z.string().optional().catch(undefined),
    })
    .catch({}),
});

/** The public service sends no `job_id` in this frame; others may. */
const streamError = z.object({ error: z.string(), job_id: z.string().optional() });
const findingsFrame = z.object({ issues: z.array(z.unknown()), restart: z.boolean().catch(false) });

/**
 * Parses one frame and masks the secrets in it. Never throws: a malformed frame is returned as `unreadable`.
 * @param isOwn whether it comes from our own runner, which masks findings itself
 */
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
      const parsedJob = lenientJob.safeParse(value);
      if (parsedJob.success) return { kind: 'job', job: parsedJob.data };
      const parsedError = streamError.safeParse(value);
      if (parsedError.success) return { kind: 'error', message: maskSecrets(parsedError.data.error) };
      return { kind: 'unreadable', reason: 'not a Job' };
    }
    case 'update': {
      const read = updateEvent.safeParse(value);
      if (!read.success) return { kind: 'unreadable', reason: 'not an update' };
      const { job_id, timestamp: at, data: fields } = read.data;
      if (fields.run_id !== undefined && fields.run_id !== job_id) return { kind: 'other' };
      const { status, phase, percent } = fields;
      const error = fields.error === undefined ? undefined : maskSecrets(fields.error);
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
      const { issues, restart } = read.data;
      return { kind: 'findings', issues: readIssues(issues, isOwn), restart };
    }
    default:
      return { kind: 'unreadable', reason: `unknown event ${event}` };
  }
}

/** The event names that {@link readFrame} understands. */
export const frameEvents = ['message', 'snapshot', 'update', 'progress', 'finished', 'log', 'findings'] as const;

/** The job after a `progress` event. */
export function withProgress(current: Job, phase: string, percent: number): Job {
  return {
    ...current,
    status: current.status === 'queued' ? 'running' : current.status,
    progress: { phase: fullPhaseName(phase), percent },
  };
}

/** The job after a `finished` event; undefined if its status is not terminal. */
export function withFinish(current: Job, status: string, error: string | null): Job | undefined {
  const known = readStatus(status);
  if (!isTerminal(known)) return undefined;
  const message = error ?? current.error;
  return {
    ...current,
    status: known,
    error: message,
    progress: known === 'completed' ? { phase: 'write', percent: 100 } : current.progress,
    ...statusExtras(status, current.gaps, message),
  };
}

/** The job after a 0.2.0 `update`; the same object if the update has no field we know. */
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
