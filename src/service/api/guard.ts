import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { ApiError } from '../errors/apiError';
import type { ApiContext, ApiEnv } from './context';
import type { Sessions } from './session';

export interface GuardOptions {
  /** Undefined: anyone who can reach the service may use it. */
  readonly token: string | undefined;
  /** Sessions of browsers that have signed in with the token. */
  readonly sessions?: Sessions | undefined;
  readonly allowOrigins: readonly string[];
  /** Further paths that are open to anyone. */
  readonly openPaths?: Iterable<string>;
  /** Whether a lower-case `Host` names this service; undefined accepts any, for a service that listens on all addresses. */
  readonly hosts: () => ((host: string) => boolean) | undefined;
}

/** Open to anyone: whether the service is up, whether it needs a token, signing in and out. */
const alwaysOpen = ['/health', '/auth/status', '/auth/login', '/auth/logout'];

const methods = 'GET, POST, PATCH, DELETE';
const requestHeaders = 'Authorization, Content-Type, Idempotency-Key, X-Request-Id, Last-Event-ID, Cache-Control';

/**
 * Admits only authorized requests. The `Host` must be ours, so that no web page can reach a loopback service under a name of its own; an `Origin` must have been
 * allowed at startup, or be our own page's; the token, or a session started with it, must be valid. Adds X-Request-Id to every response.
 */
export function guard(options: GuardOptions): MiddlewareHandler<ApiEnv> {
  const origins = new Set(options.allowOrigins);
  const openPaths = new Set([...alwaysOpen, ...(options.openPaths ?? [])]);
  const expected = options.token === undefined ? undefined : digest(options.token);
  return async (c, next) => {
    const given = c.req.header('x-request-id');
    const requestId = given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
    c.set('requestId', requestId);
    c.header('X-Request-Id', requestId);
    c.header('X-Content-Type-Options', 'nosniff');

    const hosts = options.hosts();
    if (hosts && !hosts((c.req.header('host') ?? '').toLowerCase()))
      throw new ApiError(
        'FORBIDDEN',
        'This service does not answer to that host name. Behind a proxy, start it with --allow-host.',
      );

    const origin = c.req.header('origin');
    if (origin !== undefined && !isOwn(origin, c)) {
      if (!origins.has(origin)) throw new ApiError('FORBIDDEN', 'This origin is not allowed.');
      c.header('Access-Control-Allow-Origin', origin);
      c.header('Vary', 'Origin');
      c.header('Access-Control-Expose-Headers', 'X-Request-Id, Retry-After');
      if (c.req.method === 'OPTIONS') {
        c.header('Access-Control-Allow-Methods', methods);
        c.header('Access-Control-Allow-Headers', requestHeaders);
        c.header('Access-Control-Max-Age', '600');
        return c.body(null, 204);
      }
    }

    // Digests all have the same length and are compared in constant time.
    const token = digest(bearerOf(c.req.header('authorization')));
    const isAuthorized =
      expected === undefined || timingSafeEqual(expected, token) || (options.sessions?.holds(c) ?? false);
    c.set('isAuthorized', isAuthorized);
    if (!isAuthorized && !openPaths.has(c.req.path)) {
      c.header('WWW-Authenticate', 'Bearer');
      throw new ApiError('UNAUTHORIZED', 'A bearer token is required.');
    }
    await next();
    return undefined;
  };
}

/**
 * Whether a request comes from our own page. Browsers say so themselves, except over plain HTTP between machines; there the origin must be the `Host`, which
 * was checked.
 */
function isOwn(origin: string, c: ApiContext): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin';
  return URL.canParse(origin) && new URL(origin).host === c.req.header('host')?.toLowerCase();
}

/** The token in a header, or ''. The scheme is case-insensitive (RFC 9110, 11.1). */
function bearerOf(authorization: string | undefined): string {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
