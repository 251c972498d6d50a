import { CodedError, errorCode } from '../../base/errors';

/** The error of a job whose runner died or ended. */
export const interruptedError = 'interrupted';

/** Stops a job because its runner ends. */
export function interrupted(): CodedError<'INTERRUPTED'> {
  return new CodedError('INTERRUPTED', interruptedError);
}

/** Stops a job because somebody canceled it. */
export function canceled(): CodedError<'CANCELED'> {
  return new CodedError('CANCELED', 'Canceled.');
}

/** Whether a job was stopped because somebody canceled it. */
export function isCanceled(reason: unknown): boolean {
  return errorCode(reason) === 'CANCELED';
}
