import * as z from 'zod';

/** A gap of the coverage as the webviews show it: all text plain, on one line, and cut. */
export const shownGap = z.object({
  /** Its kind, in a few words. */
  title: z.string(),
  /** What was left out and why, as a sentence. */
  reason: z.string(),
  /** Id of the analyzer, and how many files; may be empty. */
  facts: z.array(z.string()),
  /** Some of the files. */
  examples: z.array(z.string()),
});
export type ShownGap = z.infer<typeof shownGap>;
