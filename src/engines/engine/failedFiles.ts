import type { AnalyzerRun } from './engine';
import { unreadableFiles } from '../../findings/coverage';
import { overLimit } from '../../base/boundedFile';

/** A file that a worker could not process, and why; Node's error code if it could not be read. */
export interface FailedFile {
  readonly file: string;
  readonly reason: string;
}

/** Reports gaps for files that could not be read, have grown too large, or made the engine give up. */
export function reportFailed(run: Pick<AnalyzerRun, 'gap' | 'log'>, failed: readonly FailedFile[]): void {
  const grown = failed.filter(({ reason }) => reason === overLimit);
  const unread = failed.filter(({ reason }) => isUnreadable(reason));
  const unfinished = failed.filter(({ reason }) => reason !== overLimit && !isUnreadable(reason));
  if (grown.length > 0)
    run.gap('over_limit', 'Files that have grown too large since the scan began were not scanned.', pathsOf(grown));
  if (unread.length > 0) run.gap('unreadable', unreadableFiles, pathsOf(unread));
  if (unfinished.length === 0) return;
  for (const { file, reason } of unfinished) run.log('info', `Gave up on ${file}: ${reason}`);
  run.gap('unfinished', 'The analyzer could not finish some files.', pathsOf(unfinished));
}

function pathsOf(failed: readonly FailedFile[]): string[] {
  return failed.map(({ file }) => file);
}

/** Whether the file is gone, not readable, or no longer a file. */
function isUnreadable(reason: string): boolean {
  return /^(?:E[A-Z]+(?::|$)|NO_PLAIN_FILE)/.test(reason);
}
