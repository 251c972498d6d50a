import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../support/repo.mjs';

/** Harmless code with the words of many rules: it takes time to scan, and has no findings. */
const code =
  'import os\nimport requests\nfrom flask import request\n\n\n' +
  'def area(width, height):\n    """How much room there is."""\n    return width * height\n\n\n'.repeat(120);

let alterations = 0;

/** Changes the harmless code in a copy of a large shop, so that nothing is cached from the previous scan. */
export async function alterShop(folder: string): Promise<void> {
  alterations += 1;
  const rooms = join(folder, 'rooms');
  for (const name of await readdir(rooms)) await writeFile(join(rooms, name), `${code}# ${name} ${alterations}\n`);
}

/** Fills a new folder with harmless code. */
async function addRooms(folder: string, files: number): Promise<void> {
  await mkdir(folder);
  // All different, since results are cached by content.
  const write = (_: unknown, i: number) => writeFile(join(folder, `room${i}.py`), `${code}# Room ${i}.\n`);
  await Promise.all(Array.from({ length: files }, write));
}

/**
 * The sample with so much harmless code added that a scan takes seconds: time enough to watch and to cancel.
 * @returns the folder, and a function to remove it
 */
export async function largeShop(files: number): Promise<{ folder: string; remove: () => Promise<void> }> {
  const scratch = await mkdtemp(join(tmpdir(), 'codeagent-shop-'));
  const folder = join(scratch, 'corner-shop');
  await cp(join(root, 'test/fixtures/sample'), folder, { recursive: true });
  await addRooms(join(folder, 'rooms'), files);
  return { folder, remove: () => rm(scratch, { recursive: true, force: true }) };
}
