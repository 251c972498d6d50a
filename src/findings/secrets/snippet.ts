import { secretsIn } from './maskSecrets';
import { joinSpans, maskSpans, type Span } from './spans';

/** Longest snippet of a finding, in UTF-16 units. */
const snippetLength = 200;

/**
 * A line without its indentation and with its secrets masked. A long (minified) one is cut to the part around `column` (from 1).
 * It is masked before cutting, since a secret may be unrecognizable afterwards.
 * @param more additional spans to mask, in any order
 */
export function snippetOf(line: string, column = 1, more: readonly Span[] = []): string {
  const spans = joinSpans([...secretsIn(line), ...more]);
  const masked = maskSpans(line, spans);
  let at = column - 1;
  for (const { start, end } of spans) {
    if (start >= column - 1) break;
    // If the column is inside a secret, show from the secret's start.
    at -= Math.min(end, column - 1) - start - (end < column - 1 ? 8 : 0);
  }
  const lead = masked.length - masked.replace(/^\uFEFF/, '').trimStart().length;
  const text = masked.replace(/^\uFEFF/, '').trim();
  if (text.length <= snippetLength) return text;
  const start = Math.max(0, Math.min(at - lead - 40, text.length - snippetLength));
  const cut = text.slice(start, start + snippetLength).replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '');
  return `${start > 0 ? '…' : ''}${cut}${start + snippetLength < text.length ? '…' : ''}`;
}

/** The quoted strings on a line, or, if there are none, the text after the first '=' or ':'. */
export function literalsOf(line: string): Span[] {
  const spans: Span[] = [];
  for (const { index, 0: all, groups } of line.matchAll(
    /(?<quote>["'`])(?<inside>(?:\\.|(?!\k<quote>)[^\\])+)(?:\k<quote>|$)/g,
  ))
    spans.push({ start: index + 1, end: index + 1 + (groups?.['inside'] ?? all).length });
  if (spans.length > 0) return spans;
  const assigned = /[=:]\s*(?=\S)/.exec(line);
  return assigned ? [{ start: assigned.index + assigned[0].length, end: line.trimEnd().length }] : [];
}
