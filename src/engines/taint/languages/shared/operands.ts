import { childOf, type SyntaxNode } from '../../syntax/tree';

/**
 * The operands of a chain of the same operator: `a + b + c`. Such a tree nests to the left, and can be thousands of nodes deep.
 * @param isRow whether a node belongs to the chain
 */
export function operandsOf(node: SyntaxNode, isRow: (node: SyntaxNode) => boolean): SyntaxNode[] {
  const operands: SyntaxNode[] = [];
  let rest: SyntaxNode | undefined = node;
  while (rest && isRow(rest)) {
    const right = childOf(rest, 'right');
    if (right) operands.push(right);
    rest = childOf(rest, 'left');
  }
  if (rest) operands.push(rest);
  return operands.reverse();
}
