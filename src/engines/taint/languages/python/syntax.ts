import type { Expression } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';

/** Node types whose children are irrelevant. */
export const leaves: ReadonlySet<string> = new Set([
  'string_start',
  'string_content',
  'string_end',
  'type',
  'type_parameter',
  'type_conversion',
  'dotted_name',
  'global_statement',
  'nonlocal_statement',
  'type_alias_statement',
  'import_prefix',
]);

export function isText({ type, children }: SyntaxNode): boolean {
  return (
    type === 'string' ||
    type === 'concatenated_string' ||
    ((type === 'parenthesized_expression' || type === 'binary_operator') &&
      children[0] !== undefined &&
      isText(children[0]))
  );
}

/** The callee of a decorator: `app.route` of `@app.route('/')`. */
export function calleeOf(decorator: Expression): Expression | undefined {
  return decorator.kind === 'call' ? decorator.callee : decorator;
}

export function lastName(one: Expression | undefined): string {
  return one?.kind === 'name'
    ? one.name
    : one?.kind === 'member'
      ? one.property
      : one?.kind === 'logical'
        ? lastName(one.left)
        : '';
}
