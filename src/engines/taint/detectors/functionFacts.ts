import type { Call, Expression, Index, Module, Name, Pattern, Range, Statement } from '../ir/ir';

/** An assignment to a field of a variable under a computed name: `object[key] = value`. */
export interface Write extends Range {
  readonly object: string;
  readonly key: Expression;
  readonly value: Expression;
  /** Whether it defines a field, even if it is called `__proto__`. */
  readonly isDefinition: boolean;
}

/** An assignment to a variable that may run several times. */
export interface Step extends Range {
  readonly name: string;
  readonly value: Expression;
  /** Where the repetition begins. */
  readonly loop: number;
}

/** What is known about a function without following it. The callbacks with which it iterates belong to it. */
export class FunctionFacts {
  /** What it is called by: its own name, and those that it is assigned to. */
  readonly names = new Set<string>();
  readonly params: string[] = [];
  /** What its variables are assigned. */
  readonly values = new Map<string, Expression[]>();
  /** Variables that take the keys or items of a collection, and which variable that is, if it is one. */
  readonly taken = new Map<string, string | undefined>();
  readonly counters = new Set<string>();
  readonly writes: Write[] = [];
  readonly steps: Step[] = [];
  readonly calls: Call[] = [];
  readonly returned: Expression[] = [];
  readonly texts = new Set<string>();
  /** The variables that it reads, and the methods that it calls. */
  readonly mentioned = new Set<string>();
  /** Whether it asks for objects, or for functions, by `typeof` or their tag. */
  asksForObjects = false;
  asksForFunctions = false;

  constructor(readonly outer: FunctionFacts | undefined) {}

  assign(name: string, value: Expression): void {
    const known = this.values.get(name);
    if (known) known.push(value);
    else this.values.set(name, [value]);
  }
}

/** The methods and functions that call a function for each item, and which of its parameters takes the item. */
const iterating = /^(?:forEach|map|filter|some|every|find|flatMap|each|forIn|forOwn)$/;

/** The functions of a file, its top-level code first. */
export function functionsOf({ body }: Module): readonly FunctionFacts[] {
  const all: FunctionFacts[] = [];

  const enter = (outer: FunctionFacts | undefined) => {
    const facts = new FunctionFacts(outer);
    all.push(facts);
    return facts;
  };

  const visitAll = (nodes: readonly (Expression | Statement)[], facts: FunctionFacts, loop: number | undefined) => {
    for (const one of nodes) visit(one, facts, loop, []);
  };

  /** @param names what the node is assigned to */
  const visit = (
    node: Expression | Statement,
    facts: FunctionFacts,
    loop: number | undefined,
    names: readonly string[],
  ): void => {
    switch (node.kind) {
      case 'function': {
        const own = enter(facts);
        for (const name of [node.name, ...names]) if (name !== '') own.names.add(name);
        for (const { pattern } of node.params) own.params.push(pattern.kind === 'name' ? pattern.name : '');
        visitAll(node.body, own, undefined);
        return;
      }
      case 'class':
        for (const { name, value } of node.methods) visit(value, facts, undefined, [name]);
        for (const { value } of node.fields) if (value) visit(value, facts, undefined, []);
        return;
      case 'object':
        for (const { key, value } of node.fields) {
          if (typeof key === 'object') visit(key, facts, loop, []);
          visit(value, facts, loop, typeof key === 'string' ? [key] : []);
        }
        return;
      case 'declare':
        if (!node.value) return;
        visit(node.value, facts, loop, namesOf(node.target));
        if (node.target.kind === 'name') set(facts, node.target.name, node.value, node, loop);
        return;
      case 'assign':
        visit(node.value, facts, loop, [...names, ...namesOf(node.target)]);
        if (node.target.kind === 'name') set(facts, node.target.name, node.value, node, loop);
        else visitPattern(node.target, facts, loop);
        if (node.target.kind === 'index') write(facts, node.target, node.value, node);
        return;
      case 'call':
        visitCall(node, facts, loop);
        return;
      case 'loop':
        visitAll(node.init, facts, loop);
        visitAll([...(node.test ? [node.test] : []), ...node.body], facts, node.from);
        if (node.update) visit(node.update, facts, node.from, []);
        return;
      case 'forEach':
        visit(node.collection, facts, loop, []);
        for (const name of namesIn(node.target)) facts.taken.set(name, ownerOf(node.collection));
        visitAll(node.body, facts, node.from);
        return;
      case 'return':
        if (node.value) {
          facts.returned.push(node.value);
          visit(node.value, facts, loop, []);
        }
        return;
      case 'literal':
        if (typeof node.value === 'string') facts.texts.add(node.value);
        return;
      case 'name':
        facts.mentioned.add(node.name);
        return;
      case 'binary':
        compare(node.left, node.right, facts);
        break;
      default:
    }
    visitParts(node, facts, loop);
  };

  const visitParts = (node: object, facts: FunctionFacts, loop: number | undefined): void => {
    for (const part of Object.values(node) as unknown[]) {
      if (typeof part !== 'object' || part === null) continue;
      if (isNode(part)) visit(part, facts, loop, []);
      else visitParts(part, facts, loop);
    }
  };

  const visitPattern = (pattern: Pattern, facts: FunctionFacts, loop: number | undefined) => {
    if (pattern.kind === 'member') visit(pattern.object, facts, loop, []);
    else if (pattern.kind === 'index') visitAll([pattern.object, pattern.index], facts, loop);
  };

  const visitCall = (node: Call, facts: FunctionFacts, loop: number | undefined) => {
    facts.calls.push(node);
    const called = calledName(node);
    visit(node.callee, facts, loop, []);
    if (called !== undefined) facts.mentioned.add(called);
    for (const { value } of node.args) {
      const isOwn =
        facts.outer !== undefined && called !== undefined && (iterating.test(called) || called === 'reduce');
      if (value.kind !== 'function' || !isOwn) {
        visit(value, facts, loop, []);
        continue;
      }
      const [first, second] = value.params;
      const taken = called === 'reduce' ? second : first;
      const owner = node.callee.kind === 'member' ? ownerOf(node.callee.object) : undefined;
      for (const name of taken ? namesIn(taken.pattern) : []) facts.taken.set(name, owner);
      if (called !== 'reduce' && called !== 'each' && second?.pattern.kind === 'name')
        facts.counters.add(second.pattern.name);
      visitAll(value.body, facts, node.from);
    }
  };

  visitAll(body, enter(undefined), undefined);
  return all;
}

