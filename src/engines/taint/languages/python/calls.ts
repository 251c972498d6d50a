import type { Argument, Expression } from '../../ir/ir';
import { call, literal, nameAt, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Comprehensions } from './comprehensions';
import type { Context } from './context';
import type { Host } from './host';
import { braceParts } from './literals';
import { formatted, loggedValues } from './strings';
import { harmless, typesOf } from './types';

/** Methods of loggers, which insert the other arguments into the first, or append them. */
const logs = /^(?:debug|info|warn|warning|error|critical|fatal|exception|log|trace|success)$/;

/** Lowers calls. */
export class Calls {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly comprehensions: Comprehensions,
    private readonly host: Host,
  ) {}

  call(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const callee = childOf(node, 'function');
    const list = childOf(node, 'arguments');
    if (!callee || !list) return this.children.opaque(node);
    const name = callee.type === 'identifier' ? this.file.text(callee) : '';
    const nodes = list.type === 'generator_expression' ? [list] : list.children;
    const [first, second] = nodes;
    // The same applies to each item.
    if (
      (name === 'any' || name === 'all') &&
      nodes.length === 1 &&
      first &&
      /^(?:generator_expression|list_comprehension)$/.test(first.type)
    )
      return this.comprehensions.quantified(first, name);
    const args = nodes.map((one) => this.argument(one));
    // Only its name tells models which type it is.
    if (name === 'isinstance' && second)
      return call(this.context.read(name, at), [...args, { value: literal(typesOf(this.file.text(second)), at) }], at);
    // `getattr(a, 'b')` is `a.b`.
    if (name === 'getattr' && args[0] && args[1])
      return { kind: 'index', object: args[0].value, index: args[1].value, ...at };
    // The length of a known text.
    if (name === 'len' && args[0]?.value.kind === 'literal' && typeof args[0].value.value === 'string')
      return literal(args[0].value.value.length, at);
    if (name === 'super' && nodes.length <= 2) return nameAt('super', at);
    if (callee.type === 'attribute') {
      const [object, method] = [childOf(callee, 'object'), childOf(callee, 'attribute')];
      const methodName = method ? this.file.text(method) : '';
      if (object?.type === 'call' && methodName === '__init__' && this.#isSuper(object))
        return call(nameAt('super', at), args, at);
      // `Base.__init__(self, …)`.
      if (methodName === '__init__' && object?.type !== 'call' && first?.type === 'identifier')
        return call(nameAt('super', at), args.slice(1), at);
      if (object?.type === 'string' && methodName === 'format') {
        const text = this.host.expression(object);
        if (text.kind === 'literal' && typeof text.value === 'string')
          return formatted(braceParts(text.value), args, at);
      }
      if (logs.test(methodName)) return call(this.host.expression(callee), loggedValues(args), at);
    }
    return call(this.host.expression(callee), args, at);
  }

  #isSuper(node: SyntaxNode): boolean {
    const callee = childOf(node, 'function');
    return callee !== undefined && this.file.text(callee) === 'super';
  }

  argument(node: SyntaxNode): Argument {
    switch (node.type) {
      case 'keyword_argument': {
        const [name, value] = [childOf(node, 'name'), childOf(node, 'value')];
        if (!name || !value) return { value: this.children.opaque(node) };
        const key = this.file.text(name);
        const isType = key === 'type' && value.type === 'identifier' && harmless.test(this.file.text(value));
        return {
          name: key,
          value: isType ? literal(this.file.text(value), value) : this.host.expression(value),
        };
      }
      case 'list_splat':
      case 'list_splat_pattern':
      case 'parenthesized_list_splat':
        return { value: this.host.expression(node.children[0] ?? node), spread: 'list' };
      case 'dictionary_splat':
        return { value: this.host.expression(node.children[0] ?? node), spread: 'map' };
      default:
        return { value: this.host.expression(node) };
    }
  }
}
