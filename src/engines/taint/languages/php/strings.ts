const plain: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  f: '\f',
  e: '\u001b',
  '\\': '\\',
  $: '$',
  '"': '"',
  '`': '`',
};

/** The text of a single-quoted string, given without its quotes. */
export function unquoted(text: string): string {
  return text.replace(/\\([\\'])/g, '$1');
}

/** The text that an escape sequence in a double-quoted string represents. */
export function unescaped(text: string): string {
  const code = /^\\(?:u\{([\da-f]+)\}|x([\da-f]{1,2}))$/i.exec(text);
  if (code) {
    const point = Number.parseInt(code[1] ?? code[2] ?? '', 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : text;
  }
  const octal = /^\\([0-7]{1,3})$/.exec(text)?.[1];
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
  return plain[text.slice(1)] ?? text;
}

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };

/**
 * A PCRE regular expression, with its delimiters, in JavaScript's syntax; undefined if it is not one.
 * @param isReplaced whether all matches count, not only the first one
 */
export function regexOf(text: string, isReplaced: boolean): { source: string; flags: string } | undefined {
  const trimmed = text.trimStart();
  const open = trimmed[0];
  if (open === undefined || /[\w\s\\]/.test(open)) return undefined;
  const end = trimmed.lastIndexOf(closing[open] ?? open);
  if (end <= 0) return undefined;
  const modifiers = trimmed.slice(end + 1);
  if (!/^[a-zA-Z\s]*$/.test(modifiers)) return undefined;
  let source = trimmed.slice(1, end);
  if (modifiers.includes('x')) source = source.replace(/(?<!\\)#.*$/gm, '').replace(/(?<!\\)\s+/g, '');
  source = source
    .replace(/^\\A/, '^')
    .replace(/\\[zZ]$/, '$')
    .replace(/\[:(\w+):\]/g, (all, name: string) => posix[name] ?? all)
    .replace(/\\h/g, String.raw`[ \t]`)
    .replace(/([*+?}])\+/g, '$1');
  const flags = modifiers.replace(/[^ims]/g, '');
  return { source, flags: isReplaced ? `${flags}g` : flags };
}

const posix: Readonly<Record<string, string>> = {
  alnum: 'a-zA-Z0-9',
  alpha: 'a-zA-Z',
  digit: '0-9',
  xdigit: '0-9a-fA-F',
  lower: 'a-z',
  upper: 'A-Z',
  word: String.raw`\w`,
  space: String.raw`\s`,
  blank: String.raw` \t`,
};
