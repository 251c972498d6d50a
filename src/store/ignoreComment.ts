import { commentMarks } from '../findings/policy/commentText';
import type { Issue } from '../protocol';

/** Whether there are comments in the finding's file, in which it can be ignored. */
export function canIgnore({ file }: Pick<Issue, 'file'>): boolean {
  return commentMarks(file) !== undefined;
}

/**
 * A comment line that suppresses a finding, to insert before the finding's line.
 * @param line the current text of the finding's line
 * @returns undefined if the language has no comments, or is unknown
 */
export function ignoreComment(
  { file, rule_id: rule }: Pick<Issue, 'file' | 'rule_id'>,
  line: string,
): string | undefined {
  const marks = commentMarks(file);
  if (!marks) return undefined;
  const [open, close] = marks;
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  // An ID that could break out of the comment, or cannot be parsed in it, is left out.
  const ids = /^[\w./@-]+$/.test(rule) ? ` ${rule}` : '';
  return `${indent}${open.trim()} codeagent-ignore${ids}${close === '' ? '' : ` ${close}`}`;
}
