import { dirname, join } from 'node:path';
import { CodedError, errorCode } from '../base/errors';
import { inParallel } from '../base/inParallel';
import { listFolder, resolveCommit, trackedChanges, type FolderListing, type Place } from './git';
import { isRepository, walk } from './walk';

/** Nested repositories in each other; deeper ones are taken whole. */
const maxNesting = 20;
const repositoriesAtOnce = 4;

/**
 * Files below `folder` that differ from `base`, untracked ones included, also in submodules and other repositories inside it. Nothing that a repository's
 * own configuration names is started.
 * @param base a commit, branch or tag. In a repository without a commit all files differ from HEAD.
 * @returns paths relative to `folder`; one that ends with '/' stands for all files below it
 * @throws CodedError NO_COMMIT, or as git has it (`GitErrorCode`), with half a sentence on why; the signal's reason
 */
export async function changedFiles(folder: string, base: string, signal: AbortSignal): Promise<string[]> {
  return changesOf({ folder, signal }, base, false, 0);
}

async function changesOf(place: Place, base: string, isSubmodule: boolean, nesting: number): Promise<string[]> {
  const commit = base.startsWith('-') ? undefined : await resolveCommit(place, base);
  const [listing, tracked] = await Promise.all([
    list(place),
    commit === undefined ? undefined : trackedChanges(place, commit),
  ]);
  if (tracked === undefined && base !== 'HEAD' && !isSubmodule)
    throw new CodedError(
      'NO_COMMIT',
      `there is no commit, branch or tag "${base}" here; it may have to be fetched first`,
    );
  const changed = new Set(tracked === undefined ? listing.files : listing.untracked);
  const moved = new Map<string, string | null>();
  for (const { path, submodule } of tracked ?? []) {
    changed.add(path);
    if (submodule !== undefined) moved.set(path, submodule);
  }
  await inParallel(listing.nested, repositoriesAtOnce, async ({ path, commit: at }) => {
    const folder = join(place.folder, path);
    if (!(await isRepository(folder))) return;
    // A submodule is compared with the commit that `base` has it at; a repository that git does not track here, with its own.
    const before = moved.has(path) ? moved.get(path) : at;
    const nested = { ...place, folder, ceiling: dirname(folder) };
    for (const file of await changesOfNested(nested, before ?? null, at, nesting + 1)) changed.add(`${path}/${file}`);
  });
  return [...changed];
}

/** Where git cannot tell, all that is there counts as changed. */
async function changesOfNested(
  place: Place,
  before: string | null,
  at: string | null,
  nesting: number,
): Promise<string[]> {
  const isNew = before === null && at !== null;
  if (isNew || nesting > maxNesting) return [''];
  try {
    return await changesOf(place, before ?? 'HEAD', true, nesting);
  } catch (error) {
    if (place.signal.aborted || errorCode(error) === undefined) throw error;
    return [''];
  }
}

/** As git lists it; where git hangs on what lies in the folder, untracked files come from a walk. The scan will tell of it. */
async function list(place: Place): Promise<FolderListing> {
  try {
    return await listFolder(place);
  } catch (error) {
    if (errorCode(error) !== 'GIT_SILENT') throw error;
    const index = await listFolder(place, { untracked: false });
    const tracked = new Set(index.files);
    const options = { signal: place.signal, limits: { maxDepth: 100 } };
    const walked = await walk(place.folder, '', options, () => undefined);
    const untracked = walked.files.filter((path) => !tracked.has(path));
    const known = new Set(index.nested.map(({ path }) => path));
    const others = walked.nested.filter((path) => !known.has(path)).map((path) => ({ path, commit: null }));
    return { ...index, files: [...index.files, ...untracked], untracked, nested: [...index.nested, ...others] };
  }
}
