import type {
  Argument,
  Assign,
  Call,
  ClassField,
  ClassValue,
  Expression,
  Field,
  FunctionValue,
  Import,
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
import { braceParts, percentParts, unescaped, type FormatPart } from './literals';

/** Types of nodes of which only the text matters. */
export const leaves: ReadonlySet<string> = new Set([
  'string_start',
  'string_content',
  'string_end',
  'type',
  'type_parameter',
  'type_conversion',
  'dotted_name',
  'global_statement',
  'nonlocal_statement',
  'type_alias_statement',
  'import_prefix',
]);

/** Lowers a Python file. @param isPackage whether it is the `__init__.py` of a package */
export function lower(root: SyntaxNode, source: string, hasErrors: boolean, isPackage = false): Module {
  return { body: new Lowering(source, isPackage).module(root), hasErrors };
}

/** The clauses of a comprehension. */
interface Clauses {
  /** Binds its variables. */
  readonly before: readonly Expression[];
  readonly tests: readonly Expression[];
  /** What is evaluated around it. */
  readonly outside: readonly Expression[];
  /** Its variables. */
  readonly own: readonly string[];
}

/** The variables of a function, or of the module. */
interface Frame {
  /** Those that are assigned. */
  readonly locals: Set<string>;
  /** Those that comprehensions and the like need. */
  readonly helpers: Set<string>;
  /** Those that belong to a function around it, or to the module. */
  readonly outer: Set<string>;
  readonly params: ReadonlySet<string>;
  readonly imports: Import[];
  readonly imported: Set<string>;
  /** What `yield` does: add to what is returned, or be it, for a context manager. */
  readonly yields: 'list' | 'value' | undefined;
  /** What a `return` hands to the framework that calls the function. */
  readonly responds: Expression | undefined;
}

const yielded = '$yielded';

/** Types of which nobody can make text that does harm. */
const harmless =
  /^(?:int|float|bool|complex|(?:\w+\.)*(?:UUID[1-5]?|Decimal|date|datetime|time|timedelta|IPv[46]Address|(?:Positive|Negative|NonNegative|NonPositive|Strict)?(?:Int|Float|Bool)|con(?:int|float)))$/;
/** Types of which nothing follows. */
const plain =
  /^(?:str|bytes|bytearray|object|type|None|Any|AnyStr|Text|[Ll]ist|[Dd]ict|[Tt]uple|[Ss]et|[Ff]rozen[Ss]et|Sequence|Iterable|Iterator|Mapping|MutableMapping|Callable|Literal|Self|Collection|Generator|AsyncGenerator|AsyncIterator|Awaitable|Coroutine)$/;

/** Decorators by which a framework sends what the function returns. */
const responding =
  /^(?:route|get|post|put|delete|patch|head|options|expose|view|api_route|websocket|error|errorhandler|app_errorhandler|before_request|endpoint|view_config)$/;

/** Functions that end the request, or the program. */
const neverReturns =
  /^(?:(?:flask|bottle|quart|werkzeug\.exceptions|falcon|self)\.)?abort\(|^(?:sys\.exit|os\._exit|exit|quit)\(/;

class Lowering {
  readonly #frames: Frame[] = [];
  /** `import a.b.c` makes `a.b.c` a name. */
  readonly #dotted = new Set<string>();
  /** Variables of the module that some function assigns. */
  readonly #globals = new Set<string>();
  /** `from m import *`. */
  readonly #stars: string[] = [];
  readonly #used = new Set<string>();
  #count = 0;

  constructor(
    private readonly source: string,
    private readonly isPackage: boolean,
  ) {}

  module(root: SyntaxNode): Statement[] {
    for (const [, names = ''] of this.source.matchAll(/^[ \t]+global[ \t]+([\w, \t]+)/gm))
      for (const name of names.split(',')) this.#globals.add(name.trim());
    const frame = frameOf({ params: new Set() });
    this.#frames.push(frame);
    for (const name of this.#globals) frame.locals.add(name);
    const body = this.#body(root.children);
    const at = { from: root.from, to: root.from };
    // What others are to find here, a package imports. Elsewhere imports are for the module itself: to follow all of them would be to follow all files.
    const exported = this.isPackage ? [...frame.locals, ...frame.imported] : [...frame.locals];
    const free = [...this.#used].filter((name) => !frame.locals.has(name) && !frame.imported.has(name));
    // What is imported last hides what was before.
    const among = this.#stars.toReversed();
    const [star] = among;
    const stars: Statement[] =
      star === undefined
        ? []
        : [{ kind: 'import', module: star, among, bindings: free.map((name) => ({ local: name, name })), ...at }];
    return [
      ...frame.imports,
      ...stars,
      ...declarations(frame, at),
      ...body,
      ...this.#stars.map((module): Statement => ({ kind: 'export', source: { module }, ...at })),
      ...exported.map((name): Statement => ({ kind: 'export', name, value: nameOf(name, at), ...at })),
    ];
  }

  get #frame(): Frame {
    const frame = this.#frames.at(-1);
    if (!frame) throw new Error('There is no function.');
    return frame;
  }

  #assigns(name: string): void {
    const { outer, params, locals } = this.#frame;
    if (!outer.has(name) && !params.has(name)) locals.add(name);
  }

  #helper(): string {
    const name = `$${++this.#count}`;
    this.#frame.helpers.add(name);
    return name;
  }

  // Statements.

  #body(nodes: readonly SyntaxNode[]): Statement[] {
    return nodes.flatMap((node) => this.#statement(node));
  }

  #block(node: SyntaxNode | undefined): Statement[] {
    if (!node) return [];
    return this.#body(node.type === 'block' || node.type === 'module' ? node.children : [node]);
  }

  #statement(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    switch (node.type) {
      case 'expression_statement':
        // Documentation.
        if (node.children.length === 1 && node.children[0]?.type === 'string' && !this.#isFormat(node.children[0]))
          return [];
        return node.children.flatMap((one) => this.#expressionStatement(one));
      case 'return_statement':
        return [this.#return(node)];
      case 'raise_statement': {
        const [value] = node.children;
        return [{ kind: 'throw', value: value ? this.expression(value) : opaque([], at), ...at }];
      }
      case 'if_statement':
        return [this.#if(node)];
      case 'while_statement': {
        const test = childOf(node, 'condition');
        const body = this.#block(childOf(node, 'body'));
        const loop: Statement = {
          kind: 'loop',
          init: [],
          test: test ? this.expression(test) : opaque([], at),
          body,
          isPost: false,
          ...at,
        };
        return [loop, ...this.#else(node)];
      }
      case 'for_statement': {
        const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
        if (!left || !right) return [];
        const target = this.#pattern(left);
        const item = nameOf(`$${++this.#count}`, rangeOf(left));
        const loop: Statement = {
          kind: 'forEach',
          target: item,
          of: 'items',
          collection: this.expression(right),
          // The variable outlives the loop.
          body: [evaluate(assign(target, item, rangeOf(left))), ...this.#block(childOf(node, 'body'))],
          ...at,
        };
        return [loop, ...this.#else(node)];
      }
      case 'try_statement':
        return [this.#try(node)];
      case 'with_statement':
        return [
          ...(node.children.find(({ type }) => type === 'with_clause')?.children ?? []).flatMap((one) =>
            this.#withItem(one),
          ),
          ...this.#block(childOf(node, 'body')),
        ];
      case 'match_statement':
        return this.#match(node);
      case 'break_statement':
        return [{ kind: 'break', ...at }];
      case 'continue_statement':
        return [{ kind: 'continue', ...at }];
      case 'assert_statement': {
        const [test, message] = node.children;
        if (!test) return [];
        return [
          {
            kind: 'if',
            test: this.expression(test),
            yes: [],
            no: [{ kind: 'throw', value: message ? this.expression(message) : opaque([], at), ...at }],
            ...at,
          },
        ];
      }
      case 'function_definition':
        return this.#functionStatement(node, []);
      case 'class_definition':
        return this.#classStatement(node, []);
      case 'decorated_definition': {
        const decorators = node.children.filter(({ type }) => type === 'decorator');
        const definition = childOf(node, 'definition');
        if (!definition) return [];
        return definition.type === 'class_definition'
          ? this.#classStatement(definition, decorators)
          : this.#functionStatement(definition, decorators);
      }
      case 'import_statement':
      case 'import_from_statement':
        this.#import(node);
        return [];
      case 'global_statement':
      case 'nonlocal_statement':
        for (const name of this.text(node).replace(/^\w+/, '').split(',')) {
          this.#frame.locals.delete(name.trim());
          this.#frame.outer.add(name.trim());
        }
        return [];
      case 'delete_statement':
        return node.children
          .flatMap((one) => (one.type === 'expression_list' ? one.children : [one]))
          .flatMap((one) => this.#delete(one));
      case 'print_statement':
      case 'exec_statement': {
        const args = node.children.map((one): Argument => ({ value: this.expression(one) }));
        return [evaluate(call(nameOf(node.type === 'exec_statement' ? 'exec' : 'print', at), args, at))];
      }
      case 'block':
      case 'ERROR':
        return this.#body(node.children);
      default:
        return /_(?:statement|definition)$/.test(node.type)
          ? []
          : node.isNamed
            ? [evaluate(this.expression(node))]
            : [];
    }
  }

  #expressionStatement(node: SyntaxNode): Statement[] {
    if (node.type === 'assignment' && !childOf(node, 'right')) {
      // `x: T` declares no value.
      const left = childOf(node, 'left');
      if (left?.type === 'identifier') this.#assigns(this.text(left));
      return [];
    }
    const value = this.expression(node);
    return node.type === 'call' && neverReturns.test(this.source.slice(node.from, node.from + 60))
      ? [{ kind: 'throw', value, from: value.from, to: value.to }]
      : [evaluate(value)];
  }

  #return(node: SyntaxNode): Statement {
    const at = rangeOf(node);
    const [value] = node.children;
    const { yields, responds } = this.#frame;
    const lowered = value && this.expression(value);
    if (yields) return { kind: 'return', value: nameOf(yielded, at), ...at };
    if (!lowered) return { kind: 'return', ...at };
    if (!responds) return { kind: 'return', value: lowered, ...at };
    // A page may come with its status and headers.
    const [page, ...rest] = lowered.kind === 'list' ? lowered.items.map((one) => one.value) : [lowered];
    const isPage = !/content[-_]type/i.test(rest.length > 0 ? this.text(value) : '');
    if (!page || !isPage) return { kind: 'return', value: lowered, ...at };
    const sent = call(
      member(responds, `$${lastName(responds)}`, at),
      [page, ...rest].map((one) => ({ value: one })),
      at,
    );
    return lowered.kind === 'list' || page.kind === 'list'
      ? { kind: 'return', value: { kind: 'sequence', values: [sent, lowered], ...at }, ...at }
      : { kind: 'return', value: sent, ...at };
  }

  #if(node: SyntaxNode): Statement {
    const alternatives = node.children.filter(({ field }) => field === 'alternative');
    const build = (part: SyntaxNode, rest: readonly SyntaxNode[]): Statement => {
      const test = childOf(part, 'condition');
      const [next, ...others] = rest;
      const lowered = test ? this.expression(test) : opaque([], rangeOf(part));
      const yes = this.#block(childOf(part, 'consequence'));
      const no = !next
        ? []
        : next.type === 'elif_clause'
          ? [build(next, others)]
          : this.#block(childOf(next, 'body') ?? next.children.at(-1));
      return { kind: 'if', test: lowered, yes, no, ...rangeOf(part) };
    };
    return build(node, alternatives);
  }

  /** What runs when a loop was not left by `break`. */
  #else(node: SyntaxNode): Statement[] {
    const alternative = childOf(node, 'alternative');
    if (!alternative) return [];
    const at = rangeOf(alternative);
    return [
      {
        kind: 'if',
        test: opaque([], at),
        yes: this.#block(childOf(alternative, 'body') ?? alternative.children.at(-1)),
        no: [],
        ...at,
      },
    ];
  }

  #try(node: SyntaxNode): Statement {
    const otherwise = node.children.find(({ type }) => type === 'else_clause');
    const finalizer = node.children.find(({ type }) => type === 'finally_clause');
    const handlers = node.children.filter(({ type }) => /^except/.test(type));
    return {
      kind: 'try',
      body: [
        ...this.#block(childOf(node, 'body')),
        ...this.#block(otherwise && (childOf(otherwise, 'body') ?? otherwise.children.at(-1))),
      ],
      handlers: handlers.map((one) => {
        const pattern = one.children.find(({ type }) => type === 'as_pattern');
        const alias = childOf(one, 'alias') ?? (pattern && childOf(pattern, 'alias'));
        const target = alias?.type === 'as_pattern_target' ? alias.children[0] : alias;
        return {
          ...(target?.type === 'identifier' && { target: nameOf(this.text(target), rangeOf(target)) }),
          body: this.#block(one.children.find(({ type }) => type === 'block')),
        };
      }),
      last: this.#block(finalizer?.children.find(({ type }) => type === 'block')),
      ...rangeOf(node),
    };
  }

  #withItem(node: SyntaxNode): Statement[] {
    const value = childOf(node, 'value') ?? node.children[0];
    if (!value) return [];
    if (value.type === 'tuple' && !childOf(node, 'alias')) return value.children.flatMap((one) => this.#withValue(one));
    return this.#withValue(value);
  }

  #withValue(value: SyntaxNode): Statement[] {
    const [inner] = value.children;
    const alias = value.type === 'as_pattern' ? childOf(value, 'alias') : undefined;
    const target = alias?.children[0] ?? alias;
    if (!target || !inner) return [evaluate(this.expression(value))];
    const at = rangeOf(value);
    const entered = call(member(this.expression(inner), '__enter__', at), [], at);
    return [evaluate(assign(this.#pattern(target), entered, at))];
  }

  #match(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const subjects = node.children.filter(({ field }) => field === 'subject');
    const [only] = subjects;
    if (!only) return [];
    const lowered: Expression =
      subjects.length === 1
        ? this.expression(only)
        : { kind: 'list', items: subjects.map((one) => ({ value: this.expression(one) })), ...at };
    const isPlace = lowered.kind === 'name' || lowered.kind === 'member';
    const helper = isPlace ? undefined : nameOf(this.#helper(), rangeOf(only));
    const subject = helper ?? lowered;
    const clauses = (childOf(node, 'body')?.children ?? []).filter(({ type }) => type === 'case_clause');
    const chain = clauses.reduceRight<Statement[]>((no, clause) => {
      const guard = childOf(clause, 'guard');
      const patterns = clause.children.filter(({ type }) => type === 'case_pattern');
      const binds: Expression[] = [];
      const tests = patterns.map((one, index) =>
        this.#matches(one, patterns.length > 1 ? itemOf(subject, index, rangeOf(one)) : subject, binds),
      );
      let test = tests.reduce<Expression>(
        (left, right) => ({ kind: 'logical', operator: '&&', left, right, ...rangeOf(clause) }),
        { kind: 'literal', value: true, ...rangeOf(clause) },
      );
      if (tests.length === 1 && tests[0]) [test] = tests;
      const guarded = guard?.children.at(-1);
      if (binds.length > 0 || guarded)
        test = {
          kind: 'logical',
          operator: '&&',
          left: test,
          right: {
            kind: 'sequence',
            values: [
              ...binds,
              guarded ? this.expression(guarded) : { kind: 'literal', value: true, ...rangeOf(clause) },
            ],
            ...rangeOf(clause),
          },
          ...rangeOf(clause),
        };
      return [{ kind: 'if', test, yes: this.#block(childOf(clause, 'consequence')), no, ...rangeOf(clause) }];
    }, []);
    return helper ? [evaluate(assign(helper, lowered, at)), ...chain] : chain;
  }

  /** Whether a value has the form of a pattern. @param binds takes what the names in it become */
  #matches(node: SyntaxNode, subject: Expression, binds: Expression[]): Expression {
    const at = rangeOf(node);
    const yes: Expression = { kind: 'literal', value: true, ...at };
    const bind = (target: SyntaxNode, value: Expression) => {
      if (this.text(target) !== '_') binds.push(assign(this.#pattern(target), value, rangeOf(target)));
    };
    switch (node.type) {
      case 'case_pattern': {
        const [inner] = node.children;
        if (!inner) return yes;
        return this.#matches(inner, subject, binds);
      }
      case 'dotted_name': {
        const text = this.text(node);
        if (!text.includes('.')) {
          if (text !== '_') binds.push(assign(this.#target(node), subject, at));
          return yes;
        }
        const [first = '', ...rest] = text.split('.');
        const value = rest.reduce<Expression>((object, key) => member(object, key, at), this.#nameAt(first, at));
        return { kind: 'binary', operator: '==', left: subject, right: value, ...at };
      }
      case 'string':
      case 'concatenated_string':
      case 'integer':
      case 'float':
      case 'true':
      case 'false':
      case 'none':
        return { kind: 'binary', operator: '==', left: subject, right: this.expression(node), ...at };
      case 'union_pattern':
        return node.children
          .map((one) => this.#matches(one, subject, binds))
          .reduce((left, right) => ({ kind: 'logical', operator: '||', left, right, ...at }));
      case 'as_pattern': {
        const [inner] = node.children;
        const alias = childOf(node, 'alias') ?? node.children.at(-1);
        const test = inner ? this.#matches(inner, subject, binds) : yes;
        if (alias) bind(alias, subject);
        return test;
      }
      case 'list_pattern':
      case 'tuple_pattern':
        node.children.forEach((one, index) => {
          const [rest] = one.children;
          if (one.type === 'case_pattern' && rest?.type === 'splat_pattern') {
            const [name] = rest.children;
            if (name) bind(name, subject);
          } else this.#matches(one, itemOf(subject, index, rangeOf(one)), binds);
        });
        return node.children.length === 1 && this.text(node).startsWith('(') && !this.text(node).includes(',')
          ? yes
          : opaque([], at);
      case 'dict_pattern': {
        const keys = node.children.filter(({ field }) => field === 'key');
        const values = node.children.filter(({ field }) => field === 'value');
        values.forEach((one, index) => {
          const key = keys[index];
          if (key)
            this.#matches(one, { kind: 'index', object: subject, index: this.expression(key), ...rangeOf(one) }, binds);
        });
        return opaque([], at);
      }
      case 'class_pattern': {
        for (const one of node.children.slice(1)) {
          const inner = one.type === 'case_pattern' ? one.children[0] : one;
          if (inner?.type === 'keyword_pattern') {
            const [key, value] = inner.children;
            if (key && value) this.#matches(value, member(subject, this.text(key), rangeOf(value)), binds);
          } else if (inner) this.#matches(inner, subject, binds);
        }
        return opaque([], at);
      }
      default:
        return opaque([], at);
    }
  }

  #delete(node: SyntaxNode): Statement[] {
    if (node.type !== 'subscript') return [];
    const [object, index] = [childOf(node, 'value'), node.children.find(({ field }) => field === 'subscript')];
    if (!object || !index || index.type === 'slice') return [];
    const at = rangeOf(node);
    return [
      evaluate(call(member(this.expression(object), '__delitem__', at), [{ value: this.expression(index) }], at)),
    ];
  }

  #import(node: SyntaxNode): void {
    const at = rangeOf(node);
    const { imports, imported } = this.#frame;
    const bind = (module: string, local: string, name?: string) => {
      // The first one counts: what follows is a replacement for where it is missing.
      if (imported.has(local)) return;
      imported.add(local);
      imports.push({ kind: 'import', module, bindings: [name === undefined ? { local } : { local, name }], ...at });
    };
    const origin = childOf(node, 'module_name');
    const names = node.children.filter(({ field }) => field === 'name');
    if (node.type === 'import_statement')
      for (const one of names) {
        const path = this.text(one.type === 'aliased_import' ? (childOf(one, 'name') ?? one) : one).replace(/\s/g, '');
        const alias = one.type === 'aliased_import' ? childOf(one, 'alias') : undefined;
        if (alias) bind(path, this.text(alias));
        else {
          const [first = path] = path.split('.');
          bind(first, first);
          if (first !== path) {
            this.#dotted.add(path);
            bind(path, path);
          }
        }
      }
    else if (origin) {
      const module = this.text(origin).replace(/\s/g, '');
      if (node.children.some(({ type }) => type === 'wildcard_import')) this.#stars.push(module);
      for (const one of names) {
        const name = this.text(one.type === 'aliased_import' ? (childOf(one, 'name') ?? one) : one);
        const alias = one.type === 'aliased_import' ? childOf(one, 'alias') : undefined;
        bind(module, alias ? this.text(alias) : name, name);
      }
    }
  }

  // Functions and classes.

  #functionStatement(node: SyntaxNode, decorators: readonly SyntaxNode[]): Statement[] {
    const name = childOf(node, 'name');
    if (!name) return [];
    const value = this.#function(node, decorators, false);
    return [evaluate(assign(this.#target(name), value, rangeOf(node)))];
  }

  #decorators(nodes: readonly SyntaxNode[]): Expression[] {
    return nodes.flatMap((one) => (one.children[0] ? [this.expression(one.children[0])] : []));
  }

  /** @param isMethod whether its first parameter is the object, or with a decorator the class */
  #function(node: SyntaxNode, decoratorNodes: readonly SyntaxNode[], isMethod: boolean, className = ''): FunctionValue {
    const at = rangeOf(node);
    const name = childOf(node, 'name');
    const body = childOf(node, 'body');
    const decorators = this.#decorators(decoratorNodes);
    const marks = decoratorNodes.map((one) => this.text(one)).join('\n');
    let params = this.#params(childOf(node, 'parameters'), marks);
    const isStatic = /@staticmethod\b/.test(marks);
    const [first] = params;
    const start: Statement[] = [];
    if (isMethod && !isStatic && first && first.rest !== true && first.pattern.kind === 'name') {
      params = params.slice(1);
      const isOfClass = /@(?:abc\.)?(?:abstract)?classmethod\b/.test(marks) || first.pattern.name === 'cls';
      const self = nameOf(isOfClass && className !== '' ? className : 'this', positionOf(first.pattern));
      start.push({
        kind: 'declare',
        target: first.pattern,
        value: self,
        scope: 'function',
        ...positionOf(first.pattern),
      });
    }
    const code = body ? this.text(body) : '';
    const yields =
      node.type !== 'lambda' && /\byield\b/.test(code) && body && hasYield(body)
        ? /contextmanager\b|\bfixture\b/.test(marks)
          ? 'value'
          : 'list'
        : undefined;
    const names = new Set(params.flatMap(({ pattern }) => namesIn(pattern)));
    if (start[0]?.kind === 'declare') for (const one of namesIn(start[0].target)) names.add(one);
    const responds = decorators.map(calleeOf).find((one) => one && responding.test(lastName(one)));
    const frame = frameOf({ params: names, yields, responds });
    this.#frames.push(frame);
    let statements: Statement[];
    try {
      statements =
        body === undefined
          ? []
          : node.type === 'lambda'
            ? [{ kind: 'return', value: this.expression(body), ...rangeOf(body) }]
            : this.#block(body);
    } finally {
      this.#frames.pop();
    }
    const head = { from: at.from, to: at.from };
    if (yields) {
      const empty: Expression =
        yields === 'list' ? { kind: 'list', items: [], ...head } : { kind: 'literal', value: null, ...head };
      start.push({ kind: 'declare', target: nameOf(yielded, head), value: empty, scope: 'function', ...head });
      statements.push({ kind: 'return', value: nameOf(yielded, head), ...head });
    }
    return {
      kind: 'function',
      name: name ? this.text(name) : '',
      params,
      body: [...start, ...frame.imports, ...declarations(frame, head), ...statements],
      isArrow: !isMethod,
      decorators,
      ...at,
    };
  }

  #params(node: SyntaxNode | undefined, marks: string): Parameter[] {
    return (node?.children ?? []).flatMap((one): Parameter[] => {
      const at = rangeOf(one);
      switch (one.type) {
        case 'identifier':
          return [{ pattern: nameOf(this.text(one), at), ...converted(this.text(one), marks) }];
        case 'default_parameter':
        case 'typed_default_parameter': {
          const [name, value, type] = [childOf(one, 'name'), childOf(one, 'value'), childOf(one, 'type')];
          if (!name) return [];
          return [
            {
              pattern: this.#parameterPattern(name),
              ...this.#typed(type),
              ...converted(this.text(name), marks),
              ...(value && { fallback: this.expression(value) }),
            },
          ];
        }
        case 'typed_parameter': {
          const [inner] = one.children;
          const type = childOf(one, 'type');
          if (!inner) return [];
          if (/splat/.test(inner.type)) return this.#rest(inner);
          return [
            { pattern: this.#parameterPattern(inner), ...this.#typed(type), ...converted(this.text(inner), marks) },
          ];
        }
        case 'list_splat_pattern':
        case 'dictionary_splat_pattern':
          return this.#rest(one);
        case 'tuple_pattern':
          return [{ pattern: this.#parameterPattern(one) }];
        default:
          return [];
      }
    });
  }

  #parameterPattern(node: SyntaxNode): Pattern {
    if (node.type === 'identifier') return nameOf(this.text(node), rangeOf(node));
    return {
      kind: 'listPattern',
      items: node.children.map((one) => ({ target: this.#parameterPattern(one) })),
      ...rangeOf(node),
    };
  }

  #rest(node: SyntaxNode): Parameter[] {
    const [name] = node.children;
    if (!name) return [];
    const isMap = node.type === 'dictionary_splat_pattern';
    return [{ pattern: nameOf(this.text(name), rangeOf(name)), rest: true, ...(isMap && { restNamed: true }) }];
  }

  /** The type of an annotation, and what `Annotated` says beside it. */
  #typed(node: SyntaxNode | undefined): { type?: string; decorators?: Expression[] } {
    if (!node) return {};
    const text = this.text(node);
    const type = typeName(text);
    const annotated = /^(?:\w+\.)?Annotated\s*\[.*,\s*([A-Za-z_][\w.]*)\s*\(/s.exec(text)?.[1];
    const at = rangeOf(node);
    const decorators = annotated === undefined ? [] : [dottedName(annotated, at, (name) => this.#used.add(name))];
    return { ...(type !== undefined && { type }), ...(decorators.length > 0 && { decorators }) };
  }

  #classStatement(node: SyntaxNode, decorators: readonly SyntaxNode[]): Statement[] {
    const name = childOf(node, 'name');
    if (!name) return [];
    const value = this.#class(node, decorators);
    return [evaluate(assign(this.#target(name), value, rangeOf(node)))];
  }

  #class(node: SyntaxNode, decoratorNodes: readonly SyntaxNode[]): ClassValue {
    const at = rangeOf(node);
    const name = childOf(node, 'name');
    const className = name ? this.text(name) : '';
    const bases = (childOf(node, 'superclasses')?.children ?? [])
      .filter(({ type }) => type !== 'keyword_argument' && !/splat/.test(type))
      .map((one) => this.expression(one.type === 'subscript' ? (childOf(one, 'value') ?? one) : one))
      .filter((one) => one.kind !== 'name' || one.name !== 'object');
    // Mixins come before the class that a framework knows.
    if (!/Mixin$/.test(lastName(bases.at(-1)))) bases.reverse();
    const [first, ...others] = bases;
    const superclass =
      first &&
      others.reduce<Expression>((left, right) => ({ kind: 'logical', operator: '??', left, right, ...at }), first);
    const methods: Method[] = [];
    const fields: ClassField[] = [];
    const params: Parameter[] = [];
    this.#members(childOf(node, 'body')?.children ?? [], className, methods, fields, params);
    const marks = decoratorNodes.map((one) => this.text(one)).join('\n');
    const isRecord =
      /dataclass|attr|define|frozen/.test(marks) ||
      /(?:BaseModel|NamedTuple|Struct|Schema)$/.test(lastName(superclass));
    if (isRecord && params.length > 0 && !methods.some(({ name: one }) => one === 'constructor'))
      methods.push({ name: 'constructor', value: recordConstructor(params, at), isStatic: false, role: 'method' });
    return {
      kind: 'class',
      name: className,
      ...(superclass && { superclass }),
      methods,
      fields,
      decorators: this.#decorators(decoratorNodes),
      ...at,
    };
  }

  #members(
    nodes: readonly SyntaxNode[],
    className: string,
    methods: Method[],
    fields: ClassField[],
    params: Parameter[],
  ): void {
    for (const node of nodes) {
      if (node.type === 'function_definition' || node.type === 'decorated_definition') {
        const definition = node.type === 'function_definition' ? node : childOf(node, 'definition');
        const decorators = node.children.filter(({ type }) => type === 'decorator');
        if (!definition) continue;
        if (definition.type === 'class_definition') this.#innerClass(definition, decorators, fields);
        else this.#method(definition, decorators, className, methods);
      } else if (node.type === 'class_definition') this.#innerClass(node, [], fields);
      else if (node.type === 'expression_statement')
        for (const one of node.children) this.#classField(one, fields, params);
      else if (/^(?:if|try|with|else|elif|except|finally)_|^block$|^except/.test(node.type))
        this.#members(node.children, className, methods, fields, params);
    }
  }

  #innerClass(node: SyntaxNode, decorators: readonly SyntaxNode[], fields: ClassField[]): void {
    const name = childOf(node, 'name');
    if (name) fields.push({ name: this.text(name), value: this.#class(node, decorators), isStatic: true });
  }

  #classField(node: SyntaxNode, fields: ClassField[], params: Parameter[]): void {
    if (node.type !== 'assignment') {
      if (node.type !== 'string') fields.push({ name: '', value: this.expression(node), isStatic: true });
      return;
    }
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    if (left?.type !== 'identifier') return;
    const name = this.text(left);
    const typed = this.#typed(childOf(node, 'type'));
    const value = right && this.expression(right);
    if (childOf(node, 'type'))
      params.push({ pattern: nameOf(name, rangeOf(left)), ...typed, ...(value && { fallback: value }) });
    const field = { name, ...(typed.type !== undefined && { type: typed.type }), ...(value && { value }) };
    if (value) fields.push({ ...field, isStatic: true });
    fields.push({ ...field, isStatic: false });
  }

  #method(node: SyntaxNode, decorators: readonly SyntaxNode[], className: string, methods: Method[]): void {
    const nameNode = childOf(node, 'name');
    if (!nameNode) return;
    const own = this.text(nameNode);
    const name = own === '__init__' ? 'constructor' : own;
    const marks = decorators.map((one) => this.text(one)).join('\n');
    const value = this.#function(node, decorators, true, className);
    const role = /@(?:\w+\.)*(?:cached_)?property\b/.test(marks)
      ? 'getter'
      : /@\w+\.(?:setter|deleter)\b/.test(marks)
        ? 'setter'
        : 'method';
    if (/@(?:static|class)method\b/.test(marks)) methods.push({ name, value, isStatic: true, role: 'method' });
    methods.push({ name, value, isStatic: false, role });
  }

  // Expressions.

  expression(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    switch (node.type) {
      case 'identifier':
      case 'keyword_identifier':
        return this.#nameAt(this.text(node), at);
      case 'true':
      case 'false':
        return { kind: 'literal', value: node.type === 'true', ...at };
      case 'none':
        return { kind: 'literal', value: null, ...at };
      case 'ellipsis':
        return opaque([], at);
      case 'integer':
      case 'float': {
        const text = this.text(node).replace(/_|[lL]$/g, '');
        const value = Number(/^0\d/.test(text) ? text.replace(/^0+(?=\d)/, '') : text);
        return Number.isNaN(value) ? opaque([], at) : { kind: 'literal', value, ...at };
      }
      case 'string':
        return this.#string(node);
      case 'concatenated_string':
        return textOf(
          node.children.map((one) => this.expression(one)),
          at,
        );
      case 'parenthesized_expression':
      case 'await':
      case 'type':
        return node.children[0] ? this.expression(node.children[0]) : opaque([], at);
      case 'attribute':
        return this.#attribute(node);
      case 'subscript':
        return this.#subscript(node);
      case 'call':
        return this.#call(node);
      case 'list':
      case 'tuple':
      case 'set':
      case 'expression_list':
      case 'pattern_list':
      case 'tuple_pattern':
      case 'list_pattern':
        return { kind: 'list', items: node.children.map((one) => this.#argument(one)), ...at };
      case 'dictionary':
        return { kind: 'object', fields: node.children.flatMap((one) => this.#field(one)), ...at };
      case 'list_comprehension':
      case 'set_comprehension':
      case 'generator_expression':
      case 'dictionary_comprehension':
        return this.#comprehension(node);
      case 'binary_operator':
        return this.#binary(node);
      case 'boolean_operator': {
        const [left, right, operator] = [childOf(node, 'left'), childOf(node, 'right'), childOf(node, 'operator')];
        if (!left || !right) return this.#opaque(node);
        return {
          kind: 'logical',
          operator: operator?.type === 'or' ? '||' : '&&',
          left: this.expression(left),
          right: this.expression(right),
          ...at,
        };
      }
      case 'comparison_operator':
        return this.#comparison(node);
      case 'not_operator': {
        const operand = childOf(node, 'argument') ?? node.children[0];
        return operand ? not(this.expression(operand), at) : opaque([], at);
      }
      case 'unary_operator': {
        const operand = childOf(node, 'argument');
        const operator = childOf(node, 'operator')?.type ?? '-';
        return operand ? { kind: 'unary', operator, operand: this.expression(operand), ...at } : opaque([], at);
      }
      case 'conditional_expression': {
        const [yes, test, no] = node.children;
        if (!yes || !test || !no) return this.#opaque(node);
        const lowered = this.expression(test);
        return { kind: 'conditional', test: lowered, yes: this.expression(yes), no: this.expression(no), ...at };
      }
      case 'named_expression': {
        const [name, value] = [childOf(node, 'name'), childOf(node, 'value')];
        return name && value ? assign(this.#target(name), this.expression(value), at) : this.#opaque(node);
      }
      case 'assignment':
        return this.#assignment(node);
      case 'augmented_assignment':
        return this.#augmented(node);
      case 'lambda':
        return this.#function(node, [], false);
      case 'yield':
        return this.#yield(node);
      case 'as_pattern': {
        const [inner] = node.children;
        return inner ? this.expression(inner) : opaque([], at);
      }
      case 'list_splat':
      case 'dictionary_splat':
      case 'parenthesized_list_splat':
        return node.children[0] ? this.expression(node.children[0]) : opaque([], at);
      case 'keyword_argument': {
        const value = childOf(node, 'value');
        return value ? this.expression(value) : opaque([], at);
      }
      default:
        return this.#opaque(node);
    }
  }

  #nameAt(name: string, at: Range): Name {
    this.#used.add(name);
    return nameOf(name, at);
  }

  #isFormat(node: SyntaxNode): boolean {
    return /^[a-zA-Z]*[fFtT]/.test(this.source.slice(node.from, node.from + 3));
  }

  #string(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const start = node.children.find(({ type }) => type === 'string_start');
    const isRaw = start !== undefined && /r/i.test(this.text(start));
    const isFormat = start !== undefined && /[ft]/i.test(this.text(start));
    const parts = node.children.flatMap((one): Expression[] => {
      if (one.type === 'interpolation') {
        const inner = childOf(one, 'expression') ?? one.children[0];
        const format = one.children.find(({ type }) => type === 'format_specifier');
        // A number.
        if (format && /[bdoxXeEfFgGn%]$/.test(this.text(format)))
          return [{ kind: 'literal', value: '0', ...rangeOf(one) }];
        return inner ? [this.expression(inner)] : [];
      }
      if (one.type !== 'string_content') return [];
      const text = this.text(one);
      const value = isRaw ? text : unescaped(text);
      return [
        {
          kind: 'literal',
          value: isFormat ? value.replaceAll('{{', '{').replaceAll('}}', '}') : value,
          ...rangeOf(one),
        },
      ];
    });
    const [only] = parts;
    if (!only) return { kind: 'literal', value: '', ...at };
    if (parts.length === 1 && only.kind === 'literal') return { ...only, ...at };
    return { kind: 'text', parts, ...at };
  }

  #attribute(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [object, name] = [childOf(node, 'object'), childOf(node, 'attribute')];
    if (!object || !name) return this.#opaque(node);
    if (this.#dotted.size > 0 && node.to - node.from < 120) {
      const text = this.text(node).replace(/\s/g, '');
      if (this.#dotted.has(text)) return nameOf(text, at);
    }
    return member(this.expression(object), this.text(name), at);
  }

  #subscript(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const object = childOf(node, 'value');
    const indexes = node.children.filter(({ field }) => field === 'subscript');
    const [index] = indexes;
    if (!object || !index) return this.#opaque(node);
    const lowered = this.expression(object);
    if (index.type === 'slice')
      return call(
        member(lowered, '__getslice__', at),
        index.children.map((one) => ({ value: this.expression(one) })),
        at,
      );
    if (indexes.length > 1)
      return {
        kind: 'index',
        object: lowered,
        index: opaque(
          indexes.map((one) => this.expression(one)),
          at,
        ),
        ...at,
      };
    return { kind: 'index', object: lowered, index: this.#index(index), ...at };
  }

  /** A negative index counts from the end, so that it may be any. */
  #index(node: SyntaxNode): Expression {
    return node.type === 'unary_operator' ? opaque([this.expression(node)], rangeOf(node)) : this.expression(node);
  }

  #call(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const callee = childOf(node, 'function');
    const list = childOf(node, 'arguments');
    if (!callee || !list) return this.#opaque(node);
    const name = callee.type === 'identifier' ? this.text(callee) : '';
    const nodes = list.type === 'generator_expression' ? [list] : list.children;
    const [first, second] = nodes;
    // Of any or all items, the same is said.
    if (
      (name === 'any' || name === 'all') &&
      nodes.length === 1 &&
      first &&
      /^(?:generator_expression|list_comprehension)$/.test(first.type)
    )
      return this.#quantified(first, name);
    const args = nodes.map((one) => this.#argument(one));
    // Which type it is, models can only tell by its name.
    if (name === 'isinstance' && second)
      return call(
        this.#nameAt(name, at),
        [...args, { value: { kind: 'literal', value: typesOf(this.text(second)), ...at } }],
        at,
      );
    // `getattr(a, 'b')` is `a.b`.
    if (name === 'getattr' && args[0] && args[1])
      return { kind: 'index', object: args[0].value, index: args[1].value, ...at };
    // How long a known text is.
    if (name === 'len' && args[0]?.value.kind === 'literal' && typeof args[0].value.value === 'string')
      return { kind: 'literal', value: args[0].value.value.length, ...at };
    if (name === 'super' && nodes.length <= 2) return nameOf('super', at);
    if (callee.type === 'attribute') {
      const [object, method] = [childOf(callee, 'object'), childOf(callee, 'attribute')];
      const methodName = method ? this.text(method) : '';
      if (object?.type === 'call' && methodName === '__init__' && this.#isSuper(object))
        return call(nameOf('super', at), args, at);
      // `Base.__init__(self, …)`.
      if (methodName === '__init__' && object?.type !== 'call' && first?.type === 'identifier')
        return call(nameOf('super', at), args.slice(1), at);
      if (object?.type === 'string' && methodName === 'format') {
        const text = this.expression(object);
        if (text.kind === 'literal' && typeof text.value === 'string')
          return formatted(braceParts(text.value), args, at);
      }
    }
    return call(this.expression(callee), args, at);
  }

  #isSuper(node: SyntaxNode): boolean {
    const callee = childOf(node, 'function');
    return callee !== undefined && this.text(callee) === 'super';
  }

  #argument(node: SyntaxNode): Argument {
    switch (node.type) {
      case 'keyword_argument': {
        const [name, value] = [childOf(node, 'name'), childOf(node, 'value')];
        if (!name || !value) return { value: this.#opaque(node) };
        const key = this.text(name);
        // Which type it is, models can only tell by its name.
        const isType = key === 'type' && value.type === 'identifier' && harmless.test(this.text(value));
        return {
          name: key,
          value: isType ? { kind: 'literal', value: this.text(value), ...rangeOf(value) } : this.expression(value),
        };
      }
      case 'list_splat':
      case 'list_splat_pattern':
      case 'parenthesized_list_splat':
        return { value: this.expression(node.children[0] ?? node), spread: 'list' };
      case 'dictionary_splat':
        return { value: this.expression(node.children[0] ?? node), spread: 'map' };
      default:
        return { value: this.expression(node) };
    }
  }

  #field(node: SyntaxNode): Field[] {
    if (node.type === 'dictionary_splat') return node.children[0] ? [{ value: this.expression(node.children[0]) }] : [];
    const [key, value] = [childOf(node, 'key'), childOf(node, 'value')];
    if (!key || !value) return [];
    const lowered = this.expression(key);
    const isKnown =
      lowered.kind === 'literal' && (typeof lowered.value === 'string' || typeof lowered.value === 'number');
    return [{ key: isKnown ? String(lowered.value) : lowered, value: this.expression(value) }];
  }

  #clauses(node: SyntaxNode): Clauses {
    const before: Expression[] = [];
    const tests: Expression[] = [];
    const outside: Expression[] = [];
    const own = new Set<string>();
    for (const { type, children } of node.children)
      if (type === 'for_in_clause') for (const one of children) if (one.field === 'left') this.#namesIn(one, own);
    for (const one of node.children) {
      if (one.type === 'for_in_clause') {
        const [left, right] = [childOf(one, 'left'), one.children.filter(({ field }) => field === 'right').at(-1)];
        if (!left || !right) continue;
        let object = this.expression(right);
        // What the first one goes through is not in the scope of its variables.
        if (before.length === 0 && this.#mentions(right, own)) {
          const helper = nameOf(this.#helper(), rangeOf(right));
          outside.push(assign(helper, object, rangeOf(right)));
          object = helper;
        }
        const item: Expression = {
          kind: 'index',
          object,
          index: opaque([], rangeOf(right)),
          ...rangeOf(right),
        };
        before.push(assign(this.#clausePattern(left), item, rangeOf(one)));
      } else if (one.type === 'if_clause' && one.children[0]) tests.push(this.expression(one.children[0]));
    }
    return { before, tests, outside, own: [...own] };
  }

  /** The names that a pattern binds. */
  #namesIn(node: SyntaxNode, names: Set<string>): void {
    if (node.type === 'identifier') names.add(this.text(node));
    else if (isListPattern(node)) for (const one of node.children) this.#namesIn(one, names);
  }

  /** Whether one of some names is in an expression. */
  #mentions(node: SyntaxNode, names: ReadonlySet<string>): boolean {
    return node.type === 'identifier'
      ? names.has(this.text(node))
      : node.children.some((one) => this.#mentions(one, names));
  }

  #clausePattern(node: SyntaxNode): Pattern {
    if (node.type === 'identifier') return nameOf(this.text(node), rangeOf(node));
    if (isListPattern(node))
      return {
        kind: 'listPattern',
        items: node.children.map((one) => ({ target: this.#clausePattern(one) })),
        ...rangeOf(node),
      };
    return this.#pattern(node);
  }

  /** One turn of it, since no turn depends on another. */
  #comprehension(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const body = childOf(node, 'body') ?? node.children[0];
    if (!body) return opaque([], at);
    const result = nameOf(this.#helper(), at);
    const { before, tests, outside, own } = this.#clauses(node);
    const isMap = node.type === 'dictionary_comprehension';
    const [key, value] = [childOf(body, 'key'), childOf(body, 'value')];
    const stored: Expression = assign(
      {
        kind: 'index',
        object: result,
        index: isMap && key ? this.expression(key) : opaque([], at),
        ...at,
      },
      isMap && value ? this.expression(value) : this.expression(body),
      at,
    );
    const guarded = tests.reduceRight<Expression>(
      (yes, test) => ({ kind: 'conditional', test, yes, no: { kind: 'literal', value: null, ...at }, ...at }),
      stored,
    );
    const empty: Expression = isMap ? { kind: 'object', fields: [], ...at } : { kind: 'list', items: [], ...at };
    const made: Expression = {
      kind: 'sequence',
      own,
      values: [assign(result, empty, at), ...before, guarded, result],
      ...at,
    };
    return outside.length > 0 ? { kind: 'sequence', values: [...outside, made], ...at } : made;
  }

  #quantified(node: SyntaxNode, how: 'any' | 'all'): Expression {
    const at = rangeOf(node);
    const body = childOf(node, 'body') ?? node.children[0];
    const { before, tests, outside, own } = this.#clauses(node);
    const said = body ? this.expression(body) : opaque([], at);
    const value = tests.reduceRight<Expression>(
      (right, left) =>
        how === 'any'
          ? { kind: 'logical', operator: '&&', left, right, ...at }
          : { kind: 'logical', operator: '||', left: not(left, at), right, ...at },
      said,
    );
    const [only] = before;
    const items = only?.kind === 'assign' && before.length === 1 ? knownItems(only.value) : undefined;
    if (!items || only?.kind !== 'assign') {
      const all: Expression = { kind: 'sequence', own, values: [...before, value], ...at };
      return outside.length > 0 ? { kind: 'sequence', values: [...outside, all], ...at } : all;
    }
    const characters = items.map((item) => (item.kind === 'literal' ? item.value : undefined));
    if (
      how === 'any' &&
      said.kind === 'call' &&
      said.callee.kind === 'member' &&
      said.callee.property === '__contains__' &&
      characters.every((one) => typeof one === 'string' && one.length === 1)
    ) {
      // Whether it has any of these characters.
      const set = characters.map((one) => `\\u${String(one).charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
      const pattern: Expression = { kind: 'regex', source: `[${set}]`, flags: 'u', ...at };
      return call(nameOf('$hasAnyOf', at), [{ value: said.callee.object }, { value: pattern }], at);
    }
    // Of each of a few known items.
    return items
      .map((item): Expression => ({ kind: 'sequence', own, values: [{ ...only, value: item }, value], ...at }))
      .reduce((left, right) => ({ kind: 'logical', operator: how === 'any' ? '||' : '&&', left, right, ...at }));
  }

  #binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    const operator = childOf(node, 'operator')?.type ?? '';
    if (!left || !right) return this.#opaque(node);
    const isNumber = /^(?:integer|float)$/.test(left.type) || /^(?:integer|float)$/.test(right.type);
    if (operator === '+') return this.#sum(node);
    if (operator === '%' && !isNumber) {
      const format = this.expression(left);
      const list = right.type === 'tuple' ? right.children : [right];
      if (format.kind === 'literal' && typeof format.value === 'string') {
        if (right.type === 'dictionary')
          return formatted(
            percentParts(format.value),
            right.children.flatMap((one): Argument[] => {
              const [field] = this.#field(one);
              return field ? [{ value: field.value, ...(typeof field.key === 'string' && { name: field.key }) }] : [];
            }),
            at,
          );
        return formatted(
          percentParts(format.value),
          list.map((one) => this.#argument(one)),
          at,
        );
      }
      return textOf([format, ...list.map((one) => this.expression(one))], at);
    }
    const operands = [this.expression(left), this.expression(right)] as const;
    if (operator === '/' && !isNumber)
      return call(member(operands[0], '__truediv__', at), [{ value: operands[1] }], at);
    if (operator === '|' && !isNumber) return call(member(operands[0], '__or__', at), [{ value: operands[1] }], at);
    // A text that is repeated is that text.
    if (operator === '*' && (isText(left) || isText(right) || left.type === 'list'))
      return isText(right) ? operands[1] : operands[0];
    return { kind: 'binary', operator, left: operands[0], right: operands[1], ...at };
  }

  /** A sum of texts, lists or numbers. Long ones lean to the left: walked in a loop, since they can be thousands of parts deep. */
  #sum(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const nodes: SyntaxNode[] = [];
    let rest = node;
    for (;;) {
      const [left, right] = [childOf(rest, 'left'), childOf(rest, 'right')];
      if (rest.type !== 'binary_operator' || childOf(rest, 'operator')?.type !== '+' || !left || !right) break;
      nodes.push(right);
      rest = left;
    }
    nodes.push(rest);
    nodes.reverse();
    return this.#added(
      nodes,
      nodes.map((one) => this.expression(one)),
      at,
    );
  }

  #added(nodes: readonly SyntaxNode[], parts: readonly Expression[], at: Range): Expression {
    if (nodes.some(({ type }) => /^(?:list|list_comprehension)$/.test(type)))
      return {
        kind: 'list',
        items: parts.flatMap((one): readonly Argument[] =>
          one.kind === 'list' ? one.items : [{ value: one, spread: 'list' }],
        ),
        ...at,
      };
    if (nodes.some(isText) || nodes.length > 16) return textOf(parts, at);
    return parts.reduce((left, right) => call(member(left, '__add__', at), [{ value: right }], at));
  }

  #comparison(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const operators = node.children.filter(({ field }) => field === 'operators');
    const operands = node.children.filter(({ field }) => field !== 'operators');
    const lowered = operands.map((one) => this.expression(one));
    const pairs = operators.flatMap((operator, index): Expression[] => {
      const [left, right] = [lowered[index], lowered[index + 1]];
      if (!left || !right) return [];
      const text = this.text(operator).replace(/\s+/g, ' ');
      if (text === 'in' || text === 'not in') {
        // `folder in path.parents`.
        const isParent = right.kind === 'member' && right.property === 'parents';
        const contains = isParent
          ? call(nameOf('$isInside', at), [{ value: right.object }], at)
          : call(member(right, '__contains__', at), [{ value: left }], at);
        return [text === 'in' ? contains : not(contains, at)];
      }
      const inside = this.#inside(left, right);
      if (inside && /^[!=]=$/.test(text)) {
        const said = call(nameOf('$isInside', at), inside, at);
        return [text === '==' ? said : not(said, at)];
      }
      const same = text === 'is' ? '==' : text === 'is not' || text === '<>' ? '!=' : text;
      return [{ kind: 'binary', operator: same, left, right, ...at }];
    });
    return pairs.length === 0
      ? this.#opaque(node)
      : pairs.reduce((left, right) => ({ kind: 'logical', operator: '&&', left, right, ...at }));
  }

  /** The paths of `os.path.commonpath([path, folder])`, which is compared with the folder. */
  #inside(...sides: readonly Expression[]): readonly Argument[] | undefined {
    for (const side of sides) {
      if (side.kind !== 'call' || !/^common(?:path|prefix)$/.test(lastName(side.callee))) continue;
      const [paths] = side.args;
      if (paths?.value.kind === 'list') return paths.value.items;
    }
    return undefined;
  }

  #assignment(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    if (!left || !right) return this.#opaque(node);
    const lowered = this.expression(right);
    const type = childOf(node, 'type');
    const name = type && typeName(this.text(type));
    let value: Expression = name === undefined ? lowered : { kind: 'typed', value: lowered, type: name, ...at };
    if (this.#frames.length === 1 && left.type === 'identifier') {
      // Functions may fill it, or assign it.
      if (value.kind === 'list' && value.items.length === 0)
        value = { ...value, items: [{ value: opaque([], at), spread: 'list' }] };
      else if (value.kind === 'object' && value.fields.length === 0)
        value = { ...value, fields: [{ value: opaque([], at) }] };
      if (this.#globals.has(this.text(left)))
        value = { kind: 'logical', operator: '??', left: value, right: opaque([], at), ...at };
    }
    return assign(this.#pattern(left), value, at);
  }

  #augmented(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right, operator] = [childOf(node, 'left'), childOf(node, 'right'), childOf(node, 'operator')];
    if (!left || !right) return this.#opaque(node);
    const [old, more] = [this.expression(left), this.expression(right)];
    const value: Expression =
      operator?.type === '+='
        ? /^(?:integer|float)$/.test(right.type)
          ? textOf([old, more], at)
          : this.#added([left, right], [old, more], at)
        : operator?.type === '%='
          ? textOf([old, more], at)
          : operator?.type === '|=' || operator?.type === '/='
            ? call(member(old, operator.type === '|=' ? '__or__' : '__truediv__', at), [{ value: more }], at)
            : operator?.type === '??='
              ? more
              : { kind: 'binary', operator: operator?.type.slice(0, -1) ?? '', left: old, right: more, ...at };
    return assign(this.#pattern(left), value, at);
  }

  #yield(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [value] = node.children;
    const lowered: Expression = value ? this.expression(value) : { kind: 'literal', value: null, ...at };
    const { yields } = this.#frame;
    if (yields === undefined) return lowered;
    if (yields === 'value') return assign(nameOf(yielded, at), lowered, at);
    const isFrom = /^yield\s+from\b/.test(this.source.slice(node.from, node.from + 20));
    const item: Expression = isFrom ? { kind: 'index', object: lowered, index: opaque([], at), ...at } : lowered;
    return assign({ kind: 'index', object: nameOf(yielded, at), index: opaque([], at), ...at }, item, at);
  }

  #target(node: SyntaxNode): Name {
    const name = this.text(node);
    this.#assigns(name);
    return nameOf(name, rangeOf(node));
  }

  #pattern(node: SyntaxNode): Pattern {
    const at = rangeOf(node);
    switch (node.type) {
      case 'identifier':
      case 'keyword_identifier':
        return this.#target(node);
      case 'pattern_list':
      case 'tuple_pattern':
      case 'list_pattern':
      case 'expression_list':
      case 'tuple':
      case 'list': {
        const items: ListPattern['items'][number][] = [];
        let rest: Pattern | undefined;
        for (const one of node.children) {
          const isRest = /splat/.test(one.type);
          if (isRest && one.children[0]) rest = this.#pattern(one.children[0]);
          else if (rest) {
            // Which one it is, is not known.
            items.push(undefined);
            const inner = this.#pattern(one);
            if (inner.kind === 'name') rest = { kind: 'listPattern', items: [], rest, ...at };
          } else items.push({ target: this.#pattern(one) });
        }
        return { kind: 'listPattern', items, ...(rest && { rest }), ...at };
      }
      case 'parenthesized_expression':
      case 'as_pattern_target':
        return node.children[0] ? this.#pattern(node.children[0]) : opaque([], at);
      case 'list_splat_pattern':
      case 'list_splat':
        return node.children[0] ? this.#pattern(node.children[0]) : opaque([], at);
      default: {
        const value = this.expression(node);
        return value.kind === 'member' || value.kind === 'index' || value.kind === 'name' ? value : opaque([value], at);
      }
    }
  }

  #opaque(node: SyntaxNode): Expression & { kind: 'opaque' } {
    return opaque(
      node.children.filter(({ isNamed }) => isNamed).map((one) => this.expression(one)),
      rangeOf(node),
    );
  }

  text(node: SyntaxNode): string {
    return this.source.slice(node.from, node.to);
  }
}

function frameOf({ params, yields, responds }: Partial<Frame> & Pick<Frame, 'params'>): Frame {
  return {
    locals: new Set(),
    helpers: new Set(),
    outer: new Set(),
    params,
    imports: [],
    imported: new Set(),
    yields,
    responds,
  };
}

/** Variables belong to the whole function. */
function declarations({ locals, helpers, imported, params, outer }: Frame, at: Range): Statement[] {
  return [...new Set([...locals, ...helpers])]
    .filter((name) => !imported.has(name) && !params.has(name) && !outer.has(name))
    .map((name) => ({ kind: 'declare', target: nameOf(name, at), scope: 'function', ...at }));
}

/** Whether it is a pattern of several. */
function isListPattern({ type }: SyntaxNode): boolean {
  return /^(?:tuple|list|pattern|expression|tuple_pattern|list_pattern|pattern_list)/.test(type);
}

/** The items of a literal that a comprehension takes its items from. */
function knownItems(item: Expression): readonly Expression[] | undefined {
  if (item.kind !== 'index') return undefined;
  const { object } = item;
  const isFew = (count: number) => count > 0 && count <= 16;
  if (
    object.kind === 'list' &&
    isFew(object.items.length) &&
    object.items.every(({ value }) => value.kind === 'literal')
  )
    return object.items.map(({ value }) => value);
  if (object.kind === 'literal' && typeof object.value === 'string' && isFew(object.value.length))
    return Array.from(object.value, (value) => ({ ...object, value }));
  return undefined;
}

/** Whether a function is a generator: of those in it, the `yield` is theirs. */
function hasYield(node: SyntaxNode): boolean {
  return node.children.some(
    (one) =>
      one.type === 'yield' ||
      (one.type !== 'function_definition' && one.type !== 'lambda' && one.type !== 'class_definition' && hasYield(one)),
  );
}

/** `<int:name>` in a route makes a parameter a number. */
function converted(name: string, marks: string): { type?: string } {
  return marks.includes('<') && new RegExp(`<(?:int|float|uuid)(?:\\([^)]*\\))?:${name}>`).test(marks)
    ? { type: 'number' }
    : {};
}

/** The constructor of a class that is described by its fields. */
function recordConstructor(params: readonly Parameter[], at: Range): FunctionValue {
  const body = params.flatMap(({ pattern }): Statement[] =>
    pattern.kind === 'name'
      ? [evaluate(assign(member(nameOf('this', at), pattern.name, at), nameOf(pattern.name, at), at))]
      : [],
  );
  return { kind: 'function', name: '__init__', params, body, isArrow: false, decorators: [], ...at };
}

/** The dotted name of a type; of a union, the first that is not None. */
function typeName(text: string): string | undefined {
  const inner = /^\s*['"](.*)['"]\s*$/s.exec(text)?.[1] ?? text;
  const wrapped =
    /^\s*(?:\w+\.)*(?:Optional|Union|Annotated|Final|ClassVar|Required|NotRequired|Awaitable)\s*\[(.*)\]\s*$/s.exec(
      inner,
    )?.[1];
  if (wrapped !== undefined) return typeName(/^[^,[]*(?:\[[^\]]*\])?/.exec(wrapped)?.[0] ?? wrapped);
  for (const part of inner.split('|')) {
    const name = /^\s*([A-Za-z_][\w.]*)/.exec(part)?.[1];
    if (name === undefined || name === 'None') continue;
    if (harmless.test(name)) return 'number';
    return plain.test(name.replace(/^.*\./, '')) ? undefined : name;
  }
  return undefined;
}

/** The types that `isinstance` names, if nobody can make text of any of them that does harm. */
function typesOf(text: string): string {
  const names = text
    .replace(/[()\s]/g, '')
    .split(/[,|]/)
    .filter((one) => one !== '');
  return names.length > 0 && names.every((one) => harmless.test(one)) ? 'harmless' : 'other';
}

function formatted(parts: readonly FormatPart[], args: readonly Argument[], at: Range): Expression {
  const plainArgs = args.filter(({ name, spread }) => name === undefined && spread === undefined);
  const spread = args.filter((one) => one.spread !== undefined);
  const used = new Set<Argument>();
  const lowered = parts.map((part): Expression => {
    if (typeof part === 'string') return { kind: 'literal', value: part, ...at };
    const found = typeof part.place === 'number' ? plainArgs[part.place] : args.find(({ name }) => name === part.place);
    if (found) {
      used.add(found);
      return found.value;
    }
    const [rest = plainArgs[0]] = spread;
    return rest ? { kind: 'index', object: rest.value, index: opaque([], at), ...at } : opaque([], at);
  });
  return textOf(lowered, at);
}

function textOf(parts: readonly Expression[], at: Range): Expression {
  return { kind: 'text', parts: parts.flatMap((one) => (one.kind === 'text' ? one.parts : [one])), ...at };
}

function isText({ type, children }: SyntaxNode): boolean {
  return (
    type === 'string' ||
    type === 'concatenated_string' ||
    ((type === 'parenthesized_expression' || type === 'binary_operator') &&
      children[0] !== undefined &&
      isText(children[0]))
  );
}

function namesIn(pattern: Pattern): string[] {
  if (pattern.kind === 'name') return [pattern.name];
  return pattern.kind === 'listPattern' ? pattern.items.flatMap((item) => (item ? namesIn(item.target) : [])) : [];
}

/** What a decorator calls: `app.route` of `@app.route('/')`. */
function calleeOf(decorator: Expression): Expression | undefined {
  return decorator.kind === 'call' ? decorator.callee : decorator;
}

function lastName(one: Expression | undefined): string {
  return one?.kind === 'name'
    ? one.name
    : one?.kind === 'member'
      ? one.property
      : one?.kind === 'logical'
        ? lastName(one.left)
        : '';
}

function dottedName(path: string, at: Range, uses: (name: string) => void): Expression {
  const [first = '', ...rest] = path.split('.');
  uses(first);
  return rest.reduce<Expression>((object, key) => member(object, key, at), nameOf(first, at));
}

function itemOf(object: Expression, index: number, at: Range): Expression {
  return { kind: 'index', object, index: { kind: 'literal', value: index, ...at }, ...at };
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

function positionOf({ from, to }: Range): Range {
  return { from, to };
}

function rangeOf({ from, to }: SyntaxNode): Range {
  return { from, to };
}
