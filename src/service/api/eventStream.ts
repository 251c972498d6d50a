import type { ServerResponse } from 'node:http';
import { isTerminal } from '../../protocol';
import { errorMessage } from '../../base/errors';
import type { Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import type { Limits } from '../../base/limits';
import { jobFrame, type Frame } from '../job/frames';
import type { Jobs } from '../jobs/jobs';
import type { Events } from '../ports/events';
import type { StoredJob } from '../ports/record';

/** All open event streams. One timer keeps them alive, another drops those that are not being read. */
export class EventStreams implements Disposable {
  readonly #jobs: Jobs;
  readonly #events: Events;
  readonly #limits: Limits;
  readonly #log: Logger;
  readonly #open = new Set<Stream>();
  readonly #keepAliveTimer: NodeJS.Timeout;
  readonly #stalledTimer: NodeJS.Timeout;

  constructor(jobs: Jobs, events: Events, limits: Limits, log: Logger) {
    this.#jobs = jobs;
    this.#events = events;
    this.#limits = limits;
    this.#log = log;
    this.#keepAliveTimer = setInterval(() => {
      for (const stream of this.#open) stream.comment();
    }, limits.keepAlive);
    this.#stalledTimer = setInterval(() => {
      for (const stream of this.#open) stream.dropIfStalled(limits.subscriberStall);
    }, limits.subscriberStall / 4);
  }

  get count(): number {
    return this.#open.size;
  }

  /** The id of an ended job's last frame; undefined while it runs. */
  async lastFrameOf({ job, lastFrame }: StoredJob): Promise<number | undefined> {
    if (!isTerminal(job.status)) return undefined;
    return lastFrame ?? this.#events.lastId(job.job_id);
  }

  /**
   * Streams an existing job to a client until the job or the connection ends.
   * @param after the `Last-Event-ID` of a reconnecting client
   * @param caller the ID of the client's token
   * @throws ApiError UNAVAILABLE, if nothing was sent yet
   */
  async follow(id: string, response: ServerResponse, after: number | undefined, caller?: string): Promise<void> {
    // Sent with the first frame, so that until then an error can still become a response.
    response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
    response.setHeader('Cache-Control', 'no-cache, no-transform');
    response.setHeader('X-Accel-Buffering', 'no');
    response.socket?.setNoDelay(true);
    const stream = new Stream(
      response,
      this.#limits.maxSubscriberBacklog,
      {
        current: () => this.#current(id),
        failed: (error) => this.#log.warn(`Cannot follow job ${id}: ${errorMessage(error)}`),
      },
      caller,
    );
    this.#open.add(stream);
    stream.onClose(() => this.#open.delete(stream));
    try {
      const subscription = await this.#events.follow(id, after, (frame) => stream.send(frame));
      if (subscription) stream.onClose(() => subscription.dispose());
      else await this.#replay(id, stream, after);
    } catch (error) {
      this.#open.delete(stream);
      if (!response.headersSent) throw error;
      // The client will reconnect.
      this.#log.warn(`Cannot follow job ${id}: ${errorMessage(error)}`);
      response.destroy();
    }
  }

  /** Ends all streams. */
  dispose(): void {
    clearInterval(this.#keepAliveTimer);
    clearInterval(this.#stalledTimer);
    for (const stream of [...this.#open]) stream.end();
  }

  /** Ends the streams of callers who lost their access. @param isAllowed by the caller's ID */
  async endRevoked(isAllowed: (caller: string) => Promise<boolean>): Promise<void> {
    const callers = new Set([...this.#open].flatMap(({ caller }) => caller ?? []));
    for (const caller of callers)
      if (!(await isAllowed(caller))) for (const stream of [...this.#open]) if (stream.caller === caller) stream.end();
  }

  async #current(id: string): Promise<Frame | undefined> {
    const current = await this.#events.current(id);
    return current && jobFrame(current.id, current.job, isTerminal(current.job.status));
  }

  /** Sends the stored frames of an ended job. */
  async #replay(id: string, stream: Stream, after: number | undefined): Promise<void> {
    const stored = await this.#jobs.stored(id);
    const last = stored && (await this.lastFrameOf(stored));
    if (!stored || last === undefined) {
      stream.end();
      return;
    }
    if (after !== undefined)
      for await (const text of this.#events.kept(id, after)) if (!(await stream.write(text))) return;
    stream.send(jobFrame(last, stored.job, true));
  }
}

/** Returns the current Job for a stream; undefined if it no longer exists. */
interface Source {
  readonly current: () => Promise<Frame | undefined>;
  readonly failed: (error: unknown) => void;
}

/**
 * One client. If it reads too slowly, frames are dropped and it gets the latest Job once it reads again. If it reads nothing at all for
 * a while, it is disconnected. So it can neither delay the job nor use up memory.
 */
class Stream {
  readonly #closers: (() => void)[] = [];
  #behind = false;
  #catchingUp = false;
  #closed = false;
  /** The id of the newest frame, whether it was sent or dropped. */
  #newest = 0;
  /** Bytes written to the connection, how many of them it has sent, and when it last sent some. */
  #handed = 0;
  #taken = 0;
  #tookAt = performance.now();

  constructor(
    private readonly response: ServerResponse,
    private readonly maxBacklog: number,
    private readonly source: Source,
    readonly caller: string | undefined,
  ) {
    response.on('close', () => this.#close());
    response.on('error', () => this.#close());
    response.on('drain', () => void this.#catchUp().catch(source.failed));
  }

  onClose(closer: () => void): void {
    if (this.#closed) closer();
    else this.#closers.push(closer);
  }

  send(frame: Frame): void {
    if (this.#closed || this.response.writableEnded) return;
    this.#newest = frame.id;
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

  /** Sends the current Job instead of the frames that were dropped. */
  async #catchUp(): Promise<void> {
    if (!this.#behind || this.#catchingUp) return;
    this.#catchingUp = true;
    try {
      let frame = await this.source.current();
      // A frame that came in the meantime was dropped too.
      while (frame && frame.id < this.#newest) frame = await this.source.current();
      this.#behind = false;
      if (frame) this.send(frame);
    } finally {
      this.#catchingUp = false;
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const closer of this.#closers) closer();
    this.#closers.length = 0;
  }
}
