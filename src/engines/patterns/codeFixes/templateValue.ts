import type { Replacement } from './codeFix';

/** Of Django's template language alone. */
const django = /\{%\s*(?:load|csrf_token|trans|translate|blocktrans|blocktranslate|static)\b|\{%\s*url\s+['"]/;
/** Of Jinja's alone, as Flask and its extensions use it. */
const jinja = /\{\{-?\s*(?:url_for|_|gettext|get_flashed_messages|csrf_token)\(|\|\s*tojson\b/;

/** What a value is escaped with in a script, without the quotes around it: undefined where the template language is unknown. */
function filterOf(text: string): 'tojson' | 'escapejs' | undefined {
  const [isDjango, isJinja] = [django.test(text), jinja.test(text)];
  return isDjango === isJinja ? undefined : isJinja ? 'tojson' : 'escapejs';
}

const plainValue = /^\{\{\s*([\w.]+(?:\[[\w'"]+\])?)\s*\}\}$/;

/** `"{{ value }}"` in a script, escaped as JavaScript. */
export function escapedInScript(text: string, from: number, to: number): Replacement[] | undefined {
  const matched = text.slice(from, to);
  const [, value] = plainValue.exec(matched.slice(1, -1).trim()) ?? [];
  const filter = /^(["']).*\1$/.test(matched) ? filterOf(text) : undefined;
  if (value === undefined || filter === undefined) return undefined;
  const quote = matched.charAt(0);
  return [
    {
      start: from,
      end: to,
      text: filter === 'tojson' ? `{{ ${value}|tojson }}` : `${quote}{{ ${value}|escapejs }}${quote}`,
    },
  ];
}

/** Values in the script of an attribute, escaped as JavaScript, and quotes around an attribute that is a value. */
export function escapedInAttribute(text: string, from: number, to: number): Replacement[] | undefined {
  const matched = text.slice(from, to);
  const [, name = '', value] = /^([\w-]+=)(\{\{[^{}\n]*\}\})(?=[\s>/])/.exec(text.slice(from, from + 500)) ?? [];
  if (value !== undefined) {
    const quote = value.includes('"') ? "'" : '"';
    return value.includes(quote)
      ? undefined
      : [{ start: from + name.length, end: from + name.length + value.length, text: `${quote}${value}${quote}` }];
  }
  const filter = filterOf(text);
  const [, head, outer] = /^(on\w+\s*=\s*)(["'])/i.exec(matched) ?? [];
  if (head === undefined || outer === undefined || filter === undefined || /\{%/.test(matched)) return undefined;
  const inner = outer === '"' ? "'" : '"';
  const edits: Replacement[] = [];
  for (const { 0: all, index } of matched.matchAll(/\{\{[^{}]*\}\}/g)) {
    const [, one] = plainValue.exec(all) ?? [];
    const isQuoted = matched.charAt(index - 1) === inner && matched.charAt(index + all.length) === inner;
    if (one === undefined || /['"]/.test(one)) return undefined;
    const start = from + index;
    const end = start + all.length;
    if (filter === 'tojson') {
      // A part of a text.
      const quotes = matched.slice(head.length + 1, index).split(inner).length - 1;
      if (!isQuoted && quotes % 2 === 1) return undefined;
      edits.push({
        start: start - (isQuoted ? 1 : 0),
        end: end + (isQuoted ? 1 : 0),
        text: `{{ ${one}|tojson|forceescape }}`,
      });
    } else if (isQuoted) edits.push({ start, end, text: `{{ ${one}|escapejs }}` });
    else return undefined;
  }
  return edits;
}
