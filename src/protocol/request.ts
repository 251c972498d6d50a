import * as z from 'zod';

/** What a client asks a service to scan. Kept with the job for resubmission. */
export const scanRequest = z.object({
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('path'), path: z.string().min(1) }),
    z.object({ kind: z.literal('git'), url: z.string().min(1) }),
    /** `file`: the zip on this machine. */
    z.object({ kind: z.literal('zip'), file: z.string().min(1) }),
  ]),
  ref: z.string().optional(),
  commit: z.string().optional(),
  /** Patterns as in .gitignore, without commas. */
  include: z.array(z.string()).optional(),
  exclude: z.array(z.string()).optional(),
  analyzers: z.array(z.string()).optional(),
  labels: z.array(z.string()).optional(),
  /** `none`: no decision of `.codeagent/` or of a comment counts, since the code is not trusted or all is to be seen. */
  policy: z.literal('none').optional(),
  /** Nothing of a folder that is gone afterwards is kept for the next scan. */
  temporary: z.boolean().optional(),
  /** A folder whose own rules and models count, for files that were copied out of it. */
  rulesOf: z.string().optional(),
  /** Counts in place of the source's own configuration; `file` is how it is named in messages. */
  config: z.object({ file: z.string(), text: z.string() }).optional(),
  timeoutSec: z.number().int().positive().optional(),
});
export type ScanRequest = z.infer<typeof scanRequest>;
