import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './errors';

/**
 * Creates a private folder, and its parents.
 * @throws Node's file errors with the real reason; with `recursive`, Node reports ENOENT for a read-only disk
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
 * The permissions for rewriting a file that others may share: its current ones, or for a new file those that git would give it.
 * @throws Node's file errors, except for a missing file
 */
export async function sharedMode(path: string): Promise<number> {
  try {
    return (await stat(path)).mode & 0o7777;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0o644;
    throw error;
  }
}

/**
 * Writes a whole file so that a reader, or the next start after a crash, finds either the old or the new content: a temporary file next to
 * it, flushed to disk, then renamed over it.
 * @param mode its permissions; private to the user by default
 * @throws Node's file errors; the temporary file is gone then
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  { mode = 0o600 }: { readonly mode?: number } = {},
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(data);
      // The umask may have removed some.
      if (mode !== 0o600) await handle.chmod(mode);
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
