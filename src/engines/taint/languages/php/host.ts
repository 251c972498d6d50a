import type { Expression, Range, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';

/** The operations that the parts of the lowering need from the parts above them. */
export interface Host {
  /** Functions that are part of the language, or that models cannot fully describe. */
  special(name: string, args: readonly SyntaxNode[], at: Range): Expression | undefined;
  body(nodes: readonly SyntaxNode[]): Statement[];
  expression(node: SyntaxNode): Expression;
  array(node: SyntaxNode): Expression;
}
