import type {
  Argument,
  ClassField,
  ClassValue,
  Expression,
  Field,
  FunctionValue,
  Method,
  Module,
  Name,
  Parameter,
  Pattern,
  Range,
  Statement,
} from '../../ir/ir';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import { characterOf, numberOf, partOf, stringOf, withoutIndent } from './literals';
import {
  collections,
  filterEndings,
  framework,
  inherited,
  maps,
  namespaces,
  numbers,
  plain,
  services,
  textBuilder,
  wrappers,
} from './names';
import { candidates, type DeclaredTypes } from './resolve';

/** Types of nodes of which only the text matters. */
export const leaves: ReadonlySet<string> = new Set([
  'string_literal',
  'verbatim_string_literal',
  'raw_string_literal',
  'character_literal',
  'type_parameter_list',
  'type_parameter_constraints_clause',
  'extern_alias_directive',
  'global_attribute',
  'preproc_region',
  'preproc_endregion',
  'preproc_pragma',
  'preproc_line',
  'preproc_nullable',
  'preproc_define',
  'preproc_undef',
  'preproc_error',
  'preproc_warning',
  'explicit_interface_specifier',
]);

/** Lowers a C# file. */
export function lower(
  path: string,
  root: SyntaxNode,
  source: string,
  hasErrors: boolean,
  declared: DeclaredTypes,
): Module {
  return { body: new Lowering(path, source, declared).module(root), hasErrors };
}

/** A class of the file. */
interface ClassInfo {
  /** The name of its variable: `Outer$Inner`. */
  readonly local: string;
  /** With its namespace. */
  readonly full: string;
  readonly node: SyntaxNode;
  readonly fields: Map<string, { isStatic: boolean; type: string | undefined }>;
  /** Its methods, and whether they are static. */
  readonly methods: Map<string, boolean>;
  /** Its member classes, by their simple names. */
  readonly types: Map<string, string>;
  /** Private fields that a property only gives a name: they are the property. */
  readonly aliases: Map<string, string>;
  readonly parent: SyntaxNode | undefined;
  readonly bases: readonly SyntaxNode[];
  readonly isInterface: boolean;
  /** Whether another file has the class, which this one adds members to. */
  readonly isPart: boolean;
}

/** A class that has been lowered. */
interface MadeClass {
  readonly local: string;
  readonly value: ClassValue;
  /** The variable of the class that it extends. */
  readonly parent: string | undefined;
  readonly at: Range;
}

interface Local {
  readonly type: string | undefined;
  /** For a match: what is matched, by which expression. */
  readonly match?: { readonly pattern: SyntaxNode; readonly subject: SyntaxNode };
}

/** A condition of a pattern, and the variables that it declares. */
interface Matched {
  readonly test: Expression;
  readonly bindings: readonly { readonly name: string; readonly at: Range; readonly value: Expression }[];
}

/** A case of a `switch`: constants, and other conditions, one of which holds. */
interface Case {
  readonly constants: Expression[];
  readonly conditions: Expression[];
  isDefault: boolean;
  readonly body: Statement[];
}

const none: DeclaredTypes = {
  kindOf: () => undefined,
  derivedFrom: () => [],
  extending: () => [],
  hasMember: () => false,
  hasNamespace: () => false,
  handlersOf: () => [],
  globalUsings: [],
  isPartElsewhere: () => false,
};

const action = 'AspAction';

class Lowering {
  #namespaces: string[] = [];
  readonly #usings: string[] = [];
  readonly #staticUsings: string[] = [];
  readonly #aliases = new Map<string, string>();
  /** Types that are imported because they are used, by the names of their variables. */
  readonly #used = new Map<string, string>();
  /** The types of the file, by their simple names. */
  readonly #types = new Map<string, string>();
  readonly #enums = new Set<string>();
  readonly #infos = new Map<SyntaxNode, ClassInfo>();
  /** The extension methods of the file, each with its class. */
  readonly #extensions = new Map<string, string>();
  /** The classes that are being lowered, innermost last. */
  readonly #classes: ClassInfo[] = [];
  #locals: Map<string, Local>[] = [];
  readonly #made: MadeClass[] = [];
  readonly #statics: Statement[] = [];
  /** Statements of the module that add the members of a class of another file. */
  readonly #parts: Statement[] = [];
  /** Declarations that an expression needs before its statement: variables of patterns and of `out`. */
  #pending: Statement[] = [];
  /** What `?.` goes on from, innermost last. */
  readonly #receivers: Expression[] = [];
  /** Names of functions that are given to `MapGet` and the like. */
  readonly #handlers = new Set<string>();
  #count = 0;
  /** The names of the items of the tuple that the function returns. */
  #tupleNames: readonly (string | undefined)[] = [];
  /** What takes the values that the method returns: a type that models describe. */
  #returned: string | undefined;
  /** Whether the function returns what it yields. */
  #yields = false;

  constructor(
    private readonly path: string,
    private readonly source: string,
    private readonly declared: DeclaredTypes = none,
  ) {
    for (const [, name = ''] of source.matchAll(
      /\.Map(?:Get|Post|Put|Delete|Patch|Methods)?\(\s*@?"[^"]*"\s*,\s*(?:\w+\.)*(\w+)\s*\)/g,
    ))
      this.#handlers.add(name);
  }

  module(root: SyntaxNode): Statement[] {
    const at = rangeOf(root);
    const tops: ClassInfo[] = [];
    const others: SyntaxNode[] = [];
    const visit = (nodes: readonly SyntaxNode[], namespace: string) => {
      let current = namespace;
      for (const node of nodes)
        switch (node.type) {
          case 'using_directive':
            this.#using(node);
            break;
          case 'file_scoped_namespace_declaration':
            current = joined(current, this.#nameOf(node));
            this.#namespaces.push(current);
            visit(
              node.children.filter(({ field }) => field !== 'name'),
              current,
            );
            break;
          case 'namespace_declaration': {
            const inner = joined(current, this.#nameOf(node));
            this.#namespaces.push(inner);
            visit(childOf(node, 'body')?.children ?? [], inner);
            break;
          }
          case 'preproc_if':
          case 'preproc_elif':
          case 'preproc_else':
            visit(
              node.children.filter(({ field }) => field !== 'condition'),
              current,
            );
            break;
          case 'global_statement':
            others.push(...node.children);
            break;
          default:
            if (isType(node)) tops.push(this.#collect(node, undefined, current));
            else if (!/^(?:preproc_|global_attribute|extern_alias|shebang|delegate_)/.test(node.type))
              others.push(node);
        }
    };
    visit(root.children, '');
    this.#usings.push(...this.declared.globalUsings);
    for (const { node } of tops) this.#member(node);
    const loose: Statement[] = [];
    if (others.length > 0) {
      this.#locals.push(new Map());
      this.#declareLocal('args', undefined);
      const isUsed = /\bargs\b/.test(this.source);
      if (isUsed)
        loose.push({
          kind: 'declare',
          target: nameAt('args', at),
          value: made(this.#type('MainArguments', at), [], at),
          scope: 'block',
          ...at,
        });
      loose.push(...this.body(others));
    }
    const classes = this.#ordered().map(({ local, value, at: own }): Statement => ({
      kind: 'declare',
      target: nameAt(local, at),
      value,
      scope: 'block',
      ...own,
    }));
    const exports: Statement[] = [];
    for (const { local, full, isPart } of this.#infos.values())
      if (!isPart) exports.push({ kind: 'export', name: full, value: nameAt(local, at), ...at });
    const imports = [...this.#used].map(([local, module]): Statement => ({
      kind: 'import',
      module,
      bindings: [{ local, name: 'default' }],
      ...at,
    }));
    return [...imports, ...classes, ...exports, ...this.#parts, ...this.#statics, ...loose];
  }

  #using(node: SyntaxNode): void {
    const alias = childOf(node, 'name');
    const target = node.children.find(({ field, isNamed }) => isNamed && field === undefined);
    if (!target) return;
    const name = this.text(target).replaceAll(/\s+|<[\s\S]*>/g, '');
    if (alias) this.#aliases.set(this.text(alias), name);
    else if (/^(?:global\s+)?using\s+(?:unsafe\s+)?static\b/.test(this.text(node))) this.#staticUsings.push(name);
    else this.#usings.push(name);
  }

  /** The classes, parents first. */
  #ordered() {
    const done = new Set<string>();
    const list: MadeClass[] = [];
    const add = (one: MadeClass) => {
      if (done.has(one.local)) return;
      done.add(one.local);
      const parent = this.#made.find(({ local }) => local === one.parent);
      if (parent) add(parent);
      list.push(one);
    };
    for (const one of this.#made) add(one);
    return list;
  }

