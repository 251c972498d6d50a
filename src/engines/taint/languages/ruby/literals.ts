const named: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  s: ' ',
  v: '\v',
  '0': '\0',
  '\n': '',
};

/** The text that an escape sequence in a double-quoted string represents. */
export function unescaped(text: string): string {
  const hex = /^\\(?:x([\da-fA-F]{1,2})|u([\da-fA-F]{4})|u\{([\da-fA-F]{1,6})\})$/.exec(text);
  const digits = hex?.[1] ?? hex?.[2] ?? hex?.[3];
  if (digits !== undefined) {
    const code = parseInt(digits, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  }
  const letter = text.slice(1);
  return named[letter] ?? letter;
}

const posix: Readonly<Record<string, string>> = {
  alnum: 'a-zA-Z0-9',
  alpha: 'a-zA-Z',
  digit: '0-9',
  xdigit: '0-9a-fA-F',
  lower: 'a-z',
  upper: 'A-Z',
  space: '\\s',
  blank: ' \\t',
  word: '\\w',
  punct: '!-\\/:-@\\[-`{-~',
};

/**
 * A regular expression in JavaScript's syntax. Ruby's `^` and `$` match at lines; `\A` and `\z` at the whole text.
 * @param flags as written after the expression
 */
export function regexOf(text: string, flags: string): { source: string; flags: string } {
  let source = text
    .replace(/\[:(\w+):\]/g, (all, name: string) => posix[name] ?? all)
    .replace(/\\p\{(\w+)\}/g, (all, name: string) => {
      const inner = posix[name.toLowerCase()];
      return inner === undefined ? all : `[${inner}]`;
    })
    .replace(/\\h/g, '[0-9a-fA-F]')
    .replace(/\(\?>/g, '(?:');
  if (flags.includes('x'))
    source = source.replace(/(\\.)|\s+|(?<!\[[^\]]*)#.*$/gm, (_, escape?: string) => escape ?? '');
  const isOfText = /\\[AzZ]/.test(source);
  const isOfLine = /(?:^|[^\\[])\^|^\^|[^\\]\$/.test(source.replace(/\[(?:\\.|[^\]\\])*\]/g, 'x'));
  source = source.replace(/\\(.)/gs, (all, letter: string) =>
    letter === 'A' ? '^' : letter === 'z' || letter === 'Z' ? '$' : all,
  );
  // One anchor for the text and one for a line only prove what an anchor for a line proves.
  const isWide = isOfLine && !(isOfText && !/(?<!\\)[$^]/.test(text.replace(/\[\^/g, '[')));
  return { source, flags: `${flags.includes('i') ? 'i' : ''}${isWide ? 'm' : ''}g` };
}

/** A piece of a format: text, or the position or name of a value. */
export type FormatPart = string | { readonly place: number | string };

/** The parts of `'…%s…%<name>d…%{name}'`; numbers (`%d`) are harmless and left out. */
export function formatParts(format: string): FormatPart[] {
  const parts: FormatPart[] = [];
  let at = 0;
  let next = 0;
  for (const match of format.matchAll(/%(?:\{(\w+)\}|[-#0 +*\d.]*(?:<(\w+)>)?[-#0 +*\d.]*([diouxXeEfFgGaAcspbB%]))/g)) {
    if (match.index > at) parts.push(format.slice(at, match.index));
    at = match.index + match[0].length;
    const [, braced, name, type = 's'] = match;
    if (type === '%') parts.push('%');
    else {
      const place = braced ?? name ?? next++;
      parts.push(/[diouxXeEfFgGaAbB]/.test(type) ? '0' : { place });
    }
  }
  if (at < format.length) parts.push(format.slice(at));
  return parts;
}
