import type { Argument, Expression, Field, Parameter, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';

export type Finish = (value: Expression) => Statement;

/** The operations that the parts of the lowering need from the parts above them. */
export interface Host {
  parameter(node: SyntaxNode, before: Statement[]): Parameter;
  /** The arguments of a call: first those by position, then the block, then those by name. */
  arguments(nodes: readonly SyntaxNode[]): { args: Argument[]; named: Argument[]; passed: Argument | undefined };
  /** @param finish what to do with the last statement's value */
  statements(nodes: readonly SyntaxNode[], finish?: Finish): Statement[];
  expression(node: SyntaxNode): Expression;
  field(node: SyntaxNode): Field[];
}
