import * as z from 'zod';
import type { FileText } from '../../base/fileText';
import type { FoundIssue } from '../../protocol';
import type { RuleTable } from '../rulePack/rulePack';
import { showsSecret, snippetOf, snippetOfSecret, utf16Column } from '../engine/text';
import { formatsNumbersOnly } from './rustNumbers';

const position = z.object({ line: z.number().int().nonnegative(), column: z.number().int().nonnegative() });
/** A variable of a rule, and what it stands for in a match. */
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
 * Whether a match is a false positive, by checks that a rule cannot express. A rule that wants them has the variable FUNCTION: the function around
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
    title: rule.title,
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
    suggestion: rule.suggestion,
    cwe: rule.cwe,
    owasp: rule.owasp,
    help_url: rule.help_url,
    snippet: secret ? snippetOfSecret(first, column) : snippetOf(first, column),
  };
}

/** The fix that the rule suggests. @param content of the file, in which ast-grep counts bytes */
export function fixOf(
  { replacement = '', replacementOffsets, range }: AstGrepMatch,
  content: FileText,
): Pick<FoundIssue, 'fix'> {
  const offsets = replacementOffsets ?? range.byteOffset;
  const start = content.placeOf(content.offsetOfBytes(offsets.start));
  const end = content.placeOf(content.offsetOfBytes(offsets.end));
  return start && end ? { fix: { edits: [{ start, end, text: replacement }] } } : {};
}
