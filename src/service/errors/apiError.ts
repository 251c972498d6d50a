import type { ApiErrorCode } from '../../protocol';
import { CodedError } from '../../base/errors';

/** An error that is sent to the client as is, with the status of its code. */
export class ApiError extends CodedError<ApiErrorCode> {
  /** Seconds after which a retry may succeed. */
  readonly retryAfter: number | undefined;

  constructor(code: ApiErrorCode, message: string, options: { details?: unknown; retryAfter?: number } = {}) {
    super(code, message, { details: options.details });
    this.name = 'ApiError';
    this.retryAfter = options.retryAfter;
  }
}
