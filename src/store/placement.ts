import type { Issue } from '../protocol';

/** Where a finding stands in a file as it is now. */
export interface Placement {
  /** From 1; never behind the file's end. */
  readonly line: number;
  /** The file has changed since the scan, and nobody can tell where the finding's line is now. */
  readonly stale: boolean;
}

/**
 * Finds the line of a finding in its file. The line is known by the finding's snippet: when it is elsewhere now, and there is only one like it,
 * the finding has moved with it.
 * @param lines the file as it is now
 */
export function place(issue: Pick<Issue, 'line' | 'snippet'>, lines: readonly string[]): Placement {
  const { line, snippet } = issue;
  const last = Math.max(1, lines.length);
  const looked = snippet?.split(/\r?\n/, 1)[0]?.trim() ?? '';
  if (looked === '') return { line: Math.min(line, last), stale: line > last };
  const same = snippetMatcher(looked);
  if (same(lines[line - 1] ?? '')) return { line, stale: false };
  const found: number[] = [];
  for (const [index, text] of lines.entries()) {
    if (same(text)) found.push(index + 1);
    if (found.length > 1) break;
  }
  const [only, second] = found;
  if (only !== undefined && second === undefined) return { line: only, stale: false };
  return { line: Math.min(line, last), stale: true };
}

/**
 * Whether a line is the one a snippet was taken of. A masked secret (asterisks) and what was cut off a long line (an ellipsis) stand for any text.
 * Takes time in proportion to the line: a minified one may have a megabyte.
 */
function snippetMatcher(snippet: string): (line: string) => boolean {
  const pieces = snippet
    .replace(/^…/, '********')
    .replace(/…$/, '********')
    .split(/\*{8,}/)
    .map((piece) => piece.trim());
  const first = pieces.shift() ?? '';
  const last = pieces.pop();
  return (line) => {
    const text = line.replace(/^\uFEFF/, '').trim();
    if (last === undefined) return text === first;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const piece of pieces) {
      const next = text.indexOf(piece, at);
      if (next < 0) return false;
      at = next + piece.length;
    }
    return at <= end;
  };
}

/** Moves a finding to another line, its range with it. */
export function movedTo(issue: Issue, line: number): Issue {
  if (line === issue.line) return issue;
  const { end_line: endLine } = issue;
  return { ...issue, line, ...(endLine !== undefined && { end_line: Math.max(line, endLine + line - issue.line) }) };
}
