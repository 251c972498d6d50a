import * as z from 'zod';
import { fixEdit } from '../../../protocol';

/** How to make manifests require a version. */
export const manifestUpdate = z.object({
  /** Empty if they already do. */
  edits: z.array(fixEdit),
  manifests: z.array(z.string()),
  /** Whether it is an override for all packages that require it. */
  overrides: z.boolean(),
});
export type ManifestUpdate = z.infer<typeof manifestUpdate>;
