import { randomUUID } from 'node:crypto';
import { isTerminal, type JobSource, type JobStatus, type Report } from '../../protocol';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import { storageProblem } from '../../base/storageError';
import type { Logger } from '../../base/logger';
import type { Analyzer } from '../../engines/engine/engine';
import { ApiError } from '../errors/apiError';
import type { Limits } from '../../base/limits';
import { now } from '../job/jobHandle';
import { runPipeline, type OpenSource } from '../pipeline/pipeline';
import type { Speeds } from '../pipeline/speeds';
import type { JobRequest } from '../job/jobRequest';
import { newJob, type FullJob } from '../job/jobMachine';
import type { JobStore, StoredJob } from '../local/jobStore';
import { LiveJob } from './liveJob';
import type { Owners } from '../local/owner';
import { interrupted, readOrRecover } from '../local/recover';

export interface JobsOptions {
  readonly store: JobStore;
  readonly owners: Owners;
  readonly analyzers: readonly Analyzer[];
  readonly openSource: OpenSource;
  /** The current rule sets, by analyzer id. */
  readonly rulesets: () => Promise<Readonly<Record<string, readonly string[]>>>;
  /** Removes what {@link openSource} created for a job. */
  readonly closeSource: (id: string) => Promise<void>;
  readonly speeds: Speeds;
  readonly limits: Limits;
  /** Missing or damaged parts of this installation, one sentence each. */
  readonly damage: readonly string[];
  /** Concurrent jobs. */
  readonly concurrency: number;
  readonly log: Logger;
  /** Called when a job has completed, after its followers were notified. */
  readonly onCompleted: (job: FullJob, report: Report) => void;
}

export interface NewJob {
  readonly request: JobRequest;
  readonly source: JobSource;
  readonly idempotencyKey: string | null;
  /** Puts other files into the job's folder before the job is accepted. */
  readonly place?: (folder: string) => Promise<void>;
}

const canceled = 'CANCELED';
/** Milliseconds before retrying a full disk. */
const storeAgainMs = 5_000;

