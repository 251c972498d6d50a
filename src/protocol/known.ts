import * as z from 'zod';

/** The one line that `codeagent known` prints: which files differ from a commit, and the findings that it has in them. */
export const known = z.object({
  /** As the user named it, and its merge base with HEAD. */
  ref: z.string(),
  commit: z.string(),
  /** Relative to the folder; a path that ends with '/' stands for all files in it. Findings in other files are not new. */
  files: z.array(z.string()),
  /** The identities of the commit's findings in these files, and of those that are open. */
  all: z.array(z.string()),
  open: z.array(z.string()),
});
export type Known = z.infer<typeof known>;
