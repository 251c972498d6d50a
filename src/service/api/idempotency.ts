import { ApiError } from '../errors/apiError';
import type { FullJob } from '../job/jobMachine';
import type { Jobs } from '../jobs/jobs';

/** Answers a repeated `Idempotency-Key` with its job, without reading the upload again. The record sees to it that there is only one. */
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
    return (await this.#jobs.withKey(key)) ?? submit(key);
  }
}
