import { AsyncLocalStorage } from 'node:async_hooks';

/** What a line of the log belongs to. */
export interface LogFields {
  readonly request_id?: string;
  readonly job_id?: string;
}

const fields = new AsyncLocalStorage<LogFields>();

/** Does some work; what is logged meanwhile has these fields, beside those that it had already. */
export function withLogFields<T>(more: LogFields, work: () => T): T {
  return fields.run({ ...fields.getStore(), ...more }, work);
}

/** The fields of a line that is logged now. */
export function logFields(): LogFields {
  return fields.getStore() ?? {};
}
