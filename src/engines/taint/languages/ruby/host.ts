import type { Argument, Expression, Field, Parameter, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';

export type Finish = (value: Expression) => Statement;

/** What the parts of the lowering need of those that are above them. */
export interface Host {
  parameter(node: SyntaxNode, before: Statement[]): Parameter;
  /** The arguments of a call: first those by position, then the block, then those by name. */
  arguments(nodes: readonly SyntaxNode[]): { args: Argument[]; named: Argument[]; passed: Argument | undefined };
  /** @param finish what is done with the value of the last one */
  statements(nodes: readonly SyntaxNode[], finish?: Finish): Statement[];
  expression(node: SyntaxNode): Expression;
  field(node: SyntaxNode): Field[];
}
