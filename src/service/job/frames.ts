import { isTerminal } from '../../protocol';
import type { FullJob } from './jobMachine';

// The frames of a job's stream, and their wire format: text/event-stream.

export type FrameKind = 'job' | 'log' | 'findings';

/** One frame of a job's stream. */
export interface Frame<K extends FrameKind = FrameKind> {
  /** Increments by one with each frame of a job, starting at 1. */
  readonly id: number;
  readonly kind: K;
  /** Its wire format, built once for all followers. */
  readonly text: string;
  /** Whether it contains the final Job, after which the stream ends. */
  readonly last: boolean;
}

/** Maximum bytes of a frame in which only numbers changed, which goes to every follower ten times a second. */
const maxUpdate = 1024;

/** A frame with the whole Job. */
export function jobFrame(id: number, job: FullJob, last: boolean): Frame<'job'> {
  return { id, kind: 'job', text: frameText(id, undefined, withoutDefaults(job)), last };
}

/** A frame with a Job of which only numbers have changed; for a large one, only the running phases. */
export function updateFrame(id: number, job: FullJob): Frame<'job'> {
  const frame = jobFrame(id, job, false);
  return Buffer.byteLength(frame.text) <= maxUpdate ? frame : { ...frame, text: updateText(id, job) };
}

/** A frame with a log line, or with findings. */
export function eventFrame<K extends 'log' | 'findings'>(id: number, kind: K, data: object): Frame<K> {
  return { id, kind, text: frameText(id, kind, data), last: false };
}

/** The part of a Job whose changes are sent at once. */
export function shapeOf(job: FullJob): string {
  return `${job.status} ${job.phases.map((phase) => phase.status).join(' ')}`;
}

/** @param event undefined for a Job: an unnamed event, so that the simplest client receives it */
function frameText(id: number, event: string | undefined, data: object): string {
  return `id: ${id}\n${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`;
}

/** The Job without default values, since a thousand subscribers receive it ten times a second. */
function withoutDefaults(job: FullJob): object {
  if (isTerminal(job.status)) return job;
  // The required keys of a Job stay; only our own additions and nested ones are left out.
  const { labels, source, phases, progress, ...rest } = job;
  return {
    ...rest,
    // Third-party dashboards fail on null here.
    ...((progress !== null || job.status !== 'queued') && { progress }),
    source: withoutEmpty(source),
    ...(labels.length > 0 && { labels }),
    phases: phases.map(({ files_done, files_total: _, ...phase }) =>
      withoutEmpty(phase.status === 'running' ? { ...phase, files_done } : phase),
    ),
  };
}

/**
 * A frame for a large Job of which only numbers have changed: everything else since the last full Job is left out, and if very many phases
 * run at once, the last ones as well.
 */
function updateText(id: number, job: FullJob): string {
  const { source: _source, labels: _labels, summary: _summary, phases, ...rest } = job;
  const running = phases
    .filter((phase) => phase.status === 'running')
    .map(({ started_at: _started, files_total: _total, ...phase }) => withoutEmpty(phase));
  for (;;) {
    const text = frameText(id, undefined, { ...rest, phases: running });
    if (Buffer.byteLength(text) <= maxUpdate || running.pop() === undefined) return text;
  }
}

function withoutEmpty(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== 0));
}
