import type { Expression, Statement } from '../../ir/ir';
import { rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from './children';
import type { Scopes } from './scopes';

/** Lowers `if` and `for` in languages with block-scoped variables. */
export class Loops {
  constructor(
    private readonly children: Children,
    private readonly scopes: Scopes<unknown>,
    private readonly host: {
      expression(node: SyntaxNode): Expression;
      /** The statements of a block, or a single one. */
      block(node: SyntaxNode | undefined): Statement[];
    },
  ) {}

  if(node: SyntaxNode): Statement[] {
    return [
      {
        kind: 'if',
        test: this.children.child(node, 'condition'),
        yes: this.host.block(childOf(node, 'consequence')),
        no: this.host.block(childOf(node, 'alternative')),
        ...rangeOf(node),
      },
    ];
  }

  /** @param first the field with the initializer. @param initial lowers that */
  for(node: SyntaxNode, first: string, initial: (node: SyntaxNode) => Statement[]): Statement[] {
    const at = rangeOf(node);
    const named = (field: string) => node.children.filter((one) => one.field === field && one.isNamed);
    return this.scopes.within(() => {
      const init = named(first).flatMap(initial);
      const [condition] = named('condition');
      const test = condition && this.host.expression(condition);
      const updates = named('update').map((one) => this.host.expression(one));
      const update: Expression | undefined =
        updates.length > 1 ? { kind: 'sequence', values: updates, ...at } : updates[0];
      return [
        {
          kind: 'loop',
          init,
          ...(test && { test }),
          ...(update && { update }),
          body: this.host.block(childOf(node, 'body')),
          isPost: false,
          ...at,
        },
      ];
    });
  }
}
