import type { Expression, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';

/** What the parts of the lowering need of those that are above them. */
export interface Host {
  statements(nodes: readonly SyntaxNode[]): Statement[];
  block(node: SyntaxNode | undefined): Statement[];
  statement(node: SyntaxNode): Statement[];
  /** @param type the declared type of what it is assigned to */
  expression(node: SyntaxNode, type?: SyntaxNode): Expression;
  selector(node: SyntaxNode): Expression;
}
