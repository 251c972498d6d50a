import { isTerminal } from '../../protocol';
import { errorMessage } from '../../base/errors';
import type { Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import type { Alone } from '../ports/ports';
import type { Jobs } from './jobs';

/** How many ended jobs to keep, and for how long. */
export interface RetentionRules {
  readonly maxJobs: number;
  readonly maxAgeDays: number;
  /** Total bytes of all of them; no limit by default. */
  readonly maxBytes?: number;
}

const everyMs = 10 * 60_000;
const dayMs = 24 * 60 * 60_000;

/** Removes ended jobs that are too many, too large or too old, with everything that belongs to them, at startup and every ten minutes. */
export class Retention implements Disposable {
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly jobs: Jobs,
    private readonly rules: RetentionRules,
    private readonly log: Logger,
    private readonly alone: Alone = (_name, work) => work(),
  ) {
    this.#timer = setInterval(() => void this.run(), everyMs);
    this.#timer.unref();
  }

  async run(): Promise<void> {
    try {
      await this.alone('retention', () => this.#removeOld());
    } catch (error) {
      this.log.warn(`Cannot remove old jobs: ${errorMessage(error)}`);
    }
  }

  async #removeOld(): Promise<void> {
    const oldest = Date.now() - this.rules.maxAgeDays * dayMs;
    const ended = (await this.jobs.all()).filter(({ job }) => isTerminal(job.status));
    const { maxBytes = Infinity } = this.rules;
    let total = 0;
    for (const [index, stored] of ended.entries()) {
      const { job } = stored;
      const tooOld = Date.parse(job.finished_at ?? job.submitted_at ?? '') < oldest;
      if (maxBytes !== Infinity) total += await this.jobs.sizeOf(stored);
      // The newest one is kept, however large it is.
      const tooMuch = total > maxBytes && index > 0;
      if (tooOld || tooMuch || index >= this.rules.maxJobs) await this.jobs.remove(job.job_id);
    }
  }

  dispose(): void {
    clearInterval(this.#timer);
  }
}
