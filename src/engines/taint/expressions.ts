import type { Argument, Call } from './call';
import { containerCall } from './containers';
import { foldBinary, textOf, truth } from './fold';
import { learn } from './guards';
import { Literals, putTogether } from './literals';
import { beginning, isRequest, requestAttribute, returned } from './models';
import { checkCall } from './sinks';
import type { Node } from './tree';
import { begun, passed } from './way';
import { checkParsing, parserCall } from './xmlParsers';
import {
  allBits,
  clean,
  constant,
  joined,
  keyOf,
  listItems,
  listOf,
  mixed,
  only,
  type Scope,
  unknown,
  type Callable,
  type Value,
} from './value';

/** Nodes that are looked at in one file before the rest is left alone. */
const maxSteps = 150_000;
/** Thrown when a file is too much work. */
export class TooMuch extends Error {}

/** Evaluates Python expressions as far as can be told without running them. */
export abstract class Expressions extends Literals {
  #steps = 0;
  /** Whether this is code that answers a request. */
  protected answering = false;

  /** Runs a function of the file. @returns its value, and the object whose method it is, afterwards */
  protected abstract run(callable: Callable, call: Call): { result: Value; object?: Value } | undefined;

  evaluate(node: Node, scope: Scope): Value {
    this.#steps += 1;
    if (this.#steps > maxSteps) throw new TooMuch();
    const value = this.#evaluated(node, scope);
    return value.tainted !== 0 && !value.ways
      ? begun(value, node, `Comes from the request: ${this.brief(node)}`)
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
        return this.composed(
          kids.map((kid) => this.evaluate(kid, scope)),
          node,
        );
      case 'FormatString':
        return this.formatString(node, scope);
      case 'ParenthesizedExpression':
      case 'AwaitExpression':
        return second ? this.evaluate(second, scope) : unknown;
      case 'ArrayExpression':
      case 'TupleExpression':
      case 'SetExpression':
        return this.list(kids, scope);
      case 'DictionaryExpression':
        return this.dictionary(kids, scope);
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
        if (first) this.assign(first, value, scope);
        return value;
      }
      case 'LambdaExpression':
        return { ...clean, callable: { node, scope } };
      case 'ArrayComprehensionExpression':
      case 'SetComprehensionExpression':
      case 'DictionaryComprehensionExpression':
      case 'ComprehensionExpression':
        return this.comprehension(kids, scope);
      default:
        return unknown;
    }
  }

  #variable(name: string, scope: Scope): Value {
    const value = scope.get(name);
    if (!value) return { ...unknown, name };
    // Others may have changed it since: a name that a function declares global, or a list that was made to be filled.
    const isFilled = value.items?.size === 0 && value.kind !== 'object' && !scope.names.has(name);
    if (isFilled || this.file.globals.has(name)) return { ...mixed([value]), unknown: allBits };
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
    if (name === undefined) return attribute === 'request' ? { ...unknown, name: 'request' } : mixed([value]);
    const full = `${name}.${attribute}`;
    if (attribute === 'request' && /^(?:self|cls|ctx|context|info\.context|flask|bottle|cherrypy)$/.test(name))
      return { ...unknown, name: full };
    if (/^(?:os\.environ|sys\.(?:argv|stdin))$/.test(full)) return { ...unknown, name: full };
    return { ...mixed([value]), name: full };
  }

  #subscript(value: Value, node: Node, scope: Scope): Value {
    const inside = node.kids.slice(2).filter((kid) => kid.type !== ']');
    const keys = inside.filter((kid) => kid.type !== ':' && kid.type !== ',').map((kid) => this.evaluate(kid, scope));
    if (inside.length !== 1) return mixed([value]);
    const key = only(keys[0]);
    const text = only(value);
    if (typeof text === 'string' && typeof key === 'number') {
      const letter = text.at(key);
      if (letter !== undefined) return constant(letter);
    }
    const items = listItems(value);
    if (items && typeof key === 'number') return items.at(key) ?? mixed([value]);
    if (value.kind === 'dict' && value.items && key !== undefined) return value.items.get(keyOf(key)) ?? mixed([value]);
    return mixed([value]);
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
    for (const arg of args) this.sites.given(arg.node, arg.value);
    checkCall(call, { ...this.file, answering: this.answering }, this.sites);
    checkParsing(call, this.sites);
    const effect = this.#effect(value.callable, call);
    if (effect?.object && target && /^(?:VariableName|MemberExpression)$/.test(target.type))
      this.assign(target, effect.object, scope);
    if (effect) return effect.result;
    const result = returned(call);
    if (last === 'join' && object) this.sites.made(node, result);
    if (last === 'format' && object) return this.#formatted(call, object, result);
    return result;
  }

  #effect(callable: Callable | undefined, call: Call): { result: Value; object?: Value } | undefined {
    if (callable) {
      const effect = this.run(callable, call) ?? {
        result: { ...mixed(call.args.map((arg) => arg.value)), unknown: allBits },
      };
      return { ...effect, result: passed(effect.result, call.node, `Returned by ${this.named(call.text)}`) };
    }
    return parserCall(call) ?? containerCall(call);
  }

  #formatted(call: Call, object: Value, result: Value): Value {
    const template = only(object);
    if (typeof template !== 'string') return result;
    // A template without a number and without a format uses each value once.
    const value = beginning(template.split('{')[0], { ...mixed([result]) });
    this.sites.made(call.node, value);
    return passed(value, call.node, putTogether);
  }

  #arguments(list: Node, scope: Scope): Argument[] {
    const args: Argument[] = [];
    const parts = list.kids;
    if (parts.some((part) => part.type === 'for')) {
      const inner = parts.filter((part) => part.type !== '(' && part.type !== ')');
      return [{ node: list, value: this.comprehension(inner, scope) }];
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
      const way = scope.copy();
      learn(left, op === 'and', way, this);
      const b = this.evaluate(right, way);
      return known === undefined ? joined(a, b) : b;
    }
    const b = this.evaluate(right, scope);
    const folded = foldBinary(op, a, b);
    if (folded) {
      this.sites.made(node, folded);
      return folded;
    }
    if (op === '+' && a.kind === 'list' && b.kind === 'list') {
      const [x, y] = [listItems(a), listItems(b)];
      return x && y ? listOf([...x, ...y]) : { ...mixed([a, b]), kind: 'list' };
    }
    if (/^(?:==|!=|<|>|<=|>=|in|not in|is|is not)$/.test(op)) return clean;
    const name = op === '/' && /Path\(\)$/.test(a.name ?? '') ? a.name : undefined;
    const start = a.prefix ?? only(a);
    const sum = { ...mixed([a, b]), ...(name !== undefined && { name }) };
    const value =
      op === '+' || op === '%' ? beginning(typeof start === 'string' ? start.split('%')[0] : undefined, sum) : sum;
    this.sites.made(node, value);
    return passed(value, node, putTogether);
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
    const number = only(value);
    return op === '-' && typeof number === 'number' ? constant(-number) : mixed([value]);
  }

  #conditional(node: Node, scope: Scope): Value {
    const [yes, , condition, , no] = node.kids;
    if (!yes || !condition || !no) return unknown;
    const known = truth(this.evaluate(condition, scope));
    const way = (part: Node, isTrue: boolean) => {
      const inner = scope.copy();
      learn(condition, isTrue, inner, this);
      return this.evaluate(part, inner);
    };
    if (known !== undefined) return way(known ? yes : no, known);
    return joined(way(yes, true), way(no, false));
  }
}
