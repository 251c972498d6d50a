import type { FullJob } from './jobMachine';

/** A hold on a job. The number increases each time the job is taken; the holder of an earlier one may no longer write anything. */
export interface Lease {
  readonly id: string;
  /** 0 until a worker has taken it. */
  readonly attempt: number;
}

/** The lease under which a job was read. */
export function leaseOf({ job, attempt }: { readonly job: FullJob; readonly attempt: number }): Lease {
  return { id: job.job_id, attempt };
}
