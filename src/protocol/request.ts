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
  /** .gitignore patterns, without commas. */
  include: z.array(z.string()).optional(),
  exclude: z.array(z.string()).optional(),
  analyzers: z.array(z.string()).optional(),
  labels: z.array(z.string()).optional(),
  /** `none`: ignores all decisions in `.codeagent/` and in comments, because the code is untrusted or everything should be visible. */
  policy: z.literal('none').optional(),
  /** Whether the folder is temporary, so that nothing of it is cached for the next scan. */
  temporary: z.boolean().optional(),
  /** The folder whose custom rules and models apply, for files that were copied from it. */
  rulesOf: z.string().optional(),
  /** Replaces the source's own configuration; `file` is its name in messages. */
  config: z.object({ file: z.string(), text: z.string() }).optional(),
  timeoutSec: z.number().int().positive().optional(),
});
export type ScanRequest = z.infer<typeof scanRequest>;
