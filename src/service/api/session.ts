import { randomUUID, timingSafeEqual } from 'node:crypto';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { ApiError } from '../errors/apiError';
import type { Access, Caller } from '../ports/access';
import type { ApiContext } from './context';

const cookie = 'codeagent_session';
const lifeMs = 12 * 60 * 60_000;

/**
 * Sessions for browsers, which cannot send the token with an EventSource or a link. The cookie contains an expiry time, an ID, the token's
 * ID, and a signature: it needs no storage, is valid for all processes of a service, and expires with its token.
 */
export class Sessions {
  constructor(private readonly access: Access) {}

  /**
   * Starts a browser session. Pages of other sites can neither read the cookie nor have it sent.
   * @throws ApiError UNAUTHORIZED when the password is not a token
   */
  async begin(c: ApiContext, password: string): Promise<void> {
    const caller = await this.access.withToken(password);
    if (!caller) throw new ApiError('UNAUTHORIZED', 'The token is wrong.');
    const value = `${Date.now() + lifeMs}.${randomUUID()}.${caller.id}`;
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
  async end(c: ApiContext): Promise<void> {
    const session = this.#read(c);
    if (session) await this.access.endSession(session.id, session.until);
    deleteCookie(c, cookie, { path: '/' });
  }

  /**
   * The token ID of a request's session. Requests from pages of another origin do not count, even on the same site, such as another port of
   * this machine; browsers mark them.
   */
  async caller(c: ApiContext): Promise<Caller | undefined> {
    const from = c.req.header('sec-fetch-site');
    if (from !== undefined && from !== 'same-origin' && from !== 'none') return undefined;
    const session = this.#read(c);
    if (!session || (await this.access.hasEnded(session.id))) return undefined;
    return this.access.withId(session.caller);
  }

  #read(c: ApiContext): { id: string; until: number; caller: string } | undefined {
    const [, value = '', end, id = '', caller = '', signature = ''] =
      /^((\d{1,15})\.([\w-]{36})\.([\w-]{1,64}))\.([\w-]{43})$/.exec(getCookie(c, cookie) ?? '') ?? [];
    const until = Number(end);
    if (value === '' || until < Date.now()) return undefined;
    return timingSafeEqual(Buffer.from(signature), Buffer.from(this.#sign(value))) ? { id, until, caller } : undefined;
  }

  #sign(value: string): string {
    return this.access.sign(`session ${value}`);
  }
}
