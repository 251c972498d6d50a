import { CodedError, errorMessage } from '../base/errors';
import { simpleGit } from 'simple-git';

/**
 * Files below `folder` that differ from `base`, untracked ones included, as globs that match just them.
 * No hook, pager or file system monitor of the repository's own configuration runs.
 * @param base a commit or branch
 * @throws CodedError USAGE when the folder is in no git repository or has no such commit
 */
export async function changedFiles(folder: string, base: string): Promise<string[]> {
  if (base.startsWith('-')) throw new CodedError('USAGE', `"${base}" is not a commit or branch.`);
  const git = simpleGit({
    baseDir: folder,
    // The scanned repository's own settings must start nothing; simple-git asks to be told that we mean to set these.
    config: ['core.fsmonitor=false', 'core.hooksPath=/dev/null'],
    unsafe: { allowUnsafeFsMonitor: true, allowUnsafeHooksPath: true },
  });
  try {
    // diff-index compares by the index's stamps, so that no content filter of the repository runs; at worst it names a file too many.
    const changed = await git.raw([
      'diff-index',
      '--name-only',
      '-z',
      '--diff-filter=d',
      '--relative',
      base,
      '--',
      '.',
    ]);
    const untracked = await git.raw(['ls-files', '--others', '--exclude-standard', '-z', '--', '.']);
    return [...new Set([...changed.split('\0'), ...untracked.split('\0')])].filter((name) => name !== '').map(asGlob);
  } catch (error) {
    throw new CodedError('USAGE', `The files changed against ${base} cannot be told: ${errorMessage(error).trim()}`, {
      cause: error,
    });
  }
}

/** What means something in a glob, or ends a list's part, stands as `?`: any one character. */
function asGlob(path: string): string {
  return path.replace(/[*?[\]{}()!,\\+@|]/g, '?');
}
