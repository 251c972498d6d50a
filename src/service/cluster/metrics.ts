import { isTerminal } from '../../protocol';
import { errorMessage } from '../../base/errors';
import type { Logger } from '../../base/logger';
import type { FullJob } from '../job/jobMachine';
import type { Watch } from '../ports/watch';
import type { ClusterBlobs } from './blobs';
import type { Database } from './database';
import { Counter, Gauge, Histogram, Registry, type Redis } from './libraries';
import type { ClusterQueue } from './queue';
import { redisRequest } from './redis';
import type { Server } from './unavailable';

/** Upper bounds of the histogram buckets for job times, in seconds. */
const jobBuckets = [0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1_800, 3_600];
/** How long a server may take to respond to a readiness check, in ms, and how long the result is valid. */
const checkTimeoutMs = 3_000;
const cacheMs = 1_000;

export interface MetricsOptions {
  readonly database: Database;
  readonly queue: ClusterQueue;
  readonly blobs: ClusterBlobs;
  readonly redis: Redis;
  readonly namespace: string;
  readonly log: Logger;
}

/**
 * The metrics for Prometheus. Those of the whole cluster (queue, jobs, workers) are the same on every node: workers increment counters in
 * Redis. Those of one node (requests, streams, event lag) are its own.
 */
export class Metrics implements Watch {
  readonly #options: MetricsOptions;
  readonly #registry = new Registry();
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #streams: Gauge;
  readonly #lag: Histogram;
  readonly #key: string;
  #asked: { readonly at: number; readonly answer: Promise<readonly string[]> } | undefined;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#key = `{${options.namespace}}:metrics`;
    const registers = [this.#registry];
    this.#requests = new Histogram({
      name: 'codeagent_http_request_duration_seconds',
      help: 'Seconds until the first byte of a response, on this node.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    });
    this.#streams = new Gauge({ name: 'codeagent_streams_open', help: 'Open event streams on this node.', registers });
    this.#lag = new Histogram({
      name: 'codeagent_events_lag_seconds',
      help: 'Seconds from the publication of an event to its delivery on this node.',
      buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 1, 5],
      registers,
    });
    this.#clusterMetrics(registers);
  }

  unreachable(): Promise<readonly string[]> {
    const now = performance.now();
    if (!this.#asked || now - this.#asked.at > cacheMs) this.#asked = { at: now, answer: this.#ask() };
    return this.#asked.answer;
  }

  async metrics(): Promise<{ type: string; text: string }> {
    const all = this.#registry.getMetricsAsArray().map(({ name }) => this.#textOf(name));
    return { type: this.#registry.contentType, text: `${(await Promise.all(all)).flat().join('\n\n')}\n` };
  }

  /** One that cannot be told now is left out: the others are needed most then. */
  async #textOf(name: string): Promise<string[]> {
    try {
      return [await this.#registry.getSingleMetricAsString(name)];
    } catch (error) {
      this.#options.log.debug(`${name}: ${errorMessage(error)}`);
      return [];
    }
  }

  answered(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  streams(open: number): void {
    this.#streams.set(open);
  }

  /** A frame was delivered this many seconds after it was published. */
  lag(seconds: number): void {
    this.#lag.observe(seconds);
  }

  ended(job: FullJob): void {
    if (!isTerminal(job.status)) return;
    const [submitted, started, finished] = [job.submitted_at, job.started_at, job.finished_at].map((at) =>
      Date.parse(at ?? ''),
    ) as [number, number, number];
    const { redis, log } = this.#options;
    const pipeline = redis.pipeline().hincrby(this.#key, `ended ${job.status}`, 1);
    const observe = (name: string, ms: number) => {
      if (!Number.isFinite(ms)) return;
      const seconds = Math.max(0, ms / 1000);
      pipeline.hincrbyfloat(this.#key, `${name} sum`, seconds).hincrby(this.#key, `${name} count`, 1);
      for (const le of jobBuckets) if (seconds <= le) pipeline.hincrby(this.#key, `${name} ${le}`, 1);
    };
    observe('wait', started - submitted);
    observe('job', finished - started);
    pipeline.exec().catch((error: unknown) => log.debug(`Metrics: ${errorMessage(error)}`));
  }

  /** The metrics of the whole cluster, read at each scrape. */
  #clusterMetrics(registers: Registry[]): void {
    const { queue, database } = this.#options;
    const gauge = (name: string, help: string, read: () => Promise<number>) =>
      new Gauge({
        ...{ name, help, registers },
        async collect() {
          this.set(await read());
        },
      });
    gauge('codeagent_queue_length', 'Jobs waiting for a worker.', () => queue.waiting());
    gauge('codeagent_jobs_running', 'Jobs currently run by workers.', () => queue.active());
    gauge('codeagent_worker_jobs', 'Jobs currently run by this process.', () => Promise.resolve(queue.runningHere));
    gauge('codeagent_workers', 'Connected workers.', () => queue.workers());
    gauge('codeagent_queue_oldest_seconds', 'How long the oldest waiting job has waited.', async () => {
      const [row] = await database.query<{ seconds: number }>(
        `SELECT coalesce(extract(epoch FROM now() - min(submitted_at)), 0)::float8 AS seconds
         FROM jobs WHERE NOT ended AND status = 'queued'`,
      );
      return Math.max(0, row?.seconds ?? 0);
    });
    const counters = () => redisRequest(this.#options.redis.hgetall(this.#key));
    new Counter({
      name: 'codeagent_jobs_ended_total',
      help: 'Ended jobs by status.',
      labelNames: ['status'],
      registers,
      async collect() {
        this.reset();
        for (const [field, value] of Object.entries(await counters()))
          if (field.startsWith('ended ')) this.inc({ status: field.slice('ended '.length) }, Number(value));
      },
    });
    for (const [field, name, help] of [
      ['wait', 'codeagent_queue_wait_seconds', 'Seconds from the submission of a job to its start'],
      ['job', 'codeagent_job_duration_seconds', 'Seconds from the start of a job to its end'],
    ] as const) {
      // The lines of a histogram that covers all workers.
      for (const part of ['sum', 'count'] as const)
        new Counter({
          ...{ name: `${name}_${part}`, help: `${help}: ${part}.`, registers },
          async collect() {
            this.reset();
            this.inc(Number((await counters())[`${field} ${part}`] ?? 0));
          },
        });
      new Counter({
        ...{ name: `${name}_bucket`, help: `${help}: those of at most \`le\`.`, labelNames: ['le'], registers },
        async collect() {
          this.reset();
          const all = await counters();
          for (const le of jobBuckets) this.inc({ le: String(le) }, Number(all[`${field} ${le}`] ?? 0));
          this.inc({ le: '+Inf' }, Number(all[`${field} count`] ?? 0));
        },
      });
    }
  }

  async #ask(): Promise<string[]> {
    const { database, queue, blobs, log } = this.#options;
    const signal = AbortSignal.timeout(checkTimeoutMs);
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('no answer')), { once: true });
    });
    late.catch(() => undefined);
    const checks: readonly [Server, Promise<unknown>][] = [
      ['PostgreSQL', database.query('SELECT')],
      ['Redis', queue.ping()],
      ['the blob store', blobs.ping(signal)],
    ];
    const answers = await Promise.allSettled(checks.map(([, check]) => Promise.race([check, late])));
    return answers.flatMap((answer, index) => {
      if (answer.status === 'fulfilled') return [];
      const name = checks[index]?.[0] ?? '';
      log.debug(`${name}: ${errorMessage(answer.reason)}`);
      return [name];
    });
  }
}
