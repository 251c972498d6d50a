import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { CodedError } from './errors';

/** What is known of a file that is to be read. */
export interface ReadBounds {
  /** Bytes; a larger file is not read. */
  readonly maxBytes: number;
  /** Whether the path may be a link: for files that the user names, never for those of a scanned folder. */
  readonly followLinks?: boolean;
}

function flags({ followLinks = false }: ReadBounds): number {
  // Opening a pipe would else wait for somebody to write into it.
  return constants.O_RDONLY | constants.O_NONBLOCK | (followLinks ? 0 : constants.O_NOFOLLOW);
}

/**
 * Reads a whole file, if it is a plain one within its bounds: a scanned folder may hold links, pipes, devices and files that grow.
 * @throws CodedError NO_PLAIN_FILE | TOO_LARGE; Node's file errors, ELOOP for a link
 */
export async function readBounded(path: string, bounds: ReadBounds): Promise<Buffer> {
  const file = await open(path, flags(bounds));
  try {
    const info = await file.stat();
    check(path, info, bounds.maxBytes);
    // One byte more than it had: it may have grown since.
    const buffer = Buffer.allocUnsafe(Math.min(info.size, bounds.maxBytes) + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return whole(path, buffer, length, bounds.maxBytes);
  } finally {
    await file.close();
  }
}

/** {@link readBounded} for worker threads, which may wait. */
export function readBoundedSync(path: string, bounds: ReadBounds): Buffer {
  const file = openSync(path, flags(bounds));
  try {
    const info = fstatSync(file);
    check(path, info, bounds.maxBytes);
    const buffer = Buffer.allocUnsafe(Math.min(info.size, bounds.maxBytes) + 1);
    let length = 0;
    while (length < buffer.length) {
      const bytesRead = readSync(file, buffer, length, buffer.length - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return whole(path, buffer, length, bounds.maxBytes);
  } finally {
    closeSync(file);
  }
}

/** {@link readBounded} as UTF-8, without a byte order mark. */
export async function readTextBounded(path: string, bounds: ReadBounds): Promise<string> {
  return (await readBounded(path, bounds)).toString('utf8').replace(/^\uFEFF/, '');
}

function check(path: string, info: { isFile(): boolean; size: number }, maxBytes: number): void {
  if (!info.isFile()) throw new CodedError('NO_PLAIN_FILE', `${path} is no plain file`);
  if (info.size > maxBytes) throw tooLarge(path, maxBytes);
}

function whole(path: string, buffer: Buffer, length: number, maxBytes: number): Buffer {
  if (length > maxBytes) throw tooLarge(path, maxBytes);
  if (length === buffer.length) throw new CodedError('TOO_LARGE', `${path} grows while it is read`);
  return buffer.subarray(0, length);
}

function tooLarge(path: string, maxBytes: number): CodedError {
  const limit = maxBytes >= 1024 * 1024 ? `${Math.round(maxBytes / 1024 / 1024)} MB` : `${maxBytes} bytes`;
  return new CodedError('TOO_LARGE', `${path} is larger than ${limit}`);
}
