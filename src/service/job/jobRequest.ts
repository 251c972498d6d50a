import * as z from 'zod';

/** The source of a job's files. */
export const jobInput = z.discriminatedUnion('kind', [
  /** `path` is absolute, with symbolic links resolved. */
  z.object({ kind: z.literal('path'), path: z.string().min(1) }),
  z.object({
    kind: z.literal('git'),
    url: z.string().min(1),
    ref: z.string().nullable(),
    commit: z.string().nullable(),
  }),
  /** The upload is stored with the job as `source.zip`. */
  z.object({ kind: z.literal('zip'), name: z.string() }),
]);
export type JobInput = z.infer<typeof jobInput>;

/** The original request, kept so that a rerun does exactly the same. */
export const jobRequest = z.object({
  input: jobInput,
  /** .gitignore patterns. An empty `include` means everything. */
  include: z.array(z.string()),
  exclude: z.array(z.string()),
  /** Analyzer ids. */
  analyzers: z.array(z.string()).min(1),
  /** Whether they were not chosen explicitly, so that the source's configuration may change them. */
  defaultAnalyzers: z.boolean().optional(),
  policy: z.literal('none').optional(),
  /** Whether the path is temporary, so that nothing of it is cached for the next scan. */
  temporary: z.boolean().optional(),
  /** The folder whose custom rules and models apply; `input` by default. */
  rulesOf: z.string().optional(),
  /** Replaces the source's own configuration. */
  config: z.object({ file: z.string(), text: z.string() }).optional(),
  labels: z.array(z.string()),
  /** Seconds the job may run. */
  timeoutSec: z.number().int().positive().nullable(),
  /** The project of an upload. */
  project: z.string().optional(),
});
export type JobRequest = z.infer<typeof jobRequest>;
