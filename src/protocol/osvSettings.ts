import * as z from 'zod';

/** How to look up dependencies. */
export const osvSettings = z.strictObject({
  /** False: no lookup and no requests. */
  enabled: z.boolean().default(true),
  /** An OSV service, which learns the names and versions of packages. An invalid URL is reported by the lookup and does not stop the runner. */
  url: z.string().min(1).default('https://api.osv.dev'),
  /** Folders and zips of an OSV export, used instead of the service. */
  database: z.array(z.string().min(1)).default([]),
});
export type OsvSettings = z.infer<typeof osvSettings>;
