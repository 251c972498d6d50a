import { readFile, truncate } from 'node:fs/promises';
import { isTerminal } from '../../protocol';
import { errorCode } from '../../base/errors';
import { now } from '../job/jobHandle';
import { lastFrameIn } from './eventFile';
import { reduce } from '../job/jobMachine';
import type { JobStore, StoredJob } from './jobStore';
import type { Owners } from './owner';

/** The error of a job whose runner died. */
export const interrupted = 'interrupted';

/**
 * Reads a job of another runner. If that runner is dead and the job never ended, it is marked as failed with `interrupted` on disk, and what
 * the crash left half-written is repaired.
 * @returns undefined when there is no such job, or its file is damaged (logged)
 */
export async function readOrRecover(store: JobStore, owners: Owners, id: string): Promise<StoredJob | undefined> {
  const stored = await store.load(id);
  if (!stored || isTerminal(stored.job.status) || (await owners.lives(stored.owner))) return stored;
  // It may have ended between the two checks.
  const again = await store.load(id);
  if (!again || isTerminal(again.job.status)) return again;
  await store.removePartialFiles(id);
  await dropHalfLine(store.path(id, 'events.ndjson'));
  await dropHalfLine(store.path(id, 'log.txt'));
  const { job } = reduce(
    { job: again.job, weights: {} },
    { type: 'finish', status: 'failed', at: now(), error: interrupted },
  );
  // One more than any client can have seen.
  const ended = { ...again, job, lastFrame: (await lastFrameIn(store.path(id, 'events.ndjson'))) + 1 };
  await store.save(ended);
  return ended;
}

/** Removes an incomplete last line. */
async function dropHalfLine(path: string): Promise<void> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  const end = bytes.lastIndexOf(10) + 1;
  if (end < bytes.length) await truncate(path, end);
}
