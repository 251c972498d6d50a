import { structuredPatch } from 'diff';

/** A line of a diff. */
export interface DiffRow {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Lines around a change. */
const context = 2;
/** Above this, a diff says nothing to a person and takes long to compute. */
const maxChanged = 500;

/** What differs between two texts, with the lines around it; undefined if that is too much. */
export function diffOf(before: string, after: string): DiffRow[] | undefined {
  const patch = structuredPatch('', '', linesOf(before), linesOf(after), '', '', {
    context,
    maxEditLength: maxChanged,
  });
  return patch?.hunks.flatMap(({ lines }) =>
    lines.flatMap((line): DiffRow[] => {
      const text = line.slice(1);
      if (line.startsWith('+')) return [{ kind: 'added', text }];
      if (line.startsWith('-')) return [{ kind: 'removed', text }];
      return line.startsWith(' ') ? [{ kind: 'same', text }] : [];
    }),
  );
}

/** With one kind of line end, and one at the end: what differs there is nothing to show. */
function linesOf(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n');
  return lines.endsWith('\n') ? lines : `${lines}\n`;
}
