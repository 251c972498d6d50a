import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import { abortReason, withDeadline } from '../../../base/abort';
import { CodedError, errorMessage, isAbort } from '../../../base/errors';
import { nodeEnv } from '../process';
import { flowResult, type FlowOrder, type FlowResult } from './messages';

/** How long one batch may take, in ms; a usual one takes a tenth of a second. */
const batchTimeout = 60_000;
const heapMb = 256;

/** The worker thread that follows values. It lives while somebody uses it, so that those who check and those who find share one. */
export class FlowWorker {
  readonly #file: string;
  #pool: Piscina<FlowOrder, unknown> | undefined;
  #users = 0;

  /** @param assets holds flowWorker.js */
  constructor(assets: string) {
    this.#file = join(assets, 'flowWorker.js');
  }

  async exists(): Promise<boolean> {
    return access(this.#file).then(
      () => true,
      () => false,
    );
  }

  /** Runs `act`, which may ask; the thread is gone when nobody does any more. */
  async use<T>(act: () => Promise<T>): Promise<T> {
    this.#users += 1;
    try {
      return await act();
    } finally {
      this.#users -= 1;
      const pool = this.#pool;
      if (this.#users === 0 && pool) {
        this.#pool = undefined;
        await pool.destroy();
      }
    }
  }

  /**
   * Only within {@link use}.
   * @throws CodedError TIMEOUT or TOOL_FAILED; the signal's reason
   */
  async ask(order: FlowOrder, signal: AbortSignal): Promise<FlowResult> {
    this.#pool ??= new Piscina<FlowOrder, unknown>({
      filename: this.#file,
      minThreads: 1,
      maxThreads: 1,
      env: nodeEnv(),
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    const pool = this.#pool;
    try {
      const run = (limited: AbortSignal) => pool.run(order, { name: 'followFiles', signal: limited });
      return flowResult.parse(await withDeadline(batchTimeout, signal, run));
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      if (isAbort(error)) {
        const text = `Following the values of ${order.files.length} files took over ${batchTimeout / 1000} s`;
        throw new CodedError('TIMEOUT', text);
      }
      const text = `Following values ended in the middle of the scan: ${errorMessage(error)}`;
      throw new CodedError('TOOL_FAILED', text, { cause: error });
    }
  }
}
