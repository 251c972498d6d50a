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
  /** It comes from a registry of somebody's own, so its name is not to be told to anybody. */
  readonly private?: boolean;
}

/** What a lockfile holds. */
export interface LockfileContent {
  readonly packages: readonly Locked[];
  /** Why that is not all: a clause that begins with "it", without a path. */
  readonly problem?: string | undefined;
  /** How many dependencies are asked for whose versions it does not tell. */
  readonly unknown?: number;
}

/** The files of a scan, by paths relative to its root. */
export interface Files {
  readonly paths: readonly string[];
  /** The text of a file, with \n at the end of each line; undefined when the scan has no such file. */
  read(path: string): string | undefined;
}

/**
 * Lists the packages of a lockfile that come from a registry: what comes from a folder, a workspace, git or a plain address has no advisories, and its
 * name is nobody's business.
 * @throws when the text is not of the format
 */
export type LockfileReader = (text: string, path: string, files: Files) => LockfileContent;

/** Says that a lockfile's format is newer, or other, than what is known of it. */
export function versionProblem(version: string | undefined, known: RegExp): string | undefined {
  return version === undefined || known.test(version)
    ? undefined
    : `its format has the version ${version.slice(0, 20)}, which is not known`;
}
