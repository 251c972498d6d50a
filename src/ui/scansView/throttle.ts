import type { Disposable } from '../../base/lifecycle';

/** Minimum time between two refreshes, in milliseconds: longer than the 200 ms of quiet that VS Code waits for. */
const intervalMs = 250;

/**
 * Throttles changes: the first is passed on at once, those that follow in batches. VS Code refreshes a tree only after 200 ms without a change, which
 * a scan with ten updates a second would never give it.
 */
export class Throttle<T> implements Disposable {
  readonly #pending = new Set<T>();
  #timer: NodeJS.Timeout | undefined;

  /** @param flush receives the items added since the last call, without duplicates */
  constructor(private readonly flush: (items: T[]) => void) {}

  add(item: T): void {
    this.#pending.add(item);
    if (this.#timer === undefined) this.#flush();
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #flush(): void {
    const items = [...this.#pending];
    this.#pending.clear();
    this.#timer = items.length > 0 ? setTimeout(() => this.#flush(), intervalMs) : undefined;
    if (items.length > 0) this.flush(items);
  }
}
