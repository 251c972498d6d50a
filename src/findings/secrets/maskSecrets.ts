import { memoized } from '../../base/memoized';
import { findInCalls } from './calls';
import { findInCommands } from './commands';
import { Found } from './found';
import { findByName } from './namedValues';
import { findByScheme, findByShape } from './shapes';
import { joinSpans, maskSpans, type Span } from './spans';

const longestKnown = 2_000;
/** Rules give many lines the same message. */
const knownSpans = memoized(find, 200);
/** Many findings can be on one long line. */
let last: { readonly text: string; readonly spans: readonly Span[] } | undefined;

/**
 * Replaces every secret in a text by asterisks: anything with the shape of a key, and anything assigned to a secret's name in any notation.
 * In case of doubt a literal is masked; names, calls and placeholders stay.
 */
export function maskSecrets(text: string): string {
  return maskSpans(text, secretsIn(text));
}

/** Where the secrets in a text are, in order and without overlaps. Takes time in proportion to the text. */
export function secretsIn(text: string): readonly Span[] {
  if (text.length > longestKnown) {
    if (last?.text !== text) last = { text, spans: find(text) };
    return last.spans;
  }
  return knownSpans(text);
}

function find(text: string): readonly Span[] {
  const found = new Found(text);
  findByShape(found);
  findByScheme(found);
  findInCommands(found);
  findInCalls(found);
  findByName(found);
  if (found.spans.length === 0) return [];
  const isMasked = ({ start, end }: Span) => /^\**$/.test(text.slice(start, Math.min(end, start + 40)));
  return joinSpans(found.spans.filter((span) => !isMasked(span)));
}
