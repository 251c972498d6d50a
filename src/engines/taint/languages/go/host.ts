import type { Expression, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';

/** The operations that the parts of the lowering need from the parts above them. */
export interface Host {
  statements(nodes: readonly SyntaxNode[]): Statement[];
  block(node: SyntaxNode | undefined): Statement[];
  statement(node: SyntaxNode): Statement[];
  /** @param type the declared type of what it is assigned to */
  expression(node: SyntaxNode, type?: SyntaxNode): Expression;
  selector(node: SyntaxNode): Expression;
}
