import { errorMessage } from '../../base/errors';
import type { Logger } from '../../base/logger';
import type { RunExclusively } from '../ports/ports';
import type { AuditRecord, EndedJob } from '../ports/record';
import type { Jobs } from './jobs';

/** What to keep, and for how long. */
export interface RetentionRules {
  readonly maxJobs: number;
  readonly maxAgeDays: number;
  /** Total bytes of all of them; no limit by default. */
  readonly maxBytes?: number;
  /** Entries of the audit log, where there is one. */
  readonly auditDays?: number;
}

const everyMs = 10 * 60_000;
const dayMs = 24 * 60 * 60_000;
/** After this many failures in a row, the store is considered down and the rest is left for the next time. */
const maxFailures = 5;

/** Removes ended jobs that are too many, too large or too old, with all that belongs to them, and what is too old of the audit log. */
export class Retention {
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(
    private readonly jobs: Pick<Jobs, 'ended' | 'sizeOf' | 'remove'>,
    private readonly rules: RetentionRules,
    private readonly log: Logger,
    private readonly audit?: AuditRecord,
    private readonly alone: RunExclusively = (_name, _everyMs, work) => work(),
  ) {
    this.#timer = setInterval(() => void this.run(), everyMs);
    this.#timer.unref();
  }

  /** Does it now, after what is under way. Failures are only logged. */
  run(): Promise<void> {
    return (this.#running = this.#running.then(async () => {
      try {
        if (!this.#closing) await this.alone('retention', everyMs, () => this.#removeOld());
      } catch (error) {
        this.log.warn(`Cannot remove old jobs: ${errorMessage(error)}`);
      }
    }));
  }

  async #removeOld(): Promise<void> {
    const { maxJobs, maxAgeDays, maxBytes = Infinity, auditDays } = this.rules;
    const oldest = Date.now() - maxAgeDays * dayMs;
    let [total, failures] = [0, 0];
    for (const [index, ended] of (await this.jobs.ended()).entries()) {
      if (this.#closing) return;
      const tooOld = Date.parse(ended.finishedAt) < oldest;
      if (maxBytes !== Infinity) total += await this.#sizeOf(ended);
      // The newest one stays, however large it is.
      const tooMuch = total > maxBytes && index > 0;
      if (!tooOld && !tooMuch && index < maxJobs) continue;
      failures = (await this.#remove(ended)) ? 0 : failures + 1;
      if (failures === maxFailures) break;
    }
    if (auditDays !== undefined) await this.audit?.removeBefore(new Date(Date.now() - auditDays * dayMs));
  }

  async #sizeOf(ended: EndedJob): Promise<number> {
    try {
      return await this.jobs.sizeOf(ended);
    } catch (error) {
      this.log.warn(`Cannot determine the size of job ${ended.id}: ${errorMessage(error)}`);
      return 0;
    }
  }

  /** One job that cannot be removed is no reason to keep the others. @returns whether it was removed */
  async #remove({ id }: EndedJob): Promise<boolean> {
    try {
      await this.jobs.remove(id);
      return true;
    } catch (error) {
      this.log.warn(`Cannot remove job ${id}: ${errorMessage(error)}`);
      return false;
    }
  }

  /** Ends what is under way with the job that it is at. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#timer);
    await this.#running;
  }
}
