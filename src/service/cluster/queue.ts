import { errorMessage } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { canceled, interrupted, superseded } from '../job/stop';
import type { Queue } from '../ports/queue';
import type { Database } from './database';
import { BullQueue, BullWorker, type BullJob, type Redis } from './libraries';
import { redisRequest, endConnection, patientConnection, requestConnection } from './redis';
import { isUnavailable } from './unavailable';

/** How often a worker checks whether its jobs are still its own and wanted, in ms: a message through Redis may have been lost. */
const checkMs = 2_000;
/** How long a worker may take from receiving a job to holding its lease, in ms. */
const leaseTimeoutMs = 15_000;
/** BullMQ's highest priority number. */
const maxTurn = 2_097_151;

/**
 * Assigns a job its turn: after the jobs of the same submitter, and alternating with those of others. Turns start at the one that runs.
 * KEYS: the last turn by submitter, the turn of the most recently taken job. ARGV: submitter, whether the queue is empty, the highest turn.
 */
const turnScript = `
if ARGV[2] == '1' then redis.call('DEL', KEYS[1], KEYS[2]) end
local now = tonumber(redis.call('GET', KEYS[2]) or '0')
local last = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
local turn = math.min(math.max(now, last) + 1, tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], ARGV[1], turn)
return turn`;

/** KEYS: as above. ARGV: the turn of a taken job. */
const takenScript = `
local now = tonumber(redis.call('GET', KEYS[2]) or '0')
if tonumber(ARGV[1]) > now then redis.call('SET', KEYS[2], ARGV[1]) end`;

export interface ClusterQueueOptions {
  readonly redis: string;
  readonly namespace: string;
  readonly database: Database;
  /** Identifies this process. */
  readonly owner: string;
  /** Milliseconds without a sign of life after which a worker has lost its jobs. */
  readonly lostAfterMs: number;
  /** Milliseconds that running jobs may take when this process ends. */
  readonly graceMs: number;
  /** It is over: what runs now is handed back. */
  readonly onGraceOver: () => void;
  readonly log: Logger;
}

interface Run {
  readonly controller: AbortController;
  readonly done: Promise<void>;
  readonly since: number;
}

