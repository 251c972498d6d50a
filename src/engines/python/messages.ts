import * as z from 'zod';
import { scanResult } from '../engine/scanMessages';

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

/** The process's result for a batch. */
export const ruffResult = scanResult(ruffHit).extend({
  /** Files that are not valid Python 3. */
  unparsed: z.array(z.string()),
});
export type RuffResult = z.infer<typeof ruffResult>;

/** What ruff's `Workspace.check` returns. */
export const ruffDiagnostics = z.array(
  z.object({
    code: z.string().nullable(),
    message: z.string(),
    start_location: z.object({ row: position, column: position }),
    end_location: z.object({ row: position, column: position }),
  }),
);
export type RuffDiagnostic = z.infer<typeof ruffDiagnostics>[number];
