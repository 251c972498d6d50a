import { lstat } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { relativePath, type GapKind } from '../protocol';
import { abortReason } from '../base/abort';
import { errorCode } from '../base/errors';
import { inParallel } from '../base/inParallel';
import type { SourceFile } from './sourceFile';
import { fileStamp } from './fileStamp';
import { matcher } from '../base/globs';
import { isLockfile } from '../base/lockfileNames';
import type { Limits } from '../base/limits';
import { unreadableFiles } from '../findings/coverage';
import { listFiles } from './inventoryList';
import { contentSkip, folderSkip, nameSkip, type SkipReason } from './inventoryRules';
import { readPieces } from '../base/boundedFile';
import type { Skip } from './walk';

/** The files to scan, and what was left out. */
export interface Inventory {
  readonly files: readonly SourceFile[];
  /** The number of files or whole folders left out, by reason. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** The part of it that the user should know about. */
  readonly gaps: readonly InventoryGap[];
}

export interface InventoryGap {
  readonly kind: GapKind;
  readonly reason: string;
  readonly files: readonly string[];
}

/** The reasons for leaving out files that are gaps, in words. */
const gapOfSkip: Partial<Record<SkipReason, Omit<InventoryGap, 'files'>>> = {
  unreadable: { kind: 'unreadable', reason: unreadableFiles },
  not_checked_out: { kind: 'partial_source', reason: 'Files that a sparse checkout leaves out were not scanned.' },
  too_large: { kind: 'over_limit', reason: 'Files that are too large were not scanned.' },
  too_deep: { kind: 'over_limit', reason: 'Folders that are nested too deeply were not scanned.' },
  too_many: {
    kind: 'over_limit',
    reason: 'There are more files than the limit for one scan; the rest was not scanned.',
  },
  bad_name: { kind: 'unreadable', reason: 'Files whose names are not portable were not scanned.' },
};

export interface InventoryOptions {
  /** .gitignore patterns. An empty `include` means everything. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Patterns that a file must match as well, if there are any. */
  readonly within?: readonly string[];
  /** Whether the folder may be in a git repository, which then determines what is scanned. */
  readonly askGit: boolean;
  /** The names of the files in the folder, if they are already known: then nothing is listed. */
  readonly listed?: readonly string[];
  readonly limits: Pick<Limits, 'maxFiles' | 'maxDepth' | 'maxFileSize' | 'maxLockfileSize'>;
  /** Whether an analyzer would read a file of this name, so that it is a gap if it is too large; every file by default. */
  readonly isCode?: (path: string) => boolean;
  readonly signal: AbortSignal;
  /** Called from time to time with the number of files examined so far. */
  readonly onProgress: (done: number, total: number) => void;
}

const headBytes = 4096;
/** From this size, in bytes, more than the beginning of a file is examined. */
const largeFile = 32_768;
const filesAtOnce = 16;
/** Faster than that of node:fs/promises. */
const lstatOf = promisify(lstat);

/**
 * Lists the files below `root` that are worth scanning. Nothing in the tree is run: git only lists names, with all hooks and helpers disabled.
 * @throws the signal's reason; Node's error when the folder itself cannot be read
 */
export async function takeInventory(root: string, options: InventoryOptions): Promise<Inventory> {
  const skipped: Partial<Record<SkipReason, number>> = {};
  const gaps = new Map<string, { kind: GapKind; reason: string; files: string[] }>();
  const gap = (kind: GapKind, reason: string, path?: string) => {
    const entry = gaps.get(reason) ?? { kind, reason, files: [] };
    gaps.set(reason, entry);
    if (path !== undefined) entry.files.push(path);
  };
  const skip: Skip = (reason, path) => {
    skipped[reason] = (skipped[reason] ?? 0) + 1;
    const gapFor = reason === 'too_large' && options.isCode?.(path) === false ? undefined : gapOfSkip[reason];
    if (gapFor) gap(gapFor.kind, gapFor.reason, path);
  };

  const listed = options.listed
    ? { chosen: chosenOf(options.listed, options, skip), sparse: new Set<string>() }
    : await listChosen(root, { ...options, skip, gap });
  const { chosen, sparse } = listed;

  const files: SourceFile[] = [];
  const links = new Links(root);
  let done = 0;
  await inParallel(chosen, filesAtOnce, async (path) => {
    if (options.signal.aborted) throw abortReason(options.signal);
    const { maxLockfileSize, maxFileSize } = options.limits;
    const looked = (await links.leadTo(path))
      ? 'link'
      : await look(root, path, isLockfile(path) ? maxLockfileSize : maxFileSize, sparse.has(path));
    if (typeof looked === 'string') skip(looked, path);
    else files.push(looked);
    if (done++ % 200 === 0) options.onProgress(done, chosen.length);
  });
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, skipped, gaps: [...gaps.values()] };
}

/**
 * The names of the files below `root` that a full scan would read; none of them is opened.
 * @throws as {@link takeInventory}
 */
export async function listNames(
  root: string,
  options: Pick<InventoryOptions, 'askGit' | 'limits' | 'signal'>,
): Promise<string[]> {
  const nothing = () => undefined;
  return (await listChosen(root, { ...options, include: [], exclude: [], skip: nothing, gap: nothing })).chosen;
}

