import * as z from 'zod';
import { gapKinds } from '../../protocol';
import { advisory } from './advisory';
import { manifestUpdate } from './updates/manifestUpdate';
import { dependency } from './packages/dependency';

/** A task for the worker: read lockfiles of a folder. */
export const readTask = z.object({
  root: z.string(),
  files: z.array(z.object({ path: z.string(), size: z.number() })),
  /** The files to read as lockfiles. */
  lockfiles: z.array(z.string()),
});
export type ReadTask = z.infer<typeof readTask>;

export const readResult = z.object({
  dependencies: z.array(dependency),
  /** What could not be read or does not specify versions; the reason does not contain a path. */
  gaps: z.array(z.object({ kind: z.enum(gapKinds), reason: z.string(), path: z.string() })),
});
export type ReadResult = z.infer<typeof readResult>;

/** A task for the worker: find these dependencies in a downloaded database. */
export const matchTask = z.object({ database: z.array(z.string()), dependencies: z.array(dependency) });
export type MatchTask = z.infer<typeof matchTask>;

export const matchResult = z.object({
  /** The records about each dependency. */
  records: z.array(z.array(advisory)),
  /** For each dependency, the nearest later version without known vulnerabilities; null if none is known or needed. */
  safe: z.array(z.string().nullable()),
  /** The number of relevant records that could not be read. */
  unread: z.number().int(),
  /** Ecosystems for which the database has records. */
  covered: z.array(z.string()),
});
export type MatchResult = z.infer<typeof matchResult>;

/** A task for the worker: edit manifests to require these versions. */
export const updateTask = z.object({
  root: z.string(),
  files: z.array(z.object({ path: z.string(), size: z.number() })),
  wanted: z.array(z.object({ dependency, to: z.string() })),
});
export type UpdateTask = z.infer<typeof updateTask>;

export const updateResult = z.object({
  /** For each requested version; null if no manifest can be edited to require it. */
  updates: z.array(manifestUpdate.nullable()),
});
export type UpdateResult = z.infer<typeof updateResult>;
