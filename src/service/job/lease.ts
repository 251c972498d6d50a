import type { FullJob } from './jobMachine';

/** A hold on a job. It grows by one each time that the job is taken; who holds an earlier one may write nothing any more. */
export interface Lease {
  readonly id: string;
  /** 0 until a worker has taken it. */
  readonly attempt: number;
}

/** The lease that a job was read under. */
export function leaseOf({ job, attempt }: { readonly job: FullJob; readonly attempt: number }): Lease {
  return { id: job.job_id, attempt };
}
