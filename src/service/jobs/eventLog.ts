import type { FindingsEvent, Issue, LogEvent } from '../../protocol';
import { eventFrame, jobFrame, shapeOf, updateFrame } from '../job/frames';
import type { FullJob } from '../job/jobMachine';
import type { Events, JobEvent } from '../ports/events';
import type { Lease } from '../job/lease';

const findingsPerFrame = 100;

/** Publishes a job's events. Changes of status or phase are sent immediately; changes of numbers only are delayed, and the last of them is sent. */
export class EventLog {
  readonly #events: Events;
  readonly #lease: Lease;
  /** Milliseconds between frames in which only numbers differ. */
  readonly #coalesce: number;
  #id: number;
  #job: FullJob;
  #shape: string;
  #lastSent = 0;
  #timer: NodeJS.Timeout | undefined;
  #sealed = false;

  /** @param lastId the id of the newest frame of the job's stream */
  constructor(events: Events, lease: Lease, job: FullJob, lastId: number, coalesce: number) {
    this.#events = events;
    this.#lease = lease;
    this.#coalesce = coalesce;
    this.#id = lastId;
    this.#job = job;
    this.#shape = shapeOf(job);
  }

  /** The first frame of a new job. */
  begin(): void {
    this.#sendJob(true);
  }

  /** The job has changed. */
  update(job: FullJob, last = false): void {
    this.#job = job;
    const shape = shapeOf(job);
    if (last || shape !== this.#shape) {
      this.#shape = shape;
      this.#sendJob(true, last);
      return;
    }
    const wait = this.#lastSent + this.#coalesce - performance.now();
    if (wait <= 0) this.#sendJob(false);
    else this.#timer ??= setTimeout(() => this.#sendJob(false), wait);
  }

  log(event: LogEvent): void {
    if (!this.#sealed) this.#publish({ ...eventFrame(this.#nextId(), 'log', event), data: event });
  }

  findings(issues: readonly Issue[]): void {
    if (this.#sealed) return;
    for (let from = 0; from < issues.length; from += findingsPerFrame)
      this.#publishFindings({ issues: issues.slice(from, from + findingsPerFrame) });
  }

  /** The job starts again: the findings so far are void, also for clients that receive them later. */
  restart(): void {
    this.#publishFindings({ issues: [], restart: true });
  }

  /** Accepts only the final Job from now on. @returns the id that its frame will have */
  seal(): number {
    this.#sealed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#id + 1;
  }

  #sendJob(isWhole: boolean, last = false): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lastSent = performance.now();
    const id = this.#nextId();
    const frame = isWhole ? jobFrame(id, this.#job, last) : updateFrame(id, this.#job);
    this.#publish({ ...frame, data: this.#job, isUpdate: !isWhole });
  }

  #publishFindings(data: FindingsEvent): void {
    this.#publish({ ...eventFrame(this.#nextId(), 'findings', data), data });
  }

  #nextId(): number {
    this.#id += 1;
    return this.#id;
  }

  #publish(event: JobEvent): void {
    this.#events.publish(this.#lease, event);
  }
}
