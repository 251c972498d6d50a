import { Piscina } from 'piscina';
import { abortReason, withDeadline } from '../../base/abort';
import { CodedError, errorMessage, isAbort } from '../../base/errors';
import { nodeEnv } from '../../base/process';

const heapMb = 256;
/** Of it for new objects, most of which are soon gone: a thread would else take 48 MB for them. */
const youngMb = 4;
/** How long one batch may take, in ms; a usual one takes a tenth of a second. */
const batchTimeout = 60_000;
/** How long a thread with nothing to do stays, in ms. */
const idleMs = 60_000;

/**
 * The worker threads of an engine. A thread stays for a minute after its last task: a scan of one saved file would else wait for little but its start.
 * One that has nothing to do does not keep this process alive.
 */
export class WorkerPool<Order> {
  #pool: Piscina<Order | undefined, unknown> | undefined;
  #tasks = 0;
  /** While a thread loads the script: a task would else start a second one. */
  #ready: Promise<unknown> | undefined;

  /** @param file the worker's script; @param does what it does, for the errors: "Following values"; @param maxThreads for as many jobs side by side */
  constructor(
    private readonly file: string,
    private readonly does: string,
    private readonly maxThreads = 2,
  ) {}

  /**
   * Has a thread call the script's function `name`.
   * @throws CodedError TIMEOUT or TOOL_FAILED; the signal's reason
   */
  async run(name: string, order: Order, signal: AbortSignal, ms = batchTimeout): Promise<unknown> {
    await this.#ready;
    return await this.#run(name, order, signal, ms);
  }

  /** Has a thread load the script, for a task that comes at once. */
  prepare(): void {
    // Whatever goes wrong there goes wrong again in the task, which tells.
    this.#ready ??= this.#run('ready', undefined, new AbortController().signal, batchTimeout)
      .catch(() => undefined)
      .finally(() => (this.#ready = undefined));
  }

  /** Ends the threads, unless they work. */
  async close(): Promise<void> {
    if (this.#tasks > 0) return;
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.destroy();
  }

  async #run(name: string, order: Order | undefined, signal: AbortSignal, ms: number): Promise<unknown> {
    const pool = (this.#pool ??= this.#start());
    this.#tasks += 1;
    try {
      return await withDeadline(ms, signal, (limited) =>
        pool.run(order, { filename: this.file, name, signal: limited }),
      );
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      if (isAbort(error)) throw new CodedError('TIMEOUT', `${this.does} took over ${ms / 1000} s for one batch`);
      throw new CodedError('TOOL_FAILED', `${this.does} ended in the middle of the scan: ${errorMessage(error)}`, {
        cause: error,
      });
    } finally {
      this.#tasks -= 1;
    }
  }

  #start(): Piscina<Order | undefined, unknown> {
    // The file is named with each task: named here, a thread would look for a default export first, and read all of the file's text for it.
    const pool = new Piscina<Order | undefined, unknown>({
      minThreads: 0,
      maxThreads: this.maxThreads,
      idleTimeout: idleMs,
      env: nodeEnv(),
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngMb },
    });
    // Of a thread that dies between two tasks: the next task gets another.
    pool.on('error', () => undefined);
    return pool;
  }
}
