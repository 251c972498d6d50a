/**
 * Appends lines to what `write` writes to, up to `maxBytes` of them. Lines that arrive during a write are written together, so that writes never overlap and a thousand
 * lines do not need a thousand writes.
 */
export class Appender {
  readonly #writeText: (text: string) => Promise<void>;
  readonly #maxBytes: number;
  readonly #onError: (error: unknown) => void;
  readonly #pause: number;
  #hurry: () => void = () => undefined;
  #flushing = 0;
  #waiting: string[] = [];
  #bytes = 0;
  #writing: Promise<void> | undefined;

  /**
   * @param write writes a whole text, or rejects and writes nothing
   * @param onError called when a write failed; its lines are lost
   * @param pause milliseconds between writes, unless someone is waiting
   */
  constructor(write: (text: string) => Promise<void>, maxBytes: number, onError: (error: unknown) => void, pause = 0) {
    this.#writeText = write;
    this.#maxBytes = maxBytes;
    this.#onError = onError;
    this.#pause = pause;
  }

  /** @param line without its newline */
  append(line: string): void {
    if (this.#bytes >= this.#maxBytes) return;
    this.#bytes += Buffer.byteLength(line) + 1;
    this.#waiting.push(`${line}\n`);
    this.#writing ??= this.#write();
  }

  /** Waits until everything is written. A failed write was reported through `onError`. */
  async flush(): Promise<void> {
    this.#flushing += 1;
    this.#hurry();
    await this.#writing;
    this.#flushing -= 1;
  }

  async #write(): Promise<void> {
    // One turn later, so that lines logged at the same moment are written together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const text = this.#waiting.join('');
      this.#waiting = [];
      try {
        await this.#writeText(text);
      } catch (error) {
        this.#onError(error);
      }
      await this.#rest();
    }
    this.#writing = undefined;
  }

  async #rest(): Promise<void> {
    if (this.#pause === 0 || this.#flushing > 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#pause);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
