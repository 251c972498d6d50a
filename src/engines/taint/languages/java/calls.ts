import type { Argument, Expression, Field } from '../../ir/ir';
import { assign, call, construct, isNumber, literal, member, nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Classes } from './classes';
import type { Context, Local } from './context';
import type { Host } from './host';
import { numberOf } from './literals';
import { builders, collections, lists, maps } from './names';
import type { Strings } from './strings';
import type { Types } from './types';
import type { Variables } from './variables';

/** Lowers calls and object creation. */
export class Calls {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly types: Types,
    private readonly variables: Variables,
    private readonly classes: Classes,
    private readonly strings: Strings,
    private readonly host: Host,
  ) {}

  args(node: SyntaxNode | undefined): Argument[] {
    return (node?.children ?? []).map((one) => ({ value: this.host.expression(one) }));
  }

  creation(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const typeNode = childOf(node, 'type');
    const body = node.children.find(({ type }) => type === 'class_body');
    const args = this.args(childOf(node, 'arguments'));
    const simple = this.types.simple(typeNode) ?? '';
    const callee = typeNode ? this.types.typeExpression(typeNode) : opaque([], at);
    if (body) return construct(this.classes.anonymous(body, callee), args, at);
    const isOwn = this.types.types.has(simple);
    if (!isOwn && builders.test(simple))
      return { kind: 'text', parts: args.filter(({ value }) => !isNumber(value)).map(({ value }) => value), ...at };
    if (!isOwn && simple === 'String' && args.length <= 1)
      return { kind: 'text', parts: args.map(({ value }) => value), ...at };
    if (!isOwn && maps.test(simple))
      return {
        kind: 'object',
        fields: args
          .filter(({ value }) => !isNumber(value))
          .slice(0, 1)
          .map(({ value }): Field => ({ value })),
        ...at,
      };
    if (!isOwn && collections.test(simple))
      return {
        kind: 'list',
        items: args
          .filter(({ value }) => !isNumber(value))
          .slice(0, 1)
          .map(({ value }): Argument => ({ value, spread: 'list' })),
        ...at,
      };
    return construct(callee, args, at);
  }

  invocation(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const object = childOf(node, 'object');
    const name = this.file.nameOf(node);
    const argNodes = childOf(node, 'arguments')?.children ?? [];
    const special = object && this.#special(node, object, name, argNodes);
    if (special) return special;
    const args = this.args(childOf(node, 'arguments'));
    const calling = (callee: Expression): Expression => call(callee, args, at);
    if (object) {
      // `Type.super.m()`.
      if (node.children.some(({ type, field }) => type === 'super' && field === undefined))
        return calling(member(nameAt('super', at), name, at));
      return calling(member(this.#receiver(object), name, at));
    }
    const owner = this.context.around(({ methods }) => methods.has(name));
    if (owner)
      return calling(
        member(
          owner.methods.get(name) === true ? nameAt(owner.local, at) : this.context.outerThis(owner, at),
          name,
          at,
        ),
      );
    const imported = this.types.staticImports.get(name);
    if (imported) return calling(this.types.static(imported.module, name, at));
    const parent = this.context.around(({ hasParent }) => hasParent);
    const [all] = this.types.staticPackages;
    if (all !== undefined && !parent) return calling(this.types.static(all, name, at));
    return calling(parent ? member(this.context.outerThis(parent, at), name, at) : nameAt(name, at));
  }

  #receiver(node: SyntaxNode): Expression {
    return node.type === 'field_access'
      ? (this.variables.asType(node) ?? this.host.expression(node))
      : this.host.expression(node);
  }

  /** The text that a matcher is about. */
  matcher(node: SyntaxNode): Local['matcher'] {
    if (node.type !== 'method_invocation' || this.file.nameOf(node) !== 'matcher') return undefined;
    const pattern = childOf(node, 'object');
    const [subject] = childOf(node, 'arguments')?.children ?? [];
    return pattern && subject ? { pattern, subject } : undefined;
  }

  /** Methods of strings, builders, collections and regular expressions that have an equivalent in the IR. */
  #special(node: SyntaxNode, object: SyntaxNode, name: string, args: readonly SyntaxNode[]): Expression | undefined {
    const at = rangeOf(node);
    const [first, second] = args;
    const type = this.variables.typeOf(object);
    const target = this.file.text(object);
    const calling = (callee: Expression, list: readonly Expression[]): Expression =>
      call(
        callee,
        list.map((value) => ({ value })),
        at,
      );
    switch (name) {
      case 'equals':
      case 'equalsIgnoreCase':
      case 'contentEquals':
        if (target === 'Objects' && first && second)
          return {
            kind: 'binary',
            operator: '==',
            left: this.host.expression(first),
            right: this.host.expression(second),
            ...at,
          };
        if (first && !second && !/^(?:Arrays|StringUtils)$/.test(target) && object.type !== 'super')
          return {
            kind: 'binary',
            operator: '==',
            left: this.#receiver(object),
            right: this.host.expression(first),
            ...at,
          };
        return undefined;
      case 'compile':
        if (target === 'Pattern' && first)
          return this.strings.regex(first, second ? /CASE_INSENSITIVE/.test(this.file.text(second)) : false, '');
        return undefined;
      case 'matches':
      case 'find':
      case 'lookingAt': {
        if (target === 'Pattern' && first && second)
          return calling(member(this.host.expression(second), 'matches', at), [
            this.strings.regex(first, false, '') ?? this.host.expression(first),
          ]);
        const matcher =
          args.length === 0
            ? (this.matcher(object) ??
              (object.type === 'identifier' ? this.context.scopes.find(target)?.matcher : undefined))
            : undefined;
        if (matcher)
          return calling(member(this.host.expression(matcher.subject), name, at), [
            this.host.expression(matcher.pattern),
          ]);
        if (name === 'matches' && first && !second)
          return calling(member(this.#receiver(object), name, at), [
            this.strings.regex(first, false, '') ?? this.host.expression(first),
          ]);
        return undefined;
      }
      case 'replaceAll':
      case 'replaceFirst':
        if (first && second) {
          const matcher = this.strings.regex(first, false, name === 'replaceAll' ? 'g' : '');
          return calling(member(this.#receiver(object), 'replace', at), [
            matcher ?? opaque([], at),
            this.host.expression(second),
          ]);
        }
        return undefined;
      case 'replace':
        if (first && second && args.length === 2)
          return calling(member(this.#receiver(object), 'replaceAll', at), [
            this.host.expression(first),
            this.host.expression(second),
          ]);
        return undefined;
      case 'charAt':
        return first && !second
          ? { kind: 'index', object: this.#receiver(object), index: this.host.expression(first), ...at }
          : undefined;
      case 'concat':
        return first && !second && type !== 'Flux' && type !== 'Stream' && target !== 'Stream'
          ? { kind: 'text', parts: [this.#receiver(object), this.host.expression(first)], ...at }
          : undefined;
      case 'format':
        return target === 'String' ? this.strings.format(args, at) : undefined;
      case 'formatted':
        return this.strings.format([object, ...args], at);
      case 'append': {
        if (type === undefined || !builders.test(type) || !first) return undefined;
        return this.strings.appended(node, at);
      }
      case 'insert':
        if (type !== undefined && builders.test(type) && first && second) {
          const place = this.strings.builder(object);
          const value: Expression = {
            kind: 'text',
            parts: [this.host.expression(second), this.#receiver(object)],
            ...at,
          };
          return place ? assign(place, value, at) : value;
        }
        return undefined;
      case 'toString':
        return type !== undefined && builders.test(type) && args.length === 0
          ? this.host.expression(object)
          : undefined;
      case 'put':
      case 'putIfAbsent':
        if (type !== undefined && maps.test(type) && first && second)
          return {
            kind: 'assign',
            target: { kind: 'index', object: this.#receiver(object), index: this.host.expression(first), ...at },
            value: this.host.expression(second),
            ...at,
          };
        return undefined;
      case 'get':
      case 'getOrDefault': {
        if (type === undefined || !first || !(maps.test(type) || lists.test(type))) return undefined;
        const value: Expression = {
          kind: 'index',
          object: this.#receiver(object),
          index: this.host.expression(first),
          ...at,
        };
        return second
          ? { kind: 'logical', operator: '??', left: value, right: this.host.expression(second), ...at }
          : value;
      }
      case 'remove': {
        // The items after it move up.
        const index =
          first?.type === 'decimal_integer_literal' && type !== undefined && lists.test(type)
            ? numberOf(this.file.text(first))
            : undefined;
        if (index === undefined) return undefined;
        const list = this.#receiver(object);
        const item = (position: number): Expression & { kind: 'index' } => ({
          kind: 'index',
          object: list,
          index: literal(position, at),
          ...at,
        });
        const moves = [0, 1, 2, 3].map((offset): Expression => ({
          kind: 'assign',
          target: item(index + offset),
          value: item(index + offset + 1),
          ...at,
        }));
        return { kind: 'sequence', values: [item(index), ...moves], ...at };
      }
      case 'decode':
      case 'decodeBase64': {
        // What was just encoded is back to the original.
        const inner =
          first?.type === 'method_invocation' &&
          /^encode(?:Base64)?(?:String)?$|^encodeToString$/.test(this.file.nameOf(first))
            ? childOf(first, 'arguments')?.children
            : undefined;
        return args.length === 1 && inner?.length === 1 && inner[0] ? this.host.expression(inner[0]) : undefined;
      }
      case 'of':
      case 'asList':
      case 'entry':
      case 'ofEntries':
      case 'copyOf':
        if (this.types.types.has(target)) return undefined;
        if (target === 'Map' && name === 'of') {
          const fields: Field[] = [];
          for (let index = 0; index + 1 < args.length; index += 2) {
            const [key, value] = [args[index], args[index + 1]];
            if (key && value) fields.push({ key: this.host.expression(key), value: this.host.expression(value) });
          }
          return { kind: 'object', fields, ...at };
        }
        if (/^(?:List|Set|Arrays|ImmutableList|ImmutableSet|Stream|EnumSet)$/.test(target))
          return {
            kind: 'list',
            items: args.map((one) => ({
              value: this.host.expression(one),
              ...((name === 'copyOf' || (name === 'asList' && args.length === 1 && one.type === 'identifier')) && {
                spread: 'list' as const,
              }),
            })),
            ...at,
          };
        return undefined;
      default:
        return undefined;
    }
  }
}
