import type { Conditional, Expression, Opaque, Statement } from '../../ir/ir';
import { conditional, evaluate, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';

/** Lowers a node's children, if they are expressions. */
export class Children {
  constructor(private readonly host: { expression(node: SyntaxNode): Expression }) {}

  /** A child by its field. */
  child(node: SyntaxNode, field: string): Expression {
    const child = childOf(node, field);
    return child ? this.host.expression(child) : opaque([], rangeOf(node));
  }

  /** The first child, such as the content of parentheses. */
  first(node: SyntaxNode): Expression {
    const first = node.children.find(({ isNamed }) => isNamed);
    return first ? this.host.expression(first) : opaque([], rangeOf(node));
  }

  all(node: SyntaxNode): Expression[] {
    return node.children.filter(({ isNamed }) => isNamed).map((one) => this.host.expression(one));
  }

  /** Something unknown, with its children as parts. */
  opaque(node: SyntaxNode): Opaque {
    return opaque(this.all(node), rangeOf(node));
  }

  /** `a ? b : c`. */
  conditional(node: SyntaxNode): Conditional {
    return conditional(
      this.child(node, 'condition'),
      this.child(node, 'consequence'),
      this.child(node, 'alternative'),
      rangeOf(node),
    );
  }

  /** Evaluates an expression, if there is one. */
  evaluated(node: SyntaxNode | undefined): Statement[] {
    return node ? [evaluate(this.host.expression(node), node)] : [];
  }
}
