import { join } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { readBounded } from '../base/boundedFile';

/** Patterns as .gitignore has them. Case counts where git minds it by default. */
export function patterns(lines: string | readonly string[]): Ignore {
  return ignore({ ignorecase }).add(lines);
}

const ignorecase = process.platform === 'win32' || process.platform === 'darwin';

/** A pattern for one place from the root, without anything in it that stands for more than itself. */
const onePlace = /^\/[^*?[\]\\]*[^*?[\]\\/\s]$/;

/**
 * Whether a path, or a folder above it, matches one of the patterns; a path that ends with '/' is a folder. Patterns for one place each, of which there may
 * be as many as files, are looked up instead of tried one after the other.
 */
export function matcher(lines: readonly string[]): (path: string) => boolean {
  const folded = (text: string) => (ignorecase ? text.toLowerCase() : text);
  // A later exception may take back what an earlier pattern matches: then the order counts.
  const fixed = lines.some((line) => line.startsWith('!')) ? [] : lines.filter((line) => onePlace.test(line));
  const known = new Set(fixed);
  const places = new Set(fixed.map((line) => folded(line.slice(1))));
  const others = patterns(lines.filter((line) => !known.has(line)));
  return (path) => {
    const names = folded(path.replace(/\/$/, ''));
    if (places.size > 0) {
      if (places.has(names)) return true;
      for (let end = names.indexOf('/'); end >= 0; end = names.indexOf('/', end + 1))
        if (places.has(names.slice(0, end))) return true;
    }
    return others.ignores(path);
  };
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
