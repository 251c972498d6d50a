import { parser } from '@lezer/python';
import type { SyntaxNode } from '@lezer/common';
import type { Literal, Part } from './sqlText';

/** The call in a range, and its arguments, each split into parts such as a name, `=` and a value. */
export interface Call {
  readonly callee: SyntaxNode;
  readonly args: readonly (readonly SyntaxNode[])[];
}

/** @returns undefined if there is no call in exactly this range */
export function callAt(text: string, from: number, to: number): Call | undefined {
  let call: SyntaxNode | null = parser.parse(text).resolveInner(from, 1);
  while (call && (call.to < to || call.name !== 'CallExpression')) call = call.parent;
  const callee = call?.firstChild;
  const list = call?.getChild('ArgList');
  if (!callee || !list || call?.from !== from || call.to !== to) return undefined;
  const args: SyntaxNode[][] = [[]];
  for (const one of children(list)) {
    if (one.name === ',') args.push([]);
    else if (!/^(?:[()]|Comment)$/.test(one.name)) args.at(-1)?.push(one);
  }
  return { callee, args: args.filter(({ length }) => length > 0) };
}

/** A call's arguments; undefined if one is named or unpacked. */
export function argumentsOf(call: SyntaxNode): SyntaxNode[] | undefined {
  const list = call.getChild('ArgList');
  const found = children(list).filter(({ name }) => !/^[(),]$/.test(name));
  return found.some(({ name }) => /^(?:AssignOp|\*|\*\*|Comment|for)$/.test(name)) ? undefined : found;
}

export function children(node: SyntaxNode | null): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node?.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

function scopeOf(node: SyntaxNode): SyntaxNode {
  let scope = node;
  while (scope.parent && !/^(?:FunctionDefinition|LambdaExpression)$/.test(scope.name)) scope = scope.parent;
  return scope;
}

export function usesOf(name: SyntaxNode, text: string): SyntaxNode[] {
  const wanted = text.slice(name.from, name.to);
  const found: SyntaxNode[] = [];
  scopeOf(name)
    .cursor()
    .iterate((one) => {
      if (one.name === 'VariableName' && text.slice(one.from, one.to) === wanted) found.push(one.node);
    });
  return found;
}

/** The value of a variable that is assigned once and used once. */
export function definitionOf(use: SyntaxNode, text: string): SyntaxNode | undefined {
  const [first, second, ...more] = usesOf(use, text);
  const statement = first?.parent;
  if (more.length > 0 || second?.from !== use.from || statement?.name !== 'AssignStatement') return undefined;
  const parts = children(statement).filter(({ name }) => name !== 'Comment');
  const [, op, value] = parts;
  return parts.length === 3 && op?.name === 'AssignOp' ? value : undefined;
}

/** Whether one of the names in some code is reassigned in a text. */
export function areReassigned(values: readonly string[], between: string): boolean {
  const names = new Set(values.flatMap((code) => code.match(/[A-Za-z_]\w*/g) ?? []));
  return [...names].some((name) =>
    new RegExp(`\\b${name}\\b[^\\n=(]*(?<![=!<>])=(?!=)|\\bfor\\b[^\\n]*\\b${name}\\b`).test(between),
  );
}

export function operatorOf(node: SyntaxNode, text: string): string {
  const operator = node.getChild('ArithOp');
  return operator ? text.slice(operator.from, operator.to) : '';
}

/** The parts of an expression's text; undefined if unknown. */
export function partsOf(node: SyntaxNode, text: string): Part[] | undefined {
  if (node.name === 'ParenthesizedExpression') {
    const inner = children(node).filter(({ name }) => !/^[()]$|^Comment$/.test(name));
    return inner.length === 1 && inner[0] ? partsOf(inner[0], text) : undefined;
  }
  if (node.name === 'String' || node.name === 'FormatString') return literalParts(node, text);
  if (node.name === 'ContinuedString') return joined(children(node).map((one) => partsOf(one, text)));
  if (node.name === 'BinaryExpression') {
    const [left, right] = [node.firstChild, node.lastChild];
    if (!left || !right) return undefined;
    if (operatorOf(node, text) === '+')
      return joined([left, right].map((one) => partsOf(one, text) ?? operand(one, text)));
    return operatorOf(node, text) === '%' ? formatted(partsOf(left, text), valuesOf(right, text)) : undefined;
  }
  if (node.name === 'CallExpression') {
    const [callee, list] = [node.firstChild, node.getChild('ArgList')];
    const object = callee?.name === 'MemberExpression' ? callee.firstChild : null;
    if (!object || !list || text.slice(callee?.lastChild?.from ?? 0, callee?.lastChild?.to) !== 'format')
      return undefined;
    const given = argumentsOf(node);
    const parts = /String$|^Parenthesized/.test(object.name) ? partsOf(object, text) : undefined;
    return given && parts
      ? filled(
          parts,
          given.map((one) => text.slice(one.from, one.to)),
        )
      : undefined;
  }
  return undefined;
}

function joined(lists: readonly (Part[] | undefined)[]): Part[] | undefined {
  const known = lists.filter((one) => one !== undefined);
  return known.length === lists.length ? known.flat() : undefined;
}

/** A non-literal operand of `+`, unless it is itself composed, in which case parts of its text are unknown. */
function operand(node: SyntaxNode, text: string): Part[] | undefined {
  if (/^(?:BinaryExpression|ParenthesizedExpression|String|FormatString|ContinuedString)$/.test(node.name))
    return undefined;
  return [{ from: node.from, to: node.to, code: withoutStr(text.slice(node.from, node.to)) }];
}

