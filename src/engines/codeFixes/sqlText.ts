import type { Replacement } from './codeFix';

/** A string in the code that is part of an SQL text. Offsets refer to the code. */
export interface Literal {
  /** Including its prefix and quotes. */
  readonly from: number;
  readonly to: number;
  /** Where its closing quote starts. */
  readonly close: number;
  readonly prefix: string;
  readonly quote: string;
}

/** A piece of an SQL text: a character, or a value that the code inserts. */
export interface Part {
  readonly from: number;
  readonly to: number;
  /** The string around it; undefined for an operand of `+`. */
  readonly literal?: Literal;
  /** The character; undefined for a value. */
  readonly text?: string;
  /** The value's code. */
  readonly code?: string;
}

/** A place for a parameter: the parts that it replaces, and the value's code. */
interface Hole {
  readonly first: number;
  readonly last: number;
  readonly value: string;
}

/** How a language and a driver write a statement with parameters. */
export interface Style {
  /** The n-th placeholder, from 1. */
  readonly placeholder: (number: number) => string;
  /** Whether a percent sign in the text has to be doubled. */
  readonly doublesPercent: boolean;
  /** The operator that joins two strings with different quotes. */
  readonly plus: string;
  /** The code of a string with values in it; undefined if there is no such string. */
  readonly composed: (pieces: readonly { readonly text?: string; readonly code?: string }[]) => string | undefined;
}

/** Statements that take parameters; drivers reject parameters in others. */
const takesParameters = /^\s*(?:select|insert|update|delete|replace)\b/i;
/** Precedes a value that is compared, assigned or used as a count. */
const beforeValue =
  /(?:[^-\s]\s*(?:=|<>|!=|<|>|<=|>=)|\blike|\blimit|\boffset|\bbetween|\bbetween\s+[^\s()]+\s+and)\s*$|\bvalues\s*\((?:[^()]|\([^()]*\))*$/i;
/** Precedes a string that is part of the grammar. */
const beforeFixedString = /(?:\b(?:interval|date|time|timestamp|escape|as|identified\s+by|collate)|\()\s*$/i;

/**
 * Replaces the values in an SQL text by placeholders.
 * @param parts in the order of the text
 * @returns the edits of the text's code, and the values' code in the order of their placeholders; undefined if one of them cannot be a
 * parameter, such as a table name
 */
export function withPlaceholders(
  parts: readonly Part[],
  style: Style,
): { edits: Replacement[]; values: string[] } | undefined {
  const text = parts.map((part) => part.text ?? '').join('');
  if (!takesParameters.test(text) || /--|\/\*|\\/.test(text)) return undefined;
  const found = holesOf(parts, style);
  if (!found || found.length === 0) return undefined;
  const edits: Replacement[] = [];
  for (const [index, hole] of found.entries()) {
    const made = replaced(parts, hole, style.placeholder(index + 1), style.plus);
    if (!made) return undefined;
    edits.push(...made);
  }
  const isHole = (at: number) => found.some(({ first, last }) => at >= first && at <= last);
  for (const [at, part] of parts.entries()) {
    if (part.text === undefined || isHole(at)) continue;
    if (/[?$]/.test(part.text) && !style.doublesPercent) return undefined;
    const wanted = part.text === '%' && style.doublesPercent ? '%%' : part.text;
    const isEscaped = part.to - part.from === 2 && (part.text === '{' || part.text === '}' || part.text === '%');
    const written = isEscaped ? part.text.repeat(2) : part.text;
    if (written !== wanted) edits.push({ start: part.from, end: part.to, text: wanted });
  }
  return { edits, values: found.map(({ value }) => value) };
}

function holesOf(parts: readonly Part[], style: Style): Hole[] | undefined {
  const holes: Hole[] = [];
  /** The text so far, without values. */
  let before = '';
  for (let at = 0; at < parts.length; at += 1) {
    const { text, code } = parts[at] ?? {};
    if (code !== undefined) {
      const next = parts[at + 1];
      const isApart = next === undefined || (next.text !== undefined && /^[\s,);]$/.test(next.text));
      if (!isApart || !isValuePlace(before)) return undefined;
      holes.push({ first: at, last: at, value: code });
      before += '0';
    } else if (text !== undefined && /^['"`]$/.test(text)) {
      const end = endOfString(parts, at, text);
      if (end === undefined) return undefined;
      const inside = parts.slice(at + 1, end);
      if (inside.some((one) => one.code !== undefined)) {
        const isString = text === "'" ? !beforeFixedString.test(before) || isValuePlace(before) : isValuePlace(before);
        const only = inside.length === 1 ? inside[0]?.code : undefined;
        const value = only ?? style.composed(inside);
        if (text === '`' || !isString || value === undefined) return undefined;
        holes.push({ first: at, last: end, value });
        before += '0';
      } else
        before += parts
          .slice(at, end + 1)
          .map((one) => one.text)
          .join('')
          .replace(/[(),]/g, ' ');
      at = end;
    } else before += text ?? '';
  }
  return holes;
}

function isValuePlace(before: string): boolean {
  if (!beforeValue.test(before)) return false;
  // In a list, only whole items.
  return !/\bvalues\s*\([\s\S]*$/i.test(before) || /[(,=<>]\s*$|\b(?:like|limit|offset)\s*$/i.test(before);
}

/** Where an SQL string that starts at a part ends. */
function endOfString(parts: readonly Part[], start: number, quote: string): number | undefined {
  for (let at = start + 1; at < parts.length; at += 1) {
    if (parts[at]?.text !== quote) continue;
    if (parts[at + 1]?.text !== quote) return at;
    at += 1;
  }
  return undefined;
}

/** Edits that insert a placeholder into the code. */
function replaced(
  parts: readonly Part[],
  { first, last }: Hole,
  placeholder: string,
  plus: string,
): Replacement[] | undefined {
  const [begin, finish] = [parts[first], parts[last]];
  if (!begin || !finish) return undefined;
  const before = begin.literal ? begin : parts[first - 1];
  const after = finish.literal ? finish : parts[last + 1];
  const left = before?.literal;
  if (!before || !left) return undefined;
  const start = begin.literal ? begin.from : before.to;
  const right = after?.literal;
  // Nothing follows the value.
  if (after === undefined)
    return [
      { start, end: left.close, text: placeholder },
      { start: left.to, end: finish.to, text: '' },
    ];
  if (!right) return undefined;
  const end = finish.literal ? finish.to : after.from;
  if (left === right) return [{ start, end, text: placeholder }];
  const isSame = left.quote === right.quote && isRaw(left) === isRaw(right);
  const plain = right.prefix.replace(/f/i, '');
  return [{ start, end, text: isSame ? placeholder : `${placeholder}${left.quote}${plus}${plain}${right.quote}` }];
}

function isRaw({ prefix }: Literal): boolean {
  return /r/i.test(prefix);
}
