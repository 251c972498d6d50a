import { CodedError, errorMessage } from '../base/errors';
import { changedFiles } from '../sources/changedFiles';
import { matcher } from '../sources/gitignore';
import { walk } from '../sources/walk';

/**
 * Globs that match exactly the files below `folder` that differ from `base`, including untracked ones.
 * @param base a commit, branch or tag
 * @param include patterns as in .gitignore, one of which a file must match; empty for any file
 * @throws CodedError USAGE when git cannot list them; the signal's reason
 */
export async function changedGlobs(
  folder: string,
  base: string,
  include: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const changed = await changedFiles(folder, base, signal);
    if (include.length === 0) return changed.map(asGlob);
    return (await withoutFolders(folder, changed, signal)).filter(matcher(include)).map(asGlob);
  } catch (error) {
    if (signal.aborted || !(error instanceof CodedError)) throw error;
    const advice =
      error.code === 'GIT_REFUSED'
        ? ` If you trust it, run: git config --global --add safe.directory ${JSON.stringify(folder)}`
        : '';
    throw new CodedError(
      'USAGE',
      `Cannot list the files in ${folder} that differ from ${base}: ${errorMessage(error)}.${advice}`,
      { cause: error },
    );
  }
}

/** Replaces folders with the files in them, so that patterns can select among those. */
async function withoutFolders(root: string, paths: readonly string[], signal: AbortSignal): Promise<string[]> {
  const files = paths.filter((path) => !path.endsWith('/'));
  const folders = paths.filter((path) => path.endsWith('/')).map((path) => path.slice(0, -1));
  for (const folder of folders) {
    const walked = await walk(root, folder, { signal, limits: { maxDepth: 100 } }, () => undefined);
    files.push(...walked.files);
    folders.push(...walked.nested);
  }
  return files;
}

/** A rooted pattern for one path. Characters that are special in a pattern or a list become `?`, which matches any character. */
export function asGlob(path: string): string {
  return `/${path.replace(/[*?[\]{}()!,\\+@|]|\p{Cc}/gu, '?').replace(/ $/, '?')}`;
}
