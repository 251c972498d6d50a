import { RegExpParser, type AST } from '@eslint-community/regexpp';
import { absolutePath, bitsOf, type Bits, type Defect } from '../models/defects';

/** What a regular expression proves about a text. */
export interface Proof {
  /** The defects that a matching text cannot cause. */
  readonly match: Bits;
  /** The defects that a text without a match cannot cause. */
  readonly mismatch: Bits;
}

const nothing: Proof = { match: 0, mismatch: 0 };
const known = new Map<string, Proof>();

/** @param source of a regular expression, without delimiters */
export function proofOf(source: string, flags: string): Proof {
  const key = `${flags}/${source}`;
  let proof = known.get(key);
  if (!proof) known.set(key, (proof = prove(source, flags)));
  return proof;
}

/** ASCII, plus one for all other characters. */
const size = 129;
type Characters = Uint8Array;

function prove(source: string, flags: string): Proof {
  let pattern: AST.Pattern;
  try {
    pattern = new RegExpParser().parsePattern(source, 0, source.length, {
      unicode: /[uv]/.test(flags),
      unicodeSets: flags.includes('v'),
    });
  } catch {
    return nothing; // Not valid in JavaScript.
  }
  const wide = flags.includes('m');
  const isAnchored =
    !wide && pattern.alternatives.every(({ elements }) => startsAnchored(elements) && endsAnchored(elements));
  const match = isAnchored
    ? harmlessWith(admitted(pattern.alternatives)) | urlProof(pattern)
    : startProof(pattern, wide);
  return { match: match | (wide ? 0 : ownPathProof(pattern)), mismatch: excluded(pattern) };
}

function startsAnchored(elements: readonly AST.Element[]): boolean {
  const [first] = elements;
  return first?.type === 'Assertion'
    ? first.kind === 'start'
    : first?.type === 'Group' || first?.type === 'CapturingGroup'
      ? first.alternatives.every((one) => startsAnchored(one.elements))
      : false;
}

function endsAnchored(elements: readonly AST.Element[]): boolean {
  const last = elements.at(-1);
  return last?.type === 'Assertion'
    ? last.kind === 'end'
    : last?.type === 'Group' || last?.type === 'CapturingGroup'
      ? last.alternatives.every((one) => endsAnchored(one.elements))
      : false;
}

/** The characters that a match can contain. */
function admitted(alternatives: readonly AST.Alternative[]): Characters {
  const all = new Uint8Array(size);
  const add = (elements: readonly AST.Element[]) => {
    for (const element of elements) {
      switch (element.type) {
        case 'Character':
          all[Math.min(element.value, 128)] = 1;
          break;
        case 'CharacterClass':
        case 'CharacterSet':
        case 'ExpressionCharacterClass':
          merge(all, ofClass(element));
          break;
        case 'Group':
        case 'CapturingGroup':
          for (const one of element.alternatives) add(one.elements);
          break;
        case 'Quantifier':
          add([element.element]);
          break;
        case 'Backreference':
        case 'Assertion':
          break;
      }
    }
  };
  for (const { elements } of alternatives) add(elements);
  return all;
}

function merge(all: Characters, more: Characters): void {
  for (let at = 0; at < size; at++) if (more[at] === 1) all[at] = 1;
}

function ofClass(
  element: AST.CharacterClass | AST.CharacterSet | AST.ExpressionCharacterClass | AST.CharacterClassElement,
): Characters {
  const all = new Uint8Array(size);
  const range = (from: number, to: number) => {
    for (let at = from; at <= Math.min(to, 127); at++) all[at] = 1;
    if (to > 127) all[128] = 1;
  };
  switch (element.type) {
    case 'Character':
      range(element.value, element.value);
      return all;
    case 'CharacterClassRange':
      range(element.min.value, element.max.value);
      return all;
    case 'CharacterClass':
      for (const one of element.elements) merge(all, ofClass(one));
      return element.negate ? inverted(all) : all;
    case 'CharacterSet':
      if (element.kind === 'digit') range(48, 57);
      else if (element.kind === 'word')
        for (const [a, b] of [
          [48, 57],
          [65, 90],
          [95, 95],
          [97, 122],
        ] as const)
          range(a, b);
      else if (element.kind === 'space') {
        range(9, 13);
        range(32, 32);
        all[128] = 1;
      } else if (element.kind === 'any') {
        all.fill(1);
        return all;
      } else {
        all.fill(1);
        return all;
      }
      return element.negate ? inverted(all) : all;
    default:
      all.fill(1);
      return all;
  }
}

function inverted(all: Characters): Characters {
  const other = all.map((one) => 1 - one);
  other[128] = 1;
  return other;
}

/** The groups of characters of which a text needs one each to cause a defect; a text without them is harmless. */
const needs: readonly (readonly [Defect, string])[] = [
  ['sql', `'"\`;() /*\\`],
  ['command', ';|&`$<>\n\\\'"()'],
  ['xss', '<>"\'&'],
  ['xpath', `'"[]()=`],
  ['ldap', '()*\\|&='],
  ['header', '\r\n'],
  ['log', '\r\n'],
  ['redirect', '/\\:'],
  ['ssrf', '/\\:.@'],
  ['template', '<{#$%'],
  ['code', '(`;=['],
  ['regexp', '*+{('],
  ['format', '%'],
  ['module', '/.'],
  ['zip-slip', '/\\'],
];

