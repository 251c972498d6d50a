import { CodedError, errorMessage } from '../base/errors';
import { changedFiles } from '../sources/changedFiles';

/**
 * Files below `folder` that differ from `base`, untracked ones included, as globs that match just them.
 * @param base a commit, branch or tag
 * @throws CodedError USAGE with a sentence when git cannot tell them; the signal's reason
 */
export async function changedGlobs(folder: string, base: string, signal: AbortSignal): Promise<string[]> {
  try {
    return (await changedFiles(folder, base, signal)).map(asGlob);
  } catch (error) {
    if (signal.aborted || !(error instanceof CodedError)) throw error;
    const advice =
      error.code === 'GIT_REFUSED'
        ? ` If you trust it, run: git config --global --add safe.directory ${JSON.stringify(folder)}`
        : '';
    throw new CodedError(
      'USAGE',
      `The files of ${folder} changed against ${base} cannot be told: ${errorMessage(error)}.${advice}`,
      { cause: error },
    );
  }
}

/** A pattern from the root for one path; what means something in a pattern, or ends a list's part, stands as `?`: any one character. */
function asGlob(path: string): string {
  return `/${path.replace(/[*?[\]{}()!,\\+@|]/g, '?').replace(/ $/, '?')}`;
}
