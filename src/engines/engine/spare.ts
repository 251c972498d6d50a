/**
 * Keeps one of what takes long to start (an engine's process) for the next job that comes within `idleMs`: a scan of one saved file would else
 * wait for little but its start.
 */
export class Spare<T> {
  #spare: T | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param end ends one for good */
  constructor(
    private readonly start: () => T,
    private readonly end: (one: T) => Promise<void>,
    private readonly idleMs = 60_000,
  ) {}

  /** One for the caller alone, who gives it back or ends it. @param fits says whether the one that is kept is still good */
  take(fits: (one: T) => boolean): T {
    const spare = this.#spare;
    this.#spare = undefined;
    clearTimeout(this.#timer);
    if (spare === undefined) return this.start();
    if (fits(spare)) return spare;
    void this.end(spare);
    return this.start();
  }

  /** Has one ready. */
  prepare(): void {
    if (this.#spare === undefined) void this.giveBack(this.start());
  }

  /** Takes one back that is good for another job. */
  async giveBack(one: T): Promise<void> {
    if (this.#spare !== undefined) return this.end(one);
    this.#spare = one;
    this.#timer = setTimeout(() => void this.close(), this.idleMs).unref();
  }

  /** Ends the one that is kept. */
  async close(): Promise<void> {
    const spare = this.#spare;
    this.#spare = undefined;
    clearTimeout(this.#timer);
    if (spare !== undefined) await this.end(spare);
  }
}
