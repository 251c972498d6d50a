/** The fields of a finding that a search covers. */
export interface Searched {
  readonly title: string;
  readonly message: string;
  readonly rule: string;
  readonly file: string;
  readonly cwe: readonly string[];
}

const fieldWords = /^(path|file|rule|cwe):(.*)$/;

/**
 * The search of every list of findings: whether a finding contains all words of a query, in any field; case-insensitive. A `path:`, `rule:`
 * or `cwe:` prefix limits a word to that field.
 */
export function searchFor(text: string): (finding: Searched) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return () => true;
  const checks = words.map((word): ((finding: Searched, all: string) => boolean) => {
    const [, field, part = ''] = fieldWords.exec(word) ?? [];
    switch (field) {
      case 'path':
      case 'file':
        return ({ file }) => file.toLowerCase().includes(part);
      case 'rule':
        return ({ rule }) => rule.toLowerCase().includes(part);
      case 'cwe': {
        const id = `cwe-${part.replace(/^cwe-?/, '')}`;
        return ({ cwe }) => part === '' || cwe.some((one) => one.toLowerCase() === id);
      }
      default:
        return (_, all) => all.includes(word);
    }
  });
  return (finding) => {
    const { title, message, rule, file, cwe } = finding;
    const all = [title, message, rule, file, ...cwe].join('\n').toLowerCase();
    return checks.every((check) => check(finding, all));
  };
}
