import { isDeepStrictEqual } from 'node:util';
import type { Dependency } from '../packages/dependency';
import type { Files, Locked } from '../lockfiles/locked';

/** A replacement for a piece of a file's text, by offsets. */
export interface TextEdit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A dependency to update. */
export interface WantedUpdate {
  readonly dependency: Dependency;
  /** The target version. */
  readonly to: string;
  readonly files: Files;
  /** The manifests of its lockfile, starting with the one in the same folder. */
  readonly manifests: readonly string[];
  /** All packages in its lockfile. */
  readonly locked: readonly Locked[];
}

/** How to make manifests require a version. */
export interface Update {
  /** Empty if they already do, so that only the lockfile has to be refreshed. */
  readonly edits: readonly TextEdit[];
  /** The manifests that require it. */
  readonly manifests: readonly string[];
  /** Whether it is an override for all packages that require it, since the project itself does not. */
  readonly overrides?: boolean;
}

/** A text with edits applied. */
export function edited(source: string, edits: readonly Omit<TextEdit, 'file'>[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: piece }) => text.slice(0, start) + piece + text.slice(end), source);
}

/** The files with an edit applied to one of them. */
export function withEdit(files: Files, edit: TextEdit, paths: readonly string[] = files.paths): Files {
  return {
    paths,
    read: (path) => {
      if (!paths.includes(path)) return undefined;
      const source = files.read(path);
      return path === edit.file && source !== undefined ? edited(source, [edit]) : source;
    },
  };
}

/** Whether only one value of the parsed document has changed, to the expected one. */
export function isOnlyChange(
  before: unknown,
  after: unknown,
  path: readonly (string | number)[],
  value: unknown,
): boolean {
  const wanted = withValue(before, path, value);
  return isDeepStrictEqual(after, wanted);
}

function withValue(tree: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(tree))
    return tree.map((item: unknown, index) => (index === key ? withValue(item, rest, value) : item));
  const fields = isRecord(tree) ? tree : {};
  // Some parsers create objects without a prototype, which a strict comparison would treat as different.
  const made = Object.create(Object.getPrototypeOf(fields) as object | null) as Record<string, unknown>;
  return Object.assign(made, fields, { [key]: withValue(fields[key], rest, value) });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The offset at which a line starts, from 1. */
export function lineStart(source: string, line: number): number {
  let start = 0;
  for (let count = 1; count < line; count += 1) {
    const next = source.indexOf('\n', start);
    if (next < 0) return source.length;
    start = next + 1;
  }
  return start;
}
