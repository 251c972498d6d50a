import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file's state as its folder tells it, without its content. */
export interface FileStamp {
  /** Size, times and inode: another text is another state. */
  readonly text: string;
  /** When it last changed, in ms since 1970. */
  readonly changed: number;
}

/** A hash of a file's content. */
export interface FileHash {
  /** SHA-256 in hexadecimal digits. */
  readonly hash: string;
  /** When reading began, in ms since 1970. */
  readonly read: number;
}

/** Clocks of file systems tick as slowly as this, in ms (FAT); a change that follows within a tick leaves the same stamp. */
const clockTick = 2_000;
/** Hashes that are remembered. */
const maxHashes = 20_000;

export function fileStamp(stats: Stats): FileStamp {
  return {
    text: [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino].join(' '),
    changed: Math.max(stats.mtimeMs, stats.ctimeMs),
  };
}

/** Whether an equal stamp says that the content is still what it was at `read`; git guards its index in the same way. */
export function isSettled(stamp: FileStamp, read: number): boolean {
  return stamp.changed + clockTick < read;
}

/** Hashes of files, remembered as long as their stamps stay, so that several analyzers read a file once. */
export class FileHashes {
  readonly #known = new Map<string, Promise<FileHash>>();

  /** @throws Node's error when the file cannot be read */
  async of(root: string, path: string, stamp: FileStamp): Promise<FileHash> {
    const key = `${join(root, path)}\0${stamp.text}`;
    const known = await this.#known.get(key);
    if (known && isSettled(stamp, known.read)) return known;
    if (this.#known.size >= maxHashes) this.#known.clear();
    const fresh = hashFile(join(root, path));
    this.#known.set(key, fresh);
    fresh.catch(() => this.#known.delete(key));
    return await fresh;
  }
}

/** Whether the file has stayed as it was, so that what was found in it meanwhile is of the content with that hash. */
export async function isUnchanged(root: string, path: string, stamp: FileStamp, hash: FileHash): Promise<boolean> {
  try {
    if (fileStamp(await lstat(join(root, path))).text !== stamp.text) return false;
    return isSettled(stamp, hash.read) || (await hashFile(join(root, path))).hash === hash.hash;
  } catch {
    return false; // Gone, or not ours to read any more: changed, in any case.
  }
}

/** @throws Node's error when the file cannot be read */
export async function hashFile(path: string): Promise<FileHash> {
  const read = Date.now();
  return {
    hash: createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
    read,
  };
}
