import * as z from 'zod';
import type { FileText } from '../../base/fileText';
import type { FixEdit, FoundIssue } from '../../protocol';
import { languageOf } from '../rulePack/languages';
import type { RuleTable } from '../rulePack/rulePack';
import { showsSecret, snippetOf, snippetOfSecret, utf16Column } from '../engine/text';
import { codeFixEdits } from '../codeFixes/codeFixes';
import { importEdits } from '../codeFixes/imports';
import { formatsNumbersOnly } from './rustNumbers';

const position = z.object({ line: z.number().int().nonnegative(), column: z.number().int().nonnegative() });
/** A variable of a rule, and its value in a match. */
const variable = z.object({ text: z.string() });
const offsets = z.object({ start: z.number().int().nonnegative(), end: z.number().int().nonnegative() });

/** One line of `ast-grep scan --json=stream`. Lines count from 0, columns in code points, offsets in bytes. */
export const astGrepMatch = z.object({
  file: z.string(),
  range: z.object({ start: position, end: position, byteOffset: offsets }),
  /** All lines of the match, in full. */
  lines: z.string(),
  ruleId: z.string(),
  /** The matched text. */
  text: z.string().default(''),
  message: z.string(),
  metaVariables: z.object({ single: z.record(z.string(), z.unknown()) }).optional(),
  replacement: z.string().optional(),
  replacementOffsets: offsets.optional(),
});
export type AstGrepMatch = z.infer<typeof astGrepMatch>;

/**
 * Whether a match is a false positive, by checks that a rule cannot express. A rule opts in with the variable FUNCTION, the function around
 * the match.
 */
export function isHarmless(match: AstGrepMatch): boolean {
  const body = variable.safeParse(match.metaVariables?.single['FUNCTION']).data;
  return body !== undefined && formatsNumbersOnly(match.text, body.text);
}

/** A finding for a match, without its fix. Undefined for a rule that is not in the table. */
export function issueOf(match: AstGrepMatch, table: RuleTable): FoundIssue | undefined {
  const rule = table[match.ruleId];
  if (!rule) return undefined;
  const { start, end } = match.range;
  // ast-grep counts the byte order mark; an editor does not.
  const mark = start.line === 0 && match.lines.startsWith('\uFEFF') ? 1 : 0;
  const lines = match.lines.split('\n');
  const first = lines[0] ?? '';
  const last = lines[end.line - start.line] ?? '';
  const column = utf16Column(first, start.column) - mark;
  const ofRequest = match.metaVariables?.single['REQUEST_DATA'] !== undefined;
  const secret = showsSecret(rule.cwe);
  return {
    tool: 'ast-grep',
    type: secret ? 'secret' : 'security',
    ...(rule.title !== undefined && { title: rule.title }),
    // The match's message contains names from the code, which could be part of a secret.
    message: secret ? rule.message : match.message.slice(0, 500),
    severity: (ofRequest ? rule.request_severity : undefined) ?? rule.severity,
    confidence: rule.confidence,
    file: match.file.replaceAll('\\', '/').replace(/^\.\//, ''),
    line: start.line + 1,
    column,
    end_line: end.line + 1,
    end_column: utf16Column(last, end.column) - (end.line === start.line ? mark : 0),
    rule_id: rule.id,
    suggestion: rule.suggestion ?? null,
    cwe: rule.cwe,
    owasp: rule.owasp,
    ...(rule.help_url !== undefined && { help_url: rule.help_url }),
    snippet: secret ? snippetOfSecret(first, column) : snippetOf(first, column),
  };
}

/**
 * The rule's replacement for the match, and the import that it needs.
 * @param content of the file, in which ast-grep counts bytes
 * @returns no fix if the rule has none for this match: its template is empty or changes nothing
 */
export function fixOf(match: AstGrepMatch, table: RuleTable, content: FileText): Pick<FoundIssue, 'fix'> {
  const { replacement, replacementOffsets, range } = match;
  const rule = table[match.ruleId]?.fix;
  if (rule?.unless !== undefined) {
    const at = content.offsetOfBytes(range.byteOffset.start);
    const before = content.text.slice(content.text.lastIndexOf('\n', at - 1) + 1, at);
    if (new RegExp(rule.unless, 'i').test(before)) return {};
  }
  if (rule?.code !== undefined) {
    const { start, end } = range.byteOffset;
    const edits = codeFixEdits(
      rule.code,
      content,
      content.offsetOfBytes(start),
      content.offsetOfBytes(end),
      match.file,
    );
    const imports =
      edits && rule.import !== undefined ? importsOf(rule.import, rule.language, match.file, content) : [];
    return edits && imports ? { fix: { title: rule.title, safe: rule.safe, edits: [...edits, ...imports] } } : {};
  }
  if (!rule || replacement === undefined || (replacement === '' && !rule.deletes)) return {};
  const offsets = replacementOffsets ?? range.byteOffset;
  const edit = editOf(content, content.offsetOfBytes(offsets.start), content.offsetOfBytes(offsets.end), replacement);
  if (!edit) return {};
  const imports = rule.import === undefined ? [] : importsOf(rule.import, rule.language, match.file, content);
  return imports ? { fix: { title: rule.title, safe: rule.safe, edits: [edit, ...imports] } } : {};
}

/** Code embedded in a page, such as in a `<script>`, has no place of its own for imports. */
function importsOf(statement: string, language: string, file: string, content: FileText): FixEdit[] | undefined {
  return languageOf(file) === language ? importEdits(statement, language, content) : undefined;
}

/**
 * The replacement with its unchanged lines restored. ast-grep reindents all lines, which changes those that are indented less than the
 * first, such as in a multi-line string.
 */
function indentedAs(old: string, replacement: string): string {
  const before = old.split('\n');
  const after = replacement.split('\n');
  if (before.length !== after.length) return replacement;
  return after.map((line, at) => (line.trim() === before[at]?.trim() ? before[at] : line)).join('\n');
}

/** The edit reduced to what differs; undefined if nothing does, or if it is beyond the end of the file. */
function editOf(content: FileText, from: number, to: number, replacement: string): FixEdit | undefined {
  if (to > content.text.length) return undefined;
  const old = content.text.slice(from, to);
  const isWindows = /^[^\n]*\r\n/.test(content.text);
  const text = indentedAs(old, isWindows ? replacement.replace(/\r?\n/g, '\r\n') : replacement);
  if (old === text) return undefined;
  const least = Math.min(old.length, text.length);
  let before = 0;
  while (before < least && old[before] === text[before]) before += 1;
  let behind = 0;
  while (behind < least - before && old.at(-1 - behind) === text.at(-1 - behind)) behind += 1;
  // Whole words are easier to read in a diff, and characters and line ends must not be split.
  const joins = (one: string | undefined) => one !== undefined && /[\w\r\n\ud800-\udfff]/.test(one);
  while (before > 0 && joins(old[before - 1])) before -= 1;
  while (behind > 0 && joins(old.at(-behind))) behind -= 1;
  const start = content.placeOf(from + before);
  const end = content.placeOf(to - behind);
  return start && end ? { start, end, text: text.slice(before, text.length - behind) } : undefined;
}
