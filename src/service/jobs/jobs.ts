import { setMaxListeners } from 'node:events';
import { isTerminal, type JobSource, type JobStatus, type Report } from '../../protocol';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import { storageProblem } from '../../base/storageError';
import type { Logger } from '../../base/logger';
import type { Analyzer } from '../../engines/engine/engine';
import type { RulePackFolder } from '../../findings/policy/customFiles';
import { ApiError } from '../errors/apiError';
import type { Limits } from '../../base/limits';
import { now } from '../job/jobHandle';
import { canceled, interrupted, isCanceled, isFenced, isInterrupted } from '../job/stop';
import { runPipeline, type OpenSource } from '../pipeline/pipeline';
import type { Speeds } from '../pipeline/speeds';
import type { Blobs } from '../ports/blobs';
import type { Ports } from '../ports/ports';
import type { EndedJob, JobCounts, JobPage, Notice, QueuedJob, StoredJob, Submitter } from '../ports/record';
import { leaseOf, type Lease } from '../job/lease';
import type { JobRequest } from '../job/jobRequest';
import { newJob, type FullJob } from '../job/jobMachine';
import type { JobsOfProject, ProjectScan } from '../job/projects';
import type { JobFilter } from '../job/search';
import { EventLog } from './eventLog';
import { LiveJob } from './liveJob';

export interface JobsOptions {
  readonly ports: Ports;
  readonly analyzers: readonly Analyzer[];
  readonly openSource: OpenSource;
  /** Removes what {@link openSource} created for a job. */
  readonly closeSource: (id: string) => Promise<void>;
  readonly speeds: Speeds;
  readonly limits: Limits;
  /** Missing or damaged parts of this installation, one sentence each. */
  readonly damage: readonly string[];
  /** The IDs of the built-in rules; undefined if unknown. */
  readonly ruleIds: ReadonlySet<string> | undefined;
  /** Folders with rules and models for every scan. */
  readonly rulePacks: readonly RulePackFolder[];
  /** Concurrent jobs; 0 to run none here. */
  readonly concurrency: number;
  readonly log: Logger;
  /** Runs the work on a job, so that log lines can be attributed to it. */
  readonly within?: (id: string, work: () => Promise<void>) => Promise<void>;
  /** Called when a job has ended here, after its followers were notified. */
  readonly onEnded?: (job: FullJob) => void;
}

export interface NewJob {
  /** Random; the caller may already have stored an upload under it. */
  readonly id: string;
  /** Null without named tokens. */
  readonly submitter: Submitter | null;
  readonly request: JobRequest;
  readonly source: JobSource;
  readonly idempotencyKey: string | null;
  /** The request that submits it, and the job of which it is a rerun, for the audit log. */
  readonly requestId: string;
  readonly rerunOf?: string;
}

/** Milliseconds before retrying a full disk. */
const storeRetryMs = 5_000;
/** How long a stopped job waits for its partial report to be stored, in ms. */
const stoppedMs = 500;

