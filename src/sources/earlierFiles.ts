import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readBounded } from '../base/boundedFile';
import { defaultLimits } from '../base/limits';
import type { Changes } from './changedFiles';
import { checkOut, deletedFiles, topFolder, type Place } from './git';
import { isRepository } from './walk';

/** The minimum share of common lines for two versions of a file to count as renamed. */
const sameShare = 0.5;
/** Maximum pairs of files to compare line by line; beyond that, only files with equal content or name count as renamed. */
const maxPairs = 20_000;

/**
 * Writes the earlier versions of a folder's changed files as of a commit, each under its current name, so that their findings can be
 * compared. The repository stays unchanged, and no program that it names is started.
 * @param target an empty folder
 * @returns the folder with the files, and their number; new files are not included
 * @throws CodedError of {@link Place}'s git; Node's file errors; the signal's reason
 */
export async function writeEarlierFiles(
  place: Place,
  commit: string,
  changes: Changes,
  target: string,
): Promise<{ readonly folder: string; readonly files: number }> {
  const written = await writeOwn(place, commit, changes, target);
  let { files } = written;
  for (const [index, { path, base, changes: inside }] of changes.nested.entries()) {
    const folder = join(place.folder, path);
    const nested = { folder, ceiling: dirname(folder), signal: place.signal };
    const own = join(target, `nested-${index}`);
    await mkdir(own);
    const sub = await writeEarlierFiles(nested, base, inside, own);
    if (sub.files === 0) continue;
    await mkdir(dirname(join(written.folder, path)), { recursive: true });
    await rename(sub.folder, join(written.folder, path));
    files += sub.files;
  }
  return { folder: written.folder, files };
}

/** Writes the files of a repository, without nested ones. */
async function writeOwn(
  place: Place,
  commit: string,
  { files: changed, tracked, nested }: Changes,
  target: string,
): Promise<{ readonly folder: string; readonly files: number }> {
  const before = new Set(tracked.flatMap((one) => (one.before && one.submodule === undefined ? [one.path] : [])));
  const there = changed.filter((path) => before.has(path));
  const isNested = (path: string) => nested.some((one) => path.startsWith(`${one.path}/`));
  const added = changed.filter((path) => !before.has(path) && !path.endsWith('/') && !isNested(path));
  const folder = await checkOut(place, commit, there, join(target, 'same'));
  if (added.length === 0) return { folder, files: there.length };
  // A file may have come from anywhere in the repository.
  const top = (await isRepository(place.folder)) ? undefined : await topFolder(place);
  const whole = top === undefined ? place : { ...place, folder: top };
  const present = new Set(changed);
  const gone = top === undefined ? [...before].filter((path) => !present.has(path)) : await deletedFiles(whole, commit);
  if (gone.length === 0) return { folder, files: there.length };
  const old = await checkOut(whole, commit, gone, join(target, 'gone'));
  let files = there.length;
  for (const [from, to] of await renamed(old, gone, place.folder, added)) {
    await mkdir(dirname(join(folder, to)), { recursive: true });
    await rename(join(old, from), join(folder, to));
    files += 1;
  }
  return { folder, files };
}

/** Pairs each new file with its most likely earlier version: with equal content, or else the most similar one. */
async function renamed(
  oldFolder: string,
  gone: readonly string[],
  newFolder: string,
  added: readonly string[],
): Promise<[from: string, to: string][]> {
  const [olds, news] = [await textsOf(oldFolder, gone), await textsOf(newFolder, added)];
  const every = olds.size * news.size <= maxPairs;
  const pairs = [...olds].flatMap(([from, old]) =>
    [...news].flatMap(([to, text]) => {
      const sameName = from.slice(from.lastIndexOf('/') + 1) === to.slice(to.lastIndexOf('/') + 1);
      const share = old === text ? 1 : every || sameName ? alike(old, text) : 0;
      return share >= sameShare ? [{ from, to, share: share + (sameName ? 0.001 : 0) }] : [];
    }),
  );
  const taken = new Set<string>();
  return pairs
    .sort((a, b) => b.share - a.share)
    .flatMap(({ from, to }): [string, string][] => {
      if (taken.has(`from ${from}`) || taken.has(`to ${to}`)) return [];
      taken.add(`from ${from}`).add(`to ${to}`);
      return [[from, to]];
    });
}

/** The share of lines that two texts have in common. */
function alike(a: string, b: string): number {
  const [first, second] = [a.split('\n'), b.split('\n')];
  const counts = new Map<string, number>();
  for (const line of first) counts.set(line, (counts.get(line) ?? 0) + 1);
  let common = 0;
  for (const line of second) {
    const left = counts.get(line) ?? 0;
    if (left === 0) continue;
    counts.set(line, left - 1);
    common += 1;
  }
  return common / Math.max(first.length, second.length);
}

async function textsOf(folder: string, paths: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const path of paths) {
    try {
      const content = await readBounded(join(folder, path), { maxBytes: defaultLimits.maxFileSize });
      texts.set(path, content.toString('latin1'));
    } catch {
      // A link, too large, or deleted in the meantime: then its findings count as new.
    }
  }
  return texts;
}
