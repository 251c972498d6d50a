/**
 * Keeps something that is slow to start (an engine's process) for the next job within `idleMs`; otherwise a scan of one saved file would spend most
 * of its time starting it.
 */
export class SparePool<T> {
  readonly #spares: T[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param end ends an item for good. @param most how many items to keep */
  constructor(
    private readonly start: () => T,
    private readonly end: (one: T) => Promise<void>,
    private readonly most = 1,
    private readonly idleMs = 60_000,
  ) {}

  /** Returns an item for exclusive use. The caller gives it back or ends it. @param fits whether a spare is still usable */
  take(fits: (one: T) => boolean): T {
    let spare = this.#spares.pop();
    while (spare !== undefined && !fits(spare)) {
      void this.end(spare);
      spare = this.#spares.pop();
    }
    if (this.#spares.length === 0) clearTimeout(this.#timer);
    return spare ?? this.start();
  }

  /** Starts an item ahead of time. */
  prepare(): void {
    if (this.#spares.length === 0) void this.release(this.start());
  }

  /** Takes an item back for the next job. */
  async release(one: T): Promise<void> {
    if (this.#spares.length >= this.most) return this.end(one);
    this.#spares.push(one);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.close(), this.idleMs).unref();
  }

  /** Ends the spares. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#spares.splice(0).map((one) => this.end(one)));
  }
}
