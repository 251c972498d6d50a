const short: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  e: '\x1b',
  '0': '\0',
};

/** The characters that the escapes in a text stand for. */
export function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{1,4})|([\s\S]))/g,
    (_, four?: string, eight?: string, some?: string, one?: string) => {
      const code = four ?? eight ?? some;
      if (code === undefined) return one === undefined ? '' : (short[one] ?? one);
      const value = Number.parseInt(code, 16);
      return value <= 0x10ffff ? String.fromCodePoint(value) : '\uFFFD';
    },
  );
}

/** The content of a raw string literal: without the line breaks at its ends, and without the indentation of its last line. */
export function withoutIndent(text: string): string {
  const lines = text.split('\n');
  if (lines.length < 2) return text;
  const indent = lines.at(-1) ?? '';
  return lines
    .slice(1, -1)
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()))
    .join('\n');
}

/** The value of a string literal: regular, verbatim or raw, possibly in UTF-8. */
export function stringOf(literal: string): string {
  const text = literal.replace(/u8$/i, '');
  const [quotes = ''] = /^"{3,}/.exec(text) ?? [];
  if (quotes !== '') return withoutIndent(text.slice(quotes.length, -quotes.length));
  if (text.startsWith('@')) return text.slice(2, -1).replaceAll('""', '"');
  return unescaped(text.slice(1, -1));
}

/** The value of a character literal, as a text of one character. */
export function characterOf(literal: string): string {
  return unescaped(literal.slice(1, -1));
}

/** The value of a number. */
export function numberOf(literal: string): number {
  const text = literal.replaceAll('_', '');
  if (/^0[xX]/.test(text)) return Number(text.replace(/[uUlL]+$/, ''));
  if (/^0[bB]/.test(text)) return Number(text.replace(/[uUlL]+$/, ''));
  return Number(text.replace(/[uUlLfFdDmM]+$/, ''));
}

/** A part of the value of an interpolated string, as written. */
export function partOf(text: string, kind: 'regular' | 'verbatim' | 'raw'): string {
  if (kind === 'raw') return text;
  const plain = text.replaceAll('{{', '{').replaceAll('}}', '}');
  return kind === 'verbatim' ? plain.replaceAll('""', '"') : unescaped(plain);
}
