import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { ApiError } from '../errors/apiError';
import type { ApiContext } from './context';

const cookie = 'codeagent_session';
const lifeMs = 12 * 60 * 60_000;

/**
 * Sessions of browsers, which cannot send the token with an EventSource or a link. A cookie holds when it ends, an id, and a signature under the token: it
 * needs no storage, counts for all services that share the token, and ends with it.
 */
export class Sessions {
  /** Ids of sessions that were signed out of, with the time at which they would have ended. */
  readonly #ended = new Map<string, number>();

  constructor(private readonly token: string) {}

  /**
   * Gives a browser a session. Another site's pages can neither read the cookie nor have it sent.
   * @throws ApiError UNAUTHORIZED when the password is not the token
   */
  begin(c: ApiContext, password: string): void {
    // Digests have one length, whatever was sent, and are compared in constant time.
    if (!timingSafeEqual(Buffer.from(this.#sign(password)), Buffer.from(this.#sign(this.token))))
      throw new ApiError('UNAUTHORIZED', "The password is not this service's token.");
    const value = `${Date.now() + lifeMs}.${randomUUID()}`;
    setCookie(c, cookie, `${value}.${this.#sign(value)}`, {
      path: '/',
      httpOnly: true,
      sameSite: 'Strict',
      // Behind a proxy with TLS. Without one, a browser would not send it back.
      secure: c.req.header('x-forwarded-proto') === 'https',
      maxAge: lifeMs / 1000,
    });
  }

  /** Ends the request's session, also for who has kept a copy of its cookie. */
  end(c: ApiContext): void {
    const session = this.#read(c);
    if (session) this.#ended.set(session.id, session.until);
    for (const [id, until] of this.#ended) if (until < Date.now()) this.#ended.delete(id);
    deleteCookie(c, cookie, { path: '/' });
  }

  /**
   * Whether a request has a session that holds. It does not count for what a page of another origin sends, even of the same site, as another port of this
   * machine is; browsers say so themselves.
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
