import * as z from 'zod';
import { gapKinds } from '../../protocol';
import { advisory } from './advisory';
import { ecosystems } from './versions';

const position = z.number().int().positive();

/** The runner's order to the worker: read lockfiles of a folder. */
export const readOrder = z.object({
  root: z.string(),
  files: z.array(z.object({ path: z.string(), size: z.number() })),
  /** Those of the files that are to be read as lockfiles. */
  lockfiles: z.array(z.string()),
});
export type ReadOrder = z.infer<typeof readOrder>;

/** A package of a lockfile, with the place to show a finding about it. */
export const dependency = z.object({
  ecosystem: z.enum(ecosystems),
  name: z.string(),
  version: z.string(),
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

export const readResult = z.object({
  dependencies: z.array(dependency),
  /** What was not read, or does not tell versions; the reason names no path. */
  gaps: z.array(z.object({ kind: z.enum(gapKinds), reason: z.string(), path: z.string() })),
});
export type ReadResult = z.infer<typeof readResult>;

/** The runner's order to the worker: find these in a downloaded database. */
export const matchOrder = z.object({ database: z.array(z.string()), dependencies: z.array(dependency) });
export type MatchOrder = z.infer<typeof matchOrder>;

export const matchResult = z.object({
  /** For each dependency. */
  records: z.array(z.array(advisory)),
  /** Records that should have told something and could not be read. */
  unread: z.number().int(),
  /** Ecosystems that the database has records of. */
  covered: z.array(z.string()),
});
export type MatchResult = z.infer<typeof matchResult>;
