import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { CodedError } from '../base/errors';
import { defaultLimits } from '../base/limits';

/**
 * Reads a source file as an editor shows it, without a byte order mark: UTF-8, UTF-16 where a mark says so, else windows-1252, which holds
 * Latin-1 and never fails. For a thread or a process of its own: it waits for the disk, which takes a fifth of the time that asking for it takes.
 * @throws Node's error when the file cannot be read
 */
export function readSource(path: string): string {
  return decodeSource(readBytes(path));
}

/** The code of the error about a file that is larger than what an engine reads: it has grown since the inventory, which leaves such files out. */
export const overLimit = 'OVER_LIMIT';

/**
 * Reads a regular file as it is: not through a link, not waiting for a pipe's other end, should the file have become one since the inventory, and never
 * more than `limit` bytes, however it grows.
 * @throws CodedError {@link overLimit}; Node's error when it cannot be read
 */
export function readBytes(path: string, limit = defaultLimits.maxFileSize): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new Error('not a file');
    const tooLarge = () => new CodedError(overLimit, `larger than ${limit} bytes`);
    if (stats.size > limit) throw tooLarge();
    // One byte more than it has: only a file that grows while it is read fills that.
    let bytes = Buffer.allocUnsafe(stats.size + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      length += read;
      if (length > limit) throw tooLarge();
      if (read === 0) return bytes.subarray(0, length);
      if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(limit + 1, 2 * bytes.length));
    }
  } finally {
    closeSync(file);
  }
}

export function decodeSource(content: Buffer): string {
  if (content[0] === 0xff && content[1] === 0xfe) return new TextDecoder('utf-16le').decode(content);
  if (content[0] === 0xfe && content[1] === 0xff) return new TextDecoder('utf-16be').decode(content);
  return new TextDecoder(isUtf8(content) ? 'utf-8' : 'windows-1252').decode(content);
}
