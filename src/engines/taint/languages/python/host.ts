import type { Expression, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';

/** What the parts of the lowering need of those that are above them. */
export interface Host {
  body(nodes: readonly SyntaxNode[]): Statement[];
  block(node: SyntaxNode | undefined): Statement[];
  expression(node: SyntaxNode): Expression;
}
