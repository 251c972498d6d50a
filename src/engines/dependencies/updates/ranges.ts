import { compareVersions, type Ecosystem } from '../packages/versions';

/** The meaning of a bare version in a manifest, and the syntax for compatible versions. */
export interface RangeStyle {
  readonly ecosystem: Ecosystem;
  /** The prefix if the old range only said "any", or only a major version. */
  readonly usual: string;
}

const version = String.raw`v?\d+(?:\.\d+)*(?:[-+.~_]?[A-Za-z0-9][\w.+~-]*)?`;

/**
 * A range that starts at a version, in the style of the old one: `^1.2.0` becomes `^1.2.5`, `1.2.0` becomes `1.2.5`.
 * @returns undefined for anything but a version range: a URL, a tag, another package
 */
export function raisedRange(range: string, to: string, style: RangeStyle): string | undefined {
  const text = range.trim();
  if (text === '' || /^[*xX]$/.test(text) || text === 'latest') return `${style.usual}${to}`;
  const wild = /^[\^~=v]?\s*\d+(\.\d+)*\.[xX*](?:\.[xX*])*$/.exec(text);
  if (wild) return `${wild[1] === undefined || style.usual === '' ? style.usual : '~'}${to}`;
  const single = new RegExp(String.raw`^(\^|~>|~=|~|===?|=|>=)?(\s*)(${version})$`).exec(text);
  if (single) {
    const [, operator = '', space = '', old = ''] = single;
    // A bare "1" or "1.2" in npm is a wildcard.
    const partial = operator === '' && style.ecosystem === 'npm' ? old.split('.').length : 3;
    return `${partial === 1 ? '^' : partial === 2 ? '~' : operator}${space}${to}`;
  }
  if (text.includes('|')) return raisedAlternatives(text, to, style);
  const clause = new RegExp(String.raw`^(?:\^|~>?|~=|[<>]=?|!=|===?|=)?\s*${version}$`);
  if (/\s-\s/.test(text)) return `${style.usual || '^'}${to}`;
  const clauses = text.split(/\s*,\s*|(?<=[\w*])\s+(?=[<>=~^!])/);
  if (!clauses.every((one) => clause.test(one.trim()))) return undefined;
  return raisedClauses(text, to, style.ecosystem, ' ');
}

function raisedAlternatives(text: string, to: string, style: RangeStyle): string | undefined {
  const separator = /\s*\|\|?\s*/.exec(text)?.[0] ?? ' || ';
  const parts = text.split(/\s*\|\|?\s*/);
  const major = (range: string) => Number(/\d+/.exec(range)?.[0] ?? NaN);
  const kept = parts.filter((part) => major(part) > major(to));
  const same = parts.find((part) => major(part) === major(to));
  const raised = same === undefined ? `${style.usual || '^'}${to}` : raisedRange(same, to, style);
  return raised === undefined ? undefined : [raised, ...kept].join(separator);
}

/** Raises the lower bounds of clauses that must all hold, and any upper bounds that exclude the version. */
export function raisedClauses(text: string, to: string, ecosystem: Ecosystem, separator = ','): string {
  let lower = 0;
  const made = text.replace(
    /(~=|~>|===?|!=|<=|>=|<|>|\^|~|=)(\s*)(v?\d[\w.*+!~-]*)/g,
    (whole, operator: string, space: string, old: string) => {
      if (operator === '!=') return whole;
      if (operator.startsWith('<')) {
        const order = compareVersions(ecosystem, to, old);
        if (order < 0 || (order === 0 && operator === '<=')) return whole;
        return `<${space}${Number(/\d+/.exec(to)?.[0] ?? 0) + 1}`;
      }
      lower += 1;
      if (old.endsWith('*')) return `${operator.startsWith('=') ? '~=' : operator}${space}${to}`;
      return `${operator === '>' ? '>=' : operator}${space}${to}`;
    },
  );
  if (lower > 0) return made;
  return made.trim() === '' ? `>=${to}` : `>=${to}${separator}${made.trim()}`;
}

/** The lowest version that a range allows, as written; undefined if it names none. */
export function lowestOf(range: string): string | undefined {
  const found = /(?:^|[\s,|])(?:\^|~>|~=|~|===?|=|>=|>)?\s*v?(\d+(?:\.\d+)*(?:[-+][\w.+-]+)?)/.exec(
    range.replace(/[<!]=?\s*[\w.*+!-]+/g, ' '),
  );
  return found?.[1];
}
