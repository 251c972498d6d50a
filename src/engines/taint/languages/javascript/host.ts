import type { Expression, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';

/** The operations that the parts of the lowering need from the parts above them. */
export interface Host {
  expression(node: SyntaxNode): Expression;
  /** Statements, functions first and exports last, since the position of either does not matter. */
  body(nodes: readonly SyntaxNode[]): Statement[];
  statement(node: SyntaxNode): Statement[];
}
