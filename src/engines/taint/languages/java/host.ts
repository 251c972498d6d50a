import type { Argument, Expression, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';
import type { Local } from './context';

/** What the parts of the lowering need of those that are above them. */
export interface Host {
  body(nodes: readonly SyntaxNode[]): Statement[];
  args(node: SyntaxNode | undefined): Argument[];
  /** What a matcher that is made here matches. */
  matcher(node: SyntaxNode): Local['matcher'];
  expression(node: SyntaxNode): Expression;
}
