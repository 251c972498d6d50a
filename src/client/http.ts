import type { z } from 'zod';
import { withDeadline } from '../base/abort';
import { CodedError } from '../base/errors';
import { readText, failureReason, type Fetch, type FormData, type RequestInit, type Response } from '../base/http';
import type { UploadBody } from './upload';
import { errorBody, errorStatus, type ApiErrorCode } from '../protocol';
import { maskSecrets } from '../findings/secrets/maskSecrets';

/** Why a call to a service failed: the codes of the contract, and three of the client's own. */
export type ClientErrorCode = ApiErrorCode | 'UNREACHABLE' | 'BAD_ANSWER' | 'TOO_LARGE';

/** A failed call to a service. */
export class ServiceError extends CodedError<ClientErrorCode> {
  /** Seconds to wait before trying again; undefined if the service did not say. */
  readonly retryAfterSec: number | undefined;

  constructor(code: ClientErrorCode, message: string, options: { cause?: unknown; retryAfterSec?: number } = {}) {
    super(code, message, { cause: options.cause });
    this.name = 'ServiceError';
    this.retryAfterSec = options.retryAfterSec;
  }
}

export interface Transport {
  /** URL of the service, without a trailing slash. */
  readonly url: string;
  readonly fetch: Fetch;
  /** Whether the service is our own runner, which masks secrets in findings and logs itself. */
  readonly isOwn: boolean;
  /** Headers of every call, including the token. */
  headers(): Promise<Record<string, string>>;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'PATCH';
  /** A text is JSON. */
  readonly body?: FormData | UploadBody | string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  /** Time limit for the whole call, in milliseconds; `Infinity` for uploads. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 15_000;
/** Maximum size of a response in bytes: that of a large report. */
const maxAnswer = 256 * 1024 * 1024;

/**
 * Makes one call.
 * @returns the body of a 2xx response, as text
 * @throws ServiceError; the signal's reason if the caller aborted
 */
export async function send(transport: Transport, path: string, call: Call = {}): Promise<string> {
  const headers = { ...(await transport.headers()), ...call.headers, ...headersOf(call.body) };
  try {
    return await withDeadline(call.timeoutMs ?? defaultTimeoutMs, call.signal, async (signal) => {
      const response = await transport.fetch(`${transport.url}${path}`, {
        method: call.method ?? 'GET',
        redirect: 'error',
        signal,
        ...bodyOf(call.body),
        headers,
      });
      const text = await readText(response, maxAnswer, signal);
      if (!response.ok) throw errorResponse(response, text);
      return text;
    });
  } catch (error) {
    if (call.signal?.aborted || error instanceof ServiceError) throw error;
    throw unreachable(transport.url, error);
  }
}

function isForm(body: FormData | UploadBody): body is FormData {
  return !('stream' in body);
}

function bodyOf(body: Call['body']): RequestInit {
  if (!body) return {};
  if (typeof body === 'string') return { body };
  if (isForm(body)) return { body };
  // Required by fetch for a streamed body.
  return Object.assign({ body: body.stream }, { duplex: 'half' as const });
}

function headersOf(body: Call['body']): Record<string, string> {
  if (typeof body === 'string') return { 'content-type': 'application/json' };
  if (!body || isForm(body)) return {};
  return { 'content-type': body.contentType, 'content-length': String(body.length) };
}

/** {@link send} with the JSON response parsed by a schema. */
export async function sendForJson<T extends z.ZodType>(
  transport: Transport,
  path: string,
  schema: T,
  call: Call = {},
): Promise<z.output<T>> {
  const text = await send(transport, path, call);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new ServiceError('BAD_ANSWER', `${transport.url}${path} did not return JSON. Is it a scan service?`, {
      cause: error,
    });
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ServiceError(
    'BAD_ANSWER',
    `${transport.url}${path} returned a response that does not match the contract.`,
    {
      cause: parsed.error,
    },
  );
}

/** Turns a failed fetch into an error that says why. */
export function unreachable(url: string, error: unknown): ServiceError {
  return new ServiceError('UNREACHABLE', `The scan service at ${url} cannot be reached: ${failureReason(error)}.`, {
    cause: error,
  });
}

function errorResponse(response: Response, text: string): ServiceError {
  const retryAfterSec = secondsUntil(response.headers.get('retry-after'));
  const { code, message } = describeError(response.status, text);
  return new ServiceError(code, message, retryAfterSec === undefined ? {} : { retryAfterSec });
}

/** Parses a `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date. */
function secondsUntil(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

/** Code and message of an error response in any dialect: the contract's, `HTTP_ERROR`, FastAPI's 422 `detail`, or none. */
function describeError(status: number, text: string): { code: ClientErrorCode; message: string } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined; // The error page of a proxy, or empty: only the status is left.
  }
  const known = errorBody.safeParse(body);
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? body.detail : undefined;
  const withoutMasking = known.success
    ? known.data.error.message
    : (detailText(detail) ?? `The service answered ${status}.`);
  const message = maskSecrets(withoutMasking);
  if (known.success && isApiCode(known.data.error.code)) return { code: known.data.error.code, message };
  return { code: codeOfStatus(status), message };
}

function detailText(detail: unknown): string | undefined {
  if (typeof detail === 'string') return detail;
  if (!Array.isArray(detail)) return undefined;
  const parts = detail.map((part: unknown) =>
    typeof part === 'object' && part !== null && 'msg' in part ? String(part.msg) : JSON.stringify(part),
  );
  return parts.length > 0 ? parts.join('; ') : undefined;
}

function isApiCode(code: string): code is ApiErrorCode {
  return Object.hasOwn(errorStatus, code);
}

function codeOfStatus(status: number): ClientErrorCode {
  if (status === 422) return 'INVALID_INPUT';
  const found = Object.entries(errorStatus).find(([, s]) => s === status)?.[0];
  if (found !== undefined && isApiCode(found)) return found;
  if (status === 502) return 'UNAVAILABLE';
  return status >= 500 ? 'INTERNAL' : 'INVALID_INPUT';
}
