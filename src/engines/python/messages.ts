import * as z from 'zod';

/** The runner's order to the child: check these files. */
export const ruffBatch = z.object({ root: z.string(), files: z.array(z.string()) });
export type RuffBatch = z.infer<typeof ruffBatch>;

const position = z.number().int().positive();

export const ruffHit = z.object({
  file: z.string(),
  code: z.string(),
  line: position,
  column: position,
  endLine: position,
  endColumn: position,
  /** The first line, unchanged. */
  text: z.string(),
});
export type RuffHit = z.infer<typeof ruffHit>;

/** The child's answer to a batch. */
export const ruffResult = z.object({
  hits: z.array(ruffHit),
  /** Files that could not be checked. */
  failed: z.array(z.object({ file: z.string(), reason: z.string() })),
  /** Files that are not valid Python 3. */
  unparsed: z.array(z.string()),
});
export type RuffResult = z.infer<typeof ruffResult>;

/** What ruff's `Workspace.check` gives. */
export const ruffDiagnostics = z.array(
  z.object({
    code: z.string().nullable(),
    message: z.string(),
    start_location: z.object({ row: position, column: position }),
    end_location: z.object({ row: position, column: position }),
  }),
);
export type RuffDiagnostic = z.infer<typeof ruffDiagnostics>[number];
