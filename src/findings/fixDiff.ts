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

/** Lines of a diff that follow one another. */
export interface DiffHunk {
  /** The first changed line in the text before, from 1. */
  readonly line: number;
  readonly rows: readonly DiffRow[];
}

/** The differences between two texts, with context lines; undefined if there are too many. */
export function diffOf(before: string, after: string): DiffRow[] | undefined {
  return hunksOf(before, after)?.flatMap(({ rows }) => rows);
}

/** The same, in the parts that lie apart. */
export function hunksOf(before: string, after: string): DiffHunk[] | undefined {
  const patch = structuredPatch('', '', linesOf(before), linesOf(after), '', '', {
    context,
    maxEditLength: maxChanged,
  });
  return patch?.hunks.map(({ oldStart, lines }) => {
    const rows = lines.flatMap((line): DiffRow[] => {
      const text = line.slice(1);
      if (line.startsWith('+')) return [{ kind: 'added', text }];
      if (line.startsWith('-')) return [{ kind: 'removed', text }];
      return line.startsWith(' ') ? [{ kind: 'same', text }] : [];
    });
    return { line: oldStart + rows.findIndex(({ kind }) => kind !== 'same'), rows };
  });
}

/** Normalizes line ends and adds one at the end: such differences are not worth showing. */
function linesOf(text: string): string {
  const lines = text.replace(/\r\n?/g, '\n');
  return lines.endsWith('\n') ? lines : `${lines}\n`;
}
