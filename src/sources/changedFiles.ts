import { dirname, join } from 'node:path';
import { CodedError, errorCode } from '../base/errors';
import { inParallel } from '../base/inParallel';
import { listFolder, resolveCommit, trackedChanges, type FolderListing, type Place, type TrackedChange } from './git';
import { isRepository, walk } from './walk';

/** Levels of nested repositories that are compared; deeper ones count as changed. */
const maxNesting = 20;
const repositoriesAtOnce = 4;

/** The differences from a commit. */
export interface Changes {
  /** Relative to the folder; a path that ends with '/' stands for all files in it. */
  readonly files: readonly string[];
  /** Tracked ones, without nested repositories, including deleted files. */
  readonly tracked: readonly TrackedChange[];
  /** Nested repositories that have a commit to compare with. */
  readonly nested: readonly { readonly path: string; readonly base: string; readonly changes: Changes }[];
}

/** The files of {@link changesSince}. */
export async function changedFiles(folder: string, base: string, signal: AbortSignal): Promise<string[]> {
  return [...(await changesSince({ folder, signal }, base)).files];
}

/**
 * Files below the place's folder that differ from `base`, including untracked ones and those in submodules and nested repositories. Starts
 * no program that a repository's own configuration names.
 * @param base a commit, branch or tag. In a repository without commits, all files differ from HEAD.
 * @param isCommit whether `base` is the ID of an existing commit
 * @throws CodedError NO_COMMIT or one of `GitErrorCode`, with a clause as its message; the signal's reason
 */
export function changesSince(place: Place, base: string, isCommit = false): Promise<Changes> {
  return changesOf(place, base, { isCommit, isSubmodule: false, nesting: 0 });
}

async function changesOf(
  place: Place,
  base: string,
  { isCommit, isSubmodule, nesting }: { isCommit: boolean; isSubmodule: boolean; nesting: number },
): Promise<Changes> {
  const commit = isCommit ? base : base.startsWith('-') ? undefined : await resolveCommit(place, base);
  const [listing, tracked] = await Promise.all([
    list(place),
    commit === undefined ? undefined : trackedChanges(place, commit),
  ]);
  if (tracked === undefined && base !== 'HEAD' && !isSubmodule)
    throw new CodedError('NO_COMMIT', `there is no commit, branch or tag "${base}" in this repository; fetch it first`);
  const changed = new Set(tracked === undefined ? listing.files : listing.untracked);
  const moved = new Map<string, string | null>();
  for (const { path, submodule, after } of tracked ?? []) {
    if (after) changed.add(path);
    if (submodule !== undefined) moved.set(path, submodule);
  }
  const inNested: Changes['nested'][number][] = [];
  await inParallel(listing.nested, repositoriesAtOnce, async ({ path, commit: at }) => {
    const folder = join(place.folder, path);
    if (!(await isRepository(folder))) return;
    // A submodule is compared with its commit in `base`, an untracked nested repository with its own HEAD.
    const before = moved.has(path) ? moved.get(path) : at;
    const nested = { ...place, folder, ceiling: dirname(folder), filters: undefined };
    const changes = await changesOfNested(nested, before ?? null, at, nesting + 1);
    for (const file of changes.files) changed.add(`${path}/${file}`);
    if (changes.tracked.length > 0) inNested.push({ path, base: before ?? 'HEAD', changes });
  });
  return { files: [...changed], tracked: tracked ?? [], nested: inNested };
}

/** If git fails, everything counts as changed. */
async function changesOfNested(
  place: Place,
  before: string | null,
  at: string | null,
  nesting: number,
): Promise<Changes> {
  const isNew = before === null && at !== null;
  if (isNew || nesting > maxNesting) return everything;
  try {
    return await changesOf(place, before ?? 'HEAD', { isCommit: false, isSubmodule: true, nesting });
  } catch (error) {
    if (place.signal.aborted || errorCode(error) === undefined) throw error;
    return everything;
  }
}

const everything: Changes = { files: [''], tracked: [], nested: [] };

/** Lists the files using git. If git hangs on something in the folder, untracked files come from a walk, which the scan will report. */
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
