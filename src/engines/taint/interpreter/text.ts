import { absolutePath, bitsOf, maskOf, quotedSql, type Bits } from '../models/defects';
import { withStart } from './characters';
import {
  cleanedTaints,
  joinTaints,
  onlyConstant,
  prefixOf,
  taintsOf,
  unknownOf,
  type Taint,
  type Value,
} from './value';

/** What a text cannot cause, since it is not an object. */
export const notText: Bits = maskOf(['nosql', 'prototype', 'mass-assignment']);
/** What depends only on the start of a text. */
const byStart: Bits = bitsOf('ssrf') | bitsOf('redirect') | absolutePath;

const maxText = 4_000;

/** The concatenation of these parts. */
export function textOf(parts: readonly Value[]): Value {
  if (parts.length === 2) {
    const [a, b] = parts.map(onlyConstant);
    if (typeof a === 'number' && typeof b === 'number') return { taints: [], unknown: 0, constants: [a + b] };
  }
  const taints: (readonly Taint[])[] = [];
  let unknown = 0;
  /** The text so far; undefined if a part is unknown. */
  let known: string | undefined = '';
  let start = '';
  let isFixed = false;
  /** The SQL quote that the current position is inside of. */
  let quote = '';
  for (const part of parts) {
    const clears =
      notText |
      (quote === '' ? 0 : bitsOf('sql') & ~quotedSql) |
      (known === undefined ? (isFixed ? byStart : 0) : withStart(known));
    const own = part.object?.isList === true ? taintsOf(part) : part.taints;
    taints.push(cleanedTaints(own, clears));
    unknown |= (part.object?.isList === true ? unknownOf(part) : part.unknown) & ~clears;
    const text = onlyConstant(part);
    quote = quoteAfter(quote, typeof text === 'symbol' ? (part.suffix ?? '') : String(text ?? ''));
    if (typeof text === 'symbol') {
      // Whoever controls the first part controls where the text leads.
      if (known === '') isFixed = own.length === 0;
      else if (known !== undefined) isFixed = own.length === 0 || withStart(known) !== 0;
      if (known !== undefined) start = known + (prefixOf(part) ?? '');
      known = undefined;
    } else if (known !== undefined && known.length < maxText) known += String(text ?? '');
  }
  const joined = joinTaints(taints);
  if (known !== undefined) return { taints: joined, unknown, constants: [known] };
  // The rest is inside quotes as well.
  return { taints: joined, unknown, ...(start !== '' && { prefix: start }), ...(quote !== '' && { suffix: quote }) };
}

/** The quote that is still open at the end of a text. */
function quoteAfter(open: string, text: string): string {
  if (text.length > maxText) return '';
  let quote = open;
  for (const one of text) {
    if (quote === '' && (one === "'" || one === '"')) quote = one;
    else if (one === quote) quote = '';
  }
  return quote;
}
