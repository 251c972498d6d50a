import { execa } from 'execa';
import { CodedError } from '../base/errors';
import { gitEnvironment, safeGitArguments } from '../runner/pipeline/gitCommand';

/**
 * Files below `folder` that differ from `base`, untracked ones included, as globs that match just them.
 * Nothing that the repository's own configuration names is started.
 * @param base a commit or branch
 * @throws CodedError USAGE when the folder is in no git repository or has no such commit
 */
export async function changedFiles(folder: string, base: string): Promise<string[]> {
  if (base.startsWith('-')) throw new CodedError('USAGE', `"${base}" is not a commit or branch.`);
  const names = async (...args: string[]) => {
    const result = await execa('git', [...safeGitArguments, ...args], {
      cwd: folder,
      env: gitEnvironment([]),
      extendEnv: false,
      stdin: 'ignore',
      stripFinalNewline: false,
      reject: false,
    });
    if (result.failed) {
      const why = result.stderr.trim() === '' ? (result.shortMessage ?? 'git did not run') : result.stderr.trim();
      throw new CodedError('USAGE', `The files changed against ${base} cannot be told: ${why}`);
    }
    return result.stdout.split('\0').filter((name) => name !== '');
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
