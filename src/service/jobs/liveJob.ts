import { isTerminal, type Issue, type LogLevel } from '../../protocol';
import { Appender } from '../../base/appender';
import { errorMessage } from '../../base/errors';
import { storageProblem } from '../../base/storageError';
import { maskSecrets } from '../../findings/secrets/maskSecrets';
import type { Logger } from '../../base/logger';
import type { Limits } from '../../base/limits';
import { now, type JobHandle } from '../job/jobHandle';
import { EventLog } from './eventLog';
import { isFenced } from '../job/stop';
import { reduce, type FullJob, type JobAction, type JobState } from '../job/jobMachine';
import type { Ports } from '../ports/ports';
import type { Notice, StoredJob } from '../ports/record';
import { leaseOf } from '../job/lease';

type LivePorts = Pick<Ports, 'record' | 'blobs' | 'events'>;
type Finish = Extract<JobAction, { type: 'finish' }>;

/** How long the end of a canceled job waits for its log, in ms. */
const canceledMs = 250;

/** A job that this process runs or ends: its state, log and events. */
export class LiveJob implements JobHandle {
  readonly #ports: LivePorts;
  readonly #logger: Logger;
  readonly #events: EventLog;
  readonly #log: Appender;
  #stored: StoredJob;
  #state: JobState;
  #finishing = false;
  #saving: Promise<void> | undefined;
  #saveAgain = false;
  #storeError: string | undefined;
  /** The size of the job's blobs, once its log is among them. */
  #kept: Promise<number | undefined> = Promise.resolve(undefined);

  /** Continues the stream of a job whose lease this process holds. */
  static async open(stored: StoredJob, ports: LivePorts, limits: Limits, logger: Logger): Promise<LiveJob> {
    const lastId = await ports.events.claim(leaseOf(stored));
    const { progress } = stored.job;
    // The record lacks some percentages that were already shown, and they must not go down.
    const seen = (await ports.events.current(stored.job.job_id))?.job.progress?.percent ?? 0;
    const job =
      progress && progress.percent < seen ? { ...stored.job, progress: { ...progress, percent: seen } } : stored.job;
    return new LiveJob({ ...stored, job }, lastId, ports, limits, logger);
  }

