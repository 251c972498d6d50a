import type { ServerResponse } from 'node:http';
import { isTerminal } from '../../protocol';
import { errorMessage } from '../../base/errors';
import type { Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import { frameText, type Frame } from '../job/frames';
import { lastFrameIn, storedFrames } from '../local/eventFile';
import type { Jobs } from '../jobs/jobs';
import type { JobStore, StoredJob } from '../local/jobStore';
import type { Limits } from '../../base/limits';

/** How often to poll a job that another runner on this storage works on. */
const foreignMs = 1000;

/** All open event streams. One timer keeps them alive, another drops those that nobody reads. */
export class EventStreams implements Disposable {
  readonly #jobs: Jobs;
  readonly #store: JobStore;
  readonly #limits: Limits;
  readonly #log: Logger;
  readonly #open = new Set<Stream>();
  readonly #keepAlive: NodeJS.Timeout;
  readonly #dropStalled: NodeJS.Timeout;

  constructor(jobs: Jobs, store: JobStore, limits: Limits, log: Logger) {
    this.#jobs = jobs;
    this.#store = store;
    this.#limits = limits;
    this.#log = log;
    this.#keepAlive = setInterval(() => {
      for (const stream of this.#open) stream.comment();
    }, limits.keepAlive);
    this.#dropStalled = setInterval(() => {
      for (const stream of this.#open) stream.dropIfStalled(limits.subscriberStall);
    }, limits.subscriberStall / 4);
  }

  get count(): number {
    return this.#open.size;
  }

  /** The id of an ended job's last frame; undefined while it runs. */
  async lastFrameOf({ job, lastFrame }: StoredJob): Promise<number | undefined> {
    if (!isTerminal(job.status)) return undefined;
    return lastFrame ?? lastFrameIn(this.#store.path(job.job_id, 'events.ndjson'));
  }

  /**
   * Streams an existing job to a client until the job or the connection ends.
   * @param after the `Last-Event-ID` of a reconnecting client
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
    clearInterval(this.#dropStalled);
    for (const stream of [...this.#open]) stream.end();
  }

  async #followStored(id: string, stream: Stream, after: number | undefined): Promise<void> {
    const stored = await this.#jobs.stored(id);
    if (!stored) {
      stream.end();
      return;
    }
    const last = await this.lastFrameOf(stored);
    if (last !== undefined) {
      if (after !== undefined)
        for await (const text of storedFrames(this.#store.path(id, 'events.ndjson'), after))
          if (!(await stream.write(text))) return;
      stream.send({ id: last, kind: 'job', text: frameText(last, 'job', stored.job), last: true });
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
 * One client. If it reads too slowly, frames are dropped and it gets the latest Job once it reads again. If it reads nothing at all for
 * a while, it is disconnected. So it can neither delay the job nor use up memory.
 */
class Stream {
  readonly #closers: (() => void)[] = [];
  #behind = false;
  #closed = false;
  /** Bytes written to the connection, how many of them it has sent, and when it last sent some. */
  #handed = 0;
  #taken = 0;
  #tookAt = performance.now();

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
      this.#handed += Buffer.byteLength(frame.text);
      this.response.end(frame.text);
      return;
    }
    if (this.#behind) return;
    this.#hand(frame.text);
    this.#behind = this.response.writableLength > this.maxBacklog;
  }

  /** Writes a frame and waits until there is room for the next one. @returns whether the client is still connected */
  async write(text: string): Promise<boolean> {
    if (this.#closed) return false;
    if (!this.#hand(text))
      await new Promise<void>((resolve) => {
        this.response.once('drain', resolve);
        this.onClose(resolve);
      });
    return !this.#closed;
  }

  comment(): void {
    if (!this.#closed && !this.#behind && !this.response.writableEnded) this.#hand(': keep-alive\n\n');
  }

  /** Disconnects the client if it has read none of its pending data for `ms` milliseconds. */
  dropIfStalled(ms: number): void {
    const waiting = this.response.writableLength;
    const taken = this.#handed - waiting;
    const now = performance.now();
    if (waiting === 0 || taken > this.#taken) {
      this.#taken = Math.max(this.#taken, taken);
      this.#tookAt = now;
    } else if (now - this.#tookAt >= ms) this.response.destroy();
  }

  #hand(text: string): boolean {
    this.#handed += Buffer.byteLength(text);
    return this.response.write(text);
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
