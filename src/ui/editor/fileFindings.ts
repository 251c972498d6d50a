import type * as vscode from 'vscode';
import type { Issue } from '../../protocol';
import type { Finding } from '../../store/findings';
import { shifted } from '../../store/lineShift';
import { place } from '../../store/placement';
import { toDiagnostic } from './diagnostic';
import { placedIn } from './placeIssues';

/** A finding in a file as it is now. */
export interface PlacedFinding {
  readonly finding: Finding;
  /** The finding's issue, at its line as it is now. */
  readonly issue: Issue;
  readonly diagnostic: vscode.Diagnostic;
}

interface Placed extends PlacedFinding {
  /** Its line when the file was opened: a line that reads otherwise is no finding any more. */
  text: string;
  shown: boolean;
}

/** The findings of one file: they move with its lines while it is edited, and go while their line is changed. */
export class FileFindings {
  #placed: Placed[];
  #edited = false;

  constructor(
    readonly folder: string,
    readonly uri: vscode.Uri,
    private readonly findings: readonly Finding[],
    lines: readonly string[],
  ) {
    this.#placed = this.#place(lines);
  }

  /** Relative to the folder. */
  get path(): string {
    return this.findings[0]?.issue.file ?? '';
  }

  /** Those that stand in the file now. */
  get shown(): readonly PlacedFinding[] {
    return this.#placed.filter((placed) => placed.shown);
  }

  /** Whether the file was edited since, so that offsets into it mean nothing any more. */
  get edited(): boolean {
    return this.#edited;
  }

  /** Finds every finding's line anew. */
  reset(lines: readonly string[]): void {
    this.#placed = this.#place(lines);
    this.#edited = false;
  }

  /** Moves the findings with an edit. @returns whether one moved, went or came back */
  edit(document: vscode.TextDocument, changes: readonly vscode.TextDocumentContentChangeEvent[]): boolean {
    this.#edited = true;
    let changed = false;
    this.#placed = this.#placed.map((placed) => {
      const next = moved(placed, document, changes);
      changed ||= next !== placed;
      return next;
    });
    return changed;
  }

  #place(lines: readonly string[]): Placed[] {
    return this.findings.map((finding) => {
      const issue = placedIn(finding.issue, lines);
      return { finding, issue, diagnostic: toDiagnostic(issue), text: lines[issue.line - 1] ?? '', shown: true };
    });
  }
}

function moved(
  placed: Placed,
  document: vscode.TextDocument,
  changes: readonly vscode.TextDocumentContentChangeEvent[],
): Placed {
  const { issue, text } = placed;
  const indent = indentOf(text);
  const followed = changes.reduce(
    (at, { range, text: inserted }) =>
      shifted(at, indent, {
        startLine: range.start.line,
        startColumn: range.start.character,
        endLine: range.end.line,
        text: inserted,
      }),
    issue.line - 1,
  );
  const textAt = (at: number) => document.lineAt(Math.min(Math.max(0, at), document.lineCount - 1)).text;
  const same = (at: number) => textAt(at).trim() === text.trim();
  // A revert or a formatter may replace the whole file: the line is looked for then.
  const whole = changes.some(({ range }) => range.end.line > range.start.line);
  const line = same(followed) || !whole ? followed : found(placed, document);
  const now = textAt(line);
  const shown = now.trim() === text.trim();
  const columns = shown ? indentOf(now) - indent : 0;
  const delta = line + 1 - issue.line;
  if (shown === placed.shown && columns === 0 && delta === 0) return placed;
  const { column, end_line: endLine, end_column: endColumn } = issue;
  const at: Issue = {
    ...issue,
    line: Math.max(1, line + 1),
    ...(column !== undefined && { column: Math.max(1, column + columns) }),
    ...(endLine !== undefined && { end_line: Math.max(1, endLine + delta) }),
    ...(endColumn !== undefined && {
      end_column: Math.max(1, endLine === undefined || endLine === issue.line ? endColumn + columns : endColumn),
    }),
  };
  return { ...placed, issue: at, diagnostic: toDiagnostic(at), text: shown ? now : text, shown };
}

/** The line that reads as the finding's did: where the scan saw it, or the only one of that kind. From 0. */
function found({ finding, text }: Placed, document: vscode.TextDocument): number {
  return place({ line: finding.issue.line, snippet: text }, document.getText().split('\n')).line - 1;
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
