import type { Expression, Statement } from '../../ir/ir';
import { blockOf, declareAt, literal, nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Host } from './host';
import { breakAt, listOf } from './syntax';
import type { Types } from './types';

/** Lowers `if` and `switch`. */
export class Branches {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly types: Types,
    private readonly host: Host,
  ) {}

  if(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    return this.context.scoped(() => {
      const before = this.#initializer(node);
      const condition = childOf(node, 'condition');
      const test = this.children.child(node, 'condition');
      const present = condition ? this.#presentIn(condition) : undefined;
      const yes = this.context.scoped(() => {
        if (present !== undefined) this.context.present.push(present);
        return this.host.block(childOf(node, 'consequence'));
      });
      const alternative = childOf(node, 'alternative');
      const no = alternative
        ? alternative.type === 'block'
          ? this.host.block(alternative)
          : this.host.statement(alternative)
        : [];
      const statement: Statement = { kind: 'if', test, yes, no, ...at };
      return before.length > 0 ? [blockOf([...before, statement], at)] : [statement];
    });
  }

  /** The initializer of an `if` or `switch`. */
  #initializer(node: SyntaxNode): Statement[] {
    const initializer = childOf(node, 'initializer');
    return initializer ? this.host.statement(initializer) : [];
  }

  /** The variable that is not nil if a condition is true. */
  #presentIn(node: SyntaxNode): string | undefined {
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    const operator = childOf(node, 'operator');
    if (node.type !== 'binary_expression' || !left || !right || !operator) return undefined;
    if (this.file.text(operator) === '&&') return this.#presentIn(left) ?? this.#presentIn(right);
    return this.file.text(operator) === '!=' && right.type === 'nil' && left.type === 'identifier'
      ? this.file.text(left)
      : undefined;
  }

  switch(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    return this.context.scoped(() => {
      const before = this.#initializer(node);
      const value = childOf(node, 'value');
      const cases = node.children.filter(({ type }) => type === 'expression_case' || type === 'default_case');
      const statement: Statement = {
        kind: 'switch',
        value: value ? this.host.expression(value) : literal(true, at),
        cases: this.#cases(
          cases,
          (one) => listOf(childOf(one, 'value')).map((test) => this.host.expression(test)),
          () => [],
        ),
        ...at,
      };
      return before.length > 0 ? [blockOf([...before, statement], at)] : [statement];
    });
  }

  typeSwitch(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    return this.context.scoped(() => {
      const before = this.#initializer(node);
      const value = childOf(node, 'value');
      const [alias] = listOf(childOf(node, 'alias'));
      const name = this.context.fresh();
      before.push(declareAt(name, value ? this.host.expression(value) : opaque([], at), at));
      const cases = node.children.filter(({ type }) => type === 'type_case' || type === 'default_case');
      const statement: Statement = {
        kind: 'switch',
        value: opaque([], at),
        cases: this.#cases(
          cases,
          (one) => [opaque([], rangeOf(one))],
          (one) => {
            if (!alias) return [];
            const types = one.children.filter(({ field, isNamed }) => field === 'type' && isNamed);
            const [type] = types.length === 1 ? types.map((each) => this.types.type(each)) : [];
            this.context.scopes.declare(this.file.text(alias), {});
            const value: Expression =
              type === undefined ? nameAt(name, at) : { kind: 'typed', value: nameAt(name, at), type, ...at };
            return [declareAt(this.file.text(alias), value, rangeOf(alias))];
          },
        ),
        ...at,
      };
      return [blockOf([...before, statement], at)];
    });
  }

  #cases(
    nodes: readonly SyntaxNode[],
    testsOf: (node: SyntaxNode) => Expression[],
    before: (node: SyntaxNode) => Statement[],
  ) {
    return nodes.map((node) => {
      const at = rangeOf(node);
      const statements = node.children.filter(({ isNamed, field }) => isNamed && field !== 'value' && field !== 'type');
      const tests = node.type === 'default_case' ? [] : testsOf(node);
      const body = this.context.scoped(() => [...before(node), ...this.host.statements(statements)]);
      const flat = statements.flatMap((one) => (one.type === 'statement_list' ? one.children : [one]));
      const falls = flat.at(-1)?.type === 'fallthrough_statement';
      return { tests, body: [blockOf(body, at), ...(falls ? [] : [breakAt(at)])] };
    });
  }
}
