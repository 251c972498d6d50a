import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { withLogFields } from '../../base/logFields';
import { ApiError } from '../errors/apiError';
import type { Access, Caller, Scope } from '../ports/access';
import type { ApiContext, ApiEnv } from './context';
import type { Sessions } from './session';

export interface GuardOptions {
  /** Undefined: anyone who can reach the service may use it. */
  readonly access: Access | undefined;
  /** Sessions of browsers that have signed in with a token. */
  readonly sessions?: Sessions | undefined;
  readonly allowOrigins: readonly string[];
  /** Other paths that are open to anyone, and the same for everyone. */
  readonly openPaths?: Iterable<string>;
  /** Whether a lower-case `Host` names this service; undefined accepts any, for a service that listens on all addresses. */
  readonly hosts: () => ((host: string) => boolean) | undefined;
}

/** Open to anyone: whether the service is up, whether it needs a token, signing in and out. */
const openRoutes = ['/health', '/ready', '/auth/status', '/auth/login', '/auth/logout'];

/** Paths that do not even identify the caller, since they must respond when that is impossible. */
const alwaysOpen = ['/health', '/ready'];

/** The caller on a service that needs no token. */
const anyone: Caller = { id: 'anyone', name: null, scopes: ['admin'] };

/** Admin routes, by method and path: those that change the service for everyone, or reveal something about everyone. */
const adminRoutes = [
  /^(?:PATCH|PUT|POST|DELETE) \/config(?:\/|$)/,
  /^[A-Z]+ \/webhooks(?:\/|$)/,
  /^[A-Z]+ \/audit(?:\/|$)/,
];

/** The scope that a request needs. New routes need `read` or `submit`, by their method. */
export function scopeOf(method: string, path: string): Scope {
  if (adminRoutes.some((route) => route.test(`${method} ${path}`))) return 'admin';
  return method === 'GET' || method === 'HEAD' ? 'read' : 'submit';
}

const methods = 'GET, POST, PATCH, DELETE';
const requestHeaders = 'Authorization, Content-Type, Idempotency-Key, X-Request-Id, Last-Event-ID, Cache-Control';

/**
 * Admits only authorized requests. The `Host` must be ours, so that no web page can reach a loopback service under a name of its own; an `Origin` must have been
 * allowed at startup, or be our own page's; the token, or a session started with it, must be valid. Adds X-Request-Id to every response.
 */
export function guard(options: GuardOptions): MiddlewareHandler<ApiEnv> {
  const origins = new Set(options.allowOrigins);
  const page = [...(options.openPaths ?? [])];
  const openPaths = new Set([...openRoutes, ...page]);
  const askedOfNobody = new Set([...alwaysOpen, ...page]);
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

    const { path, method } = c.req;
    const caller = askedOfNobody.has(path) ? undefined : await callerOf(c, options);
    c.set('caller', caller);
    if (!openPaths.has(path)) {
      if (!caller) {
        c.header('WWW-Authenticate', 'Bearer');
        throw new ApiError('UNAUTHORIZED', 'A bearer token is required.');
      }
      const scope = scopeOf(method, path);
      if (!allows(caller, scope)) throw new ApiError('FORBIDDEN', `This token lacks the scope "${scope}".`);
    }
    await withLogFields({ request_id: requestId }, next);
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

async function callerOf(c: ApiContext, { access, sessions }: GuardOptions): Promise<Caller | undefined> {
  if (!access) return anyone;
  const token = bearerOf(c.req.header('authorization'));
  return (token === '' ? undefined : await access.withToken(token)) ?? sessions?.caller(c);
}

/** Whether a caller may do something. */
function allows(caller: Caller, scope: Scope): boolean {
  return caller.scopes.includes('admin') || caller.scopes.includes(scope);
}
