import { structuredPatch } from 'diff';

/** A line of a diff. */
export interface DiffRow {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Number of context lines around a change. */
const context = 2;
/** Above this, a diff is useless to people and takes long to compute. */
const maxChanged = 500;

/** The differences between two texts, with context lines; undefined if there are too many. */
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

/** Normalizes line ends and adds one at the end: such differences are not worth showing. */
function linesOf(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n');
  return lines.endsWith('\n') ? lines : `${lines}\n`;
}
