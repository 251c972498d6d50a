import { close, constants, fstat, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { CodedError } from '../base/errors';

/** Those of node:fs/promises make an object of each open file, and take twice as long. */
const calls = { open: promisify(open), fstat: promisify(fstat), read: promisify(read), close: promisify(close) };

/**
 * Reads a regular file of a scanned folder from its beginning: not through a link, and not waiting for a pipe's other end.
 * @param maxBytes no more than this is read; with `whole` a larger file is an error
 * @throws CodedError NOT_A_FILE, TOO_LARGE; Node's file errors
 */
export async function readPlainFile(path: string, maxBytes: number, whole = true): Promise<Buffer> {
  const file = await calls.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await calls.fstat(file);
    if (!stats.isFile()) throw new CodedError('NOT_A_FILE', `${path} is not a regular file`);
    if (whole && stats.size > maxBytes) throw new CodedError('TOO_LARGE', `${path} is larger than ${maxBytes} bytes`);
    const buffer = Buffer.alloc(Math.min(stats.size, maxBytes));
    let length = 0;
    // A read may give less than it was asked for.
    while (length < buffer.length) {
      const { bytesRead } = await calls.read(file, buffer, length, buffer.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await calls.close(file);
  }
}
