import { only, allBits, bits, harmless, type Scope, type Value } from './value';
import { withoutText } from './models';
import type { Node } from './tree';

/** Evaluates the parts of a guard's condition. */
export interface Looker {
  evaluate(node: Node, scope: Scope): Value;
  text(node: Node): string;
}

/** Guards that make a string harmless for any sink. */
const strictChecks = /^(?:is(?:digit|alnum|alpha|numeric|decimal|identifier)|(?:full)?match|is_relative_to)$/;
/** Guards of unknown content, which may make a value harmless. */
const namedChecks = /valid|safe|allow|whitelist|permit|check|verif|sanit|is_?local|ensure|assert|require|enforce/i;
/** Guards that check something other than the value's form. */
const otherChecks = /passw|auth|login|permission|token|csrf|user|role/i;
const badNames = /unsafe|invalid|malicious|danger|suspicious|attack|forbidden|denied|blacklist|blocked|evil/i;

/** Applies to a scope what a guard's condition implies for its values if it is true or false. */
export function learn(node: Node, isTrue: boolean, scope: Scope, look: Looker): void {
  const { kids } = node;
  const [first, middle, last] = [kids[0], kids[1], kids.at(-1)];
  switch (node.type) {
    case 'ParenthesizedExpression':
      if (middle) learn(middle, isTrue, scope, look);
      return;
    case 'UnaryExpression':
      if (first?.type === 'not' && last) learn(last, !isTrue, scope, look);
      return;
    case 'VariableName': {
      const value = look.evaluate(node, scope);
      if (isTrue && /(?:^|\.)(?:match|fullmatch)\(\)$/.test(value.name ?? '')) settle(value, allBits, scope);
      return;
    }
    case 'CallExpression':
      calledCheck(node, isTrue, scope, look);
      return;
    case 'BinaryExpression': {
      if (!first || !middle || !last) return;
      const op = kids
        .slice(1, -1)
        .map((kid) => look.text(kid))
        .join(' ');
      // Of `a and b` both hold when it is true, of `a or b` neither when it is false.
      if ((op === 'and' && isTrue) || (op === 'or' && !isTrue)) {
        learn(first, isTrue, scope, look);
        learn(last, isTrue, scope, look);
      } else compared(first, op, last, isTrue, scope, look);
      return;
    }
    default:
      return;
  }
}

function compared(left: Node, op: string, right: Node, isTrue: boolean, scope: Scope, look: Looker): void {
  const positive = op === 'in' || op === '==' || op === 'is';
  const holds = positive === isTrue;
  // `match(...) is None`
  if (right.type === 'None' && /^(?:CallExpression|VariableName)$/.test(left.type)) learn(left, !holds, scope, look);
  if (op === 'in' || op === 'not in') {
    const [part, whole] = [look.evaluate(left, scope), look.evaluate(right, scope)];
    const text = only(part);
    if (holds && whole.tainted === 0 && typeof only(whole) !== 'string')
      settle(part, allBits, scope, whole.unknown !== 0);
    else if (!holds && typeof text === 'string') settle(whole, withoutText(text), scope);
    if (holds && right.type === 'MemberExpression' && look.text(right).endsWith('.parents'))
      settle(whole, bits.path, scope);
  } else if (/^(?:==|!=|is|is not)$/.test(op) && holds) {
    for (const side of [left, right]) commonPart(side, scope, look);
    const [a, b] = [look.evaluate(left, scope), look.evaluate(right, scope)];
    if (only(b) !== undefined && only(b) !== null) settle(a, allBits, scope);
    else if (only(a) !== undefined && only(a) !== null) settle(b, allBits, scope);
  }
}

