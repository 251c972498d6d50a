import type { Issue, LogLevel } from '../../protocol';
import type { FullJob, JobAction } from './jobMachine';

/** The pipeline's view of its job. */
export interface JobHandle {
  readonly job: FullJob;
  dispatch(action: JobAction): void;
  /** @param analyzer ID of the logging analyzer; null for the service itself */
  log(level: LogLevel, analyzer: string | null, message: string): void;
  /** Streams findings to the job's followers. */
  findings(issues: readonly Issue[]): void;
}

/** The current time, as RFC 3339 in UTC. */
export function now(): string {
  return new Date().toISOString();
}
