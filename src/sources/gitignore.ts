import { join } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { readBounded } from '../base/boundedFile';

/** Patterns as .gitignore has them. Case counts where git minds it by default. */
export function patterns(lines: string | readonly string[]): Ignore {
  const ignorecase = process.platform === 'win32' || process.platform === 'darwin';
  return ignore({ ignorecase }).add(lines);
}

/** A file of ignore rules, and the folder it counts for: '' is the root. */
export interface IgnoreRules {
  readonly folder: string;
  readonly rules: Ignore;
}

/** Nobody writes more by hand. In bytes. */
const maxSize = 1024 * 1024;

/**
 * Reads a file of ignore rules.
 * @param folder the folder that it counts for, below `root`
 * @returns undefined when there is no such file, or it is a link, a pipe or far too large; the walk meets it as a file too, which counts it
 */
export async function readIgnoreRules(root: string, folder: string, name: string): Promise<IgnoreRules | undefined> {
  try {
    const text = await readBounded(join(root, folder, name), { maxBytes: maxSize });
    return { folder, rules: patterns(text.toString('utf8')) };
  } catch {
    return undefined;
  }
}

/** Whether a path is ignored: the innermost rules that say anything about it decide. */
export function isIgnored(all: readonly IgnoreRules[], path: string, isFolder: boolean): boolean {
  for (const { folder, rules } of all.toReversed()) {
    const inside = folder === '' ? path : path.slice(folder.length + 1);
    const verdict = rules.test(isFolder ? `${inside}/` : inside);
    if (verdict.ignored) return true;
    if (verdict.unignored) return false;
  }
  return false;
}
