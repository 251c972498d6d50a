import { askGit, callGit } from './call';
import type { Setting } from './environment';

/** Where to run git, and for how long. */
export interface Place {
  /** An absolute path, anywhere in a repository. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Set if the folder must be the top of the repository: the parent, beyond which git does not search. */
  readonly ceiling?: string;
  /** The result of {@link withoutFilters}, if already known. */
  readonly filters?: Promise<readonly Setting[]> | undefined;
}

/** git's listing of a folder. Paths are relative to it, '/'-separated. */
export interface FolderListing {
  /** Existing files: tracked ones, and untracked ones that are not ignored. */
  readonly files: readonly string[];
  /** The untracked ones of `files`. */
  readonly untracked: readonly string[];
  /** Tracked files that a sparse checkout leaves out; some may still exist. */
  readonly sparse: readonly string[];
  /** Nested repositories: submodules with their recorded commit, and untracked ones. */
  readonly nested: readonly { readonly path: string; readonly commit: string | null }[];
}

/**
 * @param options untracked: false omits untracked files, so that git only reads its index
 * @throws CodedError {@link GitErrorCode}; the signal's reason
 */
export async function listFolder(place: Place, options: { untracked?: boolean } = {}): Promise<FolderListing> {
  const flags = ['--cached', '--deleted', '--stage', '-t', '-z'];
  if (options.untracked !== false) flags.push('--others', '--exclude-standard');
  const entries = (await callGit({ ...place, args: ['ls-files', ...flags] })).split('\0');
  const files = new Set<string>();
  const untracked: string[] = [];
  const sparse: string[] = [];
  const nested = new Map<string, string | null>();
  const deleted: string[] = [];
  for (const entry of entries) {
    const tracked = /^([A-Z]) (\d{6}) ([0-9a-f]+) \d\t([\s\S]+)$/.exec(entry);
    if (tracked) {
      const [, tag, mode, commit = '', path = ''] = tracked;
      if (tag === 'R') deleted.push(path);
      else if (mode === submoduleMode) {
        if (tag !== 'S') nested.set(path, commit);
      } else if (tag === 'S') sparse.push(path);
      else files.add(path);
    } else if (entry.startsWith('? ')) {
      const path = entry.slice(2);
      if (path.endsWith('/')) nested.set(path.slice(0, -1), null);
      else {
        files.add(path);
        untracked.push(path);
      }
    }
  }
  for (const path of deleted) {
    files.delete(path);
    nested.delete(path);
  }
  return {
    files: [...files],
    untracked,
    sparse,
    nested: [...nested].map(([path, commit]) => ({ path, commit })),
  };
}

const submoduleMode = '160000';
/** For a file that does not exist. */
const noMode = '000000';

/** A tracked file or submodule that differs from a commit. */
export interface TrackedChange {
  readonly path: string;
  /** Whether the commit has it, and whether it exists now. */
  readonly before: boolean;
  readonly after: boolean;
  /** For a submodule, its previous commit, or null if there was none. Undefined for a file. */
  readonly submodule?: string | null;
}

/**
 * Tracked files below the folder, and submodules at another commit, that differ from a commit, including deleted ones. Based on the index's
 * stamps, so a file that was only touched may be listed too.
 * @param commit as returned by {@link resolveCommit}
 * @throws as {@link listFolder}
 */
export async function trackedChanges(place: Place, commit: string): Promise<TrackedChange[]> {
  const fields = await rawChanges(place, commit, []);
  const changes: TrackedChange[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, before, after, id] = /^:(\d{6}) (\d{6}) ([0-9a-f]+) /.exec(fields[index] ?? '') ?? [];
    const path = fields[index + 1] ?? '';
    const change = { path, before: before !== noMode, after: after !== noMode };
    if (after === submoduleMode) changes.push({ ...change, submodule: before === submoduleMode ? (id ?? null) : null });
    else changes.push(change);
  }
  return changes;
}

/** A commit's files below the folder that no longer exist. @throws as {@link listFolder} */
export async function deletedFiles(place: Place, commit: string): Promise<string[]> {
  const fields = await rawChanges(place, commit, ['--diff-filter=D']);
  return fields.filter((_, index) => index % 2 === 1 && !fields[index - 1]?.startsWith(`:${submoduleMode} `));
}

/** The differences from a commit: alternately git's description and the path. */
async function rawChanges(place: Place, commit: string, more: readonly string[]): Promise<string[]> {
  const flags = ['--raw', '--no-abbrev', '-z', '--no-renames', '--no-ext-diff', '--no-textconv', ...more];
  // Git would look into a submodule by starting itself there; its files are queried separately.
  const args = ['diff-index', ...flags, '--ignore-submodules=dirty', '--relative', commit, '--', '.'];
  const settings = await (place.filters ?? withoutFilters(place));
  return (await callGit({ ...place, args, settings })).split('\0');
}

/** Disables all configured content filters, which comparing a file could start. */
export async function withoutFilters(place: Place): Promise<Setting[]> {
  const names = await askGit({ ...place, args: ['config', '--null', '--name-only', '--get-regexp', '^filter\\.'] });
  const drivers = new Set(
    (names ?? '').split('\0').flatMap((name) => /^filter\.([\s\S]+)\.[^.]+$/.exec(name)?.[1] ?? []),
  );
  return [...drivers].flatMap((driver): Setting[] => [
    [`filter.${driver}.clean`, ''],
    [`filter.${driver}.smudge`, ''],
    [`filter.${driver}.process`, ''],
    [`filter.${driver}.required`, 'false'],
  ]);
}

/** The id of a commit; undefined if there is no such branch, tag or commit. @throws as {@link listFolder}, for other failures */
export async function resolveCommit(place: Place, name: string): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  return line(await askGit({ ...place, args }));
}

/** The top folder of the work tree; undefined if the folder is not in one that git would read. */
export async function topFolder(place: Place): Promise<string | undefined> {
  try {
    return line(await callGit({ ...place, args: ['rev-parse', '--show-toplevel'] }));
  } catch (error) {
    if (place.signal.aborted) throw error;
    return undefined;
  }
}

/** Remote branches that contain HEAD, for example `origin/main`. @throws as {@link listFolder} */
export async function remoteBranches(place: Place): Promise<string[]> {
  const args = ['for-each-ref', '--contains', 'HEAD', '--format=%(refname:lstrip=2)', 'refs/remotes'];
  return (await callGit({ ...place, args })).split('\n').filter((name) => name !== '' && !name.endsWith('/HEAD'));
}

/** A remote's configured URL. @throws as {@link listFolder} */
export async function remoteUrl(place: Place, remote: string): Promise<string | undefined> {
  return line(await askGit({ ...place, args: ['config', '--get', `remote.${remote}.url`] }));
}

function line<T extends string | undefined>(output: T): T | string {
  return output?.replace(/\n$/, '') ?? output;
}
