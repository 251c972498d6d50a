import type { Argument, Call, Expression, Field, Name, Pattern, Range } from '../../ir/ir';
import { assign, call, construct, dotted, isNumber, member, nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Context } from './context';
import type { CSharpFile } from './file';
import type { Host } from './host';
import { collections, maps, textBuilder } from './names';
import type { FileTypes } from './fileTypes';
import type { DeclaredTypes } from './resolve';
import type { Strings } from './strings';
import { asValue } from './syntax';
import type { Types } from './types';
import type { Variables } from './variables';

/** Lowers expressions that create objects, lists and tuples. */
export class Objects {
  constructor(
    private readonly file: CSharpFile,
    private readonly declared: DeclaredTypes,
    private readonly context: Context,
    private readonly fileTypes: FileTypes,
    private readonly types: Types,
    private readonly variables: Variables,
    private readonly strings: Strings,
    private readonly host: Host,
  ) {}

  collection(nodes: readonly SyntaxNode[], at: Range): Expression {
    const items = nodes
      .filter(({ isNamed }) => isNamed)
      .map((one): Argument => {
        const inner = one.type === 'argument' ? (one.children.at(-1) ?? one) : one;
        if (inner.type === 'range_expression' && this.file.text(inner).startsWith('..') && inner.children[0])
          return { value: this.host.expression(inner.children[0]), spread: 'list' };
        return { value: this.host.expression(inner) };
      });
    return { kind: 'list', items, ...at };
  }

  tuple(node: SyntaxNode, names: readonly (string | undefined)[]): Expression {
    const at = rangeOf(node);
    const args = node.children.filter(({ type }) => type === 'argument');
    if (args.length === 0)
      return opaque(
        node.children.map((one) => this.host.expression(one)),
        at,
      );
    const temporaries: string[] = [];
    const before: Expression[] = [];
    const fields: Field[] = [];
    for (const [index, one] of args.entries()) {
      const valueNode = one.children.at(-1);
      const nameNode = childOf(one, 'name');
      let value = valueNode ? this.host.expression(valueNode) : opaque([], at);
      const inferred =
        valueNode?.type === 'identifier'
          ? this.file.text(valueNode)
          : valueNode?.type === 'member_access_expression'
            ? this.file.text(childOf(valueNode, 'name') ?? valueNode)
            : undefined;
      const name = nameNode && nameNode !== valueNode ? this.file.text(nameNode) : (names[index] ?? inferred);
      if (name !== undefined && value.kind !== 'name' && value.kind !== 'literal') {
        const temporary = `$tuple${this.context.fresh()}`;
        temporaries.push(temporary);
        before.push(assign(nameAt(temporary, at), value, at));
        value = nameAt(temporary, at);
      }
      fields.push({ key: String(index), value });
      if (name !== undefined) fields.push({ key: name, value });
    }
    const object: Expression = { kind: 'object', fields, ...at };
    return temporaries.length > 0 ? { kind: 'sequence', own: temporaries, values: [...before, object], ...at } : object;
  }

  anonymous(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const fields: Field[] = [];
    const { children } = node;
    for (let index = 0; index < children.length; index++) {
      const one = children[index];
      const next = children[index + 1];
      if (!one) continue;
      // `Name = value` is parsed as two nodes.
      if (one.type === 'identifier' && next && /^\s*=\s*$/.test(this.file.source.slice(one.to, next.from))) {
        fields.push({ key: this.file.text(one), value: this.host.expression(next) });
        index++;
      } else {
        const name = one.type === 'identifier' ? this.file.text(one) : this.file.text(childOf(one, 'name') ?? one);
        fields.push({ key: name, value: this.host.expression(one) });
      }
    }
    return { kind: 'object', fields, ...at };
  }

