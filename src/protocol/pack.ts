import * as z from 'zod';
import { gap } from './report';

/**
 * The one line that `codeagent pack` prints: how a folder can go to a service.
 * `git`: its commit is on a remote that a service can clone, and nothing was changed since. `zip`: it was packed.
 */
export const packed = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('git'), url: z.string(), ref: z.string().nullable(), commit: z.string() }),
  z.object({
    kind: z.literal('zip'),
    file: z.string(),
    files: z.number().int().nonnegative(),
    /** Bytes of the zip. */
    bytes: z.number().int().nonnegative(),
    /** What of the folder is not in it although a scan would have wanted it. */
    gaps: z.array(gap).default([]),
  }),
]);
export type Packed = z.infer<typeof packed>;
