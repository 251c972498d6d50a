import { isSuppressed, type Issue, type Report } from '../protocol';

/** That an issue does not count, and why, for the end of its line; empty for an open one. */
export function suppressedNote(issue: Issue): string {
  if (!isSuppressed(issue)) return '';
  const reason = issue.suppression?.reason?.trim();
  return reason ? `(suppressed: ${reason})` : '(suppressed)';
}

/** How many of a report's issues are suppressed, in words, to stand beside its counts; undefined when none is. */
export function suppressedCount({ files }: Pick<Report, 'files'>): string | undefined {
  const count = files.flatMap((file) => file.issues).filter(isSuppressed).length;
  return count === 0 ? undefined : `${count} suppressed`;
}
