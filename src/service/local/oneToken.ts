import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Access, Caller } from '../ports/access';

/** A service's only token, which allows everything. Ended sessions are in memory: they are few, and only last for hours. */
export class OneToken implements Access {
  readonly #token: string;
  readonly #expected: Buffer;
  readonly #caller: Caller;
  /** IDs of sessions that were signed out, with their original expiry time. */
  readonly #ended = new Map<string, number>();

  /** @param name of the token; null for a service without named tokens */
  constructor(token: string, name: string | null = null) {
    this.#token = token;
    this.#expected = digest(token);
    this.#caller = { id: 'token', name, scopes: ['admin'] };
  }

  withToken(token: string): Promise<Caller | undefined> {
    // Digests all have the same length and are compared in constant time.
    return Promise.resolve(timingSafeEqual(this.#expected, digest(token)) ? this.#caller : undefined);
  }

  withId(id: string): Promise<Caller | undefined> {
    return Promise.resolve(id === this.#caller.id ? this.#caller : undefined);
  }

  sign(text: string): string {
    return createHmac('sha256', this.#token).update(text).digest('base64url');
  }

  endSession(id: string, until: number): Promise<void> {
    this.#ended.set(id, until);
    for (const [other, end] of this.#ended) if (end < Date.now()) this.#ended.delete(other);
    return Promise.resolve();
  }

  hasEnded(session: string): Promise<boolean> {
    return Promise.resolve(this.#ended.has(session));
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
