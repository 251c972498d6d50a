import type { ServerResponse } from 'node:http';
import { isTerminal } from '../../protocol';
import { errorMessage } from '../../base/errors';
import type { Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import { frameText, storedFrames, type Frame } from '../jobs/eventLog';
import type { Jobs } from '../jobs/jobs';
import type { JobStore } from '../jobs/jobStore';
import type { Limits } from '../../base/limits';

/** How often the job of another runner on this storage is looked at. */
const foreignMs = 1000;

/** Every open event stream. One timer keeps them all from falling silent. */
export class EventStreams implements Disposable {
  readonly #jobs: Jobs;
  readonly #store: JobStore;
  readonly #limits: Limits;
  readonly #log: Logger;
  readonly #open = new Set<Stream>();
  readonly #keepAlive: NodeJS.Timeout;

  constructor(jobs: Jobs, store: JobStore, limits: Limits, log: Logger) {
    this.#jobs = jobs;
    this.#store = store;
    this.#limits = limits;
    this.#log = log;
    this.#keepAlive = setInterval(() => {
      for (const stream of this.#open) stream.comment();
    }, limits.keepAlive);
  }

  get count(): number {
    return this.#open.size;
  }

  /**
   * Lets a client follow a job that is known to exist, until the job or the connection ends.
   * @param after the `Last-Event-ID` it came back with
   */
  async follow(id: string, response: ServerResponse, after: number | undefined): Promise<void> {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    response.socket?.setNoDelay(true);
    const live = this.#jobs.live(id);
    const latest = () => this.#jobs.live(id)?.events.snapshot();
    const stream = new Stream(response, this.#limits.maxSubscriberBacklog, latest);
    this.#open.add(stream);
    stream.onClose(() => this.#open.delete(stream));
    if (live) {
      const subscription = live.events.subscribe((frame) => stream.send(frame), after);
      stream.onClose(() => subscription.dispose());
    } else await this.#followStored(id, stream, after);
  }

  /** Ends all streams. */
  dispose(): void {
    clearInterval(this.#keepAlive);
    for (const stream of [...this.#open]) stream.end();
  }

  async #followStored(id: string, stream: Stream, after: number | undefined): Promise<void> {
    const job = await this.#jobs.get(id);
    if (!job) {
      stream.end();
      return;
    }
    if (isTerminal(job.status)) {
      for (const frame of await storedFrames(this.#store.path(id, 'events.ndjson'), job, after)) stream.send(frame);
      return;
    }
    let sent = '';
    let frames = after ?? 0;
    const look = async () => {
      const now = await this.#jobs.get(id);
      const text = JSON.stringify(now);
      if (!now || text === sent) return;
      sent = text;
      frames += 1;
      stream.send({ id: frames, kind: 'job', text: frameText(frames, 'job', now), last: isTerminal(now.status) });
    };
    const report = (error: unknown) => this.#log.warn(`Cannot follow job ${id}: ${errorMessage(error)}`);
    await look();
    const timer = setInterval(() => void look().catch(report), foreignMs);
    stream.onClose(() => clearInterval(timer));
  }
}

/**
 * One client. When it reads slower than frames come, they are left out, and once it reads again it gets the latest Job: it never holds up
 * the job, nor memory.
 */
class Stream {
  readonly #closers: (() => void)[] = [];
  #behind = false;
  #closed = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly maxBacklog: number,
    private readonly latest: () => Frame | undefined,
  ) {
    response.on('close', () => this.#close());
    response.on('error', () => this.#close());
    response.on('drain', () => this.#catchUp());
  }

  onClose(closer: () => void): void {
    if (this.#closed) closer();
    else this.#closers.push(closer);
  }

  send(frame: Frame): void {
    if (this.#closed) return;
    if (frame.last) {
      this.response.end(frame.text);
      return;
    }
    if (this.#behind) return;
    this.response.write(frame.text);
    this.#behind = this.response.writableLength > this.maxBacklog;
  }

  comment(): void {
    if (!this.#closed && !this.#behind) this.response.write(': still here\n\n');
  }

  end(): void {
    if (!this.#closed) this.response.end();
  }

  #catchUp(): void {
    if (!this.#behind || this.#closed || this.response.writableEnded) return;
    this.#behind = false;
    const frame = this.latest();
    if (frame) this.send(frame);
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const closer of this.#closers) closer();
    this.#closers.length = 0;
  }
}
