import { join } from 'node:path';
import { errorCode, errorMessage } from '../../base/errors';
import { yieldThread } from '../../base/priority';
import type { FailedFile } from './failedFiles';
import { readSource } from './readSource';
import { scanTask } from './scanMessages';

// Shared by the scripts of worker threads, whose exported functions Piscina calls by name.

yieldThread();

/** Lets a pool load the script ahead of the first task. */
export function ready(): void {
  // There is nothing to do but load the script.
}

/** Runs `scan` on each file. A file that cannot be read, or on which `scan` throws, is reported as failed. */
export async function forEachFile(
  root: string,
  files: readonly string[],
  scan: (path: string, source: string) => void | Promise<void>,
): Promise<FailedFile[]> {
  const failed: FailedFile[] = [];
  for (const file of files) {
    try {
      await scan(file, readSource(join(root, file)));
    } catch (error) {
      failed.push({ file, reason: errorCode(error) ?? errorMessage(error) });
    }
  }
  return failed;
}

/** A worker's function that searches a batch of files, one by one. */
export function scanFiles<Hit>(
  search: (path: string, source: string) => readonly Hit[] | Promise<readonly Hit[]>,
): (task: unknown) => Promise<{ hits: Hit[]; failed: FailedFile[] }> {
  return async (task) => {
    const { root, files } = scanTask.parse(task);
    const hits: Hit[] = [];
    const failed = await forEachFile(root, files, async (path, source) => {
      hits.push(...(await search(path, source)));
    });
    return { hits, failed };
  };
}