  #collect(node: SyntaxNode, outer: ClassInfo | undefined, namespace: string): ClassInfo {
    const name = this.#nameOf(node);
    const own = outer ? `${outer.local}$${name}` : name;
    const isTaken = [...this.#infos.values()].some((one) => one.local === own);
    const local = isTaken ? `${own}$${this.#count++}` : own;
    const fields: ClassInfo['fields'] = new Map();
    const methods: ClassInfo['methods'] = new Map();
    const types = new Map<string, string>();
    const isInterface = node.type === 'interface_declaration';
    const bases = (node.children.find(({ type }) => type === 'base_list')?.children ?? []).filter(
      ({ type }) => type !== 'argument_list',
    );
    const [first] = bases;
    const isParent = first !== undefined && (isInterface || !/^I[A-Z]/.test(this.#simple(first) ?? ''));
    const full = joined(namespace, name);
    const info: ClassInfo = {
      local,
      full,
      node,
      fields,
      methods,
      types,
      aliases: new Map(),
      parent: isParent && node.type !== 'enum_declaration' && node.type !== 'struct_declaration' ? first : undefined,
      bases,
      isInterface,
      isPart: /\bpartial\b/.test(this.#modifiers(node)) && this.declared.isPartElsewhere(full, this.path),
    };
    this.#infos.set(node, info);
    if (!this.#types.has(name)) this.#types.set(name, local);
    if (node.type === 'enum_declaration') this.#enums.add(local);
    for (const one of this.#primaryOf(node))
      fields.set(this.#nameOf(one), { isStatic: false, type: this.#simple(childOf(one, 'type')) });
    for (const one of this.#membersOf(node)) {
      const isStatic = /\b(?:static|const)\b/.test(this.#modifiers(one));
      switch (one.type) {
        case 'field_declaration':
        case 'event_field_declaration': {
          const declaration = one.children.find(({ type }) => type === 'variable_declaration');
          const type = declaration && this.#simple(childOf(declaration, 'type'));
          for (const declarator of declaration?.children ?? [])
            if (declarator.type === 'variable_declarator') fields.set(this.#nameOf(declarator), { isStatic, type });
          break;
        }
        case 'property_declaration': {
          fields.set(this.#nameOf(one), { isStatic, type: this.#simple(childOf(one, 'type')) });
          const backing = this.#backingOf(one);
          if (backing !== undefined && !isStatic) info.aliases.set(backing, this.#nameOf(one));
          break;
        }
        case 'event_declaration':
          fields.set(this.#nameOf(one), { isStatic, type: this.#simple(childOf(one, 'type')) });
          break;
        case 'enum_member_declaration':
          fields.set(this.#nameOf(one), { isStatic: true, type: name });
          break;
        case 'method_declaration': {
          const method = this.#nameOf(one);
          methods.set(method, isStatic && methods.get(method) !== false);
          const [receiver] = childOf(one, 'parameters')?.children ?? [];
          if (receiver && /\bthis\b/.test(this.#modifiers(receiver))) this.#extensions.set(method, local);
          break;
        }
        default:
          if (isType(one)) types.set(this.#nameOf(one), this.#collect(one, info, full).local);
      }
    }
    return info;
  }

  /** The parameters of a primary constructor. */
  #primaryOf(node: SyntaxNode): readonly SyntaxNode[] {
    const list = node.children.find(({ type }) => type === 'parameter_list');
    return (list?.children ?? []).filter(({ type }) => type === 'parameter');
  }

  #membersOf(node: SyntaxNode): readonly SyntaxNode[] {
    const flat = (list: readonly SyntaxNode[]): readonly SyntaxNode[] =>
      list.flatMap((one) =>
        /^preproc_(?:if|else|elif)$/.test(one.type)
          ? flat(one.children.filter(({ field }) => field !== 'condition'))
          : [one],
      );
    return flat(childOf(node, 'body')?.children ?? []);
  }

  /** The private field that a property only reads and writes. */
  #backingOf(node: SyntaxNode): string | undefined {
    const accessors = childOf(node, 'accessors')?.children ?? [];
    let field: string | undefined;
    for (const one of accessors) {
      const kind = this.#nameOf(one);
      const body = childOf(one, 'body');
      const text = body ? this.text(body).replaceAll(/\s+/g, ' ') : '';
      const pattern =
        kind === 'get'
          ? /^(?:=>|\{ ?return) ?(?:this\.)?(\w+) ?;? ?\}?$/
          : /^(?:=>|\{) ?(?:this\.)?(\w+) = value ?;? ?\}?$/;
      const [, name] = pattern.exec(text) ?? [];
      if (name === undefined || (field !== undefined && field !== name)) return undefined;
      field = name;
    }
    return accessors.length > 1 ? field : undefined;
  }

  /** Lowers a class of the file, and those in it, to statements of the module. */
  #member(node: SyntaxNode): void {
    const info = this.#infos.get(node);
    if (!info) return;
    const locals = this.#locals;
    this.#locals = [];
    const value = this.#class(node, info);
    this.#locals = locals;
    if (info.isPart) {
      this.#part(info, value);
      return;
    }
    const parent = value.superclass?.kind === 'name' ? value.superclass.name : undefined;
    this.#made.push({ local: info.local, value, parent, at: rangeOf(node) });
  }

  /** Adds the members to the class that another file has. */
  #part(info: ClassInfo, { methods, fields }: ClassValue): void {
    const at = rangeOf(info.node);
    const owner = nameAt(info.local, at);
    this.#used.set(info.local, candidates(this.#nameOf(info.node), [info.full]));
    const store = (isStatic: boolean, name: string, value: Expression) =>
      this.#parts.push({
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
    this.#classes.push(info);
    const fields: ClassField[] = [];
    const methods: Method[] = [];
    const superclass = info.parent && this.#superclass(info.parent);
    const decorators = this.#attributes(node);
    const self = nameAt(info.local, at);
    const store = (name: string, value: Expression | undefined, type: string | undefined, own: Range) => {
      const stored = value && type !== undefined ? typed(value, type, own) : value;
      const unknown = type === undefined ? undefined : typed(opaque([], own), type, own);
      const initial = stored ?? unknown;
      if (initial)
        this.#statics.push({ kind: 'evaluate', value: assign(member(self, name, own), initial, own), ...own });
    };
    for (const one of this.#membersOf(node)) {
      const own = rangeOf(one);
      const isStatic = /\b(?:static|const)\b/.test(this.#modifiers(one));
      switch (one.type) {
        case 'field_declaration':
        case 'event_field_declaration': {
          const declaration = one.children.find(({ type }) => type === 'variable_declaration');
          const type = declaration && this.#typeName(childOf(declaration, 'type'));
          for (const declarator of declaration?.children ?? []) {
            if (declarator.type !== 'variable_declarator') continue;
            const name = this.#nameOf(declarator);
            const value = this.#initial(declarator, declaration && childOf(declaration, 'type'));
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
          const value = this.#method(one, info);
          methods.push({ name: this.#nameOf(one), value, isStatic, role: 'method' });
          break;
        }
        case 'constructor_declaration':
          if (isStatic) {
            this.#statics.push({ kind: 'block', body: this.#function(one, []).body, ...own });
            break;
          }
          if (this.#nameOf(one) === 'extension') break;
          methods.push({
            name: 'constructor',
            value: this.#function(one, this.#attributes(one)),
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
          const name = this.#nameOf(one);
          store(name, { kind: 'literal', value: name, ...own }, undefined, own);
          break;
        }
        default:
          if (isType(one)) {
            this.#member(one);
            const inner = this.#infos.get(one);
            if (inner) store(this.#nameOf(one), nameAt(inner.local, own), undefined, own);
          }
      }
    }
    this.#primary(node, info, fields, methods);
    this.#classes.pop();
    return { kind: 'class', name: info.local, ...(superclass && { superclass }), methods, fields, decorators, ...at };
  }

  /** What a declarator begins as. */
  #initial(declarator: SyntaxNode, type: SyntaxNode | undefined): Expression | undefined {
    const node = declarator.children.find(
      ({ field, isNamed, type: kind }) => isNamed && field === undefined && !/^(?:tuple_pattern|bracketed_)/.test(kind),
    );
    return node && this.#inBody(() => this.#valueOf(node, type));
  }

  /** A value where its type is known: `new()` makes an object of it. */
  #valueOf(node: SyntaxNode, type: SyntaxNode | undefined): Expression {
    if (type && node.type === 'implicit_object_creation_expression' && type.type !== 'implicit_type')
      return this.#creation(node, type);
    return this.expression(node);
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
    const name = this.#nameOf(one);
    const typeNode = childOf(one, 'type');
    const type = this.#typeName(typeNode);
    const valueNode = childOf(one, 'value');
    const accessors = childOf(one, 'accessors')?.children ?? [];
    const withBody = accessors.filter((accessor) => childOf(accessor, 'body'));
    const isAlias = [...info.aliases.values()].includes(name);
    if (valueNode?.type !== 'arrow_expression_clause' && (withBody.length === 0 || isAlias)) {
      const bound = this.#boundProperty(one, info, type, own);
      const value = bound ?? (valueNode && this.#inBody(() => this.#valueOf(valueNode, typeNode)));
      if (isStatic) store(name, value, type, own);
      else fields.push({ name, ...(value && { value }), ...withType(type), isStatic: false });
      return;
    }
    if (valueNode?.type === 'arrow_expression_clause') {
      methods.push({ name, value: this.#bodyOf(one, name, [], valueNode), isStatic, role: 'getter' });
      return;
    }
    for (const accessor of withBody) {
      const kind = this.#nameOf(accessor);
      const value = this.#bodyOf(accessor, name, kind === 'get' ? [] : ['value'], childOf(accessor, 'body'));
      // What is set is read from the field; the code of the setter is followed as a method.
      if (kind === 'get') methods.push({ name, value, isStatic, role: 'getter' });
      else methods.push({ name: `set_${name}`, value, isStatic, role: 'method' });
    }
  }

  /** A property that a framework fills from the request. */
  #boundProperty(one: SyntaxNode, info: ClassInfo, type: string | undefined, own: Range): Expression | undefined {
    if (type === 'number') return undefined;
    const attributes = this.#attributeText(one);
    const isOfPage =
      /\[\s*(?:\w+,\s*)*(?:BindProperty|FromForm|FromQuery|FromRoute|FromBody|FromHeader|SupplyParameterFromForm|SupplyParameterFromQuery)\b/.test(
        attributes,
      ) || /\[\s*BindProperties\b/.test(this.#attributeText(info.node));
    return isOfPage ? made(this.#type('BoundProperty', own), [], own) : undefined;
  }

  /** Functions of what is neither a method nor a property: indexers, operators, events. */
  #accessors(node: SyntaxNode): Method[] {
    const params = (childOf(node, 'parameters')?.children ?? []).filter(({ type }) => type === 'parameter');
    const method = (name: string, at: SyntaxNode, body: SyntaxNode | undefined, values: readonly string[]): Method => ({
      name,
      value: this.#bodyOf(at, name, values, body, params),
      isStatic: false,
      role: 'method',
    });
    const list = childOf(node, 'accessors')?.children ?? [];
    if (list.length > 0)
      return list
        .filter((one) => childOf(one, 'body'))
        .map((one) => {
          const kind = this.#nameOf(one);
          return method(`${kind}_${this.#nameOf(node)}`, one, childOf(one, 'body'), kind === 'get' ? [] : ['value']);
        });
    const body = childOf(node, 'body') ?? childOf(node, 'value');
    return body ? [method(`$${node.type}${node.from}`, node, body, [])] : [];
  }

  #bodyOf(
    node: SyntaxNode,
    name: string,
    values: readonly string[],
    body: SyntaxNode | undefined,
    params: readonly SyntaxNode[] = [],
  ): FunctionValue {
    const at = rangeOf(node);
    return this.#inFunction(() => {
      const own = params.map((one) => this.#parameter(one));
      for (const one of values) this.#declareLocal(one, undefined);
      const statements = this.#bodyStatements(body);
      return {
        kind: 'function',
        name,
        params: [...own, ...values.map((one) => ({ pattern: nameAt(one, at) }))],
        body: statements,
        isArrow: false,
        decorators: [],
        ...at,
      };
    });
  }

  /** The statements of a block, or of `=> value`. */
  #bodyStatements(body: SyntaxNode | undefined): Statement[] {
    if (!body) return [];
    const yields = this.#yields;
    this.#yields = body.type === 'block' && /\byield\s+(?:return|break)\b/.test(this.text(body));
    try {
      if (body.type === 'block') {
        const at = rangeOf(body);
        const statements = this.body(body.children);
        if (!this.#yields) return statements;
        const list = nameAt('$yielded', at);
        return [
          { kind: 'declare', target: list, value: { kind: 'list', items: [], ...at }, scope: 'block', ...at },
          ...statements,
          { kind: 'return', value: list, ...at },
        ];
      }
      const node = body.type === 'arrow_expression_clause' ? body.children[0] : body;
      if (!node) return [];
      const value = this.#returnedValue(node);
      const before = this.#pending;
      this.#pending = [];
      return [...before, { kind: 'return', value, ...rangeOf(node) }];
    } finally {
      this.#yields = yields;
    }
  }

  #primary(node: SyntaxNode, info: ClassInfo, fields: ClassField[], methods: Method[]): void {
    const list = node.children.find(({ type }) => type === 'parameter_list');
    if (!list) return;
    const at = rangeOf(node);
    const components = this.#primaryOf(node);
    const base = node.children.find(({ type }) => type === 'base_list');
    const args =
      base?.children.find(({ type }) => type === 'argument_list') ??
      base?.children
        .find(({ type }) => type === 'primary_constructor_base_type')
        ?.children.find(({ type }) => type === 'argument_list');
    let params: Parameter[] = [];
    const before = this.#inBody((): Statement[] => {
      params = components.map((one) => this.#parameter(one));
      if (!args || !info.parent) return [];
      const value: Expression = {
        kind: 'call',
        callee: nameAt('super', at),
        args: this.#args(args),
        isNew: false,
        ...rangeOf(args),
      };
      return [{ kind: 'evaluate', value, ...rangeOf(args) }];
    });
    const body: Statement[] = [...before];
    for (const one of components) {
      const name = this.#nameOf(one);
      const type = this.#typeName(childOf(one, 'type'));
      fields.push({ name, isStatic: false, ...withType(type) });
      body.push({ kind: 'evaluate', value: assign(member(nameAt('this', at), name, at), nameAt(name, at), at), ...at });
    }
    methods.unshift({
      name: 'constructor',
      value: { kind: 'function', name: 'constructor', params, body, isArrow: false, decorators: [], ...rangeOf(list) },
      isStatic: false,
      role: 'method',
    });
  }

  /** A method; one without a body calls what implements it, and passes its arguments on. */
  #method(node: SyntaxNode, info: ClassInfo): FunctionValue {
    const lowered = this.#function(node, this.#attributes(node));
    if (childOf(node, 'body')) return lowered;
    const at = rangeOf(node);
    const [, pattern] = /\bGeneratedRegex\(\s*(@?"(?:[^"\\]|\\.|"")*")/.exec(this.#attributeText(node)) ?? [];
    if (pattern !== undefined) {
      const value = this.#regexOf(stringOf(pattern), /IgnoreCase/.test(this.#attributeText(node)), '', at);
      return { ...lowered, body: [{ kind: 'return', value, ...at }] };
    }
    const names = lowered.params.flatMap(({ pattern: one }) => (one.kind === 'name' ? [one] : []));
    const passed: Expression = opaque(names, at);
    const simple = this.#nameOf(info.node);
    const method = this.#nameOf(node);
    const own = [...this.#infos.values()].filter(
      (one) => one !== info && one.bases.some((base) => this.#simple(base) === simple) && one.methods.has(method),
    );
    const types =
      own.length > 0
        ? own.map(({ local }) => local)
        : this.declared
            .derivedFrom(simple)
            .filter((full) => !/mock|fake|stub|test/i.test(full))
            .map((full) => this.#qualifiedType(full));
    const value = types.slice(0, 3).reduce<Expression>((other, type) => {
      const yes: Expression = {
        kind: 'call',
        callee: member(typed(opaque([], at), type, at), method, at),
        args: names.map((one) => ({ value: one })),
        isNew: false,
        ...at,
      };
      return other === passed ? yes : { kind: 'conditional', test: opaque([], at), yes, no: other, ...at };
    }, passed);
    return { ...lowered, body: [{ kind: 'return', value, ...at }] };
  }

  #function(node: SyntaxNode, decorators: readonly Expression[]): FunctionValue {
    const at = rangeOf(node);
    const isConstructor = node.type === 'constructor_declaration';
    const name = isConstructor ? 'constructor' : this.#nameOf(node);
    const isEntry = node.type === 'method_declaration' && this.#isAction(node);
    const isMain = node.type === 'method_declaration' && name === 'Main' && /\bstatic\b/.test(this.#modifiers(node));
    return this.#inFunction(() => {
      this.#returned = isEntry ? this.#responseOf(node) : undefined;
      const result = childOf(node, 'returns') ?? childOf(node, 'type');
      this.#tupleNames = this.#namesOfTuple(result);
      const { params, before } = this.#params(childOf(node, 'parameters'), isEntry);
      const body = [...before];
      const initializer = node.children.find(({ type }) => type === 'constructor_initializer');
      const list = initializer?.children.find(({ type }) => type === 'argument_list');
      if (initializer && list) {
        const own = rangeOf(initializer);
        const callee: Expression = /^:\s*this\b/.test(this.text(initializer))
          ? member(nameAt('this', own), 'constructor', own)
          : nameAt('super', own);
        const value: Expression = { kind: 'call', callee, args: this.#args(list), isNew: false, ...own };
        body.push({ kind: 'evaluate', value, ...own });
      }
      body.push(...this.#bodyStatements(childOf(node, 'body')));
      return {
        kind: 'function',
        name,
        params: isMain ? params.map((one) => ({ ...one, decorators: [this.#type('MainArguments', at)] })) : params,
        body,
        isArrow: false,
        decorators: isEntry ? [this.#type(action, at), ...decorators] : decorators,
        ...at,
      };
    });
  }

  /** The parameters of a function. What a framework takes from its services is a variable of the function. */
  #params(list: SyntaxNode | undefined, isEntry: boolean): { params: Parameter[]; before: Statement[] } {
    const params: Parameter[] = [];
    const before: Statement[] = [];
    const children = list?.children ?? [];
    for (const [index, one] of children.entries()) {
      if (one.type !== 'parameter') {
        // `params string[] rest` stands in the list itself.
        if (one.field === 'name' && children[index - 1]?.field === 'type') {
          const name = this.text(one);
          this.#declareLocal(name, undefined);
          params.push({ pattern: nameAt(name, rangeOf(one)), rest: true });
        } else if (one.type === 'identifier') {
          params.push(this.#inferred(one));
        }
        continue;
      }
      const lowered = this.#parameter(one);
      if (isEntry && lowered.pattern.kind === 'name' && this.#isService(one)) {
        const at = rangeOf(one);
        const { type } = lowered;
        before.push({
          kind: 'declare',
          target: lowered.pattern,
          ...withType(type),
          ...(type !== undefined && { value: typed(opaque([], at), type, at) }),
          scope: 'block',
          ...at,
        });
        params.push({ pattern: nameAt(`$service${index}`, at), type: 'number' });
      } else params.push(lowered);
    }
    return { params, before };
  }

  /** Whether a framework passes a service of the program, not data of the request. */
  #isService(node: SyntaxNode): boolean {
    if (/\[\s*From(?:Keyed)?Services\b/.test(this.#attributeText(node))) return true;
    if (/\[\s*(?:From\w+|Bind|AsParameters)\b/.test(this.#attributeText(node))) return false;
    const type = childOf(node, 'type');
    const simple = this.#simple(type);
    if (simple === undefined || !type) return false;
    if (/^I[A-Z][a-z]/.test(simple) && !collections.test(simple) && !maps.test(simple)) return !framework.test(simple);
    return services.test(simple) && !framework.test(simple);
  }

  /** Whether a framework calls a method with data of a request. */
  #isAction(node: SyntaxNode): boolean {
    const modifiers = this.#modifiers(node);
    const name = this.#nameOf(node);
    if (this.#handlers.has(name)) return true;
    const attributes = this.#attributeText(node);
    if (/\[\s*(?:\w+(?:\([^)]*\))?\s*,\s*)*(?:WebMethod|WebInvoke|WebGet|HttpTrigger)\b/.test(attributes)) return true;
    const info = this.#classes.at(-1);
    if (!info || !/\bpublic\b/.test(modifiers) || /\bstatic\b/.test(modifiers)) return false;
    if (/\[\s*NonAction\b|\[\s*ChildActionOnly\b/.test(attributes)) return false;
    const parent = (info.parent && this.#simple(info.parent)) ?? '';
    if (/(?:Controller(?:Base)?|ApiController)$/.test(parent)) return !filterEndings.test(name);
    if (/\[\s*(?:\w+\s*,\s*)*(?:ApiController|Controller)\b/.test(this.#attributeText(info.node))) return true;
    if (
      /Controller$/.test(this.#nameOf(info.node)) &&
      /\[\s*(?:Http(?:Get|Post|Put|Delete|Patch)|Route|AcceptVerbs)\b/.test(attributes)
    )
      return true;
    if (/PageModel$/.test(parent)) return /^On(?:Get|Post|Put|Delete|Patch)/.test(name);
    if (/(?:^|[a-z])Hub$/.test(parent)) return !/^On(?:Connected|Disconnected)|^Dispose/.test(name);
    // A gRPC service.
    return (
      /\boverride\b/.test(modifiers) && /\bServerCallContext\b/.test(this.text(childOf(node, 'parameters') ?? node))
    );
  }

  /** What a framework does with the text that an action returns: the body of a response that a browser may take for HTML. */
  #responseOf(node: SyntaxNode): string | undefined {
    const type = childOf(node, 'returns');
    if (!type || !/^(?:(?:Task|ValueTask)<)?(?:string|String)>?$/.test(this.text(type))) return undefined;
    const parent = this.#classes.at(-1)?.parent;
    // ASP.NET MVC sends it as HTML; an API as text or JSON.
    const isPage =
      parent && /Controller$/.test(this.#simple(parent) ?? '') && !/Api|Base$/.test(this.#simple(parent) ?? '');
    const isTextual = /\bApiController\b|\bProduces\b/.test(
      this.#attributeText(this.#classes.at(-1)?.node) + this.#attributeText(node),
    );
    return isPage === true && !isTextual && /\bSystem\.Web\.Mvc\b/.test(this.source) ? 'HtmlBody' : undefined;
  }

  #parameter(node: SyntaxNode): Parameter {
    const named = childOf(node, 'name');
    const name = named ? this.text(named) : '';
    const typeNode = childOf(node, 'type');
    const type = this.#isOfNumbers(typeNode) ? 'number' : this.#typeName(typeNode);
    this.#declareLocal(name, this.#simple(typeNode));
    const decorators = type === 'number' ? [] : this.#attributes(node);
    const isRest = /\bparams\b/.test(this.#modifiers(node));
    const fallback = node.children.find(
      ({ field, isNamed, type: kind }) =>
        isNamed && field === undefined && kind !== 'modifier' && kind !== 'attribute_list',
    );
    return {
      pattern: nameAt(name, rangeOf(named ?? node)),
      ...(!isRest && withType(type)),
      ...(fallback && !isRest && { fallback: this.#inBody(() => this.expression(fallback)) }),
      ...(isRest && { rest: true }),
      ...(decorators.length > 0 && { decorators }),
    };
  }

  #attributes(node: SyntaxNode): Expression[] {
    return node.children
      .filter(({ type }) => type === 'attribute_list')
      .flatMap((list) => list.children.filter(({ type }) => type === 'attribute'))
      .map((one) => this.#attribute(one));
  }

  #attribute(node: SyntaxNode): Expression {
    const name = childOf(node, 'name');
    const at = rangeOf(node);
    const simple = name ? (this.#simple(name) ?? '').replace(/(?<=.)Attribute$/, '') : '';
    return this.#type(simple === '' ? 'Attribute' : simple, at);
  }

  #attributeText(node: SyntaxNode | undefined): string {
    return (node?.children ?? [])
      .filter(({ type }) => type === 'attribute_list')
      .map((one) => this.text(one))
      .join(' ');
  }

  #modifiers(node: SyntaxNode): string {
    let text = '';
    for (const one of node.children) if (one.type === 'modifier') text += `${this.text(one)} `;
    return text;
  }

  // Scopes.

  /** Whatever returns in it does not return from the method around. */
  #inFunction<T>(body: () => T): T {
    const [returned, names, yields] = [this.#returned, this.#tupleNames, this.#yields];
    this.#returned = undefined;
    this.#tupleNames = [];
    this.#yields = false;
    try {
      return this.#inBody(body);
    } finally {
      this.#returned = returned;
      this.#tupleNames = names;
      this.#yields = yields;
    }
  }

  #inBody<T>(body: () => T): T {
    const pending = this.#pending;
    this.#pending = [];
    this.#locals.push(new Map());
    try {
      return body();
    } finally {
      this.#locals.pop();
      this.#pending = pending;
    }
  }

  #declareLocal(name: string, type: string | undefined, match?: Local['match']): void {
    this.#locals.at(-1)?.set(name, { type, ...(match && { match }) });
  }

  #local(name: string): Local | undefined {
    for (let at = this.#locals.length - 1; at >= 0; at--) {
      const found = this.#locals[at]?.get(name);
      if (found) return found;
    }
    return undefined;
  }

  /** The object whose class is being lowered; in a part of a class of another file, any object of it. */
  #this(at: Range): Expression {
    const info = this.#classes.at(-1);
    return info?.isPart === true ? typed(nameAt('this', at), info.local, at) : nameAt('this', at);
  }

  /** The class around, innermost first, that fits. */
  #around(fits: (info: ClassInfo) => boolean): ClassInfo | undefined {
    return this.#classes.findLast(fits);
  }

  #identifier(name: string, at: Range, isQualifying = false): Expression {
    if (this.#local(name)) return nameAt(name, at);
    const own = this.#classes.at(-1);
    const alias = own?.aliases.get(name);
    if (alias !== undefined) return member(this.#this(at), alias, at);
    const owner = this.#around(({ fields }) => fields.has(name));
    const field = owner?.fields.get(name);
    // `Color Color`: a property that has the name of its type.
    if (owner && field) return member(field.isStatic ? nameAt(owner.local, at) : this.#this(at), name, at);
    const holder = this.#around(({ methods }) => methods.has(name));
    if (holder) return member(holder.methods.get(name) === true ? nameAt(holder.local, at) : this.#this(at), name, at);
    const parent = this.#parentAround();
    if (!/^[A-Z]/.test(name)) return parent ? member(this.#this(at), name, at) : nameAt(name, at);
    if (this.#types.has(name) || this.#aliases.has(name)) return this.#type(name, at);
    if (parent && inherited.has(name) && !(isQualifying && name === 'Database'))
      return member(this.#this(at), name, at);
    if (this.declared.kindOf(this.#fullNames(name)) !== undefined) return this.#type(name, at);
    const isInherited = parent && this.declared.hasMember(this.#fullNames(this.#simple(parent) ?? ''), name);
    const isInPart = own && /\bpartial\b/.test(this.#modifiers(own.node)) && this.declared.hasMember([own.full], name);
    if (isInherited === true || isInPart === true) return member(this.#this(at), name, at);
    const [type] = this.#staticUsings;
    if (type !== undefined && !isQualifying && !parent) return member(this.#qualified(type, at), name, at);
    return this.#type(name, at);
  }

  #parentAround(): SyntaxNode | undefined {
    return this.#classes.at(-1)?.parent;
  }

  /** The static type of an expression, where it is a variable or field of this file. */
  #typeOf(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    switch (node.type) {
      case 'parenthesized_expression':
        return this.#typeOf(node.children[0]);
      case 'identifier': {
        const name = this.text(node);
        const local = this.#local(name);
        if (local) return local.type;
        return this.#around(({ fields }) => fields.has(name))?.fields.get(name)?.type;
      }
      case 'member_access_expression': {
        const [object, name] = [childOf(node, 'expression'), childOf(node, 'name')];
        return object && this.text(object) === 'this' && name
          ? this.#classes.at(-1)?.fields.get(this.text(name))?.type
          : undefined;
      }
      case 'object_creation_expression':
      case 'cast_expression':
        return this.#simple(childOf(node, 'type'));
      case 'await_expression':
        return this.#typeOf(node.children[0]);
      case 'invocation_expression': {
        const { object, name } = this.#calleeOf(childOf(node, 'function'));
        const type = object && this.#typeOf(object);
        return type !== undefined && textBuilder.test(type) && /^(?:Append\w*|Insert)$/.test(name) ? type : undefined;
      }
      default:
        return undefined;
    }
  }

  // Types.

  #simple(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    switch (node.type) {
      case 'nullable_type':
      case 'scoped_type':
      case 'ref_type':
      case 'primary_constructor_base_type':
        return this.#simple(node.children[0]);
      case 'generic_name':
      case 'identifier':
      case 'predefined_type':
        return this.text(node)
          .replace(/<[\s\S]*$/, '')
          .trim();
      case 'qualified_name':
      case 'alias_qualified_name':
        return this.#simple(childOf(node, 'name') ?? node.children.at(-1));
      case 'implicit_type':
        return 'var';
      default:
        return undefined;
    }
  }

  /** A declared type as the IR has it; undefined if it says nothing. */
  #typeName(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    switch (node.type) {
      case 'nullable_type':
      case 'scoped_type':
      case 'ref_type':
        return this.#typeName(node.children.at(-1));
      case 'predefined_type': {
        const text = this.text(node);
        return /^(?:string|object|char|void|dynamic|byte\[\])$/.test(text) ? undefined : 'number';
      }
      case 'generic_name': {
        const name = this.#simple(node) ?? '';
        if (wrappers.test(name)) {
          const list = node.children.find(({ type }) => type === 'type_argument_list');
          return this.#typeName(list?.children[0]);
        }
        if (collections.test(name) || maps.test(name) || /^(?:Func|Action|Expression|Predicate)$/.test(name))
          return undefined;
        return this.#typeName(node.children[0]);
      }
      case 'identifier':
      case 'qualified_name':
      case 'alias_qualified_name': {
        const name = this.#simple(node) ?? '';
        if (plain.test(name) || /^T(?:[A-Z]\w*)?$/.test(name)) return undefined;
        if (numbers.test(name)) return 'number';
        const type = this.#typeExpression(node);
        if (type.kind === 'name' && this.#enums.has(type.name)) return 'number';
        if (!this.#types.has(name) && this.declared.kindOf(this.#fullNames(name)) === 'enum') return 'number';
        return dotted(type);
      }
      default:
        return undefined;
    }
  }

  /** Whether it is a list of numbers, other than of bytes. */
  #isOfNumbers(node: SyntaxNode | undefined): boolean {
    if (node?.type === 'nullable_type') return this.#isOfNumbers(node.children[0]);
    const item =
      node?.type === 'array_type'
        ? node.children[0]
        : node?.type === 'generic_name' && collections.test(this.#simple(node) ?? '')
          ? node.children.find(({ type }) => type === 'type_argument_list')?.children[0]
          : undefined;
    return item !== undefined && !/byte$/i.test(this.text(item)) && this.#typeName(item) === 'number';
  }

  /** The class that a class extends. What extends one that is not known, by its name a class of a framework, is one of that. */
  #superclass(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const name = this.#simple(node) ?? '';
    if (this.#types.has(name) || this.declared.kindOf(this.#fullNames(name)) !== undefined)
      return this.#typeExpression(node);
    const [, known] =
      /(ApiController|ODataController|Controller|ControllerBase|PageModel|DbContext|ViewComponent|TagHelper|Hub)$/.exec(
        name,
      ) ?? [];
    return known !== undefined ? this.#type(known, at) : this.#typeExpression(node);
  }

  #typeExpression(node: SyntaxNode): Expression {
    switch (node.type) {
      case 'nullable_type':
      case 'array_type':
      case 'primary_constructor_base_type':
        return node.children[0] ? this.#typeExpression(node.children[0]) : opaque([], rangeOf(node));
      case 'generic_name':
        return this.#type(this.#simple(node) ?? '', rangeOf(node));
      case 'predefined_type':
        return this.#type(predefined[this.text(node)] ?? 'Object', rangeOf(node));
      default:
        return this.#qualified(
          this.text(node)
            .replaceAll(/\s+|<[\s\S]*?>/g, '')
            .replace(/^global::/, ''),
          rangeOf(node),
        );
    }
  }

  /** A type by its written name: `Outer.Inner`, `System.IO.File`. */
  #qualified(text: string, at: Range): Expression {
    const parts = text.split('.');
    const [first = ''] = parts;
    if (parts.length === 1) return this.#type(first, at);
    if (this.#types.has(first)) {
      const [, ...rest] = parts;
      return rest.reduce<Expression>((object, one) => member(object, one, at), this.#type(first, at));
    }
    const name = parts.at(-1) ?? text;
    return nameAt(this.#qualifiedType(this.#aliases.get(text) ?? text, name), at);
  }

  /** The variable of a type by its full name. */
  #qualifiedType(full: string, simple = full.split('.').at(-1) ?? full): string {
    const local = full.replaceAll('.', '$$');
    if (!this.#used.has(local)) this.#used.set(local, candidates(simple, [full, ...this.#fullNames(full)]));
    return local;
  }

  /** The full names that a type may have by its name in this file. */
  #fullNames(name: string): readonly string[] {
    const known = this.#fullNamesOf.get(name);
    if (known) return known;
    const names: string[] = [];
    for (const space of this.#namespaces)
      for (let end = space.length; end > 0; end = space.lastIndexOf('.', end - 1))
        names.push(`${space.slice(0, end)}.${name}`);
    names.push(name);
    for (const using of this.#usings) names.push(`${using}.${name}`);
    const all = [...new Set(names)];
    this.#fullNamesOf.set(name, all);
    return all;
  }
  readonly #fullNamesOf = new Map<string, readonly string[]>();

  /** The variable of a type by its simple name: of this file, or of a namespace that it is in or imports. */
  #type(name: string, at: Range): Name {
    for (let index = this.#classes.length - 1; index >= 0; index--) {
      const own = this.#classes[index]?.types.get(name);
      if (own !== undefined) return nameAt(own, at);
    }
    const top = this.#types.get(name);
    if (top !== undefined) return nameAt(top, at);
    const alias = this.#aliases.get(name);
    if (alias !== undefined) return nameAt(this.#qualifiedType(alias), at);
    // A variable of the same name hides it.
    const local = this.#local(name) ? `${name}$type` : name;
    if (!this.#used.has(local)) this.#used.set(local, candidates(name, this.#fullNames(name)));
    return nameAt(local, at);
  }

  // Statements.

  body(nodes: readonly SyntaxNode[]): Statement[] {
    this.#locals.push(new Map());
    try {
      for (const one of nodes)
        if (one.type === 'local_function_statement') this.#declareLocal(this.#nameOf(one), undefined);
      const functions = nodes.filter(({ type }) => type === 'local_function_statement');
      const others = nodes.filter(({ type }) => type !== 'local_function_statement');
      // They see the variables that are declared before they are called.
      const lowered = others.flatMap((node) => this.statement(node));
      return [...functions.flatMap((node) => this.#localFunction(node)), ...lowered];
    } finally {
      this.#locals.pop();
    }
  }

  #localFunction(node: SyntaxNode): Statement[] {
    const value = this.#function(node, []);
    const isEntry = this.#handlers.has(value.name);
    const at = rangeOf(node);
    return [
      {
        kind: 'declare',
        target: nameAt(value.name, at),
        value: { ...value, isArrow: true, ...(isEntry && { decorators: [this.#type(action, at)] }) },
        scope: 'block',
        ...at,
      },
    ];
  }

  block(node: SyntaxNode | undefined): Statement[] {
    if (!node?.isNamed) return [];
    return this.body(node.type === 'block' ? node.children : [node]);
  }

  statement(node: SyntaxNode): Statement[] {
    const pending = this.#pending;
    this.#pending = [];
    const own = this.#statement(node);
    const before = this.#pending;
    this.#pending = pending;
    return before.length > 0 ? [...before, ...own] : own;
  }

  #statement(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    switch (node.type) {
      case 'expression_statement':
        return this.#evaluated(node.children[0]);
      case 'local_declaration_statement':
        return node.children
          .filter(({ type }) => type === 'variable_declaration')
          .flatMap((one) => this.#declarations(one));
      case 'block':
        return [{ kind: 'block', body: this.body(node.children), ...at }];
      case 'if_statement': {
        const test = this.#child(node, 'condition');
        return [
          {
            kind: 'if',
            test,
            yes: this.block(childOf(node, 'consequence')),
            no: this.block(childOf(node, 'alternative')),
            ...at,
          },
        ];
      }
      case 'while_statement':
      case 'do_statement':
        return [
          {
            kind: 'loop',
            init: [],
            test: this.#child(node, 'condition'),
            body: this.block(childOf(node, 'body')),
            isPost: node.type === 'do_statement',
            ...at,
          },
        ];
      case 'for_statement':
        return this.#for(node);
      case 'foreach_statement':
        return this.#forEach(node);
      case 'break_statement':
      case 'continue_statement':
        return [{ kind: node.type === 'break_statement' ? 'break' : 'continue', ...at }];
      case 'return_statement': {
        const [value] = node.children;
        if (this.#yields || !value) return [{ kind: 'return', ...at }];
        return [{ kind: 'return', value: this.#returnedValue(value), ...at }];
      }
      case 'yield_statement': {
        const [value] = node.children;
        const list = nameAt('$yielded', at);
        if (!value) return [{ kind: 'return', value: list, ...at }];
        const target: Pattern = { kind: 'index', object: list, index: opaque([], at), ...at };
        return [{ kind: 'evaluate', value: assign(target, this.expression(value), at), ...at }];
      }
      case 'throw_statement':
        return [{ kind: 'throw', value: this.#first(node), ...at }];
      case 'try_statement':
        return this.#try(node);
      case 'switch_statement':
        return this.#switch(node);
      case 'using_statement':
      case 'fixed_statement': {
        this.#locals.push(new Map());
        const body = childOf(node, 'body') ?? node.children.at(-1);
        const before = node.children
          .filter((one) => one !== body && one.isNamed)
          .flatMap((one) => (one.type === 'variable_declaration' ? this.#declarations(one) : this.#evaluated(one)));
        const inner = this.block(body);
        this.#locals.pop();
        return [{ kind: 'block', body: [...before, ...inner], ...at }];
      }
      case 'lock_statement':
      case 'checked_statement':
      case 'unsafe_statement': {
        const body = node.children.find(({ type }) => type === 'block');
        const before = node.children
          .filter((one) => one !== body && one.isNamed)
          .flatMap((one) => this.#evaluated(one));
        return [...before, { kind: 'block', body: this.block(body), ...at }];
      }
      case 'labeled_statement':
        return node.children.slice(1).flatMap((one) => this.statement(one));
      case 'goto_statement':
        // Where it goes on is not known.
        return [];
      case 'empty_statement':
      case 'delegate_declaration':
        return [];
      case 'local_function_statement':
        return this.#localFunction(node);
      case 'preproc_if':
      case 'preproc_elif': {
        const alternative = childOf(node, 'alternative');
        const own = node.children.filter(({ field }) => field !== 'condition' && field !== 'alternative');
        const yes = own.flatMap((one) => this.statement(one));
        const no = alternative
          ? alternative.type === 'preproc_elif'
            ? this.statement(alternative)
            : alternative.children.flatMap((one) => this.statement(one))
          : [];
        // Variables that it declares are seen after it.
        return no.length > 0 && !yes.some(({ kind }) => kind === 'declare')
          ? [{ kind: 'if', test: opaque([], at), yes, no, ...at }]
          : [...yes, ...no];
      }
      case 'global_statement':
        return node.children.flatMap((one) => this.statement(one));
      case 'variable_declaration':
        return this.#declarations(node);
      case 'ERROR':
        return node.children
          .filter(({ isNamed }) => isNamed)
          .flatMap((one) => (/_statement$|^block$/.test(one.type) ? this.statement(one) : this.#evaluated(one)));
      default:
        if (/^preproc_|^using_directive$/.test(node.type)) return [];
        return this.#evaluated(node);
    }
  }

  #evaluated(node: SyntaxNode | undefined): Statement[] {
    return node ? [{ kind: 'evaluate', value: this.expression(node), ...rangeOf(node) }] : [];
  }

  #for(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    this.#locals.push(new Map());
    const init = node.children
      .filter(({ field, isNamed }) => field === 'initializer' && isNamed)
      .flatMap((one) => (one.type === 'variable_declaration' ? this.#declarations(one) : this.#evaluated(one)));
    const test = node.children.find(({ field, isNamed }) => field === 'condition' && isNamed);
    const lowered = test && this.expression(test);
    const updates = node.children
      .filter(({ field, isNamed }) => field === 'update' && isNamed)
      .map((one) => this.expression(one));
    const update: Expression | undefined =
      updates.length > 1 ? { kind: 'sequence', values: updates, ...at } : updates[0];
    const body = this.block(childOf(node, 'body'));
    this.#locals.pop();
    return [
      {
        kind: 'loop',
        init,
        ...(lowered && { test: lowered }),
        ...(update && { update }),
        body,
        isPost: false,
        ...at,
      },
    ];
  }

  #forEach(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const collection = this.#child(node, 'right');
    this.#locals.push(new Map());
    const typeNode = childOf(node, 'type');
    const left = childOf(node, 'left');
    const target: Pattern =
      left?.type === 'identifier'
        ? nameAt(this.text(left), rangeOf(left))
        : left
          ? this.#designation(left)
          : opaque([], at);
    if (target.kind === 'name') this.#declareLocal(target.name, this.#simple(typeNode));
    const type = this.#typeName(typeNode);
    const body = this.block(childOf(node, 'body'));
    this.#locals.pop();
    const retyped: Statement[] =
      type === undefined || target.kind !== 'name'
        ? []
        : [{ kind: 'declare', target, type, value: target, scope: 'block', ...at }];
    return [{ kind: 'forEach', target, of: 'items', collection, body: [...retyped, ...body], ...at }];
  }

  /** The variables of `(a, b)`. */
  #designation(node: SyntaxNode): Pattern {
    const at = rangeOf(node);
    switch (node.type) {
      case 'tuple_pattern':
      case 'tuple_expression':
      case 'parenthesized_variable_designation':
        return {
          kind: 'listPattern',
          items: node.children
            .filter(({ isNamed }) => isNamed)
            .map((one) => (one.type === 'discard' ? undefined : { target: this.#designation(one) })),
          ...at,
        };
      case 'argument':
        return node.children[0] ? this.#designation(node.children.at(-1) ?? node) : opaque([], at);
      case 'declaration_expression': {
        const name = childOf(node, 'name');
        if (!name) return opaque([], at);
        if (name.type !== 'identifier') return this.#designation(name);
        return this.#declared(this.text(name), rangeOf(name), childOf(node, 'type'));
      }
      case 'identifier': {
        const name = this.text(node);
        if (name === '_') return opaque([], at);
        if (node.field === 'name' || !this.#local(name)) this.#declareLocal(name, undefined);
        return nameAt(name, at);
      }
      case 'discard':
        return opaque([], at);
      default: {
        const value = this.expression(node);
        return value.kind === 'name' || value.kind === 'member' || value.kind === 'index' ? value : opaque([value], at);
      }
    }
  }

  /** A variable that an expression declares. */
  #declared(name: string, at: Range, type: SyntaxNode | undefined): Name {
    this.#declareLocal(name, this.#simple(type));
    const target = nameAt(name, at);
    this.#pending.push({ kind: 'declare', target, scope: 'block', ...at });
    return target;
  }

  #declarations(node: SyntaxNode): Statement[] {
    const typeNode = childOf(node, 'type');
    const type = this.#typeName(typeNode);
    const simple = this.#simple(typeNode);
    return node.children.flatMap((one): Statement[] => {
      if (one.type !== 'variable_declarator') return [];
      const at = rangeOf(one);
      const pattern = one.children.find(({ type: kind }) => kind === 'tuple_pattern');
      const initial = one.children.find(
        ({ field, isNamed, type: kind }) =>
          isNamed && field === undefined && !/^(?:tuple_pattern|bracketed_)/.test(kind),
      );
      const value = initial && this.#valueOf(initial, typeNode);
      if (pattern)
        return [
          { kind: 'declare', target: this.#designation(pattern), ...(value && { value }), scope: 'block', ...at },
        ];
      const name = this.#nameOf(one);
      this.#declareLocal(name, simple === 'var' ? this.#typeOf(initial) : simple, initial && this.#matchOf(initial));
      const named = childOf(one, 'name');
      return [
        {
          kind: 'declare',
          target: nameAt(name, rangeOf(named ?? one)),
          ...withType(type),
          ...(value && { value }),
          scope: 'block',
          ...at,
        },
      ];
    });
  }

  /** A value that the function returns: a text that a framework sends, or a tuple whose items have names. */
  #returnedValue(node: SyntaxNode): Expression {
    const value =
      node.type === 'tuple_expression' && this.#tupleNames.length > 0
        ? this.#tuple(node, this.#tupleNames)
        : this.expression(node);
    const type = this.#returned;
    return type === undefined ? value : made(this.#type(type, rangeOf(node)), [{ value }], rangeOf(node));
  }

  #namesOfTuple(node: SyntaxNode | undefined): readonly (string | undefined)[] {
    if (!node) return [];
    if (node.type === 'tuple_type')
      return node.children
        .filter(({ type }) => type === 'tuple_element')
        .map((one) => {
          const name = childOf(one, 'name');
          return name && this.text(name);
        });
    if (node.type === 'generic_name' && wrappers.test(this.#simple(node) ?? ''))
      return this.#namesOfTuple(node.children.find(({ type }) => type === 'type_argument_list')?.children[0]);
    return [];
  }

  #try(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const body = this.block(childOf(node, 'body'));
    const handlers: { target?: Pattern; body: Statement[] }[] = [];
    let last: Statement[] = [];
    for (const one of node.children)
      if (one.type === 'catch_clause') {
        this.#locals.push(new Map());
        const declaration = one.children.find(({ type }) => type === 'catch_declaration');
        const name = declaration && childOf(declaration, 'name');
        if (name) this.#declareLocal(this.text(name), 'Exception');
        const filter = one.children.find(({ type }) => type === 'catch_filter_clause');
        const checked = filter ? this.#evaluated(filter.children[0]) : [];
        handlers.push({
          ...(name && { target: nameAt(this.text(name), rangeOf(name)) }),
          body: [...checked, ...this.block(childOf(one, 'body'))],
        });
        this.#locals.pop();
      } else if (one.type === 'finally_clause') last = this.block(one.children.find(({ type }) => type === 'block'));
    return [{ kind: 'try', body, handlers, last, ...at }];
  }

  /** What is switched over, in a variable. */
  #subject(node: SyntaxNode | undefined, at: Range): { value: Expression; before: Statement[] } {
    const value = node ? this.expression(node) : opaque([], at);
    if (value.kind === 'name' || value.kind === 'member') return { value, before: [] };
    const temporary = nameAt(`$switch${this.#count++}`, rangeOf(node ?? { from: at.from, to: at.to }));
    return { value: temporary, before: [{ kind: 'declare', target: temporary, value, scope: 'block', ...at }] };
  }

  #switch(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const { value, before } = this.#subject(childOf(node, 'value'), at);
    const cases: Case[] = [];
    let open: Case | undefined;
    this.#locals.push(new Map());
    for (const section of childOf(node, 'body')?.children ?? []) {
      if (section.type !== 'switch_section') continue;
      open ??= { constants: [], conditions: [], isDefault: false, body: [] };
      const own: Case = open;
      if (/^default\b/.test(this.text(section))) own.isDefault = true;
      const parts: SyntaxNode[] = [];
      for (const one of section.children)
        if (/_pattern$|^discard$/.test(one.type)) this.#addCase(own, one, value, section);
        else if (one.type !== 'when_clause' && one.isNamed) parts.push(one);
      if (parts.length === 0) continue;
      own.body.push(...parts.flatMap((one) => this.statement(one)));
      cases.push(own);
      open = undefined;
    }
    this.#locals.pop();
    return [...before, ...this.#chosen(value, cases, at)];
  }

  /** Adds what a pattern tests to its case. */
  #addCase(to: Case, node: SyntaxNode, value: Expression, around: SyntaxNode): void {
    const at = rangeOf(node);
    const when = around.children.find(({ type }) => type === 'when_clause');
    const constants = when ? undefined : this.#constantsOf(node);
    if (constants) {
      to.constants.push(...constants);
      return;
    }
    const isAll = node.type === 'discard' || node.type === 'var_pattern';
    const { test, bindings } = this.#matched(node, value);
    const assigned = this.#assignedBefore(bindings);
    const checked = when?.children[0] && this.expression(when.children[0]);
    if (isAll && !checked) {
      to.isDefault = true;
      to.body.push(...assigned.map((one): Statement => ({ kind: 'evaluate', value: one, ...at })));
      return;
    }
    const condition: Expression = checked
      ? isAll
        ? checked
        : { kind: 'logical', operator: '&&', left: test, right: checked, ...at }
      : test;
    to.conditions.push(assigned.length > 0 ? { kind: 'sequence', values: [...assigned, condition], ...at } : condition);
  }

  /** A `switch` over constants; with other patterns, one `if` after the other, which `break` leaves. */
  #chosen(value: Expression, cases: readonly Case[], at: Range): Statement[] {
    if (cases.every(({ conditions }) => conditions.length === 0))
      return [
        {
          kind: 'switch',
          value,
          cases: cases.map(({ constants, isDefault, body }) => ({ tests: isDefault ? [] : constants, body })),
          ...at,
        },
      ];
    const last = cases.find(({ isDefault }) => isDefault)?.body ?? [];
    const chain = cases.reduceRight<readonly Statement[]>((no, { constants, conditions, isDefault, body }) => {
      if (isDefault) return no;
      const tests = [
        ...constants.map((right): Expression => ({ kind: 'binary', operator: '==', left: value, right, ...at })),
        ...conditions,
      ];
      const test = tests.reduce((left, right): Expression => ({ kind: 'logical', operator: '||', left, right, ...at }));
      return [{ kind: 'if', test, yes: body, no, ...at }];
    }, last);
    return [
      {
        kind: 'loop',
        init: [],
        test: { kind: 'literal', value: false, ...at },
        body: [...chain, { kind: 'break', ...at }],
        isPost: true,
        ...at,
      },
    ];
  }

  /** Assigns the variables of a pattern, which are declared before the statement. */
  #assignedBefore(bindings: Matched['bindings']): Expression[] {
    return bindings.map(({ name, at, value }) => {
      const target = nameAt(name, at);
      this.#pending.push({ kind: 'declare', target, scope: 'block', ...at });
      return assign(target, value, at);
    });
  }

  /** The constants of `"a" or "b"`. */
  #constantsOf(node: SyntaxNode): Expression[] | undefined {
    if (node.type === 'constant_pattern' && node.children[0]) return [this.expression(node.children[0])];
    if (node.type === 'parenthesized_pattern' && node.children[0]) return this.#constantsOf(node.children[0]);
    if (node.type !== 'or_pattern') return undefined;
    const all = node.children.filter(({ isNamed }) => isNamed).map((one) => this.#constantsOf(one));
    return all.every((one) => one !== undefined) ? all.flat() : undefined;
  }

  #switchExpression(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const body = this.#inFunction((): Statement[] => {
      const [subject, ...arms] = node.children.filter(({ isNamed }) => isNamed);
      const { value, before } = this.#subject(subject, at);
      const cases: Case[] = [];
      const declared: Statement[] = [];
      for (const arm of arms) {
        if (arm.type !== 'switch_expression_arm') continue;
        this.#locals.push(new Map());
        const [pattern, ...rest] = arm.children.filter(({ isNamed }) => isNamed);
        const result = rest.at(-1);
        if (pattern && result) {
          const own: Case = { constants: [], conditions: [], isDefault: false, body: [] };
          this.#addCase(own, pattern, value, arm);
          const returned: Statement =
            result.type === 'throw_expression'
              ? { kind: 'throw', value: this.#first(result), ...rangeOf(result) }
              : { kind: 'return', value: this.expression(result), ...rangeOf(result) };
          declared.push(...this.#pending);
          this.#pending = [];
          own.body.push(returned);
          cases.push(own);
        }
        this.#locals.pop();
      }
      return [...before, ...declared, ...this.#chosen(value, cases, at)];
    });
    return this.#immediate('switch', body, at);
  }

  /** A function that is called where it stands. */
  #immediate(name: string, body: readonly Statement[], at: Range): Expression {
    return {
      kind: 'call',
      callee: { kind: 'function', name, params: [], body, isArrow: true, decorators: [], ...at },
      args: [],
      isNew: false,
      ...at,
    };
  }

  // Patterns.

  #matched(node: SyntaxNode, value: Expression): Matched {
    const at = rangeOf(node);
    const [first] = node.children.filter(({ isNamed }) => isNamed);
    const unknown = opaque([], at);
    switch (node.type) {
      case 'constant_pattern':
        return {
          test: { kind: 'binary', operator: '==', left: value, right: first ? this.expression(first) : unknown, ...at },
          bindings: [],
        };
      case 'relational_pattern':
        return {
          test: {
            kind: 'binary',
            operator: /^[<>]=?/.exec(this.text(node))?.[0] ?? '<',
            left: value,
            right: first ? this.expression(first) : unknown,
            ...at,
          },
          bindings: [],
        };
      case 'negated_pattern': {
        const inner = first ? this.#matched(first, value) : { test: unknown, bindings: [] };
        return { test: { kind: 'unary', operator: '!', operand: inner.test, ...at }, bindings: inner.bindings };
      }
      case 'parenthesized_pattern':
        return first ? this.#matched(first, value) : { test: unknown, bindings: [] };
      case 'and_pattern':
      case 'or_pattern': {
        const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
        if (!left || !right) return { test: unknown, bindings: [] };
        const [a, b] = [this.#matched(left, value), this.#matched(right, value)];
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
        const text = this.text(name);
        this.#declareLocal(text, this.#simple(typeNode));
        const type = this.#typeName(typeNode);
        return {
          test,
          bindings: [{ name: text, at: rangeOf(name), value: type === undefined ? value : typed(value, type, at) }],
        };
      }
      case 'recursive_pattern': {
        const typeNode = childOf(node, 'type');
        const type = this.#typeName(typeNode);
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
                  : this.text(key)
                      .split('.')
                      .reduce<Expression>((object, name) => member(object, name, at), own);
              const inner = this.#matched(pattern, part);
              tests.push(inner.test);
              bindings.push(...inner.bindings);
            }
        const name = childOf(node, 'name');
        if (name) {
          this.#declareLocal(this.text(name), this.#simple(typeNode));
          bindings.push({ name: this.text(name), at: rangeOf(name), value: own });
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
            this.#matched(one, {
              kind: 'index',
              object: value,
              index: { kind: 'literal', value: index, ...at },
              ...at,
            }),
          );
        return { test: unknown, bindings: inner.flatMap(({ bindings }) => bindings) };
      }
      case 'type_pattern':
      case 'discard':
        return { test: unknown, bindings: [] };
      default:
        return { test: opaque(first ? [this.expression(first)] : [], at), bindings: [] };
    }
  }

  #isPattern(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const pattern = childOf(node, 'pattern');
    const subject = this.#child(node, 'expression');
    if (!pattern) return opaque([subject], at);
    const isSimple = subject.kind === 'name' || subject.kind === 'member';
    let value: Expression = subject;
    const before: Expression[] = [];
    if (!isSimple) {
      const target = this.#declared(`$is${this.#count++}`, rangeOf(node), undefined);
      before.push(assign(target, subject, at));
      value = target;
    }
    const { test, bindings } = this.#matched(pattern, value);
    const all = [...before, ...this.#assignedBefore(bindings), test];
    return all.length > 1 ? { kind: 'sequence', values: all, ...at } : test;
  }

  // Expressions.

  #child(node: SyntaxNode, field: string): Expression {
    const child = childOf(node, field);
    return child ? this.expression(child) : opaque([], rangeOf(node));
  }

  #first(node: SyntaxNode): Expression {
    const first = node.children.find(({ isNamed }) => isNamed);
    return first ? this.expression(first) : opaque([], rangeOf(node));
  }

  expression(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    switch (node.type) {
      case 'identifier':
        return this.#identifier(this.text(node).replace(/^@/, ''), at);
      case 'generic_name':
        return this.#identifier(this.#simple(node) ?? '', at);
      case 'alias_qualified_name':
      case 'qualified_name':
        return this.#typeExpression(node);
      case 'predefined_type':
        return this.#typeExpression(node);
      case 'this':
        return this.#this(at);
      case 'base':
        return nameAt('super', at);
      case 'string_literal':
      case 'verbatim_string_literal':
      case 'raw_string_literal':
        return { kind: 'literal', value: fromRoot(stringOf(this.text(node))), ...at };
      case 'interpolated_string_expression':
        return this.#interpolated(node);
      case 'character_literal':
        return { kind: 'literal', value: characterOf(this.text(node)), ...at };
      case 'boolean_literal':
        return { kind: 'literal', value: this.text(node) === 'true', ...at };
      case 'null_literal':
      case 'default_expression':
        return { kind: 'literal', value: null, ...at };
      case 'integer_literal':
      case 'real_literal':
        return { kind: 'literal', value: numberOf(this.text(node)), ...at };
      case 'parenthesized_expression':
      case 'checked_expression':
      case 'ref_expression':
        return this.#first(node);
      case 'assignment_expression':
        return this.#assignment(node);
      case 'binary_expression':
        return this.#binary(node);
      case 'as_expression': {
        const value = this.#child(node, 'left');
        const type = this.#typeName(childOf(node, 'right'));
        return type === undefined || type === 'number' ? value : typed(value, type, at);
      }
      case 'is_expression':
        return {
          kind: 'binary',
          operator: 'instanceof',
          left: this.#child(node, 'left'),
          right: opaque([], at),
          ...at,
        };
      case 'is_pattern_expression':
        return this.#isPattern(node);
      case 'prefix_unary_expression':
      case 'postfix_unary_expression':
        return this.#unary(node);
      case 'conditional_expression':
        return {
          kind: 'conditional',
          test: this.#child(node, 'condition'),
          yes: this.#child(node, 'consequence'),
          no: this.#child(node, 'alternative'),
          ...at,
        };
      case 'cast_expression': {
        const value = this.#child(node, 'value');
        const type = this.#typeName(childOf(node, 'type'));
        if (type === 'number') return this.#number(value, at);
        return type === undefined ? value : typed(value, type, at);
      }
      case 'member_access_expression':
        return this.#memberAccess(node);
      case 'conditional_access_expression':
        return this.#conditionalAccess(node);
      case 'member_binding_expression': {
        const name = childOf(node, 'name');
        return member(this.#receivers.at(-1) ?? opaque([], at), name ? (this.#simple(name) ?? '') : '', at);
      }
      case 'element_access_expression':
        return this.#elementAccess(node);
      case 'element_binding_expression': {
        const receiver = this.#receivers.at(-1);
        const args = node.children.filter(({ type }) => type === 'argument');
        // `[1, ..rest]`.
        if (!receiver || this.source[node.from] !== '[' || this.source[node.from - 1] !== '?')
          return this.#collection(args, at);
        return this.#indexed(receiver, args, undefined, at);
      }
      case 'collection_expression':
        return this.#collection(node.children, at);
      case 'range_expression':
        return opaque(
          node.children.filter(({ isNamed }) => isNamed).map((one) => this.expression(one)),
          at,
        );
      case 'invocation_expression':
        return this.#invocation(node);
      case 'object_creation_expression':
        return this.#creation(node, childOf(node, 'type'));
      case 'implicit_object_creation_expression':
        return this.#creation(node, undefined);
      case 'array_creation_expression':
      case 'implicit_array_creation_expression':
      case 'stackalloc_expression':
      case 'implicit_stackalloc_expression': {
        const initializer = node.children.find(({ type }) => type === 'initializer_expression');
        if (initializer) return this.expression(initializer);
        return { kind: 'list', items: [], ...at };
      }
      case 'initializer_expression':
        return { kind: 'list', items: node.children.map((one) => ({ value: this.expression(one) })), ...at };
      case 'anonymous_object_creation_expression':
        return this.#anonymous(node);
      case 'tuple_expression':
        return this.#tuple(node, []);
      case 'with_expression': {
        const [object, ...changes] = node.children;
        const fields: Field[] = object ? [{ value: this.expression(object) }] : [];
        for (const one of changes) {
          const [key, value] = one.children;
          if (key && value) fields.push({ key: this.text(key), value: this.expression(value) });
        }
        return { kind: 'object', fields, ...at };
      }
      case 'lambda_expression':
      case 'anonymous_method_expression':
        return this.#lambda(node, false);
      case 'await_expression':
        return { kind: 'await', value: this.#first(node), ...at };
      case 'throw_expression':
        return this.#immediate('throw', [{ kind: 'throw', value: this.#first(node), ...at }], at);
      case 'switch_expression':
        return this.#switchExpression(node);
      case 'query_expression':
        return this.#query(node);
      case 'typeof_expression': {
        const type = childOf(node, 'type');
        return made(
          this.#type('Type', at),
          type && type.type !== 'predefined_type' && type.type !== 'implicit_type'
            ? [{ value: { kind: 'literal', value: this.text(type), ...at } }]
            : [],
          at,
        );
      }
      case 'sizeof_expression':
        return { kind: 'literal', value: 4, ...at };
      case 'declaration_expression': {
        const name = childOf(node, 'name');
        return name?.type === 'identifier'
          ? this.#declared(this.text(name), rangeOf(name), childOf(node, 'type'))
          : opaque([], at);
      }
      case 'argument':
        return node.children.at(-1) ? this.expression(node.children.at(-1) ?? node) : opaque([], at);
      case 'array_type':
      case 'nullable_type':
      case 'pointer_type':
      case 'tuple_type':
      case 'implicit_type':
      case 'modifier':
      case 'discard':
        return opaque([], at);
      default:
        return opaque(
          node.children
            .filter(({ isNamed, type }) => isNamed && !/_type$|^type_|^modifier$|^preproc_|^attribute_list$/.test(type))
            .map((one) =>
              /_statement$|^block$/.test(one.type)
                ? this.#immediate('', this.statement(one), rangeOf(one))
                : this.expression(one),
            ),
          at,
        );
    }
  }

  #number(value: Expression, at: Range): Expression {
    return { kind: 'call', callee: nameAt('number$', at), args: [{ value }], isNew: false, ...at };
  }

  #collection(nodes: readonly SyntaxNode[], at: Range): Expression {
    const items = nodes
      .filter(({ isNamed }) => isNamed)
      .map((one): Argument => {
        const inner = one.type === 'argument' ? (one.children.at(-1) ?? one) : one;
        if (inner.type === 'range_expression' && this.text(inner).startsWith('..') && inner.children[0])
          return { value: this.expression(inner.children[0]), spread: 'list' };
        return { value: this.expression(inner) };
      });
    return { kind: 'list', items, ...at };
  }

  #interpolated(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const text = this.text(node);
    const [, start = '', quotes = '"'] = /^([$@]+)("{3,}|")/.exec(text) ?? [];
    const kind = quotes.length > 2 ? 'raw' : start.includes('@') ? 'verbatim' : 'regular';
    const parts: Expression[] = [];
    const add = (from: number, to: number, isFirst: boolean, isLast: boolean) => {
      if (to <= from) return;
      let own = this.source.slice(from, to);
      if (kind === 'raw' && isFirst) own = own.replace(/^\s*\n/, '');
      if (kind === 'raw' && isLast) own = own.replace(/\n[ \t]*$/, '');
      const value = partOf(own, kind);
      parts.push({ kind: 'literal', value: isFirst ? fromRoot(value) : value, from, to });
    };
    let from = node.from + start.length + quotes.length;
    for (const one of node.children) {
      if (one.type !== 'interpolation') continue;
      add(from, one.from, parts.length === 0, false);
      const value = one.children.find(({ type }) => !/^interpolation_/.test(type));
      parts.push(value ? this.expression(value) : opaque([], rangeOf(one)));
      from = one.to;
    }
    if (parts.length === 0 && kind === 'raw')
      return { kind: 'literal', value: withoutIndent(this.source.slice(from, node.to - quotes.length)), ...at };
    add(from, node.to - quotes.length, parts.length === 0, true);
    return { kind: 'text', parts, ...at };
  }

  #unary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const operand = node.children.find(({ isNamed }) => isNamed);
    if (!operand) return opaque([], at);
    const isPostfix = node.type === 'postfix_unary_expression';
    const sign = isPostfix
      ? this.source.slice(operand.to, node.to).trim()
      : this.source.slice(node.from, operand.from).trim();
    switch (sign) {
      case '++':
      case '--': {
        const target = this.#target(operand);
        return assign(
          target,
          { kind: 'binary', operator: sign.charAt(0), left: asValue(target, at), right: opaque([], at), ...at },
          at,
        );
      }
      case '':
      case '&':
      case '*':
        return this.expression(operand);
      case '!':
        return isPostfix
          ? this.expression(operand)
          : { kind: 'unary', operator: '!', operand: this.expression(operand), ...at };
      default:
        return { kind: 'unary', operator: sign, operand: this.expression(operand), ...at };
    }
  }

  #memberAccess(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const object = childOf(node, 'expression');
    const nameNode = childOf(node, 'name');
    if (!object || !nameNode) return opaque([], at);
    const name = this.#simple(nameNode) ?? this.text(nameNode);
    const type = this.#asType(node);
    if (type) return type;
    // `Task.Result` is what it brings.
    if (
      name === 'Result' &&
      /^(?:invocation_expression)$/.test(object.type) &&
      /Async\s*(?:<[^<>]*>)?\([\s\S]*\)$/.test(this.text(object))
    )
      return { kind: 'await', value: this.expression(object), ...at };
    const matching = name === 'Success' ? this.#successOf(object, at) : undefined;
    if (matching) return matching;
    const item = /^Item([1-7])$/.exec(name)?.[1];
    if (item !== undefined) return member(this.#receiver(object), String(Number(item) - 1), at);
    return member(this.#receiver(object), name, at);
  }

  /** `object.` of a member. */
  #receiver(node: SyntaxNode): Expression {
    if (node.type === 'identifier' || node.type === 'generic_name')
      return this.#identifier((this.#simple(node) ?? '').replace(/^@/, ''), rangeOf(node), true);
    return this.expression(node);
  }

  /** `System.IO.File` where nothing but namespaces and types can be meant. */
  #asType(node: SyntaxNode): Expression | undefined {
    const text = this.text(node)
      .replaceAll(/\s+/g, '')
      .replace(/^global::/, '');
    if (!/^[A-Z]\w*(?:\.\w+)+$/.test(text)) return undefined;
    const [first = ''] = text.split('.');
    if (this.#local(first) || this.#around(({ fields }) => fields.has(first)) || this.#types.has(first))
      return undefined;
    const [space] = namespaces.exec(text) ?? [];
    if (space !== undefined) {
      const rest = text.slice(space.length).split('.');
      // A namespace, or a member of the type.
      if (rest.length !== 1 || rest[0] === '') return undefined;
      return nameAt(this.#qualifiedType(text), rangeOf(node));
    }
    if (!this.declared.hasNamespace(first) && !this.#namespaces.some((one) => one.split('.').includes(first)))
      return undefined;
    return this.declared.kindOf(this.#fullNames(text)) === undefined
      ? undefined
      : nameAt(this.#qualifiedType(text), rangeOf(node));
  }

  #conditionalAccess(node: SyntaxNode): Expression {
    const condition = childOf(node, 'condition');
    const rest = node.children.find((one) => one !== condition && one.isNamed);
    if (!condition || !rest) return opaque([], rangeOf(node));
    this.#receivers.push(this.expression(condition));
    try {
      return this.expression(rest);
    } finally {
      this.#receivers.pop();
    }
  }

  #elementAccess(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const object = childOf(node, 'expression');
    const list = childOf(node, 'subscript');
    if (!object || !list) return opaque([], at);
    return this.#indexed(
      this.#receiver(object),
      list.children.filter(({ type }) => type === 'argument'),
      object,
      at,
    );
  }

  #indexed(object: Expression, args: readonly SyntaxNode[], node: SyntaxNode | undefined, at: Range): Expression {
    const [first, ...others] = args;
    const inner = first?.children.at(-1);
    if (!inner) return opaque([object], at);
    // What a request is asked for by name.
    const isRequest =
      node &&
      (/(?:^|\.|[a-z])Request$/.test(this.text(node)) || /^HttpRequest(?:Base)?$/.test(this.#typeOf(node) ?? ''));
    if (isRequest === true)
      return {
        kind: 'call',
        callee: member(object, 'get_Item', at),
        args: [{ value: this.expression(inner) }],
        isNew: false,
        ...at,
      };
    if (inner.type === 'range_expression')
      return { kind: 'call', callee: member(object, 'Substring', at), args: [], isNew: false, ...at };
    const index =
      others.length > 0
        ? opaque(
            args.map((one) => this.expression(one)),
            at,
          )
        : this.expression(inner);
    return { kind: 'index', object, index, ...at };
  }

  #target(node: SyntaxNode | undefined): Pattern {
    if (!node) return opaque([], { from: 0, to: 0 });
    if (node.type === 'tuple_expression') return this.#designation(node);
    if (node.type === 'identifier' && this.text(node) === '_' && !this.#local('_')) return opaque([], rangeOf(node));
    const value = this.expression(node);
    if (value.kind === 'name' || value.kind === 'member' || value.kind === 'index') return value;
    // `Request["a"] = b`.
    if (
      value.kind === 'call' &&
      value.callee.kind === 'member' &&
      value.callee.property === 'get_Item' &&
      value.args[0]
    )
      return { kind: 'index', object: value.callee.object, index: value.args[0].value, ...rangeOf(node) };
    return opaque([value], rangeOf(node));
  }

  #assignment(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right, operator] = [childOf(node, 'left'), childOf(node, 'right'), childOf(node, 'operator')];
    const sign = operator ? this.text(operator).slice(0, -1) : '';
    const target = this.#target(left);
    if (!right) return opaque([], at);
    const value = this.expression(right);
    if (left?.type === 'identifier') {
      const name = this.text(left);
      const match = this.#matchOf(right);
      const local = this.#local(name);
      if (local && match) this.#declareLocal(name, local.type, match);
    }
    if (sign === '') {
      const type = this.#typeOf(left);
      const isPlain =
        type === undefined ||
        plain.test(type) ||
        numbers.test(type) ||
        textBuilder.test(type) ||
        collections.test(type) ||
        maps.test(type) ||
        this.#enums.has(type) ||
        /^(?:var|[a-z]+|T[A-Z]?\w*|Func|Action|Task)$/.test(type);
      return assign(target, isPlain ? value : typed(value, this.#type(type, at).name, at), at);
    }
    const old = asValue(target, at);
    if (sign === '??') return assign(target, { kind: 'logical', operator: '??', left: old, right: value, ...at }, at);
    if (sign === '+') {
      const isHandler =
        /^(?:lambda_expression|anonymous_method_expression)$/.test(right.type) ||
        (right.type === 'identifier' && this.#around(({ methods }) => methods.has(this.text(right))) !== undefined) ||
        /^new\s+\w*EventHandler\b/.test(this.text(right));
      // What handles an event is called by whatever raises it.
      if (isHandler) return { kind: 'sequence', values: [old, value], ...at };
      if (!isNumeric(value)) return assign(target, { kind: 'text', parts: [old, value], ...at }, at);
    }
    return assign(target, { kind: 'binary', operator: sign, left: old, right: value, ...at }, at);
  }

  #binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const signOf = (one: SyntaxNode) => {
      const operator = childOf(one, 'operator');
      return operator ? this.text(operator) : '';
    };
    const operator = signOf(node);
    if (operator === '+') {
      // A long concatenation is a deep tree to the left.
      const operands: SyntaxNode[] = [];
      let first: SyntaxNode = node;
      for (;;) {
        const [left, right] = [childOf(first, 'left'), childOf(first, 'right')];
        if (right) operands.unshift(right);
        if (!left) break;
        first = left;
        if (left.type !== 'binary_expression' || signOf(left) !== '+') {
          operands.unshift(left);
          break;
        }
      }
      return { kind: 'text', parts: operands.map((one) => this.expression(one)), ...at };
    }
    const invalid = this.#invalidCharacters(node, operator, at);
    if (invalid) return invalid;
    const [left, right] = [this.#child(node, 'left'), this.#child(node, 'right')];
    if (operator === '&&' || operator === '||' || operator === '??')
      return { kind: 'logical', operator, left, right, ...at };
    // `string.Compare(a, b) == 0`.
    if ((operator === '==' || operator === '!=') && right.kind === 'literal' && right.value === 0) {
      const compared = this.#compared(childOf(node, 'left'), at);
      if (compared) return operator === '==' ? compared : { kind: 'unary', operator: '!', operand: compared, ...at };
    }
    return { kind: 'binary', operator, left, right, ...at };
  }

  #compared(node: SyntaxNode | undefined, at: Range): Expression | undefined {
    if (node?.type !== 'invocation_expression' || !/^(?:string|String)\.Compare(?:Ordinal)?\(/.test(this.text(node)))
      return undefined;
    const [a, b] = (childOf(node, 'arguments')?.children ?? []).map((one) => one.children.at(-1));
    return a && b
      ? { kind: 'binary', operator: '==', left: this.expression(a), right: this.expression(b), ...at }
      : undefined;
  }

  /** `name.IndexOfAny(Path.GetInvalidFileNameChars()) >= 0`. */
  #invalidCharacters(node: SyntaxNode, operator: string, at: Range): Expression | undefined {
    const left = childOf(node, 'left');
    if (left?.type !== 'invocation_expression' || !/\.IndexOfAny\(/.test(this.text(left))) return undefined;
    const { object } = this.#calleeOf(childOf(left, 'function'));
    const text = this.text(left);
    const isFileName =
      /Path\.GetInvalidFileNameChars\(\)/.test(text) || (/['"]\/['"]|'\/'/.test(text) && /\\\\/.test(text));
    const right = this.text(childOf(node, 'right') ?? node);
    if (!object || !isFileName || !/^(?:0|-1)$/.test(right)) return undefined;
    const call: Expression = {
      kind: 'call',
      callee: nameAt('hasInvalidCharacters$', at),
      args: [{ value: this.expression(object) }],
      isNew: false,
      ...at,
    };
    const isFound = right === '0' ? operator === '>=' : operator === '!=' || operator === '>';
    return isFound ? call : { kind: 'unary', operator: '!', operand: call, ...at };
  }

  #args(node: SyntaxNode | undefined): Argument[] {
    return (node?.children ?? [])
      .filter(({ type }) => type === 'argument')
      .map((one): Argument => {
        const value = one.children.at(-1);
        const name = childOf(one, 'name');
        return {
          value: value ? this.expression(value) : opaque([], rangeOf(one)),
          ...(name && name !== value && { name: this.text(name) }),
        };
      });
  }

  #tuple(node: SyntaxNode, names: readonly (string | undefined)[]): Expression {
    const at = rangeOf(node);
    const args = node.children.filter(({ type }) => type === 'argument');
    if (args.length === 0)
      return opaque(
        node.children.map((one) => this.expression(one)),
        at,
      );
    const temporaries: string[] = [];
    const before: Expression[] = [];
    const fields: Field[] = [];
    for (const [index, one] of args.entries()) {
      const valueNode = one.children.at(-1);
      const nameNode = childOf(one, 'name');
      let value = valueNode ? this.expression(valueNode) : opaque([], at);
      const inferred =
        valueNode?.type === 'identifier'
          ? this.text(valueNode)
          : valueNode?.type === 'member_access_expression'
            ? this.text(childOf(valueNode, 'name') ?? valueNode)
            : undefined;
      const name = nameNode && nameNode !== valueNode ? this.text(nameNode) : (names[index] ?? inferred);
      if (name !== undefined && value.kind !== 'name' && value.kind !== 'literal') {
        const temporary = `$tuple${this.#count++}`;
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

  #anonymous(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const fields: Field[] = [];
    const { children } = node;
    for (let index = 0; index < children.length; index++) {
      const one = children[index];
      const next = children[index + 1];
      if (!one) continue;
      // `Name = value` stands as two nodes.
      if (one.type === 'identifier' && next && /^\s*=\s*$/.test(this.source.slice(one.to, next.from))) {
        fields.push({ key: this.text(one), value: this.expression(next) });
        index++;
      } else {
        const name = one.type === 'identifier' ? this.text(one) : this.text(childOf(one, 'name') ?? one);
        fields.push({ key: name, value: this.expression(one) });
      }
    }
    return { kind: 'object', fields, ...at };
  }

  #creation(node: SyntaxNode, typeNode: SyntaxNode | undefined): Expression {
    const at = rangeOf(node);
    const list = childOf(node, 'arguments') ?? node.children.find(({ type }) => type === 'argument_list');
    const initializer =
      childOf(node, 'initializer') ?? node.children.find(({ type }) => type === 'initializer_expression');
    const simple = this.#simple(typeNode) ?? '';
    const isOwn = this.#types.has(simple);
    const args = this.#args(list);
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
          parts: args.filter(({ value }) => !isNumeric(value)).map(({ value }) => value),
          ...at,
        };
      if (/^[Ss]tring$/.test(simple) && args.length > 0)
        return { kind: 'text', parts: args.slice(0, 1).map(({ value }) => value), ...at };
      if (maps.test(simple)) return this.#map(args, initializer, at);
      if (collections.test(simple)) return this.#list(args, initializer, at);
      if (simple === 'Regex') {
        const [first, second] = (list?.children ?? []).map((one) => one.children.at(-1));
        const regex = first && this.#regex(first, second ? /IgnoreCase/.test(this.text(second)) : false, '');
        // A text of which more is not known may come from outside.
        if (regex?.kind === 'regex') return regex;
      }
    }
    const [first] = (list?.children ?? []).map((one) => one.children.at(-1));
    // Both take a path or a stream.
    const isOfStream = /^Stream(?:Reader|Writer)$/.test(simple) && first !== undefined && this.#isStream(first);
    const callee = isOfStream ? this.#type(`Open${simple}`, at) : this.#typeExpression(typeNode);
    const call: Expression & { kind: 'call' } = { kind: 'call', callee, args, isNew: true, ...at };
    if (!initializer) return call;
    const isKnown = isOwn || this.declared.kindOf(this.#fullNames(simple)) !== undefined;
    return (
      (isKnown ? undefined : this.#settings(callee, call, initializer, at)) ?? this.#initialized(call, initializer, at)
    );
  }

  #isStream(node: SyntaxNode): boolean {
    const type = this.#typeOf(node);
    if (type !== undefined && type !== 'var') return type !== 'string' && type !== 'String';
    return /stream|body|pipe|socket|buffer|\bOpen\w*\(|Response\b|\.Content\b|\bms\b/i.test(this.text(node));
  }

  /** An object of a library with the properties that it is made with. */
  #settings(
    callee: Expression,
    call: Expression & { kind: 'call' },
    initializer: SyntaxNode,
    at: Range,
  ): Expression | undefined {
    const type = dotted(callee);
    const fields: Field[] = [];
    for (const one of initializer.children.filter(({ isNamed }) => isNamed)) {
      const [left, right] = [childOf(one, 'left'), childOf(one, 'right')];
      if (left?.type !== 'identifier' || !right || right.type === 'initializer_expression') return undefined;
      fields.push({ key: this.text(left), value: this.expression(right) });
    }
    if (type === undefined) return undefined;
    const object: Expression = { kind: 'object', type, fields, ...at };
    return call.args.length > 0 ? { kind: 'sequence', values: [call, object], ...at } : object;
  }

  /** An object whose properties are set, or to which items are added. */
  #initialized(object: Expression, initializer: SyntaxNode, at: Range): Expression {
    const parts = initializer.children.filter(({ isNamed }) => isNamed);
    if (parts.length === 0) return object;
    const temporary = nameAt(`$new${this.#count++}`, at);
    const values: Expression[] = [assign(temporary, object, at)];
    this.#locals.push(new Map());
    for (const one of parts) {
      const own = rangeOf(one);
      if (one.type !== 'assignment_expression') {
        const items = one.type === 'initializer_expression' ? one.children : [one];
        values.push({
          kind: 'call',
          callee: member(temporary, 'Add', own),
          args: items.map((item) => ({ value: this.expression(item) })),
          isNew: false,
          ...own,
        });
        continue;
      }
      const [left, right] = [childOf(one, 'left'), childOf(one, 'right')];
      if (!left || !right) continue;
      const key = left.type === 'element_binding_expression' ? left.children[0]?.children.at(-1) : undefined;
      const target: Pattern = key
        ? { kind: 'index', object: temporary, index: this.expression(key), ...own }
        : member(temporary, this.text(left), own);
      // `Items = { a, b }` adds to what there is.
      if (right.type === 'initializer_expression')
        values.push(this.#initialized(asValue(target, own), right, rangeOf(right)));
      else values.push(assign(target, this.expression(right), own));
    }
    this.#locals.pop();
    return { kind: 'sequence', own: [temporary.name], values: [...values, temporary], ...at };
  }

  #map(args: readonly Argument[], initializer: SyntaxNode | undefined, at: Range): Expression {
    const fields: Field[] = args
      .filter(({ value }) => value.kind === 'name' || value.kind === 'member')
      .slice(0, 1)
      .map(({ value }): Field => ({ value }));
    for (const one of initializer?.children ?? []) {
      if (one.type === 'initializer_expression') {
        const [key, value] = one.children.filter(({ isNamed }) => isNamed);
        if (key && value) fields.push({ key: this.expression(key), value: this.expression(value) });
      } else if (one.type === 'assignment_expression') {
        const [left, right] = [childOf(one, 'left'), childOf(one, 'right')];
        const key = left?.children[0]?.children.at(-1);
        if (key && right) fields.push({ key: this.expression(key), value: this.expression(right) });
      }
    }
    return { kind: 'object', fields, ...at };
  }

  #list(args: readonly Argument[], initializer: SyntaxNode | undefined, at: Range): Expression {
    const items: Argument[] = args
      .filter(
        ({ value }) => !isNumeric(value) && !/^(?:StringComparer)\b/.test(this.source.slice(value.from, value.to)),
      )
      .slice(0, 1)
      .map(({ value }): Argument => ({ value, spread: 'list' }));
    for (const one of initializer?.children ?? []) if (one.isNamed) items.push({ value: this.expression(one) });
    return { kind: 'list', items, ...at };
  }

  #lambda(node: SyntaxNode, isEntry: boolean): FunctionValue {
    const at = rangeOf(node);
    const list = childOf(node, 'parameters');
    const own = childOf(node, 'body') ?? node.children.find(({ type }) => type === 'block');
    return this.#inFunction(() => {
      const { params, before } =
        list?.type === 'implicit_parameter'
          ? { params: [this.#inferred(list)], before: [] }
          : this.#params(list, isEntry);
      return {
        kind: 'function',
        name: '',
        params,
        body: [...before, ...this.#bodyStatements(own)],
        isArrow: true,
        decorators: isEntry ? [this.#type(action, at)] : [],
        ...at,
      };
    });
  }

  #inferred(node: SyntaxNode): Parameter {
    this.#declareLocal(this.text(node), undefined);
    return { pattern: nameAt(this.text(node), rangeOf(node)) };
  }

  /** `from x in xs where f(x) select g(x)`: `xs.Select(x => g(x))`. */
  #query(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [first, ...clauses] = node.children;
    if (first?.type !== 'from_clause')
      return opaque(
        node.children.map((one) => this.expression(one)),
        at,
      );
    const collection = first.children.at(-1);
    const source = collection ? this.expression(collection) : opaque([], at);
    return this.#inFunction(() => {
      const name = childOf(first, 'name');
      const param = name ? this.#inferred(name) : { pattern: opaque([], at) };
      const body: Statement[] = [];
      let result: Expression | undefined;
      const declare = (target: SyntaxNode | undefined, value: Expression, own: Range) => {
        if (!target) return;
        this.#declareLocal(this.text(target), undefined);
        body.push({ kind: 'declare', target: nameAt(this.text(target), own), value, scope: 'block', ...own });
      };
      for (const one of clauses) {
        const own = rangeOf(one);
        const parts = one.children.filter(({ isNamed }) => isNamed);
        const last = parts.at(-1);
        switch (one.type) {
          case 'from_clause':
          case 'join_clause': {
            const from = one.type === 'from_clause' ? last : parts[1];
            const items: Expression = {
              kind: 'call',
              callee: member(from ? this.expression(from) : opaque([], own), 'First', own),
              args: [],
              isNew: false,
              ...own,
            };
            declare(parts[0], items, own);
            if (one.type === 'join_clause') for (const part of parts.slice(2)) body.push(...this.#evaluated(part));
            break;
          }
          case 'let_clause':
            declare(parts[0], last ? this.expression(last) : opaque([], own), own);
            break;
          case 'select_clause':
          case 'group_clause':
            result = parts[0] && this.expression(parts[0]);
            break;
          case 'identifier':
            // `into g`.
            declare(one, result ?? opaque([], own), own);
            break;
          default:
            for (const part of parts) body.push(...this.#evaluated(part));
        }
      }
      const value: FunctionValue = {
        kind: 'function',
        name: '',
        params: [param],
        body: [...body, { kind: 'return', value: result ?? opaque([], at), ...at }],
        isArrow: true,
        decorators: [],
        ...at,
      };
      return { kind: 'call', callee: member(source, 'Select', at), args: [{ value }], isNew: false, ...at };
    });
  }

  /** What is called: a member of an object, or a name. */
  #calleeOf(node: SyntaxNode | undefined): { object?: SyntaxNode; name: string; isBound?: boolean } {
    if (!node) return { name: '' };
    switch (node.type) {
      case 'member_access_expression': {
        const [object, name] = [childOf(node, 'expression'), childOf(node, 'name')];
        return { ...(object && { object }), name: name ? (this.#simple(name) ?? '') : '' };
      }
      case 'conditional_access_expression': {
        const condition = childOf(node, 'condition');
        const rest = node.children.find((one) => one !== condition && one.isNamed);
        const name = rest?.type === 'member_binding_expression' ? childOf(rest, 'name') : undefined;
        return condition && name ? { object: condition, name: this.#simple(name) ?? '' } : { name: '' };
      }
      case 'member_binding_expression': {
        const name = childOf(node, 'name');
        return { name: name ? (this.#simple(name) ?? '') : '', isBound: true };
      }
      case 'identifier':
      case 'generic_name':
        return { name: (this.#simple(node) ?? '').replace(/^@/, '') };
      default:
        return { name: '' };
    }
  }

  #invocation(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const callee = childOf(node, 'function');
    const { object, name, isBound } = this.#calleeOf(callee);
    const list = childOf(node, 'arguments');
    const argNodes = (list?.children ?? []).filter(({ type }) => type === 'argument');
    const values = argNodes.map((one) => one.children.at(-1) ?? one);
    const special = object ? this.#special(node, object, name, values) : this.#specialName(name, values, at);
    if (special) return special;
    const isMapping = /^Map(?:Get|Post|Put|Delete|Patch|Methods|Fallback)?$/.test(name);
    const args = isMapping
      ? argNodes.map((one): Argument => {
          const value = one.children.at(-1) ?? one;
          return { value: value.type === 'lambda_expression' ? this.#lambda(value, true) : this.expression(value) };
        })
      : this.#args(list);
    const call = (target: Expression, given: readonly Argument[] = args): Expression =>
      this.#withOuts({ kind: 'call', callee: target, args: given, isNew: false, ...at }, argNodes, object, name);
    if (isBound === true) return call(member(this.#receivers.at(-1) ?? opaque([], at), name, at));
    if (object) {
      const type = this.#typeOf(object);
      const isOwnMethod = type !== undefined && this.#infoOf(type)?.methods.has(name) === true;
      // Entity Framework Core makes parameters of what is in the text.
      const isParameterized =
        /^(?:SqlQuery|FromSql|ExecuteSql|ExecuteSqlAsync)$/.test(name) &&
        values[0]?.type === 'interpolated_string_expression' &&
        /\bMicrosoft\.EntityFrameworkCore\b/.test(this.source);
      if (isParameterized) return call(member(this.#receiver(object), `${name}Interpolated`, at));
      const extending = isOwnMethod ? undefined : this.#extensionOf(name, at);
      const receiver = this.#receiver(object);
      if (extending && !(receiver.kind === 'name' && receiver.name === extending.name))
        return call(member(extending, name, at), [{ value: receiver }, ...args]);
      return call(member(receiver, name, at));
    }
    if (name === '') return call(callee ? this.expression(callee) : opaque([], at));
    if (this.#local(name)) return call(nameAt(name, at));
    const owner = this.#around(({ methods }) => methods.has(name));
    if (owner)
      return call(member(owner.methods.get(name) === true ? nameAt(owner.local, at) : this.#this(at), name, at));
    if (this.#around(({ fields }) => fields.has(name))) return call(this.#identifier(name, at));
    const parent = this.#parentAround();
    const [all] = this.#staticUsings;
    if (all !== undefined && !parent) return call(member(this.#qualified(all, at), name, at));
    return call(parent ? member(this.#this(at), name, at) : nameAt(name, at));
  }

  #infoOf(type: string): ClassInfo | undefined {
    const local = this.#types.get(type);
    return local === undefined ? undefined : [...this.#infos.values()].find((one) => one.local === local);
  }

  /** The class with an extension method, of this file or of a namespace that it imports. */
  #extensionOf(method: string, at: Range): Name | undefined {
    const own = this.#extensions.get(method);
    if (own !== undefined) return nameAt(own, at);
    for (const full of this.declared.extending(method)) {
      const space = full.slice(0, Math.max(0, full.lastIndexOf('.')));
      if (
        space === '' ||
        this.#usings.includes(space) ||
        this.#namespaces.some((one) => one === space || one.startsWith(`${space}.`))
      )
        return nameAt(this.#qualifiedType(full), at);
    }
    return undefined;
  }

  /** A call that sets variables by `out` or `ref`: to what is known of its other arguments. */
  #withOuts(
    call: Expression & { kind: 'call' },
    args: readonly SyntaxNode[],
    object: SyntaxNode | undefined,
    method: string,
  ): Expression {
    const outs = args.filter((one) => /^out\b/.test(this.text(one)));
    if (outs.length === 0) return call;
    const { from, to } = call;
    const at = { from, to };
    const isSimple = (value: Expression) =>
      value.kind === 'name' || value.kind === 'member' || value.kind === 'literal';
    const isOut = (index: number) => {
      const node = args[index];
      return node !== undefined && outs.includes(node);
    };
    const given = call.args.filter((_, index) => !isOut(index));
    const receiver = call.callee.kind === 'member' ? call.callee.object : undefined;
    const isParsing =
      /^TryParse(?:Exact)?$/.test(method) &&
      object !== undefined &&
      numbers.test(predefined[this.text(object)] ?? this.#simple(object) ?? '');
    const assigned = outs.flatMap((one): Expression[] => {
      const index = args.indexOf(one);
      const target = call.args[index]?.value;
      if (!target || (target.kind !== 'name' && target.kind !== 'member')) return [];
      const [first] = given;
      const value: Expression = isParsing
        ? this.#number(opaque([], at), at)
        : method === 'TryGetValue' && receiver && first && isSimple(first.value)
          ? { kind: 'index', object: receiver, index: first.value, ...at }
          : opaque([...(receiver ? [receiver] : []), ...given.map(({ value: inner }) => inner)].filter(isSimple), at);
      return [assign(target, value, at)];
    });
    const result = nameAt(`$out${this.#count++}`, at);
    const left = { ...call, args: call.args.map((one, index) => (isOut(index) ? { value: opaque([], at) } : one)) };
    return {
      kind: 'sequence',
      own: [result.name],
      values: [assign(result, left, at), ...assigned, result],
      ...at,
    };
  }

  /** Calls without an object that have a counterpart. */
  #specialName(name: string, args: readonly SyntaxNode[], at: Range): Expression | undefined {
    const [first] = args;
    if (name === 'nameof' && first) return { kind: 'literal', value: this.text(first).split('.').at(-1) ?? '', ...at };
    if (name === 'ReferenceEquals' && first && args[1])
      return { kind: 'binary', operator: '==', left: this.expression(first), right: this.expression(args[1]), ...at };
    return undefined;
  }

  /** What a match that is made here matches. */
  #matchOf(node: SyntaxNode): Local['match'] {
    if (node.type !== 'invocation_expression') return undefined;
    const { object, name } = this.#calleeOf(childOf(node, 'function'));
    if (name !== 'Match' || !object) return undefined;
    const [first, second] = (childOf(node, 'arguments')?.children ?? []).map((one) => one.children.at(-1));
    if (this.text(object) === 'Regex') return first && second ? { pattern: second, subject: first } : undefined;
    return first ? { pattern: object, subject: first } : undefined;
  }

  /** `match.Success`. */
  #successOf(object: SyntaxNode, at: Range): Expression | undefined {
    const match =
      this.#matchOf(object) ?? (object.type === 'identifier' ? this.#local(this.text(object))?.match : undefined);
    if (!match) return undefined;
    return {
      kind: 'call',
      callee: member(this.#regex(match.pattern, false, '') ?? this.expression(match.pattern), 'IsMatch', at),
      args: [{ value: this.expression(match.subject) }],
      isNew: false,
      ...at,
    };
  }

  /** Methods of strings, builders, collections and expressions that have a counterpart in the IR. */
  #special(node: SyntaxNode, object: SyntaxNode, name: string, args: readonly SyntaxNode[]): Expression | undefined {
    const at = rangeOf(node);
    const [first, second, third] = args;
    const target = this.text(object);
    const isText = target === 'string' || target === 'String';
    const call = (callee: Expression, list: readonly Expression[]): Expression => ({
      kind: 'call',
      callee,
      args: list.map((value) => ({ value })),
      isNew: false,
      ...at,
    });
    switch (name) {
      case 'Equals':
        if (!first) return undefined;
        if (isText || target === 'object')
          return second
            ? { kind: 'binary', operator: '==', left: this.expression(first), right: this.expression(second), ...at }
            : undefined;
        return target === 'base'
          ? undefined
          : { kind: 'binary', operator: '==', left: this.#receiver(object), right: this.expression(first), ...at };
      case 'ConfigureAwait':
      case 'AsEnumerable':
      case 'AsQueryable':
      case 'AsNoTracking':
      case 'GetAwaiter':
      case 'AsTask':
      case 'AsSpan':
        return this.#receiver(object);
      case 'GetResult':
        return args.length === 0 ? { kind: 'await', value: this.#receiver(object), ...at } : undefined;
      case 'FromResult':
        return /^(?:Task|ValueTask)$/.test(target) && first ? this.expression(first) : undefined;
      case 'Run':
        return target === 'Task' && first && /lambda|anonymous_method/.test(first.type)
          ? call(this.expression(first), [])
          : undefined;
      case 'IsMatch':
        if (target === 'Regex' && first && second)
          return call(
            member(
              this.#regex(second, third ? /IgnoreCase/.test(this.text(third)) : false, '') ?? this.expression(second),
              name,
              at,
            ),
            [this.expression(first)],
          );
        return undefined;
      case 'Replace': {
        if (target === 'Regex' && first && second && third)
          return call(member(this.expression(first), 'ReplacePattern', at), [
            this.#regex(second, false, 'g') ?? this.expression(second),
            this.expression(third),
          ]);
        const type = this.#typeOf(object);
        const pattern =
          object.type === 'object_creation_expression' && this.#simple(childOf(object, 'type')) === 'Regex'
            ? object.children.find(({ type: kind }) => kind === 'argument_list')?.children[0]?.children.at(-1)
            : undefined;
        if (first && second && (type === 'Regex' || pattern))
          return call(member(this.expression(first), 'ReplacePattern', at), [
            (pattern && this.#regex(pattern, false, 'g')) ?? this.expression(object),
            this.expression(second),
          ]);
        if (type !== undefined && textBuilder.test(type) && first && second) {
          const place = this.#builder(object);
          const value = call(member(this.#receiver(object), 'Replace', at), [
            this.expression(first),
            this.expression(second),
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
            this.text(first),
          )
        )
          return call(member({ kind: 'regex', source: '^[A-Za-z0-9]*$', flags: '', ...at }, 'IsMatch', at), [
            this.#receiver(object),
          ]);
        return undefined;
      case 'Concat':
        if (isText && args.length > 0) return { kind: 'text', parts: args.map((one) => this.expression(one)), ...at };
        return undefined;
      case 'Format':
        return isText ? this.#format(args, at) : undefined;
      case 'Append':
      case 'AppendLine':
      case 'AppendFormat': {
        const type = this.#typeOf(object);
        return type !== undefined && textBuilder.test(type) ? this.#appended(node, at) : undefined;
      }
      case 'Insert': {
        const type = this.#typeOf(object);
        if (type === undefined || !textBuilder.test(type) || !second) return undefined;
        const place = this.#builder(object);
        const value: Expression = { kind: 'text', parts: [this.expression(second), this.#receiver(object)], ...at };
        return place ? assign(place, value, at) : value;
      }
      case 'ToString': {
        const type = this.#typeOf(object);
        return type !== undefined && textBuilder.test(type) ? this.expression(object) : undefined;
      }
      case 'Send':
      case 'Publish': {
        // A mediator calls what handles the message.
        const type = first && this.#typeOf(first);
        const handlers = type === undefined ? [] : this.declared.handlersOf(type).slice(0, 2);
        const [handler] = handlers;
        if (!first || handler === undefined) return undefined;
        return call(member(typed(opaque([], at), this.#qualifiedType(handler), at), 'Handle', at), [
          this.expression(first),
          opaque([], at),
        ]);
      }
      default:
        return undefined;
    }
  }

  /** The place of a string builder, which appending changes. */
  #builder(node: SyntaxNode): Name | (Expression & { kind: 'member' }) | undefined {
    if (node.type !== 'identifier' && node.type !== 'member_access_expression') return undefined;
    const value = this.expression(node);
    return value.kind === 'name' || value.kind === 'member' ? value : undefined;
  }

  /** `builder.Append(a).Append(b)`: the builder is the text that it will make. */
  #appended(node: SyntaxNode, at: Range): Expression {
    const parts: Expression[] = [];
    let root: SyntaxNode = node;
    for (;;) {
      if (root.type !== 'invocation_expression') break;
      const { object, name } = this.#calleeOf(childOf(root, 'function'));
      if (!object || !/^Append(?:Line|Format)?$/.test(name)) break;
      const args = (childOf(root, 'arguments')?.children ?? []).map((one) => one.children.at(-1) ?? one);
      const own = rangeOf(root);
      if (name === 'AppendLine') parts.unshift({ kind: 'literal', value: '\n', ...own });
      const format = name === 'AppendFormat' ? this.#format(args, own) : undefined;
      if (format) parts.unshift(format);
      else if (args[0])
        parts.unshift(...(name === 'AppendFormat' ? args : args.slice(0, 1)).map((one) => this.expression(one)));
      root = object;
    }
    const place = this.#builder(root);
    const value: Expression = { kind: 'text', parts: [this.expression(root), ...parts], ...at };
    return place ? assign(place, value, at) : value;
  }

  /** `string.Format`: the text between the arguments, and the arguments. */
  #format(args: readonly SyntaxNode[], at: Range): Expression | undefined {
    const list =
      args[0] && /^(?:CultureInfo|null$|NumberFormatInfo|System\.Globalization)/.test(this.text(args[0]))
        ? args.slice(1)
        : args;
    const [format, ...values] = list;
    if (!format || !/^(?:string_literal|verbatim_string_literal|raw_string_literal)$/.test(format.type))
      return undefined;
    const own = rangeOf(format);
    const parts: Expression[] = [];
    const text = stringOf(this.text(format));
    let from = 0;
    for (const match of text.matchAll(/\{\{|\}\}|\{(\d+)(?:,[^{}:]*)?(?::[^{}]*)?\}/g)) {
      const [whole, index] = match;
      parts.push({
        kind: 'literal',
        value: text.slice(from, match.index) + (index === undefined ? whole.charAt(0) : ''),
        ...own,
      });
      from = match.index + whole.length;
      if (index === undefined) continue;
      const value = values[Number(index)];
      if (value) parts.push(this.expression(value));
      else if (values[0])
        parts.push({
          kind: 'index',
          object: this.expression(values[0]),
          index: { kind: 'literal', value: Number(index), ...at },
          ...at,
        });
    }
    parts.push({ kind: 'literal', value: text.slice(from), ...own });
    return { kind: 'text', parts, ...at };
  }

  /** A regular expression that is written as a string. */
  #regex(node: SyntaxNode, ignoresCase: boolean, flags: string): Expression | undefined {
    if (!/^(?:string_literal|verbatim_string_literal|raw_string_literal)$/.test(node.type))
      return node.type === 'identifier' || node.type === 'member_access_expression'
        ? this.#regexValue(node, flags)
        : undefined;
    return this.#regexOf(stringOf(this.text(node)), ignoresCase, flags, rangeOf(node));
  }

  /** A constant of this file that holds an expression. */
  #regexValue(node: SyntaxNode, flags: string): Expression {
    const name = this.text(node).replace(/^this\./, '');
    const [, text] = /^\w+$/.test(name)
      ? (new RegExp(String.raw`\b(?:const|readonly)\s+string\s+${name}\s*=\s*(@?"(?:[^"\\]|\\.|"")*")\s*;`).exec(
          this.source,
        ) ?? [])
      : [];
    return text === undefined ? this.expression(node) : this.#regexOf(stringOf(text), false, flags, rangeOf(node));
  }

  #regexOf(text: string, ignoresCase: boolean, flags: string, at: Range): Expression {
    const isIgnoring = /^\(\?[a-z]*i[a-z]*\)/.test(text);
    const source = text
      .replace(/^\(\?[a-z]+\)/, '')
      .replaceAll('\\A', '^')
      .replace(/\\[zZ]$/, '$')
      .replaceAll(/\\p\{(?:L|Lu|Ll|IsBasicLatin)\}/g, '[A-Za-z]')
      .replaceAll(/\\p\{(?:N|Nd)\}/g, '\\d')
      .replaceAll(/\(\?<(\w+)>/g, '(?:')
      .replaceAll('(?>', '(?:');
    return { kind: 'regex', source, flags: (ignoresCase || isIgnoring ? 'i' : '') + flags, ...at };
  }

  #nameOf(node: SyntaxNode): string {
    const name = childOf(node, 'name');
    return name ? this.text(name).replaceAll(/\s+/g, '').replace(/^@/, '') : '';
  }

  text(node: { from: number; to: number }): string {
    return this.source.slice(node.from, node.to);
  }
}

/** The types that the keywords stand for. */
const predefined: Readonly<Record<string, string>> = {
  string: 'String',
  object: 'Object',
  int: 'Int32',
  uint: 'UInt32',
  long: 'Int64',
  ulong: 'UInt64',
  short: 'Int16',
  ushort: 'UInt16',
  byte: 'Byte',
  sbyte: 'SByte',
  bool: 'Boolean',
  char: 'Char',
  double: 'Double',
  float: 'Single',
  decimal: 'Decimal',
};

/** What ASP.NET writes for the root of an application is a path of this site. */
function fromRoot(text: string): string {
  return text.startsWith('~/') ? text.slice(1) : text;
}

function isType({ type }: SyntaxNode): boolean {
  return /^(?:class|interface|enum|record|struct)_declaration$/.test(type);
}

function joined(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}.${name}`;
}

function isNumeric(value: Expression): boolean {
  return value.kind === 'literal' && typeof value.value === 'number';
}

function asValue(target: Pattern, at: Range): Expression {
  return target.kind === 'name' || target.kind === 'member' || target.kind === 'index' ? target : opaque([], at);
}

function dotted(type: Expression): string | undefined {
  if (type.kind === 'name') return type.name;
  const object = type.kind === 'member' ? dotted(type.object) : undefined;
  return type.kind === 'member' && object !== undefined ? `${object}.${type.property}` : undefined;
}

function withType(type: string | undefined): { type?: string } {
  return type === undefined ? {} : { type };
}

function nameAt(name: string, { from, to }: Range): Name {
  return { kind: 'name', name, from, to };
}

function member(object: Expression, property: string, { from, to }: Range): Expression & { kind: 'member' } {
  return { kind: 'member', object, property, from, to };
}

function assign(target: Pattern, value: Expression, { from, to }: Range): Expression {
  return { kind: 'assign', target, value, from, to };
}

function typed(value: Expression, type: string, { from, to }: Range): Expression {
  return { kind: 'typed', value, type, from, to };
}

function made(callee: Expression, args: readonly Argument[], { from, to }: Range): Expression {
  return { kind: 'call', callee, args, isNew: true, from, to };
}

function opaque(parts: readonly Expression[], { from, to }: Range): Expression & { kind: 'opaque' } {
  return { kind: 'opaque', parts, from, to };
}

function rangeOf({ from, to }: { from: number; to: number }): Range {
  return { from, to };
}
