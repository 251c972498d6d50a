import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { isTerminal, type Issue, type LogEvent } from '../../protocol';
import { errorCode } from '../../base/errors';
import { toDisposable, type Disposable } from '../../base/lifecycle';
import type { Limits } from '../../base/limits';
import { Appender } from './appender';
import type { FullJob } from '../job/jobMachine';

export type FrameKind = 'job' | 'log' | 'findings';

/** One frame of a job's stream. `text` is its wire format, built once for all subscribers. */
export interface Frame {
  readonly id: number;
  readonly kind: FrameKind;
  readonly text: string;
  /** It holds the final Job: the stream ends after it. */
  readonly last: boolean;
}

export type Subscriber = (frame: Frame) => void;

/** Log and findings frames, and their bytes, that are buffered for reconnecting subscribers. */
const bufferFrames = 1000;
const bufferBytes = 1024 * 1024;
const findingsPerFrame = 100;
/** Bytes of a frame with only new numbers, which goes to every subscriber ten times a second. */
const maxUpdate = 1024;

/**
 * A job's append-only event log, which feeds all subscribers and `events.ndjson`.
 * Changes of status or phase are sent at once; changes of numbers only wait up to {@link Limits.coalesce}.
 */
export class EventLog {
  readonly #file: Appender;
  readonly #coalesce: number;
  readonly #subscribers = new Set<Subscriber>();
  #buffer: Frame[] = [];
  #bytes = 0;
  #id = 0;
  #job: FullJob;
  #shape: string;
  #lastSent = 0;
  #timer: NodeJS.Timeout | undefined;
  #sealed = false;
  #ended = false;

  constructor(path: string, job: FullJob, limits: Limits, onError: (message: string) => void) {
    this.#file = new Appender(path, limits.maxLog, onError);
    this.#coalesce = limits.coalesce;
    this.#job = job;
    this.#shape = shapeOf(job);
    this.#publish('job', job, true);
  }

  /** The job changed. */
  update(job: FullJob, last = false): void {
    this.#job = job;
    const shape = shapeOf(job);
    this.#ended = last;
    if (last || shape !== this.#shape) {
      this.#shape = shape;
      this.#sendJob(true, last);
      return;
    }
    const wait = this.#lastSent + this.#coalesce - performance.now();
    if (wait <= 0) this.#sendJob(false);
    else this.#timer ??= setTimeout(() => this.#sendJob(false), wait);
  }

  log(event: LogEvent): void {
    if (!this.#sealed) this.#publish('log', event, true);
  }

  findings(issues: readonly Issue[]): void {
    if (this.#sealed) return;
    for (let from = 0; from < issues.length; from += findingsPerFrame)
      this.#publish('findings', { issues: issues.slice(from, from + findingsPerFrame) }, true);
  }

  /**
   * Feeds a subscriber: first the buffered frames after `after`, then the current Job, then every new frame.
   * @param after the `Last-Event-ID` of a reconnecting client
   */
  subscribe(subscriber: Subscriber, after: number | undefined): Disposable {
    if (after !== undefined) for (const frame of this.#buffer) if (frame.id > after) subscriber(frame);
    subscriber(this.snapshot());
    if (!this.#ended) this.#subscribers.add(subscriber);
    return toDisposable(() => this.#subscribers.delete(subscriber));
  }

  /** Accepts only the final Job from now on. @returns the id that its frame will have */
  seal(): number {
    this.#sealed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#id + 1;
  }

  /** The current Job, with the id of the newest frame. */
  snapshot(): Frame {
    return { id: this.#id, kind: 'job', text: frameText(this.#id, 'job', this.#job), last: this.#ended };
  }

  get subscriberCount(): number {
    return this.#subscribers.size;
  }

  /** Ends the log and waits until the file is on disk. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#subscribers.clear();
    await this.#file.flush();
    // Only now, since clients that connect during the write still get their frames from here.
    this.#buffer = [];
  }

  #sendJob(keep: boolean, last = false): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lastSent = performance.now();
    this.#publish('job', this.#job, keep, last);
  }

  #publish(kind: FrameKind, data: unknown, keep: boolean, last = false): void {
    this.#id += 1;
    const whole = frameText(this.#id, kind, data);
    const text = keep || Buffer.byteLength(whole) <= maxUpdate ? whole : updateText(this.#id, this.#job);
    const frame: Frame = { id: this.#id, kind, text, last };
    if (keep) this.#file.append(JSON.stringify({ id: frame.id, event: kind, data }));
    if (kind !== 'job') this.#remember(frame);
    for (const subscriber of [...this.#subscribers]) subscriber(frame);
  }

  #remember(frame: Frame): void {
    this.#buffer.push(frame);
    this.#bytes += frame.text.length;
    while (this.#buffer.length > bufferFrames || (this.#bytes > bufferBytes && this.#buffer.length > 1))
      this.#bytes -= this.#buffer.shift()?.text.length ?? 0;
  }
}

/** The part of a Job whose changes are sent at once. */
function shapeOf(job: FullJob): string {
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
function updateText(id: number, job: FullJob): string {
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

/**
 * The log and findings frames after `after` of an ended job, from the end of its `events.ndjson`, as many as the buffer of a running job
 * would hold. Read in pieces and passed on without parsing. A line cut by a crash is left out.
 */
export async function* storedFrames(path: string, after: number): AsyncGenerator<string> {
  for await (const { id, event, data } of lastLines(path))
    if (id > after && event !== 'job') yield `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}

/** The id of the last frame in `events.ndjson`; 0 if there is none. */
export async function lastFrameIn(path: string): Promise<number> {
  let last = 0;
  for await (const { id } of lastLines(path)) last = Math.max(last, id);
  return last;
}

interface StoredLine {
  readonly id: number;
  readonly event: FrameKind;
  /** JSON. */
  readonly data: string;
}

const storedLine = /^\{"id":(\d+),"event":"(job|log|findings)","data":(.*)\}$/;

async function* lastLines(path: string): AsyncGenerator<StoredLine> {
  let size: number;
  try {
    ({ size } = await stat(path));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  const start = Math.max(0, size - bufferBytes);
  let rest = '';
  // The first line is incomplete if reading started in the middle of it.
  let isWhole = start === 0;
  const pieces: AsyncIterable<string> = createReadStream(path, { start, encoding: 'utf8' });
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, id, event, data] = isWhole ? (storedLine.exec(line) ?? []) : [];
      isWhole = true;
      if (data !== undefined) yield { id: Number(id), event: event as FrameKind, data };
    }
  }
}

/** A file as text; '' if it does not exist. */
export async function readIfExists(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}
