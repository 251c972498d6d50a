import type { Call } from './call';
import { Expressions } from './expressions';
import type { Node } from './tree';
import { begun, passed } from './way';
import {
  allBits,
  clean,
  constant,
  container,
  harmless,
  keyOf,
  mixed,
  Scope,
  tainted,
  unknown,
  type Callable,
  type Value,
} from './value';

/** Calls within calls that are followed. */
const maxCalls = 6;

/** One run of a function. */
export interface Frame {
  returned: Value | undefined;
  /** Whether what it returns is the page that is sent. */
  readonly isPage: boolean;
  /** What holds where loops are left. */
  readonly exits: Scope[][];
  /** Functions defined in it, to be looked at when it is done. */
  readonly defined: Callable[];
}

interface Parameter {
  /** Its name in the function's head. */
  readonly node: Node;
  readonly name: string;
  readonly type: string;
  readonly standard: Node | undefined;
}

/** Runs the functions and classes of a file, as far as can be told. */
export abstract class Functions extends Expressions {
  readonly #running: Callable['node'][] = [];
  readonly #called = new Set<Node>();

  /** @returns whether what follows is reached */
  protected abstract block(statements: readonly Node[], scope: Scope, frame: Frame): boolean;

  /** Looks at functions as somebody else calls them. */
  protected enterAll(defined: readonly Callable[], isPublic: boolean): void {
    for (const callable of defined) {
      const decorators = this.decorators(callable.node);
      const route = isRoute(decorators);
      if (!isPublic && !route && this.#called.has(callable.node)) continue;
      const scope = new Scope(callable.scope);
      const before = this.answering;
      this.answering ||= route;
      this.#parameters(callable.node, ({ node, name, type }) => {
        const isNumber = decorators.some((text) => new RegExp(`<(?:int|float|uuid):${name}>`).test(text));
        const value = isNumber ? clean : parameter(name, type, route);
        scope.set(name, begun(value, node, `Comes from the request: parameter ${name}`));
        this.answering ||= scope.get(name)?.name === 'request';
      });
      this.#body(callable, scope, route && this.#sendsPages(decorators));
      this.answering = before;
    }
  }

  /** Whether what a route returns is HTML unless it says otherwise. */
  #sendsPages(decorators: readonly string[]): boolean {
    const { imports } = this.file;
    if (['fastapi', 'ninja', 'starlette', 'litestar', 'flask_restful'].some((module) => imports.has(module)))
      return false;
    return imports.has('flask') || imports.has('bottle') || decorators.some((text) => /\.route\b|^@route\b/.test(text));
  }

  /** Runs the code of a function. @returns its value */
  #body({ node }: Callable, scope: Scope, isPage: boolean): Value {
    this.#running.push(node);
    try {
      const definition = node.type === 'DecoratedStatement' ? (node.kids.at(-1) ?? node) : node;
      const body = definition.kids.at(-1);
      if (!body) return unknown;
      if (node.type === 'LambdaExpression') return this.evaluate(body, scope);
      const frame = newFrame(isPage);
      this.block(body.kids, scope, frame);
      this.enterAll(frame.defined, false);
      return frame.returned ?? constant(null);
    } finally {
      this.#running.pop();
    }
  }

  protected run(callable: Callable, call: Call): { result: Value; object?: Value } | undefined {
    this.#called.add(callable.node);
    if (this.#running.length >= maxCalls || this.#running.includes(callable.node)) return undefined;
    if (callable.methods) return { result: this.#construct(callable.methods, call) };
    const scope = new Scope(callable.scope);
    const isMethod = call.object?.kind === 'object' && call.object.items !== undefined;
    const self = this.#bind(callable, call, scope, isMethod ? call.object : undefined);
    const result = this.#body(callable, scope, false);
    const after = self === undefined ? undefined : scope.get(self);
    return { result, ...(after && { object: after }) };
  }

  #construct(methods: ReadonlyMap<string, Callable>, call: Call): Value {
    const own = [...methods].map(([name, method]) => [keyOf(name), { ...clean, callable: method }] as const);
    const made = container('object', new Map(own));
    const start = methods.get('__init__');
    if (!start && call.args.length === 0) return made;
    if (!start || this.#running.includes(start.node)) return mixed([made, ...call.args.map((arg) => arg.value)]);
    const scope = new Scope(start.scope);
    const self = this.#bind(start, call, scope, made);
    this.#called.add(start.node);
    this.#body(start, scope, false);
    return (self === undefined ? undefined : scope.get(self)) ?? made;
  }

  /** Gives the parameters of a function their values. @returns the name of the object's own parameter */
  #bind(callable: Callable, call: Call, scope: Scope, object: Value | undefined): string | undefined {
    const { args } = call;
    const plain = args.filter((arg) => arg.keyword === undefined).map((arg) => arg.value);
    const spread = args.filter((arg) => arg.star !== undefined).map((arg) => arg.value);
    const isStatic = this.decorators(callable.node).some((text) => /staticmethod/.test(text));
    let self: string | undefined;
    this.#parameters(callable.node, ({ node, name, standard }) => {
      if (object && self === undefined && !isStatic) {
        self = name;
        scope.set(name, object);
        return;
      }
      const named = args.find((arg) => arg.keyword === name)?.value;
      const given = named ?? plain.shift() ?? (standard ? this.evaluate(standard, callable.scope) : undefined);
      const value = given ?? (spread.length > 0 ? mixed(spread) : unknown);
      scope.set(name, passed(value, node, `Passed to ${this.named(call.text)} as ${name}`));
    });
    return self;
  }

  #parameters(node: Node, take: (parameter: Parameter) => void): void {
    const definition = node.type === 'DecoratedStatement' ? (node.kids.at(-1) ?? node) : node;
    const kids = definition.kids.find((kid) => kid.type === 'ParamList')?.kids ?? [];
    kids.forEach((kid, index) => {
      if (kid.type !== 'VariableName' || kids[index - 1]?.type === 'AssignOp') return;
      let next = index + 1;
      const type = kids[next]?.type === 'TypeDef' ? kids[next++] : undefined;
      const standard = kids[next]?.type === 'AssignOp' ? kids[next + 1] : undefined;
      take({ node: kid, name: this.text(kid), type: type ? this.text(type) : '', standard });
    });
  }

  protected decorators(node: Node): string[] {
    return node.kids.filter((kid) => kid.type === 'Decorator').map((kid) => this.text(kid));
  }

  protected define(node: Node, scope: Scope, frame: Frame): void {
    const definition = node.type === 'DecoratedStatement' ? node.kids.at(-1) : node;
    const name = definition?.kids.find((kid) => kid.type === 'VariableName');
    if (!definition || !name) return;
    if (definition.type === 'FunctionDefinition') {
      const callable = { node, scope };
      // What a decorator makes of a function is not known, unless it only gives it an address.
      const isPlain =
        node === definition || isRoute(this.decorators(node)) || /static|class/.test(this.text(node).slice(0, 20));
      scope.set(this.text(name), isPlain ? { ...clean, callable } : unknown);
      frame.defined.push(callable);
      return;
    }
    const methods = new Map<string, Callable>();
    const inner = new Scope(scope);
    const own = newFrame(false);
    this.block(bodyOf(definition), inner, own);
    for (const [method, { callable }] of inner.names) if (callable) methods.set(method, { ...callable, scope });
    scope.set(this.text(name), { ...clean, callable: { node: definition, scope, methods } });
    frame.defined.push(...own.defined.map((callable) => ({ ...callable, scope })));
  }

  protected bindImports(kids: readonly Node[], scope: Scope): void {
    const words = kids.map((kid) => this.text(kid));
    const at = words.indexOf('import');
    const module = words[0] === 'from' ? words.slice(1, at).join('') : '';
    let path = '';
    for (let index = at + 1; index <= words.length; index += 1) {
      const word = words[index];
      if (word !== undefined && !/^(?:as|,|\(|\))$/.test(word)) path += word;
      else if (path !== '') {
        const alias = word === 'as' ? words[++index] : undefined;
        const full = module === '' ? path : `${module}.${path}`;
        const named = alias !== undefined || module !== '';
        const bound = alias ?? (named ? path : (path.split('.')[0] ?? path));
        scope.set(bound, { ...clean, name: named ? full : bound });
        path = '';
      }
    }
  }
}

