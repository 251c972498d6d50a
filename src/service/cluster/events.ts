import { isTerminal, job as jobSchema, jobPhase, jobSource } from '../../protocol';
import * as z from 'zod';
import { withDeadline } from '../../base/abort';
import { errorMessage } from '../../base/errors';
import { toDisposable, type Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import { jobFrame, type Frame, type FrameKind } from '../job/frames';
import type { FullJob } from '../job/jobMachine';
import type { Events, JobEvent } from '../ports/events';
import type { StoredJob } from '../ports/record';
import type { Lease } from '../job/lease';
import type { Redis } from './libraries';
import { redisRequest, endConnection, patientConnection, requestConnection } from './redis';
import { isUnavailable } from './unavailable';

/** Maximum frames kept of a stream, and their bytes. */
const maxFrames = 1_000;
const maxBytes = 1024 * 1024;
/** Seconds for which a stream is kept: while its job runs, and after it has ended. */
const openSec = 24 * 60 * 60;
const endedSec = 30 * 60;
/** Bytes of frames that may wait for Redis while it is down, per process; beyond that, only Jobs are kept. */
const maxPending = 32 * 1024 * 1024;
/** How long a request waits until earlier frames are stored, in ms. */
const pendingMs = 3_000;
/** How often to look for followed jobs that have ended without a last frame, in ms. */
const checkIntervalMs = 3_000;
/** How long one read waits, in ms. */
const blockMs = 5_000;

/**
 * Adds a frame, unless its publisher has lost the job or was overtaken, and removes the oldest beyond the limits. KEYS: the stream, its
 * head. ARGV: attempt, id, kind, text, the Job or '', ms since 1970, whether it is the last, max frames, max bytes, seconds.
 */
const publishScript = `
local head = redis.call('HMGET', KEYS[2], 'attempt', 'last', 'bytes')
if tonumber(ARGV[1]) < tonumber(head[1] or '0') then return 0 end
if tonumber(ARGV[2]) <= tonumber(head[2] or '0') then return 0 end
redis.call('XADD', KEYS[1], ARGV[2] .. '-0', 'k', ARGV[3], 't', ARGV[4], 'at', ARGV[6], 'l', ARGV[7])
local bytes = tonumber(head[3] or '0') + #ARGV[4]
while redis.call('XLEN', KEYS[1]) > 1 and (bytes > tonumber(ARGV[9]) or redis.call('XLEN', KEYS[1]) > tonumber(ARGV[8])) do
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  bytes = bytes - #first[2][4]
  redis.call('XDEL', KEYS[1], first[1])
end
redis.call('HSET', KEYS[2], 'attempt', ARGV[1], 'last', ARGV[2], 'bytes', bytes)
if ARGV[5] ~= '' then redis.call('HSET', KEYS[2], 'job', ARGV[5]) end
redis.call('EXPIRE', KEYS[1], ARGV[10])
redis.call('EXPIRE', KEYS[2], ARGV[10])
return 1`;

/** KEYS: the head. ARGV: attempt, seconds. Returns the last frame's id. */
const claimScript = `
local head = redis.call('HMGET', KEYS[1], 'attempt', 'last')
if tonumber(ARGV[1]) >= tonumber(head[1] or '0') then
  redis.call('HSET', KEYS[1], 'attempt', ARGV[1])
  redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return tonumber(head[2] or '0')`;

const fullJob = jobSchema.extend({ source: jobSource, labels: z.array(z.string()), phases: z.array(jobPhase) });
const frameKind = z.enum(['job', 'log', 'findings'] satisfies FrameKind[]);

interface Entry {
  readonly frame: Frame;
  /** When it was published, in ms since 1970. */
  readonly at: number;
}

type RawEntry = [id: string, fields: string[]];

export interface ClusterEventsOptions {
  readonly redis: string;
  readonly namespace: string;
  readonly load: (id: string) => Promise<StoredJob | undefined>;
  /** Returns which of these jobs have ended. */
  readonly endedOf: (ids: readonly string[]) => Promise<readonly StoredJob[]>;
  /** Called when a frame has reached the followers in this process, with the seconds since it was published. */
  readonly onLag: (seconds: number) => void;
  readonly log: Logger;
}

interface Follower {
  /** The ID of the newest frame that it received. */
  at: number;
  readonly send: (frame: Frame) => void;
}

/** Event streams as Redis Streams, one per job. An entry has the frame's ID, and thus the client's `Last-Event-ID`. */
export class ClusterEvents implements Events {
  readonly #options: ClusterEventsOptions;
  readonly #redis: Redis;
  /** Publishes in order, and buffers frames while Redis is down. */
  readonly #publisher: Redis;
  readonly #reader: Redis;
  readonly #followers = new Map<string, Set<Follower>>();
  /** Frames that were published but not stored yet, by job. */
  readonly #pending = new Map<string, Promise<unknown>>();
  #pendingBytes = 0;
  /** Followed jobs that had already ended at the previous check. */
  #ended: ReadonlySet<string> = new Set();
  #reading = false;
  #closed = false;
  readonly #lostJobTimer: NodeJS.Timeout;
  /** An entry in this stream makes the reader check what it has to read. */
  readonly #wake: string;

  constructor(options: ClusterEventsOptions) {
    this.#options = options;
    const { redis, log } = options;
    this.#redis = requestConnection(redis, log);
    this.#publisher = patientConnection(redis, log);
    this.#reader = patientConnection(redis, log);
    this.#wake = `{${options.namespace}}:wake:${crypto.randomUUID()}`;
    this.#lostJobTimer = setInterval(() => void this.#endLostJobs(), checkIntervalMs).unref();
  }

  publish({ id, attempt }: Lease, event: JobEvent): void {
    if (this.#closed) return;
    const size = event.text.length;
    if (this.#pendingBytes + size > maxPending && event.kind !== 'job') return;
    const isWhole = event.kind === 'job';
    const work = this.#publisher.eval(
      publishScript,
      2,
      ...[this.#stream(id), this.#head(id)],
      ...[attempt, event.id, event.kind, event.text, isWhole ? JSON.stringify(event.data) : '', Date.now()],
      ...[event.last ? 1 : 0, maxFrames, maxBytes, event.last ? endedSec : openSec],
    );
    this.#pendingBytes += size;
    const kept: Promise<unknown> = work
      .catch((error: unknown) => {
        if (!this.#closed) this.#options.log.warn(`An event of job ${id} is lost: ${errorMessage(error)}`);
      })
      .finally(() => {
        this.#pendingBytes -= size;
        if (this.#pending.get(id) === kept) this.#pending.delete(id);
      });
    this.#pending.set(id, kept);
  }

  async claim({ id, attempt }: Lease): Promise<number> {
    await this.#published(id);
    return Number(await redisRequest(this.#redis.eval(claimScript, 1, this.#head(id), attempt, openSec)));
  }

  async close(id: string): Promise<void> {
    // Frames that Redis does not accept in time are sent once it is back.
    await this.#published(id).catch((error: unknown) => this.#options.log.warn(`Job ${id}: ${errorMessage(error)}`));
  }

  async lastId(id: string): Promise<number> {
    await this.#published(id);
    return Number((await redisRequest(this.#redis.hget(this.#head(id), 'last'))) ?? 0);
  }

  async current(id: string): Promise<{ id: number; job: FullJob } | undefined> {
    try {
      await this.#published(id);
      const head = await this.#readHead(id);
      return head?.job && !isTerminal(head.job.status) ? { id: head.last, job: head.job } : undefined;
    } catch (error) {
      if (isUnavailable(error)) return undefined;
      throw error;
    }
  }

  async follow(id: string, after: number | undefined, send: (frame: Frame) => void): Promise<Disposable | undefined> {
    await this.#published(id);
    const stored = await this.#options.load(id);
    if (!stored || isTerminal(stored.job.status)) return undefined;
    const head = await this.#readHead(id);
    const last = head?.last ?? 0;
    if (after !== undefined)
      for (const { frame } of await this.#range(id, after, last)) if (frame.kind !== 'job') send(frame);
    const job = head?.job ?? stored.job;
    const hasEnded = isTerminal(job.status);
    // If a job's stream was lost, the client may have seen newer frames.
    send(jobFrame(Math.max(last, 1), job, hasEnded));
    if (hasEnded) return toDisposable(() => undefined);
    return this.#follow(id, { at: last, send });
  }

  async *kept(id: string, after: number): AsyncIterable<string> {
    for (const { frame } of await this.#range(id, after, Infinity)) if (frame.kind !== 'job') yield frame.text;
  }

  async remove(id: string): Promise<void> {
    await redisRequest(this.#redis.del(this.#stream(id), this.#head(id)));
  }

  /** Closes the connections. Frames that Redis has not accepted by then are lost. */
  async dispose(): Promise<void> {
    clearInterval(this.#lostJobTimer);
    await Promise.race([
      Promise.all(this.#pending.values()),
      new Promise<void>((resolve) => setTimeout(resolve, 2_000).unref()),
    ]);
    this.#closed = true;
    for (const redis of [this.#redis, this.#publisher, this.#reader]) endConnection(redis);
  }

  /** Waits until the frames that this process has published for a job are stored. @throws ApiError UNAVAILABLE */
  async #published(id: string): Promise<void> {
    const pending = this.#pending.get(id);
    if (pending) await redisRequest(withDeadline(pendingMs, undefined, () => pending));
  }

  #follow(id: string, follower: Follower): Disposable {
    const all = this.#followers.get(id) ?? new Set();
    this.#followers.set(id, all.add(follower));
    if (this.#reading) {
      // The reader waits for the streams that it knows.
      const woken = this.#redis
        .xadd(this.#wake, 'MAXLEN', 1, '*', 'w', '1')
        .then(() => this.#redis.expire(this.#wake, 60));
      woken.catch((error: unknown) => this.#options.log.debug(`The reader was not woken: ${errorMessage(error)}`));
    } else void this.#read();
    return toDisposable(() => this.#leave(id, follower));
  }

  #leave(id: string, follower: Follower): void {
    const all = this.#followers.get(id);
    all?.delete(follower);
    if (all?.size === 0) this.#followers.delete(id);
  }

  /** Reads all followed streams at once, until there are no followers. */
  async #read(): Promise<void> {
    this.#reading = true;
    // Read from its start: an entry added before the reader first waits must not be missed.
    let woken = '0';
    while (this.#followers.size > 0 && !this.#isClosed()) {
      const ids = [...this.#followers.keys()];
      const from = ids.map((id) => Math.min(...[...(this.#followers.get(id) ?? [])].map(({ at }) => at)));
      const keys = [this.#wake, ...ids.map((id) => this.#stream(id))];
      try {
        const answer = await this.#reader.xread(
          ...(['COUNT', 200, 'BLOCK', blockMs, 'STREAMS'] as const),
          ...keys,
          ...[woken, ...from.map((at) => `${at}-0`)],
        );
        for (const [key, entries] of answer ?? []) {
          const id = ids[keys.indexOf(key) - 1];
          if (id === undefined) woken = entries.at(-1)?.[0] ?? woken;
          else for (const entry of entries) this.#deliver(id, entry);
        }
      } catch (error) {
        if (this.#isClosed()) break;
        this.#options.log.debug(`Cannot read the streams: ${errorMessage(error)}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
    this.#reading = false;
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  #deliver(id: string, raw: RawEntry): void {
    const entry = readEntry(raw);
    if (!entry) return;
    this.#options.onLag(Math.max(0, (Date.now() - entry.at) / 1000));
    this.#send(id, entry.frame);
  }

  #send(id: string, frame: Frame): void {
    for (const follower of [...(this.#followers.get(id) ?? [])]) {
      if (frame.id <= follower.at) continue;
      follower.at = frame.id;
      follower.send(frame);
    }
    if (frame.last) this.#followers.delete(id);
  }

  /**
   * Announces the end of jobs whose worker could not: it died after storing the end, or Redis was down. Earlier frames may still be on their
   * way, so a job must have ended at the previous check as well, and Redis must answer.
   */
  async #endLostJobs(): Promise<void> {
    const ids = [...this.#followers.keys()];
    const before = this.#ended;
    this.#ended = new Set();
    if (ids.length === 0) return;
    try {
      await this.#redis.ping();
      const ended = await this.#options.endedOf(ids);
      this.#ended = new Set(ended.map(({ job }) => job.job_id));
      for (const { job, lastFrame } of ended.filter(({ job: { job_id: id } }) => before.has(id))) {
        const seen = Math.max(0, ...[...(this.#followers.get(job.job_id) ?? [])].map(({ at }) => at));
        this.#send(job.job_id, jobFrame(Math.max(lastFrame ?? 0, seen + 1), job, true));
      }
    } catch (error) {
      this.#options.log.debug(`Cannot ask which jobs have ended: ${errorMessage(error)}`);
    }
  }

  async #readHead(id: string): Promise<{ last: number; job: FullJob | undefined } | undefined> {
    const [last, job] = await redisRequest(this.#redis.hmget(this.#head(id), 'last', 'job'));
    if (typeof last !== 'string') return undefined;
    // A worker of a newer version may have written what this one cannot read.
    return { last: Number(last), job: typeof job === 'string' ? fullJob.safeParse(JSON.parse(job)).data : undefined };
  }

  async #range(id: string, after: number, last: number): Promise<Entry[]> {
    const until = last === Infinity ? '+' : `${last}-0`;
    const raw = (await redisRequest(this.#redis.xrange(this.#stream(id), `(${after}-0`, until))) as RawEntry[];
    return raw.flatMap((entry) => readEntry(entry) ?? []);
  }

  #stream(id: string): string {
    return `{${this.#options.namespace}}:events:${id}`;
  }

  #head(id: string): string {
    return `{${this.#options.namespace}}:head:${id}`;
  }
}

/** A stream entry's frame; undefined for an unknown kind, written by another version. */
function readEntry([id, fields]: RawEntry): Entry | undefined {
  const value = (name: string) => fields[fields.indexOf(name) + 1];
  const kind = frameKind.safeParse(value('k'));
  const text = value('t');
  if (!kind.success || text === undefined) return undefined;
  const frame = { id: Number(id.split('-')[0]), kind: kind.data, text, last: value('l') === '1' };
  return { frame, at: Number(value('at')) };
}
