/** A package in the version that a lockfile fixes. */
export interface Locked {
  readonly name: string;
  readonly version: string;
  /** Line of the lockfile, from 1. */
  readonly line: number;
  /** The file it stands in, where that is not the lockfile itself: a file that it includes. */
  readonly file?: string;
  /** Only for development. */
  readonly dev?: boolean;
  /** Whether the project itself asks for it; left out where only the manifest can tell. */
  readonly direct?: boolean;
  /** What the manifest calls it, where that is not its name. */
  readonly alias?: string;
  /** The ranges that lead to this version, as manifests write them; left out where the lockfile does not say. */
  readonly ranges?: readonly string[];
}

/** Reads another file of the scan; undefined when the scan has no such file. `path` is relative to the root. */
export type ReadFile = (path: string) => string | undefined;

/**
 * Lists the packages of a lockfile that come from a registry: what comes from a folder, a workspace, git or a plain address has no advisories, and its
 * name is nobody's business.
 * @throws when the text is not of the format
 */
export type LockfileReader = (text: string, path: string, read: ReadFile) => Locked[];

type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; an empty one when it is something else. Only for reading own keys: the text may have named any. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** A key that the text itself has, never one that every object has. */
export function own(object: Fields, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** @throws when it is not JSON, or not an object */
export function parseJson(source: string): Fields {
  const value: unknown = JSON.parse(source.replace(/^\uFEFF/, ''));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it holds no JSON object');
  return value as Fields;
}

/**
 * The lines on which something stands, by what the pattern's first group says there; the first of each.
 * @param pattern is tried on each line
 */
export function linesWith(source: string, pattern: RegExp): (key: string) => number {
  const found = new Map<string, number>();
  for (const [index, line] of source.split('\n').entries()) {
    const key = pattern.exec(line)?.[1];
    if (key !== undefined && !found.has(key)) found.set(key, index + 1);
  }
  return (key) => found.get(key) ?? 1;
}

/** Whether a package manager's own word for a place is none in a registry: git, a folder, an address. */
export function isElsewhere(place: string): boolean {
  return (
    /^(?:git|git\+[a-z]+|git@.*|github|gitlab|bitbucket|gist|file|link|portal|workspace|root|patch|exec|https?|ssh|\.{0,2}\/.*|~\/.*)(?::|$)/i.test(
      place,
    ) || /^[\w.-]+\/[\w.-]+(?:#|$)/.test(place)
  );
}
