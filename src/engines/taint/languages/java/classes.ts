import type { ClassField, ClassValue, Expression, Method, Parameter, Range, Statement } from '../../ir/ir';
import { assign, construct, evaluate, member, nameAt, opaque, rangeOf, typed, withType } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import { MadeClasses } from '../shared/madeClasses';
import type { SourceFile } from '../shared/sourceFile';
import type { Declared } from './declared';
import type { ClassInfo, Context } from './context';
import type { Functions } from './functions';
import type { Host } from './host';
import { isType } from './syntax';
import type { Types } from './types';
import type { Variables } from './variables';

/** Lowers classes, interfaces, enums and records. */
export class Classes {
  readonly made = new MadeClasses();
  readonly statics: Statement[] = [];

  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly types: Types,
    private readonly variables: Variables,
    private readonly declared: Declared,
    private readonly functions: Functions,
    private readonly host: Host,
  ) {}

  /** Lowers a class of the file, including nested ones, to statements of the module. */
  member(node: SyntaxNode): void {
    const info = this.declared.infos.get(node);
    if (!info) return;
    const value = this.context.scopes.apart(() => this.#class(node, info, info.local));
    this.made.add(info.local, value, node);
  }

  #class(node: SyntaxNode, info: ClassInfo, name: string, statics: Statement[] = this.statics): ClassValue {
    const at = rangeOf(node);
    this.context.classes.push(info);
    const fields: ClassField[] = [];
    const methods: Method[] = [];
    const initializers: Statement[] = [];
    const parent = this.declared.parentOf(node);
    const superclass = parent && this.types.typeExpression(parent);
    const decorators = this.functions.annotations(node);
    const self = nameAt(info.local, at);
    const isEnum = node.type === 'enum_declaration';
    const members = this.declared.membersOf(node);
    const accessors: { name: string; isRead: boolean; isWritten: boolean; at: Range }[] = [];
    const lombok = this.declared.modifiers(node, true);
    for (const one of members) {
      const own = rangeOf(one);
      const isStatic = /\bstatic\b/.test(this.declared.modifiers(one));
      switch (one.type) {
        case 'field_declaration':
        case 'constant_declaration': {
          const type = this.types.typeName(childOf(one, 'type'));
          const annotations = this.declared.modifiers(one, true);
          for (const declarator of one.children) {
            if (declarator.type !== 'variable_declarator') continue;
            const field = this.file.nameOf(declarator);
            const initial = childOf(declarator, 'value');
            const value = initial && this.context.inBody(() => this.host.expression(initial));
            if (isStatic || info.isInterface) {
              if (value)
                statics.push({
                  kind: 'evaluate',
                  value: assign(member(self, field, own), type === undefined ? value : typed(value, type, own), own),
                  ...own,
                });
              else if (type !== undefined)
                statics.push({
                  kind: 'evaluate',
                  value: assign(member(self, field, own), { kind: 'typed', value: opaque([], own), type, ...own }, own),
                  ...own,
                });
            } else {
              fields.push({
                name: field,
                ...(value && { value }),
                ...(type !== undefined && { type }),
                isStatic: false,
              });
              accessors.push({
                name: field,
                isRead: /@(?:Data|Getter|Value)\b/.test(lombok + annotations),
                isWritten: /@(?:Data|Setter)\b/.test(lombok + annotations),
                at: rangeOf(declarator),
              });
            }
          }
          break;
        }
        case 'method_declaration':
        case 'annotation_type_element_declaration': {
          const value = this.functions.method(one, info);
          if (value) methods.push({ name: this.file.nameOf(one), value, isStatic, role: 'method' });
          break;
        }
        case 'constructor_declaration':
          methods.push({
            name: 'constructor',
            value: this.functions.function(one, this.functions.annotations(one)),
            isStatic: false,
            role: 'method',
          });
          break;
        case 'static_initializer': {
          const body = childOf(one, 'body') ?? one.children.find(({ type }) => type === 'block');
          if (body)
            statics.push({ kind: 'block', body: this.context.inBody(() => this.host.body(body.children)), ...own });
          break;
        }
        case 'block':
          initializers.push({ kind: 'block', body: this.context.inBody(() => this.host.body(one.children)), ...own });
          break;
        case 'enum_constant': {
          const args = this.context.inBody(() => this.host.args(childOf(one, 'arguments')));
          const body = childOf(one, 'body');
          const type: Expression = body ? this.context.inBody(() => this.anonymous(body, self)) : self;
          statics.push({
            kind: 'evaluate',
            value: assign(member(self, this.file.nameOf(one), own), construct(type, args, own), own),
            ...own,
          });
          break;
        }
        default:
          if (isType(one)) this.member(one);
      }
    }
    if (node.type === 'record_declaration') this.#record(node, members, fields, methods);
    for (const { name: field, isRead, isWritten, at: own } of accessors) {
      const suffix = field.charAt(0).toUpperCase() + field.slice(1);
      const add = (method: string, params: readonly Parameter[], body: readonly Statement[]) => {
        if (!methods.some((one) => one.name === method))
          methods.push({
            name: method,
            value: {
              kind: 'function',
              name: method,
              params,
              body,
              isArrow: false,
              decorators: [],
              from: own.from + params.length,
              to: own.to,
            },
            isStatic: false,
            role: 'method',
          });
      };
      const place = member(nameAt('this', at), field, at);
      if (isRead)
        for (const method of [`get${suffix}`, `is${suffix}`])
          add(method, [], [{ kind: 'return', value: place, ...at }]);
      if (isWritten)
        add(`set${suffix}`, [{ pattern: nameAt('value', at) }], [evaluate(assign(place, nameAt('value', at), at), at)]);
    }
    if (initializers.length > 0) {
      const value: Expression = {
        kind: 'call',
        callee: { kind: 'function', name: '', params: [], body: initializers, isArrow: true, decorators: [], ...at },
        args: [],
        isNew: false,
        ...at,
      };
      fields.push({ name: '$initialized', value, isStatic: false });
    }
    this.context.classes.pop();
    return { kind: 'class', name, ...(superclass && !isEnum && { superclass }), methods, fields, decorators, ...at };
  }

  #record(node: SyntaxNode, members: readonly SyntaxNode[], fields: ClassField[], methods: Method[]): void {
    const at = rangeOf(node);
    const components = childOf(node, 'parameters')?.children.filter((one) => childOf(one, 'name')) ?? [];
    const params = components.map((one) => this.functions.parameter(one));
    const names = components.map((one) => this.file.nameOf(one));
    components.forEach((one, index) =>
      fields.push({
        name: names[index] ?? '',
        isStatic: false,
        ...withType(this.types.typeName(childOf(one, 'type'))),
      }),
    );
    const compact = members.find(({ type }) => type === 'compact_constructor_declaration');
    const body = compact && childOf(compact, 'body');
    const own = this.context.inBody(() => {
      for (const one of names) this.context.declareLocal(one, undefined);
      return body ? this.host.body(body.children) : [];
    });
    const assigned = names.map((one): Statement => ({
      kind: 'evaluate',
      value: assign(member(nameAt('this', at), one, at), nameAt(one, at), at),
      ...at,
    }));
    methods.unshift({
      name: 'constructor',
      value: {
        kind: 'function',
        name: 'constructor',
        params,
        body: [...own, ...assigned],
        isArrow: false,
        decorators: [],
        ...at,
      },
      isStatic: false,
      role: 'method',
    });
    // A function is identified by where it starts.
    components.forEach((component, index) => {
      const one = names[index] ?? '';
      const own = rangeOf(component);
      if (methods.some(({ name }) => name === one)) return;
      methods.push({
        name: one,
        value: {
          kind: 'function',
          name: one,
          params: [],
          body: [{ kind: 'return', value: member(nameAt('this', own), one, own), ...own }],
          isArrow: false,
          decorators: [],
          ...own,
        },
        isStatic: false,
        role: 'method',
      });
    });
  }

  anonymous(body: SyntaxNode, superclass: Expression): ClassValue {
    const info = { ...this.declared.collect(body, undefined), hasParent: true };
    this.declared.infos.delete(body);
    const statics: Statement[] = [];
    return { ...this.#class(body, info, '', statics), superclass };
  }

  localClass(node: SyntaxNode): Statement[] {
    const info = { ...this.declared.collect(node, undefined), local: this.file.nameOf(node) };
    this.declared.infos.delete(node);
    this.context.declareLocal(info.local, undefined);
    const statics: Statement[] = [];
    const value = this.#class(node, info, info.local, statics);
    return [
      { kind: 'declare', target: this.variables.named(node), value, scope: 'block', ...rangeOf(node) },
      ...statics,
    ];
  }
}
