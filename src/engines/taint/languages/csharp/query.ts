import type { Expression, FunctionValue, Range, Statement } from '../../ir/ir';
import { call, functionOf, member, nameAt, opaque, rangeOf, returned } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { Context } from './context';
import type { CSharpFile } from './file';
import type { Host } from './host';
import type { Variables } from './variables';

/** Lowers queries. */
export class Queries {
  constructor(
    private readonly file: CSharpFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly variables: Variables,
    private readonly host: Host,
  ) {}

  /** `from x in xs where f(x) select g(x)`: `xs.Select(x => g(x))`. */
  query(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [first, ...clauses] = node.children;
    if (first?.type !== 'from_clause')
      return opaque(
        node.children.map((one) => this.host.expression(one)),
        at,
      );
    const collection = first.children.at(-1);
    const source = collection ? this.host.expression(collection) : opaque([], at);
    return this.context.inFunction(() => {
      const name = childOf(first, 'name');
      const param = name ? this.variables.inferred(name) : { pattern: opaque([], at) };
      const body: Statement[] = [];
      let result: Expression | undefined;
      const declare = (target: SyntaxNode | undefined, value: Expression, own: Range) => {
        if (!target) return;
        this.context.declareLocal(this.file.text(target), undefined);
        body.push({ kind: 'declare', target: nameAt(this.file.text(target), own), value, scope: 'block', ...own });
      };
      for (const one of clauses) {
        const own = rangeOf(one);
        const parts = one.children.filter(({ isNamed }) => isNamed);
        const last = parts.at(-1);
        switch (one.type) {
          case 'from_clause':
          case 'join_clause': {
            const from = one.type === 'from_clause' ? last : parts[1];
            const items: Expression = call(
              member(from ? this.host.expression(from) : opaque([], own), 'First', own),
              [],
              own,
            );
            declare(parts[0], items, own);
            if (one.type === 'join_clause')
              for (const part of parts.slice(2)) body.push(...this.children.evaluated(part));
            break;
          }
          case 'let_clause':
            declare(parts[0], last ? this.host.expression(last) : opaque([], own), own);
            break;
          case 'select_clause':
          case 'group_clause':
            result = parts[0] && this.host.expression(parts[0]);
            break;
          case 'identifier':
            // `into g`.
            declare(one, result ?? opaque([], own), own);
            break;
          default:
            for (const part of parts) body.push(...this.children.evaluated(part));
        }
      }
      const made = functionOf('', [param], [...body, returned(result ?? opaque([], at), at)], at);
      const value: FunctionValue = { ...made, isArrow: true };
      return call(member(source, 'Select', at), [{ value }], at);
    });
  }
}
