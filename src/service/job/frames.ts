import { isTerminal } from '../../protocol';
import type { FullJob } from './jobMachine';

// The frames of a job's stream, and their wire format: text/event-stream.

export type FrameKind = 'job' | 'log' | 'findings';

/** One frame of a job's stream. `text` is its wire format, built once for all subscribers. */
export interface Frame {
  readonly id: number;
  readonly kind: FrameKind;
  readonly text: string;
  /** It holds the final Job: the stream ends after it. */
  readonly last: boolean;
}

/** Bytes of a frame with only new numbers, which goes to every subscriber ten times a second. */
export const maxUpdate = 1024;

/** The part of a Job whose changes are sent at once. */
export function shapeOf(job: FullJob): string {
  return `${job.status} ${job.phases.map((phase) => phase.status).join(' ')}`;
}

/** A frame of text/event-stream. A Job is an unnamed event, so that the simplest client receives it. */
export function frameText(id: number, kind: FrameKind, data: unknown): string {
  const text = JSON.stringify(kind === 'job' ? withoutDefaults(data as FullJob) : data);
  return `id: ${id}\n${kind === 'job' ? '' : `event: ${kind}\n`}data: ${text}\n\n`;
}

/** The Job without default values, since a thousand subscribers get it ten times a second. */
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
 * A frame for a large Job of which only numbers changed: whatever has not changed since the last full Job is left out, and if very many
 * phases run at once, the last ones too.
 */
export function updateText(id: number, job: FullJob): string {
  const { source: _source, labels: _labels, summary: _summary, phases, ...rest } = job;
  const running = phases
    .filter((phase) => phase.status === 'running')
    .map(({ started_at: _started, files_total: _total, ...phase }) => withoutEmpty(phase));
  for (;;) {
    const text = `id: ${id}\ndata: ${JSON.stringify({ ...rest, phases: running })}\n\n`;
    if (Buffer.byteLength(text) <= maxUpdate || running.pop() === undefined) return text;
  }
}

function withoutEmpty(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== 0));
}
