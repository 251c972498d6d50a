import type { FileText } from '../../../src/base/fileText';
import type { FixEdit } from '../../../src/protocol';

/** The text with the edits applied. */
export function applied(edits: readonly FixEdit[], content: FileText): string {
  const list = edits.map(({ start, end, text }) => ({
    from: content.offsetOf(start.line, start.column) ?? 0,
    to: content.offsetOf(end.line, end.column) ?? 0,
    text,
  }));
  list.sort((a, b) => b.from - a.from);
  return list.reduce((text, edit) => text.slice(0, edit.from) + edit.text + text.slice(edit.to), content.text);
}
