import * as z from 'zod';
import { fixEdit } from '../../../protocol';

/** How manifests come to ask for a version. */
export const manifestUpdate = z.object({
  /** None: they do already. */
  edits: z.array(fixEdit),
  manifests: z.array(z.string()),
  /** Whether it is set for all that ask for it. */
  overrides: z.boolean(),
});
export type ManifestUpdate = z.infer<typeof manifestUpdate>;
