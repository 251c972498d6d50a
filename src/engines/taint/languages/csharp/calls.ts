import type { Argument, Call, Expression, Range } from '../../ir/ir';
import { assign, call, literal, member, nameAt, opaque, rangeOf, typed } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Context } from './context';
import type { CSharpFile } from './file';
import type { Functions } from './functions';
import type { Host } from './host';
import { loaders, numbers, textBuilder } from './names';
import type { FileTypes } from './fileTypes';
import type { DeclaredTypes } from './resolve';
import type { Strings } from './strings';
import { predefined } from './syntax';
import type { Types } from './types';
import type { Variables } from './variables';

/** Lowers calls. */
export class Calls {
  constructor(
    private readonly file: CSharpFile,
    private readonly declared: DeclaredTypes,
    private readonly context: Context,
    private readonly fileTypes: FileTypes,
    private readonly types: Types,
    private readonly variables: Variables,
    private readonly strings: Strings,
    private readonly functions: Functions,
    private readonly host: Host,
  ) {}

  args(node: SyntaxNode | undefined): Argument[] {
    return (node?.children ?? [])
      .filter(({ type }) => type === 'argument')
      .map((one): Argument => {
        const value = one.children.at(-1);
        const name = childOf(one, 'name');
        return {
          value: value ? this.host.expression(value) : opaque([], rangeOf(one)),
          ...(name && name !== value && { name: this.file.text(name) }),
        };
      });
  }

  invocation(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const callee = childOf(node, 'function');
    const { object, name, isBound } = this.variables.calleeOf(callee);
    const list = childOf(node, 'arguments');
    const argNodes = (list?.children ?? []).filter(({ type }) => type === 'argument');
    const values = argNodes.map((one) => one.children.at(-1) ?? one);
    const special = object ? this.#special(node, object, name, values) : this.#specialName(name, values, at);
    if (special) return special;
    const isMapping = /^Map(?:Get|Post|Put|Delete|Patch|Methods|Fallback)?$/.test(name);
    const args = isMapping
      ? argNodes.map((one): Argument => {
          const value = one.children.at(-1) ?? one;
          return {
            value:
              value.type === 'lambda_expression' ? this.functions.lambda(value, true) : this.host.expression(value),
          };
        })
      : this.args(list);
    const calling = (target: Expression, given: readonly Argument[] = args): Expression =>
      this.#withOuts(call(target, given, at), argNodes, object, name);
    if (isBound === true) return calling(member(this.context.receivers.at(-1) ?? opaque([], at), name, at));
    if (object) {
      const type = this.variables.typeOf(object);
      const isOwnMethod = type !== undefined && this.fileTypes.infoOf(type)?.methods.has(name) === true;
      // Entity Framework Core turns the values in the text into parameters.
      const isParameterized =
        /^(?:SqlQuery|FromSql|ExecuteSql|ExecuteSqlAsync)$/.test(name) &&
        values[0]?.type === 'interpolated_string_expression' &&
        /\bMicrosoft\.EntityFrameworkCore\b/.test(this.file.source);
      if (isParameterized) return calling(member(this.variables.receiver(object), `${name}Interpolated`, at));
      const extending = isOwnMethod ? undefined : this.types.extensionOf(name, at);
      const receiver = this.variables.receiver(object);
      if (extending && !(receiver.kind === 'name' && receiver.name === extending.name))
        return calling(member(extending, name, at), [{ value: receiver }, ...args]);
      return calling(member(receiver, name, at));
    }
    if (name === '') return calling(callee ? this.host.expression(callee) : opaque([], at));
    if (this.context.scopes.find(name)) return calling(nameAt(name, at));
    const owner = this.context.around(({ methods }) => methods.has(name));
    if (owner)
      return calling(
        member(owner.methods.get(name) === true ? nameAt(owner.local, at) : this.context.this(at), name, at),
      );
    if (this.context.around(({ fields }) => fields.has(name))) return calling(this.variables.identifier(name, at));
    const parent = this.context.parent;
    const [all] = this.types.staticUsings;
    if (all !== undefined && !parent) return calling(member(this.types.qualified(all, at), name, at));
    return calling(parent ? member(this.context.this(at), name, at) : nameAt(name, at));
  }

