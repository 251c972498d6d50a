import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { abortReason } from '../base/abort';
import { inParallel } from '../base/inParallel';
import { isIgnored, readIgnoreRules, type IgnoreRules } from './gitignore';
import { folderSkip, type SkipReason } from './inventoryRules';

/** Records that a file or folder is left out. */
export type Skip = (reason: SkipReason, path: string) => void;

export interface WalkOptions {
  readonly signal: AbortSignal;
  readonly limits: { readonly maxDepth: number };
}

/** The result of a walk. Paths are relative to its root. */
export interface Walked {
  readonly files: string[];
  /** Nested repositories, none of whose files are in `files`. */
  readonly nested: string[];
}

const foldersAtOnce = 16;

/**
 * Lists the files of a folder without git. Follows no links, opens no pipes, and respects the .gitignore files that it meets and the repository's
 * info/exclude. Calls `skip` for what it leaves out, once for a whole folder.
 * @param start the folder below `root` to start at; '' is the root
 * @throws the signal's reason; Node's error when `start` itself cannot be read
 */
export async function walk(root: string, start: string, options: WalkOptions, skip: Skip): Promise<Walked> {
  const files: string[] = [];
  const nested: string[] = [];
  interface Folder {
    readonly path: string;
    readonly depth: number;
    readonly rules: readonly IgnoreRules[];
  }
  let below: Folder[] = [];
  const list = async (folder: Folder) => {
    if (options.signal.aborted) throw abortReason(options.signal);
    let entries;
    try {
      entries = await readdir(join(root, folder.path), { withFileTypes: true });
    } catch (error) {
      if (folder.path === start) throw error;
      skip('unreadable', folder.path);
      return;
    }
    const names = new Set(entries.map((entry) => entry.name));
    if (folder.path !== start) {
      if (names.has('.git') && (await isRepository(join(root, folder.path)))) {
        nested.push(folder.path);
        return;
      }
      if (isBareRepository(names)) {
        skip('vendored', folder.path);
        return;
      }
    }
    const own = entries.some((entry) => entry.name === '.gitignore' && entry.isFile())
      ? await readIgnoreRules(root, folder.path, '.gitignore')
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
  const excludes = await readIgnoreRules(root, start, '.git/info/exclude');
  const depth = start === '' ? 0 : start.split('/').length;
  // Level by level rather than recursively, since the depth is up to the input.
  for (
    let level: Folder[] = [{ path: start, depth, rules: excludes ? [excludes] : [] }];
    level.length > 0;
    level = below
  ) {
    below = [];
    await inParallel(level, foldersAtOnce, list);
  }
  return { files, nested };
}

/** Whether a folder is a repository: it has a usable `.git` folder, or the `.git` file of a submodule or linked work tree. */
export async function isRepository(folder: string): Promise<boolean> {
  try {
    const stats = await lstat(join(folder, '.git'));
    if (!stats.isDirectory()) return stats.isFile() || stats.isSymbolicLink();
    return isBareRepository(new Set(await readdir(join(folder, '.git'))));
  } catch {
    return false;
  }
}

/** Whether a folder with these entries is a bare repository, which has no work tree. */
function isBareRepository(names: ReadonlySet<string>): boolean {
  return ['HEAD', 'objects', 'refs', 'config'].every((name) => names.has(name));
}
