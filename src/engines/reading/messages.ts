import * as z from 'zod';
import { rulePack } from '../patterns/rulePack';

/** The runner's order to the worker: read these files. */
export const readOrder = z.object({
  root: z.string(),
  paths: z.array(z.string()),
  /** The folder of ast-grep's rules, and what is in it; without it nothing is told of the rules. */
  folder: z.string(),
  pack: rulePack.optional(),
});
export type ReadOrder = z.infer<typeof readOrder>;

/** The order to look whether files have stayed as they were when they were read. */
export const compareOrder = z.object({
  root: z.string(),
  files: z.array(
    z.object({
      path: z.string(),
      stamp: z.string(),
      /** When the stamp alone does not tell. */
      hash: z.string().optional(),
    }),
  ),
});
export type CompareOrder = z.infer<typeof compareOrder>;

const fileFacts = z.object({
  /** SHA-256 of its content, in hexadecimal digits. */
  hash: z.string(),
  /** When reading began, in ms since 1970. */
  read: z.number(),
  isPlain: z.boolean(),
  /** The rules of ast-grep that can match in it, as places in a list; undefined when the rules cannot be read. */
  rules: z.array(z.int().nonnegative()).optional(),
});
export const readResult = z.object({
  rules: z.array(z.string()),
  /** In the order's order: what each file is, or Node's code of why it cannot be read. */
  files: z.array(z.union([fileFacts, z.string()])),
});
export type ReadResult = z.infer<typeof readResult>;

/** In the order's order: whether each file is what it was. */
export const compareResult = z.array(z.boolean());
