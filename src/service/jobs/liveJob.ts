import { setMaxListeners } from 'node:events';
import { isTerminal, type Issue, type LogLevel } from '../../protocol';
import { errorMessage } from '../../base/errors';
import { storageProblem } from '../../base/storageError';
import { maskSecrets } from '../../findings/secrets/maskSecrets';
import type { Logger } from '../../base/logger';
import type { Limits } from '../../base/limits';
import { now, type JobHandle } from '../job/jobHandle';
import { Appender } from '../../base/appender';
import { EventLog } from './eventLog';
import { reduce, type FullJob, type JobAction, type JobState } from '../job/jobMachine';
import type { JobStore, StoredJob } from '../local/jobStore';

type Finish = Extract<JobAction, { type: 'finish' }>;

/** A job that this runner runs: its state, log and followers, from acceptance to its terminal status. */
export class LiveJob implements JobHandle {
  readonly controller = new AbortController();
  readonly events: EventLog;
  readonly #logFile: Appender;
  #stored: StoredJob;
  #state: JobState;
  #finishing = false;
  #saving: Promise<void> | undefined;
  #saveAgain = false;
  #storeError: string | undefined;

  constructor(
    stored: StoredJob,
    private readonly store: JobStore,
    limits: Limits,
    private readonly logger: Logger,
  ) {
    // Every analyzer adds a listener.
    setMaxListeners(100, this.controller.signal);
    this.#stored = stored;
    this.#state = { job: stored.job, weights: {} };
    const { job_id } = stored.job;
    const onError = (message: string) => logger.warn(message);
    this.events = new EventLog(store.path(job_id, 'events.ndjson'), stored.job, limits, onError);
    this.#logFile = new Appender(store.path(job_id, 'log.txt'), limits.maxLog, onError);
  }

  get job(): FullJob {
    return this.#state.job;
  }

  get request(): StoredJob['request'] {
    return this.#stored.request;
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
    this.events.update(this.#state.job);
    if (action.type === 'phase' || action.type === 'start') this.#save();
  }

  log(level: LogLevel, analyzer: string | null, message: string): void {
    // Always on one line, whatever a tool prints.
    const text = maskSecrets(message)
      .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
      .slice(0, 2000);
    const ts = now();
    this.#logFile.append(`${ts} ${level} [${analyzer ?? 'scan'}] ${text}`);
    this.events.log({ ts, level, analyzer, message: text });
  }

  findings(issues: readonly Issue[]): void {
    this.events.findings(issues);
  }

  /** Why the job's end could not be stored; undefined if it was, or the job is still running. */
  get storeError(): string | undefined {
    return this.#storeError;
  }

  /** Ends the job: first on disk, then visibly. An ended job never changes. */
  async finish(outcome: Finish): Promise<void> {
    if (this.#finishing || isTerminal(this.job.status)) return;
    const action = outcome.error === undefined ? outcome : { ...outcome, error: maskSecrets(outcome.error) };
    this.#finishing = true;
    await this.#saving;
    await this.#logFile.flush();
    const lastFrame = this.events.seal();
    let next = reduce(this.#state, action);
    try {
      await this.store.save({ ...this.#stored, job: next.job, lastFrame });
    } catch (error) {
      // Never report as done what is not on disk.
      this.logger.error(`Cannot store job ${this.job.job_id}: ${errorMessage(error)}`);
      this.#storeError = `The job could not be stored: ${storageProblem(error) ?? errorMessage(error)}.`;
      next = reduce(this.#state, { ...action, status: 'failed', error: action.error ?? this.#storeError });
    }
    this.#state = next;
    this.#stored = { ...this.#stored, job: next.job, lastFrame };
    this.events.update(next.job, true);
    await this.events.close();
  }

  /** Writes the current job. Changes during a write are written together afterwards. */
  #save(): void {
    this.#saveAgain = true;
    this.#saving ??= (async () => {
      while (this.#saveAgain) {
        this.#saveAgain = false;
        try {
          await this.store.save({ ...this.#stored, job: this.#state.job });
        } catch (error) {
          this.logger.warn(`Cannot store job ${this.job.job_id}: ${errorMessage(error)}`);
        }
      }
      this.#saving = undefined;
    })();
  }
}
