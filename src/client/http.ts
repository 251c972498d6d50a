import type { z } from 'zod';
import { withDeadline } from '../base/abort';
import { CodedError } from '../base/errors';
import { readText, whyFailed, type Fetch, type FormData, type RequestInit, type Response } from '../base/http';
import type { UploadBody } from './upload';
import { errorBody, errorStatus, type ApiErrorCode } from '../protocol';
import { maskSecrets } from '../findings/secrets/maskSecrets';

/** Why a call to a service failed: the contract's codes, and three of the client's own. */
export type ClientErrorCode = ApiErrorCode | 'UNREACHABLE' | 'BAD_ANSWER' | 'TOO_LARGE';

/** A failed call. `details`: `{status, retryAfterSec}` where the service answered. */
export class ServiceError extends CodedError<ClientErrorCode> {
  /** Seconds after which the service wants to be asked again; undefined when it did not say. */
  readonly retryAfterSec: number | undefined;

  constructor(code: ClientErrorCode, message: string, options: { cause?: unknown; retryAfterSec?: number } = {}) {
    super(code, message, { cause: options.cause });
    this.name = 'ServiceError';
    this.retryAfterSec = options.retryAfterSec;
  }
}

export interface Transport {
  /** The service's address without a slash at its end. */
  readonly url: string;
  readonly fetch: Fetch;
  /** Whether the service is our own runner, which masks the secrets of findings and logs itself. */
  readonly isOwn: boolean;
  /** The headers of a call, the token's among them. */
  headers(): Promise<Record<string, string>>;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'PATCH';
  readonly body?: FormData | UploadBody;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  /** Milliseconds the whole call may take; none for uploads. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 15_000;
/** Bytes of an answer: a large report. */
const maxAnswer = 256 * 1024 * 1024;

/**
 * One call.
 * @returns the body of an answer whose status is 2xx, as text
 * @throws ServiceError; the signal's reason when the caller's signal fired
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
      if (!response.ok) throw refused(response, text);
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
  if (isForm(body)) return { body };
  // A body that is a stream may only be sent in one direction at a time; fetch wants that said.
  return Object.assign({ body: body.stream }, { duplex: 'half' as const });
}

function headersOf(body: Call['body']): Record<string, string> {
  if (!body || isForm(body)) return {};
  return { 'content-type': body.contentType, 'content-length': String(body.length) };
}

/** {@link send}, with the JSON answer parsed by a schema. */
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
    throw new ServiceError('BAD_ANSWER', `${transport.url}${path} did not answer with JSON. Is it a scan service?`, {
      cause: error,
    });
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ServiceError('BAD_ANSWER', `${transport.url}${path} answered with something else than the contract says.`, {
    cause: parsed.error,
  });
}

/** Turns fetch's own failure into a sentence. */
export function unreachable(url: string, error: unknown): ServiceError {
  return new ServiceError('UNREACHABLE', `The scan service at ${url} cannot be reached: ${whyFailed(error)}.`, {
    cause: error,
  });
}

function refused(response: Response, text: string): ServiceError {
  const retryAfterSec = secondsUntil(response.headers.get('retry-after'));
  const { code, message } = described(response.status, text);
  return new ServiceError(code, message, retryAfterSec === undefined ? {} : { retryAfterSec });
}

/** Reads a `Retry-After` (RFC 9110, 10.2.3): seconds, or a date. */
function secondsUntil(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

/** The code and sentence of an error answer in any dialect: the contract's, `HTTP_ERROR`, FastAPI's 422 `detail`, or none. */
function described(status: number, text: string): { code: ClientErrorCode; message: string } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined; // A proxy's page, or nothing: the status alone says it.
  }
  const known = errorBody.safeParse(body);
  const detail = typeof body === 'object' && body !== null && 'detail' in body ? body.detail : undefined;
  const said = known.success ? known.data.error.message : (detailText(detail) ?? `The service answered ${status}.`);
  const message = maskSecrets(said);
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
