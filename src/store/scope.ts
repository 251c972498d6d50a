import type { Issue } from '../protocol';

/**
 * The `include` pattern for a file, or for a folder and everything in it. Characters with a meaning in patterns or lists become `?`, which matches
 * any character: at worst, too many files are scanned.
 * @param path relative to the source's root, '/'-separated; empty for the root itself
 */
export function scopePattern(path: string, kind: 'file' | 'folder'): string {
  const plain = path.replace(/[*?[\]{}()!,\\+@|]|\p{Cc}/gu, '?').replace(/ $/, '?');
  return kind === 'file' ? `/${plain}` : `/${plain}/`;
}

/** Whether a scan with these patterns of {@link scopePattern} covers a file. Without patterns, it covers all files. */
export function covers(include: readonly string[] | undefined, path: string): boolean {
  if (!include || include.length === 0) return true;
  const rooted = `/${path}`;
  return include.some((pattern) => {
    if (pattern.endsWith('/') ? rooted.length <= pattern.length : rooted.length !== pattern.length) return false;
    for (let at = 0; at < pattern.length; at += 1) if (pattern[at] !== '?' && pattern[at] !== rooted[at]) return false;
    return true;
  });
}

/** Whether a scan with these patterns has read all that a finding is about: its file, and those that its flow leads through. */
export function coversAllOf(
  include: readonly string[] | undefined,
  { file, flow = [] }: Pick<Issue, 'file' | 'flow'>,
): boolean {
  return covers(include, file) && flow.every((step) => covers(include, step.file));
}
