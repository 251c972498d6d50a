import type { AnalyzerRun } from './engine';
import { unreadableFiles } from '../findings/coverage';

/** A file that a worker could not do, and why: Node's code where it could not be read. */
export interface FailedFile {
  readonly file: string;
  readonly reason: string;
}

/** Tells as gaps which files could not be read, and on which the engine gave up. */
export function tellFailed(run: Pick<AnalyzerRun, 'gap' | 'log'>, failed: readonly FailedFile[]): void {
  const unread = failed.filter(({ reason }) => isUnreadable(reason));
  const unfinished = failed.filter(({ reason }) => !isUnreadable(reason));
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
  return /^(?:E[A-Z]+(?::|$)|not a file)/.test(reason);
}
