import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomic } from '../base/files';

/** What a window leaves for the next one: in a file that only the user may read, since VS Code in a browser forgets its secrets with its window. */
const leftRunner = z.object({
  pid: z.number().int().positive(),
  url: z.url(),
  token: z.string(),
  /** Of another version of the extension, another. */
  cli: z.string(),
  roots: z.array(z.string()),
  tools: z.string().optional(),
});
export type LeftRunner = z.infer<typeof leftRunner>;

const fileOf = (storage: string) => join(storage, 'runner.json');

/** What was left in a storage folder; undefined when there is nothing that could be used. */
export async function readLeft(storage: string): Promise<LeftRunner | undefined> {
  const text = await readFile(fileOf(storage), 'utf8').catch(() => '');
  try {
    return leftRunner.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export async function leave(storage: string, runner: LeftRunner): Promise<void> {
  await writeFileAtomic(fileOf(storage), JSON.stringify(runner));
}

/** Takes a runner's record away, unless another window has left a newer one there. */
export async function forgetLeft(storage: string, pid: number): Promise<void> {
  if ((await readLeft(storage))?.pid === pid) await rm(fileOf(storage), { force: true });
}
