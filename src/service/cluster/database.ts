import { errorCode, errorMessage } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { pg } from './libraries';
import { unavailable } from './unavailable';

/** What part of the time between two rounds must have passed: timers do not fire at the same moment each time. */
const timerSlack = 0.9;

/** Runs one statement. */
export interface Query {
  /**
   * @param text with `$1`, `$2`, ...
   * @returns its rows
   * @throws ApiError UNAVAILABLE when the server cannot be reached, or takes nothing
   */
  <Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A pool of connections to PostgreSQL, in which all tables are those of one schema. */
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
      // What hangs must not hang us: a request is answered with 503 instead.
      connectionTimeoutMillis: 3_000,
      query_timeout: 10_000,
      statement_timeout: 10_000,
      keepAlive: true,
      application_name: 'codeagent',
      options: `-c search_path=${schema}`,
    });
    // Of idle connections: the server went away. The next query opens another one.
    this.#pool.on('error', (error) => log.warn(`PostgreSQL: ${errorMessage(error)}`));
  }

  readonly query: Query = async (text, values = []) => {
    try {
      return (await this.#pool.query(text, [...values])).rows as never;
    } catch (error) {
      throw told(error);
    }
  };

  /** Runs statements as one transaction, on one connection. @throws as {@link query}; what `work` throws, after which nothing is changed */
  async transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      throw told(error);
    }
    let broken: Error | undefined;
    // Without a listener, a connection that breaks between two statements would end the process.
    const onError = (error: Error) => (broken = error);
    client.on('error', onError);
    const query: Query = async (text, values = []) => {
      try {
        return (await client.query(text, [...values])).rows as never;
      } catch (error) {
        throw told(error);
      }
    };
    try {
      await query('BEGIN');
      const result = await work(query);
      await query('COMMIT');
      return result;
    } catch (error) {
      await query('ROLLBACK').catch((failed: unknown) => {
        broken = failed instanceof Error ? failed : new Error(String(failed));
      });
      throw error;
    } finally {
      client.off('error', onError);
      client.release(broken);
    }
  }

  /** Does some work as {@link Alone} says. @returns whether it was done */
  async alone(name: string, everyMs: number, work: () => Promise<void>): Promise<boolean> {
    return this.transaction(async (query) => {
      const key = `${this.schema} ${name}`;
      const [row] = await query<{ mine: boolean }>(
        'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS mine',
        [key],
      );
      if (row?.mine !== true) return false;
      const due = await query(
        `INSERT INTO rounds (name, done_at) VALUES ($1, now()) ON CONFLICT (name) DO UPDATE SET done_at = now()
         WHERE rounds.done_at <= now() - $2 * interval '1 millisecond' RETURNING name`,
        [name, everyMs * timerSlack],
      );
      if (due.length === 0) return false;
      await work();
      return true;
    });
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

/**
 * SQLSTATEs that mean trouble with the server, not with the statement: connection, sign-in, a database or schema that is gone, conflicts between transactions, resources,
 * locks, operator, system, damage; read-only, since it is a replica; a table that is gone or not ours.
 */
const troubles = /^(?:08|28|3D|3F|40|53|55|57|58|XX|25006|42P01|42501)/;

function told(error: unknown): unknown {
  const code = errorCode(error) ?? '';
  const isNetwork = /^E[A-Z]+$/.test(code) || code === '';
  const isServer = troubles.test(code);
  return error instanceof Error && (isServer || isNetwork) ? unavailable('PostgreSQL', error) : error;
}

/** Whether a statement failed because a unique index has such a row already. */
export function isDuplicate(error: unknown): boolean {
  return errorCode(error) === '23505';
}
