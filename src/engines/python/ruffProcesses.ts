import { Socket } from 'node:net';
import { abortReason } from '../../base/abort';
import { CodedError } from '../../base/errors';
import { yieldToOthers } from '../../base/priority';
import { endNode, isRunning, startNode } from '../../base/process';
import { SparePool } from '../engine/sparePool';
import type { Workers } from '../engine/workers';

/** How long a process may take to end after SIGTERM, in ms: it has nothing to clean up. */
const endGraceMs = 100;

/** How many idle processes to keep: as many as there are usually concurrent jobs. */
const maxSpares = 2;

/** The processes in which ruff runs, one for each batch in progress. */
export class RuffProcesses implements Workers {
  readonly #spares: SparePool<RuffProcess>;

  /** @param script the built `ruffChild.js` */
  constructor(script: string) {
    this.#spares = new SparePool(
      () => new RuffProcess(script),
      (child) => child.end(),
      maxSpares,
    );
  }

  async run(_name: string, order: unknown, signal: AbortSignal, ms = 60_000): Promise<unknown> {
    const child = this.#spares.take(({ alive }) => alive);
    child.hold();
    try {
      const answer = await child.check(order, signal, ms);
      child.release();
      await this.#spares.release(child);
      return answer;
    } catch (error) {
      await child.end();
      throw error;
    }
  }

  prepare(): void {
    this.#spares.prepare();
  }

  close(): Promise<void> {
    return this.#spares.close();
  }
}

/** A ruff process, which checks one batch at a time. */
class RuffProcess {
  readonly #process: ReturnType<typeof startNode>;
  #stderr = '';

  constructor(script: string) {
    this.#process = startNode({ file: script, execArgv: ['--liftoff-only'], stdout: 'ignore' });
    yieldToOthers(this.#process);
    // Without a listener, an error between two batches would crash the runner. The next batch notices that the process is gone.
    this.#process.on('error', (error) => (this.#stderr = error.message));
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4_000);
    });
    this.release();
  }

  check(order: unknown, signal: AbortSignal, ms: number): Promise<unknown> {
    const child = this.#process;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        child.off('message', onMessage).off('exit', onExit).off('error', onError);
        act();
      };
      const fail = (code: string, message: string) => settle(() => reject(new CodedError(code, message)));
      const onAbort = () => settle(() => reject(abortReason(signal)));
      const onMessage = (message: unknown) => settle(() => resolve(message));
      const onExit = (code: number | null, by: string | null) =>
        fail('TOOL_FAILED', `ruff crashed (${by ?? `exit code ${code ?? 'unknown'}`})${this.#why()}`);
      const onError = (error: Error) => fail('TOOL_FAILED', `ruff could not be started or reached: ${error.message}`);
      const timer = setTimeout(() => fail('TIMEOUT', `ruff timed out after ${ms / 1000} s`), ms);
      signal.addEventListener('abort', onAbort, { once: true });
      child.on('message', onMessage).on('exit', onExit).on('error', onError);
      if (signal.aborted) onAbort();
      else if (!this.alive) onExit(child.exitCode, child.signalCode);
      else child.send(order as object, (error) => error && onError(error));
    });
  }

  get alive(): boolean {
    return isRunning(this.#process);
  }

  /** From now on this process does not exit before it. */
  hold(): void {
    this.#process.ref();
    this.#process.channel?.ref();
    if (this.#process.stderr instanceof Socket) this.#process.stderr.ref();
  }

  /** From now on this process can exit before it, after which it exits as well. */
  release(): void {
    this.#process.unref();
    this.#process.channel?.unref();
    if (this.#process.stderr instanceof Socket) this.#process.stderr.unref();
  }

  /** Kills it, and waits until it is gone. */
  async end(): Promise<void> {
    if (!this.alive) return;
    this.hold();
    await endNode(this.#process, endGraceMs);
  }

  #why(): string {
    const last = this.#stderr.trim().split('\n').at(-1) ?? '';
    return last === '' ? '' : `: ${last.slice(0, 300)}`;
  }
}
