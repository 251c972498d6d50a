import type { Issue, LogLevel } from '../../protocol';
import type { FullJob, JobAction } from './jobMachine';

/** What the pipeline may do with the job it works on. */
export interface JobHandle {
  readonly job: FullJob;
  dispatch(action: JobAction): void;
  /** @param analyzer id of the analyzer that says it; null: the service itself */
  log(level: LogLevel, analyzer: string | null, message: string): void;
  /** Shows findings to whoever follows the job. */
  findings(issues: readonly Issue[]): void;
}

/** Now, as RFC 3339 in UTC. */
export function now(): string {
  return new Date().toISOString();
}
