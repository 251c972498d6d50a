import { closeSync, constants, fstatSync, open, openSync, read, readSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import { CodedError } from './errors';

// The only way to read untrusted files: a scanned folder may contain links, pipes, devices and files that grow.

/** The error code for a file over its size limit. */
export const overLimit = 'OVER_LIMIT';

/** Limits on reading a file. */
export interface ReadBounds {
  /** Bytes. A larger file is not read, even if it grows while being read. */
  readonly maxBytes: number;
  /** Whether the path may be a link: only for files that the user names, never for those in a scanned folder. */
  readonly followLinks?: boolean;
}

/**
 * Twice as fast as node:fs/promises, which makes an object for each open file. Only what may wait for the disk is asynchronous: the state of a file that
 * was just opened is known, and closing a file that was only read writes nothing.
 */
const calls = { open: promisify(open), read: promisify(read) };

/**
 * Reads a whole file if it is a regular one within the limit.
 * @throws CodedError NO_PLAIN_FILE, {@link overLimit}; Node's file errors, ELOOP for a link
 */
export async function readBounded(path: string, bounds: ReadBounds): Promise<Buffer> {
  const file = await calls.open(path, flags(bounds));
  try {
    const content = new Content(path, fstatSync(file), bounds.maxBytes);
    for (;;) {
      const { buffer, at } = content;
      const { bytesRead } = await calls.read(file, buffer, at, buffer.length - at, null);
      if (content.took(bytesRead)) return content.whole;
    }
  } finally {
    closeSync(file);
  }
}

/** {@link readBounded} for worker threads, which may block: it takes a fifth of the CPU time. */
export function readBoundedSync(path: string, bounds: ReadBounds): Buffer {
  const file = openSync(path, flags(bounds));
  try {
    const content = new Content(path, fstatSync(file), bounds.maxBytes);
    for (;;) {
      const { buffer, at } = content;
      if (content.took(readSync(file, buffer, at, buffer.length - at, null))) return content.whole;
    }
  } finally {
    closeSync(file);
  }
}

/** {@link readBounded} as UTF-8, without a byte order mark. */
export async function readTextBounded(path: string, bounds: ReadBounds): Promise<string> {
  return (await readBounded(path, bounds)).toString('utf8').replace(/^\uFEFF/, '');
}

/**
 * Reads pieces of a regular file of any size.
 * @param starts offsets of the pieces
 * @param length bytes of each; one at the end of the file is shorter
 * @throws CodedError NO_PLAIN_FILE; Node's file errors, ELOOP for a link
 */
export async function readPieces(path: string, starts: readonly number[], length: number): Promise<Buffer[]> {
  const file = await calls.open(path, flags({ maxBytes: length }));
  try {
    const { size } = plain(path, fstatSync(file));
    const pieces: Buffer[] = [];
    for (const start of starts) {
      const buffer = Buffer.alloc(length);
      let at = 0;
      let bytes: number;
      // A read may return less than it was asked for. The first one is also for a file whose size is given as 0 though it has content.
      do {
        ({ bytesRead: bytes } = await calls.read(file, buffer, at, length - at, start + at));
        at += bytes;
      } while (bytes !== 0 && at < length && start + at < size);
      pieces.push(buffer.subarray(0, at));
    }
    return pieces;
  } finally {
    closeSync(file);
  }
}

function flags({ followLinks = false }: ReadBounds): number {
  // Without this, opening a pipe would block until something writes to it.
  return constants.O_RDONLY | constants.O_NONBLOCK | (followLinks ? 0 : constants.O_NOFOLLOW);
}

function plain(path: string, stats: Stats): Stats {
  if (!stats.isFile()) throw new CodedError('NO_PLAIN_FILE', `${path} is not a regular file`);
  return stats;
}

/** What has been read of a file so far. */
class Content {
  buffer: Buffer;
  at = 0;

  constructor(
    private readonly path: string,
    stats: Stats,
    private readonly maxBytes: number,
  ) {
    const { size } = plain(path, stats);
    if (size > maxBytes) throw this.#tooLarge();
    // One byte more than its size: only a file that grows in the meantime fills it.
    this.buffer = Buffer.allocUnsafe(size + 1);
  }

  /** Counts the bytes that were read. @returns whether the file has ended */
  took(bytes: number): boolean {
    this.at += bytes;
    if (this.at > this.maxBytes) throw this.#tooLarge();
    if (this.at === this.buffer.length)
      this.buffer = Buffer.concat([this.buffer], Math.min(this.maxBytes + 1, 2 * this.buffer.length));
    return bytes === 0;
  }

  get whole(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  #tooLarge(): CodedError {
    const { maxBytes } = this;
    const limit = maxBytes >= 1024 * 1024 ? `${Math.round(maxBytes / 1024 / 1024)} MB` : `${maxBytes} bytes`;
    return new CodedError(overLimit, `${this.path} is larger than ${limit}`);
  }
}
