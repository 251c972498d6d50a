import * as z from 'zod';

/** A gap for display in a webview: all texts plain, on one line, and shortened. */
export const shownGap = z.object({
  /** Its kind, in a few words. */
  title: z.string(),
  /** What was left out and why, as a sentence. */
  reason: z.string(),
  /** The analyzer's id and the number of files; may be empty. */
  facts: z.array(z.string()),
  /** Some of the files. */
  examples: z.array(z.string()),
});
export type ShownGap = z.infer<typeof shownGap>;
