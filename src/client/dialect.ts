import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import {
  finishedEvent,
  isTerminal,
  issue,
  job,
  jobStatus,
  logEvent,
  progressEvent,
  relativePath,
  report,
  type Issue,
  type Job,
  type LogEvent,
  type Report,
} from '../protocol';

/**
 * What services of other makes send, made into the contract's own shapes. Observed on the public service:
 * `progress` missing, statuses of its own, `completed` at 95 %, bare phase names; see the contract's table of dialects.
 */

const ownPhases = new Set(['clone', 'merge', 'write']);

/** `semgrep` → `analyze:semgrep`; names with a colon and the contract's own stay as they are. */
export function fullPhaseName(phase: string): string {
  return phase.includes(':') || ownPhases.has(phase) ? phase : `analyze:${phase}`;
}

function tolerant(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const raw: Record<string, unknown> = { ...value };
  // A status that we do not know is not an end: carry on until one comes that is.
  if (typeof raw['status'] === 'string' && !jobStatus.safeParse(raw['status']).success) raw['status'] = 'running';
  raw['progress'] = tolerantProgress(raw['progress'], raw['status']);
  const misfits = Object.entries(optionalParts).filter(([key, part]) => !part.optional().safeParse(raw[key]).success);
  const unread = new Set(misfits.map(([key]) => key));
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !unread.has(key)));
}

/** Additions of the contract that a reader does without when a service means something else by them. */
const optionalParts = {
  source: job.shape.source,
  labels: job.shape.labels,
  phases: job.shape.phases,
  summary: job.shape.summary,
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

/** A Job in any dialect. */
export const lenientJob = z.preprocess(tolerant, job);

export const lenientJobList = z.object({ jobs: z.array(lenientJob) });

/** A report as it comes, its files not looked at yet: see {@link readReport}. */
export const unreadReport = report.extend({ files: z.array(z.unknown()) });

/** How long files are read before others have their turn, in ms: the extension host must not stand still. */
const turnMs = 10;

/**
 * A report in any dialect, its files read in short turns. What does not keep the contract is left out: an issue without a line, a file that would
 * lie outside of the source.
 */
export async function readReport(unread: z.output<typeof unreadReport>): Promise<Report> {
  const files: Report['files'] = [];
  let began = -Infinity;
  for (const entry of unread.files) {
    if (performance.now() - began > turnMs) {
      await setImmediate();
      began = performance.now();
    }
    const file = looseFile.safeParse(entry);
    if (!file.success) continue;
    const issues = file.data.issues.flatMap((one) => issue.safeParse(one).data ?? []);
    if (issues.length > 0) files.push({ path: file.data.path, issues });
  }
  return { ...unread, files };
}

const looseFile = z.object({ path: relativePath, issues: z.array(z.unknown()) });

/** What one frame of a job's stream says. */
export type Frame =
  | { kind: 'job'; job: Job }
  | { kind: 'progress'; phase: string; percent: number }
  | { kind: 'finished'; status: string; error: string | null }
  | { kind: 'log'; event: LogEvent }
  | { kind: 'findings'; issues: Issue[] }
  /** The stream says that it cannot go on. */
  | { kind: 'error'; message: string }
  | { kind: 'unreadable'; reason: string };

const streamError = z.object({ error: z.string(), job_id: z.undefined() });
const findingsFrame = z.object({ issues: z.array(z.unknown()) });

/** Reads one frame. Never throws: what cannot be read says so. */
export function readFrame(event: string, data: string): Frame {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { kind: 'unreadable', reason: `not JSON: ${data.slice(0, 80)}` };
  }
  switch (event) {
    case 'message': {
      const whole = lenientJob.safeParse(value);
      if (whole.success) return { kind: 'job', job: whole.data };
      const failed = streamError.safeParse(value);
      if (failed.success) return { kind: 'error', message: failed.data.error };
      return { kind: 'unreadable', reason: 'not a Job' };
    }
    case 'progress': {
      const read = progressEvent.safeParse(value);
      return read.success ? { kind: 'progress', ...read.data } : { kind: 'unreadable', reason: 'not a progress event' };
    }
    case 'finished': {
      const read = finishedEvent.safeParse(value);
      if (!read.success) return { kind: 'unreadable', reason: 'not a finished event' };
      return { kind: 'finished', status: read.data.status, error: read.data.error ?? null };
    }
    case 'log': {
      const read = logEvent.safeParse(value);
      return read.success ? { kind: 'log', event: read.data } : { kind: 'unreadable', reason: 'not a log event' };
    }
    case 'findings': {
      const read = findingsFrame.safeParse(value);
      if (!read.success) return { kind: 'unreadable', reason: 'not a findings event' };
      const issues = read.data.issues.flatMap((entry) => issue.safeParse(entry).data ?? []);
      return { kind: 'findings', issues };
    }
    default:
      return { kind: 'unreadable', reason: `unknown event ${event}` };
  }
}

/** The names of the events that {@link readFrame} knows. */
export const frameEvents = ['message', 'progress', 'finished', 'log', 'findings'] as const;

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
  const known = jobStatus.safeParse(status);
  if (!known.success || known.data === 'queued' || known.data === 'running') return undefined;
  return {
    ...current,
    status: known.data,
    error: error ?? current.error,
    progress: known.data === 'completed' ? { phase: 'write', percent: 100 } : current.progress,
  };
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
