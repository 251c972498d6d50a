import { ApiError } from '../errors/apiError';
import type { FullJob } from '../job/jobMachine';
import type { Jobs } from '../jobs/jobs';
import type { Submitter } from '../ports/record';

/** Answers a repeated `Idempotency-Key` with its job, without reading the upload again. The record ensures that there is only one. */
export class Idempotency {
  readonly #jobs: Jobs;
  readonly #underWay = new Map<string, Promise<FullJob>>();

  constructor(jobs: Jobs) {
    this.#jobs = jobs;
  }

  /** The job for this key, created by `submit` if there is none yet. */
  async once(
    key: string | undefined,
    submitter: Submitter | null,
    submit: (key: string | null) => Promise<FullJob>,
  ): Promise<FullJob> {
    if (key === undefined) return submit(null);
    if (!/^[\x21-\x7e]{1,255}$/.test(key))
      throw new ApiError('INVALID_INPUT', 'Idempotency-Key must be 1 to 255 visible ASCII characters.');
    // An id holds no space.
    const whole = `${submitter?.id ?? ''} ${key}`;
    const running = this.#underWay.get(whole);
    if (running) return running;
    const work = this.#findOr(key, submitter, submit).finally(() => this.#underWay.delete(whole));
    this.#underWay.set(whole, work);
    return work;
  }

  async #findOr(key: string, submitter: Submitter | null, submit: (key: string) => Promise<FullJob>): Promise<FullJob> {
    return (await this.#jobs.withKey(key, submitter)) ?? submit(key);
  }
}
