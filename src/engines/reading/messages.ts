import * as z from 'zod';
import { needTables } from '../rulePack/needs';
import { rulePack } from '../rulePack/rulePack';

/** A task for the worker: read these files. */
export const readTask = z.object({
  root: z.string(),
  paths: z.array(z.string()),
  /** The folder of ast-grep's rules, and its contents; without the latter, rules are not matched. */
  folder: z.string(),
  pack: rulePack.optional(),
});
export type ReadTask = z.infer<typeof readTask>;

/** A task for the worker: check whether files are unchanged since they were read. */
export const compareTask = z.object({
  root: z.string(),
  files: z.array(
    z.object({
      path: z.string(),
      stamp: z.string(),
      /** Set if the stamp alone does not prove it. */
      hash: z.string().optional(),
    }),
  ),
});
export type CompareTask = z.infer<typeof compareTask>;

const fileFacts = z.object({
  /** SHA-256 of its content, in hexadecimal. */
  hash: z.string(),
  /** When reading began, in ms since 1970. */
  read: z.number(),
  isPlain: z.boolean(),
  /** Indexes of the ast-grep rules that can match in it; undefined if the rules cannot be read. */
  rules: z.array(z.int().nonnegative()).optional(),
});
export const readResult = z.object({
  rules: z.array(z.string()),
  /** In the order of `paths`: facts about each file, or Node's error code if it cannot be read. */
  files: z.array(z.union([fileFacts, z.string()])),
});
export type ReadResult = z.infer<typeof readResult>;

/** In the order of `files`: whether each is unchanged. */
export const compareResult = z.array(z.boolean());

/** A task for the worker: find the rules of a team that can match in files. */
export const matchTask = z.object({
  root: z.string(),
  paths: z.array(z.string()),
  /** Identifies these rules. */
  version: z.string(),
  pack: rulePack,
  needs: needTables,
});
export type MatchTask = z.infer<typeof matchTask>;

/** In the order of `paths`: whether ast-grep can read each file as it is, and the rules that can match in it; or Node's error code if it cannot be read. */
export const matchResult = z.array(
  z.union([z.object({ isPlain: z.boolean(), rules: z.array(z.string()) }), z.string()]),
);
export type MatchResult = z.infer<typeof matchResult>;