/** The queue, and all jobs: those that this runner runs, and those on disk. */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #live = new Map<string, LiveJob>();
  readonly #queue: LiveJob[] = [];
  readonly #running = new Map<string, Promise<void>>();
  /** Ended jobs on disk, which never change again. */
  readonly #ended = new Map<string, StoredJob>();
  readonly #cleanups = new Set<Promise<void>>();
  /** Ended jobs that could not be stored yet. */
  readonly #unstored = new Map<string, StoredJob>();
  #storing: NodeJS.Timeout | undefined;
  #accepting = 0;
  #closing = false;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** Whether a job is running or queued. */
  get busy(): boolean {
    return this.#running.size > 0 || this.#queue.length > 0;
  }

  /** Queues a job. When this resolves, the job is on disk. @throws ApiError RATE_LIMIT, UNAVAILABLE */
  async submit(wanted: NewJob): Promise<FullJob> {
    const { store, owners, limits, log } = this.#options;
    this.checkRoom();
    this.#accepting += 1;
    try {
      const id = randomUUID();
      const { request, source, idempotencyKey } = wanted;
      const base = { job_id: id, submitted_at: now(), source, labels: request.labels };
      const { job } = newJob(base, request.analyzers);
      const entry: StoredJob = { version: 1, owner: owners.id, idempotencyKey, request, job };
      await store.create(entry, wanted.place);
      const live = new LiveJob(entry, store, limits, log);
      this.#live.set(id, live);
      this.#queue.push(live);
      // Closed during the write: nobody would run it.
      if (this.#closing) await this.#stop(live, new CodedError('INTERRUPTED', interrupted));
      return live.job;
    } finally {
      this.#accepting -= 1;
      this.#next();
    }
  }

  /** @throws ApiError when no job can be accepted now */
  checkRoom(): void {
    if (this.#closing) throw new ApiError('UNAVAILABLE', 'The service is shutting down.');
    if (this.#queue.length + this.#accepting >= this.#options.limits.maxQueued)
      throw new ApiError('RATE_LIMIT', 'Too many jobs are queued.', { retryAfter: 10 });
  }

  live(id: string): LiveJob | undefined {
    return this.#live.get(id);
  }

  /** A job with its request, including jobs of other runners on this storage. */
  async stored(id: string): Promise<StoredJob | undefined> {
    const live = this.#live.get(id);
    if (live) return live.stored;
    const known = this.#ended.get(id);
    if (known) return known;
    const stored = await readOrRecover(this.#options.store, this.#options.owners, id);
    if (stored && isTerminal(stored.job.status)) this.#ended.set(id, stored);
    return stored;
  }

  async get(id: string): Promise<FullJob | undefined> {
    return (await this.stored(id))?.job;
  }

  /** All jobs, newest first. */
  async all(): Promise<StoredJob[]> {
    const ids = await this.#options.store.ids();
    const jobs = await Promise.all(ids.map((id) => this.stored(id)));
    return jobs
      .filter((job) => job !== undefined)
      .sort((a, b) => ((a.job.submitted_at ?? '') < (b.job.submitted_at ?? '') ? 1 : -1));
  }

  /** Cancels a job. @throws ApiError NOT_FOUND; CONFLICT when it has ended or another runner runs it; UNAVAILABLE when its end cannot be stored */
  async cancel(id: string): Promise<void> {
    const live = this.#live.get(id);
    if (!live) {
      const job = await this.get(id);
      if (!job) throw new ApiError('NOT_FOUND', 'There is no such job.');
      const ended = isTerminal(job.status);
      throw new ApiError(
        'CONFLICT',
        ended ? `The job is already ${job.status}.` : 'Another window is running this job.',
      );
    }
    if (isTerminal(live.job.status)) throw new ApiError('CONFLICT', `The job is already ${live.job.status}.`);
    live.log('info', null, 'Canceling.');
    await this.#stop(live, new CodedError(canceled, 'Canceled.'));
    if (live.storeError !== undefined) throw new ApiError('UNAVAILABLE', `It will not run. ${live.storeError}`);
  }

  /** Removes an ended job and its files. */
  async remove(id: string): Promise<void> {
    if (this.#live.has(id)) return;
    this.#ended.delete(id);
    this.#unstored.delete(id);
    await this.#options.store.remove(id);
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Ends every job as interrupted. Waits until all are on disk and nothing is running. */
  async close(): Promise<void> {
    this.#closing = true;
    const reason = new CodedError('INTERRUPTED', interrupted);
    await Promise.all([...this.#live.values()].map((live) => this.#stop(live, reason)));
    await Promise.all(this.#running.values());
    await Promise.all(this.#cleanups);
    clearTimeout(this.#storing);
    await this.#storeAgain();
  }

  /** Retries storing the end of a job while the disk is full; until then the next start would think it is still running. */
  #storeLater(ended: StoredJob): void {
    this.#unstored.set(ended.job.job_id, ended);
    clearTimeout(this.#storing);
    this.#storing = setTimeout(() => {
      void this.#storeAgain().then(([left]) => {
        if (left && !this.#closing) this.#storeLater(left);
      });
    }, storeAgainMs).unref();
  }

  /** @returns the jobs that still cannot be stored */
  async #storeAgain(): Promise<StoredJob[]> {
    for (const [id, ended] of this.#unstored) {
      try {
        await this.#options.store.save(ended);
        this.#unstored.delete(id);
      } catch {
        // Already reported the first time.
      }
    }
    return [...this.#unstored.values()];
  }

  async #stop(live: LiveJob, reason: CodedError): Promise<void> {
    const at = this.#queue.indexOf(live);
    live.controller.abort(reason);
    if (at < 0) return; // It is running, and the pipeline listens to the signal.
    this.#queue.splice(at, 1);
    await this.#end(live, reason, undefined);
  }

  #next(): void {
    while (!this.#closing && this.#running.size < this.#options.concurrency) {
      const live = this.#queue.shift();
      if (!live) return;
      const id = live.job.job_id;
      const run = this.#run(live).finally(() => {
        this.#running.delete(id);
        this.#next();
      });
      this.#running.set(id, run);
    }
  }

  async #run(live: LiveJob): Promise<void> {
    const { analyzers, rulesets, openSource, store, speeds, limits, damage, log } = this.#options;
    const id = live.job.job_id;
    const { request, controller } = live;
    live.dispatch({ type: 'start', at: now() });
    const ms = request.timeoutSec === null ? limits.jobTimeout : request.timeoutSec * 1000;
    const timer = setTimeout(() => {
      controller.abort(new CodedError('TIMEOUT', `The job timed out after ${Math.round(ms / 1000)} s.`));
    }, ms);
    let report: Report | undefined;
    try {
      await runPipeline({
        job: live,
        request,
        analyzers: request.analyzers.flatMap((name) => analyzers.find((analyzer) => analyzer.id === name) ?? []),
        others: analyzers.filter(({ id: other }) => !request.analyzers.includes(other)),
        rulesets: await rulesets(),
        openSource,
        saveReport: async (made) => {
          await saveReport(store, id, made);
          report = made;
        },
        limits,
        speeds,
        damage,
        signal: controller.signal,
      });
      clearTimeout(timer);
      await this.#end(live, undefined, report);
    } catch (error) {
      clearTimeout(timer);
      // A stopped job leaves no process behind, not even a spare one.
      await closeAnalyzers(analyzers, log);
      await this.#end(live, error, report);
    } finally {
      this.#cleanUp(id);
    }
  }

  #cleanUp(id: string): void {
    const work: Promise<void> = this.#options
      .closeSource(id)
      .catch((error: unknown) => this.#options.log.warn(`Cannot clean up after job ${id}: ${errorMessage(error)}`))
      .finally(() => this.#cleanups.delete(work));
    this.#cleanups.add(work);
  }

  async #end(live: LiveJob, error: unknown, report: Report | undefined): Promise<void> {
    const status: JobStatus = error === undefined ? 'completed' : errorCode(error) === canceled ? 'canceled' : 'failed';
    await live.finish({
      type: 'finish',
      status,
      at: now(),
      ...(status === 'failed' && { error: errorMessage(error) }),
      ...(report && { summary: report.summary, gaps: report.meta.coverage?.gaps.length ?? 0 }),
    });
    const id = live.job.job_id;
    this.#ended.set(id, live.stored);
    this.#live.delete(id);
    if (live.storeError !== undefined) this.#storeLater(live.stored);
    if (live.job.status === 'completed' && report) this.#options.onCompleted(live.job, report);
  }
}

/** @throws CodedError STORAGE when the report cannot be written */
async function saveReport(store: JobStore, id: string, report: Report): Promise<void> {
  try {
    await store.saveReport(id, report);
  } catch (error) {
    const why = storageProblem(error) ?? errorMessage(error);
    throw new CodedError('STORAGE', `The report could not be stored: ${why}.`, { cause: error });
  }
}

/** Ends what analyzers keep ready for the next job. Failures are only logged. */
export async function closeAnalyzers(analyzers: readonly Analyzer[], log: Logger): Promise<void> {
  const all = await Promise.allSettled(analyzers.map(async (analyzer) => analyzer.close?.()));
  for (const [index, result] of all.entries())
    if (result.status === 'rejected')
      log.warn(`${analyzers[index]?.title ?? 'An analyzer'} could not be closed: ${errorMessage(result.reason)}`);
}
