import { randomUUID } from 'node:crypto';
import { isTerminal, type JobSource, type JobStatus, type Report } from '../../protocol';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import { storageTrouble } from '../../base/storageError';
import type { Logger } from '../../base/logger';
import type { Analyzer } from '../../engines/engine/engine';
import { ApiError } from '../errors/apiError';
import type { Limits } from '../../base/limits';
import { now } from '../job/jobHandle';
import { runPipeline, type OpenSource } from '../pipeline/pipeline';
import type { Speeds } from '../pipeline/speeds';
import type { JobRequest } from '../job/jobRequest';
import { newJob, type FullJob } from '../job/jobMachine';
import type { JobStore, StoredJob } from './jobStore';
import { LiveJob } from './liveJob';
import type { Owners } from './owner';
import { interrupted, readOrRecover } from './recover';

export interface JobsOptions {
  readonly store: JobStore;
  readonly owners: Owners;
  readonly analyzers: readonly Analyzer[];
  readonly openSource: OpenSource;
  /** Rule sets by analyzer id, as they are set now. */
  readonly rulesets: () => Promise<Readonly<Record<string, readonly string[]>>>;
  /** Takes away what {@link openSource} made for a job. */
  readonly closeSource: (id: string) => Promise<void>;
  readonly speeds: Speeds;
  readonly limits: Limits;
  /** What is missing or damaged in this installation, a sentence each. */
  readonly damage: readonly string[];
  /** Jobs that run side by side. */
  readonly concurrency: number;
  readonly log: Logger;
  /** Called when a job completed, after everybody was told. */
  readonly onCompleted: (job: FullJob, report: Report) => void;
}

export interface NewJob {
  readonly request: JobRequest;
  readonly source: JobSource;
  readonly idempotencyKey: string | null;
  /** Brings the job's other files into its folder, before the job counts as accepted. */
  readonly place?: (folder: string) => Promise<void>;
}

const canceled = 'CANCELED';
/** Milliseconds after which a disk that was full is tried again. */
const storeAgainMs = 5_000;

/** The queue and every job: those this runner works on, and those on disk. */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #live = new Map<string, LiveJob>();
  readonly #queue: LiveJob[] = [];
  readonly #running = new Map<string, Promise<void>>();
  /** Ended jobs as they are on disk; they never change again. */
  readonly #ended = new Map<string, StoredJob>();
  readonly #cleanups = new Set<Promise<void>>();
  /** Ended jobs of which the disk knows nothing yet. */
  readonly #unstored = new Map<string, StoredJob>();
  #storing: NodeJS.Timeout | undefined;
  #accepting = 0;
  #closing = false;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** Whether a job runs or waits. */
  get busy(): boolean {
    return this.#running.size > 0 || this.#queue.length > 0;
  }

  /** Puts a job into the queue. When this resolves, the job is on disk. @throws ApiError RATE_LIMIT, UNAVAILABLE */
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
      // Closed while it was being written: nobody would run it.
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
      throw new ApiError('RATE_LIMIT', 'Too many jobs are waiting.', { retryAfter: 10 });
  }

  live(id: string): LiveJob | undefined {
    return this.#live.get(id);
  }

  /** A job with what it was asked for, also one that another runner on this storage works on. */
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

  /** Cancels a job. @throws ApiError NOT_FOUND; CONFLICT when it has ended or another runner has it; UNAVAILABLE when its end cannot be stored */
  async cancel(id: string): Promise<void> {
    const live = this.#live.get(id);
    if (!live) {
      const job = await this.get(id);
      if (!job) throw new ApiError('NOT_FOUND', 'There is no such job.');
      const ended = isTerminal(job.status);
      throw new ApiError('CONFLICT', ended ? `The job is ${job.status} already.` : 'Another window runs this job.');
    }
    if (isTerminal(live.job.status)) throw new ApiError('CONFLICT', `The job is ${live.job.status} already.`);
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

  /** Ends every job as interrupted. Waits until all are on disk and nothing runs any more. */
  async close(): Promise<void> {
    this.#closing = true;
    const reason = new CodedError('INTERRUPTED', interrupted);
    await Promise.all([...this.#live.values()].map((live) => this.#stop(live, reason)));
    await Promise.all(this.#running.values());
    await Promise.all(this.#cleanups);
    clearTimeout(this.#storing);
    await this.#storeAgain();
  }

  /** Keeps trying to bring the end of a job to a disk that is full now: until then the next start would take it for one that runs. */
  #storeLater(ended: StoredJob): void {
    this.#unstored.set(ended.job.job_id, ended);
    clearTimeout(this.#storing);
    this.#storing = setTimeout(() => {
      void this.#storeAgain().then(([left]) => {
        if (left && !this.#closing) this.#storeLater(left);
      });
    }, storeAgainMs).unref();
  }

  /** @returns what still cannot be stored */
  async #storeAgain(): Promise<StoredJob[]> {
    for (const [id, ended] of this.#unstored) {
      try {
        await this.#options.store.save(ended);
        this.#unstored.delete(id);
      } catch {
        // Told when it happened first, and still so.
      }
    }
    return [...this.#unstored.values()];
  }

  async #stop(live: LiveJob, reason: CodedError): Promise<void> {
    const at = this.#queue.indexOf(live);
    live.controller.abort(reason);
    if (at < 0) return; // It runs: the pipeline hears the signal.
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
      controller.abort(new CodedError('TIMEOUT', `The job's time ran out after ${Math.round(ms / 1000)} s.`));
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
      // What was stopped leaves no process behind, not even one that is kept for the next job.
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

/** @throws CodedError STORAGE with a sentence when the disk does not take the report */
async function saveReport(store: JobStore, id: string, report: Report): Promise<void> {
  try {
    await store.saveReport(id, report);
  } catch (error) {
    const why = storageTrouble(error) ?? errorMessage(error);
    throw new CodedError('STORAGE', `The report could not be stored: ${why}.`, { cause: error });
  }
}

/** Ends what analyzers keep for the next job. One that cannot is told in the log, and keeps neither the others nor a job from ending. */
export async function closeAnalyzers(analyzers: readonly Analyzer[], log: Logger): Promise<void> {
  const all = await Promise.allSettled(analyzers.map(async (analyzer) => analyzer.close?.()));
  for (const [index, result] of all.entries())
    if (result.status === 'rejected')
      log.warn(`${analyzers[index]?.title ?? 'An analyzer'} could not be closed: ${errorMessage(result.reason)}`);
}
