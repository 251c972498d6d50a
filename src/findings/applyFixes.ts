import { FileText } from '../base/fileText';
import { isSuppressed, type Fix, type FixEdit, type Issue } from '../protocol';
import { worstFirst } from './order';

/** A finding that offers a fix. */
export type Fixable = Issue & { readonly fix: Fix };

/** Why a fix was not applied, or was reverted: a clause. */
export interface Refused {
  readonly issue: Fixable;
  readonly why: string;
}

/** The open findings that offer a fix. */
export function fixable(issues: Iterable<Issue>): Fixable[] {
  return [...issues].filter((issue): issue is Fixable => issue.fix !== undefined && !isSuppressed(issue));
}

/** Whether a fix keeps the behavior of correct code. The fix says so itself; built-in rules mark those that do not. */
export function isSafe({ fix, tool }: Fixable): boolean {
  return fix.safe ?? tool === 'ast-grep';
}

/** The files that a fix changes. */
export function filesOf({ file, fix }: Fixable): string[] {
  return [...new Set(fix.edits.map((edit) => edit.file ?? file))];
}

/** Identifies a fix across rounds in which its lines move. */
export function keyOf({ fingerprint, rule_id, file, fix }: Fixable): string {
  return JSON.stringify([fingerprint ?? [rule_id, file], fix.edits.map(({ text }) => text)]);
}

/** A replacement for a piece of a file's text, and the findings that it fixes: several may need the same import, or the same version. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly of: Fixable[];
}

/** Fixes that do not overlap, and the resulting files. */
export interface Applied {
  readonly applied: readonly Fixable[];
  /** Fixes that overlap a more severe finding's, and may be applied to the result. */
  readonly later: readonly Fixable[];
  readonly refused: readonly Refused[];
  readonly files: ReadonlyMap<string, ChangedFile>;
}

/**
 * Applies fixes together, starting with the worst finding's. Keeps each file's line ends.
 * @param contents of the files that the fixes change, as they are on disk
 */
export function applyFixes(fixes: readonly Fixable[], contents: ReadonlyMap<string, Uint8Array>): Applied {
  const texts = new Map<string, FileText>();
  const textOf = (file: string): FileText | undefined => {
    const content = contents.get(file);
    const text = texts.get(file) ?? (content && new FileText(content));
    if (text) texts.set(file, text);
    return text;
  };
  const pieces = new Map<string, Piece[]>();
  const applied: Fixable[] = [];
  const later: Fixable[] = [];
  const refused: Refused[] = [];
  for (const issue of [...fixes].sort(worstFirst)) {
    const placed = issue.fix.edits.map((edit) => placeEdit(edit, issue.file, textOf));
    const whole = placed.filter((one) => one !== undefined);
    if (whole.length < placed.length) {
      refused.push({ issue, why: 'its range is outside the file, or its text cannot be encoded as the file is' });
      continue;
    }
    const clashes = whole.some((one, index) =>
      whole.slice(index + 1).some((other) => other.file === one.file && overlap(one.piece, other.piece)),
    );
    if (clashes) {
      refused.push({ issue, why: 'its edits overlap' });
      continue;
    }
    const ways = whole.map(({ file, piece }) => {
      const others = pieces.get(file) ?? [];
      const same = others.find((other) => isSame(other, piece));
      return { file, piece, same, free: same !== undefined || !others.some((other) => overlap(other, piece)) };
    });
    if (ways.some(({ free }) => !free)) {
      later.push(issue);
      continue;
    }
    for (const { file, piece, same } of ways) {
      if (same) same.of.push(issue);
      else pieces.set(file, [...(pieces.get(file) ?? []), { ...piece, of: [issue] }]);
    }
    applied.push(issue);
  }
  const files = new Map<string, ChangedFile>();
  for (const [file, all] of pieces) {
    const text = textOf(file);
    if (text) files.set(file, new ChangedFile(text, all));
  }
  return { applied, later, refused, files };
}

function placeEdit(
  edit: FixEdit,
  own: string,
  textOf: (file: string) => FileText | undefined,
): { file: string; piece: Omit<Piece, 'of'> } | undefined {
  const file = edit.file ?? own;
  const content = textOf(file);
  const start = content?.offsetOf(edit.start.line, edit.start.column);
  const end = content?.offsetOf(edit.end.line, edit.end.column);
  if (!content || start === undefined || end === undefined || end < start) return undefined;
  const text = edit.text.replace(/\r\n|\n|\r/g, lineEndOf(content.text));
  const piece = { start, end, text };
  return content.withReplaced([piece]) && { file, piece };
}

/** A text's most common line end. */
function lineEndOf(text: string): string {
  const windows = text.match(/\r\n/g)?.length ?? 0;
  const plain = (text.match(/\n/g)?.length ?? 0) - windows;
  if (windows === 0 && plain === 0) return text.includes('\r') ? '\r' : '\n';
  return windows > plain ? '\r\n' : '\n';
}

