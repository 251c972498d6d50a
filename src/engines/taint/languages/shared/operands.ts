import { childOf, type SyntaxNode } from '../../syntax/tree';

/**
 * The operands of an operator that stands several times in a row: `a + b + c`. Such a tree leans to the left; it can be thousands of nodes deep.
 * @param isRow whether a node is one of the operator
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
