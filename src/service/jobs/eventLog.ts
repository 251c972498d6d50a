import type { Issue, LogEvent } from '../../protocol';
import { Appender } from '../../base/appender';
import { toDisposable, type Disposable } from '../../base/lifecycle';
import type { Limits } from '../../base/limits';
import { frameText, maxUpdate, shapeOf, updateText, type Frame, type FrameKind } from '../job/frames';
import type { FullJob } from '../job/jobMachine';
import { bufferBytes } from '../local/eventFile';

export type Subscriber = (frame: Frame) => void;

/** Log and findings frames, and their bytes, that are buffered for reconnecting subscribers. */
const bufferFrames = 1000;
const findingsPerFrame = 100;

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
