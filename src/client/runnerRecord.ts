import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { readJson, writeJson } from '../base/jsonFile';
import { processIdentity } from '../base/liveness';

/**
 * How the next window can reach a runner that is still busy. It is kept in a file that only the user can read, not in the secret storage, which
 * VS Code in a browser loses with the window.
 */
const runnerRecord = z.object({
  process: processIdentity,
  url: z.url(),
  token: z.string(),
  /** Absolute path of `dist/cli.js`, which differs between versions of the extension. */
  cli: z.string(),
  roots: z.array(z.string()),
  /** Hash of its other settings. */
  settingsHash: z.string(),
});
export type RunnerRecord = z.infer<typeof runnerRecord>;

const fileOf = (storage: string) => join(storage, 'runner.json');

/** The record in a storage folder; undefined if there is none that can be used. */
export async function readRunnerRecord(storage: string): Promise<RunnerRecord | undefined> {
  try {
    const read = await readJson(fileOf(storage), runnerRecord);
    // The record of another version of the extension does not parse, and its runner would be of no use.
    return read.is === 'read' ? read.value : undefined;
  } catch {
    return undefined; // Unreadable, so another runner is started.
  }
}

export async function writeRunnerRecord(storage: string, runner: RunnerRecord): Promise<void> {
  await writeJson(fileOf(storage), runner);
}

/** Deletes the record of a runner, unless another window has written a newer one. */
export async function deleteRunnerRecord(storage: string, pid: number): Promise<void> {
  if ((await readRunnerRecord(storage))?.process.pid === pid) await rm(fileOf(storage), { force: true });
}
