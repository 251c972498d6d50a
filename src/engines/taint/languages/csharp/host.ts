import type { Argument, Expression, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';

/** What the parts of the lowering need of those that are above them. */
export interface Host {
  body(nodes: readonly SyntaxNode[]): Statement[];
  statement(node: SyntaxNode): Statement[];
  args(node: SyntaxNode | undefined): Argument[];
  expression(node: SyntaxNode): Expression;
}
