import type { Replacement } from './codeFix';

/** Syntax of Django's template language only. */
const django = /\{%\s*(?:load|csrf_token|trans|translate|blocktrans|blocktranslate|static)\b|\{%\s*url\s+['"]/;
/** Syntax of Jinja only, as Flask and its extensions use it. */
const jinja = /\{\{-?\s*(?:url_for|_|gettext|get_flashed_messages|csrf_token)\(|\|\s*tojson\b/;

/** How to escape a value in a script, without the quotes around it; undefined if the template language is unknown. */
function filterOf(text: string): 'tojson' | 'escapejs' | undefined {
  const [isDjango, isJinja] = [django.test(text), jinja.test(text)];
  return isDjango === isJinja ? undefined : isJinja ? 'tojson' : 'escapejs';
}

/**
 * A language whose tags contain code: the tag that outputs a value, with its name as the only group, and the tag that outputs it as a
 * JavaScript literal.
 */
interface CodeTemplate {
  readonly files: RegExp;
  readonly value: RegExp;
  readonly inScript: (value: string) => string;
  /** @param quote a quote that does not delimit the attribute */
  readonly inAttribute: (value: string, quote: string) => string;
}

const codeTemplates: readonly CodeTemplate[] = [
  {
    files: /\.ejs$/i,
    value: /^<%[-=]\s*([\w$]+(?:\.[\w$]+|\[[\w$.'-]+\])*)\s*-?%>$/,
    inScript: (value) => `<%- JSON.stringify(String(${value} ?? '')).replace(/</g, '\\u003c') %>`,
    inAttribute: (value, quote) => `<%= JSON.stringify(String(${value} ?? ${quote}${quote})) %>`,
  },
  {
    // Rails' to_json escapes what could end a script, and <%= %> what could end an attribute.
    files: /\.erb$/i,
    value: /^<%=\s*(?:raw[ (]\s*)?(@?\w+(?:\.\w+|\[:?[\w']+\])*)\)?\s*-?%>$/,
    inScript: (value) => `<%= raw ${value}.to_s.to_json %>`,
    inAttribute: (value) => `<%= ${value}.to_s.to_json %>`,
  },
];

const plainValue = /^\{\{\s*([\w.]+(?:\[[\w'"]+\])?)\s*\}\}$/;

/** `"{{ value }}"` in a script, escaped as JavaScript. */
export function escapedInScript(text: string, from: number, to: number, file: string): Replacement[] | undefined {
  const matched = text.slice(from, to);
  const template = codeTemplates.find(({ files }) => files.test(file));
  const [, tagged] = (/^(["']).*\1$/.test(matched) && template?.value.exec(matched.slice(1, -1).trim())) || [];
  if (template) return tagged === undefined ? undefined : [{ start: from, end: to, text: template.inScript(tagged) }];
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

/** Escapes values in an attribute's script as JavaScript, and quotes an attribute that is a value. */
export function escapedInAttribute(text: string, from: number, to: number, file: string): Replacement[] | undefined {
  const matched = text.slice(from, to);
  const [, name = '', value] = /^([\w-]+=)(\{\{[^{}\n]*\}\})(?=[\s>/])/.exec(text.slice(from, from + 500)) ?? [];
  if (value !== undefined) {
    const quote = value.includes('"') ? "'" : '"';
    return value.includes(quote)
      ? undefined
      : [{ start: from + name.length, end: from + name.length + value.length, text: `${quote}${value}${quote}` }];
  }
  const filter = filterOf(text);
  const template = codeTemplates.find(({ files }) => files.test(file));
  const [, head, outer] = /^(on\w+\s*=\s*)(["'])/i.exec(matched) ?? [];
  if (head === undefined || outer === undefined || /\{%|`/.test(matched)) return undefined;
  const inner = outer === '"' ? "'" : '"';
  if (template) return literalsInAttribute(matched, from, inner, template);
  if (filter === undefined) return undefined;
  const edits: Replacement[] = [];
  for (const { 0: all, index } of matched.matchAll(/\{\{[^{}]*\}\}/g)) {
    const [, one] = plainValue.exec(all) ?? [];
    const isQuoted = matched.charAt(index - 1) === inner && matched.charAt(index + all.length) === inner;
    if (one === undefined || /['"]/.test(one)) return undefined;
    const start = from + index;
    const end = start + all.length;
    if (filter === 'tojson') {
      // A value that is part of a text.
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

/** Each value of the attribute, including the quotes around it, as a literal; undefined if one is part of a text or more than a name. */
function literalsInAttribute(
  matched: string,
  from: number,
  quote: string,
  { value, inAttribute }: CodeTemplate,
): Replacement[] | undefined {
  const edits: Replacement[] = [];
  for (const { 0: tag, index } of matched.matchAll(/<%(?:[^%]|%(?!>))*%>/g)) {
    const [, name] = value.exec(tag) ?? [];
    const end = index + tag.length;
    const isQuoted = matched.charAt(index - 1) === quote && matched.charAt(end) === quote;
    if (name === undefined || (!isQuoted && (matched.slice(0, index).split(quote).length - 1) % 2 === 1))
      return undefined;
    const around = isQuoted ? 1 : 0;
    edits.push({ start: from + index - around, end: from + end + around, text: inAttribute(name, quote) });
  }
  return edits;
}

/** Inserts the framework's CSRF token at the start of a form, if the framework is known and the form does not post to another site. */
export function tokenInForm(text: string, from: number, to: number, file: string): Replacement[] | undefined {
  const [, action = ''] = /\baction\s*=\s*("[^"]*"|'[^']*'|\S*)/i.exec(text.slice(from, to)) ?? [];
  // A value at the start of the action may lead to another site.
  const own = /\{%-?\s*url\s|\{\{\s*(?:route|url|action|url_for)\(|<%=\s*\w+_path\b/;
  if (/^["']?\s*(?:https?:)?\/\//i.test(action) || (/\{\{|\{%|<%/.test(action) && !own.test(action))) return undefined;
  const token = /\.blade\.php$/i.test(file)
    ? '@csrf'
    : /\.erb$/i.test(file)
      ? '<%= hidden_field_tag :authenticity_token, form_authenticity_token %>'
      : filterOf(text) === 'escapejs'
        ? '{% csrf_token %}'
        : undefined;
  return token === undefined ? undefined : [{ start: to, end: to, text: token }];
}
