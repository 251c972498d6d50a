import { CodedError, errorCode } from '../../base/errors';

/** The error of a job whose runner died or ended. */
export const interruptedError = 'interrupted';

/** Stops a job because its runner ends. */
export function interrupted(): CodedError<'INTERRUPTED'> {
  return new CodedError('INTERRUPTED', interruptedError);
}

/** Stops the work on a job because another worker has it. */
export function overtaken(): CodedError<'FENCED'> {
  return new CodedError('FENCED', 'Another worker runs this job.');
}

/** Stops a job because somebody canceled it. */
export function canceled(): CodedError<'CANCELED'> {
  return new CodedError('CANCELED', 'Canceled.');
}

/** Whether a job was stopped because somebody canceled it. */
export function isCanceled(reason: unknown): boolean {
  return errorCode(reason) === 'CANCELED';
}

/** Whether a job was stopped because its runner ends. */
export function isInterrupted(reason: unknown): boolean {
  return errorCode(reason) === 'INTERRUPTED';
}

/** Whether a job belongs to another worker by now, or has ended. */
export function isFenced(reason: unknown): boolean {
  return errorCode(reason) === 'FENCED';
}
