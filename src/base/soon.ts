import type { Disposable } from './lifecycle';

/** Coalesces requests: runs something once, in a later turn, however often it was requested before that. */
export class Soon implements Disposable {
  #due: NodeJS.Immediate | undefined;

  constructor(private readonly run: () => void) {}

  ask(): void {
    this.#due ??= setImmediate(() => {
      this.#due = undefined;
      this.run();
    });
  }

  /** Drops a pending request. */
  dispose(): void {
    clearImmediate(this.#due);
  }
}
