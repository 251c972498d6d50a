import { readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../base/errors';
import { now } from '../job/jobHandle';
import { reduce } from '../job/jobMachine';
import { interruptedError } from '../job/stop';
import type { StoredJob } from '../ports/record';
import { lastFrameIn } from './eventFile';
import type { JobFolders } from './jobFolders';

/** Repairs a job that a crash left half-written. @returns the job as interrupted */
export async function repairJob(stored: StoredJob, folders: JobFolders): Promise<StoredJob> {
  const id = stored.job.job_id;
  const events = folders.file(id, 'events.ndjson');
  await removePartialFiles(folders.folder(id));
  await dropHalfLine(events);
  await dropHalfLine(folders.file(id, 'log.txt'));
  const { job } = reduce(
    { job: stored.job, weights: {} },
    { type: 'finish', status: 'failed', at: now(), error: interruptedError },
  );
  // One higher than any that a client can have seen.
  return { ...stored, job, lastFrame: (await lastFrameIn(events)) + 1 };
}

async function removePartialFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (/\.[0-9a-f]{12}\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
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
