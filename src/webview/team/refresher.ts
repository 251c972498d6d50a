import { ApiFailure } from './api';
import { backOff } from './backOff';
import type { Connection } from './connection';

/** Repeats a request while the page is visible. After a failure it waits longer each time, until the service responds again. */
export class Refresher {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #running = false;
  /** How often it was requested while another request was pending. */
  #asked = 0;
  #disposed = false;
  readonly #undo: (() => void)[] = [];

  /**
   * @param load throws ApiFailure; its result must not be shown after {@link dispose}
   * @param intervalMs from the end of one request to the next
   * @param failed shows a permanent failure
   */
  constructor(
    private readonly load: () => Promise<void>,
    private readonly intervalMs: number,
    private readonly connection: Connection,
    private readonly failed: (failure: ApiFailure) => void,
  ) {
    const onVisible = () => {
      if (document.visibilityState === 'visible') this.now();
    };
    document.addEventListener('visibilitychange', onVisible);
    this.#undo.push(
      () => document.removeEventListener('visibilitychange', onVisible),
      connection.onRetry(() => this.now()),
    );
    this.now();
  }

  /** Requests immediately, or again as soon as the pending request has ended. */
  now(): void {
    if (this.#disposed) return;
    clearTimeout(this.#timer);
    if (this.#running) this.#asked += 1;
    else void this.#run();
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    for (const undo of this.#undo) undo();
  }

  async #run(): Promise<void> {
    this.#running = true;
    const asked = this.#asked;
    let wait = this.intervalMs;
    try {
      await this.load();
      this.#failures = 0;
      if (!this.#disposed) this.connection.show('live');
    } catch (error) {
      const failure = error instanceof ApiFailure ? error : undefined;
      if (!failure) console.error(error);
      this.#failures += 1;
      wait = Math.max(failure?.retryAfterMs ?? 0, backOff(this.#failures));
      if (!this.#disposed) this.#report(failure ?? new ApiFailure('This page failed. Reload it.', 0));
    }
    this.#running = false;
    if (this.#disposed) return;
    if (this.#asked !== asked) void this.#run();
    else
      this.#timer = setTimeout(() => {
        if (document.visibilityState === 'visible') this.now();
      }, wait);
  }

  #report(failure: ApiFailure): void {
    if (failure.isTemporary) this.connection.show('lost', failure.message);
    else this.failed(failure);
  }
}
