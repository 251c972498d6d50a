import * as z from 'zod';

// Messages between engines and their workers.

/** The runner's order to a worker: scan these files. */
export const scanOrder = z.object({ root: z.string(), files: z.array(z.string()) });
export type ScanOrder = z.infer<typeof scanOrder>;

/** Files that a worker could not scan. */
export const failedFiles = z.array(z.object({ file: z.string(), reason: z.string() }));

/** A worker's result: its hits, and the files that it could not scan. */
export function scanResult<T extends z.ZodType>(hit: T) {
  return z.object({ hits: z.array(hit), failed: failedFiles });
}
