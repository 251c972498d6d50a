/** An edit as editors report it. Lines and columns are zero-based. */
export interface TextEdit {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly text: string;
}

/**
 * The number of a line after an edit. Whether it is still the same line depends on its text.
 * @param line zero-based
 * @param indent number of columns before the first character that is not a space
 */
export function shifted(line: number, indent: number, edit: TextEdit): number {
  const delta = edit.text.split('\n').length - 1 - (edit.endLine - edit.startLine);
  if (edit.endLine < line) return line + delta;
  if (edit.startLine > line) return line;
  // The edit ends on the line, which moves with it unless the edit started within its text.
  if (edit.endLine === line && (edit.startLine < line || edit.startColumn <= indent)) return line + delta;
  return edit.startLine;
}
