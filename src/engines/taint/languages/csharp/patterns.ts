import type { Expression, Range } from '../../ir/ir';
import { assign, literal, member, nameAt, not, opaque, rangeOf, typed } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { Context } from './context';
import type { CSharpFile } from './file';
import type { Host } from './host';
import type { Types } from './types';
import type { Variables } from './variables';

/** A condition of a pattern, and the variables that it declares. */
interface Matched {
  readonly test: Expression;
  readonly bindings: readonly { readonly name: string; readonly at: Range; readonly value: Expression }[];
}

/** Lowers the patterns of `is` and `switch`. */
export class Patterns {
  constructor(
    private readonly file: CSharpFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly types: Types,
    private readonly variables: Variables,
    private readonly host: Host,
  ) {}

  matched(node: SyntaxNode, value: Expression): Matched {
    const at = rangeOf(node);
    const [first] = node.children.filter(({ isNamed }) => isNamed);
    const unknown = opaque([], at);
    switch (node.type) {
      case 'constant_pattern':
        return {
          test: {
            kind: 'binary',
            operator: '==',
            left: value,
            right: first ? this.host.expression(first) : unknown,
            ...at,
          },
          bindings: [],
        };
      case 'relational_pattern':
        return {
          test: {
            kind: 'binary',
            operator: /^[<>]=?/.exec(this.file.text(node))?.[0] ?? '<',
            left: value,
            right: first ? this.host.expression(first) : unknown,
            ...at,
          },
          bindings: [],
        };
      case 'negated_pattern': {
        const inner = first ? this.matched(first, value) : { test: unknown, bindings: [] };
        return { test: not(inner.test, at), bindings: inner.bindings };
      }
      case 'parenthesized_pattern':
        return first ? this.matched(first, value) : { test: unknown, bindings: [] };
      case 'and_pattern':
      case 'or_pattern': {
        const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
        if (!left || !right) return { test: unknown, bindings: [] };
        const [a, b] = [this.matched(left, value), this.matched(right, value)];
        return {
          test: {
            kind: 'logical',
            operator: node.type === 'and_pattern' ? '&&' : '||',
            left: a.test,
            right: b.test,
            ...at,
          },
          bindings: [...a.bindings, ...b.bindings],
        };
      }
      case 'declaration_pattern':
      case 'var_pattern': {
        const name = childOf(node, 'name');
        const typeNode = childOf(node, 'type');
        const test: Expression = { kind: 'binary', operator: 'instanceof', left: value, right: unknown, ...at };
        if (name?.type !== 'identifier') return { test, bindings: [] };
        const text = this.file.text(name);
        this.context.declareLocal(text, this.file.simple(typeNode));
        const type = this.types.typeName(typeNode);
        return {
          test,
          bindings: [{ name: text, at: rangeOf(name), value: type === undefined ? value : typed(value, type, at) }],
        };
      }
      case 'recursive_pattern': {
        const typeNode = childOf(node, 'type');
        const type = this.types.typeName(typeNode);
        const own = type === undefined ? value : typed(value, type, at);
        const tests: Expression[] = [];
        const bindings: Matched['bindings'][number][] = [];
        for (const clause of node.children)
          if (clause.type === 'property_pattern_clause' || clause.type === 'positional_pattern_clause')
            for (const [index, one] of clause.children.entries()) {
              if (one.type !== 'subpattern') continue;
              const [key, pattern = key] = one.children.filter(({ isNamed }) => isNamed);
              if (!key || !pattern) continue;
              const part =
                key === pattern
                  ? member(own, String(index), at)
                  : this.file
                      .text(key)
                      .split('.')
                      .reduce<Expression>((object, name) => member(object, name, at), own);
              const inner = this.matched(pattern, part);
              tests.push(inner.test);
              bindings.push(...inner.bindings);
            }
        const name = childOf(node, 'name');
        if (name) {
          this.context.declareLocal(this.file.text(name), this.file.simple(typeNode));
          bindings.push({ name: this.file.text(name), at: rangeOf(name), value: own });
        }
        const test = tests.reduce<Expression>(
          (left, right) => ({ kind: 'logical', operator: '&&', left, right, ...at }),
          unknown,
        );
        return { test, bindings };
      }
      case 'list_pattern': {
        const inner = node.children
          .filter(({ isNamed }) => isNamed)
          .map((one, index) =>
            this.matched(one, {
              kind: 'index',
              object: value,
              index: literal(index, at),
              ...at,
            }),
          );
        return { test: unknown, bindings: inner.flatMap(({ bindings }) => bindings) };
      }
      case 'type_pattern':
      case 'discard':
        return { test: unknown, bindings: [] };
      default:
        return { test: opaque(first ? [this.host.expression(first)] : [], at), bindings: [] };
    }
  }

  isPattern(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const pattern = childOf(node, 'pattern');
    const subject = this.children.child(node, 'expression');
    if (!pattern) return opaque([subject], at);
    const isSimple = subject.kind === 'name' || subject.kind === 'member';
    let value: Expression = subject;
    const before: Expression[] = [];
    if (!isSimple) {
      const target = this.variables.introduced(`$is${this.context.fresh()}`, rangeOf(node), undefined);
      before.push(assign(target, subject, at));
      value = target;
    }
    const { test, bindings } = this.matched(pattern, value);
    const all = [...before, ...this.assignedBefore(bindings), test];
    return all.length > 1 ? { kind: 'sequence', values: all, ...at } : test;
  }

  /** Assigns the variables of a pattern, which are declared before the statement. */
  assignedBefore(bindings: Matched['bindings']): Expression[] {
    return bindings.map(({ name, at, value }) => {
      const target = nameAt(name, at);
      this.context.pending.add({ kind: 'declare', target, scope: 'block', ...at });
      return assign(target, value, at);
    });
  }

  /** The constants of `"a" or "b"`. */
  constantsOf(node: SyntaxNode): Expression[] | undefined {
    if (node.type === 'constant_pattern' && node.children[0]) return [this.host.expression(node.children[0])];
    if (node.type === 'parenthesized_pattern' && node.children[0]) return this.constantsOf(node.children[0]);
    if (node.type !== 'or_pattern') return undefined;
    const all = node.children.filter(({ isNamed }) => isNamed).map((one) => this.constantsOf(one));
    return all.every((one) => one !== undefined) ? all.flat() : undefined;
  }
}
