import { FileText } from '../base/fileText';
import type { FixEdit, Issue } from '../protocol';
import { hunksOf, type DiffHunk, type DiffRow } from './fixDiff';
import { FileSecrets } from './secrets/maskIssue';
import { maskSecrets } from './secrets/maskSecrets';

/** Texts of files as they were scanned, by path. */
export type ScannedTexts = ReadonlyMap<string, string>;

/** What a fix does at one place. */
export interface ShownChange {
  /** `src/app.py, line 12`; where the code is not known, with the columns that are replaced. */
  readonly place: string;
  readonly rows: readonly DiffRow[];
}

/** In UTF-16 units: a longer text is not searched for secrets, and so not shown. */
const maxText = 200_000;

const known = new WeakMap<ScannedTexts, Map<string, FileSecrets>>();

/** A fix as diffs, one for each place in files whose texts are known, with secrets masked; else what it inserts, and where. */
export function shownFix({ file, fix }: Pick<Issue, 'file' | 'fix'>, texts: ScannedTexts): ShownChange[] {
  const byFile = new Map<string, FixEdit[]>();
  for (const edit of fix?.edits ?? []) {
    const path = edit.file ?? file;
    byFile.set(path, [...(byFile.get(path) ?? []), edit]);
  }
  return [...byFile].flatMap(([path, edits]) => {
    const text = texts.get(path);
    const hunks = text === undefined || text.length > maxText ? undefined : diffIn(text, edits);
    if (text === undefined || !hunks) return edits.map((edit) => insertion(path, edit));
    const secrets = secretsOf(texts, path, text);
    const hide = (row: DiffRow) => ({ ...row, text: maskSecrets(secrets.hide(row.text)) });
    return hunks.map(({ line, rows }) => ({ place: `${path}, line ${line}`, rows: rows.map(hide) }));
  });
}

/** The files whose texts {@link shownFix} needs for a report's findings. */
export function filesOfFixes(issues: Iterable<Pick<Issue, 'file' | 'fix'>>): Set<string> {
  return new Set([...issues].flatMap(({ file, fix }) => (fix?.edits ?? []).map((edit) => edit.file ?? file)));
}

/** Undefined if the edits do not lie in the text, or overlap, or change too much to be read. */
function diffIn(text: string, edits: readonly FixEdit[]): DiffHunk[] | undefined {
  const file = new FileText(text);
  let after = text;
  let last = Infinity;
  const placed = edits.map((edit) => ({
    text: edit.text,
    start: file.offsetOf(edit.start.line, edit.start.column),
    end: file.offsetOf(edit.end.line, edit.end.column),
  }));
  for (const edit of placed.sort((a, b) => (b.start ?? 0) - (a.start ?? 0))) {
    if (edit.start === undefined || edit.end === undefined || edit.end < edit.start || edit.end > last)
      return undefined;
    after = after.slice(0, edit.start) + edit.text + after.slice(edit.end);
    last = edit.start;
  }
  return hunksOf(text, after);
}

function insertion(path: string, { start, end, text }: FixEdit): ShownChange {
  const where = `${path}, line ${start.line}`;
  const isEmpty = start.line === end.line && start.column === end.column;
  const to = start.line === end.line ? `column ${end.column}` : `line ${end.line}, column ${end.column}`;
  const place = isEmpty ? `${where}: insert` : `${where}: replace column ${start.column} to ${to} with`;
  return { place, rows: text.split(/\r\n|\r|\n/).map((line) => ({ kind: 'added', text: line })) };
}

function secretsOf(texts: ScannedTexts, path: string, text: string): FileSecrets {
  const files = known.get(texts) ?? new Map<string, FileSecrets>();
  known.set(texts, files);
  const secrets = files.get(path) ?? new FileSecrets(text);
  files.set(path, secrets);
  return secrets;
}
