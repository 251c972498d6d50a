import * as z from 'zod';
import { ecosystems } from './versions';

const position = z.number().int().positive();

/** A package of a lockfile, with the place to show a finding about it. */
export const dependency = z.object({
  ecosystem: z.enum(ecosystems),
  name: z.string(),
  version: z.string(),
  /** The lockfile that names it. */
  lockfile: z.string(),
  /** What the manifest calls it, where that is not its name. */
  alias: z.string().optional(),
  /** Where a finding about it is shown: in the manifest that asks for it, else in the lockfile. */
  file: z.string(),
  line: position,
  column: position,
  endColumn: position,
  /** The line of text, trimmed and cut. */
  snippet: z.string(),
  dev: z.boolean(),
  direct: z.boolean(),
  /** It comes from a registry of somebody's own: see `Locked.private`. */
  private: z.boolean(),
});
export type Dependency = z.infer<typeof dependency>;
