import { compare as comparePep440, valid as isPep440 } from '@renovatebot/pep440';
import { Version as GemVersion } from '@renovatebot/ruby-semver/dist/ruby/version.js';
import { compare as compareSemver, parse as parseSemver } from 'semver';

/** The ecosystems whose lockfiles are read, by their names in OSV: https://ossf.github.io/osv-schema/#affectedpackage-field */
export const ecosystems = [
  'npm',
  'PyPI',
  'Go',
  'crates.io',
  'RubyGems',
  'Packagist',
  'Maven',
  'NuGet',
  'Hex',
  'Pub',
] as const;
export type Ecosystem = (typeof ecosystems)[number];

type Part = number | string;

/**
 * Compares two versions by the ecosystem's own order. Invalid versions are ordered as well as possible; it never throws.
 * @returns a negative number, 0 or a positive number, as for `sort`
 */
export function compareVersions(ecosystem: Ecosystem, a: string, b: string): number {
  switch (ecosystem) {
    case 'PyPI':
      return isPep440(a) && isPep440(b) ? comparePep440(a, b) : compareLoosely(a, b);
    case 'Maven':
      return compareLists(mavenParts(a), mavenParts(b), compareMavenParts);
    case 'RubyGems':
      return GemVersion.isCorrect(a) && GemVersion.isCorrect(b)
        ? new GemVersion(a).compare(new GemVersion(b))
        : compareLoosely(a, b);
    case 'Packagist':
      return compareLists(composerParts(a), composerParts(b), compareComposerParts);
    case 'NuGet':
      // It has up to four numbers, and ignores case.
      return compareLoosely(a, b);
    default: {
      const [x, y] = [parseSemver(a, { loose: true }), parseSemver(b, { loose: true })];
      return x && y ? compareSemver(x, y) : compareLoosely(a, b);
    }
  }
}

function compareLists(a: readonly Part[], b: readonly Part[], compare: (a?: Part, b?: Part) => number): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const order = compare(a[index], b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function order<T extends number | string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares digits, which may exceed the range of a number. */
function orderDigits(a: string, b: string): number {
  const [x, y] = [a.replace(/^0+(?=\d)/, ''), b.replace(/^0+(?=\d)/, '')];
  return order(x.length, y.length) || order(x, y);
}

/** NuGet's order, which is that of https://semver.org extended to any number of parts; also for versions that the libraries reject. */
function compareLoosely(a: string, b: string): number {
  const split = (version: string) => {
    const [, release = '', before = ''] = /^v?([\d.]*)(?:-([^+]*))?/.exec(version.trim()) ?? [];
    return { release: release.split('.'), before: before.toLowerCase().split('.') };
  };
  const [x, y] = [split(a), split(b)];
  for (let index = 0; index < Math.max(x.release.length, y.release.length); index += 1) {
    const found = orderDigits(x.release[index] ?? '0', y.release[index] ?? '0');
    if (found !== 0) return found;
  }
  if (x.before[0] === '' || y.before[0] === '') return order(Number(x.before[0] === ''), Number(y.before[0] === ''));
  for (let index = 0; index < Math.max(x.before.length, y.before.length); index += 1) {
    const [p, q] = [x.before[index], y.before[index]];
    if (p === undefined || q === undefined) return p === undefined ? -1 : 1;
    const numbers = [/^\d+$/.test(p), /^\d+$/.test(q)];
    if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
    const found = numbers[0] ? orderDigits(p, q) : order(p, q);
    if (found !== 0) return found;
  }
  return 0;
}

/** https://maven.apache.org/pom.html#version-order-specification */
const mavenWords: Readonly<Record<string, number>> = {
  alpha: -5,
  a: -5,
  beta: -4,
  b: -4,
  milestone: -3,
  m: -3,
  rc: -2,
  cr: -2,
  snapshot: -1,
  '': 0,
  ga: 0,
  final: 0,
  release: 0,
  sp: 1,
};

function mavenParts(version: string): Part[] {
  const parts = version
    .toLowerCase()
    .split(/[.\-_]|(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)/)
    .map((part): Part => (/^\d+$/.test(part) ? Number(part) : part));
  // Zeros at the end or before a word do not matter: 1.0.0 equals 1, and 1.0-rc equals 1-rc.
  return parts.filter((part, index) => {
    if (part !== 0 && part !== '' && part !== 'ga' && part !== 'final' && part !== 'release') return true;
    const next = parts.slice(index + 1).find((later) => later !== 0 && later !== '');
    return typeof next === 'number';
  });
}

function compareMavenParts(a: Part = '', b: Part = ''): number {
  if (typeof a === 'number' && typeof b === 'number') return order(a, b);
  if (typeof a === 'number') return 1;
  if (typeof b === 'number') return -1;
  const rank = (word: string) => (Object.hasOwn(mavenWords, word) ? (mavenWords[word] ?? 0) : 2);
  return order(rank(a), rank(b)) || (rank(a) === 2 ? order(a, b) : 0);
}

/** Like PHP's version_compare, which Composer uses: https://www.php.net/version_compare */
function composerParts(version: string): Part[] {
  const parts =
    version
      .toLowerCase()
      .replace(/^v/, '')
      .replace(/\+.*$/, '')
      .match(/\d+|[a-z]+/g) ?? [];
  const known = parts.map((part): Part => (/^\d/.test(part) ? Number(part) : part));
  const word = known.findIndex((part) => typeof part === 'string');
  const numbers = word < 0 ? known : known.slice(0, word);
  // Composer normalizes every version to four numbers.
  while (numbers.length < 4) numbers.push(0);
  return word < 0 ? numbers : [...numbers, ...known.slice(word)];
}

function compareComposerParts(a?: Part, b?: Part): number {
  const rank = (part: Part | undefined): number => {
    if (part === undefined) return 5;
    if (typeof part === 'number') return 6;
    if (part === 'dev') return 0;
    if (part === 'a' || part === 'alpha') return 1;
    if (part === 'b' || part === 'beta') return 2;
    if (part === 'rc' || part === 'c') return 3;
    return part === 'p' || part === 'pl' || part === 'patch' ? 7 : 4;
  };
  return order(rank(a), rank(b)) || (typeof a === 'number' && typeof b === 'number' ? order(a, b) : 0);
}
