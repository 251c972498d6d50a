import { close, constants, lstat, open, read } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ignore from 'ignore';
import { relativePath, type GapKind } from '../protocol';
import { abortReason } from '../base/abort';
import { inParallel } from '../base/inParallel';
import type { SourceFile } from './sourceFile';
import { fileStamp } from './fileStamp';
import { isLockfile } from './lockfileNames';
import type { Limits } from '../base/limits';
import { listByGit, listByWalk, type Skip } from './inventoryList';
import { contentSkip, folderSkip, nameSkip, type SkipReason } from './inventoryRules';

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
  unreadable: { kind: 'unreadable', reason: 'Files and folders that could not be read were not scanned.' },
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
/** Those of node:fs/promises make an object of each open file, and take twice as long. */
const calls = { lstat: promisify(lstat), open: promisify(open), read: promisify(read), close: promisify(close) };

/**
 * Lists the files below `root` that are worth scanning. Nothing of the tree is run: git lists names only, with every hook and helper turned off.
 * @throws the signal's reason; Node's error when the folder itself cannot be read
 */
export async function takeInventory(root: string, options: InventoryOptions): Promise<Inventory> {
  const skipped: Partial<Record<SkipReason, number>> = {};
  const gaps = new Map<SkipReason, string[]>();
  const skip: Skip = (reason, path) => {
    skipped[reason] = (skipped[reason] ?? 0) + 1;
    const isGap = reason in gapOfSkip && (reason !== 'too_large' || (options.isCode?.(path) ?? true));
    if (isGap)
      gaps
        .set(reason, gaps.get(reason) ?? [])
        .get(reason)
        ?.push(path);
  };

  const byGit = options.askGit ? await listByGit(root, options.signal) : undefined;
  const listed = byGit ?? (await listByWalk(root, options, skip));
  const wanted = listed.filter((path) => {
    const reason =
      pathSkip(path, byGit !== undefined) ?? (options.limits.maxDepth < depth(path) ? 'too_deep' : undefined);
    if (reason) skip(reason, path);
    return !reason;
  });
  // Sorted, so that of too many files the same ones are taken each time.
  const chosen = choose(wanted, options, skip).sort();
  if (chosen.length > options.limits.maxFiles) {
    for (const path of chosen.splice(options.limits.maxFiles)) skip('too_many', path);
  }

  const files: SourceFile[] = [];
  let done = 0;
  await inParallel(chosen, filesAtOnce, async (path) => {
    if (options.signal.aborted) throw abortReason(options.signal);
    const { maxLockfileSize, maxFileSize } = options.limits;
    const looked = await look(root, path, isLockfile(path) ? maxLockfileSize : maxFileSize);
    if (typeof looked === 'string') skip(looked, path);
    else files.push(looked);
    if (done++ % 200 === 0) options.onProgress(done, chosen.length);
  });
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, skipped, gaps: [...gaps].flatMap(([reason, paths]) => gapsOf(reason, paths)) };
}

function gapsOf(reason: SkipReason, files: readonly string[]): InventoryGap[] {
  const told = gapOfSkip[reason];
  return told ? [{ ...told, files }] : [];
}

function depth(path: string): number {
  return path.split('/').length - 1;
}

/** Why this path is not scanned, by its names alone. */
function pathSkip(path: string, listedByGit: boolean): SkipReason | undefined {
  const names = path.split('/');
  const file = names.pop() ?? '';
  for (const name of names) {
    const reason = folderSkip(name, listedByGit) ?? (nameSkip(name) === 'bad_name' ? 'bad_name' : undefined);
    if (reason) return reason;
  }
  return nameSkip(file) ?? (relativePath.safeParse(path).success ? undefined : 'bad_name');
}

function choose(paths: readonly string[], options: InventoryOptions, skip: Skip): string[] {
  const excluded = ignore().add([...options.exclude]);
  const included = ignore().add([...options.include]);
  return paths.filter((path) => {
    const keep = !excluded.ignores(path) && (options.include.length === 0 || included.ignores(path));
    if (!keep) skip('excluded', path);
    return keep;
  });
}

/** Looks at one file: its kind, its size and its beginning. */
async function look(root: string, path: string, maxFileSize: number): Promise<SourceFile | SkipReason> {
  const absolute = join(root, path);
  try {
    const stats = await calls.lstat(absolute);
    if (stats.isSymbolicLink()) return 'link';
    if (!stats.isFile()) return 'not_a_file';
    if (stats.size > maxFileSize) return 'too_large';
    const [head = new Uint8Array(), ...pieces] = await readPieces(absolute, stats.size);
    // A lockfile counts whatever is in it: who reads it tells what is wrong with it.
    return (
      (isLockfile(path) ? undefined : contentSkip(path, head, stats.size, pieces)) ?? {
        path,
        size: stats.size,
        stamp: fileStamp(stats),
      }
    );
  } catch {
    return 'unreadable'; // Gone, or not ours to read: counted, and told in the report.
  }
}

/** The beginning of a file, and of a large one some pieces of the rest. */
async function readPieces(path: string, size: number): Promise<Uint8Array[]> {
  // Not following a link, and not waiting for a pipe's other end, should the file have become one meanwhile.
  const file = await calls.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const starts = size < largeFile ? [0] : [0, size / 5, (2 * size) / 5, (3 * size) / 5, (4 * size) / 5];
    const pieces: Uint8Array[] = [];
    for (const start of starts) {
      const { buffer, bytesRead } = await calls.read(file, Buffer.alloc(headBytes), 0, headBytes, Math.floor(start));
      pieces.push(buffer.subarray(0, bytesRead));
    }
    return pieces;
  } finally {
    await calls.close(file);
  }
}
