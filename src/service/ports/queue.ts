/**
 * The jobs that wait for a worker, in the order of their arrival, and the way to a worker that runs one. It carries nothing but ids: what a job is, and how
 * far it is, the record alone knows.
 */
export interface Queue {
  /**
   * Adds a job, which must be in the record. When this resolves, a worker will get it.
   * @param submitter jobs of different submitters take turns, those of one run in the order of their arrival
   */
  add(id: string, submitter: string | null): Promise<void>;

  /** The number of jobs that wait; with a submitter, of theirs. @throws ApiError UNAVAILABLE when no job could be added now */
  waiting(submitter?: string | null): Promise<number>;

  /**
   * Makes this process a worker, once.
   * @param concurrency jobs at a time
   * @param run works on a job until it has ended or was released. Its signal is aborted with {@link canceled}, {@link interrupted} or {@link overtaken} as the
   * reason. It never rejects.
   */
  work(concurrency: number, run: (id: string, signal: AbortSignal) => Promise<void>): void;

  /**
   * Cancels a job. A waiting job is removed, and the caller ends it; for a running job, the signal is aborted wherever it runs, and its worker ends it.
   * @returns where it was; undefined if this queue knows no such job
   */
  cancel(id: string): Promise<'waiting' | 'running' | undefined>;

  /**
   * Takes no more jobs, and interrupts those that this process runs: at once, or after a grace in which they may end. Does not wait for the interrupted ones.
   * @returns the jobs that will not run because this process ends, which the caller ends
   */
  close(): Promise<readonly string[]>;
}
