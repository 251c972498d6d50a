import { lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError, errorCode, errorMessage } from '../base/errors';
import { inParallel } from '../base/inParallel';
import type { GapKind } from '../protocol';
import { listFolder, type FolderListing, type GitErrorCode } from './git';
import type { SkipReason } from './inventoryRules';
import { isRepository, walk, type Skip, type Walked, type WalkOptions } from './walk';

/** The files of a scan by name, before they are examined. */
export interface Listing {
  /** Relative to the root, '/'-separated. */
  readonly files: readonly string[];
  /** The `paths` that a sparse checkout leaves out; most of them do not exist. */
  readonly sparse: ReadonlySet<string>;
}

export interface ListOptions extends WalkOptions {
  /** Whether the folder may be in a git repository, which then determines what is scanned. */
  readonly askGit: boolean;
  /** Why a folder is left out, based on its path. */
  readonly folderSkip: (path: string) => SkipReason | undefined;
  /** Records a gap. */
  readonly gap: (kind: GapKind, reason: string, path?: string) => void;
}

const repositoriesAtOnce = 4;

const notCheckedOut = 'Submodules that are not checked out were not scanned.';

/**
 * Lists the files below `root`: by git if possible, otherwise by a walk. Nested repositories are listed separately.
 * @throws the signal's reason; Node's error when `root` itself cannot be read
 */
export async function listFiles(root: string, options: ListOptions, skip: Skip): Promise<Listing> {
  const files: string[] = [];
  const sparse = new Set<string>();
  let found: string[] = [];
  const take = (start: string, { listed, nested }: Found) => {
    const below = (path: string) => (start === '' ? path : `${start}/${path}`);
    files.push(...listed.files.map(below), ...listed.sparse.map(below));
    for (const path of listed.sparse) sparse.add(below(path));
    found.push(...nested.map(below));
  };
  take('', await listRoot(root, options, skip));
  // Level by level rather than recursively, since the nesting depth is up to the input.
  while (found.length > 0) {
    const level = found;
    found = [];
    await inParallel(level, repositoriesAtOnce, async (path) => {
      const reason = options.folderSkip(path);
      if (reason) skip(reason, path);
      else take(path, await listNested(root, path, options, skip));
    });
  }
  return { files, sparse };
}

/** The files of one repository or walk, relative to its start. */
interface Found {
  readonly listed: Pick<FolderListing, 'files' | 'sparse'>;
  readonly nested: readonly string[];
}

async function listRoot(root: string, options: ListOptions, skip: Skip): Promise<Found> {
  if (options.askGit) {
    try {
      const listing = await listFolder({ folder: root, signal: options.signal });
      const { files, sparse, nested } = listing;
      // A folder that its repository ignores was requested explicitly, so it is scanned as if there were no repository.
      if (files.length + sparse.length + nested.length > 0) return byGit(listing);
    } catch (error) {
      if (options.signal.aborted) throw error;
      const reason = await whyWithoutGit(root, error);
      if (reason !== undefined) options.gap('partial_source', reason);
    }
  }
  return byWalk('', await walk(root, '', options, skip));
}

async function listNested(root: string, path: string, options: ListOptions, skip: Skip): Promise<Found> {
  const folder = join(root, path);
  const stats = await lstat(folder).catch(() => undefined);
  if (stats?.isSymbolicLink()) {
    skip('link', path);
    return nothing;
  }
  try {
    if (stats && (await isRepository(folder))) {
      try {
        return byGit(await listFolder({ folder, signal: options.signal, ceiling: dirname(folder) }));
      } catch (error) {
        if (options.signal.aborted) throw error;
        const reason = `Nested repositories were listed without git: ${errorMessage(error)}.`;
        options.gap('nested_repository', reason, path);
      }
    } else if (!stats || (await readdir(folder)).length === 0) {
      options.gap('nested_repository', notCheckedOut, path);
      return nothing;
    }
    return byWalk(path, await walk(root, path, options, skip));
  } catch (error) {
    if (options.signal.aborted || errorCode(error) === undefined) throw error;
    options.gap('nested_repository', 'Nested repositories could not be read.', path);
    return nothing;
  }
}

const nothing: Found = { listed: { files: [], sparse: [] }, nested: [] };

function byGit(listing: FolderListing): Found {
  return { listed: listing, nested: listing.nested.map(({ path }) => path) };
}

/** Lists by a walk, with paths from the root. */
function byWalk(start: string, { files, nested }: Walked): Found {
  const inside = (path: string) => (start === '' ? path : path.slice(start.length + 1));
  return { listed: { files: files.map(inside), sparse: [] }, nested: nested.map(inside) };
}

/** The gap for a folder that git did not list; undefined if it is not in a repository. */
async function whyWithoutGit(root: string, error: unknown): Promise<string | undefined> {
  if (!(error instanceof CodedError)) throw error;
  const code = error.code as GitErrorCode;
  if (code === 'GIT_NO_REPOSITORY' || (code === 'GIT_MISSING' && !(await isInRepository(root)))) return undefined;
  const advice = code === 'GIT_REFUSED' ? ' If you trust it, run: git config --global --add safe.directory FOLDER' : '';
  return `The files were listed, and .gitignore read, without git: ${error.message}.${advice}`;
}

async function isInRepository(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    if (await isRepository(at)) return true;
    if (dirname(at) === at) return false;
  }
}