export function newFrame(isPage: boolean): Frame {
  return { returned: undefined, isPage, exits: [], defined: [] };
}

export function bodyOf(node: Node): readonly Node[] {
  return bodyKids(node.kids.find((kid) => kid.type === 'Body'));
}

export function bodyKids(body: Node | undefined): readonly Node[] {
  return body?.kids.slice(1) ?? [];
}

function isRoute(decorators: readonly string[]): boolean {
  return decorators.some((text) =>
    /\.(?:route|get|post|put|delete|patch|api_route|websocket|expose)\b|^@(?:route|get|post|put|delete|expose|api_view)\b/.test(
      text,
    ),
  );
}

/** What a parameter is when anybody may call. */
function parameter(name: string, type: string, route: boolean): Value {
  if (/^req(?:uest)?$/.test(name)) return { ...unknown, name: 'request' };
  if (/^(?:self|cls)$/.test(name)) return { ...unknown, name };
  const isFixed =
    /\b(?:int|float|bool|UUID|Session|AsyncSession|Depends|BackgroundTasks|Response|date|datetime|Enum)\b/.test(type);
  if (isFixed) return harmless(unknown, route ? allBits : 0);
  return route ? tainted : unknown;
}

export function isExpression(node: Node): boolean {
  return /Expression|String$|^(?:VariableName|Number|Boolean|None)$/.test(node.type);
}
