/**
 * The pattern of a request's `include` for one file, or for a folder and all in it. What means something in a pattern, or ends a list's part,
 * stands as `?`, any one character: at worst a file too many is scanned.
 * @param path relative to the source's root, '/'-separated; empty for the root itself
 */
export function scopePattern(path: string, kind: 'file' | 'folder'): string {
  const plain = path.replace(/[*?[\]{}()!,\\+@|]|\p{Cc}/gu, '?').replace(/ $/, '?');
  return kind === 'file' ? `/${plain}` : `/${plain}/`;
}

/** Whether a scan with these patterns, which {@link scopePattern} made, looked at a file. Without any it looked at all. */
export function covers(include: readonly string[] | undefined, path: string): boolean {
  if (!include || include.length === 0) return true;
  const rooted = `/${path}`;
  return include.some((pattern) => {
    if (pattern.endsWith('/') ? rooted.length <= pattern.length : rooted.length !== pattern.length) return false;
    for (let at = 0; at < pattern.length; at += 1) if (pattern[at] !== '?' && pattern[at] !== rooted[at]) return false;
    return true;
  });
}
