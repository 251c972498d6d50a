import type { Argument, Expression, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';

/** The operations that the parts of the lowering need from the parts above them. */
export interface Host {
  body(nodes: readonly SyntaxNode[]): Statement[];
  statement(node: SyntaxNode): Statement[];
  args(node: SyntaxNode | undefined): Argument[];
  expression(node: SyntaxNode): Expression;
}
