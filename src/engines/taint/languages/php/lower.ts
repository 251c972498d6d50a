import { posix } from 'node:path';
import type {
  Argument,
  ClassField,
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
import { callbackAt, fixedConstants, knownClasses, memberTypes, neverReturns, unknownGlobals } from './names';
import { specifierOf, type DeclaredKind } from './resolve';
import { regexOf, unescaped, unquoted } from './strings';

/** Types of nodes of which only the text matters. */
export const leaves: ReadonlySet<string> = new Set([
  'variable_name',
  'qualified_name',
  'relative_name',
  'namespace_name',
  'string',
  'nowdoc',
  'named_type',
  'optional_type',
  'union_type',
  'intersection_type',
  'disjunctive_normal_form_type',
  'primitive_type',
  'cast_type',
  'text',
  'heredoc_start',
  'heredoc_end',
]);

/** Lowers a PHP file. @param path '/'-separated */
export function lower(path: string, root: SyntaxNode, source: string, hasErrors: boolean): Module {
  return { body: new Lowering(path, source).module(root), hasErrors };
}

/** Variables that each script has, whose values the models know by their names without the dollar sign. */
const superglobals =
  /^\$(?:_(?:GET|POST|REQUEST|COOKIE|SERVER|ENV|FILES)|HTTP_(?:GET|POST|COOKIE|SERVER)_VARS|HTTP_RAW_POST_DATA|argv)$/;

const functionTypes = new Set(['function_definition', 'method_declaration', 'anonymous_function', 'anonymous_class']);
const classTypes = new Set([
  'class_declaration',
  'interface_declaration',
  'trait_declaration',
  'enum_declaration',
  'anonymous_class',
]);

class Lowering {
  #namespace = '';
  readonly #classAliases = new Map<string, string>();
  readonly #functionAliases = new Map<string, string>();
  readonly #declared = new Set<string>();
  readonly #imports = new Map<string, string>();
  readonly #traits = new Map<string, SyntaxNode>();
  /** The class that is being lowered. */
  #class: { readonly name: string; readonly own: ReadonlySet<string> } | undefined;
  /** The function that is being lowered, or the file. */
  #function: { readonly node: SyntaxNode; readonly variables: ReadonlySet<string>; readonly isFile: boolean };
  readonly #folder: string;

  constructor(
    private readonly path: string,
    private readonly source: string,
  ) {
    this.#folder = posix.join('/', posix.dirname(path));
    this.#function = {
      node: { type: 'program', from: 0, to: 0, isNamed: true, field: undefined, children: [] },
      variables: new Set(),
      isFile: true,
    };
  }

  /** Imports, then functions and classes with their exports, then what the file does. */
  module(root: SyntaxNode): Statement[] {
    const variables = variablesIn(root, this.source);
    this.#function = { node: root, variables, isFile: true };
    const declarations: { node: SyntaxNode; namespace: string }[] = [];
    this.#collect(root.children, declarations);
    const hoisted: Statement[] = [];
    for (const { node, namespace } of declarations) {
      this.#namespace = namespace;
      if (node.type === 'function_definition') hoisted.push(...this.#declaration(node));
    }
    for (const { node, namespace } of this.#parentsFirst(declarations)) {
      this.#namespace = namespace;
      hoisted.push(...this.#declaration(node));
    }
    this.#namespace = '';
    const code = this.#body(root.children);
    const declares = code.length > 0 ? this.#variables(variables, root, new Set()) : [];
    const imports = [...this.#imports].map(([local, module]): Statement => ({
      kind: 'import',
      module,
      bindings: [{ local }],
      from: 0,
      to: 0,
    }));
    return [...imports, ...hoisted, ...declares, ...code];
  }

  /** Functions and classes of the file, also those that are declared only if they do not exist yet. */
  #collect(nodes: readonly SyntaxNode[], found: { node: SyntaxNode; namespace: string }[]): void {
    for (const node of nodes)
      if (node.type === 'namespace_definition') {
        const name = childOf(node, 'name');
        this.#namespace = name ? this.#text(name) : '';
        const body = childOf(node, 'body');
        if (body) this.#collect(body.children, found);
      } else if (node.type === 'namespace_use_declaration') this.#use(node);
      else if (node.type === 'function_definition' || (classTypes.has(node.type) && node.type !== 'anonymous_class')) {
        const name = childOf(node, 'name');
        if (!name) continue;
        const own = this.#qualified(this.#text(name));
        this.#declared.add(node.type === 'function_definition' ? own.toLowerCase() : `\\${own}`);
        if (node.type === 'trait_declaration') this.#traits.set(own, node);
        found.push({ node, namespace: this.#namespace });
      } else if (/^(?:if_statement|else_clause|else_if_clause|compound_statement|colon_block|ERROR)$/.test(node.type))
        this.#collect(node.children, found);
  }

  #parentsFirst(declarations: readonly { node: SyntaxNode; namespace: string }[]) {
    const classes = declarations.filter(({ node }) => node.type !== 'function_definition');
    const byName = new Map(classes.map((one) => [this.#textOf(one.node, 'name'), one] as const));
    const done = new Set<SyntaxNode>();
    const ordered: typeof classes = [];
    const add = (one: (typeof classes)[number]) => {
      if (done.has(one.node)) return;
      done.add(one.node);
      const parent = one.node.children.find(({ type }) => type === 'base_clause')?.children[0];
      const known = parent && byName.get(this.#text(parent).replace(/^.*\\/, ''));
      if (known) add(known);
      ordered.push(one);
    };
    for (const one of classes) add(one);
    return ordered;
  }

  #use(node: SyntaxNode): void {
    const group = childOf(node, 'body');
    const prefix = group ? `${this.#text(node.children.find(({ type }) => type === 'namespace_name') ?? node)}\\` : '';
    const isFunction = /^use\s+function\b/i.test(this.#text(node));
    for (const clause of (group ?? node).children) {
      if (clause.type !== 'namespace_use_clause') continue;
      const name = clause.children.find(({ field, type }) => field !== 'alias' && /name$/.test(type));
      if (!name) continue;
      const full = prefix + this.#text(name).replace(/^\\/, '');
      const alias = childOf(clause, 'alias');
      const local = alias ? this.#text(alias) : (full.split('\\').at(-1) ?? full);
      const kind = childOf(clause, 'type');
      if (isFunction || (kind && this.#text(kind).toLowerCase() === 'function'))
        this.#functionAliases.set(local.toLowerCase(), full);
      else if (!kind) this.#classAliases.set(local.toLowerCase(), full);
    }
  }

  #qualified(name: string): string {
    return this.#namespace === '' ? name : `${this.#namespace}\\${name}`;
  }

  /** The full name of a class, as it is written in some place. */
  #classNamed(text: string): string {
    if (text.startsWith('\\')) return text.slice(1);
    if (/^namespace\\/i.test(text)) return this.#qualified(text.slice(10));
    const [first = '', ...rest] = text.split('\\');
    const alias = this.#classAliases.get(first.toLowerCase());
    return alias === undefined ? this.#qualified(text) : [alias, ...rest].join('\\');
  }

  /** A name that stands for a class, which is imported unless the file declares it. */
  #classReference(text: string, at: Range): Name {
    const full = this.#classNamed(text);
    const local = `\\${full}`;
    // Without a namespace of its own, a class of PHP itself.
    if (!this.#declared.has(local)) this.#import(local, 'class', [full]);
    return { kind: 'name', name: local, ...at };
  }

  #functionReference(text: string, at: Range): Name {
    const name = text.toLowerCase();
    if (name.startsWith('\\')) return this.#functionAt([name.slice(1)], at);
    if (name.startsWith('namespace\\')) return this.#functionAt([this.#qualified(name.slice(10)).toLowerCase()], at);
    const alias = this.#functionAliases.get(name);
    if (alias !== undefined) return this.#functionAt([alias.toLowerCase()], at);
    if (name.includes('\\')) return this.#functionAt([this.#classNamed(name).toLowerCase()], at);
    const own = this.#qualified(name).toLowerCase();
    return this.#functionAt(own === name ? [name] : [own, name], at);
  }

  #functionAt(names: readonly string[], at: Range): Name {
    const declared = names.find((one) => this.#declared.has(one));
    const local = declared ?? names.at(-1) ?? '';
    if (declared === undefined) this.#import(local, 'function', names);
    return { kind: 'name', name: local, ...at };
  }

  #import(local: string, kind: DeclaredKind, names: readonly string[]): void {
    if (!this.#imports.has(local)) this.#imports.set(local, specifierOf(kind, names));
  }

  #declaration(node: SyntaxNode): Statement[] {
    const name = childOf(node, 'name');
    if (!name) return [];
    const at = rangeOf(node);
    const full = this.#qualified(this.#text(name));
    const isFunction = node.type === 'function_definition';
    const local = isFunction ? full.toLowerCase() : `\\${full}`;
    const value: Expression = isFunction
      ? this.#functionValue(node, this.#text(name), [], false)
      : this.#classValue(node, full);
    const target: Name = { kind: 'name', name: local, ...rangeOf(name) };
    const exported = specifierOf(isFunction ? 'function' : 'class', [full]).toLowerCase();
    const declares: Statement = { kind: 'declare', target, value, scope: 'function', ...at };
    if (!this.#function.isFile) return [declares];
    return [declares, { kind: 'export', name: exported, value: target, ...at }];
  }

  // Functions and classes.

  /** Variables belong to the function: all are declared at its beginning. */
  #variables(names: ReadonlySet<string>, node: SyntaxNode, except: ReadonlySet<string>): Statement[] {
    const at = { from: node.from, to: node.from };
    const text = this.source.slice(node.from, node.to);
    // Others set them: an included file, `extract`, or what is called with a reference.
    const isOpen =
      node.type === 'program' ||
      /\$\$|\$\{|\b(?:include|require)(?:_once)?\b|\bextract\s*\(|\bparse_str\s*\(/.test(text);
    return [...names].flatMap((name): Statement[] => {
      if (except.has(name) || name === '$this' || name === '$GLOBALS') return [];
      const target: Name = { kind: 'name', name, ...at };
      const type = unknownGlobals[name];
      let value: Expression | undefined;
      const first = node.from + text.indexOf(name);
      if (superglobals.test(name)) value = { kind: 'name', name: name.slice(1), from: first, to: first + name.length };
      else if (type !== undefined && isOpen) value = this.#typed(type, at);
      else {
        const isAssigned = assignmentOf(name).test(text);
        const isFilled = new RegExp(`\\${name}\\s*\\[`).test(text);
        if (isFilled && !isAssigned && !isOpen) value = { kind: 'object', fields: [], ...at };
        else if (isOpen || !isAssigned) value = nothing(at);
      }
      return [{ kind: 'declare', target, ...(value && { value }), scope: 'function', ...at }];
    });
  }

  #typed(type: string, at: Range): Expression {
    return { kind: 'typed', value: nothing(at), type: this.#classReference(`\\${type}`, at).name, ...at };
  }

  #functionValue(node: SyntaxNode, name: string, decorators: readonly Expression[], isArrow: boolean): FunctionValue {
    const outer = this.#function;
    const at = rangeOf(node);
    const parameters = childOf(node, 'parameters');
    const body = childOf(node, 'body');
    const variables = body ? variablesIn(body, this.source) : new Set<string>();
    this.#function = { node: body ?? node, variables, isFile: false };
    try {
      const params = (parameters?.children ?? []).flatMap((one) => this.#parameter(one));
      const except = new Set(params.flatMap(({ pattern }) => (pattern.kind === 'name' ? [pattern.name] : [])));
      const used = node.children.find(({ type }) => type === 'anonymous_function_use_clause');
      for (const one of used ? variablesIn(used, this.source) : []) except.add(one);
      if (node.type === 'arrow_function') for (const one of outer.variables) except.add(one);
      const globals = body ? this.#globalsIn(body) : [];
      // Those of the file are seen from here, since its scope is around.
      for (const one of globals) if (unknownGlobals[one] === undefined) except.add(one);
      const statements: Statement[] = !body
        ? []
        : node.type === 'arrow_function'
          ? [{ kind: 'return', value: this.expression(body), ...rangeOf(body) }]
          : this.#body(body.children);
      const declares = body && statements.length > 0 ? this.#variables(variables, body, except) : [];
      const typed = globals.flatMap((one): Statement[] => {
        const type = unknownGlobals[one];
        if (type === undefined) return [];
        const target: Name = { kind: 'name', name: one, ...at };
        return [{ kind: 'declare', target, value: this.#typed(type, at), scope: 'function', ...at }];
      });
      return {
        kind: 'function',
        name,
        params,
        body: [...declares, ...typed, ...this.#promoted(parameters), ...statements],
        isArrow,
        decorators,
        ...at,
      };
    } finally {
      this.#function = outer;
    }
  }

  /** Parameters of a constructor that are also properties. */
  #promoted(parameters: SyntaxNode | undefined): Statement[] {
    return (parameters?.children ?? []).flatMap((one): Statement[] => {
      const name = childOf(one, 'name');
      if (one.type !== 'property_promotion_parameter' || !name) return [];
      const at = rangeOf(name);
      const variable = this.#variable(name);
      const object: Name = { kind: 'name', name: 'this', ...at };
      const target: Pattern = { kind: 'member', object, property: variable.name.slice(1), ...at };
      return [this.#evaluate({ kind: 'assign', target, value: variable, ...at })];
    });
  }

  #globalsIn(node: SyntaxNode): string[] {
    if (node.type === 'global_declaration')
      return node.children.filter(({ type }) => type === 'variable_name').map((one) => this.#text(one));
    return functionTypes.has(node.type) ? [] : node.children.flatMap((one) => this.#globalsIn(one));
  }

  #parameter(node: SyntaxNode): Parameter[] {
    const name = childOf(node, 'name');
    if (!name || !/parameter$/.test(node.type)) return [];
    const fallback = childOf(node, 'default_value');
    const type = this.#typeOf(childOf(node, 'type'));
    const attributes = childOf(node, 'attributes');
    const variable = name.type === 'by_ref' ? (name.children[0] ?? name) : name;
    return [
      {
        pattern: { kind: 'name', name: this.#text(variable), ...rangeOf(variable) },
        ...(type !== undefined && { type }),
        ...(fallback && { fallback: this.expression(fallback) }),
        ...(node.type === 'variadic_parameter' && { rest: true }),
        ...(attributes && { decorators: this.#attributes(attributes) }),
      },
    ];
  }

  #typeOf(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    const names = this.#text(node)
      .replace(/[?()\s]/g, '')
      .split(/[|&]/)
      .filter((one) => !/^(?:null|void|never)$/i.test(one));
    if (names.length > 0 && names.every((one) => /^(?:int|float|bool|false|true)$/i.test(one))) return 'number';
    const [name] = names.filter(
      (one) => !/^(?:int|float|bool|false|true|string|array|mixed|iterable|callable|object|self|static)$/i.test(one),
    );
    return name === undefined || names.some((one) => /^(?:string|array|mixed|iterable)$/i.test(one))
      ? undefined
      : this.#classReference(name, rangeOf(node)).name;
  }

  #attributes(list: SyntaxNode): Expression[] {
    return list.children
      .flatMap(({ children }) => children)
      .filter(({ type }) => type === 'attribute')
      .flatMap((one): Expression[] => {
        const [name] = one.children;
        if (!name) return [];
        const args = childOf(one, 'parameters');
        return [
          {
            kind: 'call',
            callee: this.#classReference(this.#text(name), rangeOf(name)),
            args: args ? this.#arguments(args) : [],
            isNew: true,
            ...rangeOf(one),
          },
        ];
      });
  }

  #classValue(node: SyntaxNode, name: string): Expression {
    const outer = this.#class;
    const at = rangeOf(node);
    const list = childOf(node, 'body') ?? node.children.find(({ type }) => type === 'declaration_list');
    const members = [...(list?.children ?? [])];
    const traits = members
      .filter(({ type }) => type === 'use_declaration')
      .flatMap(({ children }) => children.filter(({ type }) => type === 'name' || type === 'qualified_name'));
    // Methods of a trait are those of the class; of one in another file, as if they were inherited.
    const elsewhere: SyntaxNode[] = [];
    for (const one of traits) {
      const trait = this.#traits.get(this.#classNamed(this.#text(one)));
      const body = trait && trait !== node ? childOf(trait, 'body') : undefined;
      if (body) members.push(...body.children);
      else elsewhere.push(one);
    }
    const base = node.children.find(({ type }) => type === 'base_clause')?.children[0] ?? elsewhere[0];
    const own = new Set<string>();
    for (const member of members) {
      if (member.type === 'property_declaration')
        for (const one of member.children)
          if (one.type === 'property_element') own.add(this.#textOf(one, 'name').slice(1));
      if (member.type === 'method_declaration')
        for (const one of childOf(member, 'parameters')?.children ?? [])
          if (one.type === 'property_promotion_parameter') own.add(this.#textOf(one, 'name').slice(1));
    }
    const text = this.#text(node);
    for (const [, assigned] of text.matchAll(/\$this->(\w+)\s*=[^=>]/g)) if (assigned !== undefined) own.add(assigned);
    this.#class = { name, own };
    try {
      const superclass = base && this.#classReference(this.#text(base), rangeOf(base));
      const isController =
        /Controller$/.test(name) || (superclass !== undefined && /(?:Controller|CI_Controller)$/.test(superclass.name));
      const methods: Method[] = [];
      const fields: ClassField[] = [];
      let end = list?.from ?? node.from;
      for (const member of members) {
        if (member.type === 'method_declaration') methods.push(this.#method(member, isController, end));
        else if (member.type === 'property_declaration') this.#property(member, text, fields, methods);
        else if (member.type === 'const_declaration')
          for (const one of member.children) {
            const [key, value] = one.type === 'const_element' ? one.children : [];
            if (key && value) fields.push({ name: this.#text(key), value: this.expression(value), isStatic: true });
          }
        else if (member.type === 'enum_case') {
          const value = childOf(member, 'value');
          const key = this.#textOf(member, 'name');
          const caseFields: Field[] = [
            { key: 'name', value: { kind: 'literal', value: key, ...rangeOf(member) } },
            ...(value ? [{ key: 'value', value: this.expression(value) }] : []),
          ];
          fields.push({ name: key, value: { kind: 'object', fields: caseFields, ...rangeOf(member) }, isStatic: true });
        }
        end = member.to;
      }
      if (node.type === 'enum_declaration')
        for (const one of ['from', 'tryFrom']) methods.push(this.#enumMethod(one, at));
      const attributes = childOf(node, 'attributes');
      return {
        kind: 'class',
        name,
        ...(superclass && { superclass }),
        methods,
        fields,
        decorators: attributes ? this.#attributes(attributes) : [],
        ...at,
      };
    } finally {
      this.#class = outer;
    }
  }

  /** Of an enumeration, `from` returns one of its cases, whatever it gets. */
  #enumMethod(name: string, at: Range): Method {
    const parameter: Name = { kind: 'name', name: '$value', ...at };
    const value = this.#call('intval', [parameter], at);
    return {
      name,
      isStatic: true,
      role: 'method',
      value: {
        kind: 'function',
        name,
        params: [{ pattern: parameter }],
        body: [{ kind: 'return', value, ...at }],
        isArrow: false,
        decorators: [],
        ...at,
      },
    };
  }

  /** @param end of what precedes it, behind which its documentation stands */
  #method(node: SyntaxNode, isController: boolean, end: number): Method {
    const written = this.#textOf(node, 'name');
    const name = written.toLowerCase() === '__construct' ? 'constructor' : written;
    const isStatic = node.children.some(({ type }) => type === 'static_modifier');
    const isPublic = !node.children.some((one) => one.type === 'visibility_modifier' && this.#text(one) !== 'public');
    const attributes = childOf(node, 'attributes');
    const decorators = attributes ? this.#attributes(attributes) : [];
    const at = rangeOf(node);
    const comment = end < node.from ? this.source.slice(end, node.from) : '';
    if (/@(?:\w+\\)?(?:Route|Get|Post|Put|Patch|Delete)\(/.test(comment))
      decorators.push(this.#classReference('\\Symfony\\Component\\Routing\\Annotation\\Route', at));
    else if (isController && isPublic && !isStatic && !name.startsWith('_') && name !== 'constructor')
      decorators.push(this.#classReference('\\ControllerAction', at));
    const value = this.#functionValue(node, written, decorators, false);
    return { name, value, isStatic, role: 'method' };
  }

  #property(node: SyntaxNode, classText: string, fields: ClassField[], methods: Method[]): void {
    const isStatic = node.children.some(({ type }) => type === 'static_modifier');
    const type = this.#typeOf(childOf(node, 'type'));
    for (const one of node.children) {
      if (one.type === 'property_hook_list') {
        const name = fields.at(-1)?.name;
        const getter = one.children.find((hook) => hook.children[0] && this.#text(hook.children[0]) === 'get');
        const body = getter && childOf(getter, 'body');
        if (name === undefined || !body) continue;
        fields.pop();
        const isBlock = body.type === 'compound_statement';
        const statements: Statement[] = isBlock
          ? this.#body(body.children)
          : [{ kind: 'return', value: this.expression(body), ...rangeOf(body) }];
        methods.push({
          name,
          isStatic,
          role: 'getter',
          value: {
            kind: 'function',
            name,
            params: [],
            body: statements,
            isArrow: false,
            decorators: [],
            ...rangeOf(one),
          },
        });
      }
      if (one.type !== 'property_element') continue;
      const name = this.#textOf(one, 'name').slice(1);
      const initial = childOf(one, 'default_value');
      // What is set later, or elsewhere, is not known.
      const isChanged = new RegExp(
        String.raw`(?:->|::\$)${name}\s*(?:\[[^\]]*\]\s*)*(?:[.+?-]{0,2}=[^=>]|\+\+)|(?:->|::\$)${name}\[\]`,
      ).test(classText);
      const at = rangeOf(one);
      const isList = initial?.type === 'array_creation_expression' || this.#textOf(node, 'type') === 'array';
      const value: Expression =
        initial && initial.type !== 'null' && !isChanged
          ? this.expression(initial)
          : isList
            ? {
                kind: 'object',
                fields: [{ value: initial ? this.expression(initial) : nothing(at) }, { value: nothing(at) }],
                ...at,
              }
            : nothing(at);
      fields.push({ name, value, ...(type !== undefined && { type }), isStatic });
    }
  }

  // Statements.

  #body(nodes: readonly SyntaxNode[]): Statement[] {
    const statements: Statement[] = [];
    let isEchoed = false;
    for (const node of nodes) {
      if (node.type === 'php_tag') isEchoed = this.#text(node).trim() === '<?=';
      else if (node.type === 'text_interpolation') {
        const tag = node.children.findLast(({ type }) => type === 'php_tag');
        isEchoed = tag !== undefined && this.#text(tag).trim() === '<?=';
      } else if (isEchoed && (node.type === 'expression_statement' || node.type === 'ERROR')) {
        for (const value of node.children)
          for (const one of value.type === 'sequence_expression' ? value.children : [value])
            if (one.isNamed) statements.push(this.#echo(one));
        isEchoed = node.type === 'ERROR';
      } else {
        statements.push(...this.#statement(node));
        isEchoed = false;
      }
    }
    return statements;
  }

  #echo(node: SyntaxNode): Statement {
    return this.#evaluate(this.#call('echo', [this.expression(node)], rangeOf(node)));
  }

  #block(node: SyntaxNode | undefined): Statement[] {
    if (!node) return [];
    return node.type === 'compound_statement' || node.type === 'colon_block'
      ? this.#body(node.children)
      : this.#body([node]);
  }

  #evaluate(value: Expression): Statement {
    return { kind: 'evaluate', value, from: value.from, to: value.to };
  }

  #statement(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    switch (node.type) {
      case 'expression_statement':
        return node.children[0] ? this.#expressionStatement(node.children[0]) : [];
      case 'echo_statement':
        return node.children
          .flatMap((one) => (one.type === 'sequence_expression' ? one.children : [one]))
          .map((one) => this.#evaluate(this.#call('echo', [this.expression(one)], at)));
      case 'exit_statement': {
        const value = node.children[0] ? [this.expression(node.children[0])] : [];
        return [{ kind: 'throw', value: this.#call('exit', value, at), ...at }];
      }
      case 'compound_statement':
      case 'colon_block':
        return this.#body(node.children);
      case 'return_statement': {
        const [value] = node.children;
        return [{ kind: 'return', ...(value && { value: this.expression(value) }), ...at }];
      }
      case 'if_statement':
        return [this.#if(node, 0)];
      case 'while_statement':
      case 'do_statement': {
        const test = childOf(node, 'condition');
        return [
          {
            kind: 'loop',
            init: [],
            ...(test && { test: this.expression(test) }),
            body: this.#block(childOf(node, 'body')),
            isPost: node.type === 'do_statement',
            ...at,
          },
        ];
      }
      case 'for_statement': {
        const [init, test, update] = ['initialize', 'condition', 'update'].map((field) => childOf(node, field));
        return [
          {
            kind: 'loop',
            init: init ? [this.#evaluate(this.expression(init))] : [],
            ...(test && { test: this.expression(test) }),
            ...(update && { update: this.expression(update) }),
            body: node.children.filter(({ field }) => field === 'body').flatMap((one) => this.#block(one)),
            isPost: false,
            ...at,
          },
        ];
      }
      case 'foreach_statement':
        return this.#forEach(node);
      case 'switch_statement':
        return [this.#switch(node)];
      case 'try_statement': {
        const handlers = node.children
          .filter(({ type }) => type === 'catch_clause')
          .map((one) => {
            const name = childOf(one, 'name');
            return {
              ...(name && { target: this.#variable(name) }),
              body: this.#block(childOf(one, 'body')),
            };
          });
        const last = node.children.find(({ type }) => type === 'finally_clause');
        return [
          {
            kind: 'try',
            body: this.#block(childOf(node, 'body')),
            handlers,
            last: last ? this.#block(childOf(last, 'body')) : [],
            ...at,
          },
        ];
      }
      case 'break_statement':
        return [{ kind: 'break', ...at }];
      case 'continue_statement':
        return [{ kind: 'continue', ...at }];
      case 'unset_statement':
        return node.children
          .filter(({ type }) => type === 'variable_name')
          .map((one) =>
            this.#evaluate({
              kind: 'assign',
              target: this.#variable(one),
              value: { kind: 'literal', value: null, ...at },
              ...at,
            }),
          );
      case 'global_declaration':
        return [];
      case 'function_static_declaration':
        return node.children.flatMap((one): Statement[] => {
          const name = childOf(one, 'name');
          const value = childOf(one, 'value');
          if (!name) return [];
          // It keeps its value between calls.
          const parts = value ? [this.expression(value)] : [];
          return [
            this.#evaluate({
              kind: 'assign',
              target: this.#variable(name),
              value: { kind: 'opaque', parts, ...at },
              ...at,
            }),
          ];
        });
      case 'const_declaration':
        return node.children.flatMap((one): Statement[] => {
          const [name, value] = one.type === 'const_element' ? one.children : [];
          if (!name || !value) return [];
          const target: Name = { kind: 'name', name: this.#text(name), ...rangeOf(name) };
          return [{ kind: 'declare', target, value: this.expression(value), scope: 'function', ...at }];
        });
      case 'namespace_definition': {
        const name = childOf(node, 'name');
        this.#namespace = name ? this.#text(name) : '';
        return this.#block(childOf(node, 'body'));
      }
      case 'declare_statement':
        return this.#body(node.children.filter(({ type }) => type !== 'declare_directive'));
      case 'function_definition':
      case 'class_declaration':
      case 'interface_declaration':
      case 'trait_declaration':
      case 'enum_declaration': {
        // Those of the file come first.
        const name = childOf(node, 'name');
        const own = name && this.#qualified(this.#text(name));
        const isHoisted =
          own !== undefined && this.#declared.has(node.type === 'function_definition' ? own.toLowerCase() : `\\${own}`);
        return isHoisted && this.#function.isFile ? [] : this.#declaration(node);
      }
      case 'ERROR':
        // What the parser stepped over: its parts that it did understand.
        return node.children.flatMap((one) =>
          /_(?:statement|definition|declaration)$/.test(one.type)
            ? this.#statement(one)
            : /_(?:expression|intrinsic)$/.test(one.type)
              ? this.#expressionStatement(one)
              : [],
        );
      default:
        return [];
    }
  }

  #expressionStatement(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    if (node.type === 'parenthesized_expression' && node.children[0])
      return this.#expressionStatement(node.children[0]);
    if (node.type === 'throw_expression') {
      const [value] = node.children;
      return [{ kind: 'throw', value: value ? this.expression(value) : nothing(at), ...at }];
    }
    if (node.type === 'function_call_expression') {
      const name = this.#calledName(node);
      if (name !== undefined && neverReturns.has(name)) return [{ kind: 'throw', value: this.expression(node), ...at }];
      const [first, second] = childOf(node, 'arguments')?.children ?? [];
      const constant = first && this.#constantText(first);
      if (name === 'define' && constant !== undefined && second?.children[0]) {
        const target: Name = { kind: 'name', name: constant, ...at };
        return [{ kind: 'declare', target, value: this.expression(second.children[0]), scope: 'function', ...at }];
      }
    }
    if (node.type === 'binary_expression') {
      const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
      const operator = this.#textOf(node, 'operator').toLowerCase();
      if (left && right && /^(?:or|\|\||and|&&)$/.test(operator)) {
        const body = this.#expressionStatement(right);
        if (body.some(({ kind }) => kind === 'throw')) {
          const isOr = operator === 'or' || operator === '||';
          return [{ kind: 'if', test: this.expression(left), yes: isOr ? [] : body, no: isOr ? body : [], ...at }];
        }
      }
    }
    const value = this.expression(node);
    const fragment = this.#fragment(value);
    return [this.#evaluate(fragment ?? value)];
  }

  /** Markup in a variable of a file that the file itself does not use: the file that includes it puts it into the page. */
  #fragment(value: Expression): Expression | undefined {
    if (!this.#function.isFile || value.kind !== 'assign' || value.target.kind !== 'name') return undefined;
    const { value: text } = value;
    if (text.kind !== 'text' || !text.parts.some((one) => one.kind === 'literal' && markup.test(String(one.value))))
      return undefined;
    const name = value.target.name.replace('$', String.raw`\$`);
    const uses = this.source.match(new RegExp(String.raw`${name}\b(?!\s*\.?=[^=])`, 'g'));
    if (uses) return undefined;
    return { ...value, value: this.#call('html_fragment', [text], { from: text.from, to: text.to }) };
  }

  #if(node: SyntaxNode, index: number): Statement {
    const alternatives = node.children.filter(({ field }) => field === 'alternative');
    const current = index === 0 ? node : (alternatives[index - 1] ?? node);
    const next = alternatives[index];
    const test = childOf(current, 'condition');
    const no = !next
      ? []
      : next.type === 'else_if_clause'
        ? [this.#if(node, index + 1)]
        : this.#block(childOf(next, 'body'));
    return {
      kind: 'if',
      test: test ? this.expression(test) : nothing(rangeOf(node)),
      yes: this.#block(childOf(current, 'body')),
      no,
      ...rangeOf(current),
    };
  }

  #forEach(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const [collection, item] = node.children.filter(({ field }) => field !== 'body');
    if (!collection || !item) return [];
    const isPair = item.type === 'pair';
    const key = isPair ? item.children[0] : undefined;
    const value = isPair ? item.children[1] : item;
    if (!value) return [];
    const from = this.expression(collection);
    const body = this.#block(childOf(node, 'body'));
    // Keys are as little known as the collection itself.
    const keys: Statement[] = key
      ? [
          this.#evaluate({
            kind: 'assign',
            target: this.pattern(key),
            value: { kind: 'opaque', parts: [from], ...rangeOf(key) },
            ...rangeOf(key),
          }),
        ]
      : [];
    return [
      {
        kind: 'forEach',
        target: this.pattern(value),
        of: 'items',
        collection: from,
        body: [...keys, ...body],
        ...at,
      },
    ];
  }

  #switch(node: SyntaxNode): Statement {
    const at = rangeOf(node);
    const test = childOf(node, 'condition');
    const cases: { tests: Expression[]; body: Statement[] }[] = [];
    let waiting: Expression[] = [];
    for (const one of childOf(node, 'body')?.children ?? []) {
      const value = childOf(one, 'value');
      const isDefault = one.type === 'default_statement';
      if (!isDefault && one.type !== 'case_statement') continue;
      const body = this.#body(one.children.filter((child) => child !== value));
      const tests = value ? [this.expression(value)] : [];
      // A case without a body shares that of the next one.
      if (body.length === 0 && !isDefault) waiting.push(...tests);
      else {
        cases.push({ tests: isDefault ? [] : [...waiting, ...tests], body });
        waiting = [];
      }
    }
    return { kind: 'switch', value: test ? this.expression(test) : nothing(at), cases, ...at };
  }

  // Expressions.

  expression(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    switch (node.type) {
      case 'integer':
      case 'float': {
        const value = Number(this.#text(node).replaceAll('_', ''));
        return { kind: 'literal', value: Number.isNaN(value) ? 0 : value, ...at };
      }
      case 'boolean':
        return { kind: 'literal', value: this.#text(node).toLowerCase() === 'true', ...at };
      case 'null':
        return { kind: 'literal', value: null, ...at };
      case 'string':
      case 'nowdoc':
        return { kind: 'literal', value: this.#constantText(node) ?? '', ...at };
      case 'encapsed_string':
      case 'heredoc':
      case 'shell_command_expression': {
        const text = this.#encapsed(node);
        return node.type === 'shell_command_expression' ? this.#call('shell_exec', [text], at) : text;
      }
      case 'variable_name':
        return this.#variable(node);
      case 'dynamic_variable_name': {
        const [inner] = node.children;
        const text = inner && (inner.type === 'name' ? this.#text(inner) : this.#constantText(inner));
        if (text !== undefined) return { kind: 'name', name: `$${text}`, ...at };
        return { kind: 'opaque', parts: inner ? [this.expression(inner)] : [], ...at };
      }
      case 'name':
      case 'qualified_name':
      case 'relative_name':
        return this.#constant(node);
      case 'parenthesized_expression':
      case 'error_suppression_expression':
      case 'by_ref':
        return this.#first(node);
      case 'clone_expression':
        return this.#first(node);
      case 'sequence_expression':
        return { kind: 'sequence', values: node.children.map((one) => this.expression(one)), ...at };
      case 'array_creation_expression':
      case 'list_literal':
        return this.#array(node);
      case 'member_access_expression':
      case 'nullsafe_member_access_expression':
        return this.#member(node);
      case 'scoped_property_access_expression': {
        const [scope, name] = [childOf(node, 'scope'), childOf(node, 'name')];
        if (!scope || !name) return nothing(at);
        return { kind: 'member', object: this.#scope(scope), property: this.#text(name).replace(/^\$/, ''), ...at };
      }
      case 'class_constant_access_expression': {
        const [scope, name] = node.children;
        if (!scope || !name) return nothing(at);
        const property = this.#text(name);
        const isNamed = /^(?:name|qualified_name|relative_name)$/.test(scope.type);
        if (property === 'class' && isNamed)
          return { kind: 'literal', value: this.#classNamed(this.#text(scope)), ...at };
        const full = isNamed ? this.#classNamed(this.#text(scope)) : '';
        if (knownClasses.has(full)) return { kind: 'literal', value: `${full}::${property}`, ...at };
        return { kind: 'member', object: this.#scope(scope), property, ...at };
      }
      case 'subscript_expression': {
        const [object, index] = node.children;
        if (!object) return nothing(at);
        if (object.type === 'variable_name') {
          const name = this.#text(object);
          const key = index && this.#constantText(index);
          if (name === '$GLOBALS' && key !== undefined) return { kind: 'name', name: `$${key}`, ...at };
          if (name === '$_FILES') return this.#call('uploaded_file', index ? [this.expression(index)] : [], at);
        }
        return {
          kind: 'index',
          object: this.expression(object),
          index: index ? this.#key(index) : nothing(at),
          ...at,
        };
      }
      case 'function_call_expression':
        return this.#functionCall(node);
      case 'member_call_expression':
      case 'nullsafe_member_call_expression': {
        const [object, name] = [childOf(node, 'object'), childOf(node, 'name')];
        if (!object || !name) return nothing(at);
        const args = this.#callArguments(childOf(node, 'arguments'), undefined);
        if (name.type !== 'name') return this.#dynamicCall(name, this.expression(object), args, at);
        const callee: Expression = {
          kind: 'member',
          object: this.expression(object),
          property: this.#text(name),
          ...rangeOf(node),
        };
        return { kind: 'call', callee, args, isNew: false, ...at };
      }
      case 'scoped_call_expression': {
        const [scope, name] = [childOf(node, 'scope'), childOf(node, 'name')];
        if (!scope || !name) return nothing(at);
        const args = this.#callArguments(childOf(node, 'arguments'), undefined);
        if (name.type !== 'name') return this.#dynamicCall(name, this.#scope(scope), args, at);
        const isParent = this.#text(scope).toLowerCase() === 'parent';
        const property = this.#text(name);
        const callee: Expression =
          isParent && property.toLowerCase() === '__construct'
            ? { kind: 'name', name: 'super', ...rangeOf(scope) }
            : { kind: 'member', object: this.#scope(scope), property, ...at };
        return { kind: 'call', callee, args, isNew: false, ...at };
      }
      case 'object_creation_expression':
        return this.#creation(node);
      case 'anonymous_function':
      case 'arrow_function':
        return this.#functionValue(node, '', [], true);
      case 'assignment_expression':
      case 'reference_assignment_expression': {
        const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
        if (!left || !right) return nothing(at);
        return this.#assign(left, this.expression(right), at);
      }
      case 'augmented_assignment_expression': {
        const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
        if (!left || !right) return nothing(at);
        const operator = this.#textOf(node, 'operator');
        const value = this.expression(right);
        if (operator === '.=') return this.#assign(left, textOf([this.expression(left), value], at), at);
        if (operator === '??=')
          return this.#assign(
            left,
            { kind: 'logical', operator: '??', left: this.expression(left), right: value, ...at },
            at,
          );
        return this.#assign(
          left,
          { kind: 'binary', operator: operator.slice(0, -1), left: this.expression(left), right: value, ...at },
          at,
        );
      }
      case 'binary_expression':
        return this.#binary(node);
      case 'unary_op_expression': {
        const operand = childOf(node, 'argument') ?? node.children.at(-1);
        if (!operand) return nothing(at);
        return { kind: 'unary', operator: this.#textOf(node, 'operator'), operand: this.expression(operand), ...at };
      }
      case 'update_expression':
        return { kind: 'unary', operator: '+', operand: this.#first(node), ...at };
      case 'cast_expression': {
        const value = childOf(node, 'value');
        if (!value) return nothing(at);
        const type = this.#textOf(node, 'type').toLowerCase();
        const inner = this.expression(value);
        if (/^(?:int|float|double|real|bool)/.test(type)) return this.#call('intval', [inner], at);
        return type === 'string' || type === 'binary' ? { kind: 'text', parts: [inner], ...at } : inner;
      }
      case 'conditional_expression': {
        const [test, yes, no] = ['condition', 'body', 'alternative'].map((field) => childOf(node, field));
        if (!test || !no) return nothing(at);
        if (!yes)
          return { kind: 'logical', operator: '||', left: this.expression(test), right: this.expression(no), ...at };
        return {
          kind: 'conditional',
          test: this.expression(test),
          yes: this.expression(yes),
          no: this.expression(no),
          ...at,
        };
      }
      case 'match_expression':
        return this.#match(node);
      case 'print_intrinsic':
        return this.#call('echo', [this.#first(node)], at);
      case 'include_expression':
      case 'include_once_expression':
      case 'require_expression':
      case 'require_once_expression':
        return this.#call('include', [this.#first(node)], at);
      case 'yield_expression': {
        const value = node.children.at(-1);
        if (!value) return nothing(at);
        const inner = value.type === 'array_element_initializer' ? value.children.at(-1) : value;
        return { kind: 'await', value: inner ? this.expression(inner) : nothing(at), ...at };
      }
      case 'throw_expression':
        return { kind: 'opaque', parts: node.children.map((one) => this.expression(one)), ...at };
      case 'variadic_unpacking':
        return this.#first(node);
      default:
        return {
          kind: 'opaque',
          parts: node.children.filter(({ isNamed }) => isNamed).map((one) => this.expression(one)),
          ...at,
        };
    }
  }

  #variable(node: SyntaxNode): Name {
    const text = this.#text(node);
    return { kind: 'name', name: text === '$this' ? 'this' : text, ...rangeOf(node) };
  }

  /** The key of an item; in a string, names are keys without quotes. */
  #key(node: SyntaxNode): Expression {
    return node.type === 'name' && !/^[A-Z_\d]+$/.test(this.#text(node))
      ? { kind: 'literal', value: this.#text(node), ...rangeOf(node) }
      : this.expression(node);
  }

  #constant(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const name = this.#text(node).replace(/^.*\\/, '');
    const upper = name.toUpperCase();
    if (upper === '__DIR__') return { kind: 'literal', value: this.#folder, ...at };
    if (upper === '__FILE__') return { kind: 'literal', value: posix.join('/', this.path), ...at };
    if (upper === 'TRUE' || upper === 'FALSE') return { kind: 'literal', value: upper === 'TRUE', ...at };
    if (upper === 'NULL') return { kind: 'literal', value: null, ...at };
    if (/^__\w+__$/.test(name)) return { kind: 'literal', value: name, ...at };
    if (name === 'PHP_EOL') return { kind: 'literal', value: '\n', ...at };
    if (name === 'DIRECTORY_SEPARATOR') return { kind: 'literal', value: '/', ...at };
    if (fixedConstants.test(name)) return { kind: 'literal', value: name, ...at };
    return { kind: 'name', name, ...at };
  }

  #scope(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const text = this.#text(node);
    switch (text.toLowerCase()) {
      case 'self':
      case 'static':
        return this.#class ? { kind: 'name', name: `\\${this.#class.name}`, ...at } : nothing(at);
      case 'parent':
        return { kind: 'name', name: 'super', ...at };
    }
    return /^(?:name|qualified_name|relative_name)$/.test(node.type)
      ? this.#classReference(text, at)
      : this.expression(node);
  }

  #member(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [object, name] = [childOf(node, 'object'), childOf(node, 'name')];
    if (!object || !name) return nothing(at);
    const isThis = this.#text(object) === '$this';
    if (name.type !== 'name') {
      const key = this.#constantText(name);
      if (key !== undefined) return { kind: 'member', object: this.expression(object), property: key, ...at };
      return { kind: 'index', object: this.expression(object), index: this.expression(name), ...at };
    }
    const property = this.#text(name);
    // What a framework's base class provides.
    const type = isThis && this.#class && !this.#class.own.has(property) ? memberTypes[property] : undefined;
    if (type !== undefined) return this.#typed(type, at);
    return { kind: 'member', object: this.expression(object), property, ...at };
  }

  #array(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const elements = node.children.filter(({ type }) => type === 'array_element_initializer');
    const isMap = elements.some(({ children }) => children.length > 1);
    const values = (one: SyntaxNode) => one.children.filter(({ isNamed }) => isNamed);
    if (!isMap)
      return {
        kind: 'list',
        items: elements.flatMap((one): Argument[] => {
          const [value] = values(one);
          if (!value) return [];
          return value.type === 'variadic_unpacking'
            ? [{ value: this.#first(value), spread: 'list' }]
            : [{ value: this.expression(value) }];
        }),
        ...at,
      };
    let next = 0;
    return {
      kind: 'object',
      fields: elements.flatMap((one): Field[] => {
        const [first, second] = values(one);
        if (!first) return [];
        if (first.type === 'variadic_unpacking') return [{ value: this.#first(first) }];
        if (!second) return [{ key: String(next++), value: this.expression(first) }];
        const key = this.#constantText(first);
        const isCallback = key !== undefined && /callback$/.test(key);
        const value = isCallback ? this.#callable(second) : this.expression(second);
        return [{ key: key ?? this.expression(first), value }];
      }),
      ...at,
    };
  }

  #match(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const condition = childOf(node, 'condition');
    const arms = childOf(node, 'body')?.children ?? [];
    if (!condition) return nothing(at);
    const value = this.expression(condition);
    const isTrue = value.kind === 'literal' && value.value === true;
    // Without a default, nothing else is possible.
    let result: Expression = { kind: 'literal', value: null, ...at };
    const last = arms.find(({ type }) => type === 'match_default_expression');
    const otherwise = last && childOf(last, 'return_expression');
    if (otherwise && otherwise.type !== 'throw_expression') result = this.expression(otherwise);
    for (const arm of arms.toReversed()) {
      const tests = childOf(arm, 'conditional_expressions')?.children ?? [];
      const returned = childOf(arm, 'return_expression');
      if (!returned || tests.length === 0) continue;
      const yes = this.expression(returned);
      const test = tests
        .map((one): Expression => {
          const right = this.expression(one);
          return isTrue ? right : { kind: 'binary', operator: '===', left: value, right, ...rangeOf(one) };
        })
        .reduce((left, right) => ({ kind: 'logical', operator: '||', left, right, ...rangeOf(arm) }));
      result = { kind: 'conditional', test, yes, no: result, ...rangeOf(arm) };
    }
    return result;
  }

  #creation(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [type] = node.children.filter(({ isNamed }) => isNamed);
    const list = node.children.find((one) => one.type === 'arguments');
    if (!type) return nothing(at);
    if (type.type === 'anonymous_class') {
      const args = type.children.find((one) => one.type === 'arguments');
      return {
        kind: 'call',
        callee: this.#classValue(type, 'class@anonymous'),
        args: args ? this.#arguments(args) : [],
        isNew: true,
        ...at,
      };
    }
    const args = list ? this.#arguments(list) : [];
    if (/^(?:name|qualified_name|relative_name)$/.test(type.type)) {
      const text = this.#text(type);
      const callee = /^(?:self|static|parent)$/i.test(text)
        ? this.#scope(type)
        : this.#classReference(text, rangeOf(type));
      return { kind: 'call', callee, args, isNew: true, ...at };
    }
    const callee = this.expression(type);
    const chosen = this.#call('dynamic_class', [callee], at);
    return { kind: 'sequence', values: [chosen, { kind: 'call', callee, args, isNew: true, ...at }], ...at };
  }

  #assign(left: SyntaxNode, value: Expression, at: Range): Expression {
    if (left.type === 'subscript_expression' && left.children.length === 1 && left.children[0])
      return this.#call('array_push', [this.expression(left.children[0]), value], at);
    return { kind: 'assign', target: this.pattern(left), value, ...at };
  }

  pattern(node: SyntaxNode): Pattern {
    const at = rangeOf(node);
    if (node.type === 'by_ref' && node.children[0]) return this.pattern(node.children[0]);
    if (node.type === 'list_literal' || node.type === 'array_creation_expression') return this.#listPattern(node);
    const value = this.expression(node);
    return value.kind === 'member' || value.kind === 'index' || value.kind === 'name'
      ? value
      : { kind: 'opaque', parts: [value], ...at };
  }

  #listPattern(node: SyntaxNode): Pattern {
    const at = rangeOf(node);
    const children = node.children.flatMap((one) => (one.type === 'array_element_initializer' ? one.children : [one]));
    const fields: { key: string | Expression; target: Pattern }[] = [];
    const items: ({ target: Pattern } | undefined)[] = [];
    let end = node.from + 1;
    let key: SyntaxNode | undefined;
    for (const [index, one] of children.entries()) {
      const next = children[index + 1];
      const isKey = next !== undefined && this.source.slice(one.to, next.from).includes('=>');
      const skipped = (this.source.slice(end, one.from).match(/,/g)?.length ?? 0) - (items.length > 0 ? 1 : 0);
      end = one.to;
      if (isKey) {
        key = one;
        continue;
      }
      const target = this.pattern(one);
      if (key) fields.push({ key: this.#constantText(key) ?? this.expression(key), target });
      else {
        for (let at = 0; at < skipped; at++) items.push(undefined);
        items.push({ target });
      }
      key = undefined;
    }
    return fields.length > 0 ? { kind: 'objectPattern', fields, ...at } : { kind: 'listPattern', items, ...at };
  }

  #binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    if (!left || !right) return nothing(at);
    const operator = this.#textOf(node, 'operator').toLowerCase();
    switch (operator) {
      case '.':
        return textOf([this.expression(left), this.expression(right)], at);
      case '&&':
      case 'and':
        return { kind: 'logical', operator: '&&', left: this.expression(left), right: this.expression(right), ...at };
      case '||':
      case 'or':
        return { kind: 'logical', operator: '||', left: this.expression(left), right: this.expression(right), ...at };
      case '??':
        return { kind: 'logical', operator: '??', left: this.expression(left), right: this.expression(right), ...at };
      case '===':
      case '==':
      case '!==':
      case '!=':
      case '<>': {
        const isEqual = operator.startsWith('=');
        const found = this.#position(left, right, at) ?? this.#position(right, left, at);
        if (found) return isEqual ? found : { kind: 'unary', operator: '!', operand: found, ...at };
        return {
          kind: 'binary',
          operator: operator === '<>' ? '!=' : operator,
          left: this.expression(left),
          right: this.expression(right),
          ...at,
        };
      }
      case '|>': {
        const value = this.expression(left);
        if (right.type !== 'function_call_expression') return { kind: 'opaque', parts: [value], ...at };
        const callee = childOf(right, 'function');
        if (!callee) return nothing(at);
        return { kind: 'call', callee: this.#callee(callee), args: [{ value }], isNew: false, ...at };
      }
      case '|': {
        // Flags, as a text with their names.
        const [a, b] = [this.expression(left), this.expression(right)];
        if (a.kind === 'literal' && b.kind === 'literal')
          return { kind: 'literal', value: `${String(a.value)}|${String(b.value)}`, ...at };
        return { kind: 'binary', operator, left: a, right: b, ...at };
      }
      case '+':
        if ([left, right].some((one) => one.type === 'array_creation_expression' || superglobals.test(this.#text(one))))
          return this.#call('array_merge', [this.expression(left), this.expression(right)], at);
        break;
      case 'instanceof': {
        const type = /name$/.test(right.type) && right.type !== 'variable_name';
        return {
          kind: 'binary',
          operator,
          left: this.expression(left),
          right: type ? { kind: 'literal', value: this.#text(right), ...rangeOf(right) } : this.expression(right),
          ...at,
        };
      }
    }
    return { kind: 'binary', operator, left: this.expression(left), right: this.expression(right), ...at };
  }

  /** `strpos($a, $b) === false`, `=== 0`, `substr($a, 0, 3) === $b`: whether a text contains another, or begins with it. */
  #position(call: SyntaxNode, other: SyntaxNode, at: Range): Expression | undefined {
    const inner = call.type === 'parenthesized_expression' ? (call.children[0] ?? call) : call;
    const name = inner.type === 'function_call_expression' ? this.#calledName(inner) : undefined;
    const args = inner.type === 'function_call_expression' ? (childOf(inner, 'arguments')?.children ?? []) : [];
    const values = () => args.slice(0, 2).map((one) => this.#first(one));
    const text = this.#text(other).toLowerCase();
    if (args.length < 2) return undefined;
    switch (name) {
      case 'strpos':
      case 'stripos':
      case 'mb_strpos':
      case 'mb_stripos':
      case 'strrpos':
      case 'strstr':
      case 'stristr':
      case 'strchr':
        if (text === 'false')
          return { kind: 'unary', operator: '!', operand: this.#call('str_contains', values(), at), ...at };
        return text === '0' ? this.#call('str_starts_with', values(), at) : undefined;
      case 'strncmp':
      case 'strncasecmp':
      case 'substr_compare':
        return text === '0' ? this.#call('str_starts_with', values(), at) : undefined;
      case 'substr':
      case 'mb_substr': {
        const [value, start] = args;
        if (args.length < 3 || !value || !start || this.#text(start) !== '0') return undefined;
        return this.#call('str_starts_with', [this.#first(value), this.expression(other)], at);
      }
      case 'preg_match':
        if (text === '1') return this.expression(inner);
        return text === '0' || text === 'false'
          ? { kind: 'unary', operator: '!', operand: this.expression(inner), ...at }
          : undefined;
      default:
        return undefined;
    }
  }

  // Calls.

  #call(name: string, args: readonly Expression[], at: Range): Expression {
    const callee =
      name === 'include' ? { kind: 'name' as const, name, ...at } : this.#functionReference(`\\${name}`, at);
    return { kind: 'call', callee, args: args.map((value) => ({ value })), isNew: false, from: at.from, to: at.to };
  }

  /** The name of a function that is called by it, in small letters and without its namespace. */
  #calledName(node: SyntaxNode): string | undefined {
    const callee = childOf(node, 'function');
    return callee && /name$/.test(callee.type) && callee.type !== 'variable_name'
      ? this.#text(callee).replace(/^\\/, '').toLowerCase()
      : undefined;
  }

  #callee(node: SyntaxNode): Expression {
    return /name$/.test(node.type) && !/variable/.test(node.type)
      ? this.#functionReference(this.#text(node), rangeOf(node))
      : this.expression(node);
  }

  #arguments(list: SyntaxNode): Argument[] {
    return this.#callArguments(list, undefined);
  }

  #callArguments(list: SyntaxNode | undefined, name: string | undefined): Argument[] {
    const callbacks = name === undefined ? undefined : callbackAt.get(name);
    return (list?.children ?? []).flatMap((one, index): Argument[] => {
      if (one.type !== 'argument') return one.type === 'variadic_placeholder' ? [] : [{ value: this.expression(one) }];
      const label = childOf(one, 'name');
      const value = one.children.findLast((child) => child !== label && child.isNamed);
      if (!value) return [];
      if (value.type === 'variadic_unpacking') return [{ value: this.#first(value), spread: 'list' }];
      const isCallback = callbacks?.includes(index) === true;
      return [
        {
          value: isCallback ? this.#callable(value) : this.expression(value),
          ...(label && { name: this.#text(label) }),
        },
      ];
    });
  }

  /** A function that is given by its name (`'trim'`, `'Users::find'`) or by an object and the name of its method. */
  #callable(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const text = this.#constantText(node);
    let callee: Expression | undefined;
    if (text !== undefined && /^\\?[\w\\]+$/.test(text))
      callee = this.#functionReference(`\\${text.replace(/^\\/, '')}`, at);
    else if (text !== undefined) {
      const [, type, method] = /^\\?([\w\\]+)::(\w+)$/.exec(text) ?? [];
      if (type !== undefined && method !== undefined)
        callee = { kind: 'member', object: this.#classReference(`\\${type}`, at), property: method, ...at };
    } else if (node.type === 'array_creation_expression') {
      const [object, method] = node.children.map(({ children }) => children[0]);
      const name = method && this.#constantText(method);
      const type = object && this.#constantText(object);
      if (object && name !== undefined)
        callee = {
          kind: 'member',
          object:
            type !== undefined
              ? this.#classReference(`\\${type}`, at)
              : /^(?:self|static)::class$/i.test(this.#text(object)) || this.#text(object) === '__CLASS__'
                ? this.#scope(object.children[0] ?? object)
                : this.expression(object),
          property: name,
          ...at,
        };
    } else if (this.#isPlaceholder(node)) {
      const inner = this.#first(node);
      callee = inner.kind === 'opaque' ? undefined : inner;
    }
    if (!callee) return this.expression(node);
    return this.#wrapped(callee, at);
  }

  /** `strlen(...)`. */
  #isPlaceholder(node: SyntaxNode): boolean {
    return childOf(node, 'arguments')?.children[0]?.type === 'variadic_placeholder';
  }

  /** A function that calls another one with what it gets. */
  #wrapped(callee: Expression, at: Range): Expression {
    const params = ['a', 'b', 'c'].map((name): Name => ({ kind: 'name', name: `#${name}`, ...at }));
    return {
      kind: 'function',
      name: '',
      params: params.map((pattern) => ({ pattern })),
      body: [
        {
          kind: 'return',
          value: { kind: 'call', callee, args: params.map((value) => ({ value })), isNew: false, ...at },
          ...at,
        },
      ],
      isArrow: true,
      decorators: [],
      ...at,
    };
  }

  /** A call of a method whose name is not constant. */
  #dynamicCall(name: SyntaxNode, object: Expression, args: readonly Argument[], at: Range): Expression {
    const chosen = this.#call('dynamic_method', [this.expression(name)], at);
    const callee: Expression = { kind: 'index', object, index: this.expression(name), ...at };
    return { kind: 'sequence', values: [chosen, { kind: 'call', callee, args, isNew: false, ...at }], ...at };
  }

  #functionCall(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const callee = childOf(node, 'function');
    const list = childOf(node, 'arguments');
    if (!callee) return nothing(at);
    const name = this.#calledName(node);
    if (this.#isPlaceholder(node)) return this.#wrapped(this.#callee(callee), at);
    if (name === undefined) {
      const args = this.#callArguments(list, undefined);
      const text = this.#constantText(
        callee.type === 'parenthesized_expression' ? (callee.children[0] ?? callee) : callee,
      );
      if (text !== undefined)
        return { kind: 'call', callee: this.#functionReference(text, rangeOf(callee)), args, isNew: false, ...at };
      const target = this.#callable(
        callee.type === 'parenthesized_expression' ? (callee.children[0] ?? callee) : callee,
      );
      const called: Expression = { kind: 'call', callee: target, args, isNew: false, ...at };
      if (target.kind === 'function') return called;
      return { kind: 'sequence', values: [this.#call('dynamic_function', [target], at), called], ...at };
    }
    const nodes = (list?.children ?? []).flatMap((one) => one.children.findLast(({ isNamed }) => isNamed) ?? []);
    const special = this.#special(name, nodes, at);
    if (special) return special;
    return {
      kind: 'call',
      callee: this.#callee(callee),
      args: this.#callArguments(list, name),
      isNew: false,
      ...at,
    };
  }

  /** Functions that are part of the language, or that say more than a model can. */
  #special(name: string, args: readonly SyntaxNode[], at: Range): Expression | undefined {
    const [first, second, third] = args;
    const values = (nodes: readonly SyntaxNode[]) => nodes.map((one) => this.expression(one));
    switch (name) {
      case 'isset': {
        const [object, index] = first?.type === 'subscript_expression' ? first.children : [];
        if (args.length === 1 && object && index && this.#constantText(index) === undefined)
          return {
            kind: 'binary',
            operator: 'in',
            left: this.expression(index),
            right: this.expression(object),
            ...at,
          };
        return { kind: 'unary', operator: 'isset', operand: { kind: 'opaque', parts: values(args), ...at }, ...at };
      }
      case 'empty':
        return { kind: 'unary', operator: 'empty', operand: { kind: 'opaque', parts: values(args), ...at }, ...at };
      case 'array_key_exists':
      case 'key_exists':
        return first && second
          ? { kind: 'binary', operator: 'in', left: this.expression(first), right: this.expression(second), ...at }
          : undefined;
      case 'constant': {
        const text = first && this.#constantText(first);
        return text === undefined ? undefined : { kind: 'name', name: text, ...at };
      }
      case 'func_get_args':
        return { kind: 'name', name: 'arguments', ...at };
      case 'compact':
        return {
          kind: 'object',
          fields: args.flatMap((one): Field[] => {
            const text = this.#constantText(one);
            return text === undefined
              ? []
              : [{ key: text, value: { kind: 'name', name: `$${text}`, ...rangeOf(one) } }];
          }),
          ...at,
        };
      case 'extract': {
        if (!first) return undefined;
        const from = this.expression(first);
        const values: Expression[] = [this.#call('extract', [from], at)];
        for (const variable of this.#unassigned()) {
          const index: Expression = { kind: 'literal', value: variable.slice(1), ...at };
          const item: Expression = { kind: 'index', object: from, index, ...at };
          values.push({ kind: 'assign', target: { kind: 'name', name: variable, ...at }, value: item, ...at });
        }
        return { kind: 'sequence', values, ...at };
      }
      case 'sprintf':
      case 'printf': {
        const format = first && this.#constantText(first);
        const text = format === undefined ? undefined : this.#formatted(format, args.slice(1), at);
        return text && name === 'printf' ? this.#call('echo', [text], at) : text;
      }
      case 'file_get_contents':
      case 'fopen':
      case 'file':
      case 'readfile': {
        const text = first && this.#constantText(first);
        if (text === undefined || !/^php:\/\/(?:input|stdin)$/i.test(text)) return undefined;
        return this.#call(/input$/i.test(text) ? 'request_body' : 'standard_input', [], at);
      }
      case 'request':
        return args.length > 0 && !this.#declared.has(name) ? this.#call('request_input', values(args), at) : undefined;
      case 'filter_input':
        return args.length < 3
          ? undefined
          : this.#call(
              'filter_var',
              [this.#call('filter_input', values(args.slice(0, 2)), at), ...values(args.slice(2))],
              at,
            );
      case 'header': {
        const text = first && this.expression(first);
        const parts = text?.kind === 'text' ? text.parts : text ? [text] : [];
        const [start] = parts;
        if (start?.kind !== 'literal' || typeof start.value !== 'string') return undefined;
        const target = /^\s*location:\s*([\s\S]*)$/i.exec(start.value)?.[1];
        if (target === undefined) return undefined;
        const rest = target === '' ? parts.slice(1) : [{ ...start, value: target }, ...parts.slice(1)];
        return this.#call('header_location', [{ kind: 'text', parts: rest, ...at }], at);
      }
      case 'str_replace':
      case 'str_ireplace': {
        if (!first || !second || !third) return undefined;
        const search = this.#searched(first);
        if (search === undefined) return undefined;
        const pattern: Expression = { kind: 'regex', source: search, flags: 'g', ...rangeOf(first) };
        return this.#call('preg_replace', [pattern, this.expression(second), this.expression(third)], at);
      }
      case 'preg_match':
      case 'preg_match_all':
      case 'preg_replace':
      case 'preg_replace_callback':
      case 'preg_split':
      case 'preg_filter':
      case 'preg_grep':
      case 'mb_ereg':
      case 'ereg': {
        const text = first && this.#constantText(first);
        if (text === undefined) return undefined;
        const isPcre = name.startsWith('preg');
        const regex = isPcre ? regexOf(text, name !== 'preg_match') : { source: text, flags: '' };
        if (!first || !regex) return undefined;
        const isEvaluated =
          name === 'preg_replace' && /[a-zA-Z]*e[a-zA-Z]*$/.test(/[^a-zA-Z]([a-zA-Z]*)$/.exec(text)?.[1] ?? '');
        if (isEvaluated && third)
          return { kind: 'sequence', values: [this.#call('preg_replace_eval', values(args), at)], ...at };
        const others = args
          .slice(1)
          .map((one, index) =>
            callbackAt.get(name)?.includes(index + 1) === true ? this.#callable(one) : this.expression(one),
          );
        return this.#call(
          isPcre ? name : 'preg_match',
          [{ kind: 'regex', ...regex, ...rangeOf(first) }, ...others],
          at,
        );
      }
      case 'call_user_func':
      case 'call_user_func_array':
      case 'forward_static_call':
      case 'forward_static_call_array': {
        if (!first) return undefined;
        const target = this.#callable(first);
        const given: Argument[] = name.endsWith('array')
          ? args
              .slice(1, 2)
              .map((one) =>
                one.type === 'array_creation_expression'
                  ? { value: this.#array(one), spread: 'list' as const }
                  : { value: this.expression(one), spread: 'list' as const },
              )
          : values(args.slice(1)).map((value) => ({ value }));
        const called: Expression = { kind: 'call', callee: target, args: given, isNew: false, ...at };
        if (target.kind === 'function') return called;
        return { kind: 'sequence', values: [this.#call('dynamic_function', [target], at), called], ...at };
      }
      default:
        return undefined;
    }
  }

  /** Variables that the function reads and nothing in it assigns. */
  #unassigned(): string[] {
    const { node, variables } = this.#function;
    const text = this.source.slice(node.from, node.to);
    return [...variables].filter((name) => {
      if (superglobals.test(name) || name === '$this' || name === '$GLOBALS') return false;
      return !assignmentOf(name).test(text);
    });
  }

  /** A regular expression for the texts that are searched. */
  #searched(node: SyntaxNode): string | undefined {
    const escape = (text: string) => text.replace(/[$/.*+?^()|[\]{}\\-]/g, '\\$&');
    const text = this.#constantText(node);
    if (text !== undefined) return escape(text);
    if (node.type !== 'array_creation_expression') return undefined;
    const all = node.children.map(({ children }) =>
      children.length === 1 && children[0] ? this.#constantText(children[0]) : undefined,
    );
    return all.every((one) => one !== undefined) && all.length > 0 ? all.map(escape).join('|') : undefined;
  }

  /** What `sprintf` makes of a constant format. */
  #formatted(format: string, args: readonly SyntaxNode[], at: Range): Expression {
    const parts: Expression[] = [];
    let next = 0;
    let end = 0;
    const literal = (text: string) => {
      if (text !== '') parts.push({ kind: 'literal', value: text.replaceAll('%%', '%'), ...at });
    };
    for (const match of format.matchAll(/%(?:%|(?:(\d+)\$)?[-+ 0]*(?:'.)?\d*(?:\.\d+)?([a-zA-Z]))/g)) {
      const [all, position, type] = match;
      if (all === '%%' || type === undefined) continue;
      literal(format.slice(end, match.index));
      end = match.index + all.length;
      const node = args[position === undefined ? next++ : Number(position) - 1];
      if (!node) continue;
      const value = this.expression(node);
      parts.push(type === 's' ? value : this.#call('intval', [value], rangeOf(node)));
    }
    literal(format.slice(end));
    return { kind: 'text', parts, ...at };
  }

  // Texts.

  /** The text of a constant string. */
  #constantText(node: SyntaxNode): string | undefined {
    if (node.type === 'argument' || node.type === 'parenthesized_expression')
      return node.children.length === 1 && node.children[0] ? this.#constantText(node.children[0]) : undefined;
    const text = this.#text(node);
    if (node.type === 'string') return unquoted(text.replace(/^b?'/i, '').slice(0, -1));
    if (node.type === 'nowdoc') return text.replace(/^[^\n]*\n/, '').replace(/\n?[^\n]*$/, '');
    if (node.type !== 'encapsed_string' && node.type !== 'heredoc') return undefined;
    const value = this.#encapsed(node);
    if (value.kind === 'literal') return String(value.value);
    return value.kind === 'text' && value.parts.length === 0 ? '' : undefined;
  }

  #encapsed(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const body = node.type === 'heredoc' ? (childOf(node, 'value')?.children ?? []) : node.children;
    const parts: Expression[] = [];
    let text = '';
    let start = node.from;
    const flush = (end: number) => {
      if (text !== '') parts.push({ kind: 'literal', value: text, from: start, to: end });
      text = '';
    };
    for (const one of body) {
      if (!one.isNamed) continue;
      if (text === '') start = one.from;
      if (one.type === 'string_content') text += this.#text(one);
      else if (one.type === 'escape_sequence') text += unescaped(this.#text(one));
      else {
        flush(one.from);
        parts.push(this.expression(one));
      }
    }
    flush(node.to);
    const [only] = parts;
    if (parts.length === 0) return { kind: 'literal', value: '', ...at };
    if (parts.length === 1 && only?.kind === 'literal') return { ...only, ...at };
    return { kind: 'text', parts, ...at };
  }

  #first(node: SyntaxNode): Expression {
    const first = node.children.find(({ isNamed }) => isNamed);
    return first ? this.expression(first) : nothing(rangeOf(node));
  }

  #textOf(node: SyntaxNode, field: string): string {
    const child = childOf(node, field);
    return child ? this.#text(child) : '';
  }

  #text(node: SyntaxNode): string {
    return this.source.slice(node.from, node.to);
  }
}

const markup = /<\/?[a-z][\w-]*[\s>/]|<\/?[a-z]+$/i;

/** Finds where a variable gets a value by an assignment or a loop. */
function assignmentOf(name: string): RegExp {
  const escaped = `\\${name}`;
  return new RegExp(String.raw`${escaped}\s*(?:[.+*/-]|\?\?)?=[^=>]|(?:\bas|=>)\s*&?${escaped}\b`);
}

/** The variables of a function, without those of the functions in it. */
function variablesIn(node: SyntaxNode, source: string): Set<string> {
  const found = new Set<string>();
  const visit = (one: SyntaxNode) => {
    if (one.type === 'variable_name') found.add(source.slice(one.from, one.to));
    else if (one.type === 'anonymous_function') {
      const used = one.children.find(({ type }) => type === 'anonymous_function_use_clause');
      if (used) visit(used);
    } else if (!functionTypes.has(one.type) && !classTypes.has(one.type))
      for (const child of one.children) visit(child);
    else if (one.type === 'anonymous_class') {
      const args = one.children.find(({ type }) => type === 'arguments');
      if (args) visit(args);
    }
  };
  if (functionTypes.has(node.type)) for (const child of node.children) visit(child);
  else visit(node);
  return found;
}

/** One text of several parts, which may be texts themselves. */
function textOf(parts: readonly Expression[], at: Range): Expression {
  return { kind: 'text', parts: parts.flatMap((one) => (one.kind === 'text' ? one.parts : [one])), ...at };
}

function nothing(at: Range): Expression & { kind: 'opaque' } {
  return { kind: 'opaque', parts: [], from: at.from, to: at.to };
}

function rangeOf({ from, to }: SyntaxNode): Range {
  return { from, to };
}
