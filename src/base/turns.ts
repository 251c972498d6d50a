import { setImmediate } from 'node:timers/promises';

/** How long to work before others get their turn, in ms: the extension host must stay responsive. */
const turnMs = 10;

/** Cuts long work into short turns: between its steps it calls {@link pause} once the turn {@link isOver}. */
export class Turns {
  #began = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#began > turnMs;
  }

  /** Lets others have their turn. */
  async pause(): Promise<void> {
    await setImmediate();
    this.#began = performance.now();
  }
}
