/** An edit as editors tell it; lines and columns count from 0. */
export interface TextEdit {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly text: string;
}

/**
 * Where a line stands after an edit. Whether the line is still the same is for its text to say.
 * @param line from 0
 * @param indent columns before the line's first character that counts
 */
export function shifted(line: number, indent: number, edit: TextEdit): number {
  const delta = edit.text.split('\n').length - 1 - (edit.endLine - edit.startLine);
  if (edit.endLine < line) return line + delta;
  if (edit.startLine > line) return line;
  // It ends on the line: what stands behind it moves with it, unless it began behind the line's own text.
  if (edit.endLine === line && (edit.startLine < line || edit.startColumn <= indent)) return line + delta;
  return edit.startLine;
}
