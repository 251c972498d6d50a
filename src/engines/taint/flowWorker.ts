import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkerPool } from '../workerPool';
import { flowResult, type FlowOrder, type FlowResult } from './messages';

/** The worker thread that follows values, for those who check findings and for the one who finds: all of them ask it in short orders. */
export class FlowWorker {
  readonly #file: string;
  readonly #workers: WorkerPool<FlowOrder>;

  /** @param assets holds flowWorker.js */
  constructor(assets: string) {
    this.#file = join(assets, 'flowWorker.js');
    this.#workers = new WorkerPool(this.#file, 'Following values', 1);
  }

  async exists(): Promise<boolean> {
    return access(this.#file).then(
      () => true,
      () => false,
    );
  }

  /** @throws CodedError TIMEOUT or TOOL_FAILED; the signal's reason */
  async ask(order: FlowOrder, signal: AbortSignal, ms?: number): Promise<FlowResult> {
    return flowResult.parse(await this.#workers.run('followFiles', order, signal, ms));
  }

  prepare(): void {
    this.#workers.prepare();
  }

  close(): Promise<void> {
    return this.#workers.close();
  }
}
