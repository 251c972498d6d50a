import { appendFile, truncate } from 'node:fs/promises';
import { errorMessage } from '../../base/errors';

/**
 * Appends lines to a file, never more than `maxBytes`. Writes are joined while one is under way, and no file stays open between them,
 * so that a thousand jobs need no thousand handles.
 */
export class Appender {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #onError: (message: string) => void;
  #waiting: string[] = [];
  #bytes = 0;
  /** Bytes that are on disk; the file is ours from its beginning. */
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

  /** Waits until all is on disk. A write that failed was reported through `onError`. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    // One turn later: the lines of one moment go out in one write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const text = this.#waiting.join('');
      this.#waiting = [];
      try {
        await appendFile(this.#path, text, { mode: 0o600 });
        this.#written += Buffer.byteLength(text);
      } catch (error) {
        this.#onError(`Cannot write ${this.#path}: ${errorMessage(error)}`);
        // A full disk takes a part: what comes once there is room again begins on a line of its own.
        await truncate(this.#path, this.#written).catch(() => undefined);
      }
    }
    this.#writing = undefined;
  }
}
