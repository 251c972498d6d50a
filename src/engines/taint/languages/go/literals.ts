const short: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|([\s\S]))/g,
    (_, byte?: string, unicode?: string, long?: string, octal?: string, one?: string) => {
      const hex = byte ?? unicode ?? long;
      const code = hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex, 16);
      if (one !== undefined) return short[one] ?? one;
      return code <= 0x10ffff ? String.fromCodePoint(code) : '';
    },
  );
}

/** The value of a string or rune literal; a rune is a text of one character. */
export function textOfLiteral(literal: string): string {
  return literal.startsWith('`') ? literal.slice(1, -1).replaceAll('\r', '') : unescaped(literal.slice(1, -1));
}

/** The value of a number; NaN for hexadecimal floating points and imaginary numbers. */
export function numberOfLiteral(literal: string): number {
  const text = literal.replaceAll('_', '');
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return Number(text);
}

/** A Go regular expression in JavaScript's syntax, with its flags. */
export function regexOf(source: string): { source: string; flags: string } {
  const flags = /^\(\?([imsU]+)\)/.exec(source)?.[1] ?? '';
  return {
    source: source
      .replace(/^\(\?[imsU]+\)/, '')
      .replaceAll('\\A', '^')
      .replaceAll('\\z', '$')
      .replaceAll('(?P<', '(?<')
      .replaceAll(/\[\[:(\w+):\]\]/g, (all, name: string) => classes[name] ?? all),
    flags: `g${/i/.test(flags) ? 'i' : ''}${/s/.test(flags) ? 's' : ''}${/m/.test(flags) ? 'm' : ''}`,
  };
}

const classes: Readonly<Record<string, string>> = {
  alpha: '[A-Za-z]',
  digit: '[0-9]',
  alnum: '[A-Za-z0-9]',
  word: '\\w',
  upper: '[A-Z]',
  lower: '[a-z]',
  xdigit: '[0-9A-Fa-f]',
  space: '\\s',
};

/** The parts of a format: texts, and the verb of each value. */
export function formatParts(format: string): readonly (string | { readonly verb: string })[] {
  const parts: (string | { verb: string })[] = [];
  let text = '';
  for (let at = 0; at < format.length; at++) {
    const found =
      format[at] === '%'
        ? /^%[#0+ -]*(?:\[\d+\])?(?:\d+|\*)?(?:\.(?:\d+|\*)?)?(\[\d+\])?([a-zA-Z%])/.exec(format.slice(at, at + 24))
        : null;
    if (!found) {
      text += format[at] ?? '';
      continue;
    }
    const [all, , verb = ''] = found;
    at += all.length - 1;
    if (verb === '%') {
      text += '%';
      continue;
    }
    if (text !== '') parts.push(text);
    text = '';
    parts.push({ verb });
  }
  if (text !== '') parts.push(text);
  return parts;
}
