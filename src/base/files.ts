import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CodedError, errorCode } from './errors';

/**
 * Makes a folder for our own eyes, with those above it.
 * @throws Node's file errors with the true reason; its own `recursive` says ENOENT of a disk that is read-only
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    let missing = path;
    while (dirname(missing) !== missing && !(await stat(dirname(missing)).catch(() => undefined)))
      missing = dirname(missing);
    await mkdir(missing, { mode: 0o700 });
    throw error;
  }
}

/**
 * Writes a whole file so that a reader, or the next start after a crash, finds the old content or the new, never a half:
 * a temporary file beside it, flushed to disk, then renamed over it.
 * @throws Node's file errors; the temporary file is gone then
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Reads a regular file of a scanned folder, of whatever has become of it: not through a link, not waiting for a pipe, and never more than `limit` bytes.
 * @throws CodedError OVER_LIMIT; Node's error when it cannot be read
 */
export async function readAtMost(path: string, limit: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error('not a file');
    const tooLarge = () => new CodedError('OVER_LIMIT', `larger than ${limit} bytes`);
    if (stats.size > limit) throw tooLarge();
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of file.createReadStream({ end: limit, autoClose: false })) {
      pieces.push(piece as Buffer);
      length += (piece as Buffer).length;
    }
    if (length > limit) throw tooLarge();
    return Buffer.concat(pieces, length);
  } finally {
    await file.close();
  }
}
