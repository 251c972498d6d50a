import type { Expression, Range, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';

/** What the parts of the lowering need of those that are above them. */
export interface Host {
  /** Functions that are part of the language, or that say more than a model can. */
  special(name: string, args: readonly SyntaxNode[], at: Range): Expression | undefined;
  body(nodes: readonly SyntaxNode[]): Statement[];
  expression(node: SyntaxNode): Expression;
  array(node: SyntaxNode): Expression;
}
