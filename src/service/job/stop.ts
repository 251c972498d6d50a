import { CodedError, errorCode } from '../../base/errors';

/** The error of a job whose runner died or ended. */
export const interruptedError = 'interrupted';

/** The reason for stopping a job because its runner ends. */
export function interrupted(): CodedError<'INTERRUPTED'> {
  return new CodedError('INTERRUPTED', interruptedError);
}

/** The reason for stopping work on a job because another worker has it. */
export function superseded(): CodedError<'FENCED'> {
  return new CodedError('FENCED', 'Another worker runs this job.');
}

/** The reason for stopping a job because it was canceled. */
export function canceled(): CodedError<'CANCELED'> {
  return new CodedError('CANCELED', 'Canceled.');
}

/** Whether a job was stopped because it was canceled. */
export function isCanceled(reason: unknown): boolean {
  return errorCode(reason) === 'CANCELED';
}

/** Whether a job was stopped because its runner ends. */
export function isInterrupted(reason: unknown): boolean {
  return errorCode(reason) === 'INTERRUPTED';
}

/** Whether a job now belongs to another worker, or has ended. */
export function isFenced(reason: unknown): boolean {
  return errorCode(reason) === 'FENCED';
}
