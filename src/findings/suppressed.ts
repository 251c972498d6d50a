import { isSuppressed, type Issue, type Report } from '../protocol';

/** A note that an issue is suppressed, and why, for the end of its line; '' for an open one. */
export function suppressedNote(issue: Issue): string {
  if (!isSuppressed(issue)) return '';
  const { reason: why, file, line } = issue.suppression ?? {};
  const reason = why?.trim();
  const place = file === undefined ? '' : ` by ${line === undefined ? file : `${file}:${line}`}`;
  return `(suppressed${place}${reason ? `: ${reason}` : ''})`;
}

/** The number of suppressed issues in words, to show next to the counts; undefined if there are none. */
export function suppressedCount({ files }: Pick<Report, 'files'>): string | undefined {
  const count = files.flatMap((file) => file.issues).filter(isSuppressed).length;
  return count === 0 ? undefined : `${count} suppressed`;
}