/** `os.path.commonpath([path, base]) == base`: the path lies in that folder. */
function commonPart(node: Node, scope: Scope, look: Looker): void {
  if (node.type !== 'CallExpression' || !/^(?:os\.path\.)?common(?:path|prefix)\(/.test(look.text(node))) return;
  for (const kid of node.kids[1]?.kids ?? [])
    if (!/^[(),]$/.test(kid.type)) settle(look.evaluate(kid, scope), bits.path, scope);
}

function calledCheck(node: Node, isTrue: boolean, scope: Scope, look: Looker): void {
  const [callee, args] = node.kids;
  if (!callee || !args) return;
  const name = look.text(callee).split('.').at(-1) ?? '';
  if (/^check_(?:output|call)$/.test(name)) return;
  const given = args.kids.filter((kid) => !/^[(),]$/.test(kid.type));
  const object = callee.type === 'MemberExpression' ? callee.kids[0] : undefined;
  if (name === 'any' && !isTrue) {
    anyOf(args, scope, look);
    return;
  }
  if (name === 'startswith' && isTrue && object) {
    const value = look.evaluate(object, scope);
    const start = only(given[0] && look.evaluate(given[0], scope));
    settle(value, begins(value, start), scope);
    return;
  }
  if (name === 'isinstance') {
    const type = given[1] ? look.text(given[1]) : '';
    if (isTrue && given[0] && /^(?:int|float|bool|(?:\w+\.)?(?:UUID|Decimal|date|datetime))$/.test(type))
      settle(look.evaluate(given[0], scope), allBits, scope);
    return;
  }
  const isStrict = strictChecks.test(name);
  const says = isStrict || (namedChecks.test(name) && !badNames.test(name) && !otherChecks.test(name));
  const refuses = badNames.test(name) || (name === 'search' && look.text(args).includes('[^'));
  if (!(isTrue && (says || name === 'search')) && !(!isTrue && refuses)) return;
  // A pattern that takes anything somewhere proves nothing.
  const isVague = !isStrict || /\.[*+]/.test(look.text(args));
  for (const arg of given) settle(look.evaluate(arg, scope), allBits, scope, isVague);
  if (object && isStrict) settle(look.evaluate(object, scope), allBits, scope, isVague);
}

/** A check that is called for itself, so that it must raise where it fails: `validate_path(path)`. */
export function learnCalled(node: Node, scope: Scope, look: Looker): void {
  const name = look.text(node).split('(')[0] ?? '';
  const raises = /(?:^|[._])(?:validate|check|ensure|assert|verify|require|enforce)(?:_|[A-Z]|$)/.test(name);
  if (raises && !badNames.test(name.split('.').at(-1) ?? '')) calledCheck(node, true, scope, look);
}

/** For what a text that begins so is harmless. */
function begins(value: Value, start: unknown): number {
  if (typeof start !== 'string') return value.name === 'normal()' ? bits.path : bits.redirect | bits.ssrf;
  if (/^["']$/.test(start)) return bits.code;
  const path = value.name === 'normal()' ? bits.path : 0;
  return (
    path | (/^https?:\/\/[^/]+\//.test(start) ? bits.redirect | bits.ssrf : /^\/\w*/.test(start) ? bits.redirect : 0)
  );
}

/** `any(c in value for c in "<>")` is false: none of these is in it. */
function anyOf(args: Node, scope: Scope, look: Looker): void {
  const part = args.kids.find((kid) => kid.type === 'BinaryExpression' && kid.kids[1]?.type === 'in');
  const whole = part?.kids.at(-1);
  const characters = args.kids.findLast((kid) => !/^[(),]$/.test(kid.type));
  if (!whole || !characters || !args.kids.some((kid) => kid.type === 'for')) return;
  const list = look.evaluate(characters, scope);
  const texts = list.items ? [...list.items.values()].map(only) : [only(list)];
  let mask = 0;
  for (const text of texts) if (typeof text === 'string') mask |= withoutText(text);
  settle(look.evaluate(whole, scope), mask, scope);
}

/**
 * What was checked is harmless now, and so is all that was made of nothing else, and what it was made of.
 * @param isVague whether it may just as well not be: then nothing is known of it any more
 */
function settle(value: Value, mask: number, scope: Scope, isVague = false): void {
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
