import { posix } from 'node:path';
import type {
  Argument,
  Assign,
  Call,
  ClassField,
  Expression,
  Field,
  FunctionValue,
  ListPattern,
  Method,
  Module,
  Name,
  Parameter,
  Pattern,
  Range,
  Statement,
} from '../../ir/ir';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import { formatParts, regexOf, unescaped } from './literals';
import { answers, changing, conditions, kernel, modifiers, neverReturns, sinatraMethods } from './names';
import { constantSpecifier, methodSpecifier, viewSpecifier } from './resolve';

/** Types of nodes of which only the text matters. */
export const leaves: ReadonlySet<string> = new Set(['integer', 'float', 'rational', 'complex', 'undef']);

/** How a template inserts values: with escaping, or as they are. */
export type Template = 'escaping' | 'plain' | undefined;

/** Lowers a Ruby file, or the code of a template. @param path '/'-separated */
export function lower(path: string, root: SyntaxNode, source: string, hasErrors: boolean, template?: Template): Module {
  return { body: new Lowering(path, source, template).module(root), hasErrors };
}

/** The call that runs a view with the variables that there are. */
export const renderFunction = '$render';

type Finish = (value: Expression) => Statement;

/** Variables of a method, a block, or the file. */
interface Frame {
  readonly names: Set<string>;
  /** Those that are to be declared at its beginning. */
  readonly declares: Set<string>;
  /** Blocks see the variables around them. */
  readonly parent: Frame | undefined;
  /** What `next` and `break` end. */
  readonly jumps: 'method' | 'block' | 'loop';
  /** Whether the method is called with a block that it uses. */
  readonly takesBlock: { isUsed: boolean };
  /** What gets the values that are returned, because a framework sends them. */
  responds: Expression | undefined;
}

/** A class or module, from all places of the file that add to it. */
interface Declared {
  readonly name: string;
  readonly isModule: boolean;
  superclass: SyntaxNode | undefined;
  readonly at: Range;
  readonly members: SyntaxNode[];
  readonly methods: Set<string>;
  /** Methods of the class itself. */
  readonly statics: Set<string>;
  /** Those that only read or write a variable of the object. */
  readonly attributes: Set<string>;
  readonly mixins: SyntaxNode[];
  /** Whether the methods of a module are its own as well. */
  isOwn: boolean;
  /** What a framework calls before methods. */
  readonly callbacks: Callback[];
}

/** A method that is called before others: all of them, or some. */
interface Callback {
  readonly method: string;
  readonly only: ReadonlySet<string> | undefined;
  readonly except: ReadonlySet<string>;
}

/** What is being lowered. */
interface Context {
  readonly declared: Declared | undefined;
  readonly isStatic: boolean;
  readonly method: string;
}

const block = 'block';

