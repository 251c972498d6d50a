import type { Replacement } from './codeFix';

/** How template languages output a value without escaping it, with the value as the first group, and how they output it escaped. */
const ways: readonly { readonly raw: RegExp; readonly escaped: (value: string, all: string) => string }[] = [
  { raw: /\{\{\{([^}]+)\}\}\}/g, escaped: (value) => `{{${value}}}` },
  { raw: /\{\{([^}|]*?)\s*\|\s*(?:safe|raw|n)\s*\}\}/g, escaped: (value) => `{{${value} }}` },
  { raw: /^v-html(?==["']([^"']*))/g, escaped: () => 'v-text' },
  {
    raw: /^(?:data-)?th[:-]utext(?==["']([^"']*))/gi,
    escaped: (_, all) => all.replace(/utext/i, 'text'),
  },
  { raw: /\[\(([$*]\{[^)]*\})\)\]/g, escaped: (value) => `[[${value}]]` },
  { raw: /^<%==(?=\s*([^%]*))/g, escaped: () => '<%=' },
  { raw: /\{@html\s+(?=([^}]*))/g, escaped: () => '{' },
  {
    raw: /(?<=value=["']([^"']*)["'][^>]*)\bescape(?:Xml|Html)?\s*=\s*["']false/gi,
    escaped: (_, all) => all.replace(/false$/i, 'true'),
  },
];

/** Names of values that are meant to be markup, and calls that mostly return markup. */
const isMarkup = /html|markup|markdown|content|body|svg|icon|\bform\b|description|\b(?:_|gettext|trans|t|render\w*)\(/i;

/** Escapes the unescaped values of a template in its language's syntax; undefined if one of them is meant to be markup. */
export function escapedOutput(text: string, from: number, to: number): Replacement[] | undefined {
  const matched = text.slice(from, to);
  // Without auto-escaping, the template would output them unescaped anyway.
  if (/\{%-?\s*autoescape\s+(?:off|false|none)/i.test(text)) return undefined;
  const edits: Replacement[] = [];
  for (const { raw, escaped } of ways)
    for (const { 0: all, 1: value = '', index } of matched.matchAll(raw)) {
      if (isMarkup.test(value)) return undefined;
      edits.push({ start: from + index, end: from + index + all.length, text: escaped(value, all) });
    }
  return edits.toSorted((a, b) => a.start - b.start);
}