/** A queue on Redis, using BullMQ: the waiting jobs, and the worker of each active one. It only contains IDs; the rows are authoritative. */
export class ClusterQueue implements Queue {
  readonly #options: ClusterQueueOptions;
  readonly #redis: Redis;
  readonly #queueRedis: Redis;
  readonly #queue: BullQueue;
  readonly #prefix: string;
  readonly #running = new Map<string, Run>();
  #worker: BullWorker | undefined;
  #workerRedis: Redis | undefined;
  #listener: Redis | undefined;
  #check: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(options: ClusterQueueOptions) {
    this.#options = options;
    this.#prefix = `{${options.namespace}}`;
    this.#redis = requestConnection(options.redis, options.log);
    this.#queueRedis = requestConnection(options.redis, options.log);
    this.#queue = new BullQueue('jobs', {
      connection: this.#queueRedis,
      prefix: this.#prefix,
      skipWaitingForReady: true,
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    // The connection reports its errors itself.
    this.#queue.on('error', (error) => options.log.debug(`The queue: ${errorMessage(error)}`));
  }

  async add(id: string, submitter: string | null): Promise<void> {
    try {
      await this.enqueue(id, submitter, false);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      // It is in the record, so it will run: recovery adds jobs that are missing from the queue.
      this.#options.log.warn(`Job ${id} is recorded, and waits for Redis: ${errorMessage(error)}`);
    }
  }

  /** Adds a job, unless it is already in the queue. @param isBegun it has had its turn, and runs next. @throws ApiError UNAVAILABLE */
  async enqueue(id: string, submitter: string | null, isBegun: boolean): Promise<void> {
    if (isBegun) {
      // BullMQ takes jobs without a priority before all that have one.
      await redisRequest(this.#queue.add('scan', {}, { jobId: id }));
      return;
    }
    const isEmpty = (await this.waiting()) === 0;
    const turn = Number(
      await redisRequest(
        this.#redis.eval(
          turnScript,
          2,
          this.#key('turns'),
          this.#key('turn'),
          submitter ?? '',
          isEmpty ? '1' : '0',
          maxTurn,
        ),
      ),
    );
    await redisRequest(this.#queue.add('scan', {}, { jobId: id, priority: turn }));
  }

  async waiting(submitter?: string | null): Promise<number> {
    if (submitter !== undefined) {
      const [row] = await this.#options.database.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM jobs WHERE NOT ended AND status = 'queued' AND submitted_by IS NOT DISTINCT FROM $1`,
        [submitter],
      );
      return row?.count ?? 0;
    }
    // Also writes something: a full Redis can still count, but not accept a job.
    const [counts] = await Promise.all([
      redisRequest(this.#queue.getJobCounts('wait', 'prioritized', 'delayed')),
      redisRequest(this.#redis.set(this.#key('probe'), Date.now())),
    ]);
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  work(concurrency: number, run: (id: string, signal: AbortSignal) => Promise<void>): void {
    const { redis, lostAfterMs, log } = this.#options;
    this.#workerRedis = patientConnection(redis, log);
    this.#listener = patientConnection(redis, log);
    void this.#listener.subscribe(this.#key('cancel')).catch((error: unknown) => log.debug(errorMessage(error)));
    this.#listener.on('message', (_channel, id) => this.#stop(id, canceled()));
    const work = async (job: BullJob, token = '') => {
      // BullMQ renews the locks of jobs, not of runs: the end of an earlier run here would be the end of this one's lock.
      const renew = () =>
        void job.extendLock(token, lostAfterMs).catch((error: unknown) => log.debug(errorMessage(error)));
      const renewal = setInterval(renew, lostAfterMs / 4);
      try {
        await this.#process(job.id ?? '', job.priority, run);
      } finally {
        clearInterval(renewal);
      }
    };
    this.#worker = new BullWorker('jobs', work, {
      connection: this.#workerRedis,
      prefix: this.#prefix,
      concurrency,
      lockDuration: lostAfterMs,
      skipLockRenewal: true,
      // How often to look for jobs whose worker is gone.
      stalledInterval: Math.round(lostAfterMs * 0.4),
      // The record decides how often a job may lose its worker.
      maxStalledCount: 1_000_000,
      drainDelay: 2,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    // A lost lock, or a connection error: the rows decide what happens to the job.
    this.#worker.on('error', (error) => log.debug(`The worker: ${errorMessage(error)}`));
    this.#worker.on('failed', (job, error) => log.error(`Job ${job?.id ?? ''}: ${errorMessage(error)}`));
    this.#worker.on('stalled', (id) => log.info(`Job ${id} lost its worker and runs again.`));
    this.#check = setInterval(() => void this.#checkRunning(), checkMs);
  }

  async cancel(id: string): Promise<'waiting' | 'running' | undefined> {
    // In the row first, so that any worker that takes the job from now on sees it.
    const [row] = await this.#options.database.query<{ owner: string; submitted_by: string | null; attempt: number }>(
      'UPDATE jobs SET cancel = true WHERE id = $1 AND NOT ended RETURNING owner, submitted_by, attempt',
      [id],
    );
    if (!row) return undefined;
    // Immediately if a worker has it, since its processes should end within a second.
    if (row.owner !== '') return this.#notifyOwner(id);
    const job = await redisRequest(this.#queue.getJob(id));
    if (!job) {
      // Temporarily not in the queue, or lost along with it: the worker that gets it will see that it should end.
      await this.enqueue(id, row.submitted_by, row.attempt > 0);
      return 'running';
    }
    try {
      await job.remove();
      return 'waiting';
    } catch {
      // A worker is just taking it.
      return this.#notifyOwner(id);
    }
  }

  /** Tells the worker that runs a job to stop it. A worker that misses the message will see it in the row. */
  async #notifyOwner(id: string): Promise<'running'> {
    await redisRequest(this.#redis.publish(this.#key('cancel'), id));
    return 'running';
  }

  /** The jobs among these that are not in the queue. @throws ApiError UNAVAILABLE */
  async missing(ids: readonly string[]): Promise<string[]> {
    const there = await redisRequest(Promise.all(ids.map((id) => this.#redis.exists(this.#queue.toKey(id)))));
    return ids.filter((_id, index) => there[index] === 0);
  }

  /** The number of connected workers. @throws ApiError UNAVAILABLE */
  workers(): Promise<number> {
    return redisRequest(this.#queue.getWorkersCount());
  }

  /** The number of jobs that workers are running. @throws ApiError UNAVAILABLE */
  active(): Promise<number> {
    return redisRequest(this.#queue.getActiveCount());
  }

  /** The number of jobs that this process is running. */
  get runningHere(): number {
    return this.#running.size;
  }

  /** Resolves if Redis responds and accepts data. @throws ApiError UNAVAILABLE */
  async ping(): Promise<void> {
    await this.waiting();
  }

  /** Resolves when this process accepts jobs. */
  async ready(): Promise<void> {
    await this.#worker?.waitUntilReady();
  }

  async close(): Promise<readonly string[]> {
    if (this.#closing) return [];
    this.#closing = true;
    clearInterval(this.#check);
    const { log, graceMs, onGraceOver } = this.#options;
    // Also for what is left to do of jobs that have ended.
    const late = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    void late.then(onGraceOver);
    const closed = this.#worker?.close().catch((error: unknown) => log.debug(errorMessage(error)));
    const running = [...this.#running.keys()];
    if (running.length > 0) {
      log.info(`${running.length} jobs have ${graceMs / 1000} s to end.`);
      const ended = Promise.all([...this.#running.values()].map(({ done }) => done));
      await Promise.race([ended, late]);
      for (const id of this.#running.keys()) this.#stop(id, interrupted());
      await ended;
    }
    // BullMQ waits for Redis to learn what happened to the jobs; if it is down, others find out by themselves.
    await Promise.race([closed, new Promise<void>((resolve) => setTimeout(resolve, 5_000).unref())]);
    await this.#handBack(running).catch((error: unknown) =>
      log.debug(`Other workers will find them: ${errorMessage(error)}`),
    );
    await this.#queue.close().catch((error: unknown) => log.debug(errorMessage(error)));
    for (const redis of [this.#redis, this.#queueRedis, this.#workerRedis, this.#listener])
      if (redis) endConnection(redis);
    return [];
  }

  /** Puts the jobs that have not ended back into the queue. */
  async #handBack(ids: readonly string[]): Promise<void> {
    const open = await this.#options.database.query<{ id: string; submitted_by: string | null }>(
      'SELECT id, submitted_by FROM jobs WHERE id = ANY($1) AND NOT ended',
      [ids],
    );
    for (const { id, submitted_by } of open) await this.enqueue(id, submitted_by, true);
  }

  async #process(id: string, turn: number, run: (id: string, signal: AbortSignal) => Promise<void>): Promise<void> {
    const earlier = this.#running.get(id);
    if (earlier) {
      // This process was presumed dead while it was still running the job.
      this.#stop(id, superseded());
      await earlier.done;
    }
    const controller = new AbortController();
    const begun = (async () => {
      await this.#redis.eval(takenScript, 2, this.#key('turns'), this.#key('turn'), turn).catch(() => undefined);
      if (await this.#isCanceled(id)) controller.abort(canceled());
      await run(id, controller.signal);
    })();
    const entry: Run = { controller, done: begun.catch(() => undefined), since: performance.now() };
    this.#running.set(id, entry);
    try {
      await begun;
    } finally {
      if (this.#running.get(id) === entry) this.#running.delete(id);
    }
  }

  async #isCanceled(id: string): Promise<boolean> {
    const rows = await this.#options.database.query('SELECT FROM jobs WHERE id = $1 AND cancel AND NOT ended', [id]);
    return rows.length > 0;
  }

  #stop(id: string, reason: Error): void {
    this.#running.get(id)?.controller.abort(reason);
  }

  /** Stops jobs that were canceled, or that belong to another worker. While PostgreSQL is down, all of them continue. */
  async #checkRunning(): Promise<void> {
    const ids = [...this.#running.keys()];
    if (ids.length === 0) return;
    try {
      const { database, owner } = this.#options;
      const rows = await database.query<{ id: string; cancel: boolean; mine: boolean }>(
        'SELECT id, cancel, owner = $2 AND NOT ended AS mine FROM jobs WHERE id = ANY($1)',
        [ids, owner],
      );
      const byId = new Map(rows.map((row) => [row.id, row]));
      for (const id of ids) {
        const row = byId.get(id);
        // At first it may still belong to its previous owner.
        const isOld = performance.now() - (this.#running.get(id)?.since ?? Infinity) > leaseTimeoutMs;
        if (row?.mine !== true && isOld) this.#stop(id, superseded());
        else if (row?.cancel === true) this.#stop(id, canceled());
      }
    } catch (error) {
      this.#options.log.debug(`Cannot ask about running jobs: ${errorMessage(error)}`);
    }
  }

  #key(name: string): string {
    return `${this.#prefix}:${name}`;
  }
}
