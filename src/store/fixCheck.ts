import type { FileText } from '../base/fileText';
import type { FixEdit, Issue } from '../protocol';
import { standsAt } from './placement';

/** A file that a fix edits. */
export interface FixFile {
  readonly now: FileText;
  /** As it was scanned; undefined if that is no longer known. */
  readonly scanned: FileText | undefined;
}

/** The edits of a finding's fix by the file that they are in; undefined if it has none. */
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

/**
 * Whether the fix of a finding can be applied: the finding is still at its line, and each line that the fix edits is as it was scanned.
 * @param fileOf the files that it edits, by path; undefined for one that cannot be read
 */
export function fixFits(issue: Issue, fileOf: (path: string) => FixFile | undefined): boolean {
  const byFile = editsByFile(issue);
  const own = fileOf(issue.file);
  if (!byFile || !own || !standsAt(issue, own.now.lineOf(issue.line))) return false;
  if (own.scanned && own.scanned.lineOf(issue.line) !== own.now.lineOf(issue.line)) return false;
  // Without the scanned text, the snippet tells that its own line is as it was, and nothing tells that of others.
  const isKnown = (path: string, line: number) => path === issue.file && line === issue.line && hasSnippet(issue);
  return [...byFile].every(([path, edits]) => {
    const file = fileOf(path);
    if (!file || hasOverlap(edits)) return false;
    return edits.every((edit) => {
      if (!isInside(edit, file.now)) return false;
      for (let line = edit.start.line; line <= edit.end.line; line += 1) {
        if (file.scanned ? file.scanned.lineOf(line) !== file.now.lineOf(line) : !isKnown(path, line)) return false;
      }
      return true;
    });
  });
}

/** Edits of several fixes that can be made at once. */
export interface CombinedFixes {
  readonly edits: ReadonlyMap<string, readonly FixEdit[]>;
  readonly fixed: readonly Issue[];
  /** Those whose fix changes what another one changes. */
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

/** Edits of one file, found by their lines. */
class Lines {
  readonly all: FixEdit[] = [];
  readonly #byLine = new Map<number, FixEdit[]>();

  add(edit: FixEdit): void {
    this.all.push(edit);
    for (let line = edit.start.line; line <= edit.end.line; line += 1)
      this.#byLine.set(line, [...(this.#byLine.get(line) ?? []), edit]);
  }

  /** Whether the very same change is among them. Two equal insertions within a line may both be meant: closing brackets, for example. */
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

function hasSnippet({ snippet }: Issue): boolean {
  return snippet !== undefined && snippet.trim() !== '';
}
