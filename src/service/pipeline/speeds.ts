import { errorMessage } from '../../base/errors';
import type { Logger } from '../../base/logger';
import type { SpeedRecord } from '../ports/record';

/**
 * The approximate speeds of the analyzers relative to each other, in bytes per second: the weights of a job's percentage until a run has
 * measured them. With equal weights, the fast ones would take it to two thirds within seconds.
 */
const typical: Readonly<Record<string, number>> = {
  'ast-grep': 400_000,
  flow: 1_000_000,
  ruff: 4_000_000,
  redos: 3_000_000,
  secretlint: 3_000_000,
  osv: 1_000_000,
};
/** For the external programs. */
const typicalTool = 1_000_000;

/** The bytes per second of each analyzer in earlier jobs: the weights of a job's percentage and of its ETA. */
export class Speeds {
  #speeds: Readonly<Record<string, number>>;

  private constructor(
    private readonly record: SpeedRecord,
    private readonly log: Logger,
    speeds: Readonly<Record<string, number>>,
  ) {
    this.#speeds = speeds;
  }

  static async load(record: SpeedRecord, log: Logger): Promise<Speeds> {
    return new Speeds(record, log, await record.read());
  }

  /** The estimated work for an analyzer to read some bytes, comparable across analyzers. */
  workOf(analyzer: string, bytes: number): number {
    return bytes / (this.#speeds[analyzer] ?? typical[analyzer] ?? typicalTool);
  }

  /** Learns from a run. Short runs are ignored, since they mostly measure the startup. */
  async learn(runs: readonly { id: string; bytes: number; ms: number }[]): Promise<void> {
    const longRuns = runs.filter((run) => run.bytes >= 200_000 && run.ms >= 200);
    if (longRuns.length === 0) return;
    for (const { id, bytes, ms } of longRuns) {
      const measured = (bytes * 1000) / ms;
      const before = this.#speeds[id];
      this.#speeds = { ...this.#speeds, [id]: before === undefined ? measured : before * 0.7 + measured * 0.3 };
    }
    try {
      await this.record.write(this.#speeds);
    } catch (error) {
      this.log.warn(`Cannot store the speeds of analyzers: ${errorMessage(error)}`);
    }
  }
}