/** All jobs, and the worker that runs them. */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #ports: Ports;
  /** By id. */
  readonly #runs = new Map<string, Promise<void>>();
  /** Jobs from the queue that end without having run. */
  readonly #ending = new Set<string>();
  readonly #cleanups = new Set<Promise<void>>();
  /** Ended runs whose files are being removed, by job. */
  readonly #removing = new Map<string, Promise<void>>();
  /** Ended jobs that could not be stored yet. */
  readonly #unstored = new Map<string, StoredJob>();
  #storing: NodeJS.Timeout | undefined;
  #accepting = 0;
  #closing = false;

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#ports = options.ports;
    const { concurrency, log } = options;
    if (concurrency === 0) return;
    this.#ports.queue.work(concurrency, (id, signal) =>
      this.#within(id, () => {
        const run = this.#run(id, signal)
          .catch((error: unknown) => log.error(`Cannot run job ${id}: ${errorMessage(error)}`))
          .finally(() => this.#runs.delete(id));
        this.#runs.set(id, run);
        return run;
      }),
    );
  }

  /** Whether a job is waiting, or running here. */
  async busy(): Promise<boolean> {
    return this.#runs.size > 0 || (await this.#ports.queue.waiting()) > 0;
  }

  /**
   * Queues a job. When this resolves, the job is recorded; when it rejects, nothing is left behind, not even its upload, unless recording it
   * may have succeeded.
   * @throws ApiError RATE_LIMIT, UNAVAILABLE
   */
  async submit(wanted: NewJob): Promise<FullJob> {
    const { id, submitter, request, source, idempotencyKey, requestId, rerunOf } = wanted;
    /** Whether the job is recorded, or may be. */
    let isRecorded = false;
    try {
      await this.checkRoom(submitter);
      this.#accepting += 1;
      try {
        const base = { job_id: id, submitted_at: now(), source, labels: request.labels };
        const { job } = newJob({ ...base, ...(submitter && { submitted_by: submitter.name }) }, request.analyzers);
        const draft: QueuedJob = { idempotencyKey, request, job, tokenId: submitter?.id };
        const { maxQueuedEach: most } = this.#options.limits;
        const stored = await this.#ports.record.jobs.create(draft, { most, requestId, rerunOf });
        isRecorded = stored.job.job_id === id;
        if (isRecorded) await this.#within(id, () => this.#enqueue(stored));
        return stored.job;
      } catch (error) {
        // The response may have been lost after the job was recorded. If it was not, its upload is removed later, as an orphan.
        isRecorded ||= errorCode(error) === 'UNAVAILABLE';
        throw error;
      } finally {
        this.#accepting -= 1;
      }
    } finally {
      if (!isRecorded) await this.forgetUpload(id);
    }
  }

  /** Removes the upload of a job that was not created. Failures are only logged: retention removes unknown uploads. */
  async forgetUpload(id: string): Promise<void> {
    try {
      await this.#ports.blobs.remove(id);
    } catch (error) {
      this.#options.log.warn(`Cannot remove the upload of ${id}, which was not accepted: ${errorMessage(error)}`);
    }
  }

  /** The same without waiting for it, for when the storage may be unreachable. */
  forgetUploadLater(id: string): void {
    void this.#cleanUp(id, this.forgetUpload(id));
  }

  /** @throws ApiError when no job of this submitter can be accepted now */
  async checkRoom(submitter: Submitter | null): Promise<void> {
    if (this.#closing) throw new ApiError('UNAVAILABLE', 'The service is shutting down.', { retryAfter: 1 });
    const { maxQueued, maxQueuedEach } = this.#options.limits;
    const { queue } = this.#ports;
    if ((await queue.waiting()) + this.#accepting >= maxQueued)
      throw new ApiError('RATE_LIMIT', 'Too many jobs are queued.', { retryAfter: 10 });
    if (maxQueuedEach !== Infinity && (await queue.waiting(submitter?.name ?? null)) >= maxQueuedEach)
      throw new ApiError('RATE_LIMIT', 'Too many of your jobs are queued.', { retryAfter: 10 });
  }

  /** A job with its request, regardless of who runs it. */
  async stored(id: string): Promise<StoredJob | undefined> {
    const stored = await this.#ports.record.jobs.load(id);
    return stored && this.#newest(stored);
  }

  async get(id: string): Promise<FullJob | undefined> {
    return (await this.stored(id))?.job;
  }

  /** The job that a repeated `Idempotency-Key` means. */
  async withKey(key: string, submitter: Submitter | null): Promise<FullJob | undefined> {
    return (await this.#ports.record.jobs.withKey(key, submitter))?.job;
  }

  /** A part of the jobs that match a filter, newest first. */
  async page(filter: JobFilter, offset: number, limit: number): Promise<JobPage> {
    const { jobs, total } = await this.#ports.record.jobs.page(filter, offset, limit);
    return { jobs: await Promise.all(jobs.map((job) => this.#newestOf(job))), total };
  }

  counts(): Promise<JobCounts> {
    return this.#ports.record.jobs.counts();
  }

  /** All ended jobs, newest first. */
  ended(): Promise<readonly EndedJob[]> {
    return this.#ports.record.jobs.ended();
  }

  /** The projects that have jobs, the one with the newest first. @param id only this one */
  projects(id?: string): Promise<readonly JobsOfProject[]> {
    return this.#ports.record.jobs.projects(id);
  }

  /** What completed scans tell of their projects: at least the last one of each day. @param project only this one */
  scans(project?: string): Promise<readonly ProjectScan[]> {
    return this.#ports.record.jobs.scans(project);
  }

  /** The completed job before one of the same project, ref and part of it. */
  baseline(later: StoredJob): Promise<StoredJob | undefined> {
    return this.#ports.record.jobs.baseline(later);
  }

  /** Cancels a job. @throws ApiError NOT_FOUND; CONFLICT when it has ended or cannot be reached; UNAVAILABLE when its end cannot be stored */
  async cancel(id: string): Promise<void> {
    await this.#requireRunning(id);
    const where = await this.#ports.queue.cancel(id);
    if (where === 'running' || this.#ending.has(id)) return;
    if (where === undefined) {
      // It may have ended between the two checks.
      await this.#requireRunning(id);
      throw new ApiError('CONFLICT', 'Another window is running this job.');
    }
    const problem = await this.#endWaiting(id, canceled());
    if (problem !== undefined) throw new ApiError('UNAVAILABLE', `It will not run. ${problem}`);
  }

  /** Bytes of an ended job's blobs. @throws as the blobs do */
  async sizeOf({ bytes, id }: EndedJob): Promise<number> {
    return bytes ?? this.#ports.blobs.size(id);
  }

  /** Removes an ended job, and everything that belongs to it. */
  async remove(id: string): Promise<void> {
    if (this.#runs.has(id) || this.#ending.has(id)) return;
    this.#unstored.delete(id);
    await this.#ports.blobs.remove(id);
    await this.#ports.events.remove(id);
    await this.#ports.record.jobs.remove(id);
  }

  /** Ends every job as interrupted. Waits until all are recorded and nothing is running. */
  async close(): Promise<void> {
    this.#closing = true;
    const waiting = await this.#ports.queue.close();
    await Promise.all(waiting.map((id) => this.#endWaiting(id, interrupted())));
    await Promise.all(this.#runs.values());
    await Promise.all(this.#cleanups);
    clearTimeout(this.#storing);
    await this.#retryStoring();
  }

  /** @throws ApiError NOT_FOUND, CONFLICT */
  async #requireRunning(id: string): Promise<void> {
    const job = await this.get(id);
    if (!job) throw new ApiError('NOT_FOUND', 'There is no such job.');
    if (isTerminal(job.status)) throw new ApiError('CONFLICT', `The job is already ${job.status}.`);
  }

  #within(id: string, work: () => Promise<void>): Promise<void> {
    return this.#options.within?.(id, work) ?? work();
  }

  async #enqueue(stored: StoredJob): Promise<void> {
    const { job } = stored;
    const { job_id: id } = job;
    this.#options.log.info(`Job ${id} was submitted.`);
    new EventLog(this.#ports.events, { id, attempt: 0 }, job, 0, this.#options.limits.coalesce).begin();
    // Closed in the meantime: nobody would run it, if there are no other workers.
    if (this.#closing && !(await this.#ports.record.jobs.release(stored))) await this.#endWaiting(id, interrupted());
    else await this.#ports.queue.add(id, job.submitted_by ?? null);
  }

  /** Adds what is known about a job beyond the record: the progress of a running one, and an end that could not be stored. */
  async #newest(stored: StoredJob): Promise<StoredJob> {
    if (isTerminal(stored.job.status)) return stored;
    const { job_id: id } = stored.job;
    const current = await this.#ports.events.current(id);
    if (current) return { ...stored, job: current.job };
    // Not running here, or it has just ended.
    return this.#unstored.get(id) ?? (await this.#ports.record.jobs.load(id)) ?? stored;
  }

  /** The same for a job in a list that has just been read. */
  async #newestOf(job: FullJob): Promise<FullJob> {
    if (isTerminal(job.status)) return job;
    const current = await this.#ports.events.current(job.job_id);
    return current?.job ?? this.#unstored.get(job.job_id)?.job ?? job;
  }

  /** Retries storing the end of a job while the disk is full; until then the next start would think it is still running. */
  #scheduleStoring(ended: StoredJob): void {
    this.#unstored.set(ended.job.job_id, ended);
    clearTimeout(this.#storing);
    this.#storing = setTimeout(() => {
      void this.#retryStoring().then(([left]) => {
        if (left && !this.#closing) this.#scheduleStoring(left);
      });
    }, storeRetryMs).unref();
  }

  /** @returns the jobs that still cannot be stored */
  async #retryStoring(): Promise<StoredJob[]> {
    for (const [id, ended] of this.#unstored) {
      try {
        await this.#ports.record.jobs.save(ended);
        this.#unstored.delete(id);
      } catch {
        // Already reported the first time.
      }
    }
    return [...this.#unstored.values()];
  }

  /** Ends a job that was in the queue. @returns why its end could not be stored */
  async #endWaiting(id: string, reason: CodedError): Promise<string | undefined> {
    this.#ending.add(id);
    try {
      const live = await this.#take(id);
      if (!live) return undefined;
      stopping(live, reason);
      await this.#end(live, reason, undefined);
      return live.storeError;
    } finally {
      this.#ending.delete(id);
    }
  }

  async #take(id: string): Promise<LiveJob | undefined> {
    const { limits, log } = this.#options;
    const stored = await this.#ports.record.jobs.take(id);
    return stored && LiveJob.open(stored, this.#ports, limits, log);
  }

  async #run(id: string, signal: AbortSignal): Promise<void> {
    const { analyzers, openSource, speeds, limits, damage, ruleIds, rulePacks, log } = this.#options;
    // An earlier run of the same job in this process, which was overtaken, uses the same folder.
    await this.#removing.get(id);
    const live = await this.#take(id);
    if (!live) return;
    const { request } = live.stored;
    const controller = new AbortController();
    // Every analyzer adds a listener.
    setMaxListeners(100, controller.signal);
    const stop = () => {
      const reason: unknown = signal.reason;
      stopping(live, reason);
      controller.abort(reason);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    if (live.job.status === 'running') live.dispatch({ type: 'restart', analyzers: request.analyzers });
    else live.dispatch({ type: 'start', at: now() });
    const ms = request.timeoutSec === null ? limits.jobTimeout : request.timeoutSec * 1000;
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      controller.abort(new CodedError('TIMEOUT', `The job timed out after ${Math.round(ms / 1000)} s.`));
    }, ms);
    let report: Report | undefined;
    try {
      await runPipeline({
        job: live,
        request,
        analyzers: request.analyzers.flatMap((name) => analyzers.find((analyzer) => analyzer.id === name) ?? []),
        others: analyzers.filter(({ id: other }) => !request.analyzers.includes(other)),
        analyzerIds: analyzers.map((analyzer) => analyzer.id),
        rulesets: (await this.#ports.record.config.read()).rulesets,
        openSource,
        saveReport: async (made) => {
          const wasStopped = signal.aborted;
          // Whoever stops a job should not wait for a slow store.
          const until = wasStopped ? AbortSignal.timeout(stoppedMs) : timedOut ? undefined : controller.signal;
          try {
            await saveReport(this.#ports.blobs, leaseOf(live.stored), made, until);
            report = made;
          } catch (error) {
            if (!wasStopped) throw error;
            log.warn(`Job ${id} was stopped and has no report: ${errorMessage(error)}`);
          }
        },
        limits,
        speeds,
        damage,
        ruleIds,
        rulePacks,
        signal: controller.signal,
      });
      clearTimeout(timer);
      await this.#end(live, undefined, report);
    } catch (error) {
      clearTimeout(timer);
      // A stopped job leaves no process behind, not even a spare one.
      await closeAnalyzers(analyzers, log);
      if (isFenced(error)) await live.abandon();
      else if (isOutage(error)) await this.#runLater(live, error);
      else if (!isInterrupted(error) || !(await live.release())) await this.#end(live, error, report);
    } finally {
      this.#removing.set(id, this.#cleanUp(id, this.#options.closeSource(id)));
    }
  }

  /** Finishes a job while others run. */
  #cleanUp(id: string, cleaning: Promise<void>): Promise<void> {
    const work: Promise<void> = cleaning
      .catch((error: unknown) => this.#options.log.warn(`Cannot clean up after job ${id}: ${errorMessage(error)}`))
      .finally(() => {
        this.#cleanups.delete(work);
        if (this.#removing.get(id) === work) this.#removing.delete(id);
      });
    this.#cleanups.add(work);
    return work;
  }

  /** Suspends a job that cannot continue because a required server is down, until it is back; if that happens too often, the job fails. */
  async #runLater(live: LiveJob, error: unknown): Promise<void> {
    if (!(await live.release(true))) await this.#end(live, error, undefined);
    else this.#options.log.warn(`Job ${live.job.job_id} will run again later: ${errorMessage(error)}`);
  }

  async #end(live: LiveJob, error: unknown, report: Report | undefined): Promise<void> {
    const status: JobStatus = error === undefined ? 'completed' : isCanceled(error) ? 'canceled' : 'failed';
    const notice = status === 'completed' && report ? noticeOf(report) : undefined;
    const outcome = {
      type: 'finish' as const,
      status,
      at: now(),
      ...(status === 'failed' && { error: errorMessage(error) }),
      ...(report && { summary: report.summary, gaps: report.meta.coverage?.gaps.length ?? 0 }),
    };
    if (!(await live.finish(outcome, notice))) return;
    if (live.storeError !== undefined) this.#scheduleStoring(live.stored);
    await live.close();
    this.#options.onEnded?.(live.job);
    void this.#cleanUp(live.job.job_id, live.packLog());
  }
}

/** Whether the error is, or was caused by, an unreachable server that the service needs. */
function isOutage(error: unknown): boolean {
  return errorCode(error) === 'UNAVAILABLE' || (error instanceof Error && errorCode(error.cause) === 'UNAVAILABLE');
}

/** The webhook notice about a report. */
function noticeOf({ job_id, summary, meta }: Report): Notice {
  return JSON.stringify({ event: 'report.created', job_id, summary, meta });
}

function stopping(live: LiveJob, reason: unknown): void {
  if (isCanceled(reason)) live.log('info', null, 'Canceling.');
}

/** @throws CodedError STORAGE when the report cannot be written; the signal's reason */
async function saveReport(blobs: Blobs, lease: Lease, report: Report, signal: AbortSignal | undefined): Promise<void> {
  try {
    await blobs.putReport(lease, report, signal);
  } catch (error) {
    if (signal?.aborted) throw error;
    const why = storageProblem(error) ?? errorMessage(error);
    throw new CodedError('STORAGE', `The report could not be stored: ${why}.`, { cause: error });
  }
}

/** Ends whatever analyzers keep ready for the next job. Failures are only logged. */
export async function closeAnalyzers(analyzers: readonly Analyzer[], log: Logger): Promise<void> {
  const all = await Promise.allSettled(analyzers.map(async (analyzer) => analyzer.close?.()));
  for (const [index, result] of all.entries())
    if (result.status === 'rejected')
      log.warn(`${analyzers[index]?.title ?? 'An analyzer'} could not be closed: ${errorMessage(result.reason)}`);
}
