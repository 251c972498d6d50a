import type { SyntaxNode } from '../../syntax/tree';

/** Node types whose children are irrelevant. */
export const leaves: ReadonlySet<string> = new Set([
  'type_arguments',
  'type_parameters',
  'dimensions',
  'throws',
  'string_literal',
  'character_literal',
  'package_declaration',
  'permits',
]);

export function isType({ type }: SyntaxNode): boolean {
  return /^(?:class|interface|enum|record|annotation_type)_declaration$/.test(type);
}
