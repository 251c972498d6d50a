import type { ApiErrorCode } from '../../protocol';
import { CodedError } from '../../base/errors';

/** An error that is told to the client as it is, with the status that belongs to its code. */
export class ApiError extends CodedError<ApiErrorCode> {
  /** Seconds after which a repeat may work. */
  readonly retryAfter: number | undefined;

  constructor(code: ApiErrorCode, message: string, options: { details?: unknown; retryAfter?: number } = {}) {
    super(code, message, { details: options.details });
    this.name = 'ApiError';
    this.retryAfter = options.retryAfter;
  }
}
