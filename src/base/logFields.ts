import { AsyncLocalStorage } from 'node:async_hooks';

/** The job or request that a log line belongs to. */
export interface LogFields {
  readonly request_id?: string;
  readonly job_id?: string;
}

const fields = new AsyncLocalStorage<LogFields>();

/** Runs some work; whatever it logs carries these fields in addition to the current ones. */
export function withLogFields<T>(more: LogFields, work: () => T): T {
  return fields.run({ ...fields.getStore(), ...more }, work);
}

/** The fields for a line that is logged now. */
export function logFields(): LogFields {
  return fields.getStore() ?? {};
}
