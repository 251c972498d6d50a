import type { Argument, Expression, Range, Statement } from '../../ir/ir';
import { call, functionOf, member, nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Host } from './host';
import { callbackAt } from './names';
import type { References } from './references';
import type { Texts } from './texts';
import type { Variables } from './variables';

/** Lowers calls. */
export class Calls {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly references: References,
    private readonly texts: Texts,
    private readonly variables: Variables,
    private readonly host: Host,
  ) {}

  /** The name of a called function, in lower case and without its namespace. */
  calledName(node: SyntaxNode): string | undefined {
    const callee = childOf(node, 'function');
    return callee && /name$/.test(callee.type) && callee.type !== 'variable_name'
      ? this.file.text(callee).replace(/^\\/, '').toLowerCase()
      : undefined;
  }

  callee(node: SyntaxNode): Expression {
    return /name$/.test(node.type) && !/variable/.test(node.type)
      ? this.references.functionReference(this.file.text(node), rangeOf(node))
      : this.host.expression(node);
  }

  callArguments(list: SyntaxNode | undefined, name?: string): Argument[] {
    const callbacks = name === undefined ? undefined : callbackAt.get(name);
    return (list?.children ?? []).flatMap((one, index): Argument[] => {
      if (one.type !== 'argument')
        return one.type === 'variadic_placeholder' ? [] : [{ value: this.host.expression(one) }];
      const label = childOf(one, 'name');
      const value = one.children.findLast((child) => child !== label && child.isNamed);
      if (!value) return [];
      if (value.type === 'variadic_unpacking') return [{ value: this.children.first(value), spread: 'list' }];
      const isCallback = callbacks?.includes(index) === true;
      return [
        {
          value: isCallback ? this.callable(value) : this.host.expression(value),
          ...(label && { name: this.file.text(label) }),
        },
      ];
    });
  }

  /** A function given by its name (`'trim'`, `'Users::find'`) or by an object and a method name. */
  callable(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const text = this.texts.constantText(node);
    let callee: Expression | undefined;
    if (text !== undefined && /^\\?[\w\\]+$/.test(text))
      callee = this.references.functionReference(`\\${text.replace(/^\\/, '')}`, at);
    else if (text !== undefined) {
      const [, type, method] = /^\\?([\w\\]+)::(\w+)$/.exec(text) ?? [];
      if (type !== undefined && method !== undefined)
        callee = member(this.references.classReference(`\\${type}`, at), method, at);
    } else if (node.type === 'array_creation_expression') {
      const [object, method] = node.children.map(({ children }) => children[0]);
      const name = method && this.texts.constantText(method);
      const type = object && this.texts.constantText(object);
      if (object && name !== undefined)
        callee = {
          kind: 'member',
          object:
            type !== undefined
              ? this.references.classReference(`\\${type}`, at)
              : /^(?:self|static)::class$/i.test(this.file.text(object)) || this.file.text(object) === '__CLASS__'
                ? this.variables.scope(object.children[0] ?? object)
                : this.host.expression(object),
          property: name,
          ...at,
        };
    } else if (this.#isPlaceholder(node)) {
      const inner = this.children.first(node);
      callee = inner.kind === 'opaque' ? undefined : inner;
    }
    if (!callee) return this.host.expression(node);
    return this.#wrapped(callee, at);
  }

  /** `strlen(...)`. */
  #isPlaceholder(node: SyntaxNode): boolean {
    return childOf(node, 'arguments')?.children[0]?.type === 'variadic_placeholder';
  }

  /** A function that passes its arguments to another one. */
  #wrapped(callee: Expression, at: Range): Expression {
    const params = ['a', 'b', 'c'].map((name) => nameAt(`#${name}`, at));
    const made = call(
      callee,
      params.map((value) => ({ value })),
      at,
    );
    const body: Statement[] = [{ kind: 'return', value: made, ...at }];
    return {
      ...functionOf(
        '',
        params.map((pattern) => ({ pattern })),
        body,
        at,
      ),
      isArrow: true,
    };
  }

  /** A call of a method with a computed name. */
  dynamicCall(name: SyntaxNode, object: Expression, args: readonly Argument[], at: Range): Expression {
    const chosen = this.references.call('dynamic_method', [this.host.expression(name)], at);
    const callee: Expression = { kind: 'index', object, index: this.host.expression(name), ...at };
    return { kind: 'sequence', values: [chosen, call(callee, args, at)], ...at };
  }

  functionCall(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const callee = childOf(node, 'function');
    const list = childOf(node, 'arguments');
    if (!callee) return opaque([], at);
    const name = this.calledName(node);
    if (this.#isPlaceholder(node)) return this.#wrapped(this.callee(callee), at);
    if (name === undefined) {
      const args = this.callArguments(list);
      const text = this.texts.constantText(
        callee.type === 'parenthesized_expression' ? (callee.children[0] ?? callee) : callee,
      );
      if (text !== undefined) return call(this.references.functionReference(text, rangeOf(callee)), args, at);
      const target = this.callable(
        callee.type === 'parenthesized_expression' ? (callee.children[0] ?? callee) : callee,
      );
      const called = call(target, args, at);
      if (target.kind === 'function') return called;
      return { kind: 'sequence', values: [this.references.call('dynamic_function', [target], at), called], ...at };
    }
    const nodes = (list?.children ?? []).flatMap((one) => one.children.findLast(({ isNamed }) => isNamed) ?? []);
    const special = this.host.special(name, nodes, at);
    if (special) return special;
    return call(this.callee(callee), this.callArguments(list, name), at);
  }
}