  private constructor(stored: StoredJob, lastId: number, ports: LivePorts, limits: Limits, logger: Logger) {
    this.#ports = ports;
    this.#logger = logger;
    this.#stored = stored;
    this.#state = { job: stored.job, weights: {} };
    const id = stored.job.job_id;
    const lease = leaseOf(stored);
    this.#events = new EventLog(ports.events, lease, stored.job, lastId, limits.coalesce);
    this.#log = new Appender(
      (lines) => ports.blobs.appendLog(lease, lines),
      limits.maxLog,
      (error) => logger.warn(`Cannot store the log of job ${id}: ${errorMessage(error)}`),
      limits.logPause,
    );
  }

  get job(): FullJob {
    return this.#state.job;
  }

  /** The job with its request. */
  get stored(): StoredJob {
    return { ...this.#stored, job: this.job };
  }

  dispatch(action: Exclude<JobAction, Finish>): void {
    if (this.#finishing) return;
    const before = this.#state;
    this.#state = reduce(before, action);
    if (this.#state === before) return;
    if (action.type === 'restart') this.#events.restart();
    this.#events.update(this.#state.job);
    if (action.type === 'phase' || action.type === 'start' || action.type === 'restart') this.#save();
  }

  log(level: LogLevel, analyzer: string | null, message: string): void {
    // Always on one line, whatever a tool prints.
    const text = maskSecrets(message)
      .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
      .slice(0, 2000);
    const ts = now();
    this.#log.append(`${ts} ${level} [${analyzer ?? 'scan'}] ${text}`);
    this.#events.log({ ts, level, analyzer, message: text });
  }

  findings(issues: readonly Issue[]): void {
    this.#events.findings(issues);
  }

  /** Why the job's end could not be stored; undefined if it was, or the job is still running. */
  get storeError(): string | undefined {
    return this.#storeError;
  }

  /** Stops publishing, since another worker continues. The rest of the log is dropped. */
  async abandon(): Promise<void> {
    this.#finishing = true;
    this.#events.seal();
    await this.#saving;
  }

  /**
   * Hands the job back to be run by another worker, and abandons it.
   * @param isOutage whether a required server is down
   * @returns false if nobody else will run it
   */
  async release(isOutage = false): Promise<boolean> {
    try {
      if (!(await this.#ports.record.jobs.release(this.#stored, isOutage))) return false;
    } catch (error) {
      // Once the record is back, recovery finds the job there, and not in the queue.
      this.#logger.warn(`Job ${this.job.job_id} cannot be handed back: ${errorMessage(error)}`);
    }
    await this.abandon();
    return true;
  }

  /**
   * Ends the job: first in the record, then visibly. An ended job never changes. One that belongs to another worker is abandoned, and so is
   * one whose end cannot be stored, if another worker can run it. Whoever sees the end finds the complete log, unless the job was canceled and
   * the store is slow: then the log follows.
   * @param notice goes to the webhooks
   * @returns whether the job has ended for good
   */
  async finish(outcome: Finish, notice?: Notice): Promise<boolean> {
    if (this.#finishing || isTerminal(this.job.status)) return false;
    const action = outcome.error === undefined ? outcome : { ...outcome, error: maskSecrets(outcome.error) };
    this.#finishing = true;
    this.#kept = this.#log.flush().then(() => this.#size());
    await this.#saving;
    const bytes = await (action.status === 'canceled' ? soon(this.#kept, canceledMs) : this.#kept);
    const lastFrame = this.#events.seal();
    let next = reduce(this.#state, action);
    try {
      await this.#ports.record.jobs.save({ ...this.#stored, job: next.job, lastFrame, bytes }, notice);
    } catch (error) {
      if (isFenced(error)) {
        this.#logger.info(
          `Job ${this.job.job_id} has ended, or another worker has it: this worker's results are dropped.`,
        );
        return false;
      }
      if (await this.release(true)) return false;
      // Never report something as done that is not in the record.
      this.#logger.error(`Cannot store job ${this.job.job_id}: ${errorMessage(error)}`);
      this.#storeError = `The job could not be stored: ${storageProblem(error) ?? errorMessage(error)}.`;
      next = reduce(this.#state, { ...action, status: 'failed', error: action.error ?? this.#storeError });
    }
    this.#state = next;
    this.#stored = { ...this.#stored, job: next.job, lastFrame };
    this.#events.update(next.job, true);
    return true;
  }

  async #size(): Promise<number | undefined> {
    try {
      return await this.#ports.blobs.size(this.job.job_id);
    } catch (error) {
      this.#logger.warn(`Cannot determine the size of job ${this.job.job_id}: ${errorMessage(error)}`);
      return undefined;
    }
  }

  /** Waits until the events of the ended job are stored. */
  async close(): Promise<void> {
    await this.#ports.events.close(this.job.job_id);
  }

  /** Waits until the log of the ended job is kept, or cannot be, and packs it. @throws as the blobs do */
  async packLog(): Promise<void> {
    await this.#kept;
    await this.#ports.blobs.packLog(leaseOf(this.#stored));
  }

  /** Stores the current job. Changes during a write are written together afterwards. */
  #save(): void {
    this.#saveAgain = true;
    this.#saving ??= (async () => {
      while (this.#saveAgain) {
        this.#saveAgain = false;
        try {
          await this.#ports.record.jobs.save({ ...this.#stored, job: this.#state.job });
        } catch (error) {
          // The new owner reports its progress; the queue stops this run.
          if (!isFenced(error)) this.#logger.warn(`Cannot store job ${this.job.job_id}: ${errorMessage(error)}`);
        }
      }
      this.#saving = undefined;
    })();
  }
}

/** The result of `work` within a time limit in ms; undefined if it takes longer. */
async function soon<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, ms, undefined)));
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
