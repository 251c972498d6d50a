import * as z from 'zod';
import { gap } from './report';

/**
 * The one line that `codeagent pack` prints: how to send a folder to a service.
 * `git`: its commit is on a remote that a service can clone, without changes since. `zip`: it was packed.
 */
export const packed = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('git'), url: z.string(), ref: z.string().nullable(), commit: z.string() }),
  z.object({
    kind: z.literal('zip'),
    file: z.string(),
    files: z.number().int().nonnegative(),
    /** Bytes of the zip. */
    bytes: z.number().int().nonnegative(),
    /** What a local scan would have read but the zip does not contain. */
    gaps: z.array(gap).default([]),
  }),
]);
export type Packed = z.infer<typeof packed>;
