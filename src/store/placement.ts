import type { Issue } from '../protocol';

/** The current position of a finding in its file. */
export interface Placement {
  /** One-based; never beyond the end of the file. */
  readonly line: number;
  /** The file has changed since the scan, and the finding's line could not be found. */
  readonly stale: boolean;
}

/**
 * Finds the current line of a finding by its snippet. If the snippet no longer matches at its line but matches exactly one other, the finding has
 * moved there.
 * @param lines the current lines of the file
 */
export function place(issue: Pick<Issue, 'line' | 'snippet'>, lines: readonly string[]): Placement {
  const { line, snippet } = issue;
  const last = Math.max(1, lines.length);
  const wanted = firstLine(snippet);
  if (wanted === '') return { line: Math.min(line, last), stale: line > last };
  const same = snippetMatcher(wanted);
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

/** Whether a line is the finding's, judging by its snippet. */
export function matchesSnippet({ snippet }: Pick<Issue, 'snippet'>, line: string): boolean {
  const wanted = firstLine(snippet);
  return wanted === '' || snippetMatcher(wanted)(line);
}

function firstLine(snippet: string | undefined): string {
  return snippet?.split(/\r?\n/, 1)[0]?.trim() ?? '';
}

/**
 * Matches lines against a snippet. A masked secret (asterisks) and the truncated part of a long line (an ellipsis) match any text.
 * Runs in linear time, since a minified line can be megabytes long.
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

/** Moves a finding and its range to another line. */
export function movedTo(issue: Issue, line: number): Issue {
  if (line === issue.line) return issue;
  const { end_line: endLine } = issue;
  return { ...issue, line, ...(endLine !== undefined && { end_line: Math.max(line, endLine + line - issue.line) }) };
}
