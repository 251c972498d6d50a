import ignore, { type Ignore } from 'ignore';

/** .gitignore patterns, case-sensitive where git is by default. */
export function patterns(lines: string | readonly string[]): Ignore {
  return ignore({ ignorecase }).add(lines);
}

const ignorecase = process.platform === 'win32' || process.platform === 'darwin';

function folded(text: string): string {
  return ignorecase ? text.toLowerCase() : text;
}

/** A rooted pattern for one path, without wildcards. */
const onePlace = /^\/[^*?[\]\\]*[^*?[\]\\/\s]$/;

/**
 * Whether a path, or a folder above it, matches one of the patterns. A path that ends with '/' is a folder. Patterns without wildcards, of which there may
 * be as many as files, are looked up instead of tried in turn.
 */
export function matcher(lines: readonly string[]): (path: string) => boolean {
  // A later exception may revoke an earlier match, so the order matters.
  const fixed = lines.some((line) => line.startsWith('!')) ? [] : lines.filter((line) => onePlace.test(line));
  const known = new Set(fixed);
  const places = new Set(fixed.map((line) => folded(line.slice(1))));
  const rest = lines.filter((line) => !known.has(line));
  // Even without patterns, it would take each path apart.
  const others = rest.length > 0 ? patterns(rest) : undefined;
  return (path) => {
    const names = folded(path.replace(/\/$/, ''));
    if (places.size > 0) {
      if (places.has(names)) return true;
      for (let end = names.indexOf('/'); end >= 0; end = names.indexOf('/', end + 1))
        if (places.has(names.slice(0, end))) return true;
    }
    return others?.ignores(path) ?? false;
  };
}

/** Whether a path is in the list. An entry that ends with '/' stands for all files below it. */
export function pathMatcher(paths: readonly string[]): (path: string) => boolean {
  const exact = new Set(paths.map(folded));
  const folders = [...exact].filter((path) => path.endsWith('/'));
  return (path) => exact.has(folded(path)) || folders.some((folder) => folded(path).startsWith(folder));
}
