import type { Disposable } from './lifecycle';

/** Runs something once, in a turn of its own, however often it was asked for before that. */
export class Soon implements Disposable {
  #due: NodeJS.Immediate | undefined;

  constructor(private readonly run: () => void) {}

  ask(): void {
    this.#due ??= setImmediate(() => {
      this.#due = undefined;
      this.run();
    });
  }

  /** What is asked for and not yet run is dropped. */
  dispose(): void {
    clearImmediate(this.#due);
  }
}
