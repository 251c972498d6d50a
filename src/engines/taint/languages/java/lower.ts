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
import { characterOf, numberOf, stringOf } from './literals';
import { candidates } from './resolve';

/** Types of nodes of which only the text matters. */
export const leaves: ReadonlySet<string> = new Set([
  'type_arguments',
  'type_parameters',
  'dimensions',
  'throws',
  'string_literal',
  'character_literal',
  'package_declaration',
  'permits',
]);

/** Lowers a Java file. */
export function lower(root: SyntaxNode, source: string, hasErrors: boolean): Module {
  return { body: new Lowering(source).module(root), hasErrors };
}

/** A class of the file. */
interface ClassInfo {
  /** The name of its variable: `Outer$Inner`. */
  readonly local: string;
  readonly node: SyntaxNode;
  readonly fields: Map<string, { isStatic: boolean; type: string | undefined }>;
  readonly methods: Map<string, boolean>;
  /** Its member classes, by their simple names. */
  readonly types: Map<string, string>;
  readonly hasParent: boolean;
  readonly isInterface: boolean;
  /** Whether a class in one of its methods uses its fields or methods. */
  isCaptured: boolean;
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
  /** For a matcher: what it matches, by which expression. */
  readonly matcher?: { readonly pattern: SyntaxNode; readonly subject: SyntaxNode };
}

const builders = /^(?:StringBuilder|StringBuffer)$/;
const maps =
  /^(?:Map|HashMap|LinkedHashMap|TreeMap|ConcurrentMap|ConcurrentHashMap|Hashtable|SortedMap|NavigableMap|EnumMap|WeakHashMap)$/;
const lists = /^(?:List|ArrayList|LinkedList|Vector|CopyOnWriteArrayList)$/;
const collections =
  /^(?:ArrayList|LinkedList|Vector|CopyOnWriteArrayList|HashSet|LinkedHashSet|TreeSet|ArrayDeque|PriorityQueue|Stack|ConcurrentLinkedQueue|LinkedBlockingQueue)$/;
const numbers =
  /^(?:byte|short|int|long|float|double|boolean|Byte|Short|Integer|Long|Float|Double|Boolean|BigInteger|BigDecimal|UUID|LocalDate|LocalDateTime|LocalTime|Instant|ZonedDateTime|OffsetDateTime|Date|Duration|Period|AtomicInteger|AtomicLong|OptionalInt|OptionalLong)$/;
/** Types that say nothing of where a value is from. */
const plain = /^(?:String|CharSequence|Object|var|char|Character|void|Serializable|Comparable|T|E|K|V|R|Iterable)$/;
const wrappers =
  /^(?:Optional|Mono|CompletableFuture|Future|Supplier|Provider|ObjectProvider|Instance|Single|Uni|Callable|AtomicReference|ThreadLocal)$/;

class Lowering {
  #package = '';
  readonly #imports = new Map<string, string>();
  readonly #staticImports = new Map<string, { module: string; name: string }>();
  readonly #packages: string[] = [];
  readonly #staticPackages: string[] = [];
  /** Types that are imported because they are used, by the names of their variables. */
  readonly #used = new Map<string, { module: string; name: string }>();
  readonly #types = new Map<string, string>();
  readonly #infos = new Map<SyntaxNode, ClassInfo>();
  /** The classes that are being lowered, innermost last. */
  readonly #classes: ClassInfo[] = [];
  #locals: Map<string, Local>[] = [];
  readonly #made: MadeClass[] = [];
  readonly #statics: Statement[] = [];
  /** Declarations that an expression needs before its statement: variables of patterns. */
  #pending: Statement[] = [];
  #count = 0;
  /** What takes the values that the method returns: a type that models describe. */
  #returned: string | undefined;

  constructor(private readonly source: string) {}

