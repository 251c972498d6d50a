import type { Expression } from '../ir/ir';
import { allBits, bitsOf, type Bits } from '../models/defects';
import { proofOf } from './characters';
import { both, factsOf, likeUnknown, negated } from './facts';
import type { Host } from './host';
import { placeOf } from './places';
import { notText } from './text';
import { onlyConstant, type Fact, type Facts, type Scope, type Slot, type Value } from './value';

// What conditions prove about the values in them.

export const bothUnknown: Facts = { yes: [], no: [] };

export function bothFacts(a: Facts, b: Facts): Facts {
  return { yes: both(a.yes, b.yes), no: both(a.no, b.no) };
}

/** What is known about `expression` once it equals `other`. */
export function equal(
  host: Host,
  expression: Expression,
  value: Value,
  otherExpression: Expression,
  other: Value,
  scope: Scope,
): Facts {
  const text = onlyConstant(other);
  if (expression.kind === 'unary' && expression.operator === 'typeof') {
    const operand = host.evaluate(expression.operand, scope);
    const clears =
      typeof text === 'string'
        ? /^(?:number|boolean|bigint|undefined|function)$/.test(text)
          ? allBits
          : text === 'string'
            ? notText
            : 0
        : 0;
    return { yes: factsOf(placeOf(expression.operand, scope), operand, clears), no: [] };
  }
  // `x.indexOf(y) === -1`, `x.indexOf(y) === 0`: what the call proves if it finds something, or finds it first.
  if (value.found && typeof text === 'number') {
    if (text === -1) return { yes: value.found.no, no: value.found.yes };
    if (text === 0) return { yes: value.found.first, no: [] };
  }
  if (typeof text === 'boolean' && value.facts) return text ? value.facts : negated(value.facts);
  // A null result means that a check failed.
  if (text === null && value.facts) return negated(value.facts);
  if (other.taints.length > 0 || value.taints.length + value.unknown === 0) return bothUnknown;
  if (otherExpression.kind === 'literal' && (text === '' || text === null || text === undefined))
    return { yes: factsOf(placeOf(expression, scope), value, allBits), no: [] };
  const owner = ownerOf(host, expression, scope);
  const isKnown = other.constants !== undefined;
  const facts = factsOf(
    placeOf(expression, scope),
    value,
    isKnown || value.taints.length > 0 ? allBits : 0,
    other.constants,
  );
  return { yes: likeUnknown([...facts, ...owner], isKnown ? 0 : other.unknown), no: [] };
}

/** What a trusted property proves about its object: a trusted host, about the URL. */
export function ownerOf(host: Host, expression: Expression, scope: Scope): readonly Fact[] {
  // A method without arguments does so as well: `url.Hostname()`.
  const read = expression.kind === 'call' && expression.args.length === 0 ? expression.callee : expression;
  if (read.kind !== 'member') return [];
  const object = host.evaluate(read.object, scope);
  const own = object.name === undefined ? undefined : host.models.of(`${object.name}.${read.property}`);
  const clears = (own?.checks ?? 0) === 0 ? (host.models.ofAny(read.property)?.checks ?? 0) : (own?.checks ?? 0);
  const { parsed } = object;
  return [
    ...factsOf(placeOf(read.object, scope), object, clears),
    ...(parsed?.value ? factsOf(parsed, parsed.value, clears) : []),
  ];
}

/** `x.indexOf(y) >= 0`, `> -1`, `< 0`. */
export function positionOf(operator: string, left: Value, right: Value): Facts {
  const bound = onlyConstant(right);
  if (left.found && typeof bound === 'number') {
    if ((operator === '>=' && bound === 0) || (operator === '>' && bound === -1))
      return { yes: left.found.yes, no: left.found.no };
    if ((operator === '<' && bound === 0) || (operator === '<=' && bound === -1))
      return { yes: left.found.no, no: left.found.yes };
  }
  return bothUnknown;
}

/** `n > 100`: a number below a trusted bound no longer determines how much memory or time is used. */
export function boundOf(operator: string, left: readonly [Slot | undefined, Value], right: typeof left): Facts {
  const below = ([slot, value]: typeof left, [, bound]: typeof left) =>
    bound.taints.length > 0 ? [] : factsOf(slot, value, bitsOf('exhaustion'));
  const [smaller, larger] = operator.startsWith('<') ? [left, right] : [right, left];
  return { yes: below(smaller, larger), no: below(larger, smaller) };
}

export function proofOfRegex(
  value: Value,
  how: 'anywhere' | 'start' | 'whole' = 'anywhere',
): { match: Bits; mismatch: Bits } {
  const text = onlyConstant(value);
  // As written in Python, Ruby and PHP.
  const known =
    typeof text === 'string'
      ? text
          .replace(/\\A/g, '^')
          .replace(/\\[zZ]/g, '$')
          .replace(/\(\?P</g, '(?<')
      : undefined;
  const source = value.regex?.source ?? known;
  if (source === undefined) return { match: 0, mismatch: 0 };
  const anchored = how === 'anywhere' ? source : `^(?:${source})${how === 'whole' ? '$' : ''}`;
  return proofOf(anchored, value.regex?.flags ?? '');
}

/** What a value's truth proves, if another value stands for it. */
export function decidedFacts(value: Value): Facts {
  const truth = truthOf(value);
  const { yes, no } = value.facts ?? bothUnknown;
  return { yes: truth === false ? 'never' : yes, no: truth === true ? 'never' : no };
}

/** The result of comparing two known numbers. */
export function comparison(
  operator: '<' | '>' | '<=' | '>=',
  left: Value,
  right: Value,
): { constants?: readonly boolean[] } {
  const [a, b] = [onlyConstant(left), onlyConstant(right)];
  if (typeof a !== 'number' || typeof b !== 'number') return {};
  return { constants: [operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b] };
}

/** Whether a condition is always or never true. */
export function truthOf({ constants }: Value): boolean | undefined {
  if (constants) {
    const truths = new Set(constants.map(Boolean));
    return truths.size === 1 ? truths.has(true) : undefined;
  }
  return undefined;
}
