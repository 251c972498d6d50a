import { onlyConstant, allBits, bits, harmless, type Scope, type Value } from './value';
import { withoutText } from './models';
import type { Node } from './tree';

/** Evaluates the parts of a guard's condition. */
export interface Evaluator {
  evaluate(node: Node, scope: Scope): Value;
  text(node: Node): string;
}

/** Guards that make a string harmless for any sink. */
const strictChecks = /^(?:is(?:digit|alnum|alpha|numeric|decimal|identifier)|(?:full)?match|is_relative_to)$/;
/** Guards of unknown content, which may make a value harmless. */
const namedChecks = /valid|safe|allow|whitelist|permit|check|verif|sanit|is_?local|ensure|assert|require|enforce/i;
/** Guards that check something other than the value's content. */
const otherChecks = /passw|auth|login|permission|token|csrf|user|role/i;
const badNames = /unsafe|invalid|malicious|danger|suspicious|attack|forbidden|denied|blacklist|blocked|evil/i;

/** Applies to a scope what a guard's condition implies for its values if it is true or false. */
export function assume(node: Node, isTrue: boolean, scope: Scope, look: Evaluator): void {
  const { kids } = node;
  const [first, middle, last] = [kids[0], kids[1], kids.at(-1)];
  switch (node.type) {
    case 'ParenthesizedExpression':
      if (middle) assume(middle, isTrue, scope, look);
      return;
    case 'UnaryExpression':
      if (first?.type === 'not' && last) assume(last, !isTrue, scope, look);
      return;
    case 'VariableName': {
      const value = look.evaluate(node, scope);
      if (isTrue && /(?:^|\.)(?:match|fullmatch)\(\)$/.test(value.name ?? '')) markChecked(value, allBits, scope);
      return;
    }
    case 'CallExpression':
      assumeCall(node, isTrue, scope, look);
      return;
    case 'BinaryExpression': {
      if (!first || !middle || !last) return;
      const op = kids
        .slice(1, -1)
        .map((kid) => look.text(kid))
        .join(' ');
      // If `a and b` is true, both are; if `a or b` is false, neither is true.
      if ((op === 'and' && isTrue) || (op === 'or' && !isTrue)) {
        assume(first, isTrue, scope, look);
        assume(last, isTrue, scope, look);
      } else assumeComparison(first, op, last, isTrue, scope, look);
      return;
    }
    default:
      return;
  }
}

function assumeComparison(left: Node, op: string, right: Node, isTrue: boolean, scope: Scope, look: Evaluator): void {
  const positive = op === 'in' || op === '==' || op === 'is';
  const holds = positive === isTrue;
  // `match(...) is None`
  if (right.type === 'None' && /^(?:CallExpression|VariableName)$/.test(left.type)) assume(left, !holds, scope, look);
  if (op === 'in' || op === 'not in') {
    const [part, whole] = [look.evaluate(left, scope), look.evaluate(right, scope)];
    const text = onlyConstant(part);
    if (holds && whole.tainted === 0 && typeof onlyConstant(whole) !== 'string')
      markChecked(part, allBits, scope, whole.unknown !== 0);
    else if (!holds && typeof text === 'string') markChecked(whole, withoutText(text), scope);
    if (holds && right.type === 'MemberExpression' && look.text(right).endsWith('.parents'))
      markChecked(whole, bits.path, scope);
  } else if (/^(?:==|!=|is|is not)$/.test(op) && holds) {
    for (const side of [left, right]) markCommonPath(side, scope, look);
    const [a, b] = [look.evaluate(left, scope), look.evaluate(right, scope)];
    if (onlyConstant(b) !== undefined && onlyConstant(b) !== null) markChecked(a, allBits, scope);
    else if (onlyConstant(a) !== undefined && onlyConstant(a) !== null) markChecked(b, allBits, scope);
  }
}

