import { isTerminal } from '../../protocol';
import { errorMessage } from '../../base/errors';
import type { Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import type { Jobs } from './jobs';

/** How many ended jobs to keep, and for how long. */
export interface RetentionRules {
  readonly maxJobs: number;
  readonly maxAgeDays: number;
}

const everyMs = 10 * 60_000;
const dayMs = 24 * 60 * 60_000;

/** Removes ended jobs that are too many or too old, with their files, at startup and every ten minutes. */
export class Retention implements Disposable {
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly jobs: Jobs,
    private readonly rules: RetentionRules,
    private readonly log: Logger,
  ) {
    this.#timer = setInterval(() => void this.run(), everyMs);
    this.#timer.unref();
  }

  async run(): Promise<void> {
    try {
      const oldest = Date.now() - this.rules.maxAgeDays * dayMs;
      const ended = (await this.jobs.all()).map(({ job }) => job).filter((job) => isTerminal(job.status));
      for (const [index, job] of ended.entries()) {
        const tooOld = Date.parse(job.finished_at ?? job.submitted_at ?? '') < oldest;
        if (tooOld || index >= this.rules.maxJobs) await this.jobs.remove(job.job_id);
      }
    } catch (error) {
      this.log.warn(`Cannot remove old jobs: ${errorMessage(error)}`);
    }
  }

  dispose(): void {
    clearInterval(this.#timer);
  }
}