type Range = Pick<Piece, 'start' | 'end' | 'text'>;

function isSame(a: Range, b: Range): boolean {
  return a.start === b.start && a.end === b.end && a.text === b.text;
}

/** Insertions at the same place overlap, too: their order would be arbitrary. */
function overlap(a: Range, b: Range): boolean {
  return (a.start < b.end && b.start < a.end) || (a.start === b.start && (a.start === a.end || b.start === b.end));
}

/** The result of fixes in a file. */
export class ChangedFile {
  readonly content: Buffer;
  readonly #pieces: readonly Piece[];
  readonly #now: FileText;

  constructor(
    private readonly before: FileText,
    pieces: readonly Piece[],
  ) {
    this.#pieces = pieces.toSorted((a, b) => a.start - b.start || a.end - b.end);
    const content = before.withReplaced(this.#pieces);
    // Each has been tried alone.
    if (!content) throw new Error('it conflicts with another fix');
    this.content = content;
    this.#now = new FileText(content);
  }

  /** The current line of code that was at a position before. */
  lineNow(line: number, column: number | undefined): number {
    const offset = this.before.offsetOf(line, column ?? 1);
    if (offset === undefined) return line;
    let shift = 0;
    for (const { start, end, text } of this.#pieces) {
      if (end <= offset && (end > start || start < offset)) shift += text.length - (end - start);
      else if (start < offset) return this.#now.placeOf(start + shift)?.line ?? line;
    }
    return this.#now.placeOf(offset + shift)?.line ?? line;
  }

  /** Among some findings, those whose fixes are closest to a line of the current file. */
  nearest(line: number, among: readonly Fixable[]): Fixable[] {
    let best: { distance: number; issues: Fixable[] } = { distance: Infinity, issues: [] };
    let shift = 0;
    for (const { start, end, text, of } of this.#pieces) {
      const first = this.#now.placeOf(start + shift)?.line ?? 1;
      const last = this.#now.placeOf(start + shift + text.length)?.line ?? first;
      shift += text.length - (end - start);
      const issues = of.filter((one) => among.includes(one));
      const distance = line < first ? first - line : Math.max(0, line - last);
      if (issues.length === 0 || distance > best.distance) continue;
      if (distance < best.distance) best = { distance, issues };
      else best.issues.push(...issues);
    }
    return best.issues;
  }
}

/**
 * Which fixes failed: the finding is still there after them, or a new one has appeared.
 * @param before all findings before the fixes, `after` those of the same files with them
 */
export function failedFixes(before: readonly Issue[], after: readonly Issue[], { applied, files }: Applied): Refused[] {
  const fixed = new Set<string>(applied.map(identity));
  const expected = new Map<string, number>();
  const count = (key: string, by: number) => expected.set(key, (expected.get(key) ?? 0) + by);
  for (const issue of before)
    if (!fixed.has(identity(issue))) {
      const line = files.get(issue.file)?.lineNow(issue.line, issue.column) ?? issue.line;
      count(placeKey(issue, line), 1);
    }
  const failed = new Map<Fixable, string>();
  for (const issue of after) {
    const key = placeKey(issue, issue.line);
    if ((expected.get(key) ?? 0) > 0) {
      count(key, -1);
      continue;
    }
    const same = applied.filter((one) =>
      isDependency(issue) ? placeKey(one, 0) === key : one.rule_id === issue.rule_id && one.file === issue.file,
    );
    // The manifest requires another version, so nothing is left to change there; the lockfile determines what is installed, and is updated
    // by its own tool.
    if (isDependency(issue) && same.length > 0 && !issue.fix) continue;
    const near = (among: readonly Fixable[]) => files.get(issue.file)?.nearest(issue.line, among) ?? [];
    const blamed = [near(same), same, near(applied), applied].find((some) => some.length > 0) ?? [];
    const why =
      same.length > 0
        ? 'the finding is still there'
        : `it introduces a new finding, ${issue.rule_id} on line ${issue.line} of ${issue.file}`;
    for (const one of blamed) if (!failed.has(one)) failed.set(one, why);
  }
  return [...failed].map(([issue, why]) => ({ issue, why }));
}

function isDependency({ type }: Issue): boolean {
  return type === 'dependency';
}

function identity(issue: Issue): string {
  return issue.fingerprint ?? JSON.stringify([issue.rule_id, issue.file, issue.line, issue.column]);
}

/** Identifies a finding after its file has changed. One about a dependency may move from the manifest to the lockfile. */
function placeKey({ rule_id, file, type, message }: Issue, line: number): string {
  return JSON.stringify(type === 'dependency' ? [rule_id, message] : [rule_id, file, line]);
}
