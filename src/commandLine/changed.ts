import { CodedError, errorMessage } from '../base/errors';
import { changesSince, type Changes } from '../sources/changedFiles';
import { summarize, type Report } from '../protocol';
import type { Place } from '../sources/git';
import { matcher } from '../base/globs';
import { walk } from '../sources/walk';

/**
 * The files below `folder` that differ from `base`, including untracked ones; one that ends with '/' stands for all files in it.
 * @param base a commit, branch or tag
 * @throws CodedError USAGE when git cannot list them; the signal's reason
 */
export async function changedSince(folder: string, base: string, signal: AbortSignal): Promise<readonly string[]> {
  return (await changesAt({ folder, signal }, base)).files;
}

/** Like {@link changedFiles}, with what git says about each file. @param isCommit whether `base` is the ID of an existing commit */
export async function changesAt(place: Place, base: string, isCommit = false): Promise<Changes> {
  const { folder, signal } = place;
  try {
    return await changesSince(place, base, isCommit);
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

/**
 * Globs that match exactly these files, restricted to those that match a pattern.
 * @param include .gitignore patterns, one of which a file must match; empty for any file
 */
export async function globsOf(
  folder: string,
  changed: readonly string[],
  include: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  if (include.length === 0) return changed.map(asGlob);
  return (await withoutFolders(folder, changed, signal)).filter(matcher(include)).map(asGlob);
}

/** Removes findings in other files, which the pattern of {@link asGlob} may also match. */
export function withoutOtherFiles(report: Report, isWanted: (path: string) => boolean): Report {
  if (report.files.every(({ path }) => isWanted(path))) return report;
  const files = report.files.filter(({ path }) => isWanted(path));
  return { ...report, summary: summarize(files.flatMap(({ issues }) => issues)), files };
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
