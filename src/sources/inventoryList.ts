import { readdir, readFile, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { abortReason } from '../base/abort';
import { errorCode } from '../base/errors';
import { inParallel } from '../base/inParallel';
import { folderSkip, type SkipReason } from './inventoryRules';
import { runGit } from './runGit';

/**
 * The files of a git repository: tracked, and untracked but not ignored; relative to `root`, which may be any folder of it.
 * @returns undefined when `root` is in no repository that git would read, or git is not there
 */
export async function listByGit(root: string, signal: AbortSignal): Promise<string[] | undefined> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const listed = await runGit({ cwd: root, args, signal, timeoutMs: 120_000 });
  if (!listed.ok) return undefined;
  const paths = listed.stdout.split('\0').filter((path) => path !== '');
  // A folder that its repository ignores is scanned as if there were none: somebody asked for it by name.
  return paths.length > 0 ? paths : undefined;
}

/** Notes that a file or folder is left out. */
export type Skip = (reason: SkipReason, path: string) => void;

/**
 * The files of a folder that git does not know, relative to `root`. Follows no link, and minds the .gitignore files it meets.
 * What it leaves out is told to `skip`: a folder counts as one.
 * @throws the signal's reason; Node's error when `root` itself cannot be read
 */
export async function listByWalk(
  root: string,
  options: { readonly signal: AbortSignal; readonly limits: { readonly maxDepth: number; readonly maxFiles: number } },
  skip: Skip,
): Promise<string[]> {
  const files: string[] = [];
  interface Folder {
    readonly path: string;
    readonly depth: number;
    readonly rules: readonly Rules[];
  }
  let below: Folder[] = [];
  const list = async (folder: Folder) => {
    if (options.signal.aborted) throw abortReason(options.signal);
    let entries;
    try {
      entries = await readdir(join(root, folder.path), { withFileTypes: true });
    } catch (error) {
      if (folder.path === '') throw error;
      skip('unreadable', folder.path);
      return;
    }
    const own = entries.some((entry) => entry.name === '.gitignore' && entry.isFile())
      ? await readRules(root, folder.path)
      : undefined;
    const rules = own ? [...folder.rules, own] : folder.rules;
    for (const entry of entries) {
      const path = folder.path === '' ? entry.name : `${folder.path}/${entry.name}`;
      const isFolder = entry.isDirectory();
      const reason = isFolder
        ? (folderSkip(entry.name, false) ?? (folder.depth >= options.limits.maxDepth ? 'too_deep' : undefined))
        : undefined;
      if (reason) skip(reason, path);
      else if (isIgnored(rules, path, isFolder)) skip('ignored', path);
      else if (isFolder) below.push({ path, depth: folder.depth + 1, rules });
      else files.push(path);
    }
  };
  // One level after the other, not recursion: depth is the input's choice.
  for (let level: Folder[] = [{ path: '', depth: 0, rules: [] }]; level.length > 0; level = below) {
    below = [];
    await inParallel(level, foldersAtOnce, list);
  }
  return files;
}

const foldersAtOnce = 16;

/** A .gitignore and the folder it counts for. */
interface Rules {
  readonly folder: string;
  readonly rules: Ignore;
}

async function readRules(root: string, folder: string): Promise<Rules | undefined> {
  const path = join(root, folder, '.gitignore');
  try {
    // Never a file outside: the entry was no link, and this proves that no folder above it became one.
    if (relative(await realpath(root), await realpath(path)).startsWith('..')) return undefined;
    return { folder, rules: ignore().add(await readFile(path, 'utf8')) };
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined; // Unreadable: its own entry is counted when the files are looked at.
  }
}

/** The innermost .gitignore that says anything about a path decides. */
function isIgnored(all: readonly Rules[], path: string, isFolder: boolean): boolean {
  for (let index = all.length - 1; index >= 0; index -= 1) {
    const own = all[index];
    if (!own) continue;
    const inside = own.folder === '' ? path : path.slice(own.folder.length + 1);
    const verdict = own.rules.test(isFolder ? `${inside}/` : inside);
    if (verdict.ignored) return true;
    if (verdict.unignored) return false;
  }
  return false;
}
