import type { Argument, Call } from './call';
import { containerCall, withPart } from './containers';
import { foldBinary, textOf, truth, unescaped } from './fold';
import { assume, assumeCheckPassed } from './guards';
import { withPrefix, isResponse, isRequest, isSession, requestAttribute, resultOf } from './models';
import { startFlow, extendFlow } from './flowSteps';
import { checkCall, type FileFacts } from './sinks';
import type { Sites } from './sites';
import { bodyKids, bodyOf, isExpression, type Node } from './tree';
import {
  allBits,
  clean,
  constant,
  container,
  harmless,
  eitherOf,
  keyOf,
  listItems,
  listOf,
  combined,
  onlyConstant,
  Scope,
  tainted,
  unknown,
  type Callable,
  type Value,
} from './value';
import { checkParsing, parserCall } from './xmlParsers';

/** Limit on the nodes evaluated in one file. */
const maxSteps = 150_000;
/** Limit on the depth of nested calls. */
const maxCalls = 6;
interface Parameter {
  /** The node of its name in the function's signature. */
  readonly node: Node;
  readonly name: string;
  readonly type: string;
  readonly defaultValue: Node | undefined;
}

/** The flow step of a value that is put into a string. */
const becomesPart = 'Becomes part of this string';

/** Longest list whose items are tracked separately. */
const maxItems = 64;

