import { CodedError } from '../base/errors';
import { runGit } from '../sources/runGit';

/**
 * Files below `folder` that differ from `base`, untracked ones included, as globs that match just them.
 * Nothing that the repository's own configuration names is started.
 * @param base a commit or branch
 * @throws CodedError USAGE when the folder is in no git repository or has no such commit
 */
export async function changedFiles(folder: string, base: string): Promise<string[]> {
  if (base.startsWith('-')) throw new CodedError('USAGE', `"${base}" is not a commit or branch.`);
  const names = async (...args: string[]) => {
    const { ok, stdout, stderr } = await runGit({ cwd: folder, args, signal: new AbortController().signal });
    if (ok) return stdout.split('\0').filter((name) => name !== '');
    throw new CodedError('USAGE', `The files changed against ${base} cannot be told: ${stderr.trim()}`);
  };
  // diff-index compares by the index's stamps, so that no content filter of the repository runs; at worst it names a file too many.
  const changed = await names('diff-index', '--name-only', '-z', '--diff-filter=d', '--relative', base, '--', '.');
  const untracked = await names('ls-files', '--others', '--exclude-standard', '-z', '--', '.');
  return [...new Set([...changed, ...untracked])].map(asGlob);
}

/** A pattern from the root for one path; what means something in a pattern, or ends a list's part, stands as `?`: any one character. */
function asGlob(path: string): string {
  return `/${path.replace(/[*?[\]{}()!,\\+@|]/g, '?').replace(/ $/, '?')}`;
}
