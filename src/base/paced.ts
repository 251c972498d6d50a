import type { Disposable } from './lifecycle';

/** Runs something when it is asked for, in a turn of its own, but not more often than every so many milliseconds. */
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

  /** What is asked for and not yet run is dropped. */
  dispose(): void {
    clearTimeout(this.#timer);
  }
}
