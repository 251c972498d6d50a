import type { FullJob } from '../job/jobMachine';

/** How a service that needs other servers is doing. */
export interface Watch {
  /** Asks each of them. @returns the names of those that cannot be used now */
  unreachable(): Promise<readonly string[]>;

  /** What Prometheus scrapes. @throws ApiError UNAVAILABLE */
  metrics(): Promise<{ readonly type: string; readonly text: string }>;

  /** A request was answered. @param route as it is registered, such as `/jobs/:id` @param seconds until its answer began */
  answered(method: string, route: string, status: number, seconds: number): void;

  /** A job has ended in this process. */
  ended(job: FullJob): void;

  /** The number of open streams. */
  streams(open: number): void;
}
