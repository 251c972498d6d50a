import type { FixEdit, FoundIssue } from '../../protocol';
import { FileText } from '../../base/fileText';
import { snippetOf } from './snippet';
import { maskSecrets, secretsIn } from './maskSecrets';
import { mask, maskSpans, type Span } from './spans';

/** How many values of a file to search for in messages about it. */
const maxValues = 2_000;

/** The secrets in one file, to be kept out of everything that is reported about it. */
export class FileSecrets {
  readonly #file: FileText;
  readonly #spans: readonly Span[];
  readonly #values: RegExp | undefined;

  /** @param text the file as an editor shows it, without a byte order mark */
  constructor(text: string) {
    this.#file = new FileText(text);
    this.#spans = secretsIn(text);
    this.#values = anyOf(text, this.#spans);
  }

  /** The secrets of a line (from 1), as offsets in that line. */
  of(line: number): Span[] {
    const start = this.#file.offsetOf(line, 1);
    const end = this.#file.offsetOf(line, undefined);
    if (start === undefined || end === undefined) return [];
    return this.#spans.flatMap((span) =>
      span.start < end && start < span.end
        ? [{ start: Math.max(start, span.start) - start, end: Math.min(end, span.end) - start }]
        : [],
    );
  }

  lineText(line: number): string {
    return this.#file.lineOf(line);
  }

  /** Masks the file's secrets anywhere in a text. */
  hide(text: string): string {
    return this.#values ? text.replace(this.#values, mask) : text;
  }

  /**
   * Equivalent edits without the file's secrets in their text, achieved by leaving unchanged text alone; undefined if that is impossible.
   */
  withoutSecrets(edits: readonly FixEdit[]): FixEdit[] | undefined {
    const made: FixEdit[] = [];
    for (const edit of edits) {
      // The text of another file is unknown here.
      const parts = edit.file === undefined ? this.#apart(edit) : isFreeAll([edit]);
      if (!parts) return undefined;
      made.push(...parts);
    }
    return made.length > 0 ? made : undefined;
  }

  /** An edit in parts, around the secrets that it keeps. */
  #apart(edit: FixEdit): FixEdit[] | undefined {
    const { text } = edit;
    const start = this.#file.offsetOf(edit.start.line, edit.start.column);
    const end = this.#file.offsetOf(edit.end.line, edit.end.column);
    const isClear = isFree(text) && this.hide(text) === text;
    if (start === undefined || end === undefined) return isClear ? [edit] : undefined;
    if (isClear && !this.#spans.some((span) => span.start < end && start < span.end)) return [edit];
    const parts: (Span & { text: string })[] = [];
    let [from, rest] = [start, text];
    for (const span of this.#spans) {
      if (span.end <= start || span.start >= end) continue;
      const secret = this.#file.text.slice(Math.max(span.start, start), Math.min(span.end, end));
      const at = rest.indexOf(secret);
      if (at < 0) continue; // It is removed, or the final check finds it.
      parts.push(...this.#changed(from, Math.max(span.start, start), rest.slice(0, at)));
      rest = rest.slice(at + secret.length);
      from = Math.min(span.end, end);
    }
    parts.push(...this.#changed(from, end, rest));
    const isClean = parts.every((part) => isFree(part.text) && this.hide(part.text) === part.text);
    return isClean ? parts.flatMap((part) => this.#editOf(part)) : undefined;
  }

  #editOf({ start, end, text }: Span & { text: string }): FixEdit[] {
    const [from, to] = [this.#file.placeOf(start), this.#file.placeOf(end)];
    return from && to ? [{ start: from, end: to, text }] : [];
  }

  /** An edit without its unchanged parts at either end. */
  #changed(start: number, end: number, text: string): (Span & { text: string })[] {
    const old = this.#file.text.slice(start, end);
    if (old === text) return [];
    let same = 0;
    while (same < Math.min(old.length, text.length) && old[same] === text[same]) same += 1;
    let tail = 0;
    while (tail < Math.min(old.length, text.length) - same && old.at(-1 - tail) === text.at(-1 - tail)) tail += 1;
    return [{ start: start + same, end: end - tail, text: text.slice(same, text.length - tail) }];
  }
}

/** Fields with names and IDs, which identify findings. */
const names = new Set([
  'tool',
  'type',
  'severity',
  'confidence',
  'file',
  'rule_id',
  'cwe',
  'owasp',
  'fingerprint',
  'fix',
  'role',
  'state',
]);

/**
 * Masks the secrets in a finding's texts. If its line holds a secret, the snippet is made again, since a secret may be unrecognizable after cutting.
 * A fix whose text would contain a secret is removed.
 * @param secrets those of the finding's file; undefined if it cannot be read
 */
export function maskIssue<T extends FoundIssue>(issue: T, secrets: FileSecrets | undefined): T {
  const hide = (text: string) => maskSecrets(secrets ? secrets.hide(text) : text);
  const masked: Record<string, unknown> = { ...issue };
  for (const key in masked) if (!names.has(key)) masked[key] = inside(masked[key], hide);
  const onLine = secrets?.of(issue.line) ?? [];
  if (secrets && issue.snippet !== undefined && onLine.length > 0)
    masked['snippet'] = hide(snippetOf(secrets.lineText(issue.line), issue.column, onLine));
  if (issue.fix) {
    const edits = secrets ? secrets.withoutSecrets(issue.fix.edits) : isFreeAll(issue.fix.edits);
    if (edits)
      masked['fix'] = { ...issue.fix, ...(issue.fix.title !== undefined && { title: hide(issue.fix.title) }), edits };
    else delete masked['fix'];
  }
  return masked as T;
}

function isFreeAll(edits: readonly FixEdit[]): FixEdit[] | undefined {
  return edits.every(({ text }) => isFree(text)) ? [...edits] : undefined;
}

function isFree(text: string): boolean {
  return secretsIn(text).length === 0;
}

function inside(value: unknown, hide: (text: string) => string): unknown {
  if (typeof value === 'string') return hide(value);
  if (Array.isArray(value)) return value.map((item) => inside(item, hide));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, names.has(key) ? item : inside(item, hide)]),
  );
}

