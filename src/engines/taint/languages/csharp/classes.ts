import type { ClassField, ClassValue, Expression, Method, Parameter, Range, Statement } from '../../ir/ir';
import {
  assign,
  call,
  evaluate,
  functionOf,
  literal,
  member,
  nameAt,
  opaque,
  rangeOf,
  typed,
  withType,
} from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import { MadeClasses } from '../shared/madeClasses';
import type { Actions } from './actions';
import type { ClassInfo, Context } from './context';
import type { CSharpFile } from './file';
import type { Functions } from './functions';
import type { Host } from './host';
import type { Objects } from './objects';
import type { FileTypes } from './fileTypes';
import { candidates } from './resolve';
import { isType } from './syntax';
import type { Types } from './types';

/** Lowers classes, interfaces, enums, structs and records. */
export class Classes {
  readonly made = new MadeClasses();
  readonly statics: Statement[] = [];
  /** Module statements that add members to a class from another file. */
  readonly parts: Statement[] = [];

  constructor(
    private readonly file: CSharpFile,
    private readonly context: Context,
    private readonly fileTypes: FileTypes,
    private readonly types: Types,
    private readonly objects: Objects,
    private readonly actions: Actions,
    private readonly functions: Functions,
    private readonly host: Host,
  ) {}

  /** Lowers a class of the file, including nested ones, to statements of the module. */
  member(node: SyntaxNode): void {
    const info = this.fileTypes.infos.get(node);
    if (!info) return;
    const value = this.context.scopes.apart(() => this.#class(node, info));
    if (info.isPart) {
      this.#part(info, value);
      return;
    }
    this.made.add(info.local, value, node);
  }

  /** Adds the members to the class, which another file declares. */
  #part(info: ClassInfo, { methods, fields }: ClassValue): void {
    const at = rangeOf(info.node);
    const owner = nameAt(info.local, at);
    this.types.used.set(info.local, candidates(this.file.nameOf(info.node), [info.full]));
    const store = (isStatic: boolean, name: string, value: Expression) =>
      this.parts.push({
        kind: 'evaluate',
        value: assign(member(isStatic ? owner : member(owner, 'prototype', at), name, at), value, at),
        ...at,
      });
    for (const { name, value, type } of fields)
      store(false, name, type === undefined ? (value ?? opaque([], at)) : typed(value ?? opaque([], at), type, at));
    for (const { name, value, isStatic, role } of methods)
      if (name !== 'constructor' && role === 'method') store(isStatic, name, value);
  }

  #class(node: SyntaxNode, info: ClassInfo): ClassValue {
    const at = rangeOf(node);
    this.context.classes.push(info);
    const fields: ClassField[] = [];
    const methods: Method[] = [];
    const superclass = info.parent && this.types.superclass(info.parent);
    const decorators = this.types.attributes(node);
    const self = nameAt(info.local, at);
    const store = (name: string, value: Expression | undefined, type: string | undefined, own: Range) => {
      const stored = value && type !== undefined ? typed(value, type, own) : value;
      const unknown = type === undefined ? undefined : typed(opaque([], own), type, own);
      const initial = stored ?? unknown;
      if (initial) this.statics.push(evaluate(assign(member(self, name, own), initial, own), own));
    };
    for (const one of this.file.membersOf(node)) {
      const own = rangeOf(one);
      const isStatic = /\b(?:static|const)\b/.test(this.file.modifiers(one));
      switch (one.type) {
        case 'field_declaration':
        case 'event_field_declaration': {
          const declaration = one.children.find(({ type }) => type === 'variable_declaration');
          const type = declaration && this.types.typeName(childOf(declaration, 'type'));
          for (const declarator of declaration?.children ?? []) {
            if (declarator.type !== 'variable_declarator') continue;
            const name = this.file.nameOf(declarator);
            const value = this.#initialOf(declarator, declaration && childOf(declaration, 'type'));
            if (isStatic) store(name, value, type, rangeOf(declarator));
            else if (!info.aliases.has(name) || value)
              fields.push({
                name: info.aliases.get(name) ?? name,
                ...(value && { value }),
                ...withType(type),
                isStatic: false,
              });
          }
          break;
        }
        case 'property_declaration':
          this.#property(one, info, isStatic, fields, methods, store);
          break;
        case 'method_declaration': {
          const value = this.functions.method(one, info);
          methods.push({ name: this.file.nameOf(one), value, isStatic, role: 'method' });
          break;
        }
        case 'constructor_declaration':
          if (isStatic) {
            this.statics.push({ kind: 'block', body: this.functions.function(one, []).body, ...own });
            break;
          }
          if (this.file.nameOf(one) === 'extension') break;
          methods.push({
            name: 'constructor',
            value: this.functions.function(one, this.types.attributes(one)),
            isStatic: false,
            role: 'method',
          });
          break;
        case 'indexer_declaration':
        case 'operator_declaration':
        case 'conversion_operator_declaration':
        case 'destructor_declaration':
        case 'event_declaration':
          methods.push(...this.#accessors(one));
          break;
        case 'enum_member_declaration': {
          const name = this.file.nameOf(one);
          store(name, literal(name, own), undefined, own);
          break;
        }
        default:
          if (isType(one)) {
            this.member(one);
            const inner = this.fileTypes.infos.get(one);
            if (inner) store(this.file.nameOf(one), nameAt(inner.local, own), undefined, own);
          }
      }
    }
    this.#primary(node, info, fields, methods);
    this.context.classes.pop();
    return { kind: 'class', name: info.local, ...(superclass && { superclass }), methods, fields, decorators, ...at };
  }

