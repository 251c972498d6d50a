const short: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', s: ' ', '0': '\0' };

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:u+([0-9a-fA-F]{4})|([0-3]?[0-7]{1,2})|\r?\n|([\s\S]))/g,
    (_, unicode?: string, octal?: string, one?: string) =>
      unicode !== undefined
        ? String.fromCharCode(Number.parseInt(unicode, 16))
        : octal !== undefined
          ? String.fromCharCode(Number.parseInt(octal, 8))
          : one !== undefined
            ? (short[one] ?? one)
            : '',
  );
}

/** The value of a string literal or text block. */
export function stringOf(literal: string): string {
  if (!literal.startsWith('"""')) return unescaped(literal.slice(1, -1));
  const lines = literal
    .slice(3, -3)
    .replace(/^[^\n]*\n/, '')
    .split('\n');
  const indent = Math.min(
    ...lines
      .filter((line, index) => line.trim() !== '' || index === lines.length - 1)
      .map((line) => line.length - line.trimStart().length),
  );
  return unescaped(lines.map((line) => line.slice(indent)).join('\n'));
}

/** The value of a character literal, as a text of one character. */
export function characterOf(literal: string): string {
  return unescaped(literal.slice(1, -1));
}

/** The value of a number; NaN for hexadecimal floating points. */
export function numberOf(literal: string): number {
  const text = literal.replaceAll('_', '');
  if (/^0[xX][^.pP]*$/.test(text)) return Number(text.replace(/[lL]$/, ''));
  if (/^0[bB]/.test(text)) return Number(text.replace(/[lL]$/, ''));
  if (/^0[0-7]+[lL]?$/.test(text)) return Number.parseInt(text, 8);
  return Number(text.replace(/[lLfFdD]$/, ''));
}
