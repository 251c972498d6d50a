import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { errorCode } from '../base/errors';
import { readJson } from '../base/jsonFile';

/** The build's manifest.json: its files by path, each with its size in bytes and SHA-256. */
const manifest = z.record(z.string(), z.object({ size: z.number(), sha256: z.string() }));

/** Size in bytes above which only a file's size is checked (the engines' binaries), to start quickly. */
const hashedSize = 4_000_000;

/**
 * Checks that all files of the build are intact.
 * @param assets the folder of the built files (dist)
 * @returns a sentence for each file that is missing or damaged
 */
export async function damageOf(assets: string): Promise<string[]> {
  const read = await readJson(join(assets, 'manifest.json'), manifest).catch(() => ({ is: 'damaged' as const }));
  if (read.is !== 'read') return [damaged('manifest.json', read.is === 'missing' ? 'is missing' : 'cannot be read')];
  const files = read.value;
  const found = await Promise.all(
    Object.entries(files).map(async ([path, { size, sha256 }]) => {
      try {
        const file = join(assets, path);
        if ((await stat(file)).size !== size) return damaged(path, 'has been changed');
        if (size > hashedSize) return [];
        const hash = createHash('sha256').update(await readFile(file));
        return hash.digest('hex') === sha256 ? [] : damaged(path, 'has been changed');
      } catch (error) {
        return damaged(path, errorCode(error) === 'ENOENT' ? 'is missing' : `cannot be read (${errorCode(error)})`);
      }
    }),
  );
  return found.flat();
}

function damaged(path: string, how: string): string {
  return `This installation of CodeAgent Scanner is damaged: ${path} ${how}. Reinstall it.`;
}
