import * as z from 'zod';
import { ecosystems } from './packages/versions';

const position = z.number().int().positive();

/** A package in a lockfile, and where to show its findings. */
export const dependency = z.object({
  ecosystem: z.enum(ecosystems),
  name: z.string(),
  version: z.string(),
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
});
export type Dependency = z.infer<typeof dependency>;
