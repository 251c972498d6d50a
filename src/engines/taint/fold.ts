import { constant, onlyConstant, type Constant, type Value } from './value';

/** Longer texts are not worth computing. */
const maxText = 10_000;

/** The result of an operator on two constants; undefined if unknown. */
export function foldBinary(op: string, left: Value, right: Value): Value | undefined {
  const [a, b] = [onlyConstant(left), onlyConstant(right)];
  if (a === undefined || b === undefined) return undefined;
  const result = typeof a === 'number' && typeof b === 'number' ? ofNumbers(op, a, b) : ofOthers(op, a, b);
  if (result === undefined || (typeof result === 'number' && !Number.isFinite(result))) return undefined;
  return constant(result);
}

function ofNumbers(op: string, a: number, b: number): Constant | undefined {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '//':
      return Math.floor(a / b);
    case '%':
      return b === 0 ? undefined : ((a % b) + b) % b;
    case '**':
      return a ** b;
    default:
      return compared(op, a, b);
  }
}

function ofOthers(op: string, a: Constant, b: Constant): Constant | undefined {
  if (op === '+' && typeof a === 'string' && typeof b === 'string')
    return a.length + b.length < maxText ? a + b : undefined;
  if (op === '*' && typeof a === 'string' && typeof b === 'number')
    return a.length * b < maxText ? a.repeat(Math.max(0, Math.floor(b))) : undefined;
  if (op === 'in' && typeof a === 'string' && typeof b === 'string') return b.includes(a);
  if (op === 'not in' && typeof a === 'string' && typeof b === 'string') return !b.includes(a);
  return compared(op, a, b);
}

function compared(op: string, a: Constant, b: Constant): boolean | undefined {
  if (op === '==' || op === 'is') return a === b;
  if (op === '!=' || op === 'is not') return a !== b;
  if (typeof a !== typeof b || a === null || b === null) return undefined;
  if (op === '<') return a < b;
  if (op === '>') return a > b;
  if (op === '<=') return a <= b;
  if (op === '>=') return a >= b;
  return undefined;
}

/** Whether a value is truthy in Python; undefined if unknown. */
export function truth(value: Value): boolean | undefined {
  if (value.constants && value.constants.length > 0) {
    const all = new Set(value.constants.map(Boolean));
    return all.size === 1 ? all.has(true) : undefined;
  }
  if (value.items && (value.kind === 'list' || value.kind === 'dict')) return value.items.size > 0;
  return undefined;
}

const textMethods: Readonly<Record<string, (text: string, args: readonly Constant[]) => Constant | undefined>> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  strip: (text, args) => (args.length === 0 ? text.trim() : undefined),
  encode: (text) => text,
  decode: (text) => text,
  replace: (text, [from, to]) =>
    typeof from === 'string' && typeof to === 'string' ? text.replaceAll(from, () => to) : undefined,
  startswith: (text, [start]) => (typeof start === 'string' ? text.startsWith(start) : undefined),
  endswith: (text, [end]) => (typeof end === 'string' ? text.endsWith(end) : undefined),
  find: (text, [part]) => (typeof part === 'string' ? text.indexOf(part) : undefined),
};

/** The result of a method of a constant string; undefined if unknown. */
export function foldMethod(text: Value, method: string, args: readonly Value[]): Value | undefined {
  const known = onlyConstant(text);
  const values = args.map(onlyConstant);
  if (typeof known !== 'string' || values.some((value) => value === undefined)) return undefined;
  const result = Object.hasOwn(textMethods, method)
    ? textMethods[method]?.(
        known,
        values.filter((value) => value !== undefined),
      )
    : undefined;
  return result === undefined ? undefined : constant(result);
}

/** The constant value of a Python string literal without replacement fields. */
export function textOf(literal: string): string {
  const match = /^([a-zA-Z]{0,2})("""|'''|"|')([^]*)\2$/.exec(literal);
  if (!match) return literal;
  const [, marks = '', , text = ''] = match;
  return /r/i.test(marks) ? text : unescaped(text);
}

/** The text that a part of a string literal stands for. */
export function unescaped(text: string): string {
  const named: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\n': '' };
  return text.replace(/\\([^])/g, (all, letter: string) => named[letter] ?? (/[\\'"]/.test(letter) ? letter : all));
}
