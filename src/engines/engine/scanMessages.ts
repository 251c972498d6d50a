import * as z from 'zod';

// Messages between engines and their workers.

/** A task for a worker: scan these files. */
export const scanTask = z.object({ root: z.string(), files: z.array(z.string()) });
export type ScanTask = z.infer<typeof scanTask>;

/** Files that a worker could not scan. */
export const failedFiles = z.array(z.object({ file: z.string(), reason: z.string() }));

/** A worker's result: its hits, and the files that it could not scan. */
export function scanResult<T extends z.ZodType>(hit: T) {
  return z.object({ hits: z.array(hit), failed: failedFiles });
}
