import type { Argument, Expression, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';
import type { Local } from './context';

/** The operations that the parts of the lowering need from the parts above them. */
export interface Host {
  body(nodes: readonly SyntaxNode[]): Statement[];
  args(node: SyntaxNode | undefined): Argument[];
  /** The text that a matcher is about. */
  matcher(node: SyntaxNode): Local['matcher'];
  expression(node: SyntaxNode): Expression;
}
