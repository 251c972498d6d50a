import * as z from 'zod';

/** How dependencies are looked up. */
export const osvSettings = z.strictObject({
  /** False: nothing is looked up, and nothing is asked. */
  enabled: z.boolean().default(true),
  /** An OSV service; it learns the names and versions of packages. Without a slash at the end. */
  url: z
    .url({ protocol: /^https?$/ })
    .default('https://api.osv.dev')
    .transform((url) => url.replace(/\/+$/, '')),
  /** Folders and zips of OSV's export, which are used instead of the service. */
  database: z.array(z.string().min(1)).default([]),
});
export type OsvSettings = z.infer<typeof osvSettings>;
