import { isDeepStrictEqual } from 'node:util';
import type { Dependency } from '../packages/dependency';
import type { Files, Locked } from '../lockfiles/locked';

/** What replaces a piece of a file's text, by offsets. */
export interface TextEdit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A dependency that is to be updated. */
export interface Wanted {
  readonly dependency: Dependency;
  /** The version. */
  readonly to: string;
  readonly files: Files;
  /** The manifests of its lockfile, that of the same folder first. */
  readonly manifests: readonly string[];
  /** All that its lockfile holds. */
  readonly locked: readonly Locked[];
}

/**
 * How manifests come to ask for a version.
 */
export interface Update {
  /** None: they do already, and only the lockfile has to be renewed. */
  readonly edits: readonly TextEdit[];
  /** The manifests that ask for it. */
  readonly manifests: readonly string[];
  /** Whether it is set for all that ask for it, since the project itself does not. */
  readonly overrides?: boolean;
}

/** A text with edits in it. */
export function edited(source: string, edits: readonly Omit<TextEdit, 'file'>[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: piece }) => text.slice(0, start) + piece + text.slice(end), source);
}

/** The files with one of them as an edit makes it. */
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

/** Whether of what is parsed only one value has changed, to what it should be. */
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
  // Parsers make objects without a prototype, too, and what is compared strictly differs by it.
  const made = Object.create(Object.getPrototypeOf(fields) as object | null) as Record<string, unknown>;
  return Object.assign(made, fields, { [key]: withValue(fields[key], rest, value) });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Offsets at which lines begin. */
export function lineStart(source: string, line: number): number {
  let start = 0;
  for (let count = 1; count < line; count += 1) {
    const next = source.indexOf('\n', start);
    if (next < 0) return source.length;
    start = next + 1;
  }
  return start;
}
