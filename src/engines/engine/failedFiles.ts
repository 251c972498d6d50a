import type { AnalyzerRun } from './engine';
import { unreadableFiles } from '../../findings/coverage';
import { overLimit } from '../../base/boundedFile';

/** A file that a worker could not do, and why: Node's code where it could not be read. */
export interface FailedFile {
  readonly file: string;
  readonly reason: string;
}

/** Tells as gaps which files could not be read, which have grown too large, and on which the engine gave up. */
export function reportFailed(run: Pick<AnalyzerRun, 'gap' | 'log'>, failed: readonly FailedFile[]): void {
  const grown = failed.filter(({ reason }) => reason === overLimit);
  const unread = failed.filter(({ reason }) => isUnreadable(reason));
  const unfinished = failed.filter(({ reason }) => reason !== overLimit && !isUnreadable(reason));
  if (grown.length > 0)
    run.gap('over_limit', 'Files that have grown too large since the scan began were not scanned.', pathsOf(grown));
  if (unread.length > 0) run.gap('unreadable', unreadableFiles, pathsOf(unread));
  if (unfinished.length === 0) return;
  for (const { file, reason } of unfinished) run.log('info', `${file} was given up: ${reason}`);
  run.gap('unfinished', 'The analyzer gave up on some files, which it could not finish.', pathsOf(unfinished));
}

function pathsOf(failed: readonly FailedFile[]): string[] {
  return failed.map(({ file }) => file);
}

/** Gone, not ours to read, or not a file any more. */
function isUnreadable(reason: string): boolean {
  return /^(?:E[A-Z]+(?::|$)|NO_PLAIN_FILE)/.test(reason);
}
