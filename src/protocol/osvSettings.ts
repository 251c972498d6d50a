import * as z from 'zod';

/** How dependencies are looked up. */
export const osvSettings = z.strictObject({
  /** False: nothing is looked up, and nothing is asked. */
  enabled: z.boolean().default(true),
  /** An OSV service; it learns the names and versions of packages. What is no address makes the look-up say so, not the runner fail. */
  url: z.string().min(1).default('https://api.osv.dev'),
  /** Folders and zips of OSV's export, which are used instead of the service. */
  database: z.array(z.string().min(1)).default([]),
});
export type OsvSettings = z.infer<typeof osvSettings>;
