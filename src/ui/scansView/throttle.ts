import type { Disposable } from '../../base/lifecycle';

/** The shortest time between two refreshes, in milliseconds: longer than the quiet that VS Code waits for. */
const everyMs = 250;

/**
 * Passes on what changed: at once after a quiet time, else gathered. VS Code refreshes a tree only when its provider was silent for a fifth
 * of a second, and a scan that moves ten times a second never is.
 */
export class Pace<T> implements Disposable {
  readonly #due = new Set<T>();
  #timer: NodeJS.Timeout | undefined;

  /** @param pass gets each item that was noted since it was called last, once */
  constructor(private readonly pass: (items: T[]) => void) {}

  note(item: T): void {
    this.#due.add(item);
    if (this.#timer === undefined) this.#pass();
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #pass(): void {
    const items = [...this.#due];
    this.#due.clear();
    this.#timer = items.length > 0 ? setTimeout(() => this.#pass(), everyMs) : undefined;
    if (items.length > 0) this.pass(items);
  }
}
