import { errorMessage } from '../../base/errors';
import type { Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import type { ClusterBlobs } from './blobs';
import type { Database } from './database';
import type { ClusterQueue } from './queue';
import { isUnavailable } from './unavailable';

/** How often to look for jobs that the queue has lost, in ms, and how old a job must be to count as lost. */
const everyMs = 5_000;
const missedAfterSec = 5;
/** How often to look for blobs without a job, in ms, and how old they must be. */
const orphansEveryMs = 60 * 60_000;
const orphanAgeMs = 60 * 60_000;

export interface RecoveryOptions {
  readonly database: Database;
  readonly queue: ClusterQueue;
  readonly blobs: ClusterBlobs;
  readonly log: Logger;
}

/**
 * Brings the queue and the blobs in line with the record, which decides: jobs that Redis has lost, or never got, are added again, and what belongs to no job is
 * removed. Each by one process for all.
 */
export class Recovery implements Disposable {
  readonly #options: RecoveryOptions;
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #busy = new Set<string>();

  constructor(options: RecoveryOptions) {
    this.#options = options;
    this.#timers = [
      setInterval(() => void this.#once('queue', everyMs, () => this.#addMissing()), everyMs).unref(),
      setInterval(
        () => void this.#once('orphans', orphansEveryMs, () => this.#removeOrphans()),
        orphansEveryMs,
      ).unref(),
    ];
  }

  dispose(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  async #once(name: string, ms: number, work: () => Promise<void>): Promise<void> {
    if (this.#busy.has(name)) return;
    this.#busy.add(name);
    try {
      await this.#options.database.alone(name, ms, work);
    } catch (error) {
      const { log } = this.#options;
      // The next round comes soon.
      if (isUnavailable(error)) log.debug(`Recovery: ${errorMessage(error)}`);
      else log.warn(`Recovery (${name}): ${errorMessage(error)}`);
    } finally {
      this.#busy.delete(name);
    }
  }

  async #addMissing(): Promise<void> {
    const { database, queue, log } = this.#options;
    const open = await database.query<{ id: string; submitted_by: string | null; attempt: number }>(
      `SELECT id, submitted_by, attempt FROM jobs WHERE NOT ended AND recorded_at < now() - $1 * interval '1 second'
       ORDER BY submitted_at`,
      [missedAfterSec],
    );
    const missing = new Set(await queue.missing(open.map(({ id }) => id)));
    for (const { id, submitted_by, attempt } of open.filter((one) => missing.has(one.id))) {
      log.info(`Job ${id} was not in the queue and is added again.`);
      await queue.enqueue(id, submitted_by, attempt > 0);
    }
  }

  async #removeOrphans(): Promise<void> {
    const { database, blobs } = this.#options;
    const known = async (ids: readonly string[]) => {
      const rows = await database.query<{ id: string }>('SELECT id FROM jobs WHERE id = ANY($1)', [ids]);
      return new Set(rows.map(({ id }) => id));
    };
    await blobs.removeOrphans(known, orphanAgeMs);
  }
}
