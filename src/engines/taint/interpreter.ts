import { withPart } from './containers';
import { bodyKids, bodyOf, Functions, isExpression, newFrame, type Frame } from './functions';
import { each } from './literals';
import { truth } from './fold';
import { learn, learnCalled } from './guards';
import { isAnswer, isSession } from './models';
import type { Node } from './tree';
import { passed } from './way';
import {
  clean,
  constant,
  container,
  joined,
  keyOf,
  listItems,
  listOf,
  mixed,
  only,
  Scope,
  unknown,
  type Value,
} from './value';

/** Functions that never return. */
const ends = /^(?:(?:flask|bottle|quart|werkzeug\.exceptions|falcon)\.)?abort\(|^(?:sys\.exit|os\._exit|exit|quit)\(/;

/** Follows values through the statements of a Python file. */
export class Interpreter extends Functions {
  /** Follows the values of the whole file: of the module, then of each function for any caller. */
  follow(root: Node): void {
    const scope = new Scope();
    const frame = newFrame(false);
    this.block(root.kids, scope, frame);
    this.enterAll(frame.defined, true);
  }

  /** @returns whether what follows is reached */
  protected block(statements: readonly Node[], scope: Scope, frame: Frame): boolean {
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
        // A text that stands alone describes what follows.
        if (kids[0]?.type === 'String') return true;
        for (const kid of kids) if (isExpression(kid)) this.evaluate(kid, scope);
        if (kids[0]?.type === 'CallExpression') {
          if (ends.test(this.text(kids[0]))) return false;
          learnCalled(kids[0], scope, this);
        }
        if (node.type === 'AssertStatement' && kids[1]) learn(kids[1], true, scope, this);
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
          if (target) this.assign(target, value, scope);
        });
        return this.block(bodyOf(node), scope, frame);
      case 'StatementGroup':
      case 'Body':
        return this.block(kids, scope, frame);
      case 'FunctionDefinition':
      case 'ClassDefinition':
      case 'DecoratedStatement':
        this.define(node, scope, frame);
        return true;
      case 'ImportStatement':
        this.bindImports(kids, scope);
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
    const value = right.length === 1 ? this.evaluate(only, scope) : this.list(right, scope);
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
      this.assign(first, value, scope);
      return;
    }
    const items = listItems(value);
    targets.forEach((target, index) => {
      this.assign(target, items?.length === targets.length ? (items[index] ?? unknown) : each(value), scope);
    });
  }

  protected assign(target: Node, value: Value, scope: Scope): void {
    const { kids } = target;
    if (target.type === 'VariableName')
      scope.set(this.text(target), passed(value, target, `Assigned to ${this.brief(target)}`));
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
      if (open.type === '[' && isSession(known.name)) this.sites.reached(target, 'trust', mixed([key, value]));
      if (only(key) === 'Location' && /headers$/.test(this.text(object))) this.sites.reached(target, 'redirect', value);
      if (isSession(known.name) || (known.name !== undefined && known.kind === undefined)) return;
      this.assign(object, withPart(known, only(key), mixed([key, value]), value, open.type), scope);
    }
  }

  #update({ kids }: Node, scope: Scope): void {
    const [target, , right] = kids;
    if (!target || !right) return;
    const [before, more] = [this.evaluate(target, scope), this.evaluate(right, scope)];
    const [a, b] = [only(before), only(more)];
    const [x, y] = [listItems(before), listItems(more)];
    const isSum = kids[1] && this.text(kids[1]) === '+=';
    let value = mixed([before, more]);
    if (isSum && typeof a === 'string' && typeof b === 'string') value = constant(a + b);
    else if (isSum && x && y) value = listOf([...x, ...y]);
    this.assign(target, value, scope);
  }

  #return(node: Node, scope: Scope, frame: Frame): void {
    const parts = node.kids.slice(1);
    const [first] = parts;
    const value = !first ? constant(null) : parts.length === 1 ? this.evaluate(first, scope) : this.list(parts, scope);
    this.sites.made(node, value);
    frame.returned = frame.returned ? joined(frame.returned, value) : value;
    if (!frame.isPage) return;
    const [content, ...rest] = listItems(value) ?? [value];
    const hasType = rest.some((part) => /content-type/i.test([...(part.items?.keys() ?? [])].join()));
    if (content && content.kind === undefined && !hasType && !isAnswer(content))
      this.sites.reached(node, 'xss', content);
  }

  #if(kids: readonly Node[], scope: Scope, frame: Frame): boolean {
    const ways: Scope[] = [];
    const rest = scope.copy();
    let open = true;
    for (let index = 0; index < kids.length && open; index += 1) {
      const [word, condition, body] = [kids[index], kids[index + 1], kids[index + 2]];
      if ((word?.type === 'if' || word?.type === 'elif') && condition && body) {
        const known = truth(this.evaluate(condition, rest));
        if (known !== false) {
          const way = rest.copy();
          learn(condition, true, way, this);
          if (this.block(bodyKids(body), way, frame)) ways.push(way);
        }
        if (known === true) open = false;
        learn(condition, false, rest, this);
        index += 2;
      } else if (word?.type === 'else' && condition) {
        if (this.block(bodyKids(condition), rest, frame)) ways.push(rest);
        open = false;
      }
    }
    if (open) ways.push(rest);
    scope.become(ways);
    return ways.length > 0;
  }

  #match(node: Node, scope: Scope, frame: Frame): boolean {
    const subject = node.kids.slice(1).find(isExpression);
    const value = subject ? this.evaluate(subject, scope) : unknown;
    const ways: Scope[] = [];
    let open = true;
    for (const clause of node.kids.find((kid) => kid.type === 'MatchBody')?.kids ?? []) {
      if (clause.type !== 'MatchClause' || !open) continue;
      const pattern = clause.kids[1];
      const fits = pattern ? this.#fits(pattern, value) : undefined;
      if (fits === false) continue;
      const way = scope.copy();
      if (pattern?.type === 'CapturePattern' && pattern.kids[0]) this.assign(pattern.kids[0], value, way);
      const hasGuard = clause.kids.some((kid) => kid.type === 'Guard');
      if (this.block(bodyOf(clause), way, frame)) ways.push(way);
      if (fits === true && !hasGuard) open = false;
    }
    if (open) ways.push(scope.copy());
    scope.become(ways);
    return ways.length > 0;
  }

  /** Whether a pattern takes a value; undefined when that cannot be told. */
  #fits(pattern: Node, value: Value): boolean | undefined {
    if (pattern.type === 'CapturePattern') return true;
    const known = only(value);
    if (pattern.type === 'LiteralPattern' && pattern.kids[0] && known !== undefined)
      return only(this.evaluate(pattern.kids[0], new Scope())) === known;
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
    // Twice, since what one round leaves behind the next one may use.
    for (let round = 0; round < 2; round += 1) {
      const way = scope.copy();
      this.#unpack(targets, item, way);
      if (condition) learn(condition, true, way, this);
      frame.exits.push([]);
      const body = kids.find((kid) => kid.type === 'Body');
      const done = this.block(bodyKids(body), way, frame);
      const exits = frame.exits.pop() ?? [];
      scope.become([before, scope.copy(), ...(done ? [way] : []), ...exits]);
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
    for (const body of [...of('try'), ...of('else')]) done = done && this.block(bodyKids(body), scope, frame);
    const ways = done ? [scope.copy()] : [];
    for (const body of of('except')) {
      const way = before.copy();
      way.become([before, scope]);
      if (this.block(bodyKids(body), way, frame)) ways.push(way);
    }
    scope.become(ways);
    for (const body of of('finally')) if (!this.block(bodyKids(body), scope, frame)) return false;
    return ways.length > 0;
  }

  #delete(target: Node, scope: Scope): void {
    const [object, open, part] = target.kids;
    if (target.type !== 'MemberExpression' || !object || open?.type !== '[' || !part) return;
    const known = this.evaluate(object, scope);
    const key = only(this.evaluate(part, scope));
    const items = listItems(known);
    if (items && typeof key === 'number') this.assign(object, listOf(items.toSpliced(key, 1)), scope);
    else if (known.kind === 'dict' && known.items && key !== undefined)
      this.assign(object, container('dict', new Map([...known.items].filter(([name]) => name !== keyOf(key)))), scope);
    else this.assign(object, mixed([known]), scope);
  }
}
