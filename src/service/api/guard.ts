import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { ApiError } from '../errors/apiError';
import type { ApiEnv } from './context';
import type { Sessions } from './session';

export interface GuardOptions {
  /** Undefined: everybody who reaches the service may use it. */
  readonly token: string | undefined;
  /** Where browsers may sign in with the token. */
  readonly sessions?: Sessions | undefined;
  readonly allowOrigins: readonly string[];
  /** Whether a value of `Host`, in small letters, names this service; undefined: any does, where it listens on all addresses. */
  readonly hosts: () => ((host: string) => boolean) | undefined;
}

/** What anybody may ask: whether the service is there, whether it wants a token, and to sign in and out. */
const openPaths = new Set(['/health', '/auth/status', '/auth/login', '/auth/logout']);

const methods = 'GET, POST, PATCH, DELETE';
const requestHeaders = 'Authorization, Content-Type, Idempotency-Key, X-Request-Id, Last-Event-ID, Cache-Control';

/**
 * Lets in only who may: the `Host` must be ours, so that no web page reaches a loopback service under a name of its own; an `Origin` must have been
 * allowed at the start; the token must be right, or a session begun with it. Gives every answer its X-Request-Id.
 */
export function guard(options: GuardOptions): MiddlewareHandler<ApiEnv> {
  const origins = new Set(options.allowOrigins);
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
        'This service is not known under that host. Behind a proxy, start it with --allow-host.',
      );

    const origin = c.req.header('origin');
    if (origin !== undefined) {
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

    // Digests have one length, whatever was sent, and are compared in constant time.
    const token = digest(bearerOf(c.req.header('authorization')));
    const isAuthorized =
      expected === undefined || timingSafeEqual(expected, token) || (options.sessions?.holds(c) ?? false);
    c.set('isAuthorized', isAuthorized);
    if (!isAuthorized && !openPaths.has(c.req.path)) {
      c.header('WWW-Authenticate', 'Bearer');
      throw new ApiError('UNAUTHORIZED', 'A bearer token is needed.');
    }
    await next();
    return undefined;
  };
}

/** The token of a header; empty when there is none. The word before it may be in any case (RFC 9110, 11.1). */
function bearerOf(authorization: string | undefined): string {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
