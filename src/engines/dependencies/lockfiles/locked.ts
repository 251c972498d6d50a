/** A package in the version that a lockfile pins. */
export interface Locked {
  readonly name: string;
  readonly version: string;
  /** Line of the lockfile, from 1. */
  readonly line: number;
  /** The included file that lists it, if it is not the lockfile itself. */
  readonly file?: string;
  /** Whether it is only a development dependency. */
  readonly dev?: boolean;
  /** Whether it is a direct dependency; undefined if only the manifest can tell. */
  readonly direct?: boolean;
  /** Its alias in the manifest, if any. */
  readonly alias?: string;
  /** The version ranges resolved to this version, as written in manifests; undefined if the lockfile does not say. */
  readonly ranges?: readonly string[];
  /** Whether it comes from a private registry, so that its name must not be sent to anyone. */
  readonly private?: boolean;
  /** Its licenses according to the lockfile, any of which may be chosen: SPDX expressions, or other texts. */
  readonly licenses?: readonly string[];
}

/** The content of a lockfile. */
export interface LockfileContent {
  readonly packages: readonly Locked[];
  /** Why the list is incomplete: a clause about the lockfile that begins with "it" or "its", without a path. */
  readonly problem?: string | undefined;
  /** The number of dependencies without a version. */
  readonly unknown?: number;
}

/** The files of a scan, by paths relative to its root. */
export interface Files {
  readonly paths: readonly string[];
  /** The text of a file, with \n at the end of each line; undefined when the scan has no such file. */
  read(path: string): string | undefined;
}

/**
 * Lists the packages of a lockfile that come from a registry. Packages from a folder, a workspace, git or a plain URL have no advisories, and their
 * names may be private.
 * @throws if the text is not in the format
 */
export type LockfileReader = (text: string, path: string, files: Files) => LockfileContent;

/** The problem of a lockfile with an unknown format version. */
export function versionProblem(version: string | undefined, known: RegExp): string | undefined {
  return version === undefined || known.test(version)
    ? undefined
    : `its format version ${version.slice(0, 20)} is not supported`;
}
