import { basename } from 'node:path';
import { Piscina } from 'piscina';
import { abortReason, withDeadline } from '../../base/abort';
import { CodedError, errorMessage, isAbort } from '../../base/errors';
import { nodeEnv } from '../../base/process';
import type { Workers } from './workers';

/** The part of the heap for new objects, most of which are short-lived; by default a thread would reserve 48 MB for it. */
const youngMb = 4;
/** Timeout of a batch, in ms; most take a tenth of a second. */
const batchTimeout = 60_000;
/** How long an idle thread is kept, in ms. */
const idleMs = 60_000;

/**
 * The worker threads of an engine. A thread is kept for a minute after its last task; otherwise a scan of a single saved file would spend most of
 * its time starting one. An idle thread does not keep this process alive.
 */
export class WorkerPool implements Workers {
  readonly #name: string;
  #pool: Piscina<unknown, unknown> | undefined;
  #tasks = 0;
  /** Pending while a thread loads the script, since a task submitted before that would start a second thread. */
  #ready: Promise<unknown> | undefined;

  /** @param script the built worker script */
  constructor(
    private readonly script: string,
    private readonly options: {
      /** The number of jobs that can run concurrently. */
      readonly maxThreads?: number;
      readonly heapMb?: number;
    } = {},
  ) {
    this.#name = basename(script, '.js').replace(/Worker$/, '');
  }

  async run(name: string, order: unknown, signal: AbortSignal, ms = batchTimeout): Promise<unknown> {
    await this.#ready;
    return await this.#run(name, order, signal, ms);
  }

  /** Has a thread load the script, which exports `ready`. */
  prepare(): void {
    // If this fails, the first task fails for the same reason and reports it.
    this.#ready ??= this.#run('ready', undefined, new AbortController().signal, batchTimeout)
      .catch(() => undefined)
      .finally(() => (this.#ready = undefined));
  }

  /** Ends the threads, unless they are busy. */
  async close(): Promise<void> {
    if (this.#tasks > 0) return;
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.destroy();
  }

  async #run(name: string, order: unknown, signal: AbortSignal, ms: number): Promise<unknown> {
    const pool = (this.#pool ??= this.#start());
    this.#tasks += 1;
    try {
      return await withDeadline(ms, signal, (limited) =>
        pool.run(order, { filename: this.script, name, signal: limited }),
      );
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      if (isAbort(error)) throw new CodedError('TIMEOUT', `The ${this.#name} worker timed out after ${ms / 1000} s`);
      throw new CodedError('TOOL_FAILED', `The ${this.#name} worker failed: ${errorMessage(error)}`, { cause: error });
    } finally {
      this.#tasks -= 1;
    }
  }

  #start(): Piscina<unknown, unknown> {
    const { maxThreads = 2, heapMb = 256 } = this.options;
    // Each task names the script: if it were named here, a thread would read the whole file just to look for a default export.
    const pool = new Piscina<unknown, unknown>({
      minThreads: 0,
      maxThreads,
      idleTimeout: idleMs,
      env: nodeEnv(),
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngMb },
    });
    // A thread that dies between two tasks: the next task gets a new one.
    pool.on('error', () => undefined);
    return pool;
  }
}