/**
 * Matches the secrets of a file in texts about it; undefined if it has none. A secret that is a plain word matches as a whole word, and only in quotes if
 * the file's code has the same word for a name: `token = fields["filename"]` must not mask the variable `filename`.
 */
function anyOf(text: string, spans: readonly Span[]): RegExp | undefined {
  const values = new Set<string>();
  for (const { start, end } of spans) {
    for (const line of text.slice(start, end).split(/[\r\n]+/)) {
      const value = line.trim();
      // Short values may be ordinary words.
      if (value.length < 5 || (value.length < 8 && /^[a-z]+$/i.test(value))) continue;
      values.add(value).add(value.replace(/\\(.)/g, '$1'));
    }
    if (values.size > maxValues) break;
  }
  if (values.size === 0) return undefined;
  const inCode = namesAmong([...values].filter(isWord), text, spans);
  const longestFirst = [...values].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((value) => patternOf(value, inCode)).join('|'), 'g');
}

function patternOf(value: string, inCode: ReadonlySet<string>): string {
  if (inCode.has(value)) return `(?<=["'\`])${value}(?=["'\`])`;
  if (isWord(value)) return `(?<!\\w)${value}(?!\\w)`;
  return value.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

function isWord(value: string): boolean {
  return /^[A-Za-z_]+$/.test(value);
}

/** The words that also occur in the text without quotes, in places other than secrets. */
function namesAmong(words: readonly string[], text: string, spans: readonly Span[]): ReadonlySet<string> {
  const sought = new Set(words);
  if (sought.size === 0) return sought;
  const names = new Set<string>();
  for (const [name] of maskSpans(text, spans).matchAll(/(?<![\w"'`])[A-Za-z_]+(?![\w"'`])/g))
    if (sought.has(name)) names.add(name);
  return names;
}
