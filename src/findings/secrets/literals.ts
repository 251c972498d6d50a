import type { Span } from './spans';

/** How many characters to search for the end of a value: on one line; over several lines; in an expression or a call's arguments. */
export const longestLine = 20_000;
export const longestBlock = 20_000;
export const longestExpression = 600;

const prefix = /[rRbBuUfFlL@$]{1,3}(?=["'`])|\\{1,3}(?=["'])|(?:new[ \t]+)?[Ss]tring\(?(?=")/y;

/** Where the line of an offset begins. In a very long line only what is near counts, so that a minified file takes no longer than others. */
export function startOfLine(text: string, at: number): number {
  const from = Math.max(0, at - longestLine / 10);
  return from + text.slice(from, at).lastIndexOf('\n') + 1;
}

/** Where the line of an offset ends, with the same limit. */
export function endOfLine(text: string, at: number): number {
  const end = text.slice(at, at + longestLine).indexOf('\n');
  return end < 0 ? Math.min(text.length, at + longestLine) : at + end;
}

/** Where a command ends: at a line end that is not escaped, but not too far away. */
export function endOfCommand(text: string, at: number): number {
  let end = endOfLine(text, at);
  while (text[end - 1] === '\\' && end < text.length && end - at < longestExpression) end = endOfLine(text, end + 1);
  return Math.min(end, at + 2 * longestExpression);
}

/** The quoted literal that begins at an offset, without its quotes. */
export function quotedAt(text: string, at: number): { start: number; end: number; after: number } | undefined {
  prefix.lastIndex = at;
  const before = prefix.exec(text)?.[0] ?? '';
  const escapes = /\\*$/.exec(before)?.[0] ?? '';
  const open = at + before.length;
  if (text.startsWith('&quot;', at) || text.startsWith('&apos;', at)) {
    const close = text.slice(at + 6, at + longestLine).indexOf(text.slice(at, at + 6));
    return close < 0 ? undefined : { start: at + 6, end: at + 6 + close, after: at + 12 + close };
  }
  const quote = text[open] ?? '';
  if (!/["'`]/.test(quote) || quote === '') return undefined;
  const triple = quote.repeat(3);
  if (text.startsWith(triple, open)) {
    const near = text.slice(open + 3, open + longestBlock).indexOf(triple);
    const close = near < 0 ? near : open + 3 + near;
    const end = close < 0 ? Math.min(text.length, open + longestBlock) : close;
    return { start: open + 3, end, after: Math.min(text.length, end + 3) };
  }
  const start = open + 1;
  if (escapes !== '') {
    const near = text.slice(start, start + longestBlock).indexOf(escapes + quote);
    const close = near < 0 ? near : start + near;
    const end = close < 0 ? endOfLine(text, start) : close;
    return { start, end, after: close < 0 ? end : close + escapes.length + 1 };
  }
  let line = -1;
  const most = Math.min(text.length, start + longestBlock);
  for (let end = start; end < most; end += 1) {
    const character = text[end];
    if (character === '\\') end += 1;
    else if (character === quote) return { start, end, after: end + 1 };
    else if (character === '\n') {
      if (line < 0) line = end;
      // Only some languages allow line breaks here; a quote that is not closed soon was not one.
      if (quote !== '`' && end - start > 4_000) break;
    }
  }
  const end = line < 0 ? most : line;
  return { start, end, after: end };
}

export interface Literal extends Span {
  /** Which argument it belongs to, counted by the commas before it. */
  readonly argument: number;
  /** It follows a name and an operator, which are examined separately. */
  readonly isKeyed: boolean;
  /** It is such a name itself. */
  readonly isKey: boolean;
}

/**
 * The literals from an offset up to the closing bracket, or the end of the statement.
 * @param isFlat counts the commas inside brackets, too
 */
export function literalsUpTo(
  text: string,
  from: number,
  most: number,
  close: string | undefined,
  isFlat = false,
): { literals: Literal[]; end: number } {
  const literals: Literal[] = [];
  const limit = Math.min(text.length, from + most);
  let depth = 0;
  let argument = 0;
  let at = from;
  while (at < limit) {
    switch (text.charCodeAt(at)) {
      case 34:
      case 39:
      case 96: {
        const span = quotedAt(text, at);
        if (!span) return { literals, end: at };
        const before = text.slice(Math.max(from, at - 40), at);
        const after = text.slice(span.after, span.after + 8);
        literals.push({
          start: span.start,
          end: span.end,
          argument,
          isKeyed:
            /[\w"'\])]\s*(?:=>?|:)\s*[rRbBuUfF@$]{0,2}$/.test(before) && !/[=!]==?\s*$|\?[^:]*:\s*$/.test(before),
          isKey:
            (/^\s*(?::(?!:)|=>)/.test(after) && !/\?\s*$/.test(before)) ||
            (/\[\s*$/.test(before) && /^\s*\]/.test(after) && /[\w)\]]\s*\[\s*$/.test(before)),
        });
        at = Math.max(at + 1, span.after);
        continue;
      }
      case 40:
      case 91:
      case 123:
        depth += 1;
        break;
      case 41:
      case 93:
      case 125:
        if (depth === 0) return { literals, end: at };
        depth -= 1;
        break;
      case 44:
        if (depth > 0 && !isFlat) break;
        if (close === undefined) return { literals, end: at };
        argument += 1;
        break;
      case 59:
        if (close === undefined && depth === 0) return { literals, end: at };
        break;
      case 10:
        if (close === undefined && depth === 0 && !continuesAfter(text, from, at)) return { literals, end: at };
        break;
      default:
    }
    at += 1;
  }
  return { literals, end: at };
}

/** Whether an expression continues on the next line. */
function continuesAfter(text: string, from: number, at: number): boolean {
  return (
    /(?:[=+\-*/&|?:,.(]|\bor)\s*$/.test(text.slice(Math.max(from, at - 20), at)) ||
    /^\s*(?:[+.&|?:]|or\b)/.test(text.slice(at + 1, at + 60))
  );
}
