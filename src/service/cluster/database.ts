import { errorCode, errorMessage } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { pg } from './libraries';
import { unavailable } from './unavailable';

/** The share of the time between two rounds that must have passed: timers do not fire exactly on time. */
const timerSlack = 0.9;

/** Runs one statement. */
export interface Query {
  /**
   * @param text with `$1`, `$2`, ...
   * @returns its rows
   * @throws ApiError UNAVAILABLE when the server is unreachable or does not accept requests
   */
  <Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A pool of PostgreSQL connections, in which all tables are in one schema. */
export class Database {
  readonly #pool: pg.Pool;
  readonly schema: string;

  /**
   * @param schema consists of lower-case letters, digits and underscores
   * @param most connections at a time
   */
  constructor(url: string, schema: string, log: Logger, most: number) {
    this.schema = schema;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: most,
      // A hanging server must not make us hang: a request is answered with 503 instead.
      connectionTimeoutMillis: 3_000,
      query_timeout: 10_000,
      statement_timeout: 10_000,
      keepAlive: true,
      application_name: 'codeagent',
      options: `-c search_path=${schema}`,
    });
    // Of idle connections: the server disconnected. The next query opens a new connection.
    this.#pool.on('error', (error) => log.warn(`PostgreSQL: ${errorMessage(error)}`));
  }

  readonly query: Query = async (text, values = []) => {
    try {
      return (await this.#pool.query(text, [...values])).rows as never;
    } catch (error) {
      throw translated(error);
    }
  };

  /** Runs statements in one transaction, on one connection. @throws as {@link query}; what `work` throws, after a rollback */
  async transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.#connected(async (query, discard) => {
      try {
        await query('BEGIN');
        const result = await work(query);
        await query('COMMIT');
        return result;
      } catch (error) {
        await query('ROLLBACK').catch(discard);
        throw error;
      }
    });
  }

  /** Does some work as {@link Alone} says. @returns whether it was done */
  async alone(name: string, everyMs: number, work: () => Promise<void>): Promise<boolean> {
    // A lock without a transaction: one that is open for minutes keeps PostgreSQL from cleaning up, and servers may end it.
    return this.#connected(async (query, discard) => {
      const lock = 'hashtextextended($1, 0)';
      const key = `${this.schema} ${name}`;
      const [row] = await query<{ mine: boolean; begun: string }>(
        `SELECT pg_try_advisory_lock(${lock}) AS mine, now()::text AS begun`,
        [key],
      );
      if (row?.mine !== true) return false;
      try {
        const recent = await query(
          `SELECT FROM rounds WHERE name = $1 AND done_at > now() - $2 * interval '1 millisecond'`,
          [name, everyMs * timerSlack],
        );
        if (recent.length > 0) return false;
        await work();
        await query(
          `INSERT INTO rounds (name, done_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET done_at = excluded.done_at`,
          [name, row.begun],
        );
        return true;
      } finally {
        await query(`SELECT pg_advisory_unlock(${lock})`, [key]).catch(discard);
      }
    });
  }

  /**
   * Runs statements on one connection.
   * @param work may discard the connection, if it cannot be used again
   * @throws as {@link query}; what `work` throws
   */
  async #connected<T>(work: (query: Query, discard: (error: unknown) => void) => Promise<T>): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw translated(error);
    }
    let broken: Error | undefined;
    const discard = (error: unknown) => (broken = error instanceof Error ? error : new Error(String(error)));
    // Without a listener, a connection that breaks between two statements would end the process.
    client.on('error', discard);
    const query: Query = async (text, values = []) => {
      try {
        return (await client.query(text, [...values])).rows as never;
      } catch (error) {
        throw translated(error);
      }
    };
    try {
      return await work(query, discard);
    } finally {
      client.off('error', discard);
      client.release(broken);
    }
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

/**
 * SQLSTATEs that indicate a problem with the server rather than the statement: connection, sign-in, a missing database or schema, conflicts
 * between transactions, resources, locks, operator, system, corruption; read-only, since it is a replica; a missing table, or no access to
 * it.
 */
const troubles = /^(?:08|28|3D|3F|40|53|55|57|58|XX|25006|42P01|42501)/;

/** Errors that do not come from the server itself come from the way to it: its name, the network, TLS. */
function translated(error: unknown): unknown {
  if (error instanceof pg.DatabaseError && !troubles.test(error.code ?? '')) return error;
  return error instanceof Error ? unavailable('PostgreSQL', error) : error;
}

/** Whether a statement failed because a unique index already has such a row. */
export function isDuplicate(error: unknown): boolean {
  return errorCode(error) === '23505';
}