  creation(node: SyntaxNode, typeNode: SyntaxNode | undefined): Expression {
    const at = rangeOf(node);
    const list = childOf(node, 'arguments') ?? node.children.find(({ type }) => type === 'argument_list');
    const initializer =
      childOf(node, 'initializer') ?? node.children.find(({ type }) => type === 'initializer_expression');
    const simple = this.file.simple(typeNode) ?? '';
    const isOwn = this.fileTypes.types.has(simple);
    const args = this.host.args(list);
    if (!typeNode) {
      const value: Expression = opaque(
        args.map(({ value: one }) => one),
        at,
      );
      return initializer ? this.#initialized({ kind: 'object', fields: [], ...at }, initializer, at) : value;
    }
    if (typeNode.type === 'array_type') return { kind: 'list', items: [], ...at };
    if (!isOwn) {
      if (textBuilder.test(simple))
        return {
          kind: 'text',
          parts: args.filter(({ value }) => !isNumber(value)).map(({ value }) => value),
          ...at,
        };
      if (/^[Ss]tring$/.test(simple) && args.length > 0)
        return { kind: 'text', parts: args.slice(0, 1).map(({ value }) => value), ...at };
      if (maps.test(simple)) return this.#map(args, initializer, at);
      if (collections.test(simple)) return this.#list(args, initializer, at);
      if (simple === 'Regex') {
        const [first, second] = (list?.children ?? []).map((one) => one.children.at(-1));
        const regex =
          first && this.strings.regex(first, second ? /IgnoreCase/.test(this.file.text(second)) : false, '');
        // An unknown text may be untrusted.
        if (regex?.kind === 'regex') return regex;
      }
    }
    const [first] = (list?.children ?? []).map((one) => one.children.at(-1));
    // Both take a path or a stream.
    const isOfStream =
      /^Stream(?:Reader|Writer)$/.test(simple) && first !== undefined && this.variables.isStream(first);
    const callee = isOfStream ? this.types.type(`Open${simple}`, at) : this.types.typeExpression(typeNode);
    const made = construct(callee, args, at);
    if (!initializer) return made;
    const isKnown = isOwn || this.declared.kindOf(this.types.fullNames(simple)) !== undefined;
    return (
      (isKnown ? undefined : this.#settings(callee, made, initializer, at)) ?? this.#initialized(made, initializer, at)
    );
  }

  /** A library object with its initial properties. */
  #settings(callee: Expression, made: Call, initializer: SyntaxNode, at: Range): Expression | undefined {
    const type = dotted(callee);
    const fields: Field[] = [];
    for (const one of initializer.children.filter(({ isNamed }) => isNamed)) {
      const [left, right] = [childOf(one, 'left'), childOf(one, 'right')];
      if (left?.type !== 'identifier' || !right || right.type === 'initializer_expression') return undefined;
      fields.push({ key: this.file.text(left), value: this.host.expression(right) });
    }
    if (type === undefined) return undefined;
    const object: Expression = { kind: 'object', type, fields, ...at };
    return made.args.length > 0 ? { kind: 'sequence', values: [made, object], ...at } : object;
  }

  /** An object whose properties are set, or to which items are added. */
  #initialized(object: Expression, initializer: SyntaxNode, at: Range): Expression {
    const parts = initializer.children.filter(({ isNamed }) => isNamed);
    if (parts.length === 0) return object;
    const temporary = nameAt(`$new${this.context.fresh()}`, at);
    const values = this.context.scopes.within(() => parts.flatMap((one) => this.#setting(temporary, one)));
    return {
      kind: 'sequence',
      own: [temporary.name],
      values: [assign(temporary, object, at), ...values, temporary],
      ...at,
    };
  }

  /** Sets a property of an object, or adds an item to it. */
  #setting(object: Name, node: SyntaxNode): Expression[] {
    const at = rangeOf(node);
    if (node.type !== 'assignment_expression') {
      const items = node.type === 'initializer_expression' ? node.children : [node];
      return [
        call(
          member(object, 'Add', at),
          items.map((item) => ({ value: this.host.expression(item) })),
          at,
        ),
      ];
    }
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    if (!left || !right) return [];
    const key = left.type === 'element_binding_expression' ? left.children[0]?.children.at(-1) : undefined;
    const target: Pattern = key
      ? { kind: 'index', object, index: this.host.expression(key), ...at }
      : member(object, this.file.text(left), at);
    // `Items = { a, b }` adds to the existing items.
    if (right.type === 'initializer_expression') return [this.#initialized(asValue(target, at), right, rangeOf(right))];
    return [assign(target, this.host.expression(right), at)];
  }

  #map(args: readonly Argument[], initializer: SyntaxNode | undefined, at: Range): Expression {
    const fields: Field[] = args
      .filter(({ value }) => value.kind === 'name' || value.kind === 'member')
      .slice(0, 1)
      .map(({ value }): Field => ({ value }));
    for (const one of initializer?.children ?? []) {
      if (one.type === 'initializer_expression') {
        const [key, value] = one.children.filter(({ isNamed }) => isNamed);
        if (key && value) fields.push({ key: this.host.expression(key), value: this.host.expression(value) });
      } else if (one.type === 'assignment_expression') {
        const [left, right] = [childOf(one, 'left'), childOf(one, 'right')];
        const key = left?.children[0]?.children.at(-1);
        if (key && right) fields.push({ key: this.host.expression(key), value: this.host.expression(right) });
      }
    }
    return { kind: 'object', fields, ...at };
  }

  #list(args: readonly Argument[], initializer: SyntaxNode | undefined, at: Range): Expression {
    const items: Argument[] = args
      .filter(
        ({ value }) => !isNumber(value) && !/^(?:StringComparer)\b/.test(this.file.source.slice(value.from, value.to)),
      )
      .slice(0, 1)
      .map(({ value }): Argument => ({ value, spread: 'list' }));
    for (const one of initializer?.children ?? []) if (one.isNamed) items.push({ value: this.host.expression(one) });
    return { kind: 'list', items, ...at };
  }

  /** A value whose type is known from its context: `new()` creates an instance of it. */
  valueOf(node: SyntaxNode, type: SyntaxNode | undefined): Expression {
    if (type && node.type === 'implicit_object_creation_expression' && type.type !== 'implicit_type')
      return this.creation(node, type);
    return this.host.expression(node);
  }
}
