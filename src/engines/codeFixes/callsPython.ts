import type { SyntaxNode } from '@lezer/common';
import type { Replacement } from './codeFix';
import { callAt, children } from './pythonText';

/** `yaml.load(a, Loader=yaml.Loader)` as `yaml.safe_load(a)`. */
export function safeLoadInPython(text: string, from: number, to: number): Replacement[] | undefined {
  const { callee, args } = callAt(text, from, to) ?? {};
  const method = callee?.name === 'MemberExpression' ? callee.lastChild : null;
  const loads = method && /^(?:full_load|unsafe_load|load)(?<all>_all)?$/.exec(text.slice(method.from, method.to));
  const object = callee?.firstChild;
  if (!loads || !object || !/^(?:yaml|pyyaml)$/.test(text.slice(object.from, object.to))) return undefined;
  const [stream, loader, ...more] = args ?? [];
  if (stream?.length !== 1 || !stream[0] || more.length > 0) return undefined;
  const name = { start: method.from, end: method.to, text: `safe_load${loads.groups?.['all'] ?? ''}` };
  const last = loader?.at(-1);
  return last ? [name, { start: stream[0].to, end: last.to, text: '' }] : [name];
}

/** A variable or field that is named as an expression, and so meant to be one. */
const isNamedPattern = /^[\w.]*(?:\b|_)(?:re|regexp?|pattern|expr(?:ession)?)$/i;

/** A text in which a regular expression only matches itself: `re.search(re.escape(a), …)`. */
export function escapedPatternInPython(text: string, from: number, to: number): Replacement[] | undefined {
  const { callee, args } = callAt(text, from, to) ?? {};
  const object = callee?.name === 'MemberExpression' ? callee.firstChild : null;
  const [pattern] = args?.[0] ?? [];
  if (!object || !pattern || text.slice(object.from, object.to) !== 're') return undefined;
  // Escaped, it would match itself only.
  if (isNamedPattern.test(text.slice(pattern.from, pattern.to))) return undefined;
  const values = valuesOf(pattern, text);
  if (!values || values.length === 0) return undefined;
  return values.flatMap(({ start, end }) => [
    { start, end: start, text: 're.escape(' },
    { start: end, end, text: ')' },
  ]);
}

/** The values inserted into a text that are neither strings nor escaped; undefined if they are inserted by a format. */
function valuesOf(node: SyntaxNode, text: string): { start: number; end: number }[] | undefined {
  const code = text.slice(node.from, node.to);
  switch (node.name) {
    case 'String':
      return [];
    case 'FormatString': {
      const fields = children(node).filter(({ name }) => name === 'FormatReplacement');
      return joined(
        fields.map((field) => {
          const [value, ...more] = children(field).filter(({ name }) => !/^[{}]$/.test(name));
          return value && more.length === 0 ? valuesOf(value, text) : undefined;
        }),
      );
    }
    case 'BinaryExpression': {
      const [left, right] = [node.firstChild, node.lastChild];
      const operator = node.getChild('ArithOp');
      if (!left || !right || !operator || text.slice(operator.from, operator.to) !== '+') return undefined;
      return joined([valuesOf(left, text), valuesOf(right, text)]);
    }
    case 'VariableName':
    case 'MemberExpression':
      return [{ start: node.from, end: node.to }];
    case 'CallExpression':
      return /^re\.escape\(/.test(code) ? [] : /\bjoin\(/.test(code) ? undefined : [{ start: node.from, end: node.to }];
    default:
      return undefined;
  }
}

function joined<T>(lists: readonly (readonly T[] | undefined)[]): T[] | undefined {
  const known = lists.filter((one) => one !== undefined);
  return known.length === lists.length ? known.flat() : undefined;
}
