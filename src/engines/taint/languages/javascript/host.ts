import type { Expression, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';

/** What the parts of the lowering need of those that are above them. */
export interface Host {
  expression(node: SyntaxNode): Expression;
  /** Statements, functions first, exports last, since neither depends on where it stands. */
  body(nodes: readonly SyntaxNode[]): Statement[];
  statement(node: SyntaxNode): Statement[];
}
