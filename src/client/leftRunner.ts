import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { readJson, writeJson } from '../base/jsonFile';
import { processIdentity } from '../base/liveness';

/** What a window leaves for the next one: in a file that only the user may read, since VS Code in a browser forgets its secrets with its window. */
const leftRunner = z.object({
  process: processIdentity,
  url: z.url(),
  token: z.string(),
  /** Of another version of the extension, another. */
  cli: z.string(),
  roots: z.array(z.string()),
  /** What it was started with beside them, in a form to compare. */
  setup: z.string(),
});
export type LeftRunner = z.infer<typeof leftRunner>;

const fileOf = (storage: string) => join(storage, 'runner.json');

/** What was left in a storage folder; undefined when there is nothing that could be used. */
export async function readLeft(storage: string): Promise<LeftRunner | undefined> {
  try {
    const read = await readJson(fileOf(storage), leftRunner);
    // That of another version of the extension does not fit, and its runner would be of no use.
    return read.is === 'read' ? read.value : undefined;
  } catch {
    return undefined; // It cannot be read: another runner is started.
  }
}

export async function leave(storage: string, runner: LeftRunner): Promise<void> {
  await writeJson(fileOf(storage), runner);
}

/** Takes a runner's record away, unless another window has left a newer one there. */
export async function forgetLeft(storage: string, pid: number): Promise<void> {
  if ((await readLeft(storage))?.process.pid === pid) await rm(fileOf(storage), { force: true });
}