type ListOptions = Pick<InventoryOptions, 'include' | 'exclude' | 'within' | 'askGit' | 'limits' | 'signal'> & {
  readonly skip: Skip;
  readonly gap: (kind: GapKind, reason: string, path?: string) => void;
};

async function listChosen(
  root: string,
  options: ListOptions,
): Promise<{ chosen: string[]; sparse: ReadonlySet<string> }> {
  const { mayHold } = chooser(options);
  const folderSkip = (path: string) => pathSkip(`${path}/file`) ?? (mayHold(path) ? undefined : 'excluded');
  const listed = await listFiles(root, { ...options, folderSkip }, options.skip);
  return { chosen: chosenOf(listed.files, options, options.skip), sparse: listed.sparse };
}

/** The files worth reading, by name; sorted, so that if there are too many, the same ones are taken each time. */
function chosenOf(
  listed: readonly string[],
  options: Pick<InventoryOptions, 'include' | 'exclude' | 'within' | 'limits'>,
  skip: Skip,
): string[] {
  const { isChosen } = chooser(options);
  const chosen = [...new Set(listed)].filter((path) => {
    const reason =
      pathSkip(path) ?? (options.limits.maxDepth < depth(path) ? 'too_deep' : isChosen(path) ? undefined : 'excluded');
    if (reason) skip(reason, path);
    return !reason;
  });
  chosen.sort();
  if (chosen.length > options.limits.maxFiles) {
    for (const path of chosen.splice(options.limits.maxFiles)) skip('too_many', path);
  }
  return chosen;
}

function depth(path: string): number {
  return path.split('/').length - 1;
}

/** Why a path is not scanned, based on its names alone. */
function pathSkip(path: string): SkipReason | undefined {
  const names = path.split('/');
  const file = names.pop() ?? '';
  for (const name of names) {
    // A walk has already left out ignored files.
    const reason = folderSkip(name, true) ?? (nameSkip(name) === 'bad_name' ? 'bad_name' : undefined);
    if (reason) return reason;
  }
  return nameSkip(file) ?? (relativePath.safeParse(path).success ? undefined : 'bad_name');
}

/** Matches the patterns of a scan: whether a file is in it, and whether something in a folder may be. */
function chooser({ include, exclude, within = [] }: Pick<InventoryOptions, 'include' | 'exclude' | 'within'>) {
  const isExcluded = matcher(exclude);
  const lists = [include, within].filter(({ length }) => length > 0).map(included);
  return {
    isChosen: (path: string) => !isExcluded(path) && lists.every(({ isIncluded }) => isIncluded(path)),
    mayHold: (folder: string) => !isExcluded(`${folder}/`) && lists.every(({ mayHold }) => mayHold(folder)),
  };
}

function included(list: readonly string[]) {
  // The literal beginning of a rooted pattern, before its first wildcard.
  const beginnings = list.map((pattern) => (/^\/([^*?[\]\\]*)/.exec(pattern) ?? [])[1] ?? '');
  return {
    isIncluded: matcher(list),
    mayHold: (folder: string) =>
      beginnings.some((text) => text.startsWith(`${folder}/`) || `${folder}/`.startsWith(text)),
  };
}

/** Finds paths that lead through a symbolic link: git lists files by its index, even if their folder has been replaced by a link. */
class Links {
  readonly #known = new Map<string, Promise<boolean>>([['.', Promise.resolve(false)]]);

  constructor(private readonly root: string) {}

  /** Whether a folder above this path is a link. */
  leadTo(path: string): Promise<boolean> {
    const folder = dirname(path);
    const known = this.#known.get(folder) ?? this.#isLinked(folder);
    this.#known.set(folder, known);
    return known;
  }

  async #isLinked(folder: string): Promise<boolean> {
    if (await this.leadTo(folder)) return true;
    try {
      return (await lstatOf(join(this.root, folder))).isSymbolicLink();
    } catch {
      return false; // Gone, and so are its files, which will be noticed later.
    }
  }
}

/** Examines one file: its kind, its size and its beginning. */
async function look(
  root: string,
  path: string,
  maxFileSize: number,
  isSparse: boolean,
): Promise<SourceFile | SkipReason> {
  const absolute = join(root, path);
  try {
    const stats = await lstatOf(absolute);
    if (stats.isSymbolicLink()) return 'link';
    if (!stats.isFile()) return 'not_a_file';
    const [head = new Uint8Array(), ...pieces] = await readPieces(absolute, startsOf(stats.size), headBytes);
    // A lockfile always counts; its reader reports what is wrong with it. A large file counts as too large only if it is hand-written code.
    const reason = isLockfile(path) ? undefined : contentSkip(path, head, stats.size, pieces);
    if (reason) return reason;
    return stats.size > maxFileSize ? 'too_large' : { path, size: stats.size, stamp: fileStamp(stats) };
  } catch (error) {
    if (isSparse && errorCode(error) === 'ENOENT') return 'not_checked_out';
    return 'unreadable'; // Gone or unreadable: counted and reported.
  }
}

/** The pieces of a file to examine: its beginning, and parts of the rest if it is large. */
function startsOf(size: number): number[] {
  return size < largeFile ? [0] : [0, 1, 2, 3, 4].map((part) => Math.floor((part * size) / 5));
}
