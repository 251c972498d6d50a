import type { Range } from '../../ir/ir';
import { childOf, type SyntaxNode } from '../../syntax/tree';

/** Node types whose children are irrelevant. */
export const leaves: ReadonlySet<string> = new Set(['integer', 'float', 'rational', 'complex', 'undef']);

export const block = 'block';

/** The name of the method that the block of a call in a class body is lowered to. */
export function keyOf(name: string, { from }: Range): string {
  return `${name} ${from}`;
}

/** The full names that a constant may have inside a class, innermost first. */
export function candidates(text: string, inside: string): string[] {
  if (text.startsWith('::')) return [text.slice(2)];
  const parts = inside === '' ? [] : inside.split('::');
  return [...parts.map((_, index) => [...parts.slice(0, parts.length - index), text].join('::')), text];
}

/** Names of local variables with a special meaning in the IR. */
export function localName(name: string): string {
  return name === 'this' || name === 'arguments' ? `${name}_` : name;
}

/** The statements, or members, of a class, method or block. */
export function membersOf(node: SyntaxNode): readonly SyntaxNode[] {
  const body = childOf(node, 'body');
  if (!body) return node.children.filter(({ field, isNamed }) => isNamed && field === undefined);
  return /^(?:body_statement|block_body|then|do)$/.test(body.type) ? body.children : [body];
}

export function isTextNode({ type }: SyntaxNode): boolean {
  return /^(?:string|chained_string|heredoc_beginning)$/.test(type);
}
