import type * as z from 'zod';
import { errorBody } from '../../protocol/api';

/** Milliseconds to wait for a response: a hanging node must not block the page. */
const responseTimeoutMs = 15_000;
/** A report may be large, and the connection slow. */
const contentTimeoutMs = 120_000;

/** A request that failed, with a message to show. */
export class ApiFailure extends Error {
  /**
   * @param status of the response; undefined if there was none
   * @param retryAfterMs how long the service asks to wait
   */
  constructor(
    message: string,
    readonly status: number | undefined,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }

  /** Whether the same request may succeed later: there was no response, or the service says that it is busy or temporarily unavailable. */
  get isTemporary(): boolean {
    return this.status === undefined || this.status === 429 || this.status >= 500;
  }
}

type Query = Readonly<Record<string, string | number | undefined>>;

/** The scan service that this page comes from. */
export class Api {
  /** Sent with each request; undefined if the service needs none. */
  token: string | undefined;

  /** @param onUnauthorized called when the service does not, or no longer, accept the token */
  constructor(private readonly onUnauthorized: () => void) {}

  /** @throws ApiFailure */
  async get<T>(schema: z.ZodType<T>, path: string, query: Query = {}): Promise<T> {
    const response = await this.#send('GET', path + search(query));
    return read(schema, await body(response));
  }

  /** @throws ApiFailure */
  async send<T>(schema: z.ZodType<T>, method: 'POST' | 'DELETE', path: string): Promise<T> {
    return read(schema, await body(await this.#send(method, path)));
  }

  /** @throws ApiFailure */
  async content(path: string, query: Query = {}): Promise<Blob> {
    const response = await this.#send('GET', path + search(query), contentTimeoutMs);
    return response.blob().catch((error: unknown) => Promise.reject(unreachable(error)));
  }

  /** A request for a stream, which has its own limits. */
  stream(path: string, init: RequestInit): Promise<Response> {
    return fetch(this.url(path), {
      ...init,
      redirect: 'error',
      headers: { ...(init.headers as Record<string, string>), ...this.#headers() },
    });
  }

  /** Relative to this page's folder, since a proxy may serve it at a path other than `/`. */
  url(path: string): string {
    return new URL(path.slice(1), new URL('.', document.baseURI)).href;
  }

  /** Reports that the service has responded with 401. */
  refused(): void {
    this.onUnauthorized();
  }

  #headers(): Record<string, string> {
    return this.token === undefined ? {} : { Authorization: `Bearer ${this.token}` };
  }

  async #send(method: string, path: string, ms = responseTimeoutMs): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(this.url(path), {
        method,
        headers: this.#headers(),
        cache: 'no-store',
        redirect: 'error',
        signal: AbortSignal.timeout(ms),
      });
    } catch (error) {
      throw unreachable(error);
    }
    if (response.ok) return response;
    if (response.status === 401) this.refused();
    throw await failure(response);
  }
}

function search(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

function body(response: Response): Promise<unknown> {
  return response.json().catch((error: unknown) => {
    throw error instanceof SyntaxError ? unexpectedBody() : unreachable(error);
  });
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  console.error('The service sent an unexpected response.', parsed.error.message);
  throw unexpectedBody();
}

function unexpectedBody(): ApiFailure {
  return new ApiFailure('The service sent a response that this page cannot read. Reload the page.', undefined);
}

function unreachable(error: unknown): ApiFailure {
  const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
  return new ApiFailure(timedOut ? 'The service is not responding.' : 'The service cannot be reached.', undefined);
}

async function failure(response: Response): Promise<ApiFailure> {
  const reason = errorBody.safeParse(await response.json().catch(() => undefined)).data?.error.message;
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  return new ApiFailure(
    reason ?? `The service answered with status ${response.status}.`,
    response.status,
    seconds > 0 ? Math.min(seconds, 60) * 1000 : undefined,
  );
}
