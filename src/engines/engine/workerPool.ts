import { basename } from 'node:path';
import { Piscina } from 'piscina';
import { abortReason, withDeadline } from '../../base/abort';
import { CodedError, errorMessage, isAbort } from '../../base/errors';
import { nodeEnv } from '../../base/process';
import { loadFactor } from './loadFactor';
import type { Workers } from './workers';

/** Timeout of a batch on an idle machine, in ms; most take a tenth of a second. */
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
  #running = 0;
  /** Lets each task that waits for a thread start, in order. */
  readonly #waiting: (() => void)[] = [];
  /** Pending while a thread loads the script, since a task would start a second thread in the meantime. */
  #ready: Promise<unknown> | undefined;

  /** @param script the built worker script */
  constructor(
    private readonly script: string,
    private readonly options: {
      /** The number of jobs that can run concurrently. */
      readonly maxThreads?: number;
      readonly heapMb?: number;
      /** The part of the heap for new objects, most of which are short-lived; by default, a thread would reserve 48 MB for it. */
      readonly youngMb?: number;
    } = {},
  ) {
    this.#name = basename(script, '.js').replace(/Worker$/, '');
  }

  async run(name: string, task: unknown, signal: AbortSignal, ms = batchTimeout): Promise<unknown> {
    await this.#ready;
    return await this.#run(name, task, signal, ms);
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

  async #run(name: string, task: unknown, signal: AbortSignal, ms: number): Promise<unknown> {
    this.#tasks += 1;
    try {
      // The limit applies to the task alone: others may keep the threads busy for longer.
      await this.#turn(signal);
      try {
        const pool = (this.#pool ??= this.#start());
        return await withDeadline(ms * loadFactor(), signal, (limited) =>
          pool.run(task, { filename: this.script, name, signal: limited }),
        );
      } finally {
        this.#passTurn();
      }
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      if (isAbort(error)) throw new CodedError('TIMEOUT', `The ${this.#name} worker timed out`);
      throw new CodedError('TOOL_FAILED', `The ${this.#name} worker failed: ${errorMessage(error)}`, { cause: error });
    } finally {
      this.#tasks -= 1;
    }
  }

  /** Waits for a free thread. Rejects when the signal aborts. */
  #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < this.#maxThreads) {
      this.#running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const start = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(abortReason(signal));
      };
      this.#waiting.push(start);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #passTurn(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running -= 1;
  }

  get #maxThreads(): number {
    return this.options.maxThreads ?? 2;
  }

  #start(): Piscina<unknown, unknown> {
    const { heapMb = 256, youngMb = 4 } = this.options;
    // The script is named with each task: if it were named here, a thread would look for a default export first and read the whole file for it.
    const pool = new Piscina<unknown, unknown>({
      minThreads: 0,
      maxThreads: this.#maxThreads,
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
