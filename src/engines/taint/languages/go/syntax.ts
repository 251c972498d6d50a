import type { Expression, Field, ObjectLiteral, Range, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';

/** Node types whose children are irrelevant. */
export const leaves: ReadonlySet<string> = new Set([
  'interpreted_string_literal',
  'raw_string_literal',
  'rune_literal',
  'type_arguments',
  'package_clause',
]);

/** The specs of a declaration, in parentheses or alone. */
export function specsOf(node: SyntaxNode): SyntaxNode[] {
  return node.children.flatMap((one) =>
    /_spec_list$/.test(one.type) ? specsOf(one) : /_spec$|^type_alias$/.test(one.type) ? [one] : [],
  );
}

export function namesOf(node: SyntaxNode): SyntaxNode[] {
  return node.children.filter(({ field, isNamed }) => field === 'name' && isNamed);
}

export function listOf(node: SyntaxNode | undefined): SyntaxNode[] {
  if (!node) return [];
  return node.type === 'expression_list' ? node.children.filter(({ isNamed }) => isNamed) : [node];
}

export function breakAt({ from, to }: Range): Statement {
  return { kind: 'break', from, to };
}

export function textOf(parts: readonly Expression[], { from, to }: Range): Expression {
  return { kind: 'text', parts, from, to };
}

export function objectOf(type: string | undefined, fields: readonly Field[], { from, to }: Range): ObjectLiteral {
  return { kind: 'object', ...(type !== undefined && { type }), fields, from, to };
}

export function isText({ type }: SyntaxNode): boolean {
  return type === 'interpreted_string_literal' || type === 'raw_string_literal';
}
