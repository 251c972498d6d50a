import { FileText } from '../base/fileText';
import { diffOf, type DiffRow } from '../findings/fixDiff';
import type { FixEdit, Issue } from '../protocol';
import { matchesSnippet } from './placement';

/** A file of a finding. */
export interface FindingFile {
  readonly now: FileText;
  /** As it was scanned; undefined if that is not known. */
  readonly scanned: FileText | undefined;
  /** The text whose lines the report counts, as far as that can be told; see `isUnsure`. */
  readonly counted: FileText;
  /** Whether the file may have changed before this window saw it, so that the report's lines may be those of another text. */
  readonly isUnsure: boolean;
}

/** The edits of a finding's fix by file; undefined if it has none. */
export function editsByFile({
  file,
  fix,
}: Pick<Issue, 'file' | 'fix'>): ReadonlyMap<string, readonly FixEdit[]> | undefined {
  if (!fix) return undefined;
  const byFile = new Map<string, FixEdit[]>();
  for (const edit of fix.edits) {
    const path = edit.file ?? file;
    byFile.set(path, [...(byFile.get(path) ?? []), edit]);
  }
  return byFile;
}

/** Why a fix cannot be applied: the code has changed since the scan, or may have. */
export type FixObstacle = { readonly why: 'changed' } | { readonly why: 'unknown'; readonly file: string };
const changed: FixObstacle = { why: 'changed' };

/**
 * Whether the fix of a finding can be applied: the finding is still at its line, and each line that the fix edits is unchanged since the scan.
 * @param fileOf the files that it edits, by path; undefined for one that cannot be read
 * @returns undefined if it can
 */
export function fixObstacle(issue: Issue, fileOf: (path: string) => FindingFile | undefined): FixObstacle | undefined {
  const byFile = editsByFile(issue);
  const own = fileOf(issue.file);
  if (!byFile || !own || !matchesSnippet(issue, own.now.lineOf(issue.line))) return changed;
  if (own.scanned && own.scanned.lineOf(issue.line) !== own.now.lineOf(issue.line)) return changed;
  let unknown: FixObstacle | undefined;
  for (const [path, edits] of byFile) {
    const file = fileOf(path);
    if (!file || hasOverlap(edits) || !edits.every((edit) => isInside(edit, file.now))) return changed;
    for (const { start, end } of edits) {
      for (let line = start.line; line <= end.line; line += 1) {
        if (file.scanned) {
          if (file.scanned.lineOf(line) !== file.now.lineOf(line)) return changed;
        } else if (path !== issue.file || !isAsQuoted(issue, line, file.now)) {
          if (file.isUnsure) return changed;
          unknown ??= { why: 'unknown', file: path };
        }
      }
    }
  }
  return unknown;
}

/** Whether a line of a finding's file matches its snippet. Without the scanned text, other lines cannot be compared. */
function isAsQuoted({ line: first, snippet = '' }: Issue, line: number, now: FileText): boolean {
  const quoted = snippet.split(/\r\n|\n|\r/)[line - first]?.trim() ?? '';
  return quoted !== '' && matchesSnippet({ snippet: quoted }, now.lineOf(line));
}

/** Edits of several fixes that can be made at once. */
export interface CombinedFixes {
  readonly edits: ReadonlyMap<string, readonly FixEdit[]>;
  readonly fixed: readonly Issue[];
  /** Fixes that conflict with another one. */
  readonly left: readonly Issue[];
}

/** Combines fixes. Where two of them edit the same text, the first one counts; an import that several of them add is added once. */
export function combineFixes(issues: readonly Issue[]): CombinedFixes {
  const combined = new Map<string, Lines>();
  const [fixed, left]: [Issue[], Issue[]] = [[], []];
  for (const issue of issues) {
    const byFile = [...(editsByFile(issue) ?? [])].map(([path, edits]) => {
      const lines = combined.get(path) ?? new Lines();
      return { path, lines, edits: edits.filter((edit) => !lines.has(edit)) };
    });
    if (byFile.some(({ lines, edits }) => edits.some((edit) => lines.conflicts(edit)))) {
      left.push(issue);
      continue;
    }
    fixed.push(issue);
    for (const { path, lines, edits } of byFile) {
      combined.set(path, lines);
      for (const edit of edits) lines.add(edit);
    }
  }
  return { edits: new Map([...combined].map(([path, { all }]) => [path, all])), fixed, left };
}

