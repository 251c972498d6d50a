import { realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';

/**
 * Resolves a path below a folder, following links.
 * @param root an absolute path
 * @param path relative, '/'-separated, without '..'
 * @returns `missing` if there is no such file; `outside` if a link leads out of the folder
 * @throws Node's error when the folder itself cannot be read
 */
export async function insidePath(root: string, path: string): Promise<{ file: string } | 'missing' | 'outside'> {
  const top = await realpath(root);
  let missing = false;
  for (let part = path; ; part = dirname(part)) {
    try {
      const file = await realpath(join(top, part));
      if (file !== top && !file.startsWith(top.endsWith(sep) ? top : top + sep)) return 'outside';
      return missing ? 'missing' : { file };
    } catch (error) {
      if (part === '.') throw error;
      // Missing, but the folders above it may still be links.
      missing = true;
    }
  }
}
