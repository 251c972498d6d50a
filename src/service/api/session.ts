import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { ApiError } from '../errors/apiError';
import type { ApiContext } from './context';

const cookie = 'codeagent_session';
const lifeMs = 12 * 60 * 60_000;

/**
 * Sessions for browsers, which cannot send the token with an EventSource or a link. The cookie holds an expiry time, an id, and a signature with the token: it
 * needs no storage, is valid for all services that share the token, and expires with it.
 */
export class Sessions {
  /** Ids of sessions that were signed out, with the time at which they would have expired. */
  readonly #ended = new Map<string, number>();

  constructor(private readonly token: string) {}

  /**
   * Starts a browser session. Pages of other sites can neither read the cookie nor have it sent.
   * @throws ApiError UNAUTHORIZED when the password is not the token
   */
  begin(c: ApiContext, password: string): void {
    // Digests all have the same length and are compared in constant time.
    if (!timingSafeEqual(Buffer.from(this.#sign(password)), Buffer.from(this.#sign(this.token))))
      throw new ApiError('UNAUTHORIZED', 'The token is wrong.');
    const value = `${Date.now() + lifeMs}.${randomUUID()}`;
    setCookie(c, cookie, `${value}.${this.#sign(value)}`, {
      path: '/',
      httpOnly: true,
      sameSite: 'Strict',
      // Only behind a TLS proxy; without one, a browser would not send it back.
      secure: c.req.header('x-forwarded-proto') === 'https',
      maxAge: lifeMs / 1000,
    });
  }

  /** Ends the request's session, even for someone with a copy of its cookie. */
  end(c: ApiContext): void {
    const session = this.#read(c);
    if (session) this.#ended.set(session.id, session.until);
    for (const [id, until] of this.#ended) if (until < Date.now()) this.#ended.delete(id);
    deleteCookie(c, cookie, { path: '/' });
  }

  /**
   * Whether a request has a valid session. Requests from pages of another origin do not count, even on the same site, such as another port of this
   * machine; browsers mark them.
   */
  holds(c: ApiContext): boolean {
    const from = c.req.header('sec-fetch-site');
    return (from === undefined || from === 'same-origin' || from === 'none') && this.#read(c) !== undefined;
  }

  #read(c: ApiContext): { id: string; until: number } | undefined {
    const [, value = '', end, id = '', signature = ''] =
      /^((\d{1,15})\.([\w-]{36}))\.([\w-]{43})$/.exec(getCookie(c, cookie) ?? '') ?? [];
    const until = Number(end);
    if (value === '' || until < Date.now() || this.#ended.has(id)) return undefined;
    return timingSafeEqual(Buffer.from(signature), Buffer.from(this.#sign(value))) ? { id, until } : undefined;
  }

  #sign(value: string): string {
    return createHmac('sha256', this.token).update(`session ${value}`).digest('base64url');
  }
}