/** A text after edits, which must not overlap. */
export function withEdits(file: FileText, edits: readonly FixEdit[]): string {
  const sorted = edits
    .map(({ start, end, text }) => ({
      from: file.offsetOf(start.line, start.column) ?? file.text.length,
      to: file.offsetOf(end.line, end.column) ?? file.text.length,
      text,
    }))
    .sort((a, b) => a.from - b.from || a.to - b.to);
  let [made, at] = ['', 0];
  for (const { from, to, text } of sorted) {
    made += file.text.slice(at, from) + text;
    at = to;
  }
  return made + file.text.slice(at);
}

/** Lines around an edit that its diff may show. */
const around = 3;

/** What edits of a file, which must not overlap, change in it, with the lines around each; undefined if that is too much. */
export function diffOfEdits(file: FileText, edits: readonly FixEdit[]): DiffRow[] | undefined {
  const parts: { first: number; last: number; edits: FixEdit[] }[] = [];
  for (const edit of [...edits].sort((a, b) => a.start.line - b.start.line)) {
    const part = parts.at(-1);
    const [first, last] = [Math.max(1, edit.start.line - around), edit.end.line + around];
    if (!part || first > part.last + 1) parts.push({ first, last, edits: [edit] });
    else {
      part.edits.push(edit);
      part.last = Math.max(part.last, last);
    }
  }
  const rows: DiffRow[] = [];
  for (const { first, last, edits: own } of parts) {
    const text = new FileText(file.lines.slice(first - 1, last).join('\n'));
    const at = ({ line, column }: FixEdit['start']) => ({ line: line - first + 1, column });
    const after = withEdits(
      text,
      own.map((edit) => ({ ...edit, start: at(edit.start), end: at(edit.end) })),
    );
    const made = diffOf(text.text, after);
    if (!made) return undefined;
    rows.push(...made);
  }
  return rows;
}

/** Edits of one file, found by their lines. */
class Lines {
  readonly all: FixEdit[] = [];
  readonly #byLine = new Map<number, FixEdit[]>();

  add(edit: FixEdit): void {
    this.all.push(edit);
    for (let line = edit.start.line; line <= edit.end.line; line += 1)
      this.#byLine.set(line, [...(this.#byLine.get(line) ?? []), edit]);
  }

  /** Whether it contains the very same change. Two equal insertions within a line may both be intended: closing brackets, for example. */
  has(edit: FixEdit): boolean {
    if (isInsertion(edit) && !isWholeLine(edit)) return false;
    return this.#near(edit).some((other) => isSamePlace(edit, other) && edit.text === other.text);
  }

  conflicts(edit: FixEdit): boolean {
    return this.#near(edit).some(
      (other) => overlap(edit, other) || (isSamePlace(edit, other) && edit.text === other.text),
    );
  }

  #near({ start, end }: FixEdit): FixEdit[] {
    const near = new Set<FixEdit>();
    for (let line = start.line; line <= end.line; line += 1)
      for (const edit of this.#byLine.get(line) ?? []) near.add(edit);
    return [...near];
  }
}

function hasOverlap(edits: readonly FixEdit[]): boolean {
  return edits.some((edit, at) => edits.slice(at + 1).some((other) => overlap(edit, other)));
}

function overlap(a: FixEdit, b: FixEdit): boolean {
  if (isSamePlace(a, b)) return !isInsertion(a);
  return isBefore(a.start, b.end) && isBefore(b.start, a.end);
}

function isSamePlace(a: FixEdit, b: FixEdit): boolean {
  return (
    !isBefore(a.start, b.start) && !isBefore(b.start, a.start) && !isBefore(a.end, b.end) && !isBefore(b.end, a.end)
  );
}

function isInsertion({ start, end }: FixEdit): boolean {
  return start.line === end.line && start.column === end.column;
}

/** Whether an insertion adds lines: before one, or behind one, where imports go that others stand above. */
function isWholeLine({ start, text }: FixEdit): boolean {
  return (start.column === 1 && /[\r\n]$/.test(text)) || /^[\r\n]/.test(text);
}

function isBefore(a: FixEdit['start'], b: FixEdit['start']): boolean {
  return a.line < b.line || (a.line === b.line && a.column < b.column);
}

function isInside({ start, end }: FixEdit, file: FileText): boolean {
  return [start, end].every(
    ({ line, column }) => file.offsetOf(line, 1) !== undefined && column <= file.lineOf(line).length + 1,
  );
}