function set(facts: FunctionFacts, name: string, value: Expression, at: Range, loop: number | undefined): void {
  facts.assign(name, value);
  if ((value.kind === 'literal' && typeof value.value === 'number') || value.kind === 'binary')
    facts.counters.add(name);
  if (loop !== undefined) facts.steps.push({ name, value, loop, from: at.from, to: at.to });
}

function write(facts: FunctionFacts, { object, index }: Index, value: Expression, { from, to }: Range): void {
  if (object.kind === 'name')
    facts.writes.push({ object: object.name, key: index, value, isDefinition: false, from, to });
}

/** `typeof x === 'object'`, and a comparison with `Object.prototype`. */
function compare(left: Expression, right: Expression, facts: FunctionFacts): void {
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (one.kind === 'member' && one.property === 'prototype') facts.texts.add('prototype');
    if (one.kind !== 'literal') continue;
    if (one.value === '[object Object]') facts.asksForObjects = true;
    const asked = other.kind === 'unary' && other.operator === 'typeof' ? other.operand : undefined;
    if (one.value === 'object' && asked) facts.asksForObjects = true;
    // `typeof`, or the function of a library that tells more kinds.
    if (one.value === 'function' && (asked ? asked.kind !== 'member' : other.kind === 'call'))
      facts.asksForFunctions = true;
  }
}

/** The variable whose keys or items these are: `object` of `Object.keys(object)`. */
function ownerOf(collection: Expression): string | undefined {
  if (collection.kind !== 'call') return nameIn(collection)?.name;
  const [first] = collection.args;
  return first && /^(?:keys|entries|getOwnPropertyNames)$/.test(calledName(collection) ?? '')
    ? nameIn(first.value)?.name
    : undefined;
}

/** The last part of a callee's name. */
export function calledName({ callee }: Call): string | undefined {
  return callee.kind === 'name' ? callee.name : callee.kind === 'member' ? callee.property : undefined;
}

/** What something assigned to a pattern is called. */
function namesOf(pattern: Pattern): string[] {
  return pattern.kind === 'name' ? [pattern.name] : pattern.kind === 'member' ? [pattern.property] : [];
}

/** The variables of a pattern. */
function namesIn(pattern: Pattern): string[] {
  if (pattern.kind === 'name') return [pattern.name];
  if (pattern.kind === 'listPattern') return pattern.items.flatMap((item) => (item ? namesIn(item.target) : []));
  return pattern.kind === 'objectPattern' ? pattern.fields.flatMap(({ target }) => namesIn(target)) : [];
}

function isNode(part: object): part is Expression | Statement {
  return 'kind' in part;
}

/** The variable that an expression is, without what waits or casts around it. */
export function nameIn(one: Expression): Name | undefined {
  return one.kind === 'name' ? one : one.kind === 'typed' || one.kind === 'await' ? nameIn(one.value) : undefined;
}