  /** The initial value of a declarator. */
  #initialOf(declarator: SyntaxNode, type: SyntaxNode | undefined): Expression | undefined {
    const node = declarator.children.find(
      ({ field, isNamed, type: kind }) => isNamed && field === undefined && !/^(?:tuple_pattern|bracketed_)/.test(kind),
    );
    return node && this.context.inBody(() => this.objects.valueOf(node, type));
  }

  #property(
    one: SyntaxNode,
    info: ClassInfo,
    isStatic: boolean,
    fields: ClassField[],
    methods: Method[],
    store: (name: string, value: Expression | undefined, type: string | undefined, own: Range) => void,
  ): void {
    const own = rangeOf(one);
    const name = this.file.nameOf(one);
    const typeNode = childOf(one, 'type');
    const type = this.types.typeName(typeNode);
    const valueNode = childOf(one, 'value');
    const accessors = childOf(one, 'accessors')?.children ?? [];
    const withBody = accessors.filter((accessor) => childOf(accessor, 'body'));
    const isAlias = [...info.aliases.values()].includes(name);
    if (valueNode?.type !== 'arrow_expression_clause' && (withBody.length === 0 || isAlias)) {
      const bound = this.actions.boundProperty(one, info, type, own);
      const value = bound ?? (valueNode && this.context.inBody(() => this.objects.valueOf(valueNode, typeNode)));
      if (isStatic) store(name, value, type, own);
      else fields.push({ name, ...(value && { value }), ...withType(type), isStatic: false });
      return;
    }
    if (valueNode?.type === 'arrow_expression_clause') {
      methods.push({ name, value: this.functions.bodyOf(one, name, [], valueNode), isStatic, role: 'getter' });
      return;
    }
    for (const accessor of withBody) {
      const kind = this.file.nameOf(accessor);
      const value = this.functions.bodyOf(accessor, name, kind === 'get' ? [] : ['value'], childOf(accessor, 'body'));
      // Assigned values are read from the field; the setter's code is followed as a method.
      if (kind === 'get') methods.push({ name, value, isStatic, role: 'getter' });
      else methods.push({ name: `set_${name}`, value, isStatic, role: 'method' });
    }
  }

  /** Functions that are neither methods nor properties: indexers, operators, events. */
  #accessors(node: SyntaxNode): Method[] {
    const params = (childOf(node, 'parameters')?.children ?? []).filter(({ type }) => type === 'parameter');
    const method = (name: string, at: SyntaxNode, body: SyntaxNode | undefined, values: readonly string[]): Method => ({
      name,
      value: this.functions.bodyOf(at, name, values, body, params),
      isStatic: false,
      role: 'method',
    });
    const list = childOf(node, 'accessors')?.children ?? [];
    if (list.length > 0)
      return list
        .filter((one) => childOf(one, 'body'))
        .map((one) => {
          const kind = this.file.nameOf(one);
          return method(
            `${kind}_${this.file.nameOf(node)}`,
            one,
            childOf(one, 'body'),
            kind === 'get' ? [] : ['value'],
          );
        });
    const body = childOf(node, 'body') ?? childOf(node, 'value');
    return body ? [method(`$${node.type}${node.from}`, node, body, [])] : [];
  }

  #primary(node: SyntaxNode, info: ClassInfo, fields: ClassField[], methods: Method[]): void {
    const list = node.children.find(({ type }) => type === 'parameter_list');
    if (!list) return;
    const at = rangeOf(node);
    const components = this.file.primaryOf(node);
    const base = node.children.find(({ type }) => type === 'base_list');
    const args =
      base?.children.find(({ type }) => type === 'argument_list') ??
      base?.children
        .find(({ type }) => type === 'primary_constructor_base_type')
        ?.children.find(({ type }) => type === 'argument_list');
    let params: Parameter[] = [];
    const before = this.context.inBody((): Statement[] => {
      params = components.map((one) => this.functions.parameter(one));
      if (!args || !info.parent) return [];
      const value: Expression = call(nameAt('super', at), this.host.args(args), args);
      return [evaluate(value, args)];
    });
    const body: Statement[] = [...before];
    for (const one of components) {
      const name = this.file.nameOf(one);
      const type = this.types.typeName(childOf(one, 'type'));
      fields.push({ name, isStatic: false, ...withType(type) });
      body.push(evaluate(assign(member(nameAt('this', at), name, at), nameAt(name, at), at), at));
    }
    methods.unshift({
      name: 'constructor',
      value: functionOf('constructor', params, body, list),
      isStatic: false,
      role: 'method',
    });
  }
}