/** Functions that never return. */
const neverReturns =
  /^(?:(?:flask|bottle|quart|werkzeug\.exceptions|falcon)\.)?abort\(|^(?:sys\.exit|os\._exit|exit|quit)\(/;

/** Thrown when a file is too complex to analyze. */
export class TooComplex extends Error {}

/** A call of a function. */
interface Frame {
  returned: Value | undefined;
  /** Whether its return value is sent as an HTML page. */
  readonly isPage: boolean;
  /** For each open loop, the scopes at its `break` and `continue` statements. */
  readonly exits: Scope[][];
  /** Functions defined in it, analyzed after it. */
  readonly defined: Callable[];
}

/**
 * Evaluates a Python file without running it: follows values through its statements, expressions, functions and classes, and records in `sites`
 * which values reach which sinks.
 */
export class Interpreter {
  #steps = 0;
  /** Whether the current code handles a request. */
  #isHandler = false;
  readonly #running: Callable['node'][] = [];
  readonly #called = new Set<Node>();

  constructor(
    private readonly source: string,
    private readonly file: FileFacts,
    readonly sites: Sites,
  ) {}

  /** Follows the values of the whole file: first of the module, then of each function as if called by anyone. */
  follow(root: Node): void {
    const scope = new Scope();
    const frame = newFrame(false);
    this.#block(root.kids, scope, frame);
    this.#analyzeEntryPoints(frame.defined, true);
  }

  /** @returns whether execution continues after these statements */
  #block(statements: readonly Node[], scope: Scope, frame: Frame): boolean {
    for (const statement of statements) if (!this.#statement(statement, scope, frame)) return false;
    return true;
  }

  #statement(node: Node, scope: Scope, frame: Frame): boolean {
    const { kids } = node;
    switch (node.type) {
      case 'ExpressionStatement':
      case 'YieldStatement':
      case 'PrintStatement':
      case 'AssertStatement':
        // A docstring.
        if (kids[0]?.type === 'String') return true;
        for (const kid of kids) if (isExpression(kid)) this.evaluate(kid, scope);
        if (kids[0]?.type === 'CallExpression') {
          if (neverReturns.test(this.text(kids[0]))) return false;
          assumeCheckPassed(kids[0], scope, this);
        }
        if (node.type === 'AssertStatement' && kids[1]) assume(kids[1], true, scope, this);
        return true;
      case 'AssignStatement':
        this.#assignment(kids, scope);
        return true;
      case 'UpdateStatement':
        this.#update(node, scope);
        return true;
      case 'ReturnStatement':
        this.#return(node, scope, frame);
        return false;
      case 'RaiseStatement':
        for (const kid of kids.slice(1)) if (isExpression(kid)) this.evaluate(kid, scope);
        return false;
      case 'BreakStatement':
      case 'ContinueStatement':
        frame.exits.at(-1)?.push(scope.copy());
        return false;
      case 'IfStatement':
        return this.#if(kids, scope, frame);
      case 'MatchStatement':
        return this.#match(node, scope, frame);
      case 'ForStatement':
      case 'WhileStatement':
        return this.#loop(node, scope, frame);
      case 'TryStatement':
        return this.#try(kids, scope, frame);
      case 'WithStatement':
        kids.forEach((kid, index) => {
          if (!isExpression(kid) || kids[index - 1]?.type === 'as') return;
          const value = this.evaluate(kid, scope);
          const target = kids[index + 1]?.type === 'as' ? kids[index + 2] : undefined;
          if (target) this.#assign(target, value, scope);
        });
        return this.#block(bodyOf(node), scope, frame);
      case 'StatementGroup':
      case 'Body':
        return this.#block(kids, scope, frame);
      case 'FunctionDefinition':
      case 'ClassDefinition':
      case 'DecoratedStatement':
        this.#define(node, scope, frame);
        return true;
      case 'ImportStatement':
        this.#bindImports(kids, scope);
        return true;
      case 'DeleteStatement':
        for (const kid of kids.slice(1)) this.#delete(kid, scope);
        return true;
      default:
        return true;
    }
  }

  #assignment(kids: readonly Node[], scope: Scope): void {
    const last = kids.findLastIndex((kid) => kid.type === 'AssignOp');
    if (last < 0) return;
    const right = kids.slice(last + 1);
    const [only] = right;
    if (!only) return;
    const value = right.length === 1 ? this.evaluate(only, scope) : this.#list(right, scope);
    let targets: Node[] = [];
    for (const kid of kids.slice(0, last + 1)) {
      if (kid.type === 'AssignOp') {
        this.#unpack(targets, value, scope);
        targets = [];
      } else if (kid.type !== ',' && kid.type !== 'TypeDef' && kid.type !== '*') targets.push(kid);
    }
  }

  #unpack(targets: readonly Node[], value: Value, scope: Scope): void {
    const [first] = targets;
    if (targets.length === 1 && first) {
      this.#assign(first, value, scope);
      return;
    }
    const items = listItems(value);
    targets.forEach((target, index) => {
      this.#assign(target, items?.length === targets.length ? (items[index] ?? unknown) : each(value), scope);
    });
  }

  #assign(target: Node, value: Value, scope: Scope): void {
    const { kids } = target;
    if (target.type === 'VariableName')
      scope.set(this.text(target), extendFlow(value, target, `Assigned to ${this.#brief(target)}`));
    else if (/^(?:Tuple|Array|Parenthesized)Expression$/.test(target.type))
      this.#unpack(
        kids.filter((kid) => !/^[()[\],*]$/.test(kid.type)),
        value,
        scope,
      );
    else if (target.type === 'MemberExpression') {
      const [object, open, part] = kids;
      if (!object || !open || !part) return;
      const known = this.evaluate(object, scope);
      const key = open.type === '[' ? this.evaluate(part, scope) : constant(this.text(part));
      if (open.type === '[' && isSession(known.name)) this.sites.addValue(target, 'trust', combined([key, value]));
      if (onlyConstant(key) === 'Location' && /headers$/.test(this.text(object)))
        this.sites.addValue(target, 'redirect', value);
      if (isSession(known.name) || (known.name !== undefined && known.kind === undefined)) return;
      this.#assign(object, withPart(known, onlyConstant(key), combined([key, value]), value, open.type), scope);
    }
  }

  #update({ kids }: Node, scope: Scope): void {
    const [target, , right] = kids;
    if (!target || !right) return;
    const [before, more] = [this.evaluate(target, scope), this.evaluate(right, scope)];
    const [a, b] = [onlyConstant(before), onlyConstant(more)];
    const [x, y] = [listItems(before), listItems(more)];
    const isSum = kids[1] && this.text(kids[1]) === '+=';
    let value = combined([before, more]);
    if (isSum && typeof a === 'string' && typeof b === 'string') value = constant(a + b);
    else if (isSum && x && y) value = listOf([...x, ...y]);
    this.#assign(target, value, scope);
  }

  #return(node: Node, scope: Scope, frame: Frame): void {
    const parts = node.kids.slice(1);
    const [first] = parts;
    const value = !first ? constant(null) : parts.length === 1 ? this.evaluate(first, scope) : this.#list(parts, scope);
    this.sites.addText(node, value);
    frame.returned = frame.returned ? eitherOf(frame.returned, value) : value;
    if (!frame.isPage) return;
    const [content, ...rest] = listItems(value) ?? [value];
    const hasType = rest.some((part) => /content-type/i.test([...(part.items?.keys() ?? [])].join()));
    if (content && content.kind === undefined && !hasType && !isResponse(content))
      this.sites.addValue(node, 'xss', content);
  }

  #if(kids: readonly Node[], scope: Scope, frame: Frame): boolean {
    const branches: Scope[] = [];
    const rest = scope.copy();
    let open = true;
    for (let index = 0; index < kids.length && open; index += 1) {
      const [word, condition, body] = [kids[index], kids[index + 1], kids[index + 2]];
      if ((word?.type === 'if' || word?.type === 'elif') && condition && body) {
        const known = truth(this.evaluate(condition, rest));
        if (known !== false) {
          const branch = rest.copy();
          assume(condition, true, branch, this);
          if (this.#block(bodyKids(body), branch, frame)) branches.push(branch);
        }
        if (known === true) open = false;
        assume(condition, false, rest, this);
        index += 2;
      } else if (word?.type === 'else' && condition) {
        if (this.#block(bodyKids(condition), rest, frame)) branches.push(rest);
        open = false;
      }
    }
    if (open) branches.push(rest);
    scope.merge(branches);
    return branches.length > 0;
  }

  #match(node: Node, scope: Scope, frame: Frame): boolean {
    const subject = node.kids.slice(1).find(isExpression);
    const value = subject ? this.evaluate(subject, scope) : unknown;
    const branches: Scope[] = [];
    let open = true;
    for (const clause of node.kids.find((kid) => kid.type === 'MatchBody')?.kids ?? []) {
      if (clause.type !== 'MatchClause' || !open) continue;
      const pattern = clause.kids[1];
      const fits = pattern ? this.#fits(pattern, value) : undefined;
      if (fits === false) continue;
      const branch = scope.copy();
      if (pattern?.type === 'CapturePattern' && pattern.kids[0]) this.#assign(pattern.kids[0], value, branch);
      const hasGuard = clause.kids.some((kid) => kid.type === 'Guard');
      if (this.#block(bodyOf(clause), branch, frame)) branches.push(branch);
      if (fits === true && !hasGuard) open = false;
    }
    if (open) branches.push(scope.copy());
    scope.merge(branches);
    return branches.length > 0;
  }

  /** Whether a pattern matches a value; undefined if unknown. */
  #fits(pattern: Node, value: Value): boolean | undefined {
    if (pattern.type === 'CapturePattern') return true;
    const known = onlyConstant(value);
    if (pattern.type === 'LiteralPattern' && pattern.kids[0] && known !== undefined)
      return onlyConstant(this.evaluate(pattern.kids[0], new Scope())) === known;
    if (pattern.type !== 'OrPattern') return undefined;
    const all = pattern.kids.filter((kid) => kid.type !== 'LogicOp').map((kid) => this.#fits(kid, value));
    return all.includes(true) ? true : all.includes(undefined) ? undefined : false;
  }

  #loop(node: Node, scope: Scope, frame: Frame): boolean {
    const { kids } = node;
    const at = kids.findIndex((kid) => kid.type === 'in');
    const list = node.type === 'ForStatement' ? kids[at + 1] : undefined;
    const targets = kids.slice(1, Math.max(1, at)).filter((kid) => kid.type !== ',');
    const condition = node.type === 'WhileStatement' ? kids[1] : undefined;
    const item = list ? each(this.evaluate(list, scope)) : clean;
    if (condition && truth(this.evaluate(condition, scope)) === false) return true;
    const before = scope.copy();
    // Two rounds, since an iteration may use values from the previous one.
    for (let round = 0; round < 2; round += 1) {
      const branch = scope.copy();
      this.#unpack(targets, item, branch);
      if (condition) assume(condition, true, branch, this);
      frame.exits.push([]);
      const body = kids.find((kid) => kid.type === 'Body');
      const done = this.#block(bodyKids(body), branch, frame);
      const exits = frame.exits.pop() ?? [];
      scope.merge([before, scope.copy(), ...(done ? [branch] : []), ...exits]);
    }
    return true;
  }

  #try(kids: readonly Node[], scope: Scope, frame: Frame): boolean {
    const before = scope.copy();
    const bodies = kids.flatMap((kid, index) => {
      if (kid.type !== 'Body') return [];
      const word = kids.findLast((other, at) => at < index && /^(?:try|except|else|finally)$/.test(other.type))?.type;
      return [{ word, kid }];
    });
    const of = (word: string) => bodies.filter((body) => body.word === word).map((body) => body.kid);
    let done = true;
    for (const body of [...of('try'), ...of('else')]) done = done && this.#block(bodyKids(body), scope, frame);
    const branches = done ? [scope.copy()] : [];
    for (const body of of('except')) {
      const branch = before.copy();
      branch.merge([before, scope]);
      if (this.#block(bodyKids(body), branch, frame)) branches.push(branch);
    }
    scope.merge(branches);
    for (const body of of('finally')) if (!this.#block(bodyKids(body), scope, frame)) return false;
    return branches.length > 0;
  }

  #delete(target: Node, scope: Scope): void {
    const [object, open, part] = target.kids;
    if (target.type !== 'MemberExpression' || !object || open?.type !== '[' || !part) return;
    const known = this.evaluate(object, scope);
    const key = onlyConstant(this.evaluate(part, scope));
    const items = listItems(known);
    if (items && typeof key === 'number') this.#assign(object, listOf(items.toSpliced(key, 1)), scope);
    else if (known.kind === 'dict' && known.items && key !== undefined)
      this.#assign(object, container('dict', new Map([...known.items].filter(([name]) => name !== keyOf(key)))), scope);
    else this.#assign(object, combined([known]), scope);
  }

  evaluate(node: Node, scope: Scope): Value {
    this.#steps += 1;
    if (this.#steps > maxSteps) throw new TooComplex();
    const value = this.#evaluated(node, scope);
    return value.tainted !== 0 && !value.flows
      ? startFlow(value, node, `Comes from the request: ${this.#brief(node)}`)
      : value;
  }

  #evaluated(node: Node, scope: Scope): Value {
    const { kids } = node;
    const [first, second, third] = [kids[0], kids[1], kids[2]];
    switch (node.type) {
      case 'VariableName':
        return this.#variable(this.text(node), scope);
      case 'String':
        return constant(textOf(this.text(node)));
      case 'Number':
        return constant(Number(this.text(node).replaceAll('_', '')));
      case 'Boolean':
        return constant(this.text(node) === 'True');
      case 'None':
        return constant(null);
      case 'ContinuedString':
        return this.#composed(
          kids.map((kid) => this.evaluate(kid, scope)),
          node,
        );
      case 'FormatString':
        return this.#formatString(node, scope);
      case 'ParenthesizedExpression':
      case 'AwaitExpression':
        return second ? this.evaluate(second, scope) : unknown;
      case 'ArrayExpression':
      case 'TupleExpression':
      case 'SetExpression':
        return this.#list(kids, scope);
      case 'DictionaryExpression':
        return this.#dictionary(kids, scope);
      case 'MemberExpression':
        return this.#member(node, scope);
      case 'CallExpression':
        return this.#call(node, scope);
      case 'BinaryExpression':
        return this.#binary(node, scope);
      case 'UnaryExpression':
        return this.#unary(node, scope);
      case 'ConditionalExpression':
        return this.#conditional(node, scope);
      case 'NamedExpression': {
        const value = third ? this.evaluate(third, scope) : unknown;
        if (first) this.#assign(first, value, scope);
        return value;
      }
      case 'LambdaExpression':
        return { ...clean, callable: { node, scope } };
      case 'ArrayComprehensionExpression':
      case 'SetComprehensionExpression':
      case 'DictionaryComprehensionExpression':
      case 'ComprehensionExpression':
        return this.#comprehension(kids, scope);
      default:
        return unknown;
    }
  }

  #variable(name: string, scope: Scope): Value {
    const value = scope.get(name);
    if (!value) return { ...unknown, name };
    // Other code may change it later: a global variable, or a list that was created empty.
    const isFilled = value.items?.size === 0 && value.kind !== 'object' && !scope.names.has(name);
    if (isFilled || this.file.globals.has(name)) return { ...combined([value]), unknown: allBits };
    if ((value.tainted | value.unknown) === 0) return value;
    return { ...value, from: [name, ...(value.from ?? []).filter((other) => other !== name)] };
  }

  #member(node: Node, scope: Scope): Value {
    const [object, open, part] = node.kids;
    if (!object || !open) return unknown;
    const value = this.evaluate(object, scope);
    if (open.type === '[') return this.#subscript(value, node, scope);
    return part ? this.#attribute(value, this.text(part)) : unknown;
  }

  #attribute(value: Value, attribute: string): Value {
    const own = value.kind === 'object' ? value.items?.get(keyOf(attribute)) : undefined;
    if (own) return own;
    const { name } = value;
    if (isRequest(name)) return requestAttribute(name ?? '', attribute);
    if (name === undefined) return attribute === 'request' ? { ...unknown, name: 'request' } : combined([value]);
    const full = `${name}.${attribute}`;
    if (attribute === 'request' && /^(?:self|cls|ctx|context|info\.context|flask|bottle|cherrypy)$/.test(name))
      return { ...unknown, name: full };
    if (/^(?:os\.environ|sys\.(?:argv|stdin))$/.test(full)) return { ...unknown, name: full };
    return { ...combined([value]), name: full };
  }

  #subscript(value: Value, node: Node, scope: Scope): Value {
    const inside = node.kids.slice(2).filter((kid) => kid.type !== ']');
    const keys = inside.filter((kid) => kid.type !== ':' && kid.type !== ',').map((kid) => this.evaluate(kid, scope));
    if (inside.length !== 1) return combined([value]);
    const key = onlyConstant(keys[0]);
    const text = onlyConstant(value);
    if (typeof text === 'string' && typeof key === 'number') {
      const letter = text.at(key);
      if (letter !== undefined) return constant(letter);
    }
    const items = listItems(value);
    if (items && typeof key === 'number') return items.at(key) ?? combined([value]);
    if (value.kind === 'dict' && value.items && key !== undefined)
      return value.items.get(keyOf(key)) ?? combined([value]);
    return combined([value]);
  }

  #call(node: Node, scope: Scope): Value {
    const [callee, list] = node.kids;
    if (!callee || list?.type !== 'ArgList') return unknown;
    const args = this.#arguments(list, scope);
    const isMethod = callee.type === 'MemberExpression' && callee.kids[1]?.type === '.';
    const target = isMethod ? callee.kids[0] : undefined;
    const object = target && this.evaluate(target, scope);
    const last = isMethod && callee.kids[2] ? this.text(callee.kids[2]) : '';
    const value = object ? this.#attribute(object, last) : this.evaluate(callee, scope);
    const name = value.name ?? '';
    const call: Call = {
      node,
      name,
      text: this.text(callee),
      last: name.split('.').at(-1) || last,
      args,
      ...(object && { object }),
    };
    for (const arg of args) this.sites.addArgument(arg.node, arg.value);
    checkCall(call, { ...this.file, answering: this.#isHandler }, this.sites);
    checkParsing(call, this.sites);
    const effect = this.#effect(value.callable, call);
    if (effect?.object && target && /^(?:VariableName|MemberExpression)$/.test(target.type))
      this.#assign(target, effect.object, scope);
    if (effect) return effect.result;
    const result = resultOf(call);
    if (last === 'join' && object) this.sites.addText(node, result);
    if (last === 'format' && object) return this.#formatted(call, object, result);
    return result;
  }

  #effect(callable: Callable | undefined, call: Call): { result: Value; object?: Value } | undefined {
    if (callable) {
      const effect = this.#run(callable, call) ?? {
        result: { ...combined(call.args.map((arg) => arg.value)), unknown: allBits },
      };
      return { ...effect, result: extendFlow(effect.result, call.node, `Returned by ${this.#named(call.text)}`) };
    }
    return parserCall(call) ?? containerCall(call);
  }

  #formatted(call: Call, object: Value, result: Value): Value {
    const template = onlyConstant(object);
    if (typeof template !== 'string') return result;
    // A template without indexes and format specifications uses each value once.
    const value = withPrefix(template.split('{')[0], { ...combined([result]) });
    this.sites.addText(call.node, value);
    return extendFlow(value, call.node, becomesPart);
  }

  #arguments(list: Node, scope: Scope): Argument[] {
    const args: Argument[] = [];
    const parts = list.kids;
    if (parts.some((part) => part.type === 'for')) {
      const inner = parts.filter((part) => part.type !== '(' && part.type !== ')');
      return [{ node: list, value: this.#comprehension(inner, scope) }];
    }
    for (let index = 0; index < parts.length; index += 1) {
      const [part, next, value] = [parts[index], parts[index + 1], parts[index + 2]];
      if (!part || /^[(),]$/.test(part.type)) continue;
      if ((part.type === '*' || part.type === '**') && next) {
        const spread = this.evaluate(next, scope);
        const items = part.type === '*' ? listItems(spread) : undefined;
        if (items) args.push(...items.map((item) => ({ node: next, value: item })));
        else args.push({ node: next, value: spread, star: part.type });
        index += 1;
      } else if (next?.type === 'AssignOp' && value) {
        args.push({ node: value, value: this.evaluate(value, scope), keyword: this.text(part) });
        index += 2;
      } else args.push({ node: part, value: this.evaluate(part, scope) });
    }
    return args;
  }

  #binary(node: Node, scope: Scope): Value {
    const [left, right] = [node.kids[0], node.kids.at(-1)];
    if (!left || !right) return unknown;
    const op = node.kids
      .slice(1, -1)
      .map((kid) => this.text(kid))
      .join(' ');
    const a = this.evaluate(left, scope);
    const known = truth(a);
    if (op === 'and' || op === 'or') {
      if (known !== undefined && known === (op === 'or')) return a;
      const branch = scope.copy();
      assume(left, op === 'and', branch, this);
      const b = this.evaluate(right, branch);
      return known === undefined ? eitherOf(a, b) : b;
    }
    const b = this.evaluate(right, scope);
    const folded = foldBinary(op, a, b);
    if (folded) {
      this.sites.addText(node, folded);
      return folded;
    }
    if (op === '+' && a.kind === 'list' && b.kind === 'list') {
      const [x, y] = [listItems(a), listItems(b)];
      return x && y ? listOf([...x, ...y]) : { ...combined([a, b]), kind: 'list' };
    }
    if (/^(?:==|!=|<|>|<=|>=|in|not in|is|is not)$/.test(op)) return clean;
    const name = op === '/' && /Path\(\)$/.test(a.name ?? '') ? a.name : undefined;
    const start = a.prefix ?? onlyConstant(a);
    const sum = { ...combined([a, b]), ...(name !== undefined && { name }) };
    const value =
      op === '+' || op === '%' ? withPrefix(typeof start === 'string' ? start.split('%')[0] : undefined, sum) : sum;
    this.sites.addText(node, value);
    return extendFlow(value, node, becomesPart);
  }

  #unary(node: Node, scope: Scope): Value {
    const inner = node.kids.at(-1);
    if (!inner) return unknown;
    const value = this.evaluate(inner, scope);
    const op = node.kids[0] ? this.text(node.kids[0]) : '';
    if (op === 'not') {
      const known = truth(value);
      return known === undefined ? clean : constant(!known);
    }
    const number = onlyConstant(value);
    return op === '-' && typeof number === 'number' ? constant(-number) : combined([value]);
  }

  #conditional(node: Node, scope: Scope): Value {
    const [yes, , condition, , no] = node.kids;
    if (!yes || !condition || !no) return unknown;
    const known = truth(this.evaluate(condition, scope));
    const branch = (part: Node, isTrue: boolean) => {
      const inner = scope.copy();
      assume(condition, isTrue, inner, this);
      return this.evaluate(part, inner);
    };
    if (known !== undefined) return branch(known ? yes : no, known);
    return eitherOf(branch(yes, true), branch(no, false));
  }

  text(node: Node): string {
    return this.source.slice(node.from, node.to);
  }

  /** The code of a node on one line, truncated. */
  #brief(node: Node): string {
    return this.#named(this.text(node));
  }

  #named(code: string): string {
    const line = code.replace(/\s+/g, ' ');
    return line.length > 60 ? `${line.slice(0, 59)}…` : line;
  }

  /** The items of a list, tuple or bare `a, b`. */
  #list(kids: readonly Node[], scope: Scope): Value {
    const values: Value[] = [];
    let isWhole = true;
    for (const [index, kid] of kids.entries()) {
      if (/^[()[\]{},*]$/.test(kid.type)) continue;
      const value = this.evaluate(kid, scope);
      const spread = kids[index - 1]?.type === '*' ? listItems(value) : [value];
      isWhole &&= spread !== undefined;
      values.push(...(spread ?? [value]));
    }
    return isWhole && values.length <= maxItems ? listOf(values) : { ...combined(values), kind: 'list' };
  }

  #dictionary(kids: readonly Node[], scope: Scope): Value {
    const items = new Map<string, Value>();
    const others: Value[] = [];
    const parts = kids.filter((kid) => !/^[{},]$/.test(kid.type));
    for (let index = 0; index < parts.length; index += 1) {
      const [part, next, value] = [parts[index], parts[index + 1], parts[index + 2]];
      if (part?.type === '**' && next) {
        const more = this.evaluate(next, scope);
        if (more.items && more.kind === 'dict') for (const [key, item] of more.items) items.set(key, item);
        else others.push(more);
        index += 1;
      } else if (part && next?.type === ':' && value) {
        const key = this.evaluate(part, scope);
        const known = onlyConstant(key);
        const item = this.evaluate(value, scope);
        if (known === undefined) others.push(key, item);
        else items.set(keyOf(known), item);
        index += 2;
      }
    }
    return others.length > 0 ? { ...combined([...items.values(), ...others]), kind: 'dict' } : container('dict', items);
  }

  #comprehension(kids: readonly Node[], scope: Scope): Value {
    const inner = new Scope(scope);
    const parts = kids.filter((kid) => !/^[()[\]{},]$/.test(kid.type));
    const start = parts.findIndex((kid) => kid.type === 'for');
    for (let index = start; index >= 0 && index < parts.length; index += 1) {
      const part = parts[index];
      if (part?.type === 'in') {
        const list = parts[index + 1];
        const targets = parts.slice(parts.findLastIndex((kid, at) => at < index && kid.type === 'for') + 1, index);
        const items = list ? this.evaluate(list, inner) : unknown;
        for (const target of targets) this.#assign(target, each(items), inner);
      } else if (part?.type === 'if' && parts[index + 1]) {
        const condition = parts[index + 1];
        if (condition) assume(condition, true, inner, this);
      }
    }
    const made = parts.slice(0, Math.max(0, start)).filter((kid) => kid.type !== ':');
    return { ...combined(made.map((part) => this.evaluate(part, inner))), kind: 'list' };
  }

  #formatString(node: Node, scope: Scope): Value {
    const values: Value[] = [];
    const raw = this.text(node);
    const offset = /^[a-zA-Z]*("""|'''|"|')/.exec(raw)?.[0].length ?? 0;
    const quote = raw.slice(raw.startsWith('"""', offset - 3) || raw.startsWith("'''", offset - 3) ? -3 : -1).length;
    let at = node.from + offset;
    for (const part of node.kids) {
      if (part.type !== 'FormatReplacement') continue;
      if (part.from > at) values.push(constant(unescaped(this.source.slice(at, part.from))));
      const inner = part.kids[1];
      values.push(inner ? this.evaluate(inner, scope) : unknown);
      at = part.to;
    }
    if (at < node.to - quote) values.push(constant(unescaped(this.source.slice(at, node.to - quote))));
    return this.#composed(values, node);
  }

  /** The string composed from these values. */
  #composed(values: readonly Value[], node: Node): Value {
    const texts = values.map(onlyConstant);
    const isKnown = texts.every((text) => text !== undefined);
    const value = isKnown ? constant(texts.map(String).join('')) : withPrefix(values[0]?.prefix, combined(values));
    this.sites.addText(node, value);
    return extendFlow(value, node, becomesPart);
  }

  /** Analyzes functions as entry points of the file. */
  #analyzeEntryPoints(defined: readonly Callable[], isPublic: boolean): void {
    for (const callable of defined) {
      const decorators = this.#decorators(callable.node);
      const route = isRoute(decorators);
      if (!isPublic && !route && this.#called.has(callable.node)) continue;
      const scope = new Scope(callable.scope);
      const before = this.#isHandler;
      this.#isHandler ||= route;
      this.#parameters(callable.node, ({ node, name, type }) => {
        const isNumber = decorators.some((text) => new RegExp(`<(?:int|float|uuid):${name}>`).test(text));
        const value = isNumber ? clean : parameter(name, type, route);
        scope.set(name, startFlow(value, node, `Comes from the request: parameter ${name}`));
        this.#isHandler ||= scope.get(name)?.name === 'request';
      });
      this.#body(callable, scope, route && this.#sendsPages(decorators));
      this.#isHandler = before;
    }
  }

  /** Whether a route responds with HTML by default. */
  #sendsPages(decorators: readonly string[]): boolean {
    const { imports } = this.file;
    if (['fastapi', 'ninja', 'starlette', 'litestar', 'flask_restful'].some((module) => imports.has(module)))
      return false;
    return imports.has('flask') || imports.has('bottle') || decorators.some((text) => /\.route\b|^@route\b/.test(text));
  }

  /** Evaluates the body of a function. @returns its return value */
  #body({ node }: Callable, scope: Scope, isPage: boolean): Value {
    this.#running.push(node);
    try {
      const definition = node.type === 'DecoratedStatement' ? (node.kids.at(-1) ?? node) : node;
      const body = definition.kids.at(-1);
      if (!body) return unknown;
      if (node.type === 'LambdaExpression') return this.evaluate(body, scope);
      const frame = newFrame(isPage);
      this.#block(body.kids, scope, frame);
      this.#analyzeEntryPoints(frame.defined, false);
      return frame.returned ?? constant(null);
    } finally {
      this.#running.pop();
    }
  }

  /** Evaluates a call of a function of the file. @returns its return value, and the receiver afterwards */
  #run(callable: Callable, call: Call): { result: Value; object?: Value } | undefined {
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
    if (!start || this.#running.includes(start.node)) return combined([made, ...call.args.map((arg) => arg.value)]);
    const scope = new Scope(start.scope);
    const self = this.#bind(start, call, scope, made);
    this.#called.add(start.node);
    this.#body(start, scope, false);
    return (self === undefined ? undefined : scope.get(self)) ?? made;
  }

  /** Binds the parameters of a function. @returns the name of the `self` parameter */
  #bind(callable: Callable, call: Call, scope: Scope, object: Value | undefined): string | undefined {
    const { args } = call;
    const plain = args.filter((arg) => arg.keyword === undefined).map((arg) => arg.value);
    const spread = args.filter((arg) => arg.star !== undefined).map((arg) => arg.value);
    const isStatic = this.#decorators(callable.node).some((text) => /staticmethod/.test(text));
    let self: string | undefined;
    this.#parameters(callable.node, ({ node, name, defaultValue: standard }) => {
      if (object && self === undefined && !isStatic) {
        self = name;
        scope.set(name, object);
        return;
      }
      const named = args.find((arg) => arg.keyword === name)?.value;
      const given = named ?? plain.shift() ?? (standard ? this.evaluate(standard, callable.scope) : undefined);
      const value = given ?? (spread.length > 0 ? combined(spread) : unknown);
      scope.set(name, extendFlow(value, node, `Passed to ${this.#named(call.text)} as ${name}`));
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
      take({ node: kid, name: this.text(kid), type: type ? this.text(type) : '', defaultValue: standard });
    });
  }

  #decorators(node: Node): string[] {
    return node.kids.filter((kid) => kid.type === 'Decorator').map((kid) => this.text(kid));
  }

  #define(node: Node, scope: Scope, frame: Frame): void {
    const definition = node.type === 'DecoratedStatement' ? node.kids.at(-1) : node;
    const name = definition?.kids.find((kid) => kid.type === 'VariableName');
    if (!definition || !name) return;
    if (definition.type === 'FunctionDefinition') {
      const callable = { node, scope };
      // A decorator may change a function in any branch, unless it only registers a route.
      const isPlain =
        node === definition || isRoute(this.#decorators(node)) || /static|class/.test(this.text(node).slice(0, 20));
      scope.set(this.text(name), isPlain ? { ...clean, callable } : unknown);
      frame.defined.push(callable);
      return;
    }
    const methods = new Map<string, Callable>();
    const inner = new Scope(scope);
    const own = newFrame(false);
    this.#block(bodyOf(definition), inner, own);
    for (const [method, { callable }] of inner.names) if (callable) methods.set(method, { ...callable, scope });
    scope.set(this.text(name), { ...clean, callable: { node: definition, scope, methods } });
    frame.defined.push(...own.defined.map((callable) => ({ ...callable, scope })));
  }

  #bindImports(kids: readonly Node[], scope: Scope): void {
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

/** The value of a loop variable. */
function each(value: Value): Value {
  const items = listItems(value);
  if (value.kind === 'dict') return combined([clean]);
  return items && items.length > 0 ? items.reduce(eitherOf) : combined([value]);
}

function newFrame(isPage: boolean): Frame {
  return { returned: undefined, isPage, exits: [], defined: [] };
}

function isRoute(decorators: readonly string[]): boolean {
  return decorators.some((text) =>
    /\.(?:route|get|post|put|delete|patch|api_route|websocket|expose)\b|^@(?:route|get|post|put|delete|expose|api_view)\b/.test(
      text,
    ),
  );
}

/** The value of a parameter of an entry point. */
function parameter(name: string, type: string, route: boolean): Value {
  if (/^req(?:uest)?$/.test(name)) return { ...unknown, name: 'request' };
  if (/^(?:self|cls)$/.test(name)) return { ...unknown, name };
  const isFixed =
    /\b(?:int|float|bool|UUID|Session|AsyncSession|Depends|BackgroundTasks|Response|date|datetime|Enum)\b/.test(type);
  if (isFixed) return harmless(unknown, route ? allBits : 0);
  return route ? tainted : unknown;
}