/** `os.path.commonpath([path, base]) == base`: the path is inside that folder. */
function markCommonPath(node: Node, scope: Scope, look: Evaluator): void {
  if (node.type !== 'CallExpression' || !/^(?:os\.path\.)?common(?:path|prefix)\(/.test(look.text(node))) return;
  for (const kid of node.kids[1]?.kids ?? [])
    if (!/^[(),]$/.test(kid.type)) markChecked(look.evaluate(kid, scope), bits.path, scope);
}

function assumeCall(node: Node, isTrue: boolean, scope: Scope, look: Evaluator): void {
  const [callee, args] = node.kids;
  if (!callee || !args) return;
  const name = look.text(callee).split('.').at(-1) ?? '';
  if (/^check_(?:output|call)$/.test(name)) return;
  const given = args.kids.filter((kid) => !/^[(),]$/.test(kid.type));
  const object = callee.type === 'MemberExpression' ? callee.kids[0] : undefined;
  if (name === 'any' && !isTrue) {
    assumeNoneOf(args, scope, look);
    return;
  }
  if (name === 'startswith' && isTrue && object) {
    const value = look.evaluate(object, scope);
    const start = onlyConstant(given[0] && look.evaluate(given[0], scope));
    markChecked(value, harmlessByPrefix(value, start), scope);
    return;
  }
  if (name === 'isinstance') {
    const type = given[1] ? look.text(given[1]) : '';
    if (isTrue && given[0] && /^(?:int|float|bool|(?:\w+\.)?(?:UUID|Decimal|date|datetime))$/.test(type))
      markChecked(look.evaluate(given[0], scope), allBits, scope);
    return;
  }
  const isStrict = strictChecks.test(name);
  const isPositive = isStrict || (namedChecks.test(name) && !badNames.test(name) && !otherChecks.test(name));
  const isNegative = badNames.test(name) || (name === 'search' && look.text(args).includes('[^'));
  if (!(isTrue && (isPositive || name === 'search')) && !(!isTrue && isNegative)) return;
  // A pattern that allows anything in some position proves nothing.
  const isVague = !isStrict || /\.[*+]/.test(look.text(args));
  for (const arg of given) markChecked(look.evaluate(arg, scope), allBits, scope, isVague);
  if (object && isStrict) markChecked(look.evaluate(object, scope), allBits, scope, isVague);
}

/** A check whose result is not used, so it must raise on failure: `validate_path(path)`. */
export function assumeCheckPassed(node: Node, scope: Scope, look: Evaluator): void {
  const name = look.text(node).split('(')[0] ?? '';
  const raises = /(?:^|[._])(?:validate|check|ensure|assert|verify|require|enforce)(?:_|[A-Z]|$)/.test(name);
  if (raises && !badNames.test(name.split('.').at(-1) ?? '')) assumeCall(node, true, scope, look);
}

/** The defects for which a string with this prefix is harmless. */
function harmlessByPrefix(value: Value, start: unknown): number {
  if (typeof start !== 'string') return value.name === 'normal()' ? bits.path : bits.redirect | bits.ssrf;
  if (/^["']$/.test(start)) return bits.code;
  const path = value.name === 'normal()' ? bits.path : 0;
  return (
    path | (/^https?:\/\/[^/]+\//.test(start) ? bits.redirect | bits.ssrf : /^\/\w*/.test(start) ? bits.redirect : 0)
  );
}

/** `any(c in value for c in "<>")` is false: the value contains none of these characters. */
function assumeNoneOf(args: Node, scope: Scope, look: Evaluator): void {
  const part = args.kids.find((kid) => kid.type === 'BinaryExpression' && kid.kids[1]?.type === 'in');
  const whole = part?.kids.at(-1);
  const characters = args.kids.findLast((kid) => !/^[(),]$/.test(kid.type));
  if (!whole || !characters || !args.kids.some((kid) => kid.type === 'for')) return;
  const list = look.evaluate(characters, scope);
  const texts = list.items ? [...list.items.values()].map(onlyConstant) : [onlyConstant(list)];
  let mask = 0;
  for (const text of texts) if (typeof text === 'string') mask |= withoutText(text);
  markChecked(look.evaluate(whole, scope), mask, scope);
}

/**
 * Marks a checked value as harmless, together with the variables it was built from and those built only from them.
 * @param isVague the check may not be enough, so the value becomes unknown instead
 */
function markChecked(value: Value, mask: number, scope: Scope, isVague = false): void {
  if (mask === 0 || !value.from) return;
  const names = new Set(value.from);
  const settled = (other: Value): Value => {
    if (!isVague) return harmless(other, mask);
    const { items: _, constants: __, ...rest } = other;
    return { ...rest, tainted: other.tainted & ~mask, unknown: other.unknown | (other.tainted & mask) };
  };
  for (const name of names) {
    const other = scope.get(name);
    if (other && other.callable === undefined) scope.set(name, settled(other));
  }
  for (const [name, other] of scope.names) {
    if (((other.tainted | other.unknown) & mask) === 0 || other.callable || names.has(name)) continue;
    if (other.from?.every((part) => names.has(part)) === true) scope.set(name, settled(other));
  }
}
