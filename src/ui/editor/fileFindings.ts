import type * as vscode from 'vscode';
import type { FlowStep, Issue } from '../../protocol';
import type { Finding } from '../../store/findings';
import { shifted } from '../../store/lineShift';
import { place } from '../../store/placement';
import { toDiagnostic } from './diagnostic';
import { markedAsChanged, placedIn } from './placeIssues';

/** A finding at its current place in a file. */
export interface PlacedFinding {
  readonly finding: Finding;
  /** The finding's issue, moved to its current line. */
  readonly issue: Issue;
  readonly diagnostic: vscode.Diagnostic;
}

interface Placed extends PlacedFinding {
  /** Text of its line when the file was opened. */
  text: string;
  /** Whether the line has changed. */
  changed: boolean;
}

/** The findings of one file. During edits they move with their lines, and are marked while their line differs. */
export class FileFindings {
  #placed: Placed[];
  #edited = false;

  constructor(
    readonly folder: string,
    readonly uri: vscode.Uri,
    readonly findings: readonly Finding[],
    lines: readonly string[],
    private readonly isOutdated: (issue: Issue) => boolean,
  ) {
    this.#placed = this.#place(lines);
  }

  /** Relative to the folder. */
  get path(): string {
    return this.findings[0]?.issue.file ?? '';
  }

  /** The findings whose lines are unchanged. */
  get standing(): readonly PlacedFinding[] {
    return this.#placed.filter(({ changed }) => !changed);
  }

  /** All findings for the Problems panel; those whose lines have changed say so. */
  get diagnostics(): vscode.Diagnostic[] {
    return this.#placed.map(({ finding, issue, diagnostic, changed }) =>
      changed || this.isOutdated(finding.issue) ? toDiagnostic(markedAsChanged(issue), this.folder) : diagnostic,
    );
  }

  /** The original issues, with whether the code of each has changed since. */
  get changes(): (readonly [Issue, boolean])[] {
    return this.#placed.map(({ finding, changed }) => [finding.issue, changed]);
  }

  /** Whether the file has been edited since, which invalidates offsets into it. */
  get edited(): boolean {
    return this.#edited;
  }

  /** Locates all findings again. */
  reset(lines: readonly string[]): void {
    this.#placed = this.#place(lines);
    this.#edited = false;
  }

  /** Applies an edit. @returns whether a finding was moved or marked, or is unmarked again */
  edit(document: vscode.TextDocument, changes: readonly vscode.TextDocumentContentChangeEvent[]): boolean {
    this.#edited = true;
    let changed = false;
    let lines: readonly string[] | undefined;
    const linesNow = () => (lines ??= document.getText().split('\n'));
    this.#placed = this.#placed.map((placed) => {
      const next = moved(placed, document, changes, { folder: this.folder, linesNow });
      changed ||= next !== placed;
      return next;
    });
    return changed;
  }

  #place(lines: readonly string[]): Placed[] {
    return this.findings.map((finding) => {
      const { issue, changed } = placedIn(finding.issue, lines);
      const text = changed ? (issue.snippet ?? '') : (lines[issue.line - 1] ?? '');
      return { finding, issue, diagnostic: toDiagnostic(issue, this.folder), text, changed };
    });
  }
}

function moved(
  placed: Placed,
  document: vscode.TextDocument,
  changes: readonly vscode.TextDocumentContentChangeEvent[],
  { folder, linesNow }: { readonly folder: string; readonly linesNow: () => readonly string[] },
): Placed {
  const { issue, text } = placed;
  const indent = indentOf(text);
  const followed = lineAfter(issue.line - 1, indent, changes);
  const textAt = (at: number) => document.lineAt(Math.min(Math.max(0, at), document.lineCount - 1)).text;
  const same = (at: number) => textAt(at).trim() === text.trim();
  // A revert or a formatter may replace the whole file, so search for the line.
  const whole = changes.some(({ range }) => range.end.line > range.start.line);
  const line = same(followed) || !whole ? followed : findLine(placed, linesNow());
  const current = textAt(line);
  const changed = current.trim() !== text.trim();
  const columns = changed ? 0 : indentOf(current) - indent;
  const delta = line + 1 - issue.line;
  const flow = stepsAfter(issue, changes);
  if (changed === placed.changed && columns === 0 && delta === 0 && flow === issue.flow) return placed;
  const { column, end_line: endLine, end_column: endColumn } = issue;
  const at: Issue = {
    ...issue,
    line: Math.max(1, line + 1),
    ...(flow && { flow }),
    ...(column !== undefined && { column: Math.max(1, column + columns) }),
    ...(endLine !== undefined && { end_line: Math.max(1, endLine + delta) }),
    ...(endColumn !== undefined && {
      end_column: Math.max(1, endLine === undefined || endLine === issue.line ? endColumn + columns : endColumn),
    }),
  };
  return { ...placed, issue: at, diagnostic: toDiagnostic(at, folder), text: changed ? text : current, changed };
}

/** The steps of a finding's flow, those in its own file moved with their lines; the same array if none has moved. */
function stepsAfter(
  { file, flow }: Issue,
  changes: readonly vscode.TextDocumentContentChangeEvent[],
): FlowStep[] | undefined {
  const steps = flow?.map((step) => {
    const delta = step.file === file ? lineAfter(step.line - 1, 0, changes) + 1 - step.line : 0;
    if (delta === 0) return step;
    const { end_line: endLine } = step;
    const line = Math.max(1, step.line + delta);
    return { ...step, line, ...(endLine !== undefined && { end_line: Math.max(line, endLine + delta) }) };
  });
  return steps?.some((step, at) => step !== flow?.[at]) ? steps : flow;
}

/** The number of a line after changes, zero-based. @param indent as in {@link shifted} */
function lineAfter(line: number, indent: number, changes: readonly vscode.TextDocumentContentChangeEvent[]): number {
  return changes.reduce(
    (at, { range, text }) =>
      shifted(at, indent, {
        startLine: range.start.line,
        startColumn: range.start.character,
        endLine: range.end.line,
        text,
      }),
    line,
  );
}

/** Finds the line with the text of a finding's: where the scan reported it, or the only such line. Zero-based. */
function findLine({ finding, text }: Placed, lines: readonly string[]): number {
  return place({ line: finding.issue.line, snippet: text }, lines).line - 1;
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
