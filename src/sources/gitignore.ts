import { join } from 'node:path';
import type { Ignore } from 'ignore';
import { readBounded } from '../base/boundedFile';
import { patterns } from '../base/globs';

/** A file of ignore rules, and the folder that it applies to; '' is the root. */
export interface IgnoreRules {
  readonly folder: string;
  readonly rules: Ignore;
}

/** More than anyone writes by hand, in bytes. */
const maxSize = 1024 * 1024;

/**
 * Reads a file of ignore rules.
 * @param folder the folder that it applies to, below `root`
 * @returns undefined if there is no such file, or it is a link, a pipe or far too large; the walk also meets it as a file, and counts it
 */
export async function readIgnoreRules(root: string, folder: string, name: string): Promise<IgnoreRules | undefined> {
  try {
    const text = await readBounded(join(root, folder, name), { maxBytes: maxSize });
    return { folder, rules: patterns(text.toString('utf8')) };
  } catch {
    return undefined;
  }
}

/** Whether a path is ignored. The innermost rules that mention it decide. */
export function isIgnored(all: readonly IgnoreRules[], path: string, isFolder: boolean): boolean {
  for (const { folder, rules } of all.toReversed()) {
    const inside = folder === '' ? path : path.slice(folder.length + 1);
    const verdict = rules.test(isFolder ? `${inside}/` : inside);
    if (verdict.ignored) return true;
    if (verdict.unignored) return false;
  }
  return false;
}
