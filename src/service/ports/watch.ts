import type { FullJob } from '../job/jobMachine';

/** The health of a service that needs other servers. */
export interface Watch {
  /** Checks each of them. @returns the names of those that are unusable now */
  unreachable(): Promise<readonly string[]>;

  /** The metrics for Prometheus. @throws ApiError UNAVAILABLE */
  metrics(): Promise<{ readonly type: string; readonly text: string }>;

  /** A request was answered. @param route as registered, such as `/jobs/:id` @param seconds until the response started */
  answered(method: string, route: string, status: number, seconds: number): void;

  /** A job has ended in this process. */
  ended(job: FullJob): void;

  /** The number of open streams. */
  streams(open: number): void;
}
