import { createHash, createHmac, randomBytes } from 'node:crypto';
import { CodedError } from '../../base/errors';
import type { Access, Caller, Scope } from '../ports/access';
import { isDuplicate, type Database } from './database';
import { AuditRows } from './rows';

/** How long a node caches a token, in ms: a revoked one is rejected everywhere within this time. */
const cacheMs = 2_000;
/** Number of tokens that a node caches; invalid ones are not cached. */
const maxKnown = 10_000;

const isUuid = (id: string) => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

/** The actor in the audit log for tokens created or revoked on the command line. */
const byCommand = { by: '$CLI', requestId: null };

/** A token in the list: never the token itself. */
export interface TokenEntry {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** RFC 3339. */
  readonly created_at: string;
  readonly revoked_at: string | null;
}

/** Creates, lists and revokes the named tokens of a cluster. */
export class Tokens {
  constructor(private readonly database: Database) {}

  /** @returns the token, which cannot be retrieved again @throws CodedError USAGE when there is one with that name */
  async create(name: string, scopes: readonly Scope[]): Promise<string> {
    const token = `cas_${randomBytes(32).toString('base64url')}`;
    await new AuditRows(this.database).add({
      ...byCommand,
      action: 'create token',
      target: `${name}: ${scopes.join(',')}`,
    });
    try {
      await this.database.query('INSERT INTO tokens (name, hash, scopes) VALUES ($1, $2, $3)', [
        ...[name, hashOf(token), scopes],
      ]);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      throw new CodedError('USAGE', `There is a token ${name} already. Revoke it first, or choose another name.`);
    }
    return token;
  }

  /** In the order of their creation, including revoked ones. */
  async list(): Promise<TokenEntry[]> {
    const rows = await this.database.query<{
      name: string;
      scopes: Scope[];
      created_at: Date;
      revoked_at: Date | null;
    }>('SELECT name, scopes, created_at, revoked_at FROM tokens ORDER BY created_at, id');
    return rows.map(({ created_at, revoked_at, ...row }) => ({
      ...row,
      created_at: created_at.toISOString(),
      revoked_at: revoked_at?.toISOString() ?? null,
    }));
  }

  /** @returns whether there was such a token */
  async revoke(name: string): Promise<boolean> {
    await new AuditRows(this.database).add({ ...byCommand, action: 'revoke token', target: name });
    const rows = await this.database.query(
      'UPDATE tokens SET revoked_at = now() WHERE name = $1 AND revoked_at IS NULL RETURNING name',
      [name],
    );
    return rows.length > 0;
  }
}

/** Who may use a cluster: named tokens, and an admin token that was given at startup. */
export class NamedTokens implements Access {
  /** By hash and by ID, with their expiry in the cache. */
  readonly #known = new Map<string, { readonly caller: Caller; readonly until: number }>();
  readonly #database: Database;
  readonly #first: Access | undefined;
  readonly #secret: string;

  /**
   * @param first the token given at startup
   * @param secret signs sessions; the same on all nodes
   */
  constructor(database: Database, first: Access | undefined, secret: string) {
    this.#database = database;
    this.#first = first;
    this.#secret = secret;
  }

  async withToken(token: string): Promise<Caller | undefined> {
    const hash = hashOf(token);
    return (await this.#first?.withToken(token)) ?? this.#find('hash', hash, hash.toString('hex'));
  }

  async withId(id: string): Promise<Caller | undefined> {
    const first = await this.#first?.withId(id);
    return first ?? (isUuid(id) ? this.#find('id', id, id) : undefined);
  }

  sign(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url');
  }

  async endSession(id: string, until: number): Promise<void> {
    await this.#database.query('DELETE FROM ended_sessions WHERE until < now()');
    await this.#database.query('INSERT INTO ended_sessions (id, until) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      ...[id, new Date(until)],
    ]);
  }

  async hasEnded(session: string): Promise<boolean> {
    return (await this.#database.query('SELECT FROM ended_sessions WHERE id = $1', [session])).length > 0;
  }

  async #find(column: 'hash' | 'id', value: Buffer | string, key: string): Promise<Caller | undefined> {
    const known = this.#known.get(key);
    const now = performance.now();
    if (known && known.until > now) return known.caller;
    this.#known.delete(key);
    const [row] = await this.#database.query<{ id: string; name: string; scopes: Scope[] }>(
      `SELECT id, name, scopes FROM tokens WHERE ${column} = $1 AND revoked_at IS NULL`,
      [value],
    );
    if (!row) return undefined;
    // Counted from the request, not from the response.
    this.#known.set(key, { caller: row, until: now + cacheMs });
    for (const oldest of this.#known.keys()) if (this.#known.size > maxKnown) this.#known.delete(oldest);
    return row;
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
