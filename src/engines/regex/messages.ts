import * as z from 'zod';

/** The runner's order to the worker: the regular expressions of these files. */
export const collectOrder = z.object({ task: z.literal('collect'), root: z.string(), files: z.array(z.string()) });

const expression = z.object({ source: z.string(), flags: z.string() });
/** A regular expression in JavaScript's notation. */
export type Expression = z.infer<typeof expression>;

/** The runner's order to the worker: whether these can be made to take exponential time. */
export const judgeOrder = z.object({ task: z.literal('judge'), expressions: z.array(expression) });
export type RedosOrder = z.infer<typeof collectOrder> | z.infer<typeof judgeOrder>;

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

export const collected = z.object({
  found: z.array(found),
  /** Files that could not be read. */
  failed: z.array(z.object({ file: z.string(), reason: z.string() })),
});

/** For each expression the part that backtracks; null for one that is safe, or that is not understood. */
export const judged = z.array(z.string().nullable());
