import type { Disposable } from './lifecycle';

/** Runs something when requested, in a later turn, but at most once per interval. */
export class Paced implements Disposable {
  #timer: NodeJS.Timeout | undefined;
  #last = -Infinity;

  constructor(
    private readonly run: () => void,
    private readonly intervalMs: number,
  ) {}

  ask(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        this.run();
        this.#last = performance.now();
      },
      Math.max(0, this.#last + this.intervalMs - performance.now()),
    );
  }

  /** Drops a pending request. */
  dispose(): void {
    clearTimeout(this.#timer);
  }
}