/** Scripts that Sinatra runs. */
const sinatra =
  /^\s*require\s*\(?\s*['"](?:sinatra(?:\/(?!base)[\w/]+)?)['"]|^(?:get|post|put|delete|patch)\s+['"/%][^\n]*\bdo\b/m;

/** What only controllers have, without a receiver. */
const usesRequest =
  /(?:^|[^.\w@:])(?:params\s*\[|params\.(?:require|permit|fetch|dig)\b|request\.(?:headers|env|referer|params|body)\b|cookies\[)/m;

/** Constants that each program has, which the models know by their names. */
const standardGlobals: ReadonlySet<string> = new Set(['ARGV', 'ARGF', 'STDIN', 'STDOUT', 'STDERR', 'ENV', 'DATA']);

/** Registrations of what is called before the methods that answer requests. */
const callbackNames = /^(?:(?:prepend_|append_)?before_(?:action|filter)|around_(?:action|filter)|before)$/;

/** Registrations of routes, and of what answers instead of one. */
const routeVerbs = /^(?:get|post|put|patch|delete|options|link|not_found|error)$/;

class Lowering {
  readonly #classes = new Map<string, Declared>();
  readonly #constants = new Map<string, SyntaxNode>();
  readonly #functions = new Map<string, SyntaxNode>();
  readonly #imports = new Map<string, string>();
  readonly #globals = new Set<string>();
  /** The blocks of routes of Sinatra. */
  readonly #routes = new Set<SyntaxNode>();
  readonly #heredocs = new Map<SyntaxNode, SyntaxNode>();
  #frame: Frame = frameOf(undefined, 'method');
  #context: Context = { declared: undefined, isStatic: false, method: '' };
  /** What the receiver of calls outside of classes is, if a framework runs the file. */
  readonly #self: string | undefined;
  /** Whether groups of the last match are used. */
  readonly #usesMatch: boolean;
  #count = 0;

  constructor(
    private readonly path: string,
    private readonly source: string,
    private readonly template: Template,
  ) {
    this.#self =
      template === 'escaping'
        ? 'ActionView::Base'
        : template === 'plain' || sinatra.test(source)
          ? 'Sinatra::Base'
          : !/^\s*(?:class|module)\s/m.test(source) && usesRequest.test(source)
            ? 'ActionController::Base'
            : undefined;
    this.#usesMatch = /\$(?:[1-9~&]|LAST_MATCH_INFO)/.test(source);
  }

  // Files.

  module(root: SyntaxNode): Statement[] {
    const at = { from: root.from, to: root.from };
    this.#pairHeredocs(root);
    this.#collect(root.children, '', undefined);
    const declarations = this.#parentsFirst().flatMap((one) => this.#declaration(one));
    const functions = [...this.#functions].flatMap(([name, node]): Statement[] => {
      const value = this.#method(node, this.#context);
      const target = nameOf(`def ${name}`, rangeOf(node));
      return [
        { kind: 'declare', target, value, scope: 'function', ...rangeOf(node) },
        { kind: 'export', name: methodSpecifier(name).toLowerCase(), value: target, ...rangeOf(node) },
      ];
    });
    const constants = [...this.#constants].flatMap(([name, node]): Statement[] => {
      if (this.#classes.has(name)) return [];
      const outer = this.#context;
      const owner = this.#classes.get(name.replace(/::\w+$/, ''));
      this.#context = { declared: owner, isStatic: true, method: '' };
      const value = this.#named(name, node);
      this.#context = outer;
      const target = nameOf(`::${name}`, rangeOf(node));
      return [
        { kind: 'declare', target, value, scope: 'function', ...rangeOf(node) },
        { kind: 'export', name: constantSpecifier([name]).toLowerCase(), value: target, ...rangeOf(node) },
      ];
    });
    const body = this.#statements(root.children);
    const self: Statement[] =
      this.#self === undefined
        ? []
        : [{ kind: 'declare', target: nameOf('this', at), type: this.#library(this.#self), scope: 'function', ...at }];
    const imports = [...this.#imports].map(([local, module]): Statement => ({
      kind: 'import',
      module,
      bindings: [{ local }],
      from: 0,
      to: 0,
    }));
    const globals = [...this.#globals].map((name): Statement => ({
      kind: 'declare',
      target: nameOf(name, at),
      scope: 'function',
      ...at,
    }));
    return [
      ...imports,
      ...globals,
      ...self,
      ...declarationsOf(this.#frame, at, 'function'),
      ...functions,
      ...constants.filter((one) => one.kind !== 'declare' || one.value?.kind !== 'class'),
      ...declarations,
      ...constants.filter((one) => one.kind === 'declare' && one.value?.kind === 'class'),
      ...body,
    ];
  }

  /** The texts of here-documents follow the line that they begin in. */
  #pairHeredocs(root: SyntaxNode): void {
    const open: SyntaxNode[] = [];
    const visit = (node: SyntaxNode) => {
      if (node.type === 'heredoc_beginning') open.push(node);
      else if (node.type === 'heredoc_body') {
        const first = open.shift();
        if (first) this.#heredocs.set(first, node);
      }
      for (const child of node.children) visit(child);
    };
    if (this.source.includes('<<')) visit(root);
  }

  /** Finds the classes and modules, with their members, and the methods and constants outside of them. */
  #collect(nodes: readonly SyntaxNode[], inside: string, owner: Declared | undefined, isStatic = false): void {
    for (const node of nodes)
      switch (node.type) {
        case 'class':
        case 'module': {
          const name = childOf(node, 'name');
          if (!name) break;
          const text = this.#text(name);
          const full = text.startsWith('::') || inside === '' ? text.replace(/^::/, '') : `${inside}::${text}`;
          const declared = this.#declared(full, node.type === 'module', rangeOf(node));
          declared.superclass ??= childOf(node, 'superclass')?.children[0];
          const members = membersOf(node);
          declared.members.push(...members);
          this.#collect(members, full, declared);
          break;
        }
        case 'singleton_class':
          this.#collect(membersOf(node), inside, owner, true);
          break;
        case 'method': {
          const name = this.#fieldText(node, 'name');
          if (!owner) this.#functions.set(name, node);
          else if (isStatic) owner.statics.add(name);
          else owner.methods.add(name);
          break;
        }
        case 'singleton_method':
          if (owner) owner.statics.add(this.#fieldText(node, 'name'));
          else if (childOf(node, 'object')?.type === 'self') this.#functions.set(this.#fieldText(node, 'name'), node);
          break;
        case 'assignment': {
          const left = childOf(node, 'left');
          const right = childOf(node, 'right');
          if (left?.type === 'constant' && right) {
            const name = inside === '' ? this.#text(left) : `${inside}::${this.#text(left)}`;
            this.#constants.set(name, right);
            const made = right.type === 'call' ? this.#madeClass(name, right) : undefined;
            if (made) this.#collect(made.members, name, made);
          }
          break;
        }
        case 'call': {
          const name = this.#fieldText(node, 'method');
          const args = childOf(node, 'arguments')?.children ?? [];
          if (owner && /^attr(?:_reader|_writer|_accessor)?$|^class_attribute$|^mattr_|^cattr_/.test(name))
            for (const one of args) owner.attributes.add(this.#text(one).replace(/^:/, ''));
          if (owner && /^(?:include|prepend)$/.test(name)) owner.mixins.push(...args);
          if (owner && name === 'extend' && args.some(({ type }) => type === 'self')) owner.isOwn = true;
          if (owner && name === 'define_method' && args[0]) owner.methods.add(this.#text(args[0]).replace(/^:/, ''));
          if (owner && name === 'scope' && args[0]) owner.statics.add(this.#text(args[0]).replace(/^:/, ''));
          if (owner && callbackNames.test(name)) owner.callbacks.push(...this.#callbacksOf(node, args));
          if (modifiers.test(name)) this.#collect(args, inside, owner, isStatic);
          const body = childOf(node, 'block');
          if (body) this.#collect(membersOf(body), inside, owner, name === 'class_methods');
          break;
        }
        case 'identifier':
          if (owner && this.#text(node) === 'module_function') owner.isOwn = true;
          break;
        default:
          if (node.children.length > 0 && node.type !== 'lambda') this.#collect(node.children, inside, owner, isStatic);
      }
  }

  /** `before_action :load, only: %i[show edit]`. */
  #callbacksOf(node: SyntaxNode, args: readonly SyntaxNode[]): Callback[] {
    const listed = (key: string): Set<string> | undefined => {
      const pair = args.find((one) => one.type === 'pair' && this.#fieldText(one, 'key') === key);
      const value = pair && childOf(pair, 'value');
      return value && new Set(this.#text(value).match(/(?!%[iIwW])\b\w+[?!]?/g));
    };
    const methods = args.filter(({ type }) => type === 'simple_symbol').map((one) => this.#text(one).slice(1));
    if (childOf(node, 'block')) methods.push(keyOf(this.#fieldText(node, 'method'), node));
    return methods.map((method) => ({ method, only: listed('only'), except: listed('except') ?? new Set<string>() }));
  }

  #declared(name: string, isModule: boolean, at: Range): Declared {
    const known = this.#classes.get(name);
    if (known) return known;
    const made: Declared = {
      name,
      isModule,
      superclass: undefined,
      at,
      members: [],
      methods: new Set(),
      statics: new Set(),
      attributes: new Set(),
      mixins: [],
      isOwn: false,
      callbacks: [],
    };
    this.#classes.set(name, made);
    return made;
  }

  /** `X = Class.new(Y) do … end`, `X = Struct.new(:a) do … end`. */
  #madeClass(name: string, node: SyntaxNode): Declared | undefined {
    const receiver = childOf(node, 'receiver');
    const how = receiver && /^(?:new|define)$/.test(this.#fieldText(node, 'method')) ? this.#text(receiver) : '';
    if (!/^(?:Class|Module|Struct|Data)$/.test(how)) return undefined;
    const declared = this.#declared(name, how === 'Module', rangeOf(node));
    const args = childOf(node, 'arguments')?.children ?? [];
    const body = childOf(node, 'block');
    if (body) declared.members.push(...membersOf(body));
    if (how === 'Class') declared.superclass ??= args[0];
    else if (how !== 'Module') {
      for (const one of args) if (one.type === 'simple_symbol') declared.attributes.add(this.#text(one).slice(1));
      // Its constructor takes its fields.
      declared.members.push({ ...node, type: '$struct' });
    }
    return declared;
  }

  #parentsFirst(): Declared[] {
    const done = new Set<Declared>();
    const add = (one: Declared): void => {
      if (done.has(one)) return;
      const parents = [...(one.superclass ? [one.superclass] : []), ...one.mixins];
      const known = parents.map((node) => this.#inFile(this.#text(node), one.name));
      opened.add(one);
      for (const parent of known) if (parent && !opened.has(parent)) add(parent);
      done.add(one);
    };
    const opened = new Set<Declared>();
    for (const one of this.#classes.values()) add(one);
    return [...done];
  }

  /** The class of the file that a name means inside of another. */
  #inFile(text: string, inside: string): Declared | undefined {
    return candidates(text, inside)
      .map((name) => this.#classes.get(name))
      .find((one) => one !== undefined);
  }

  /** Whether a class of the file has a method, as far as the file tells. */
  #has(one: Declared, name: string, isStatic: boolean, depth = 0): boolean {
    if ((isStatic ? one.statics : one.methods).has(name) || (isStatic && one.isOwn && one.methods.has(name)))
      return true;
    if (!isStatic && one.attributes.has(name)) return true;
    if (depth > 8) return false;
    const parents = [...(one.superclass ? [one.superclass] : []), ...(isStatic ? [] : one.mixins)];
    return parents.some((node) => {
      const parent = this.#inFile(this.#text(node), one.name);
      return parent !== undefined && parent !== one && this.#has(parent, name, isStatic, depth + 1);
    });
  }

  // Names.

  /** A constant, which is imported unless the file declares it. */
  #constant(text: string, at: Range): Name {
    const names = candidates(text, this.#context.declared?.name ?? '');
    const own = names.find((name) => this.#classes.has(name) || this.#constants.has(name));
    if (own !== undefined) return nameOf(`::${own}`, at);
    if (standardGlobals.has(text)) return nameOf(text, at);
    const local = `::${names[0] ?? text}`;
    if (!this.#imports.has(local)) this.#imports.set(local, constantSpecifier(names));
    return nameOf(local, at);
  }

  /** The local name of a constant of a library. */
  #library(name: string): string {
    const local = `::${name}`;
    if (!this.#imports.has(local)) this.#imports.set(local, constantSpecifier([name]));
    return local;
  }

  #kernel(method: string, args: readonly Argument[], at: Range): Call {
    return call(member(nameOf(this.#library('Kernel'), at), method, at), args, at);
  }

  /** The receiver of what is called without one. */
  #this(at: Range): Expression {
    const { declared, isStatic } = this.#context;
    return declared && isStatic ? nameOf(`::${declared.name}`, at) : nameOf('this', at);
  }

  #isLocal(name: string): boolean {
    for (let frame: Frame | undefined = this.#frame; frame; frame = frame.parent)
      if (frame.names.has(name)) return true;
    return false;
  }

  #assigns(name: string): void {
    if (this.#isLocal(name)) return;
    this.#frame.names.add(name);
    this.#frame.declares.add(name);
  }

  #helper(): string {
    const name = `$${++this.#count}`;
    this.#frame.declares.add(name);
    return name;
  }

  /** What a method without a receiver means. */
  #callee(name: string, at: Range, args = 0): Expression {
    const { declared, isStatic } = this.#context;
    if (declared && this.#has(declared, name, isStatic)) return member(this.#this(at), name, at);
    if (this.#functions.has(name)) return nameOf(`def ${name}`, at);
    // A helper that makes the path of a route.
    if (args > 0 && /_(?:path|url)$/.test(name)) return member(nameOf(this.#library('Rails'), at), 'route', at);
    if (kernel.has(name)) {
      const opensAddresses = name === 'open' && /['"]open-uri['"]/.test(this.source);
      return member(nameOf(this.#library('Kernel'), at), opensAddresses ? 'open_uri' : name, at);
    }
    // Other methods of a script of Sinatra may be declared in a file that it requires.
    const isScript =
      !declared && this.#self !== 'ActionView::Base' && this.template === undefined && !sinatraMethods.test(name);
    if (declared || (this.#self !== undefined && !isScript)) return member(this.#this(at), name, at);
    const local = `def ${name}`;
    if (!this.#imports.has(local)) this.#imports.set(local, methodSpecifier(name));
    return nameOf(local, at);
  }

  // Classes and methods.

  #declaration(one: Declared): Statement[] {
    const target = nameOf(`::${one.name}`, one.at);
    const value = this.#class(one);
    return [
      { kind: 'declare', target, value, scope: 'function', ...one.at },
      { kind: 'export', name: constantSpecifier([one.name]).toLowerCase(), value: target, ...one.at },
    ];
  }

  #class(one: Declared): Expression {
    const outer = this.#context;
    const methods: Method[] = [];
    const fields: ClassField[] = [];
    const rest: SyntaxNode[] = [];
    this.#context = { declared: one, isStatic: true, method: '' };
    const superclass = one.superclass
      ? this.expression(one.superclass)
      : one.isModule
        ? this.#conventional(one)
        : undefined;
    const mixins = one.mixins
      .filter(({ type }) => type === 'constant' || type === 'scope_resolution')
      .map((node) => this.expression(node));
    const hidden = this.#hiddenMethods(one);
    for (const member of one.members) this.#member(member, one, methods, fields, rest, false);
    for (const [index, { name, value, isStatic, role }] of methods.entries()) {
      if (isStatic || name === 'constructor' || hidden.has(name)) continue;
      const called = one.callbacks.filter(
        ({ method, only, except }) => method !== name && (!only || only.has(name)) && !except.has(name),
      );
      const at = { from: value.from, to: value.from };
      const calls = called.map(({ method }) => evaluate(call(member(nameOf('this', at), method, at), [], at)));
      const shown = one.isModule ? value : this.#withView(name, value);
      methods[index] = { name, isStatic, role, value: { ...shown, body: [...calls, ...shown.body] } };
    }
    if (rest.length > 0) {
      const body = this.#bodyOf(rest, { declared: one, isStatic: true, method: '' });
      methods.push(methodOf(functionOf(`${one.name} (body)`, [], body, one.at), '(body)', true));
    }
    this.#context = outer;
    return {
      kind: 'class',
      name: one.name,
      ...(superclass && { superclass }),
      ...(mixins.length > 0 && { mixins }),
      methods,
      fields,
      decorators: [],
      ...one.at,
    };
  }

  /** The methods that a framework does not call on its own: private ones, and those that it calls before others. */
  #hiddenMethods(one: Declared): ReadonlySet<string> {
    const hidden = new Set(one.callbacks.map(({ method }) => method));
    let isHidden = false;
    for (const node of one.members) {
      const text = node.type === 'identifier' ? this.#text(node) : '';
      if (/^(?:private|protected|public)$/.test(text)) isHidden = text !== 'public';
      else if (node.type === 'method' && isHidden) hidden.add(this.#fieldText(node, 'name'));
      else if (node.type === 'call' && /^(?:private|protected)$/.test(this.#fieldText(node, 'method')))
        for (const arg of childOf(node, 'arguments')?.children ?? [])
          hidden.add(arg.type === 'method' ? this.#fieldText(arg, 'name') : this.#text(arg).replace(/^:/, ''));
    }
    return hidden;
  }

  /** What a module is mixed into, by the folder that Rails looks for it in. */
  #conventional(one: Declared): Expression | undefined {
    const base = /(?:^|\/)app\/controllers\//.test(this.path)
      ? 'ActionController::Base'
      : /(?:^|\/)app\/helpers\//.test(this.path)
        ? 'ActionView::Base'
        : this.#usesRequest(one)
          ? 'ActionController::Base'
          : undefined;
    return base === undefined ? undefined : nameOf(this.#library(base), one.at);
  }

  /** Whether a module has methods that only make sense in a controller. */
  #usesRequest({ members, methods, attributes }: Declared): boolean {
    if (methods.has('params') || methods.has('request') || attributes.has('params')) return false;
    return members.some((node) => {
      const parameters = childOf(node, 'parameters');
      return (
        node.type === 'method' &&
        usesRequest.test(this.#text(node)) &&
        !/\b(?:params|request|cookies)\b/.test(parameters ? this.#text(parameters) : '')
      );
    });
  }

  #member(
    node: SyntaxNode,
    one: Declared,
    methods: Method[],
    fields: ClassField[],
    rest: SyntaxNode[],
    isStatic: boolean,
  ): void {
    switch (node.type) {
      case 'method':
      case 'singleton_method': {
        const own = isStatic || node.type === 'singleton_method';
        const name = this.#fieldText(node, 'name');
        const value = this.#method(node, { declared: one, isStatic: own, method: name });
        methods.push(methodOf(value, name === 'initialize' && !own ? 'constructor' : name, own));
        if (one.isOwn && !own) {
          const copy = this.#method(node, { declared: one, isStatic: true, method: name });
          methods.push(methodOf(copy, name, true));
        }
        return;
      }
      case 'singleton_class':
        for (const inner of membersOf(node)) this.#member(inner, one, methods, fields, rest, true);
        return;
      case 'class':
      case 'module':
      case 'identifier':
      case 'alias':
      case 'undef':
      case 'heredoc_body':
        return;
      case '$struct': {
        const at = rangeOf(node);
        const names = [...one.attributes];
        const params = names.map((name): Parameter => ({ pattern: nameOf(name, at) }));
        const body = names.map((name) => evaluate(assign(member(nameOf('this', at), name, at), nameOf(name, at), at)));
        methods.push(methodOf(functionOf('new', params, body, at), 'constructor', false));
        return;
      }
      case 'assignment': {
        const left = childOf(node, 'left');
        const right = childOf(node, 'right');
        if (left?.type === 'constant') return;
        if (left && right && (left.type === 'class_variable' || left.type === 'instance_variable')) {
          const value = this.expression(right);
          fields.push({ name: this.#text(left), value, isStatic: true });
          return;
        }
        rest.push(node);
        return;
      }
      case 'call':
        if (this.#classCall(node, one, methods, fields, rest, isStatic)) return;
        rest.push(node);
        return;
      default:
        if (/^(?:if|unless|then|else|begin|if_modifier|unless_modifier|body_statement)$/.test(node.type))
          for (const inner of node.children) this.#member(inner, one, methods, fields, rest, isStatic);
        else if (node.isNamed) rest.push(node);
    }
  }

  /** A call in the body of a class. @returns whether nothing is left to be done */
  #classCall(
    node: SyntaxNode,
    one: Declared,
    methods: Method[],
    fields: ClassField[],
    rest: SyntaxNode[],
    isStatic: boolean,
  ): boolean {
    const name = this.#fieldText(node, 'method');
    const args = childOf(node, 'arguments')?.children ?? [];
    const body = childOf(node, 'block');
    if (/^(?:attr\w*|include|prepend|extend|require\w*|alias_method|delegate|class_attribute)$/.test(name)) return true;
    if (modifiers.test(name)) {
      for (const inner of args)
        if (/method$/.test(inner.type))
          this.#member(inner, one, methods, fields, rest, isStatic || name === 'private_class_method');
      return true;
    }
    if (/^(?:included|prepended|class_methods|helpers|concerning|namespace_methods)$/.test(name) && body) {
      for (const inner of membersOf(body)) this.#member(inner, one, methods, fields, rest, name === 'class_methods');
      return true;
    }
    const at = rangeOf(node);
    const [first] = args;
    const label = first && /symbol|string/.test(first.type) ? this.#text(first).replace(/^:|['"]/g, '') : name;
    const code = body ?? args.find(({ type }) => type === 'lambda');
    if (!code) return false;
    const isNamed = name === 'define_method' || name === 'scope';
    if (
      body &&
      routeVerbs.test(name) &&
      one.superclass &&
      /Sinatra|Padrino|(?:^|::)(?:App|Base|Application)$/.test(this.#text(one.superclass))
    )
      this.#routes.add(body);
    const own = name === 'scope';
    const context: Context = { declared: one, isStatic: own, method: label };
    const outer = this.#context;
    const decorators: Expression[] = [];
    if (!isNamed && one.superclass) {
      const decorator = member(this.expression(one.superclass), name, rangeOf(childOf(node, 'method') ?? node));
      decorators.push(call(decorator, this.#arguments(args).args, at));
    }
    this.#context = context;
    const value = this.#function(label, code, undefined, { isArrow: false, decorators });
    this.#context = outer;
    const key = isNamed ? label : keyOf(name, node);
    methods.push(methodOf(value, key, own));
    return true;
  }

  #method(node: SyntaxNode, context: Context): FunctionValue {
    const outer = this.#context;
    this.#context = context;
    const name = this.#fieldText(node, 'name');
    const value = this.#function(name, node, undefined, { isArrow: context.declared === undefined, decorators: [] });
    this.#context = outer;
    return value;
  }

  /** An action of a controller of Rails shows the view that is named after it. */
  #withView(name: string, value: FunctionValue): FunctionValue {
    const folder = /(?:^|\/)app\/controllers\/(.+)_controller\.rb$/.exec(this.path)?.[1];
    if (folder === undefined || !/^\w+$/.test(name) || value.params.length > 0) return value;
    if (/\b(?:render|redirect_to|redirect_back|head|send_file|send_data)\b/.test(this.#text(value))) return value;
    const at = { from: value.to, to: value.to };
    const show = this.#view(`app/views/${folder}/${name}`, at);
    const last = value.body.at(-1);
    if (last?.kind !== 'return' || !last.value) return { ...value, body: [...value.body, evaluate(show)] };
    const result = nameOf('$result', at);
    const values = [assign(result, last.value, last.value), show, result];
    const shown: Expression = { kind: 'sequence', own: ['$result'], values, from: last.from, to: last.to };
    return { ...value, body: [...value.body.slice(0, -1), { ...last, value: shown }] };
  }

  #view(path: string, at: Range): Call {
    const literal: Expression = { kind: 'literal', value: viewSpecifier(path), ...at };
    return call(nameOf(renderFunction, at), [{ value: literal }], at);
  }

  #bodyOf(nodes: readonly SyntaxNode[], context: Context): Statement[] {
    const [outer, frame] = [this.#context, this.#frame];
    this.#context = context;
    this.#frame = frameOf(undefined, 'method');
    const body = this.#statements(nodes);
    const declares = declarationsOf(this.#frame, { from: nodes[0]?.from ?? 0, to: nodes[0]?.from ?? 0 }, 'function');
    this.#context = outer;
    this.#frame = frame;
    return [...declares, ...body];
  }

  /** A method, a block or a lambda. @param around the variables that it sees */
  #function(
    name: string,
    node: SyntaxNode,
    around: Frame | undefined,
    { isArrow, decorators }: Pick<FunctionValue, 'isArrow' | 'decorators'>,
  ): FunctionValue {
    const at = rangeOf(node);
    const outer = this.#frame;
    const isMethod = /method$/.test(node.type);
    this.#frame = frameOf(around, isMethod ? 'method' : 'block');
    const frame = this.#frame;
    try {
      const list = childOf(node, 'parameters');
      const before: Statement[] = [];
      const params = (list?.children ?? []).flatMap((one) => {
        const param = this.#parameter(one, before);
        return one.type === 'block_parameter' ? [] : [param];
      });
      if (!list && !isMethod) params.push(...this.#implied(node));
      const type = this.#rackType(name, node, params);
      if (type !== undefined && params[0]) params[0] = { ...params[0], type };
      this.#namedOptions(params, before, at);
      const nodes = membersOf(node);
      frame.responds = this.#responderOf(node, type, at);
      const finish: Finish = (value) => this.#return(value, value);
      const body = this.#statements(nodes, name === 'initialize' ? undefined : finish);
      if (frame.takesBlock.isUsed) params.push({ pattern: nameOf(block, at) });
      const start = { from: at.from, to: at.from };
      const statements = [...declarationsOf(frame, start, isMethod ? 'function' : 'block'), ...before, ...body];
      return { kind: 'function', name, params, body: statements, isArrow, decorators, ...at };
    } finally {
      this.#frame = outer;
    }
  }

  #return(value: Expression, { from, to }: Range): Statement {
    const { responds } = this.#frame;
    if (!responds || (value.kind === 'literal' && typeof value.value !== 'string'))
      return { kind: 'return', value, from, to };
    return { kind: 'return', value: call(responds, [{ value }], value), from, to };
  }

  /** What sends the result of a route of Sinatra, or of an application of Rack. */
  #responderOf(node: SyntaxNode, rackType: string | undefined, at: Range): Expression | undefined {
    if (rackType !== undefined) return member(nameOf(this.#library('Rack'), at), 'respond', at);
    if (!this.#routes.has(node)) return undefined;
    return /\bcontent_type\b[ (]+:?['"]?(?:json|application|text\/plain|:?text\b)|\bto_json\b|\bjson[ (]/.test(
      this.#text(node),
    )
      ? undefined
      : member(nameOf('this', at), 'respond', at);
  }

  /** An application of Rack gets the request as a hash. */
  #rackType(name: string, node: SyntaxNode, params: readonly Parameter[]): string | undefined {
    if (params.length !== 1 || params[0]?.pattern.kind !== 'name' || !/^_?call!?$/.test(name)) return undefined;
    const isRack = /\[\s*['"](?:rack\.|HTTP_|QUERY_STRING|PATH_INFO|REQUEST_|SCRIPT_NAME)|\bRack::/;
    return isRack.test(this.#text(node)) ? this.#library('Rack::Env') : undefined;
  }

  /** `it` and `_1` of a block without parameters. */
  #implied(node: SyntaxNode): Parameter[] {
    const text = this.#text(node);
    const names = /\b_[12]\b/.test(text) ? ['_1', '_2'] : /\bit\b/.test(text) ? ['it'] : [];
    for (const name of names) this.#frame.names.add(name);
    return names.map((name) => ({ pattern: nameOf(name, { from: node.from, to: node.from }) }));
  }

  /** A last parameter `options = {}` takes the named arguments, too. */
  #namedOptions(params: Parameter[], before: Statement[], at: Range): void {
    const last = params.at(-1);
    const { fallback } = last ?? {};
    const isOptions = fallback?.kind === 'object' && fallback.fields.length === 0;
    if (!last || !isOptions || last.pattern.kind !== 'name') return;
    const name = `$${++this.#count}`;
    const start = { from: at.from, to: at.from };
    const value: Expression = {
      kind: 'logical',
      operator: '??',
      left: last.pattern,
      right: nameOf(name, start),
      ...start,
    };
    params[params.length - 1] = { pattern: last.pattern };
    params.push({ pattern: nameOf(name, start), restNamed: true });
    before.unshift(evaluate(assign(last.pattern, value, start)));
  }

  #parameter(node: SyntaxNode, before: Statement[]): Parameter {
    const at = rangeOf(node);
    const nameNode = childOf(node, 'name');
    const name = nameNode ? this.#text(nameNode) : this.#text(node);
    const pattern = nameOf(localName(name), nameNode ? rangeOf(nameNode) : at);
    const value = childOf(node, 'value');
    switch (node.type) {
      case 'identifier':
        this.#frame.names.add(name);
        return { pattern };
      case 'optional_parameter':
      case 'keyword_parameter': {
        const fallback = value && this.expression(value);
        this.#frame.names.add(name);
        return { pattern, ...(fallback && { fallback }) };
      }
      case 'splat_parameter':
        this.#frame.names.add(nameNode ? name : '*');
        return { pattern: nameOf(nameNode ? localName(name) : '*', at), rest: true };
      case 'hash_splat_parameter':
        this.#frame.names.add(nameNode ? name : '**');
        return { pattern: nameOf(nameNode ? localName(name) : '**', at), restNamed: true };
      case 'forward_parameter':
        this.#frame.names.add('...');
        return { pattern: nameOf('...', at), rest: true };
      case 'block_parameter':
        if (nameNode) {
          this.#frame.names.add(name);
          if (name !== block)
            before.push({ kind: 'declare', target: pattern, value: nameOf(block, at), scope: 'function', ...at });
        }
        this.#frame.takesBlock.isUsed = true;
        return { pattern: nameOf(block, at) };
      case 'destructured_parameter':
        return { pattern: this.#listPattern(node, true) };
      default:
        return { pattern: opaque([], at) };
    }
  }

  // Statements.

  /** @param finish what is done with the value of the last one */
  #statements(nodes: readonly SyntaxNode[], finish?: Finish): Statement[] {
    const list = nodes.filter(
      ({ type, isNamed }) => isNamed && !/^(?:heredoc_body|empty_statement|uninterpreted)$/.test(type),
    );
    const clauses = list.filter(({ type }) => /^(?:rescue|ensure|else)$/.test(type));
    const body = list.filter((node) => !clauses.includes(node));
    if (clauses.length > 0) return [this.#try(body, clauses, finish)];
    return body.flatMap((node, index) => this.#statement(node, index === body.length - 1 ? finish : undefined));
  }

  #try(body: readonly SyntaxNode[], clauses: readonly SyntaxNode[], finish?: Finish): Statement {
    const otherwise = clauses.find(({ type }) => type === 'else');
    const last = clauses.find(({ type }) => type === 'ensure');
    const lowered = otherwise
      ? [...this.#statements(body), ...this.#statements(otherwise.children, finish)]
      : this.#statements(body, finish);
    const handlers = clauses
      .filter(({ type }) => type === 'rescue')
      .map((one) => {
        const variable = childOf(one, 'variable')?.children[0];
        const target = variable && this.#pattern(variable);
        const inner = this.#statements(childOf(one, 'body')?.children ?? [], finish);
        if (!target) return { body: inner };
        // The variable outlives the handler.
        const at = rangeOf(variable);
        const name = nameOf(`$${++this.#count}`, at);
        return { target: name, body: [evaluate(assign(target, name, at)), ...inner] };
      });
    const [first] = [...body, ...clauses];
    const at = { from: first?.from ?? 0, to: [...body, ...clauses].at(-1)?.to ?? 0 };
    return { kind: 'try', body: lowered, handlers, last: last ? this.#statements(last.children) : [], ...at };
  }

  #statement(node: SyntaxNode, finish?: Finish): Statement[] {
    const at = rangeOf(node);
    const end = finish ?? evaluate;
    switch (node.type) {
      case 'if':
      case 'elsif':
      case 'unless':
      case 'conditional':
        return [this.#if(node, finish)];
      case 'if_modifier':
      case 'unless_modifier': {
        const body = childOf(node, 'body');
        const test = this.#condition(node, node.type === 'unless_modifier');
        return [{ kind: 'if', test, yes: body ? this.#statement(body, finish) : [], no: [], ...at }];
      }
      case 'while':
      case 'until': {
        const body = this.#loopBody(() => this.#statements(childOf(node, 'body')?.children ?? []));
        const test = this.#condition(node, node.type === 'until');
        return [{ kind: 'loop', init: [], test, body, isPost: false, ...at }];
      }
      case 'while_modifier':
      case 'until_modifier': {
        const body = childOf(node, 'body');
        const lowered = this.#loopBody(() => (body ? this.#statement(body) : []));
        const test = this.#condition(node, node.type === 'until_modifier');
        return [{ kind: 'loop', init: [], test, body: lowered, isPost: body?.type === 'begin', ...at }];
      }
      case 'for': {
        const [left, right] = [childOf(node, 'pattern'), childOf(node, 'value')?.children[0]];
        if (!left || !right) return [];
        const collection = this.expression(right);
        const target = this.#pattern(left);
        const item = nameOf(`$${++this.#count}`, rangeOf(left));
        const body = this.#loopBody(() => this.#statements(childOf(node, 'body')?.children ?? []));
        return [
          {
            kind: 'forEach',
            target: item,
            of: 'items',
            collection,
            body: [evaluate(assign(target, item, rangeOf(left))), ...body],
            ...at,
          },
        ];
      }
      case 'begin':
      case 'then':
      case 'do':
      case 'block_body':
      case 'body_statement':
      case 'ERROR':
        return this.#statements(node.children, finish);
      case 'parenthesized_statements':
        return this.#statements(node.children, finish);
      case 'begin_block':
      case 'end_block':
        return this.#statements(node.children);
      case 'case':
        return this.#case(node, finish);
      case 'case_match':
        return this.#caseMatch(node, finish);
      case 'return':
        return [this.#return(this.#valueOf(node), at)];
      case 'next':
      case 'break': {
        if (this.#frame.jumps !== 'loop') return [this.#return(this.#valueOf(node), at)];
        const [value] = node.children;
        const kind = node.type === 'next' ? 'continue' : 'break';
        return [...(value ? [evaluate(this.#valueOf(node))] : []), { kind, ...at }];
      }
      case 'redo':
      case 'retry':
      case 'undef':
      case 'alias':
      case 'class':
      case 'module':
      case 'singleton_class':
        return [];
      case 'method':
        return finish ? [finish({ kind: 'literal', value: this.#fieldText(node, 'name'), ...at })] : [];
      case 'rescue_modifier': {
        const [body, handler] = [childOf(node, 'body'), childOf(node, 'handler')];
        return [
          {
            kind: 'try',
            body: body ? this.#statement(body, finish) : [],
            handlers: [{ body: handler ? this.#statement(handler, finish) : [] }],
            last: [],
            ...at,
          },
        ];
      }
      case 'binary': {
        const operator = this.#operator(node);
        const right = childOf(node, 'right');
        const left = childOf(node, 'left');
        if (left && right && /^(?:and|or|&&|\|\|)$/.test(operator) && this.#leaves(right)) {
          const isOr = operator === 'or' || operator === '||';
          // `head(:forbidden) and return`: an answer is always true.
          if (!isOr && left.type === 'call' && answers.test(this.#fieldText(left, 'method')))
            return [...this.#statement(left), ...this.#statement(right, finish)];
          // `x = a or return`: what is tested is what is assigned.
          const test = this.expression(left);
          const then = this.#statement(right, finish);
          return [{ kind: 'if', test, yes: isOr ? [] : then, no: isOr ? then : [], ...at }];
        }
        const base = operator === '<<' && finish && left ? this.#appendedTo(left) : undefined;
        if (base && finish) return [evaluate(this.expression(node)), finish(this.expression(base))];
        return [end(this.expression(node))];
      }
      case 'assignment': {
        const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
        if (left?.type === 'constant' && this.#isCollected(left)) return [];
        if (left && right && this.template && left.type === 'identifier' && /^__?$/.test(this.#text(left)))
          return this.#output(right, this.#text(left) === '__', at);
        if (left && right && /^(?:if|unless|case|case_match|begin|conditional|rescue_modifier)$/.test(right.type)) {
          const target = this.#pattern(left);
          const assigned = this.#statement(right, (value) => evaluate(assign(target, value, at)));
          return finish && target.kind !== 'opaque' && target.kind !== 'listPattern' && target.kind !== 'objectPattern'
            ? [...assigned, finish(target)]
            : assigned;
        }
        return [end(this.expression(node))];
      }
      case 'call':
        return this.#callStatement(node, finish);
      case 'identifier': {
        const name = this.#text(node);
        if (neverReturns.has(name) && !this.#isLocal(name))
          return [{ kind: 'throw', value: this.expression(node), ...at }];
        return [end(this.expression(node))];
      }
      default:
        return node.isNamed ? [end(this.expression(node))] : [];
    }
  }

  #isCollected(left: SyntaxNode): boolean {
    const inside = this.#context.declared?.name;
    const name = inside === undefined ? this.#text(left) : `${inside}::${this.#text(left)}`;
    return this.#constants.has(name);
  }

  /** Whether control does not go on behind it. */
  #leaves(node: SyntaxNode): boolean {
    if (/^(?:return|next|break|redo|retry)$/.test(node.type)) return true;
    if (node.type === 'identifier') return neverReturns.has(this.#text(node));
    if (node.type === 'parenthesized_statements') return node.children.some((one) => this.#leaves(one));
    if (node.type === 'binary') return node.children.some((one) => this.#leaves(one));
    return node.type === 'call' && !childOf(node, 'receiver') && neverReturns.has(this.#fieldText(node, 'method'));
  }

  /** What a template inserts. */
  #output(node: SyntaxNode, isRaw: boolean, at: Range): Statement[] {
    const own = rangeOf(node);
    const made = this.#statement(node, (value) => {
      const name = isRaw || this.template === 'plain' ? 'output_raw' : 'output';
      const target = nameOf(this.#library('Template'), own);
      return evaluate(call(member(target, name, own), [{ value }], { from: own.from, to: at.to }));
    });
    return made;
  }

  #callStatement(node: SyntaxNode, finish?: Finish): Statement[] {
    const at = rangeOf(node);
    const name = this.#fieldText(node, 'method');
    const receiver = childOf(node, 'receiver');
    const body = childOf(node, 'block');
    const args = childOf(node, 'arguments')?.children ?? [];
    if (!receiver && neverReturns.has(name)) return [{ kind: 'throw', value: this.expression(node), ...at }];
    if (!receiver && name === 'loop' && body && args.length === 0)
      return [{ kind: 'loop', init: [], body: this.#blockBody(body), isPost: false, ...at }];
    const parameters = body ? (childOf(body, 'parameters')?.children ?? []) : [];
    if (receiver && body && name === 'each' && args.length === 0 && parameters.length === 1 && !finish) {
      const collection = this.expression(receiver);
      const frame = this.#frame;
      this.#frame = frameOf(frame, 'loop');
      const [first] = parameters;
      const target = first ? this.#parameter(first, []).pattern : opaque([], at);
      const inner = this.#statements(membersOf(body));
      const declares = declarationsOf(this.#frame, { from: body.from, to: body.from }, 'block');
      this.#frame = frame;
      return [{ kind: 'forEach', target, of: 'items', collection, body: [...declares, ...inner], ...at }];
    }
    const value = this.expression(node);
    return [finish ? finish(value) : evaluate(value)];
  }

  #blockBody(node: SyntaxNode): Statement[] {
    const frame = this.#frame;
    this.#frame = frameOf(frame, 'loop');
    const body = this.#statements(membersOf(node));
    const declares = declarationsOf(this.#frame, { from: node.from, to: node.from }, 'block');
    this.#frame = frame;
    return [...declares, ...body];
  }

  /** `while` has no variables of its own. */
  #loopBody(lowered: () => Statement[]): Statement[] {
    const frame = this.#frame;
    this.#frame = { ...frame, jumps: 'loop' };
    const body = lowered();
    this.#frame = frame;
    return body;
  }

  #condition(node: SyntaxNode, isNegated: boolean): Expression {
    const condition = childOf(node, 'condition');
    const test = condition ? this.expression(condition) : opaque([], rangeOf(node));
    return isNegated ? not(test, test) : test;
  }

  #if(node: SyntaxNode, finish?: Finish): Statement {
    const test = this.#condition(node, node.type === 'unless');
    const yes = childOf(node, 'consequence');
    const no = childOf(node, 'alternative');
    const branch = (one: SyntaxNode | undefined): Statement[] => {
      if (!one) return [];
      return one.type === 'then' || one.type === 'else'
        ? this.#statements(one.children, finish)
        : this.#statement(one, finish);
    };
    return { kind: 'if', test, yes: branch(yes), no: branch(no), ...rangeOf(node) };
  }

  #case(node: SyntaxNode, finish?: Finish): Statement[] {
    const at = rangeOf(node);
    const value = childOf(node, 'value');
    const whens = node.children.filter(({ type }) => type === 'when');
    const otherwise = node.children.find(({ type }) => type === 'else');
    const bodyOf = (one: SyntaxNode) => this.#statements(childOf(one, 'body')?.children ?? [], finish);
    const last = () => (otherwise ? this.#statements(otherwise.children, finish) : []);
    const patternsOf = (one: SyntaxNode) =>
      one.children.filter(({ type }) => type === 'pattern').flatMap(({ children }) => children);
    const isLiteral = ({ type, children }: SyntaxNode) =>
      /^(?:simple_symbol|integer|float|nil|true|false)$/.test(type) ||
      (type === 'string' && children.every((part) => part.type !== 'interpolation'));
    if (value && whens.every((one) => patternsOf(one).every(isLiteral))) {
      const cases = whens.map((one) => ({
        tests: patternsOf(one).map((test) => this.expression(test)),
        body: [...bodyOf(one), { kind: 'break', ...rangeOf(one) } as const],
      }));
      const all = otherwise ? [...cases, { tests: [], body: last() }] : cases;
      return [{ kind: 'switch', value: this.expression(value), cases: all, ...at }];
    }
    const before: Statement[] = [];
    let subject = value && this.expression(value);
    if (subject && subject.kind !== 'name' && !(subject.kind === 'index' || subject.kind === 'member')) {
      const name = nameOf(this.#helper(), subject);
      before.push(evaluate(assign(name, subject, subject)));
      subject = name;
    }
    const testOf = (test: SyntaxNode): Expression => {
      const own = rangeOf(test);
      if (test.type === 'splat_argument') {
        const list = test.children[0] ? this.expression(test.children[0]) : opaque([], own);
        return subject ? call(member(list, 'include?', own), [{ value: subject }], own) : list;
      }
      const lowered = this.expression(test);
      if (!subject) return lowered;
      if (test.type === 'regex') return call(member(subject, '=~', own), [{ value: lowered }], own);
      if (test.type === 'constant' || test.type === 'scope_resolution')
        return call(member(subject, 'is_a?', own), [{ value: lowered }], own);
      if (test.type === 'lambda') return call(lowered, [{ value: subject }], own);
      return { kind: 'binary', operator: '==', left: subject, right: lowered, ...own };
    };
    const build = (index: number): Statement[] => {
      const one = whens[index];
      if (!one) return last();
      const [first, ...more] = patternsOf(one).map(testOf);
      const test = more.reduce<Expression>(
        (left, right) => ({ kind: 'logical', operator: '||', left, right, from: left.from, to: right.to }),
        first ?? opaque([], rangeOf(one)),
      );
      return [{ kind: 'if', test, yes: bodyOf(one), no: build(index + 1), ...rangeOf(one) }];
    };
    return [...before, ...build(0)];
  }

  #caseMatch(node: SyntaxNode, finish?: Finish): Statement[] {
    const value = childOf(node, 'value');
    const subject = nameOf(this.#helper(), value ? rangeOf(value) : rangeOf(node));
    const clauses = node.children.filter(({ type }) => type === 'in_clause');
    const otherwise = node.children.find(({ type }) => type === 'else');
    const build = (index: number): Statement[] => {
      const one = clauses[index];
      if (!one) return otherwise ? this.#statements(otherwise.children, finish) : [];
      const pattern = childOf(one, 'pattern');
      const guard = childOf(one, 'guard');
      const matched = pattern ? this.#match(pattern, subject) : opaque([], rangeOf(one));
      const condition = guard && childOf(guard, 'condition');
      const guarded = condition && this.expression(condition);
      const right = guarded && guard.type === 'unless_guard' ? not(guarded, guarded) : guarded;
      const test: Expression = right
        ? { kind: 'logical', operator: '&&', left: matched, right, ...rangeOf(one) }
        : matched;
      const yes = this.#statements(childOf(one, 'body')?.children ?? [], finish);
      return [{ kind: 'if', test, yes, no: build(index + 1), ...rangeOf(one) }];
    };
    const assigned = evaluate(assign(subject, value ? this.expression(value) : opaque([], rangeOf(node)), subject));
    return [assigned, ...build(0)];
  }

  /** Whether a value has a shape, whose variables are assigned. */
  #match(pattern: SyntaxNode, value: Expression): Expression {
    const at = rangeOf(pattern);
    const all = (tests: readonly Expression[]): Expression =>
      tests.reduce<Expression>(
        (left, right) => ({ kind: 'logical', operator: '&&', left, right, ...at }),
        opaque([], at),
      );
    switch (pattern.type) {
      case 'identifier':
        return { kind: 'sequence', values: [assign(this.#target(pattern), value, at), opaque([], at)], ...at };
      case 'as_pattern': {
        const [inner, name] = [childOf(pattern, 'value'), childOf(pattern, 'name')];
        const test = inner ? this.#match(inner, value) : opaque([], at);
        return name ? { kind: 'sequence', values: [assign(this.#target(name), value, at), test], ...at } : test;
      }
      case 'alternative_pattern':
        return (
          pattern.children
            .map((one) => this.#match(one, value))
            .reduce<Expression | undefined>(
              (left, right) => (left ? { kind: 'logical', operator: '||', left, right, ...at } : right),
              undefined,
            ) ?? opaque([], at)
        );
      case 'array_pattern':
      case 'find_pattern': {
        const hasSplat = pattern.children.some(({ type }) => type === 'splat_parameter');
        return all(
          pattern.children
            .filter(({ field }) => field !== 'class')
            .map((one, index) => {
              if (one.type === 'splat_parameter') {
                const name = childOf(one, 'name');
                return name ? this.#match({ ...name, type: 'identifier' }, value) : opaque([], at);
              }
              const place: Expression =
                hasSplat && index > 0 ? opaque([], at) : { kind: 'literal', value: index, ...at };
              return this.#match(one, { kind: 'index', object: value, index: place, ...rangeOf(one) });
            }),
        );
      }
      case 'hash_pattern':
        return all(
          pattern.children.map((one) => {
            if (one.type === 'hash_splat_parameter') {
              const name = childOf(one, 'name');
              return name ? this.#match({ ...name, type: 'identifier' }, value) : opaque([], at);
            }
            if (one.type !== 'keyword_pattern') return opaque([], at);
            const [key, inner] = [childOf(one, 'key'), childOf(one, 'value')];
            if (!key) return opaque([], at);
            const name = this.#text(key).replace(/^['"]|['"]$/g, '');
            const field: Expression = {
              kind: 'index',
              object: value,
              index: { kind: 'literal', value: name, ...at },
              ...rangeOf(one),
            };
            if (inner) return this.#match(inner, field);
            this.#assigns(name);
            return {
              kind: 'sequence',
              values: [assign(nameOf(localName(name), at), field, at), opaque([], at)],
              ...at,
            };
          }),
        );
      case 'parenthesized_pattern':
      case 'pattern':
        return pattern.children[0] ? this.#match(pattern.children[0], value) : opaque([], at);
      case 'regex':
        return call(member(value, '=~', at), [{ value: this.expression(pattern) }], at);
      case 'constant':
      case 'scope_resolution':
        return call(member(value, 'is_a?', at), [{ value: this.expression(pattern) }], at);
      case 'variable_reference_pattern':
      case 'expression_reference_pattern':
        return opaque(
          pattern.children.map((one) => this.expression(one)),
          at,
        );
      default:
        return { kind: 'binary', operator: '==', left: value, right: this.expression(pattern), ...at };
    }
  }

  // Expressions.

  /** The value of `return`, `next` and `break`. */
  #valueOf(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const list = node.children[0];
    const items = list?.type === 'argument_list' ? list.children : node.children;
    const { args } = this.#arguments(items);
    const [first] = args;
    if (!first) return { kind: 'literal', value: null, ...at };
    if (args.length === 1 && first.spread === undefined && first.name === undefined) return first.value;
    return { kind: 'list', items: args.map(({ value, spread }) => ({ value, ...(spread && { spread }) })), ...at };
  }

  expression(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const children = node.children.filter(({ isNamed }) => isNamed);
    const [first] = children;
    switch (node.type) {
      case 'identifier':
        return this.#identifier(node);
      case 'constant':
        return this.#constant(this.#text(node), at);
      case 'scope_resolution': {
        const text = this.#text(node).replace(/\s/g, '');
        if (/^(?:::)?[A-Z]\w*(?:::[A-Z]\w*)*$/.test(text)) return this.#constant(text, at);
        const scope = childOf(node, 'scope');
        return opaque(scope ? [this.expression(scope)] : [], at);
      }
      case 'instance_variable':
        return this.#variable(this.#text(node), at);
      case 'class_variable': {
        const { declared } = this.#context;
        return member(declared ? nameOf(`::${declared.name}`, at) : nameOf('this', at), this.#text(node), at);
      }
      case 'global_variable':
        return this.#global(this.#text(node), at);
      case 'self':
        return this.#this(at);
      case 'nil':
        return { kind: 'literal', value: null, ...at };
      case 'true':
      case 'false':
        return { kind: 'literal', value: node.type === 'true', ...at };
      case 'integer':
      case 'float':
      case 'rational':
      case 'complex': {
        const number = Number(this.#text(node).replace(/_/g, ''));
        return { kind: 'literal', value: Number.isNaN(number) ? 0 : number, ...at };
      }
      case 'character':
        return { kind: 'literal', value: this.#text(node).slice(1), ...at };
      case 'file':
        return { kind: 'literal', value: `/${this.path}`, ...at };
      case 'line':
      case 'encoding':
        return { kind: 'literal', value: 0, ...at };
      case 'simple_symbol':
        return { kind: 'literal', value: this.#text(node).slice(1), ...at };
      case 'hash_key_symbol':
        return { kind: 'literal', value: this.#text(node), ...at };
      case 'string':
      case 'delimited_symbol':
      case 'bare_string':
      case 'bare_symbol':
        return textOf(this.#parts(node), at);
      case 'chained_string':
        return textOf(
          children.map((one) => this.expression(one)),
          at,
        );
      case 'heredoc_beginning': {
        const body = this.#heredocs.get(node);
        const text = body ? textOf(this.#parts(body), at) : textOf([], at);
        return /^<<[~-]?`/.test(this.#text(node)) ? this.#kernel('backtick', [{ value: text }], at) : text;
      }
      case 'subshell':
        return this.#kernel('backtick', [{ value: textOf(this.#parts(node), at) }], at);
      case 'regex':
        return this.#regex(node);
      case 'array':
      case 'right_assignment_list':
      case 'string_array':
      case 'symbol_array':
        return this.#list(children, at);
      case 'hash':
        return { kind: 'object', fields: children.flatMap((one) => this.#field(one)), ...at };
      case 'range':
        return opaque(
          children.map((one) => this.expression(one)),
          at,
        );
      case 'parenthesized_statements':
        return this.#sequence(children, at);
      case 'interpolation':
        return first && children.length === 1 ? this.expression(first) : this.#sequence(children, at);
      case 'begin':
      case 'then':
      case 'else':
      case 'block_body':
      case 'body_statement':
        return this.#sequence(children, at);
      case 'if':
      case 'elsif':
      case 'unless':
      case 'conditional': {
        const test = this.#condition(node, node.type === 'unless');
        const [yes, no] = [childOf(node, 'consequence'), childOf(node, 'alternative')];
        const none: Expression = { kind: 'literal', value: null, ...at };
        return {
          kind: 'conditional',
          test,
          yes: yes ? this.expression(yes) : none,
          no: no ? this.expression(no) : none,
          ...at,
        };
      }
      case 'if_modifier':
      case 'unless_modifier': {
        const body = childOf(node, 'body');
        const test = this.#condition(node, node.type === 'unless_modifier');
        const none: Expression = { kind: 'literal', value: null, ...at };
        return { kind: 'conditional', test, yes: body ? this.expression(body) : none, no: none, ...at };
      }
      case 'case':
      case 'case_match':
      case 'while':
      case 'until':
      case 'for':
      case 'while_modifier':
      case 'until_modifier':
        return this.#computed(node);
      case 'rescue_modifier': {
        const [body, handler] = [childOf(node, 'body'), childOf(node, 'handler')];
        if (!body || !handler) return opaque([], at);
        return { kind: 'logical', operator: '??', left: this.expression(body), right: this.expression(handler), ...at };
      }
      case 'binary':
        return this.#binary(node);
      case 'unary':
        return this.#unary(node);
      case 'assignment':
        return this.#assignment(node);
      case 'operator_assignment':
        return this.#operatorAssignment(node);
      case 'call':
        return this.#call(node);
      case 'element_reference':
        return this.#element(node);
      case 'lambda':
        return this.#lambda(node);
      case 'yield': {
        this.#frameOfMethod.takesBlock.isUsed = true;
        const items = first?.type === 'argument_list' ? first.children : children;
        return call(nameOf(block, at), this.#arguments(items).args, at);
      }
      case 'super':
        return this.#super([], at);
      case 'return':
      case 'next':
      case 'break':
      case 'redo':
      case 'retry':
        return opaque(children.length > 0 ? [this.#valueOf(node)] : [], at);
      case 'method':
      case 'singleton_method':
        return { kind: 'literal', value: this.#fieldText(node, 'name'), ...at };
      case 'test_pattern':
      case 'match_pattern': {
        const [value, pattern] = [childOf(node, 'value'), childOf(node, 'pattern')];
        if (!value || !pattern) return opaque([], at);
        const subject = nameOf(this.#helper(), rangeOf(value));
        const assigned = assign(subject, this.expression(value), rangeOf(value));
        return { kind: 'sequence', values: [assigned, this.#match(pattern, subject)], ...at };
      }
      case 'argument_list':
        return first && children.length === 1 ? this.expression(first) : this.#list(children, at);
      case 'splat_argument':
      case 'hash_splat_argument':
        return first ? this.expression(first) : nameOf(node.type === 'splat_argument' ? '*' : '**', at);
      case 'block_argument':
        return this.#blockArgument(node);
      case 'pair':
        return { kind: 'object', fields: this.#field(node), ...at };
      case 'operator':
        return { kind: 'literal', value: this.#text(node), ...at };
      default:
        return opaque(
          children.map((one) => this.expression(one)),
          at,
        );
    }
  }

  get #frameOfMethod(): Frame {
    let frame = this.#frame;
    while (frame.parent) frame = frame.parent;
    return frame;
  }

  /** Statements whose value is used: if they are more than expressions, a function that is called at once. */
  #computed(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const outer = this.#frame;
    this.#frame = frameOf(outer, 'block');
    const body = this.#statement(node, (value) => ({ kind: 'return', value, from: value.from, to: value.to }));
    const declares = declarationsOf(this.#frame, { from: at.from, to: at.from }, 'block');
    // What is assigned in it belongs around it.
    for (const name of this.#frame.declares) {
      outer.names.add(name);
      outer.declares.add(name);
    }
    this.#frame = outer;
    const own = declares.length > 0 ? [] : declares;
    const code: FunctionValue = {
      ...functionOf('', [], [...own, ...body], at),
      isArrow: true,
    };
    return call(code, [], at);
  }

  #sequence(nodes: readonly SyntaxNode[], at: Range): Expression {
    const list = nodes.filter(({ type }) => type !== 'heredoc_body' && type !== 'empty_statement');
    if (list.some(({ type }) => /^(?:rescue|ensure|else)$/.test(type)))
      return this.#computed({ type: 'begin', ...at, isNamed: true, field: undefined, children: list });
    const values = list.map((one) => this.expression(one));
    const [only] = values;
    if (values.length === 1 && only) return only;
    return values.length === 0 ? { kind: 'literal', value: null, ...at } : { kind: 'sequence', values, ...at };
  }

  #identifier(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const name = this.#text(node);
    if (this.#isLocal(name)) return nameOf(localName(name), at);
    if (name === 'block_given?') {
      this.#frameOfMethod.takesBlock.isUsed = true;
      return opaque([], at);
    }
    const known = { __FILE__: `/${this.path}`, __dir__: `/${posix.dirname(this.path)}`, __method__: '', __LINE__: 0 }[
      name
    ];
    if (known !== undefined) return { kind: 'literal', value: known, ...at };
    return this.#read(this.#callee(name, at), name, at);
  }

  /** A call without arguments, which may as well be a field. */
  #read(callee: Expression, name: string, at: Range): Call {
    return { ...call(callee, [], at), ...(callee.kind === 'member' && !changing.test(name) && { isRead: true }) };
  }

  /** `@x`: the field `x` where the class has no method of that name. */
  #variable(text: string, at: Range): Expression & { kind: 'member' } {
    const name = text.slice(1);
    const { declared } = this.#context;
    const isAttribute = declared?.attributes.has(name) === true && !declared.methods.has(name);
    return member(this.#this(at), isAttribute ? name : text, at);
  }

  #global(text: string, at: Range): Expression {
    if (/^\$(?:[1-9&~]|LAST_MATCH_INFO)$/.test(text)) {
      this.#assigns('$~');
      return { kind: 'index', object: nameOf('$~', at), index: opaque([], at), ...at };
    }
    const standard = { $stdin: 'STDIN', $stdout: 'STDOUT', $stderr: 'STDERR', '$*': 'ARGV', '$<': 'ARGF' }[text];
    if (standard !== undefined) return nameOf(standard, at);
    this.#globals.add(text);
    // Other files set it, too.
    return { kind: 'logical', operator: '??', left: nameOf(text, at), right: opaque([], at), ...at };
  }

  #parts(node: SyntaxNode): Expression[] {
    return node.children
      .filter(({ isNamed }) => isNamed)
      .flatMap((one): Expression[] => {
        const at = rangeOf(one);
        if (one.type === 'interpolation') return [this.expression(one)];
        if (one.type === 'escape_sequence') return [{ kind: 'literal', value: unescaped(this.#text(one)), ...at }];
        if (one.type === 'heredoc_end') return [];
        return [{ kind: 'literal', value: this.#text(one), ...at }];
      });
  }

  #regex(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const flags = /[a-z]*$/.exec(this.#text(node))?.[0] ?? '';
    const isKnown = node.children.every(({ type }) => type !== 'interpolation');
    if (isKnown) {
      const text = node.children.map((one) => this.#text(one)).join('');
      return { kind: 'regex', ...regexOf(text, flags), ...at };
    }
    const value = textOf(this.#parts(node), at);
    return { ...call(nameOf(this.#library('Regexp'), at), [{ value }], at), isNew: true };
  }

  #list(nodes: readonly SyntaxNode[], at: Range): Expression {
    const { args } = this.#arguments(nodes);
    const fields = args.filter(({ name, spread }) => name !== undefined || spread === 'map');
    const items = args.filter((one) => !fields.includes(one));
    // Pairs at the end of a list are one hash.
    const hash: Argument[] =
      fields.length > 0
        ? [
            {
              value: {
                kind: 'object',
                fields: fields.map(({ name, value }) => ({ ...(name !== undefined && { key: name }), value })),
                ...at,
              },
            },
          ]
        : [];
    return { kind: 'list', items: [...items, ...hash], ...at };
  }

  #field(node: SyntaxNode): Field[] {
    if (node.type === 'hash_splat_argument') {
      const [value] = node.children;
      return [{ value: value ? this.expression(value) : nameOf('**', rangeOf(node)) }];
    }
    if (node.type !== 'pair') return node.isNamed ? [{ value: this.expression(node) }] : [];
    const [key, value] = [childOf(node, 'key'), childOf(node, 'value')];
    if (!key) return [];
    const known = this.#keyOf(key);
    // `{name:}` is `{name: name}`.
    const lowered = value ? this.expression(value) : this.#identifier(key);
    return [{ key: known ?? this.expression(key), value: lowered }];
  }

  #keyOf(key: SyntaxNode): string | undefined {
    const text = this.#text(key);
    if (key.type === 'hash_key_symbol') return text;
    if (key.type === 'simple_symbol') return text.slice(1);
    if (key.type === 'integer') return text;
    const [only] = key.children;
    if (/^(?:string|delimited_symbol)$/.test(key.type) && key.children.length === 1 && only?.type === 'string_content')
      return this.#text(only);
    return undefined;
  }

  #operator(node: SyntaxNode): string {
    const operator = childOf(node, 'operator');
    return operator ? this.#text(operator) : '';
  }

  #binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const operator = this.#operator(node);
    const [leftNode, rightNode] = [childOf(node, 'left'), childOf(node, 'right')];
    if (!leftNode || !rightNode) return opaque([], at);
    if (operator === '<<') return this.#appended(leftNode, rightNode, at);
    if (operator === '%' && isTextNode(leftNode)) return this.#formatted(leftNode, rightNode, at);
    const left = this.expression(leftNode);
    const right = this.expression(rightNode);
    switch (operator) {
      case 'and':
      case '&&':
        return { kind: 'logical', operator: '&&', left, right, ...at };
      case 'or':
      case '||':
        return { kind: 'logical', operator: '||', left, right, ...at };
      case '+':
        return concatenated(left, right, at);
      case '=~':
      case '!~': {
        const isSwapped = leftNode.type === 'regex';
        const [text, pattern] = isSwapped ? [right, left] : [left, right];
        const test = this.#matched(call(member(text, '=~', at), [{ value: pattern }], at), text, at);
        return operator === '!~' ? not(test, at) : test;
      }
      case '==':
      case '!=':
      case '<':
      case '>':
      case '<=':
      case '>=':
        return { kind: 'binary', operator, left, right, ...at };
      case '===': {
        if (leftNode.type === 'regex') return call(member(right, '=~', at), [{ value: left }], at);
        return call(member(left, '===', at), [{ value: right }], at);
      }
      default: {
        const isNumber = isNumberLiteral(left) || isNumberLiteral(right);
        if (/^(?:-|\*|\||&|%|\/)$/.test(operator) && !(isNumber && operator !== '*'))
          return call(member(left, operator, at), [{ value: right }], at);
        return { kind: 'binary', operator, left, right, ...at };
      }
    }
  }

  /** Remembers the text that `$1` is a part of. */
  #matched(test: Expression, text: Expression, at: Range): Expression {
    if (!this.#usesMatch) return test;
    this.#assigns('$~');
    return { kind: 'sequence', values: [assign(nameOf('$~', at), text, at), test], ...at };
  }

  /** `a << b << c`: all are appended to the first. */
  #appended(left: SyntaxNode, right: SyntaxNode, at: Range): Expression {
    const items = [right];
    let first = left;
    while (first.type === 'binary' && this.#operator(first) === '<<') {
      const [inner, item] = [childOf(first, 'left'), childOf(first, 'right')];
      if (!inner || !item) break;
      items.unshift(item);
      first = inner;
    }
    const list = this.expression(first);
    const calls = items.map((item) => {
      const value = this.expression(item);
      return call(member(list, '<<', at), [{ value }], { from: at.from, to: item.to });
    });
    const [only] = calls;
    if (calls.length === 1 && only) return only;
    return { kind: 'sequence', values: calls, ...at };
  }

  /** The variable that `a << b` appends to, whose value is that of the expression. */
  #appendedTo(left: SyntaxNode): SyntaxNode | undefined {
    let first = left;
    while (first.type === 'binary' && this.#operator(first) === '<<') first = childOf(first, 'left') ?? left;
    return /^(?:identifier|instance_variable)$/.test(first.type) ? first : undefined;
  }

  /** `'…%s…' % x`, `format('…', x)`. */
  #formatted(left: SyntaxNode, right: SyntaxNode, at: Range): Expression {
    const format = this.expression(left);
    if (format.kind !== 'literal' || typeof format.value !== 'string')
      return textOf([format, this.expression(right)], at);
    const args =
      right.type === 'array'
        ? this.#arguments(right.children).args
        : right.type === 'hash'
          ? right.children.flatMap((one) => this.#field(one)).map(namedArgument)
          : [{ value: this.expression(right) }];
    return this.#filled(format.value, args, at);
  }

  #filled(format: string, args: readonly Argument[], at: Range): Expression {
    const plain = args.filter(({ name, spread }) => name === undefined && spread === undefined);
    const lowered = formatParts(format).map((part): Expression => {
      if (typeof part === 'string') return { kind: 'literal', value: part, ...at };
      const { place } = part;
      const found = typeof place === 'number' ? plain[place] : args.find(({ name }) => name === place);
      if (found) return found.value;
      const rest = args.find(({ spread }) => spread !== undefined) ?? plain[0];
      if (!rest) return opaque([], at);
      const index: Expression = typeof place === 'string' ? { kind: 'literal', value: place, ...at } : opaque([], at);
      return { kind: 'index', object: rest.value, index, ...at };
    });
    return textOf(lowered, at);
  }

  #unary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const operand = childOf(node, 'operand') ?? node.children.find(({ isNamed }) => isNamed);
    if (!operand) return opaque([], at);
    const operator = this.#operator(node);
    const value = this.expression(operand);
    if (operator === '!' || operator === 'not') return not(value, at);
    if (operator === 'defined?') return opaque([], at);
    // A text that can be changed, or not.
    if (operator === '+' || (operator === '-' && isTextNode(operand))) return value;
    return { kind: 'unary', operator, operand: value, ...at };
  }

  #assignment(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    if (!left || !right) return opaque([], at);
    if (left.type === 'constant' && this.#isCollected(left)) return this.expression(left);
    // The name exists from here on, also in the value.
    const value = this.expression(right);
    const isList = left.type === 'left_assignment_list';
    const target = this.#pattern(left);
    const listed: Expression =
      isList && right.type === 'splat_argument' ? { kind: 'list', items: [{ value, spread: 'list' }], ...at } : value;
    const assigned = assign(target, listed, at);
    return assigned;
  }

  #operatorAssignment(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    if (!left || !right) return opaque([], at);
    const operator = this.#operator(node).slice(0, -1);
    const target = this.#pattern(left);
    const old = target.kind === 'name' || target.kind === 'member' || target.kind === 'index' ? target : opaque([], at);
    const more = this.expression(right);
    const value: Expression =
      operator === '||' || operator === '&&'
        ? { kind: 'logical', operator, left: old, right: more, ...at }
        : operator === '+'
          ? concatenated(old, more, at)
          : operator === '<<'
            ? call(member(old, '<<', at), [{ value: more }], at)
            : operator === '-' || operator === '|' || operator === '&'
              ? call(member(old, operator, at), [{ value: more }], at)
              : { kind: 'binary', operator, left: old, right: more, ...at };
    return assign(target, value, at);
  }

  #target(node: SyntaxNode): Name {
    const name = this.#text(node);
    this.#assigns(name);
    return nameOf(localName(name), rangeOf(node));
  }

  #pattern(node: SyntaxNode): Pattern {
    const at = rangeOf(node);
    switch (node.type) {
      case 'identifier':
        return this.#target(node);
      case 'left_assignment_list':
      case 'destructured_left_assignment':
        return this.#listPattern(node, false);
      case 'rest_assignment':
      case 'splat_argument':
        return node.children[0] ? this.#pattern(node.children[0]) : opaque([], at);
      case 'instance_variable':
        return this.#variable(this.#text(node), at);
      case 'global_variable':
        this.#globals.add(this.#text(node));
        return nameOf(this.#text(node), at);
      case 'constant':
        return this.#constant(this.#text(node), at);
      case 'call': {
        const [receiver, method] = [childOf(node, 'receiver'), childOf(node, 'method')];
        if (!receiver || !method) return opaque([], at);
        return member(this.expression(receiver), this.#text(method), at);
      }
      default: {
        const value = this.expression(node);
        return value.kind === 'member' || value.kind === 'index' || value.kind === 'name' ? value : opaque([value], at);
      }
    }
  }

  #listPattern(node: SyntaxNode, isParameter: boolean): ListPattern {
    const items: ListPattern['items'][number][] = [];
    let rest: Pattern | undefined;
    for (const one of node.children) {
      if (!one.isNamed) continue;
      const target = isParameter ? this.#parameter(one, []).pattern : this.#pattern(one);
      if (one.type === 'rest_assignment' || one.type === 'splat_parameter') rest = target;
      else if (rest) items.push({ target });
      else items.push({ target });
    }
    return { kind: 'listPattern', items, ...(rest && { rest }), ...rangeOf(node) };
  }

  #element(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const object = childOf(node, 'object');
    const items = node.children.filter((one) => one.isNamed && one !== object && one.field !== 'block');
    const value = object ? this.expression(object) : opaque([], at);
    // `Dir[…]`, `Hash[…]` and `DB['select …']` are methods; `TABLE[…]` is a table.
    const isMade =
      items.length > 1 ||
      items[0]?.type === 'simple_symbol' ||
      items[0]?.children.some(({ type }) => type === 'interpolation') === true;
    if (object && /constant|scope_resolution/.test(object.type) && (isMade || /[a-z]\w*$/.test(this.#text(object))))
      return call(member(value, '[]', at), this.#arguments(items).args, at);
    const [first] = items;
    // The temporary file of an upload, which the server names.
    if (items.length === 1 && first && this.#keyOf(first) === 'tempfile')
      return this.#read(member(value, 'tempfile', at), 'tempfile', at);
    if (items.length === 1 && first && first.type !== 'range' && first.type !== 'splat_argument')
      return { kind: 'index', object: value, index: this.expression(first), ...at };
    return {
      kind: 'index',
      object: value,
      index: opaque(
        items.map((one) => this.expression(one)),
        at,
      ),
      ...at,
    };
  }

  #lambda(node: SyntaxNode): Expression {
    const body = childOf(node, 'body');
    if (!body) return opaque([], rangeOf(node));
    const list = childOf(node, 'parameters');
    const own: SyntaxNode = { ...body, children: [...(list ? [list] : []), ...body.children], from: node.from };
    return this.#function('', own, this.#frame, { isArrow: true, decorators: [] });
  }

  #blockArgument(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const value = node.children.find(({ isNamed }) => isNamed);
    if (!value) {
      this.#frameOfMethod.takesBlock.isUsed = true;
      return nameOf(block, at);
    }
    if (value.type === 'simple_symbol') {
      const item = nameOf('$item', at);
      const method = this.#text(value).slice(1);
      const result = call(member(item, method, at), [], at);
      const body: Statement[] = [{ kind: 'return', value: result, ...at }];
      return { ...functionOf('', [{ pattern: item }], body, at), isArrow: true };
    }
    return this.expression(value);
  }

  /** The arguments of a call: first those by position, then the block, then those by name. */
  #arguments(nodes: readonly SyntaxNode[]): { args: Argument[]; named: Argument[]; passed: Argument | undefined } {
    const args: Argument[] = [];
    const named: Argument[] = [];
    let passed: Argument | undefined;
    for (const node of nodes) {
      if (!node.isNamed || node.type === 'heredoc_body') continue;
      const [first] = node.children;
      switch (node.type) {
        case 'splat_argument':
          args.push({ value: first ? this.expression(first) : nameOf('*', rangeOf(node)), spread: 'list' });
          break;
        case 'forward_argument':
          args.push({ value: nameOf('...', rangeOf(node)), spread: 'list' });
          break;
        case 'hash_splat_argument':
          named.push({ value: first ? this.expression(first) : nameOf('**', rangeOf(node)), spread: 'map' });
          break;
        case 'block_argument':
          passed = { value: this.#blockArgument(node), name: block };
          break;
        case 'pair': {
          const [field] = this.#field(node);
          if (!field) break;
          // Code that MongoDB runs.
          if (field.key === '$where') named.push({ value: field.value, name: 'where_code' });
          else if (typeof field.key === 'string') named.push({ value: field.value, name: field.key });
          else named.push({ value: { kind: 'object', fields: [field], ...rangeOf(node) }, spread: 'map' });
          break;
        }
        default:
          args.push({ value: this.expression(node) });
      }
    }
    return { args: [...args, ...(passed ? [passed] : []), ...named], named, passed };
  }

  #super(given: readonly SyntaxNode[], at: Range): Expression {
    const { method } = this.#context;
    const args = this.#arguments(given).args;
    const self = nameOf('super', at);
    return call(method === 'initialize' ? self : member(self, method, at), args, at);
  }

  #call(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const methodNode = childOf(node, 'method');
    const name = methodNode ? this.#text(methodNode) : 'call';
    const receiver = childOf(node, 'receiver');
    const list = childOf(node, 'arguments')?.children ?? [];
    const body = childOf(node, 'block');
    if (methodNode?.type === 'super') return this.#super(list, at);
    if (body && !receiver && /^(?:lambda|proc)$/.test(name)) return this.#blockValue(body);
    if (body && receiver && name === 'new' && this.#text(receiver) === 'Proc') return this.#blockValue(body);
    const { args: given } = this.#arguments(list);
    const args = [...given];
    if (body && !receiver && this.#self === 'Sinatra::Base' && routeVerbs.test(name)) this.#routes.add(body);
    // What a parser is set up to do in its block.
    if (body && /^(?:XML|parse)$/.test(name) && /\b(?:noent|dtdload|dtdattr)\b/i.test(this.#text(body)))
      args.push({ value: { kind: 'literal', value: true, ...at }, name: 'entities' });
    if (body) {
      const at = args.findIndex((one) => one.name !== undefined || one.spread === 'map');
      args.splice(at < 0 ? args.length : at, 0, { value: this.#blockValue(body), name: block });
    }
    if (!receiver) return this.#ownCall(name, args, list, at, methodNode);
    const object = this.expression(receiver);
    if (name === 'new') return { ...call(object, args, at), isNew: true };
    return this.#methodCall(object, name, args, at, receiver, methodNode !== undefined && list.length === 0 && !body);
  }

  #methodCall(
    object: Expression,
    name: string,
    args: readonly Argument[],
    at: Range,
    receiver: SyntaxNode,
    isPlain: boolean,
  ): Expression {
    const [first] = args;
    if (/^(?:send|public_send|__send__)$/.test(name) && first?.value.kind === 'literal')
      return call(member(object, String(first.value.value), at), args.slice(1), at);
    if (name === 'method' && first?.value.kind === 'literal') return member(object, String(first.value.value), at);
    if (name === 'instance_variable_get' && first?.value.kind === 'literal')
      return member(object, String(first.value.value), at);
    if (/^match\??$/.test(name) && first) {
      const isSwapped = receiver.type === 'regex' || /(?:_RE|REGEX\w*|PATTERN|FORMAT)$/.test(this.#text(receiver));
      const [text, pattern] = isSwapped ? [first.value, object] : [object, first.value];
      return this.#matched(call(member(text, name, at), [{ value: pattern }], at), text, at);
    }
    if (name === 'freeze' || name === 'itself') return object;
    // A list of a text with its values is not part of the text.
    const [condition] = args;
    if (conditions.test(name) && condition?.value.kind === 'list' && condition.name === undefined)
      return call(member(object, name, at), [...condition.value.items, ...args.slice(1)], at);
    if (isPlain) return this.#read(member(object, name, at), name, at);
    return call(member(object, name, at), args, at);
  }

  /** A call without a receiver. */
  #ownCall(
    name: string,
    args: readonly Argument[],
    list: readonly SyntaxNode[],
    at: Range,
    methodNode: SyntaxNode | undefined,
  ): Expression {
    const own = methodNode ? rangeOf(methodNode) : at;
    if (this.#isLocal(name) && args.length === 0) return nameOf(localName(name), at);
    if (name === 'new') return { ...call(this.#this(at), args, at), isNew: true };
    if (name === 'block_given?')
      return this.#identifier(
        methodNode ?? { type: 'identifier', ...at, isNamed: true, field: undefined, children: [] },
      );
    const [first] = args;
    if (/^(?:send|public_send|__send__)$/.test(name) && first?.value.kind === 'literal')
      return call(this.#callee(String(first.value.value), own), args.slice(1), at);
    if (name === 'method' && first?.value.kind === 'literal') return this.#callee(String(first.value.value), own);
    if (/^(?:format|sprintf)$/.test(name) && first?.value.kind === 'literal' && typeof first.value.value === 'string')
      return this.#filled(first.value.value, args.slice(1), at);
    if (conditions.test(name) && first?.value.kind === 'list' && first.name === undefined)
      return call(this.#callee(name, own), [...first.value.items, ...args.slice(1)], at);
    const callee = this.#callee(name, own, args.length);
    if (list.length === 0 && args.length === 0) return this.#read(callee, name, at);
    const made = call(callee, args, at);
    const view = this.#viewOf(name, args);
    return view === undefined ? made : { kind: 'sequence', values: [this.#view(view, at), made], ...at };
  }

  /** The view that `render`, or `erb` of Sinatra, shows. */
  #viewOf(name: string, args: readonly Argument[]): string | undefined {
    const [first] = args;
    const chosen =
      first?.name === undefined || /^(?:action|template|partial)$/.test(first.name) ? first?.value : undefined;
    if (chosen?.kind !== 'literal' || typeof chosen.value !== 'string' || !/^[\w/]+$/.test(chosen.value))
      return undefined;
    if (name === 'erb') return `views/${chosen.value}`;
    if (name !== 'render') return undefined;
    const folder =
      /(?:^|\/)app\/controllers\/(.+)_controller\.rb$/.exec(this.path)?.[1] ??
      /(?:^|\/)app\/views\/(.+)\/[^/]+$/.exec(this.path)?.[1];
    if (folder === undefined) return undefined;
    const path = chosen.value.includes('/') ? chosen.value : `${folder}/${chosen.value}`;
    const isPartial = this.template !== undefined || first?.name === 'partial';
    return `app/views/${isPartial ? path.replace(/([^/]+)$/, '_$1') : path}`;
  }

  #blockValue(node: SyntaxNode): FunctionValue {
    return this.#function('', node, this.#frame, { isArrow: true, decorators: [] });
  }

  /** The value of a constant, which may be a class that is made. */
  #named(name: string, node: SyntaxNode): Expression {
    return this.#classes.has(name) ? nameOf(`::${name}`, rangeOf(node)) : this.expression(node);
  }

  #fieldText(node: SyntaxNode, field: string): string {
    const found = childOf(node, field);
    return found ? this.#text(found) : '';
  }

  #text({ from, to }: Range): string {
    return this.source.slice(from, to);
  }
}

function frameOf(parent: Frame | undefined, jumps: Frame['jumps']): Frame {
  return { names: new Set(), declares: new Set(), parent, jumps, takesBlock: { isUsed: false }, responds: undefined };
}

function declarationsOf({ declares }: Frame, at: Range, scope: 'block' | 'function'): Statement[] {
  return [...declares].map((name) => ({ kind: 'declare', target: nameOf(localName(name), at), scope, ...at }));
}

/** The name of the method that the block of a call in the body of a class is lowered to. */
function keyOf(name: string, { from }: Range): string {
  return `${name} ${from}`;
}

/** The full names that a constant may have inside of a class, the innermost first. */
function candidates(text: string, inside: string): string[] {
  if (text.startsWith('::')) return [text.slice(2)];
  const parts = inside === '' ? [] : inside.split('::');
  return [...parts.map((_, index) => [...parts.slice(0, parts.length - index), text].join('::')), text];
}

/** Local variables that the IR has a meaning for. */
function localName(name: string): string {
  return name === 'this' || name === 'arguments' ? `${name}_` : name;
}

/** The statements, or members, of a class, method or block. */
function membersOf(node: SyntaxNode): readonly SyntaxNode[] {
  const body = childOf(node, 'body');
  if (!body) return node.children.filter(({ field, isNamed }) => isNamed && field === undefined);
  return /^(?:body_statement|block_body|then|do)$/.test(body.type) ? body.children : [body];
}

function isTextNode({ type }: SyntaxNode): boolean {
  return /^(?:string|chained_string|heredoc_beginning)$/.test(type);
}

/** `a + b`: a text if one of them is one; otherwise lists, texts or numbers. */
function concatenated(left: Expression, right: Expression, at: Range): Expression {
  const isText = (one: Expression) =>
    one.kind === 'text' || (one.kind === 'literal' && typeof one.value === 'string' && one.value !== '');
  if (isText(left) || isText(right)) return textOf([left, right], at);
  if (isNumberLiteral(left) || isNumberLiteral(right)) return { kind: 'binary', operator: '+', left, right, ...at };
  return call(member(left, '+', at), [{ value: right }], at);
}

function isNumberLiteral(one: Expression): boolean {
  return one.kind === 'literal' && typeof one.value === 'number';
}

function namedArgument({ key, value }: Field): Argument {
  return typeof key === 'string' ? { value, name: key } : { value, spread: 'map' };
}

function textOf(parts: readonly Expression[], at: Range): Expression {
  const flat = parts.flatMap((one) => (one.kind === 'text' ? one.parts : [one]));
  if (flat.every((one) => one.kind === 'literal'))
    return { kind: 'literal', value: flat.map((one) => String(one.value ?? '')).join(''), ...at };
  return { kind: 'text', parts: flat, ...at };
}

function functionOf(
  name: string,
  params: readonly Parameter[],
  body: readonly Statement[],
  { from, to }: Range,
): FunctionValue {
  return { kind: 'function', name, params, body, isArrow: false, decorators: [], from, to };
}

function methodOf(value: FunctionValue, name: string, isStatic: boolean): Method {
  return { name, value, isStatic, role: 'method' };
}

function nameOf(name: string, { from, to }: Range): Name {
  return { kind: 'name', name, from, to };
}

function member(object: Expression, property: string, { from, to }: Range): Expression & { kind: 'member' } {
  return { kind: 'member', object, property, from, to };
}

function call(callee: Expression, args: readonly Argument[], { from, to }: Range): Call {
  return { kind: 'call', callee, args, isNew: false, from, to };
}

function assign(target: Pattern, value: Expression, { from, to }: Range): Assign {
  return { kind: 'assign', target, value, from, to };
}

function evaluate(value: Expression): Statement {
  return { kind: 'evaluate', value, from: value.from, to: value.to };
}

function not(operand: Expression, { from, to }: Range): Expression {
  return { kind: 'unary', operator: '!', operand, from, to };
}

function opaque(parts: readonly Expression[], { from, to }: Range): Expression & { kind: 'opaque' } {
  return { kind: 'opaque', parts, from, to };
}

function rangeOf({ from, to }: Range): Range {
  return { from, to };
}
