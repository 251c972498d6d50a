import * as z from 'zod';
import { ecosystems } from './versions';

const position = z.number().int().positive();

/** A package in a lockfile, and where to show its findings. */
export const dependency = z.object({
  ecosystem: z.enum(ecosystems),
  name: z.string(),
  version: z.string(),
  /** The lockfile that lists it. */
  lockfile: z.string(),
  /** Gradle's wrapper in the folder of its lockfile or in one above. */
  wrapper: z.string().optional(),
  /** What the manifest calls it, where that is not its name. */
  alias: z.string().optional(),
  /** Where to show a finding about it: in the manifest that requires it, otherwise in the lockfile. */
  file: z.string(),
  line: position,
  column: position,
  endColumn: position,
  /** The line of text, trimmed and shortened. */
  snippet: z.string(),
  dev: z.boolean(),
  direct: z.boolean(),
  /** Whether it comes from a private registry: see `Locked.private`. */
  private: z.boolean(),
  /** See `Locked.licenses`; undefined if the lockfile does not say. */
  licenses: z.array(z.string()).optional(),
});
export type Dependency = z.infer<typeof dependency>;