  module(root: SyntaxNode): Statement[] {
    const at = rangeOf(root);
    const tops: ClassInfo[] = [];
    const others: SyntaxNode[] = [];
    for (const node of root.children)
      if (node.type === 'package_declaration') this.#package = this.text(node).replace(/^[^;]*?package\s+|[\s;]/g, '');
      else if (node.type === 'import_declaration') this.#import(node);
      else if (isType(node)) tops.push(this.#collect(node, undefined));
      else others.push(node);
    for (const { node, local } of tops) this.#types.set(this.#nameOf(node), local);
    for (const { node } of tops) this.#member(node);
    // A file without a class: a script of `jshell`, or a class of which only the members are written (Java 25).
    const loose: Statement[] = [];
    this.#locals.push(new Map());
    for (const node of others)
      if (node.type === 'method_declaration')
        loose.push({
          kind: 'declare',
          target: this.#named(node),
          value: this.#function(node, []),
          scope: 'function',
          ...rangeOf(node),
        });
      else if (node.type === 'field_declaration') loose.push(...this.#declarations(node));
      else if (node.type !== 'module_declaration') loose.push(...this.statement(node));
    const classes = this.#ordered().map(({ local, value, at: own }): Statement => ({
      kind: 'declare',
      target: { kind: 'name', name: local, ...at },
      value,
      scope: 'block',
      ...own,
    }));
    const exports: Statement[] = [];
    const primary = tops.find(({ node }) => /\bpublic\b/.test(this.#modifiers(node))) ?? tops[0];
    const add = (name: string, value: Expression) => exports.push({ kind: 'export', name, value, ...at });
    for (const info of this.#infos.values())
      if (!info.local.includes('$') || !this.#types.has(this.#nameOf(info.node)))
        add(this.#nameOf(info.node) || info.local, nameAt(info.local, at));
    if (primary) add('default', nameAt(primary.local, at));
    const later: Statement[] = [];
    if (primary) {
      const members = [
        ...[...primary.fields].filter(([, { isStatic }]) => isStatic),
        ...[...primary.methods].filter(([, isStatic]) => isStatic),
      ];
      for (const [name] of members)
        later.push({ kind: 'export', name, value: member(nameAt(primary.local, at), name, at), ...at });
    }
    const imports = [...this.#used].map(([local, { module, name }]): Statement => ({
      kind: 'import',
      module,
      bindings: [{ local, name }],
      ...at,
    }));
    return [...imports, ...classes, ...exports, ...this.#statics, ...loose, ...later];
  }

  #import(node: SyntaxNode): void {
    const path = node.children.find(({ type }) => type === 'scoped_identifier' || type === 'identifier');
    if (!path) return;
    const name = this.text(path).replace(/\s+/g, '');
    const isAll = node.children.some(({ type }) => type === 'asterisk');
    const last = name.slice(name.lastIndexOf('.') + 1);
    if (/^import\s+static\b/.test(this.text(node))) {
      if (isAll) this.#staticPackages.push(name);
      else this.#staticImports.set(last, { module: name.slice(0, Math.max(0, name.lastIndexOf('.'))), name: last });
    } else if (isAll) this.#packages.push(name);
    else if (!/^import\s+module\b/.test(this.text(node))) this.#imports.set(last, name);
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

  #collect(node: SyntaxNode, outer: ClassInfo | undefined): ClassInfo {
    const name = this.#nameOf(node);
    const local = name === '' ? `Anonymous$${this.#count++}` : outer ? `${outer.local}$${name}` : name;
    const fields: ClassInfo['fields'] = new Map();
    const methods: ClassInfo['methods'] = new Map();
    const types = new Map<string, string>();
    const isInterface = /^(?:interface|annotation_type)/.test(node.type);
    const info: ClassInfo = {
      local,
      node,
      fields,
      methods,
      types,
      hasParent: this.#parentOf(node) !== undefined,
      isInterface,
      isCaptured: false,
    };
    this.#infos.set(node, info);
    if (node.type === 'record_declaration')
      for (const one of childOf(node, 'parameters')?.children ?? []) {
        const own = childOf(one, 'name');
        if (!own) continue;
        fields.set(this.text(own), { isStatic: false, type: this.#simple(childOf(one, 'type')) });
        methods.set(this.text(own), false);
      }
    for (const one of this.#membersOf(node)) {
      const isStatic = isInterface || /\bstatic\b/.test(this.#modifiers(one));
      if (one.type === 'field_declaration' || one.type === 'constant_declaration') {
        const type = this.#simple(childOf(one, 'type'));
        for (const declarator of one.children)
          if (declarator.type === 'variable_declarator') fields.set(this.#nameOf(declarator), { isStatic, type });
      } else if (one.type === 'enum_constant') fields.set(this.#nameOf(one), { isStatic: true, type: name });
      else if (one.type === 'method_declaration')
        methods.set(
          this.#nameOf(one),
          /\bstatic\b/.test(this.#modifiers(one)) && methods.get(this.#nameOf(one)) !== false,
        );
      else if (isType(one)) types.set(this.#nameOf(one), this.#collect(one, info).local);
    }
    return info;
  }

  #membersOf(node: SyntaxNode): readonly SyntaxNode[] {
    const body =
      node.type === 'class_body'
        ? node
        : (childOf(node, 'body') ?? node.children.find(({ type }) => type === 'class_body'));
    return (body?.children ?? []).flatMap((one) => (one.type === 'enum_body_declarations' ? one.children : [one]));
  }

  #parentOf(node: SyntaxNode): SyntaxNode | undefined {
    const parent = childOf(node, 'superclass')?.children[0];
    if (parent) return parent;
    const interfaces = childOf(node, 'interfaces') ?? node.children.find(({ type }) => type === 'extends_interfaces');
    return interfaces?.children.find(({ type }) => type === 'type_list')?.children[0];
  }

  /** Lowers a class of the file, and those in it, to statements of the module. */
  #member(node: SyntaxNode): void {
    const info = this.#infos.get(node);
    if (!info) return;
    const locals = this.#locals;
    this.#locals = [];
    const value = this.#class(node, info, info.local);
    this.#locals = locals;
    const parent = value.superclass?.kind === 'name' ? value.superclass.name : undefined;
    this.#made.push({ local: info.local, value, parent, at: rangeOf(node) });
  }

  #class(node: SyntaxNode, info: ClassInfo, name: string, statics: Statement[] = this.#statics): ClassValue {
    const at = rangeOf(node);
    this.#classes.push(info);
    const fields: ClassField[] = [];
    const methods: Method[] = [];
    const initializers: Statement[] = [];
    const parent = this.#parentOf(node);
    const superclass = parent && this.#typeExpression(parent);
    const decorators = this.#annotations(node);
    const self = nameAt(info.local, at);
    const isEnum = node.type === 'enum_declaration';
    const members = this.#membersOf(node);
    const accessors: { name: string; isRead: boolean; isWritten: boolean; at: Range }[] = [];
    const lombok = this.#modifiers(node, true);
    for (const one of members) {
      const own = rangeOf(one);
      const isStatic = /\bstatic\b/.test(this.#modifiers(one));
      switch (one.type) {
        case 'field_declaration':
        case 'constant_declaration': {
          const type = this.#typeName(childOf(one, 'type'));
          const annotations = this.#modifiers(one, true);
          for (const declarator of one.children) {
            if (declarator.type !== 'variable_declarator') continue;
            const field = this.#nameOf(declarator);
            const initial = childOf(declarator, 'value');
            const value = initial && this.#inBody(() => this.expression(initial));
            if (isStatic || info.isInterface) {
              if (value)
                statics.push({
                  kind: 'evaluate',
                  value: assign(
                    member(self, field, own),
                    type === undefined ? value : { kind: 'typed', value, type, ...own },
                    own,
                  ),
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
          const value = this.#method(one, info);
          if (value) methods.push({ name: this.#nameOf(one), value, isStatic, role: 'method' });
          break;
        }
        case 'constructor_declaration':
          methods.push({
            name: 'constructor',
            value: this.#function(one, this.#annotations(one)),
            isStatic: false,
            role: 'method',
          });
          break;
        case 'static_initializer': {
          const body = childOf(one, 'body') ?? one.children.find(({ type }) => type === 'block');
          if (body) statics.push({ kind: 'block', body: this.#inBody(() => this.body(body.children)), ...own });
          break;
        }
        case 'block':
          initializers.push({ kind: 'block', body: this.#inBody(() => this.body(one.children)), ...own });
          break;
        case 'enum_constant': {
          const args = this.#inBody(() => this.#args(childOf(one, 'arguments')));
          const body = childOf(one, 'body');
          const type: Expression = body ? this.#inBody(() => this.#anonymous(body, self)) : self;
          statics.push({
            kind: 'evaluate',
            value: assign(
              member(self, this.#nameOf(one), own),
              { kind: 'call', callee: type, args, isNew: true, ...own },
              own,
            ),
            ...own,
          });
          break;
        }
        default:
          if (isType(one)) this.#member(one);
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
        add(
          `set${suffix}`,
          [{ pattern: nameAt('value', at) }],
          [{ kind: 'evaluate', value: assign(place, nameAt('value', at), at), ...at }],
        );
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
    this.#classes.pop();
    return { kind: 'class', name, ...(superclass && !isEnum && { superclass }), methods, fields, decorators, ...at };
  }

  #record(node: SyntaxNode, members: readonly SyntaxNode[], fields: ClassField[], methods: Method[]): void {
    const at = rangeOf(node);
    const components = childOf(node, 'parameters')?.children.filter((one) => childOf(one, 'name')) ?? [];
    const params = components.map((one) => this.#parameter(one));
    const names = components.map((one) => this.#nameOf(one));
    components.forEach((one, index) =>
      fields.push({ name: names[index] ?? '', isStatic: false, ...withType(this.#typeName(childOf(one, 'type'))) }),
    );
    const compact = members.find(({ type }) => type === 'compact_constructor_declaration');
    const body = compact && childOf(compact, 'body');
    const own = this.#inBody(() => {
      for (const one of names) this.#declareLocal(one, undefined);
      return body ? this.body(body.children) : [];
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
    // A function is known by where it begins.
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

  /** A method; one without a body calls what implements it by convention, or in this file, and passes its arguments on. */
  #method(node: SyntaxNode, info: ClassInfo): FunctionValue | undefined {
    const decorators = this.#annotations(node);
    if (childOf(node, 'body')) return this.#function(node, decorators);
    const at = rangeOf(node);
    const lowered = this.#function(node, decorators);
    const sql = /@(?:Select|Update|Insert|Delete)\b/.test(this.#modifiers(node, true));
    const names = lowered.params.flatMap(({ pattern }) => (pattern.kind === 'name' ? [pattern] : []));
    if (sql) {
      // MyBatis puts what `${name}` stands for into the statement as it is.
      const text = this.#modifiers(node, true);
      const inserted = names.filter(({ name }, index) => {
        const parameter = childOf(node, 'parameters')?.children.filter(({ type }) => /parameter$/.test(type))[index];
        const param = /@Param\s*\(\s*(?:value\s*=\s*)?"(\w+)"/.exec(parameter ? this.text(parameter) : '')?.[1] ?? name;
        return new RegExp(`\\$\\{\\s*${param}\\b`).test(text);
      });
      const call = (value: Expression): Statement => ({
        kind: 'evaluate',
        value: {
          kind: 'call',
          callee: this.#type('MyBatisStatement'),
          args: [{ value: { kind: 'text', parts: [{ kind: 'literal', value: 'select ', ...at }, value], ...at } }],
          isNew: true,
          ...at,
        },
        ...at,
      });
      return inserted.length > 0 ? { ...lowered, body: inserted.map(call) } : undefined;
    }
    if (!info.isInterface || info.hasParent || decorators.length > 0 || info.local.includes('$'))
      return info.isInterface && (decorators.length > 0 || info.hasParent)
        ? undefined
        : { ...lowered, body: [{ kind: 'return', value: opaque(names, at), ...at }] };
    const method = this.#nameOf(node);
    const passed: Expression = opaque(names, at);
    const implementers = [...this.#infos.values()]
      .filter((one) => one !== info && this.#interfacesOf(one.node).includes(info.local))
      .map(({ local }) => local);
    if (implementers.length === 0) implementers.push(this.#implementation(info.local));
    const value = implementers.slice(0, 3).reduce<Expression>((other, type) => {
      const yes: Expression = {
        kind: 'call',
        callee: member({ kind: 'typed', value: opaque([], at), type, ...at }, method, at),
        args: names.map((one) => ({ value: one })),
        isNew: false,
        ...at,
      };
      return { kind: 'conditional', test: opaque([], at), yes, no: other, ...at };
    }, passed);
    return { ...lowered, body: [{ kind: 'return', value, ...at }] };
  }

  #interfacesOf(node: SyntaxNode): string[] {
    const list = childOf(node, 'interfaces')?.children.find(({ type }) => type === 'type_list');
    return (list?.children ?? []).map((one) => this.#simple(one) ?? '');
  }

  /** The class that implements an interface by its name: `impl.UserServiceImpl` for `UserService`. */
  #implementation(name: string): string {
    const base = /^I[A-Z]/.test(name) ? name.slice(1) : undefined;
    const prefix = this.#package === '' ? '' : `${this.#package}.`;
    const paths = [
      `${prefix}${name}Impl`,
      `${prefix}impl.${name}Impl`,
      `${prefix}Default${name}`,
      ...(base === undefined
        ? []
        : [`${prefix}${base}`, `${prefix}impl.${base}`, `${prefix}${base}Impl`, `${prefix}impl.${base}Impl`]),
    ];
    const local = `${name}$Implementation`;
    this.#used.set(local, { module: candidates(`${prefix}${name}Impl`, paths), name: 'default' });
    return local;
  }

  #function(node: SyntaxNode, decorators: readonly Expression[]): FunctionValue {
    const at = rangeOf(node);
    const name = node.type === 'constructor_declaration' ? 'constructor' : this.#nameOf(node);
    const info = this.#classes.at(-1);
    const wasCaptured = info?.isCaptured;
    if (info) info.isCaptured = false;
    const outerReturned = this.#returned;
    this.#returned = this.#responseOf(node);
    const isMain = name === 'main' && /\bstatic\b/.test(this.#modifiers(node));
    let params: Parameter[] = [];
    let body: Statement[] = this.#inBody(() => {
      params = (childOf(node, 'parameters')?.children ?? [])
        .filter(({ type }) => type === 'formal_parameter' || type === 'spread_parameter')
        .map((one) => this.#parameter(one));
      const own = childOf(node, 'body');
      return own ? this.body(own.children) : [];
    });
    this.#returned = outerReturned;
    if (isMain) params = params.map((one) => ({ ...one, decorators: [this.#type('MainArguments')] }));
    if (info?.isCaptured)
      body = [
        { kind: 'declare', target: nameAt(`${info.local}$this`, at), value: nameAt('this', at), scope: 'block', ...at },
        ...body,
      ];
    if (info && wasCaptured !== undefined) info.isCaptured = wasCaptured;
    return { kind: 'function', name, params, body, isArrow: false, decorators, ...at };
  }

  /** What a framework does with the text that a method returns: the name of a view, or the body of a response that a browser may take for HTML. */
  #responseOf(node: SyntaxNode): string | undefined {
    const annotations = this.#modifiers(node, true);
    const type = childOf(node, 'type');
    if (!type || !/^(?:(?:ResponseEntity|Mono|Callable)<)*String>*$/.test(this.text(type).replace(/\s+/g, '')))
      return undefined;
    const owner = this.#classes.at(-1);
    const around = owner ? this.#modifiers(owner.node, true) : '';
    if (/@(?:Get|Post|Put|Patch|Delete|Request)Mapping\b/.test(annotations)) {
      const isBody = /@RestController\b|@ResponseBody\b/.test(around + annotations) || this.text(type) !== 'String';
      if (!isBody) return 'SpringView';
      return /\bproduces\b/.test(annotations + around) && !/html|_ALL|\*\/\*/i.test(annotations + around)
        ? undefined
        : 'HtmlBody';
    }
    return /@(?:GET|POST|PUT|Path)\b/.test(annotations) && /@Produces\([^)]*html/i.test(annotations + around)
      ? 'HtmlBody'
      : undefined;
  }

  #parameter(node: SyntaxNode): Parameter {
    const isRest = node.type === 'spread_parameter';
    const typeNode = isRest
      ? node.children.find(({ type }) => type !== 'modifiers' && type !== 'variable_declarator')
      : childOf(node, 'type');
    const named = isRest ? node.children.find(({ type }) => type === 'variable_declarator') : node;
    const name = named ? this.#nameOf(named) : '';
    const target = (named && childOf(named, 'name')) ?? node;
    const type = this.#typeName(typeNode);
    this.#declareLocal(name, this.#simple(typeNode));
    const isArray = (typeNode && /\[\]|</.test(this.text(typeNode))) ?? false;
    const decorators = type === 'number' && !isArray ? [] : this.#annotations(node);
    return {
      pattern: nameAt(name, rangeOf(target)),
      ...(!isRest && withType(type === 'number' && isArray ? undefined : type)),
      ...(isRest && { rest: true }),
      ...(decorators.length > 0 && { decorators }),
    };
  }

  #annotations(node: SyntaxNode): Expression[] {
    const modifiers = node.children.find(({ type }) => type === 'modifiers');
    return (modifiers?.children ?? [])
      .filter(({ type }) => type === 'annotation' || type === 'marker_annotation')
      .map((one) => this.#annotation(one));
  }

  #annotation(node: SyntaxNode): Expression {
    const name = childOf(node, 'name');
    const callee = name ? this.#typeExpression(name) : opaque([], rangeOf(node));
    const list = childOf(node, 'arguments');
    if (!list) return callee;
    const args = list.children.map((one): Argument => {
      const [key, value] = [childOf(one, 'key'), childOf(one, 'value')];
      return one.type === 'element_value_pair' && key && value
        ? { name: this.text(key), value: this.#inBody(() => this.expression(value)) }
        : { value: this.#inBody(() => this.expression(one)) };
    });
    return { kind: 'call', callee, args, isNew: false, ...rangeOf(node) };
  }

  /** The modifiers' text, without annotations, or with. */
  #modifiers(node: SyntaxNode, withAnnotations = false): string {
    const modifiers = node.children.find(({ type }) => type === 'modifiers');
    if (!modifiers) return '';
    if (withAnnotations) return this.text(modifiers);
    let text = '';
    let at = modifiers.from;
    for (const one of modifiers.children) {
      text += this.source.slice(at, one.from);
      at = one.to;
    }
    return text + this.source.slice(at, modifiers.to);
  }

  // Scopes.

  /** Whatever returns in it does not return from the method around. */
  #inFunction<T>(body: () => T): T {
    const returned = this.#returned;
    this.#returned = undefined;
    try {
      return this.#inBody(body);
    } finally {
      this.#returned = returned;
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

  #declareLocal(name: string, type: string | undefined, matcher?: Local['matcher']): void {
    this.#locals.at(-1)?.set(name, { type, ...(matcher && { matcher }) });
  }

  #local(name: string): Local | undefined {
    for (let at = this.#locals.length - 1; at >= 0; at--) {
      const found = this.#locals[at]?.get(name);
      if (found) return found;
    }
    return undefined;
  }

  #outerThis(info: ClassInfo, at: Range): Expression {
    if (info === this.#classes.at(-1)) return nameAt('this', at);
    info.isCaptured = true;
    return { kind: 'typed', value: nameAt(`${info.local}$this`, at), type: info.local, ...at };
  }

  /** The class around, innermost first, that fits. */
  #around(fits: (info: ClassInfo) => boolean): ClassInfo | undefined {
    for (let at = this.#classes.length - 1; at >= 0; at--) {
      const info = this.#classes[at];
      if (info && fits(info)) return info;
    }
    return undefined;
  }

  #identifier(name: string, at: Range): Expression {
    if (this.#local(name)) return nameAt(name, at);
    const owner = this.#around(({ fields }) => fields.has(name));
    const field = owner?.fields.get(name);
    if (owner && field) return member(field.isStatic ? nameAt(owner.local, at) : this.#outerThis(owner, at), name, at);
    const imported = this.#staticImports.get(name);
    if (imported) return this.#static(imported.module, name, at);
    if (/^[A-Z]/.test(name) && !/^[A-Z][A-Z0-9_]+$/.test(name)) return this.#type(name, at);
    const parent = this.#around(({ hasParent }) => hasParent);
    if (parent && !/^[A-Z]/.test(name)) return member(this.#outerThis(parent, at), name, at);
    if (/^[A-Z][A-Z0-9_]+$/.test(name)) {
      const [all] = this.#staticPackages;
      if (parent && !this.#imports.has(name) && !this.#types.has(name))
        return member(this.#outerThis(parent, at), name, at);
      return all !== undefined && !this.#imports.has(name) && !this.#types.has(name)
        ? this.#static(all, name, at)
        : this.#type(name, at);
    }
    return nameAt(name, at);
  }

  #static(module: string, name: string, at: Range): Expression {
    const type = this.#qualified(module, at);
    return member(type, name, at);
  }

  /** The static type of an expression, where it is a variable or field of this file. */
  #typeOf(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    if (node.type === 'parenthesized_expression') return this.#typeOf(node.children[0]);
    if (node.type === 'identifier') {
      const name = this.text(node);
      const local = this.#local(name);
      if (local) return local.type;
      return this.#around(({ fields }) => fields.has(name))?.fields.get(name)?.type;
    }
    if (node.type === 'field_access' && childOf(node, 'object')?.type === 'this') {
      const field = childOf(node, 'field');
      return field && this.#classes.at(-1)?.fields.get(this.text(field))?.type;
    }
    if (node.type === 'object_creation_expression') return this.#simple(childOf(node, 'type'));
    if (node.type === 'method_invocation') {
      const type = this.#typeOf(childOf(node, 'object'));
      if (type !== undefined && builders.test(type) && /^(?:append|insert)$/.test(this.#nameOf(node))) return type;
      if (type === 'MessageDigest' || type === undefined) return undefined;
    }
    return undefined;
  }

  // Types.

  #simple(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    if (node.type === 'annotated_type') return this.#simple(node.children.at(-1));
    return /^([\w$.]+)\s*(?:<[\s\S]*>)?$/.exec(this.text(node))?.[1]?.split('.').at(-1);
  }

  /** A declared type as the IR has it; undefined if it says nothing. */
  #typeName(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    switch (node.type) {
      case 'annotated_type':
        return this.#typeName(node.children.at(-1));
      case 'integral_type':
      case 'floating_point_type':
      case 'boolean_type':
        return this.text(node) === 'char' ? undefined : 'number';
      case 'array_type':
        return undefined;
      case 'generic_type': {
        const [base] = node.children;
        const text = this.text(node);
        const name = base && this.text(base).split('.').at(-1);
        if (name === undefined || !base) return undefined;
        // What is in it counts, where methods that take it out keep the name.
        const inner = wrappers.test(name)
          ? /<\s*(?:\?\s*extends\s+)?([\w$.]+)(?:<.*>)?\s*>$/s.exec(text)?.[1]
          : undefined;
        return inner === undefined ? this.#typeName(base) : undefined;
      }
      case 'type_identifier':
      case 'scoped_type_identifier':
      case 'identifier':
      case 'scoped_identifier': {
        const text = this.text(node).replace(/\s+|@\w+/g, '');
        if (plain.test(text) || /^[A-Z]$/.test(text)) return undefined;
        if (numbers.test(text.replace(/^java\.(?:\w+\.)+/, ''))) return 'number';
        const type = this.#qualified(text, rangeOf(node));
        return dotted(type);
      }
      default:
        return undefined;
    }
  }

  #typeExpression(node: SyntaxNode): Expression {
    if (node.type === 'generic_type' && node.children[0]) return this.#typeExpression(node.children[0]);
    if (node.type === 'annotated_type' && node.children.length > 0)
      return this.#typeExpression(node.children.at(-1) ?? node);
    return this.#qualified(this.text(node).replace(/\s+|@\w+\b|<[\s\S]*>/g, ''), rangeOf(node));
  }

  /** A type by its written name: `Map.Entry`, `java.util.List`. */
  #qualified(text: string, at: Range): Expression {
    const parts = text.split('.');
    const start = parts.findIndex((one) => /^[A-Z]/.test(one));
    if (start <= 0) {
      const [first = '', ...rest] = parts;
      return rest.reduce<Expression>((object, one) => member(object, one, at), this.#type(first, at));
    }
    const path = parts.slice(0, start + 1).join('.');
    const local = path.replaceAll('.', '$');
    this.#used.set(local, { module: candidates(path, [path]), name: 'default' });
    return parts.slice(start + 1).reduce<Expression>((object, one) => member(object, one, at), nameAt(local, at));
  }

  /** The variable of a type by its simple name: of this file, imported, of the package, or of a package that is imported as a whole. */
  #type(name: string, at: Range = { from: 0, to: 0 }): Name {
    for (let index = this.#classes.length - 1; index >= 0; index--) {
      const own = this.#classes[index]?.types.get(name);
      if (own !== undefined) return nameAt(own, at);
    }
    if (this.#local(name)) return nameAt(name, at);
    const top = this.#types.get(name);
    if (top !== undefined) return nameAt(top, at);
    if (!this.#used.has(name)) {
      const imported = this.#imports.get(name);
      const paths =
        imported !== undefined
          ? [imported]
          : [...(this.#package === '' ? [] : [this.#package]), ...this.#packages].map((one) => `${one}.${name}`);
      if (imported === undefined && this.#package === '') paths.unshift(name);
      this.#used.set(name, {
        module: candidates(imported ?? name, paths),
        name: imported !== undefined && /\.[A-Z]\w*\.[A-Z]\w*$/.test(imported) ? name : 'default',
      });
    }
    return nameAt(name, at);
  }

  // Statements.

  body(nodes: readonly SyntaxNode[]): Statement[] {
    this.#locals.push(new Map());
    try {
      return nodes.flatMap((node) => this.statement(node));
    } finally {
      this.#locals.pop();
    }
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
      case 'local_variable_declaration':
        return this.#declarations(node);
      case 'block':
      case 'constructor_body':
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
      case 'do_statement': {
        const body = this.block(childOf(node, 'body'));
        return [
          {
            kind: 'loop',
            init: [],
            test: this.#child(node, 'condition'),
            body,
            isPost: node.type === 'do_statement',
            ...at,
          },
        ];
      }
      case 'for_statement': {
        this.#locals.push(new Map());
        const init = node.children
          .filter(({ field, isNamed }) => field === 'init' && isNamed)
          .flatMap((one) =>
            one.type === 'local_variable_declaration' ? this.#declarations(one) : this.#evaluated(one),
          );
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
      case 'enhanced_for_statement': {
        const collection = this.#child(node, 'value');
        this.#locals.push(new Map());
        const typeNode = childOf(node, 'type');
        const target = this.#named(node);
        this.#declareLocal(target.name, this.#simple(typeNode));
        const type = this.#typeName(typeNode);
        const body = this.block(childOf(node, 'body'));
        this.#locals.pop();
        const typed: Statement[] =
          type === undefined || type === 'number'
            ? []
            : [{ kind: 'declare', target, type, value: target, scope: 'block', ...at }];
        return [{ kind: 'forEach', target, of: 'items', collection, body: [...typed, ...body], ...at }];
      }
      case 'labeled_statement':
        return node.children.slice(1).flatMap((one) => this.statement(one));
      case 'break_statement':
      case 'continue_statement': {
        const [label] = node.children;
        return [
          {
            kind: node.type === 'break_statement' ? 'break' : 'continue',
            ...(label && { label: this.text(label) }),
            ...at,
          },
        ];
      }
      case 'return_statement':
      case 'yield_statement': {
        const [value] = node.children;
        if (!value) return [{ kind: 'return', ...at }];
        const lowered = this.expression(value);
        const type = this.#returned;
        if (type === undefined) return [{ kind: 'return', value: lowered, ...at }];
        const own = rangeOf(value);
        return [
          {
            kind: 'return',
            value: { kind: 'call', callee: this.#type(type), args: [{ value: lowered }], isNew: true, ...own },
            ...at,
          },
        ];
      }
      case 'throw_statement':
        return [{ kind: 'throw', value: this.#first(node), ...at }];
      case 'try_statement':
      case 'try_with_resources_statement':
        return this.#try(node);
      case 'switch_expression':
        return this.#switch(node, false);
      case 'synchronized_statement':
        return [
          ...this.#evaluated(node.children[0]),
          { kind: 'block', body: this.block(childOf(node, 'body')), ...at },
        ];
      case 'assert_statement':
        return node.children.flatMap((one) => this.#evaluated(one));
      case 'explicit_constructor_invocation': {
        const which = childOf(node, 'constructor');
        const args = this.#args(childOf(node, 'arguments'));
        const callee: Expression =
          which && this.text(which) === 'this' ? member(nameAt('this', at), 'constructor', at) : nameAt('super', at);
        return [{ kind: 'evaluate', value: { kind: 'call', callee, args, isNew: false, ...at }, ...at }];
      }
      case 'import_declaration':
      case 'package_declaration':
        return [];
      default:
        if (isType(node)) return this.#localClass(node);
        return this.#evaluated(node);
    }
  }

  #evaluated(node: SyntaxNode | undefined): Statement[] {
    return node ? [{ kind: 'evaluate', value: this.expression(node), ...rangeOf(node) }] : [];
  }

  #localClass(node: SyntaxNode): Statement[] {
    const info = { ...this.#collect(node, undefined), local: this.#nameOf(node) };
    this.#infos.delete(node);
    this.#declareLocal(info.local, undefined);
    const statics: Statement[] = [];
    const value = this.#class(node, info, info.local, statics);
    return [{ kind: 'declare', target: this.#named(node), value, scope: 'block', ...rangeOf(node) }, ...statics];
  }

  #declarations(node: SyntaxNode): Statement[] {
    const typeNode = childOf(node, 'type');
    const type = this.#typeName(typeNode);
    const simple = this.#simple(typeNode);
    return node.children.flatMap((one): Statement[] => {
      if (one.type !== 'variable_declarator') return [];
      const at = rangeOf(one);
      const name = this.#nameOf(one);
      const initial = childOf(one, 'value');
      const value = initial && this.expression(initial);
      this.#declareLocal(name, simple === 'var' ? this.#typeOf(initial) : simple, initial && this.#matcher(initial));
      return [
        {
          kind: 'declare',
          target: this.#named(one),
          ...withType(type),
          ...(value && { value }),
          scope: 'block',
          ...at,
        },
      ];
    });
  }

  #try(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    this.#locals.push(new Map());
    const resources = (childOf(node, 'resources')?.children ?? []).flatMap((one): Statement[] => {
      const name = childOf(one, 'name');
      const value = childOf(one, 'value');
      if (!name || !value) return this.#evaluated(one.children[0]);
      const lowered = this.expression(value);
      this.#declareLocal(this.text(name), this.#simple(childOf(one, 'type')));
      return [
        {
          kind: 'declare',
          target: nameAt(this.text(name), rangeOf(name)),
          ...withType(this.#typeName(childOf(one, 'type'))),
          value: lowered,
          scope: 'block',
          ...rangeOf(one),
        },
      ];
    });
    const body = [...resources, ...this.block(childOf(node, 'body'))];
    this.#locals.pop();
    const handlers: { target?: Pattern; body: Statement[] }[] = [];
    let last: Statement[] = [];
    for (const one of node.children)
      if (one.type === 'catch_clause') {
        this.#locals.push(new Map());
        const parameter = one.children.find(({ type }) => type === 'catch_formal_parameter');
        const target = parameter && this.#named(parameter);
        if (target) this.#declareLocal(target.name, 'Exception');
        handlers.push({ ...(target && { target }), body: this.block(childOf(one, 'body')) });
        this.#locals.pop();
      } else if (one.type === 'finally_clause') last = this.block(one.children.find(({ type }) => type === 'block'));
    return [{ kind: 'try', body, handlers, last, ...at }];
  }

  /** A `switch`; as an expression, what its cases yield is returned. */
  #switch(node: SyntaxNode, isExpression: boolean): Statement[] {
    const at = rangeOf(node);
    const condition = childOf(node, 'condition');
    let value = condition ? this.expression(condition) : opaque([], at);
    const before: Statement[] = [];
    if (value.kind !== 'name') {
      const temporary = nameAt(`$switch${this.#count++}`, rangeOf(condition ?? node));
      before.push({ kind: 'declare', target: temporary, value, scope: 'block', ...at });
      value = temporary;
    }
    const cases: { tests: Expression[]; body: Statement[] }[] = [];
    let tests: Expression[] = [];
    let isDefault = false;
    this.#locals.push(new Map());
    for (const group of childOf(node, 'body')?.children ?? []) {
      const isRule = group.type === 'switch_rule';
      const bindings: Statement[] = [];
      const parts = group.children.filter(({ type }) => type !== 'switch_label');
      for (const label of group.children.filter(({ type }) => type === 'switch_label')) {
        if (/^default\b/.test(this.text(label))) isDefault = true;
        for (const one of label.children)
          if (one.type === 'pattern') {
            for (const inner of one.children) bindings.push(...this.#patternBindings(inner, value));
            tests.push(opaque([], rangeOf(one)));
          } else if (one.type === 'guard')
            tests.splice(
              0,
              tests.length,
              ...one.children.map((inner) => this.expression(inner)).map((inner) => opaque([inner], rangeOf(one))),
            );
          else if (one.type !== 'null_literal' || label.children.length === 1)
            tests.push(one.type === 'identifier' ? this.#caseName(one) : this.expression(one));
      }
      if (!isRule && parts.length === 0) continue;
      const body: Statement[] = [...bindings];
      if (!isRule) body.push(...parts.flatMap((one) => this.statement(one)));
      else {
        const [part] = parts;
        if (part?.type === 'expression_statement' && isExpression)
          body.push({ kind: 'return', value: this.#first(part), ...rangeOf(part) });
        else if (part) body.push(...this.statement(part));
        if (!isExpression) body.push({ kind: 'break', ...rangeOf(group) });
      }
      cases.push({ tests: isDefault ? [] : tests, body });
      tests = [];
      isDefault = false;
    }
    this.#locals.pop();
    return [...before, { kind: 'switch', value, cases, ...at }];
  }

  /** The name of an enum's constant, or a constant of this class. */
  #caseName(node: SyntaxNode): Expression {
    const name = this.text(node);
    const isField = this.#around(({ fields }) => fields.has(name)) !== undefined || this.#staticImports.has(name);
    return isField ? this.#identifier(name, rangeOf(node)) : { kind: 'literal', value: name, ...rangeOf(node) };
  }

  /** Declares the variables of a type or record pattern. */
  #patternBindings(node: SyntaxNode, value: Expression): Statement[] {
    const at = rangeOf(node);
    if (node.type === 'record_pattern') {
      const type = node.children[0] && dotted(this.#typeExpression(node.children[0]));
      const typed: Expression = type === undefined ? value : { kind: 'typed', value, type, ...at };
      const parts = node.children.find((one) => one.type === 'record_pattern_body')?.children ?? [];
      return parts.flatMap((one) => this.#patternBindings(one, opaque([typed], at)));
    }
    if (node.type === 'pattern' || (node.type === 'record_pattern_component' && node.children.length === 1))
      return node.children.flatMap((one) => this.#patternBindings(one, value));
    const name = node.children.filter(({ type }) => type === 'identifier').at(-1);
    if (!name) return [];
    const typeNode = node.children.find(({ type }) => type !== 'identifier' && type !== 'modifiers');
    this.#declareLocal(this.text(name), this.#simple(typeNode));
    return [
      {
        kind: 'declare',
        target: nameAt(this.text(name), rangeOf(name)),
        ...withType(this.#typeName(typeNode)),
        value,
        scope: 'block',
        ...at,
      },
    ];
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
        return this.#identifier(this.text(node), at);
      case 'this':
      case 'super':
        return nameAt(node.type, at);
      case 'string_literal':
        return { kind: 'literal', value: stringOf(this.text(node)), ...at };
      case 'character_literal':
        return { kind: 'literal', value: characterOf(this.text(node)), ...at };
      case 'true':
      case 'false':
        return { kind: 'literal', value: node.type === 'true', ...at };
      case 'null_literal':
        return { kind: 'literal', value: null, ...at };
      case 'decimal_integer_literal':
      case 'hex_integer_literal':
      case 'octal_integer_literal':
      case 'binary_integer_literal':
      case 'decimal_floating_point_literal':
      case 'hex_floating_point_literal':
        return { kind: 'literal', value: numberOf(this.text(node)), ...at };
      case 'parenthesized_expression':
        return this.#first(node);
      case 'assignment_expression':
        return this.#assignment(node);
      case 'binary_expression':
        return this.#binary(node);
      case 'unary_expression': {
        const operator = childOf(node, 'operator');
        return {
          kind: 'unary',
          operator: operator ? this.text(operator) : '-',
          operand: this.#child(node, 'operand'),
          ...at,
        };
      }
      case 'update_expression': {
        const target = this.#target(node.children.find(({ isNamed }) => isNamed));
        const operator = this.text(node).includes('++') ? '+' : '-';
        const old: Expression =
          target.kind === 'name' || target.kind === 'member' || target.kind === 'index' ? target : opaque([], at);
        return {
          kind: 'assign',
          target,
          value: { kind: 'binary', operator, left: old, right: opaque([], at), ...at },
          ...at,
        };
      }
      case 'instanceof_expression':
        return this.#instanceOf(node);
      case 'ternary_expression':
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
        if (type === 'number')
          return { kind: 'call', callee: nameAt('number$', at), args: [{ value }], isNew: false, ...at };
        return type === undefined ? value : { kind: 'typed', value, type, ...at };
      }
      case 'field_access':
        return this.#fieldAccess(node);
      case 'array_access':
        return { kind: 'index', object: this.#child(node, 'array'), index: this.#child(node, 'index'), ...at };
      case 'method_invocation':
        return this.#invocation(node);
      case 'object_creation_expression':
        return this.#creation(node);
      case 'array_creation_expression': {
        const value = childOf(node, 'value');
        if (value) return this.expression(value);
        const parts = node.children.filter(({ type }) => type === 'dimensions_expr').map((one) => this.#first(one));
        return { kind: 'sequence', values: [...parts, { kind: 'list', items: [], ...at }], ...at };
      }
      case 'array_initializer':
      case 'element_value_array_initializer':
        return { kind: 'list', items: node.children.map((one) => ({ value: this.expression(one) })), ...at };
      case 'annotation':
      case 'marker_annotation':
        return this.#annotation(node);
      case 'lambda_expression':
        return this.#lambda(node);
      case 'method_reference':
        return this.#reference(node);
      case 'switch_expression': {
        const body = this.#inFunction(() => this.#switch(node, true));
        return {
          kind: 'call',
          callee: { kind: 'function', name: 'switch', params: [], body, isArrow: true, decorators: [], ...at },
          args: [],
          isNew: false,
          ...at,
        };
      }
      case 'class_literal':
        return node.children[0]
          ? member(
              /_type$/.test(node.children[0].type) && node.children[0].type !== 'scoped_type_identifier'
                ? nameAt('Object', at)
                : this.#typeExpression(node.children[0]),
              'class',
              at,
            )
          : opaque([], at);
      case 'template_expression':
        return { kind: 'text', parts: node.children.map((one) => this.expression(one)), ...at };
      case 'explicit_constructor_invocation':
        return opaque([], at);
      case 'type_identifier':
      case 'scoped_type_identifier':
      case 'generic_type':
      case 'array_type':
        return opaque([], at);
      default:
        return opaque(
          node.children
            .filter(({ isNamed, type }) => isNamed && !/_type$|^type_|^modifiers$/.test(type))
            .map((one) => this.expression(one)),
          at,
        );
    }
  }

  #fieldAccess(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const object = childOf(node, 'object');
    const field = childOf(node, 'field');
    if (!object || !field) return opaque([], at);
    const property = this.text(field);
    if (field.type === 'this' || property === 'this') {
      const info = this.#around(({ node: own }) => this.#nameOf(own) === this.text(object));
      return info ? this.#outerThis(info, at) : nameAt('this', at);
    }
    const type = this.#asType(node);
    return type ?? member(this.expression(object), property, at);
  }

  /** `java.util.List` where nothing but packages and types can be meant. */
  #asType(node: SyntaxNode): Expression | undefined {
    const text = this.text(node).replace(/\s+/g, '');
    if (!/^(?:[a-z_]\w*\.)+[A-Z]\w*$/.test(text)) return undefined;
    const first = text.slice(0, text.indexOf('.'));
    if (first === 'this' || first === 'super' || this.#local(first) || this.#around(({ fields }) => fields.has(first)))
      return undefined;
    return this.#qualified(text, rangeOf(node));
  }

  #target(node: SyntaxNode | undefined): Pattern {
    if (!node) return opaque([], { from: 0, to: 0 });
    const value = this.expression(node);
    if (value.kind === 'name' || value.kind === 'member' || value.kind === 'index') return value;
    if (value.kind === 'typed') return opaque([value.value], rangeOf(node));
    return opaque([value], rangeOf(node));
  }

  #assignment(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right, operator] = [childOf(node, 'left'), childOf(node, 'right'), childOf(node, 'operator')];
    const target = this.#target(left);
    const value = right ? this.expression(right) : opaque([], at);
    const sign = operator ? this.text(operator).slice(0, -1) : '';
    if (left?.type === 'identifier' && right) {
      const name = this.text(left);
      const matcher = this.#matcher(right);
      const local = this.#local(name);
      if (local && matcher) this.#declareLocal(name, local.type, matcher);
    }
    if (sign === '') {
      const type = this.#typeOf(left);
      const isPlain = type === undefined || plain.test(type) || numbers.test(type) || builders.test(type);
      return {
        kind: 'assign',
        target,
        value: isPlain ? value : { kind: 'typed', value, type: this.#type(type).name, ...at },
        ...at,
      };
    }
    const old: Expression =
      target.kind === 'name' || target.kind === 'member' || target.kind === 'index' ? target : opaque([], at);
    if (sign === '+' && !isNumeric(value))
      return { kind: 'assign', target, value: { kind: 'text', parts: [old, value], ...at }, ...at };
    return { kind: 'assign', target, value: { kind: 'binary', operator: sign, left: old, right: value, ...at }, ...at };
  }

  #binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    // A long concatenation is a deep tree to the left.
    const operands: SyntaxNode[] = [];
    let first: SyntaxNode = node;
    const signOf = (one: SyntaxNode) => {
      const operator = childOf(one, 'operator');
      return operator ? this.text(operator) : '';
    };
    if (signOf(node) === '+') {
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
    const operator = signOf(node);
    const [left, right] = [this.#child(node, 'left'), this.#child(node, 'right')];
    if (operator === '&&' || operator === '||') return { kind: 'logical', operator, left, right, ...at };
    return { kind: 'binary', operator, left, right, ...at };
  }

  #instanceOf(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const left = this.#child(node, 'left');
    const name = childOf(node, 'name');
    const pattern = childOf(node, 'pattern');
    const typeNode = childOf(node, 'right') ?? pattern;
    const test: Expression = {
      kind: 'binary',
      operator: 'instanceof',
      left,
      right: opaque([], typeNode ? rangeOf(typeNode) : at),
      ...at,
    };
    const bindings: Statement[] = [];
    if (name) {
      this.#declareLocal(this.text(name), this.#simple(typeNode));
      bindings.push({
        kind: 'declare',
        target: nameAt(this.text(name), rangeOf(name)),
        ...withType(this.#typeName(typeNode)),
        value: left,
        scope: 'block',
        ...at,
      });
    } else if (pattern) bindings.push(...this.#patternBindings(pattern, left));
    const assigned = bindings.flatMap((one): Expression[] => {
      if (one.kind !== 'declare' || !one.value) return [];
      this.#pending.push({ kind: 'declare', target: one.target, scope: 'block', ...at });
      return [
        {
          kind: 'assign',
          target: one.target,
          value: one.type === undefined ? one.value : { kind: 'typed', value: one.value, type: one.type, ...at },
          ...at,
        },
      ];
    });
    return assigned.length > 0 ? { kind: 'sequence', values: [...assigned, test], ...at } : test;
  }

  #args(node: SyntaxNode | undefined): Argument[] {
    return (node?.children ?? []).map((one) => ({ value: this.expression(one) }));
  }

  #creation(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const typeNode = childOf(node, 'type');
    const body = node.children.find(({ type }) => type === 'class_body');
    const args = this.#args(childOf(node, 'arguments'));
    const simple = this.#simple(typeNode) ?? '';
    const callee = typeNode ? this.#typeExpression(typeNode) : opaque([], at);
    if (body) return { kind: 'call', callee: this.#anonymous(body, callee), args, isNew: true, ...at };
    const isOwn = this.#types.has(simple);
    if (!isOwn && builders.test(simple))
      return { kind: 'text', parts: args.filter(({ value }) => !isNumeric(value)).map(({ value }) => value), ...at };
    if (!isOwn && simple === 'String' && args.length <= 1)
      return { kind: 'text', parts: args.map(({ value }) => value), ...at };
    if (!isOwn && maps.test(simple))
      return {
        kind: 'object',
        fields: args
          .filter(({ value }) => !isNumeric(value))
          .slice(0, 1)
          .map(({ value }): Field => ({ value })),
        ...at,
      };
    if (!isOwn && collections.test(simple))
      return {
        kind: 'list',
        items: args
          .filter(({ value }) => !isNumeric(value))
          .slice(0, 1)
          .map(({ value }): Argument => ({ value, spread: 'list' })),
        ...at,
      };
    return { kind: 'call', callee, args, isNew: true, ...at };
  }

  #anonymous(body: SyntaxNode, superclass: Expression): ClassValue {
    const info = { ...this.#collect(body, undefined), hasParent: true };
    this.#infos.delete(body);
    const statics: Statement[] = [];
    return { ...this.#class(body, info, '', statics), superclass };
  }

  #lambda(node: SyntaxNode): FunctionValue {
    const at = rangeOf(node);
    const list = childOf(node, 'parameters');
    const own = childOf(node, 'body');
    return this.#inFunction(() => {
      const params = !list
        ? []
        : list.type === 'identifier'
          ? [this.#inferred(list)]
          : list.children
              .filter(({ isNamed }) => isNamed)
              .map((one) => (one.type === 'identifier' ? this.#inferred(one) : this.#parameter(one)));
      const body: Statement[] = own?.type === 'block' ? this.body(own.children) : own ? this.#lambdaBody(own) : [];
      return { kind: 'function', name: '', params, body, isArrow: true, decorators: [], ...at };
    });
  }

  #lambdaBody(node: SyntaxNode): Statement[] {
    const value = this.expression(node);
    const before = this.#pending;
    this.#pending = [];
    return [...before, { kind: 'return', value, ...rangeOf(node) }];
  }

  #inferred(node: SyntaxNode): Parameter {
    this.#declareLocal(this.text(node), undefined);
    return { pattern: nameAt(this.text(node), rangeOf(node)) };
  }

  /** `this::m`, `Type::m`, `Type::new`. */
  #reference(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [object, ...rest] = node.children;
    const name = rest.filter(({ type }) => type === 'identifier').at(-1);
    if (!object) return opaque([], at);
    const all = nameAt('$all', at);
    const spread: Argument[] = [{ value: all, spread: 'list' }];
    const arrow = (params: Parameter[], value: Expression): Expression => ({
      kind: 'function',
      name: '',
      params,
      body: [{ kind: 'return', value, ...at }],
      isArrow: true,
      decorators: [],
      ...at,
    });
    const ofAll: Parameter[] = [{ pattern: all, rest: true }];
    if (!name) {
      if (object.type === 'array_type') return arrow(ofAll, { kind: 'list', items: [], ...at });
      return arrow(ofAll, { kind: 'call', callee: this.#typeExpression(object), args: spread, isNew: true, ...at });
    }
    const method = this.text(name);
    const text = this.text(object);
    const isType =
      object.type !== 'this' &&
      object.type !== 'super' &&
      /^(?:[a-z]\w*\.)*[A-Z]\w*(?:\.[A-Z]\w*)*(?:<.*>)?$/.test(text) &&
      !this.#local(text) &&
      !this.#around(({ fields }) => fields.has(text));
    if (!isType)
      return arrow(ofAll, {
        kind: 'call',
        callee: member(this.expression(object), method, at),
        args: spread,
        isNew: false,
        ...at,
      });
    const first = nameAt('$first', at);
    const type = this.#typeExpression(object);
    const onFirst: Expression = { kind: 'call', callee: member(first, method, at), args: spread, isNew: false, ...at };
    if (text === 'String' && !/^(?:valueOf|format|join)$/.test(method))
      return arrow([{ pattern: first }, ...ofAll], onFirst);
    const ofType: Expression = {
      kind: 'call',
      callee: member(type, method, at),
      args: [{ value: first }, ...spread],
      isNew: false,
      ...at,
    };
    const info = [...this.#infos.values()].find(({ local }) => type.kind === 'name' && local === type.name);
    if (
      info?.methods.get(method) === true ||
      /^[A-Z]\w*(?:Utils?|s)$|^(?:Integer|Long|Double|Float|Boolean|Paths|Files|UUID)$/.test(text)
    )
      return arrow([{ pattern: first }, ...ofAll], ofType);
    if (info?.methods.get(method) === false) return arrow([{ pattern: first }, ...ofAll], onFirst);
    return arrow([{ pattern: first }, ...ofAll], {
      kind: 'conditional',
      test: opaque([], at),
      yes: ofType,
      no: onFirst,
      ...at,
    });
  }

  #invocation(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const object = childOf(node, 'object');
    const name = this.#nameOf(node);
    const argNodes = childOf(node, 'arguments')?.children ?? [];
    const special = object && this.#special(node, object, name, argNodes);
    if (special) return special;
    const args = this.#args(childOf(node, 'arguments'));
    const call = (callee: Expression): Expression => ({ kind: 'call', callee, args, isNew: false, ...at });
    if (object) {
      // `Type.super.m()`.
      if (node.children.some(({ type, field }) => type === 'super' && field === undefined))
        return call(member(nameAt('super', at), name, at));
      return call(member(this.#receiver(object), name, at));
    }
    const owner = this.#around(({ methods }) => methods.has(name));
    if (owner)
      return call(
        member(owner.methods.get(name) === true ? nameAt(owner.local, at) : this.#outerThis(owner, at), name, at),
      );
    const imported = this.#staticImports.get(name);
    if (imported) return call(this.#static(imported.module, name, at));
    const parent = this.#around(({ hasParent }) => hasParent);
    const [all] = this.#staticPackages;
    if (all !== undefined && !parent) return call(this.#static(all, name, at));
    return call(parent ? member(this.#outerThis(parent, at), name, at) : nameAt(name, at));
  }

  #receiver(node: SyntaxNode): Expression {
    return node.type === 'field_access' ? (this.#asType(node) ?? this.expression(node)) : this.expression(node);
  }

  /** What a matcher that is made here matches. */
  #matcher(node: SyntaxNode): Local['matcher'] {
    if (node.type !== 'method_invocation' || this.#nameOf(node) !== 'matcher') return undefined;
    const pattern = childOf(node, 'object');
    const [subject] = childOf(node, 'arguments')?.children ?? [];
    return pattern && subject ? { pattern, subject } : undefined;
  }

  /** Methods of strings, builders, collections and expressions that have a counterpart in the IR. */
  #special(node: SyntaxNode, object: SyntaxNode, name: string, args: readonly SyntaxNode[]): Expression | undefined {
    const at = rangeOf(node);
    const [first, second] = args;
    const type = this.#typeOf(object);
    const target = this.text(object);
    const call = (callee: Expression, list: readonly Expression[]): Expression => ({
      kind: 'call',
      callee,
      args: list.map((value) => ({ value })),
      isNew: false,
      ...at,
    });
    switch (name) {
      case 'equals':
      case 'equalsIgnoreCase':
      case 'contentEquals':
        if (target === 'Objects' && first && second)
          return {
            kind: 'binary',
            operator: '==',
            left: this.expression(first),
            right: this.expression(second),
            ...at,
          };
        if (first && !second && !/^(?:Arrays|StringUtils)$/.test(target) && object.type !== 'super')
          return { kind: 'binary', operator: '==', left: this.#receiver(object), right: this.expression(first), ...at };
        return undefined;
      case 'compile':
        if (target === 'Pattern' && first)
          return this.#regex(first, second ? /CASE_INSENSITIVE/.test(this.text(second)) : false, '');
        return undefined;
      case 'matches':
      case 'find':
      case 'lookingAt': {
        if (target === 'Pattern' && first && second)
          return call(member(this.expression(second), 'matches', at), [
            this.#regex(first, false, '') ?? this.expression(first),
          ]);
        const matcher =
          args.length === 0
            ? (this.#matcher(object) ?? (object.type === 'identifier' ? this.#local(target)?.matcher : undefined))
            : undefined;
        if (matcher)
          return call(member(this.expression(matcher.subject), name, at), [this.expression(matcher.pattern)]);
        if (name === 'matches' && first && !second)
          return call(member(this.#receiver(object), name, at), [
            this.#regex(first, false, '') ?? this.expression(first),
          ]);
        return undefined;
      }
      case 'replaceAll':
      case 'replaceFirst':
        if (first && second) {
          const matcher = this.#regex(first, false, name === 'replaceAll' ? 'g' : '');
          return call(member(this.#receiver(object), 'replace', at), [
            matcher ?? opaque([], at),
            this.expression(second),
          ]);
        }
        return undefined;
      case 'replace':
        if (first && second && args.length === 2)
          return call(member(this.#receiver(object), 'replaceAll', at), [
            this.expression(first),
            this.expression(second),
          ]);
        return undefined;
      case 'charAt':
        return first && !second
          ? { kind: 'index', object: this.#receiver(object), index: this.expression(first), ...at }
          : undefined;
      case 'concat':
        return first && !second && type !== 'Flux' && type !== 'Stream' && target !== 'Stream'
          ? { kind: 'text', parts: [this.#receiver(object), this.expression(first)], ...at }
          : undefined;
      case 'format':
        return target === 'String' ? this.#format(args, at) : undefined;
      case 'formatted':
        return this.#format([object, ...args], at);
      case 'append': {
        if (type === undefined || !builders.test(type) || !first) return undefined;
        return this.#appended(node, at);
      }
      case 'insert':
        if (type !== undefined && builders.test(type) && first && second) {
          const place = this.#builder(object);
          const value: Expression = { kind: 'text', parts: [this.expression(second), this.#receiver(object)], ...at };
          return place ? { kind: 'assign', target: place, value, ...at } : value;
        }
        return undefined;
      case 'toString':
        return type !== undefined && builders.test(type) && args.length === 0 ? this.expression(object) : undefined;
      case 'put':
      case 'putIfAbsent':
        if (type !== undefined && maps.test(type) && first && second)
          return {
            kind: 'assign',
            target: { kind: 'index', object: this.#receiver(object), index: this.expression(first), ...at },
            value: this.expression(second),
            ...at,
          };
        return undefined;
      case 'get':
      case 'getOrDefault': {
        if (type === undefined || !first || !(maps.test(type) || lists.test(type))) return undefined;
        const value: Expression = {
          kind: 'index',
          object: this.#receiver(object),
          index: this.expression(first),
          ...at,
        };
        return second ? { kind: 'logical', operator: '??', left: value, right: this.expression(second), ...at } : value;
      }
      case 'remove': {
        // What stands behind it moves up.
        const index =
          first?.type === 'decimal_integer_literal' && type !== undefined && lists.test(type)
            ? numberOf(this.text(first))
            : undefined;
        if (index === undefined) return undefined;
        const list = this.#receiver(object);
        const item = (position: number): Expression & { kind: 'index' } => ({
          kind: 'index',
          object: list,
          index: { kind: 'literal', value: position, ...at },
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
        // What was encoded just now is as it was.
        const inner =
          first?.type === 'method_invocation' &&
          /^encode(?:Base64)?(?:String)?$|^encodeToString$/.test(this.#nameOf(first))
            ? childOf(first, 'arguments')?.children
            : undefined;
        return args.length === 1 && inner?.length === 1 && inner[0] ? this.expression(inner[0]) : undefined;
      }
      case 'of':
      case 'asList':
      case 'entry':
      case 'ofEntries':
      case 'copyOf':
        if (this.#types.has(target)) return undefined;
        if (target === 'Map' && name === 'of') {
          const fields: Field[] = [];
          for (let index = 0; index + 1 < args.length; index += 2) {
            const [key, value] = [args[index], args[index + 1]];
            if (key && value) fields.push({ key: this.expression(key), value: this.expression(value) });
          }
          return { kind: 'object', fields, ...at };
        }
        if (/^(?:List|Set|Arrays|ImmutableList|ImmutableSet|Stream|EnumSet)$/.test(target))
          return {
            kind: 'list',
            items: args.map((one) => ({
              value: this.expression(one),
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

  /** The place of a string builder, which appending changes. */
  #builder(node: SyntaxNode): Name | (Expression & { kind: 'member' }) | undefined {
    if (node.type !== 'identifier' && node.type !== 'field_access') return undefined;
    const value = this.expression(node);
    return value.kind === 'name' || value.kind === 'member' ? value : undefined;
  }

  /** `builder.append(a).append(b)`: the builder is the text that it will make. */
  #appended(node: SyntaxNode, at: Range): Expression {
    const parts: Expression[] = [];
    let root: SyntaxNode = node;
    while (root.type === 'method_invocation' && this.#nameOf(root) === 'append') {
      const [first] = childOf(root, 'arguments')?.children ?? [];
      if (first) parts.unshift(this.expression(first));
      const object = childOf(root, 'object');
      if (!object) break;
      root = object;
    }
    const place = this.#builder(root);
    const value: Expression = { kind: 'text', parts: [this.expression(root), ...parts], ...at };
    return place ? { kind: 'assign', target: place, value, ...at } : value;
  }

  /** `String.format`: the text between the arguments, and the arguments. */
  #format(args: readonly SyntaxNode[], at: Range): Expression | undefined {
    const list = args[0] && /^(?:Locale\.|null$)/.test(this.text(args[0])) ? args.slice(1) : args;
    const [format, ...values] = list;
    if (format?.type !== 'string_literal') return undefined;
    const parts: Expression[] = [];
    const pieces = stringOf(this.text(format)).split(/%(\d+\$)?[-#+ 0,(<]*\d*(?:\.\d+)?(?:t?[a-zA-Z%])/);
    const kinds = [...stringOf(this.text(format)).matchAll(/%(?:\d+\$)?[-#+ 0,(<]*\d*(?:\.\d+)?(t?[a-zA-Z%])/g)].map(
      ([, kind]) => kind,
    );
    let next = 0;
    for (let index = 0; index < pieces.length; index += 2) {
      parts.push({ kind: 'literal', value: pieces[index] ?? '', ...rangeOf(format) });
      if (index + 1 >= pieces.length) break;
      const kind = kinds[index / 2];
      if (kind === '%' || kind === 'n')
        parts.push({ kind: 'literal', value: kind === '%' ? '%' : '\n', ...rangeOf(format) });
      else {
        const position = pieces[index + 1];
        const value = values[position === undefined ? next++ : Number.parseInt(position, 10) - 1];
        if (value) {
          const lowered = this.expression(value);
          parts.push(
            kind !== undefined && /^[dxoefgbc]$/i.test(kind) && kind !== 'c'
              ? { kind: 'call', callee: nameAt('number$', at), args: [{ value: lowered }], isNew: false, ...at }
              : lowered,
          );
        }
      }
    }
    return { kind: 'text', parts, ...at };
  }

  /** A regular expression that is written as a string. */
  #regex(node: SyntaxNode, ignoresCase: boolean, flags: string): Expression | undefined {
    if (node.type !== 'string_literal')
      return node.type === 'identifier' || node.type === 'field_access' ? this.expression(node) : undefined;
    const text = stringOf(this.text(node));
    const isIgnoring = /^\(\?[a-z]*i[a-z]*\)/.test(text);
    const source = text
      .replace(/^\(\?[a-z]+\)/, '')
      .replaceAll('\\A', '^')
      .replace(/\\[zZ]$/, '$')
      .replaceAll(/\\p\{(?:Alnum|IsAlphabetic)\}/g, '[A-Za-z0-9]')
      .replaceAll(/\\p\{(?:Alpha|L|IsLetter)\}/g, '[A-Za-z]')
      .replaceAll('\\p{Digit}', '\\d')
      .replaceAll(/([*+?}])\+/g, '$1');
    return { kind: 'regex', source, flags: (ignoresCase || isIgnoring ? 'i' : '') + flags, ...rangeOf(node) };
  }

  #named(node: SyntaxNode): Name {
    const name = childOf(node, 'name');
    return nameAt(name ? this.text(name) : '', rangeOf(name ?? node));
  }

  #nameOf(node: SyntaxNode): string {
    const name = childOf(node, 'name');
    return name ? this.text(name) : '';
  }

  text(node: SyntaxNode): string {
    return this.source.slice(node.from, node.to);
  }
}

function isType({ type }: SyntaxNode): boolean {
  return /^(?:class|interface|enum|record|annotation_type)_declaration$/.test(type);
}

function isNumeric(value: Expression): boolean {
  return value.kind === 'literal' && typeof value.value === 'number';
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

function opaque(parts: readonly Expression[], { from, to }: Range): Expression & { kind: 'opaque' } {
  return { kind: 'opaque', parts, from, to };
}

function rangeOf({ from, to }: SyntaxNode): Range {
  return { from, to };
}
