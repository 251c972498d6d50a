import { appendFile, truncate } from 'node:fs/promises';
import { errorMessage } from './errors';

/**
 * Appends lines to a file, up to `maxBytes`. Lines that arrive during a write are written together, and the file is closed in between,
 * so that a thousand jobs do not need a thousand handles.
 */
export class Appender {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #onError: (message: string) => void;
  #waiting: string[] = [];
  #bytes = 0;
  /** Bytes on disk; nobody else writes to the file. */
  #written = 0;
  #writing: Promise<void> | undefined;

  constructor(path: string, maxBytes: number, onError: (message: string) => void) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#onError = onError;
  }

  /** @param line without its newline */
  append(line: string): void {
    if (this.#bytes >= this.#maxBytes) return;
    this.#bytes += Buffer.byteLength(line) + 1;
    this.#waiting.push(`${line}\n`);
    this.#writing ??= this.#write();
  }

  /** Waits until everything is on disk. A failed write was reported through `onError`. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    // One turn later, so that lines of the same moment are written together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const text = this.#waiting.join('');
      this.#waiting = [];
      try {
        await appendFile(this.#path, text, { mode: 0o600 });
        this.#written += Buffer.byteLength(text);
      } catch (error) {
        this.#onError(`Cannot write ${this.#path}: ${errorMessage(error)}`);
        // A full disk may have taken half a line; what follows must start on a new one.
        await truncate(this.#path, this.#written).catch(() => undefined);
      }
    }
    this.#writing = undefined;
  }
}