  /** A call that sets variables through `out` or `ref`, based on what is known about its other arguments. */
  #withOuts(made: Call, args: readonly SyntaxNode[], object: SyntaxNode | undefined, method: string): Expression {
    const outs = args.filter((one) => /^out\b/.test(this.file.text(one)));
    if (outs.length === 0) return made;
    const { from, to } = made;
    const at = { from, to };
    const isSimple = (value: Expression) =>
      value.kind === 'name' || value.kind === 'member' || value.kind === 'literal';
    const isOut = (index: number) => {
      const node = args[index];
      return node !== undefined && outs.includes(node);
    };
    const given = made.args.filter((_, index) => !isOut(index));
    const receiver = made.callee.kind === 'member' ? made.callee.object : undefined;
    const isParsing =
      /^TryParse(?:Exact)?$/.test(method) &&
      object !== undefined &&
      numbers.test(predefined[this.file.text(object)] ?? this.file.simple(object) ?? '');
    const assigned = outs.flatMap((one): Expression[] => {
      const index = args.indexOf(one);
      const target = made.args[index]?.value;
      if (!target || (target.kind !== 'name' && target.kind !== 'member')) return [];
      const [first] = given;
      const value: Expression = isParsing
        ? this.number(opaque([], at), at)
        : method === 'TryGetValue' && receiver && first && isSimple(first.value)
          ? { kind: 'index', object: receiver, index: first.value, ...at }
          : opaque([...(receiver ? [receiver] : []), ...given.map(({ value: inner }) => inner)].filter(isSimple), at);
      return [assign(target, value, at)];
    });
    const result = nameAt(`$out${this.context.fresh()}`, at);
    const left = { ...made, args: made.args.map((one, index) => (isOut(index) ? { value: opaque([], at) } : one)) };
    return {
      kind: 'sequence',
      own: [result.name],
      values: [assign(result, left, at), ...assigned, result],
      ...at,
    };
  }

  /** Calls without a receiver that have an equivalent in the IR. */
  #specialName(name: string, args: readonly SyntaxNode[], at: Range): Expression | undefined {
    const [first] = args;
    if (name === 'nameof' && first) return literal(this.file.text(first).split('.').at(-1) ?? '', at);
    if (name === 'ReferenceEquals' && first && args[1])
      return {
        kind: 'binary',
        operator: '==',
        left: this.host.expression(first),
        right: this.host.expression(args[1]),
        ...at,
      };
    return undefined;
  }

  /** Methods of strings, builders, collections and regular expressions that have an equivalent in the IR. */
  #special(node: SyntaxNode, object: SyntaxNode, name: string, args: readonly SyntaxNode[]): Expression | undefined {
    const at = rangeOf(node);
    const [first, second, third] = args;
    const target = this.file.text(object);
    const isText = target === 'string' || target === 'String';
    const calling = (callee: Expression, list: readonly Expression[]): Expression =>
      call(
        callee,
        list.map((value) => ({ value })),
        at,
      );
    switch (name) {
      case 'Equals':
        if (!first) return undefined;
        if (isText || target === 'object')
          return second
            ? {
                kind: 'binary',
                operator: '==',
                left: this.host.expression(first),
                right: this.host.expression(second),
                ...at,
              }
            : undefined;
        return target === 'base'
          ? undefined
          : {
              kind: 'binary',
              operator: '==',
              left: this.variables.receiver(object),
              right: this.host.expression(first),
              ...at,
            };
      case 'ConfigureAwait':
      case 'AsEnumerable':
      case 'AsQueryable':
      case 'AsNoTracking':
      case 'GetAwaiter':
      case 'AsTask':
      case 'AsSpan':
        return this.variables.receiver(object);
      case 'GetResult':
        return args.length === 0 ? { kind: 'await', value: this.variables.receiver(object), ...at } : undefined;
      case 'FromResult':
        return /^(?:Task|ValueTask)$/.test(target) && first ? this.host.expression(first) : undefined;
      case 'Run':
        return target === 'Task' && first && /lambda|anonymous_method/.test(first.type)
          ? calling(this.host.expression(first), [])
          : undefined;
      case 'IsMatch':
        if (target === 'Regex' && first && second)
          return calling(
            member(
              this.strings.regex(second, third ? /IgnoreCase/.test(this.file.text(third)) : false, '') ??
                this.host.expression(second),
              name,
              at,
            ),
            [this.host.expression(first)],
          );
        return undefined;
      case 'Replace': {
        if (target === 'Regex' && first && second && third)
          return calling(member(this.host.expression(first), 'ReplacePattern', at), [
            this.strings.regex(second, false, 'g') ?? this.host.expression(second),
            this.host.expression(third),
          ]);
        const type = this.variables.typeOf(object);
        const pattern =
          object.type === 'object_creation_expression' && this.file.simple(childOf(object, 'type')) === 'Regex'
            ? object.children.find(({ type: kind }) => kind === 'argument_list')?.children[0]?.children.at(-1)
            : undefined;
        if (first && second && (type === 'Regex' || pattern))
          return calling(member(this.host.expression(first), 'ReplacePattern', at), [
            (pattern && this.strings.regex(pattern, false, 'g')) ?? this.host.expression(object),
            this.host.expression(second),
          ]);
        if (type !== undefined && textBuilder.test(type) && first && second) {
          const place = this.strings.builder(object);
          const value = calling(member(this.variables.receiver(object), 'Replace', at), [
            this.host.expression(first),
            this.host.expression(second),
          ]);
          return place ? assign(place, value, at) : value;
        }
        return undefined;
      }
      case 'All':
        // `name.All(char.IsLetterOrDigit)`.
        if (
          first &&
          /^(?:char|Char)\.Is(?:LetterOrDigit|Letter|Digit|AsciiLetterOrDigit|AsciiDigit|AsciiLetter|Number)$|^(\w+)\s*=>\s*(?:char|Char)\.Is(?:LetterOrDigit|Letter|Digit|AsciiLetterOrDigit|Number)\(\1\)$/.test(
            this.file.text(first),
          )
        )
          return calling(member({ kind: 'regex', source: '^[A-Za-z0-9]*$', flags: '', ...at }, 'IsMatch', at), [
            this.variables.receiver(object),
          ]);
        return undefined;
      case 'Concat':
        if (isText && args.length > 0)
          return { kind: 'text', parts: args.map((one) => this.host.expression(one)), ...at };
        return undefined;
      case 'Format':
        return isText ? this.strings.format(args, at) : undefined;
      case 'Append':
      case 'AppendLine':
      case 'AppendFormat': {
        const type = this.variables.typeOf(object);
        return type !== undefined && textBuilder.test(type) ? this.strings.appended(node, at) : undefined;
      }
      case 'Insert': {
        const type = this.variables.typeOf(object);
        if (type === undefined || !textBuilder.test(type) || !second) return undefined;
        const place = this.strings.builder(object);
        const value: Expression = {
          kind: 'text',
          parts: [this.host.expression(second), this.variables.receiver(object)],
          ...at,
        };
        return place ? assign(place, value, at) : value;
      }
      case 'Load':
        // From a path or a stream.
        return first && loaders.test(this.variables.typeOf(object) ?? target) && this.variables.isStream(first)
          ? calling(member(this.variables.receiver(object), 'LoadStream', at), [this.host.expression(first)])
          : undefined;
      case 'ToString': {
        const type = this.variables.typeOf(object);
        return type !== undefined && textBuilder.test(type) ? this.host.expression(object) : undefined;
      }
      case 'Send':
      case 'Publish': {
        // A mediator calls the message's handler.
        const type = first && this.variables.typeOf(first);
        const handlers = type === undefined ? [] : this.declared.handlersOf(type).slice(0, 2);
        const [handler] = handlers;
        if (!first || handler === undefined) return undefined;
        return calling(member(typed(opaque([], at), this.types.qualifiedType(handler), at), 'Handle', at), [
          this.host.expression(first),
          opaque([], at),
        ]);
      }
      default:
        return undefined;
    }
  }

  number(value: Expression, at: Range): Expression {
    return call(nameAt('number$', at), [{ value }], at);
  }
}
