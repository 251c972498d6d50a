/**
 * The jobs that wait for a worker, in the order of their arrival, and a channel to the workers that run them. It only contains IDs: the
 * record knows what a job is, and its progress.
 */
export interface Queue {
  /**
   * Adds a job, which must be in the record. When this resolves, a worker will get it.
   * @param submitter jobs of different submitters take turns, those of the same one run in the order of their arrival
   */
  add(id: string, submitter: string | null): Promise<void>;

  /** The number of waiting jobs; with a submitter, only theirs. @throws ApiError UNAVAILABLE when no job can be added now */
  waiting(submitter?: string | null): Promise<number>;

  /**
   * Makes this process a worker. May only be called once.
   * @param concurrency maximum number of jobs at a time
   * @param run works on a job until it has ended or was released. Its signal is aborted with {@link canceled}, {@link interrupted} or
   * {@link overtaken} as the reason. It never rejects.
   */
  work(concurrency: number, run: (id: string, signal: AbortSignal) => Promise<void>): void;

  /**
   * Cancels a job. A waiting job is removed, and the caller ends it; for a running job, the signal is aborted wherever it runs, and its
   * worker ends it.
   * @returns where it was; undefined if this queue does not know the job
   */
  cancel(id: string): Promise<'waiting' | 'running' | undefined>;

  /**
   * Accepts no more jobs, and interrupts those that this process runs: immediately, or after a grace period in which they may finish. Does
   * not wait for the interrupted ones.
   * @returns the jobs that will not run because this process ends, which the caller has to end
   */
  close(): Promise<readonly string[]>;
}
