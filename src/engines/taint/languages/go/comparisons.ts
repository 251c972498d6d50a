import type { Expression } from '../../ir/ir';
import { call, member, nameAt, not, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Host } from './host';
import type { Names } from './names';
import { textOf } from './syntax';

/** Lowers operators. */
export class Comparisons {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly names: Names,
    private readonly host: Host,
  ) {}

  unary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [operator, operand] = [childOf(node, 'operator'), childOf(node, 'operand')];
    if (!operand || !operator) return this.children.opaque(node);
    const value = this.host.expression(operand);
    switch (this.file.text(operator)) {
      // A pointer stands for its target.
      case '&':
      case '*':
        return value;
      case '<-':
        return call(nameAt('$received', at), [{ value }], at);
      case '!':
        return not(value, at);
      case '-':
        return { kind: 'unary', operator: '-', operand: value, ...at };
      default:
        return { kind: 'unary', operator: '+', operand: value, ...at };
    }
  }

  binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right, sign] = [childOf(node, 'left'), childOf(node, 'right'), childOf(node, 'operator')];
    if (!left || !right || !sign) return this.children.opaque(node);
    const operator = this.file.text(sign);
    switch (operator) {
      case '+': {
        const parts: SyntaxNode[] = [];
        const flatten = (one: SyntaxNode): void => {
          const [a, b, own] = [childOf(one, 'left'), childOf(one, 'right'), childOf(one, 'operator')];
          if (one.type === 'binary_expression' && a && b && own && this.file.text(own) === '+') {
            flatten(a);
            flatten(b);
          } else parts.push(one);
        };
        flatten(node);
        return textOf(
          parts.map((one) => this.host.expression(one)),
          at,
        );
      }
      case '&&':
      case '||':
        return {
          kind: 'logical',
          operator,
          left: this.host.expression(left),
          right: this.host.expression(right),
          ...at,
        };
      case '==':
      case '!=': {
        const other = right.type === 'nil' ? left : left.type === 'nil' ? right : undefined;
        if (other) {
          const value = not(this.host.expression(other), at);
          return operator === '==' ? value : not(value, at);
        }
        const compared: Expression = {
          kind: 'binary',
          operator,
          left: this.host.expression(left),
          right: this.host.expression(right),
          ...at,
        };
        return (
          this.#alsoOfSource(compared, operator, left, right) ??
          this.#alsoOfSource(compared, operator, right, left) ??
          compared
        );
      }
      default:
        return {
          kind: 'binary',
          operator,
          left: this.host.expression(left),
          right: this.host.expression(right),
          ...at,
        };
    }
  }

  /** A check of a parsed URL, or of a relative path, also applies to what it was made from. */
  #alsoOfSource(compared: Expression, operator: string, left: SyntaxNode, right: SyntaxNode): Expression | undefined {
    const at = { from: compared.from, to: compared.to };
    const selector = left.type === 'call_expression' ? childOf(left, 'function') : left;
    const object = selector?.type === 'selector_expression' ? childOf(selector, 'operand') : undefined;
    const field = selector && childOf(selector, 'field');
    const source =
      object?.type === 'identifier' ? this.context.scopes.find(this.file.text(object))?.parsedFrom : undefined;
    const joined = (own: Expression): Expression => ({
      kind: 'logical',
      operator: operator === '==' ? '&&' : '||',
      left: compared,
      right: operator === '==' ? own : not(own, at),
      ...at,
    });
    // `u.Host == ""`: no other host.
    if (
      object &&
      field &&
      /^(?:Host|Hostname)$/.test(this.file.text(field)) &&
      /^(?:""|``)$/.test(this.file.text(right))
    ) {
      const own = [object, ...(source ? [source] : [])].map((one) =>
        call(nameAt('$relative', at), [{ value: this.host.expression(one) }], at),
      );
      const [first = compared, second] = own;
      return joined(second ? { kind: 'logical', operator: '&&', left: first, right: second, ...at } : first);
    }
    if (left.type === 'call_expression' && /^(?:path|filepath)\.Base$/.test(this.names.called(selector) ?? '')) {
      const [argument] = childOf(left, 'arguments')?.children ?? [];
      if (argument && this.file.text(argument) === this.file.text(right))
        return joined(call(nameAt('$isBase', at), [{ value: this.host.expression(argument) }], at));
    }
    // `x[0] == '/'`.
    const index = left.type === 'index_expression' ? childOf(left, 'index') : undefined;
    const indexed = left.type === 'index_expression' ? childOf(left, 'operand') : undefined;
    if (index && indexed && this.file.text(index) === '0' && right.type === 'rune_literal')
      return joined(
        call(
          nameAt('$starts', at),
          [{ value: this.host.expression(indexed) }, { value: this.host.expression(right) }],
          at,
        ),
      );
    if (source && field && /^(?:Host|Hostname|Scheme)$/.test(this.file.text(field))) {
      const own: Expression = {
        kind: 'binary',
        operator,
        left: member(this.host.expression(source), this.file.text(field), at),
        right: this.host.expression(right),
        ...at,
      };
      return { kind: 'logical', operator: operator === '==' ? '&&' : '||', left: compared, right: own, ...at };
    }
    return undefined;
  }
}