/** The driver converts a value to text by itself. */
function withoutStr(code: string): string {
  return /^str\(([^()]*(?:\([^()]*\)[^()]*)*)\)$/.exec(code.trim())?.[1] ?? code;
}

/** The operands of a `%` format. */
function valuesOf(node: SyntaxNode, text: string): string[] | undefined {
  const codeOf = (one: SyntaxNode) => withoutStr(text.slice(one.from, one.to));
  if (/^(?:Dictionary|Comment)/.test(node.name)) return undefined;
  if (node.name === 'TupleExpression')
    return children(node)
      .filter(({ name }) => !/^[(),]$/.test(name))
      .map(codeOf);
  if (node.name === 'ParenthesizedExpression') {
    const inner = children(node).filter(({ name }) => !/^[()]$/.test(name));
    return inner.length === 1 ? inner.map(codeOf) : undefined;
  }
  return [codeOf(node)];
}

/** The characters of a string, and the values of an f-string. */
function literalParts(node: SyntaxNode, text: string): Part[] | undefined {
  const [all, prefix = '', quote = ''] = /^([A-Za-z]*)("""|'''|"|')/.exec(text.slice(node.from, node.to)) ?? [];
  if (all === undefined || /b/i.test(prefix)) return undefined;
  const close = node.to - quote.length;
  const literal: Literal = { from: node.from, to: node.to, close, prefix, quote };
  const parts: Part[] = [];
  const values = children(node).filter(({ name }) => name === 'FormatReplacement');
  for (let at = node.from + all.length; at < close;) {
    const value = values.find((one) => one.from === at);
    if (value) {
      const inner = children(value).filter(({ name }) => !/^[{}]$/.test(name));
      const [expression, more] = inner;
      if (!expression || (more && (more.name !== 'FormatConversion' || text.slice(more.from, more.to) !== '!s')))
        return undefined;
      const code = withoutStr(text.slice(expression.from, expression.to));
      parts.push({ from: value.from, to: value.to, literal, code });
      at = value.to;
      continue;
    }
    const two = text.slice(at, at + 2);
    if (text[at] === '\\' && !/r/i.test(prefix)) {
      const known = { '\\n': '\n', '\\t': '\t', "\\'": "'", '\\"': '"', '\\\n': '' }[two];
      if (known === undefined) return undefined;
      parts.push({ from: at, to: at + 2, literal, text: known });
      at += 2;
    } else {
      const isDoubled = /f/i.test(prefix) && (two === '{{' || two === '}}');
      const length = isDoubled ? 2 : 1;
      parts.push({ from: at, to: at + length, literal, text: text.charAt(at) });
      at += length;
    }
  }
  return parts;
}

/** A text with `%s`, and the values for it. */
function formatted(parts: readonly Part[] | undefined, values: readonly string[] | undefined): Part[] | undefined {
  if (!parts || !values) return undefined;
  const result: Part[] = [];
  let used = 0;
  for (let at = 0; at < parts.length; at += 1) {
    const [part, next] = [parts[at], parts[at + 1]];
    if (part?.text !== '%') {
      if (part) result.push(part);
      continue;
    }
    if (!next?.literal || next.literal !== part.literal) return undefined;
    at += 1;
    if (next.text === '%') result.push({ ...part, to: next.to });
    else if (next.text !== undefined && /^[sdi]$/.test(next.text)) {
      const code = values[used];
      if (code === undefined) return undefined;
      used += 1;
      result.push({ from: part.from, to: next.to, literal: next.literal, code });
    } else return undefined;
  }
  return used === values.length ? result : undefined;
}

/** A text with `{}` or `{0}`, and the values for it. */
function filled(parts: readonly Part[], values: readonly string[]): Part[] | undefined {
  const result: Part[] = [];
  let used = 0;
  for (let at = 0; at < parts.length; at += 1) {
    const [part, next] = [parts[at], parts[at + 1]];
    if (!part?.literal || (part.text !== '{' && part.text !== '}')) {
      if (part) result.push(part);
      continue;
    }
    if (next?.text === part.text) {
      result.push({ ...part, to: next.to });
      at += 1;
      continue;
    }
    let end = at + 1;
    while (end < parts.length && /^\d$/.test(parts[end]?.text ?? '')) end += 1;
    const last = parts[end];
    const digits = parts
      .slice(at + 1, end)
      .map((one) => one.text)
      .join('');
    const code = values[digits === '' ? used : Number(digits)];
    if (part.text === '}' || last?.text !== '}' || code === undefined) return undefined;
    used += 1;
    result.push({ from: part.from, to: last.to, literal: part.literal, code: withoutStr(code) });
    at = end;
  }
  return used >= values.length ? result : undefined;
}

/** An f-string made of texts and values. */
export function fString(pieces: readonly { readonly text?: string; readonly code?: string }[]): string | undefined {
  const codes = pieces.flatMap(({ code }) => code ?? []);
  const quote = ['"', "'"].find((one) => !codes.some((code) => code.includes(one)));
  const texts = pieces.flatMap(({ text }) => text ?? []).join('');
  if (quote === undefined || /[\\\n"']/.test(texts) || codes.some((code) => /[\\{}!:]/.test(code))) return undefined;
  const inner = pieces.map(({ text, code }) =>
    code === undefined ? (text ?? '').replace(/[{}]/g, '$&$&') : `{${code}}`,
  );
  return `f${quote}${inner.join('')}${quote}`;
}
