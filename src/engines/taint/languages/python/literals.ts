const named: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
  '\n': '',
};

/** The text that a part of a string literal represents. */
export function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|\r?\n|([^]))/g,
    (all, hex?: string, code?: string, letter?: string) => {
      const digits = hex ?? code;
      if (digits !== undefined) return String.fromCharCode(parseInt(digits, 16));
      if (letter === undefined) return '';
      return named[letter] ?? (/[\\'"]/.test(letter) ? letter : all);
    },
  );
}

/** A piece of a format string: text, or the position or name of a value; `asCode` if `repr` formats it. */
export type FormatPart = string | { readonly place: number | string; readonly asCode: boolean };

/** The parts of `'…%s…%(name)d' % values`; numbers (`%d`) are harmless and left out. */
export function percentParts(format: string): FormatPart[] {
  const parts: FormatPart[] = [];
  let at = 0;
  let next = 0;
  for (const match of format.matchAll(
    /%(?:\((\w+)\))?[-#0 +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlL]?([diouxXeEfFgGcrsa%])/g,
  )) {
    if (match.index > at) parts.push(format.slice(at, match.index));
    at = match.index + match[0].length;
    const [, name, type = ''] = match;
    if (type === '%') parts.push('%');
    else {
      const place = name ?? next++;
      parts.push(/[diouxXeEfFgG]/.test(type) ? '0' : { place, asCode: /[ra]/.test(type) });
    }
  }
  if (at < format.length) parts.push(format.slice(at));
  return parts;
}

/** The parts of `'…{}…{0}…{name.x!r:>8}'.format(values)`. */
export function braceParts(format: string): FormatPart[] {
  const parts: FormatPart[] = [];
  let at = 0;
  let next = 0;
  for (const match of format.matchAll(/\{\{|\}\}|\{(\w*)([^{}]*)(?:\{[^{}]*\}[^{}]*)*\}/g)) {
    if (match.index > at) parts.push(format.slice(at, match.index));
    at = match.index + match[0].length;
    const [all, name = '', rest = ''] = match;
    if (all === '{{' || all === '}}') parts.push(all.slice(1));
    else {
      const place = name === '' ? next++ : /^\d+$/.test(name) ? Number(name) : name;
      parts.push({ place, asCode: /![ra]/.test(rest) });
    }
  }
  if (at < format.length) parts.push(format.slice(at));
  return parts;
}
