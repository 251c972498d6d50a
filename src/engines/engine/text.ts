import { literalsOf, snippetOf } from '../../findings/secrets/snippet';

export { snippetOf };

/** CWEs whose findings show a secret. */
const secretCwes = new Set(['CWE-259', 'CWE-321', 'CWE-522', 'CWE-540', 'CWE-547', 'CWE-798']);

/** Whether a finding with these CWEs shows a secret, so that the literals on its line must be masked. */
export function showsSecret(cwe: readonly string[] | undefined): boolean {
  return cwe?.some((id) => secretCwes.has(id)) ?? false;
}

/** The snippet of a finding that shows a secret, with all literals on its line masked. */
export function snippetOfSecret(line: string, column = 1): string {
  return snippetOf(line, column, literalsOf(line));
}

/** Converts a column in code points (from 0) to one in UTF-16 units (from 1). */
export function utf16Column(line: string, codePoints: number): number {
  let units = 0;
  for (const character of line) {
    if (codePoints-- <= 0) break;
    units += character.length;
  }
  return units + 1;
}
