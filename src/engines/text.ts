/** Longest snippet of a finding, in UTF-16 units. */
const snippetLength = 200;

/** CWEs whose findings have a secret on the line. */
const secretCwes = new Set(['CWE-259', 'CWE-321', 'CWE-522', 'CWE-540', 'CWE-547', 'CWE-798']);

/** Whether a finding of these classes shows a secret, so that the literals of its line must be masked. */
export function showsSecret(cwe: readonly string[] | undefined): boolean {
  return cwe?.some((id) => secretCwes.has(id)) ?? false;
}

/** The line without its indentation; a long (minified) one is cut to the part around `column` (from 1). */
export function snippetOf(line: string, column = 1): string {
  const text = line.replace(/^\uFEFF/, '').trim();
  if (text.length <= snippetLength) return text;
  const at = Math.max(0, column - 1 - (line.length - line.trimStart().length));
  const start = Math.max(0, Math.min(at - 40, text.length - snippetLength));
  const cut = text.slice(start, start + snippetLength).replace(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g, '');
  return `${start > 0 ? '…' : ''}${cut}${start + snippetLength < text.length ? '…' : ''}`;
}

/** Replaces what stands in quotes by asterisks, and an unquoted value after '=' or ':' where there are no quotes. */
export function maskLiterals(snippet: string): string {
  const masked = snippet.replace(/(["'`])((?:\\.|(?!\1)[^\\])+)(\1|$)/g, (_, open: string, __: string, end: string) => {
    return `${open}********${end}`;
  });
  return masked === snippet ? snippet.replace(/([=:]\s*)\S.*$/, '$1********') : masked;
}

/** A UTF-16 column (from 1) for a column in code points (from 0) of `line`. */
export function utf16Column(line: string, codePoints: number): number {
  let units = 0;
  for (const character of line) {
    if (codePoints-- <= 0) break;
    units += character.length;
  }
  return units + 1;
}
