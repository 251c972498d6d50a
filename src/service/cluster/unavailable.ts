import { errorCode, errorMessage } from '../../base/errors';
import { ApiError } from '../errors/apiError';

/** The servers that a cluster needs. */
export type Server = 'PostgreSQL' | 'Redis' | 'the blob store';

/** Seconds after which clients should retry. */
const retryAfter = 5;

/**
 * A server that is unreachable, or does not accept anything at the moment.
 * @param reason a clause; by default derived from the error
 */
export function unavailable(server: Server, error: unknown, reason?: string): ApiError {
  const why = errorCode(error) ?? (error instanceof Error && error.name !== 'Error' ? error.name : errorMessage(error));
  const name = server.charAt(0).toUpperCase() + server.slice(1);
  const made = new ApiError('UNAVAILABLE', `${name} cannot be used now (${reason ?? why}). Try again.`, { retryAfter });
  made.cause = error;
  return made;
}

/** Whether an error is one of {@link unavailable}. */
export function isUnavailable(error: unknown): boolean {
  return errorCode(error) === 'UNAVAILABLE';
}
