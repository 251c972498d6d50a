import type { CodedError } from '../../base/errors';
import { canceled, interrupted } from '../job/stop';
import type { Queue } from '../ports/queue';

type Run = (id: string, signal: AbortSignal) => Promise<void>;

/** A queue in this process, which is its only worker. */
export class LocalQueue implements Queue {
  readonly #waiting: string[] = [];
  readonly #running = new Map<string, AbortController>();
  #worker: { readonly concurrency: number; readonly run: Run } | undefined;

  add(id: string): Promise<void> {
    this.#waiting.push(id);
    this.#next();
    return Promise.resolve();
  }

  waiting(): Promise<number> {
    return Promise.resolve(this.#waiting.length);
  }

  work(concurrency: number, run: Run): void {
    this.#worker = { concurrency, run };
    this.#next();
  }

  cancel(id: string): Promise<'waiting' | 'running' | undefined> {
    const at = this.#waiting.indexOf(id);
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      return Promise.resolve('waiting');
    }
    return Promise.resolve(this.#stop(id, canceled()) ? 'running' : undefined);
  }

  close(): Promise<readonly string[]> {
    this.#worker = undefined;
    for (const id of this.#running.keys()) this.#stop(id, interrupted());
    return Promise.resolve(this.#waiting.splice(0));
  }

  #stop(id: string, reason: CodedError): boolean {
    const controller = this.#running.get(id);
    controller?.abort(reason);
    return controller !== undefined;
  }

  #next(): void {
    while (this.#worker && this.#running.size < this.#worker.concurrency) {
      const id = this.#waiting.shift();
      if (id === undefined) return;
      const controller = new AbortController();
      this.#running.set(id, controller);
      void this.#worker.run(id, controller.signal).finally(() => {
        this.#running.delete(id);
        this.#next();
      });
    }
  }
}
