import { lstat } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { relativePath, type GapKind } from '../protocol';
import { abortReason } from '../base/abort';
import { errorCode } from '../base/errors';
import { inParallel } from '../base/inParallel';
import type { SourceFile } from './sourceFile';
import { fileStamp } from './fileStamp';
import { matcher } from './gitignore';
import { isLockfile } from './lockfileNames';
import type { Limits } from '../base/limits';
import { unreadableFiles } from '../findings/coverage';
import { listFiles } from './inventoryList';
import { contentSkip, folderSkip, nameSkip, type SkipReason } from './inventoryRules';
import { readPieces } from '../base/boundedFile';
import type { Skip } from './walk';

/** What a scan looks at, and what it left out. */
export interface Inventory {
  readonly files: readonly SourceFile[];
  /** How many files, or whole folders, were left out, by reason. */
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** What of it a person would want to know of. */
  readonly gaps: readonly InventoryGap[];
}

export interface InventoryGap {
  readonly kind: GapKind;
  readonly reason: string;
  readonly files: readonly string[];
}

/** Which reasons for leaving files out are gaps, and how they are told. */
const gapOfSkip: Partial<Record<SkipReason, Omit<InventoryGap, 'files'>>> = {
  unreadable: { kind: 'unreadable', reason: unreadableFiles },
  not_checked_out: { kind: 'partial_source', reason: 'Files that a sparse checkout leaves out were not scanned.' },
  too_large: { kind: 'over_limit', reason: 'Files that are too large were not scanned.' },
  too_deep: { kind: 'over_limit', reason: 'Folders that are nested too deeply were not scanned.' },
  too_many: { kind: 'over_limit', reason: 'There are more files than one scan takes; the rest was not scanned.' },
  bad_name: { kind: 'unreadable', reason: 'Files whose names are not portable were not scanned.' },
};

export interface InventoryOptions {
  /** Patterns as in .gitignore. Empty `include`: everything. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Whether the folder may belong to a git repository, which then says what is to be scanned. */
  readonly askGit: boolean;
  /** The names of the files in the folder, where they are known already: then nothing is listed. */
  readonly listed?: readonly string[];
  readonly limits: Pick<Limits, 'maxFiles' | 'maxDepth' | 'maxFileSize' | 'maxLockfileSize'>;
  /** Whether a file of this name is code that an analyzer would read; one that is too large is a gap then. Left out: every file is. */
  readonly isCode?: (path: string) => boolean;
  readonly signal: AbortSignal;
  /** Called now and then with the files looked at so far. */
  readonly onProgress: (done: number, total: number) => void;
}

const headBytes = 4096;
/** From this size on, in bytes, more of a file is looked at than its beginning. */
const largeFile = 32_768;
const filesAtOnce = 16;
/** Quicker than that of node:fs/promises. */
const lstatOf = promisify(lstat);

/**
 * Lists the files below `root` that are worth scanning. Nothing of the tree is run: git lists names only, with every hook and helper turned off.
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
    const told = reason === 'too_large' && options.isCode?.(path) === false ? undefined : gapOfSkip[reason];
    if (told) gap(told.kind, told.reason, path);
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
 * The names of the files below `root` that a scan of all of it would look at; none of them is opened.
 * @throws as {@link takeInventory}
 */
export async function listNames(
  root: string,
  options: Pick<InventoryOptions, 'askGit' | 'limits' | 'signal'>,
): Promise<string[]> {
  const nothing = () => undefined;
  return (await listChosen(root, { ...options, include: [], exclude: [], skip: nothing, gap: nothing })).chosen;
}

type ListOptions = Pick<InventoryOptions, 'include' | 'exclude' | 'askGit' | 'limits' | 'signal'> & {
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

/** Those that are worth looking at, by their names; sorted, so that of too many files the same ones are taken each time. */
function chosenOf(
  listed: readonly string[],
  options: Pick<InventoryOptions, 'include' | 'exclude' | 'limits'>,
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

/** Why this path is not scanned, by its names alone. */
function pathSkip(path: string): SkipReason | undefined {
  const names = path.split('/');
  const file = names.pop() ?? '';
  for (const name of names) {
    // A walk has left out by itself what git would have to tell it of.
    const reason = folderSkip(name, true) ?? (nameSkip(name) === 'bad_name' ? 'bad_name' : undefined);
    if (reason) return reason;
  }
  return nameSkip(file) ?? (relativePath.safeParse(path).success ? undefined : 'bad_name');
}

/** What the patterns of a scan say: whether a file is in it, and whether something in a folder may be. */
function chooser({ include, exclude }: Pick<InventoryOptions, 'include' | 'exclude'>) {
  const isExcluded = matcher(exclude);
  const isIncluded = matcher(include);
  // How a pattern for one place begins, before anything in it that stands for more than itself.
  const beginnings = include.map((pattern) => (/^\/([^*?[\]\\]*)/.exec(pattern) ?? [])[1] ?? '');
  return {
    isChosen: (path: string) => !isExcluded(path) && (include.length === 0 || isIncluded(path)),
    mayHold: (folder: string) =>
      !isExcluded(`${folder}/`) &&
      (include.length === 0 ||
        beginnings.some((text) => text.startsWith(`${folder}/`) || `${folder}/`.startsWith(text))),
  };
}

/** Knows which paths below a root lead through a symbolic link: git names files by its index, whatever stands at their folders' place now. */
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
      return false; // Gone: so are its files, as looking at them tells.
    }
  }
}

/** Looks at one file: its kind, its size and its beginning. */
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
    // A lockfile counts whatever is in it: who reads it tells what is wrong with it. Of a large file it is first asked whether it is code that a person wrote.
    const reason = isLockfile(path) ? undefined : contentSkip(path, head, stats.size, pieces);
    if (reason) return reason;
    return stats.size > maxFileSize ? 'too_large' : { path, size: stats.size, stamp: fileStamp(stats) };
  } catch (error) {
    if (isSparse && errorCode(error) === 'ENOENT') return 'not_checked_out';
    return 'unreadable'; // Gone, or not ours to read: counted, and told in the report.
  }
}

/** Where pieces of a file are looked at: its beginning, and of a large one some of the rest. */
function startsOf(size: number): number[] {
  return size < largeFile ? [0] : [0, 1, 2, 3, 4].map((part) => Math.floor((part * size) / 5));
}
