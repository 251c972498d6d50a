import { ApiError } from '../errors/apiError';
import type { FullJob } from '../job/jobMachine';
import type { Jobs } from '../jobs/jobs';

/** How long an `Idempotency-Key` returns the same job, in ms. */
const keptMs = 24 * 60 * 60_000;

/** Ensures one job per `Idempotency-Key`, even with concurrent requests or a restart in between. */
export class Idempotency {
  readonly #jobs: Jobs;
  readonly #underWay = new Map<string, Promise<FullJob>>();

  constructor(jobs: Jobs) {
    this.#jobs = jobs;
  }

  /** The job for this key, created by `submit` if there is none yet. */
  async once(key: string | undefined, submit: (key: string | null) => Promise<FullJob>): Promise<FullJob> {
    if (key === undefined) return submit(null);
    if (!/^[\x21-\x7e]{1,255}$/.test(key))
      throw new ApiError('INVALID_INPUT', 'Idempotency-Key must be 1 to 255 visible ASCII characters.');
    const running = this.#underWay.get(key);
    if (running) return running;
    const work = this.#findOr(key, submit).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, work);
    return work;
  }

  async #findOr(key: string, submit: (key: string) => Promise<FullJob>): Promise<FullJob> {
    const since = Date.now() - keptMs;
    const known = (await this.#jobs.all()).find(
      ({ idempotencyKey, job }) => idempotencyKey === key && Date.parse(job.submitted_at ?? '') >= since,
    );
    return known?.job ?? submit(key);
  }
}