function harmlessWith(characters: Characters): Bits {
  let bits = bitsOf('nosql') | bitsOf('mass-assignment');
  const has = (text: string) => Array.from(text).some((one) => characters[one.charCodeAt(0)] === 1);
  for (const [defect, text] of needs) if (!has(text)) bits |= bitsOf(defect);
  // Without a separator, `..` alone is a folder rather than a file.
  if (!has('/\\')) bits |= bitsOf('path');
  else if (!has('.')) bits |= bitsOf('path') & ~absolutePath;
  if (!has('_')) bits |= bitsOf('prototype');
  return bits;
}

/** An anchored expression that begins with a fixed scheme and host. */
function urlProof({ alternatives }: AST.Pattern): Bits {
  return alternatives.every(({ elements }) => /^https?:\/\/[\w.-]+(?:\/|$|:\d)/.test(literalStart(elements.slice(1))))
    ? bitsOf('ssrf') | bitsOf('redirect')
    : 0;
}

/** Only the start of the text is known. */
function startProof(pattern: AST.Pattern, wide: boolean): Bits {
  if (wide || !pattern.alternatives.every(({ elements }) => startsAnchored(elements))) return 0;
  const starts = pattern.alternatives.map(({ elements }) => literalStart(elements.slice(1)));
  if (starts.every((one) => /^https?:\/\/[\w.-]+[/?#:]/.test(one))) return bitsOf('ssrf') | bitsOf('redirect');
  return 0;
}

/** A text that starts with a single slash is a path on this site. */
function ownPathProof({ alternatives }: AST.Pattern): Bits {
  const isOwn = alternatives.every(({ elements: [start, slash, next] }) => {
    if (start?.type !== 'Assertion' || start.kind !== 'start') return false;
    if (slash?.type !== 'Character' || slash.value !== slashCode) return false;
    const one = next?.type === 'Quantifier' && next.min > 0 ? next.element : next;
    if (one?.type === 'Character') return one.value !== slashCode && one.value !== backslashCode;
    if (one?.type !== 'CharacterClass' && one?.type !== 'CharacterSet') return false;
    const all = ofClass(one);
    return all[slashCode] === 0 && all[backslashCode] === 0;
  });
  return isOwn ? bitsOf('redirect') : 0;
}

const [slashCode, backslashCode] = [47, 92];

function literalStart(elements: readonly AST.Element[]): string {
  let text = '';
  for (const element of elements) {
    if (element.type === 'Quantifier' && element.element.type === 'Character' && element.raw.endsWith('?'))
      text += String.fromCodePoint(element.element.value);
    else if (element.type === 'Character') text += String.fromCodePoint(element.value);
    else break;
  }
  return text;
}

/** What a text without any match cannot contain: the characters that match on their own. */
function excluded({ alternatives }: AST.Pattern): Bits {
  const all = new Uint8Array(size);
  let upwards = false;
  for (const { elements } of alternatives) {
    const [only, ...others] = elements;
    if (others.length === 0 && only) {
      const one = only.type === 'Quantifier' && only.min <= 1 ? only.element : only;
      if (one.type === 'Character') all[Math.min(one.value, 127)] = 1;
      else if (one.type === 'CharacterClass' || one.type === 'CharacterSet') merge(all, ofClass(one));
      else if (one.type === 'CapturingGroup' || one.type === 'Group') merge(all, admittedAlone(one.alternatives));
    } else if (elements.length === 2 && literalStart(elements) === '..') upwards = true;
  }
  return lacking(all) | (upwards ? bitsOf('path') & ~absolutePath : 0);
}

/** A character that a defect requires, if a single one is enough to rule it out. */
const keys: readonly (readonly [Defect, string])[] = [
  ['xss', '<'],
  ['sql', "'"],
  ['xpath', "'"],
  ['ldap', '('],
  ['header', '\n'],
  ['log', '\n'],
  ['redirect', '/'],
];

function lacking(characters: Characters): Bits {
  if (!characters.some((one) => one === 1)) return 0;
  let bits = harmlessWith(inverted(characters)) & ~(bitsOf('nosql') | bitsOf('mass-assignment'));
  for (const [defect, key] of keys) if (characters[key.charCodeAt(0)] === 1) bits |= bitsOf(defect);
  return bits;
}

function admittedAlone(alternatives: readonly AST.Alternative[]): Characters {
  return admitted(alternatives.filter(({ elements }) => elements.length === 1 && elements[0]?.type !== 'Quantifier'));
}

/** The defects that a text without this substring cannot cause. */
export function withoutPart(part: string): Bits {
  if (part === '..' || part === '../') return (bitsOf('path') & ~absolutePath) | bitsOf('zip-slip');
  if (part.length !== 1) return 0;
  const all = new Uint8Array(size);
  all[Math.min(part.charCodeAt(0), 127)] = 1;
  return lacking(all);
}

/** The defects that a text with this prefix cannot cause. */
export function withStart(start: string): Bits {
  let bits = 0;
  if (/^https?:\/\/[^/?#\\]+[/?#]/i.test(start)) bits |= bitsOf('ssrf') | bitsOf('redirect');
  else if (/^\/[^/\\]|^[\w.-]+[/?#]|^[?#.]/.test(start)) bits |= bitsOf('redirect');
  if (start !== '' && !/^(?:file:|\.?\/?)$/.test(start)) bits |= absolutePath;
  return bits;
}
