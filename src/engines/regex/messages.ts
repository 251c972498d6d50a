import * as z from 'zod';
import { scanResult } from '../engine/scanMessages';

const expression = z.object({ source: z.string(), flags: z.string() });
/** A regular expression in JavaScript's syntax. */
export type Expression = z.infer<typeof expression>;

/** A task for the worker: find out which of these backtrack. */
export const judgeTask = z.object({ expressions: z.array(expression) });
export type JudgeTask = z.infer<typeof judgeTask>;

const position = z.number().int().positive();

/** An expression in a file; lines and columns from 1, columns in UTF-16 units. */
export const found = z.object({
  file: z.string(),
  line: position,
  column: position,
  endLine: position,
  endColumn: position,
  snippet: z.string(),
  expression,
});
export type Found = z.infer<typeof found>;

export const redosResult = scanResult(found);
export type RedosResult = z.infer<typeof redosResult>;

/** The part of an expression that backtracks, as written, and how the time grows with the length of the input. */
const slow = z.object({ part: z.string(), growth: z.enum(['exponential', 'polynomial']) });
export type Slow = z.infer<typeof slow>;

/** For each expression; null if it is safe or could not be parsed. */
export const judged = z.array(slow.nullable());
