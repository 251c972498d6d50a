import type { Call, Expression, Index, Module, Range } from '../ir/ir';
import { calledName, functionsOf, nameIn, type FunctionFacts, type Write } from './functionFacts';

/** A write to a field under a name from outside, which may be the prototype of all objects; and where that name comes from. */
export interface Pollution {
  readonly at: Range;
  readonly source: Range;
}

const fields = /\]\s*=(?!=)|defineProperty/;
const walks = /(?:^|[^\w$.])([\w$]+)\s*=\s*\(*\s*(?:[\w$.]+\(\s*)?\1\b[^;\n]*\[/m;
const nests = /\]\s*=\s*[\w$.]+\(\s*[\w$.]+\[/;
const merges = /merge|extend|assign|mixin|deep|defaults|overrid|\bset(?:Prop|Path|In|Deep|Value|Key)?\w*\s*[(=:]/i;
const keysOfObjects = /\bfor\s*\([^;)]*\sin\s|\bkeys\b|\bentries\b|forIn|forOwn|\.shift\(|\.slice\(/;

/** Whether a file may have what {@link pollutions} looks for. Fast, based on words. */
export function mayPollute(source: string): boolean {
  return (
    fields.test(source) &&
    (walks.test(source) || nests.test(source) || (merges.test(source) && keysOfObjects.test(source)))
  );
}

/**
 * Functions that walk along a path of names, or merge objects recursively, and write there, without refusing the names that lead to a
 * prototype. One finding for each function.
 */
export function pollutions(module: Module): readonly Pollution[] {
  const functions = functionsOf(module);
  const byName = new Map<string, FunctionFacts[]>();
  for (const facts of functions) for (const name of facts.names) byName.set(name, [...(byName.get(name) ?? []), facts]);
  const called = (call: Call) => byName.get(calledName(call) ?? '') ?? [];
  const walkers = new Set(functions.filter(isWalker));
  return functions.flatMap((facts) => {
    const writes = [...facts.writes, ...writesOfHelpers(facts, called)];
    if (writes.length === 0) return [];
    const found = alongPath(facts, writes, walkers, called) ?? inMerge(facts, writes, called);
    return found && !isGuarded(facts, byName) ? [found] : [];
  });
}

/** `node = node[key]` again and again, then `node[key] = value`. */
function alongPath(
  facts: FunctionFacts,
  writes: readonly Write[],
  walkers: ReadonlySet<FunctionFacts>,
  called: (call: Call) => readonly FunctionFacts[],
): Pollution | undefined {
  for (const { name, value, loop } of facts.steps) {
    const read = readOf(facts, name, value);
    if (!read || !isKey(facts, read.index)) continue;
    const own = writes.filter((one) => one.object === name && isHarmful(facts, one));
    const write = own.find(({ from }) => from >= loop) ?? own[0];
    if (write) return { at: write, source: read };
  }
  // Another function walks.
  for (const [name, values] of facts.values)
    for (const value of values) {
      if (value.kind !== 'call' || value.args.length < 2 || !called(value).some((one) => walkers.has(one))) continue;
      const write = writes.find((one) => one.object === name && one.from > value.from && isHarmful(facts, one));
      if (write) return { at: write, source: value };
    }
  return undefined;
}

/** Whether a function follows a path of names, and returns where that leads. */
function isWalker(facts: FunctionFacts): boolean {
  return facts.steps.some(({ name, value }) => {
    const read = readOf(facts, name, value);
    const isReturned = facts.returned.some((one) => nameIn(one)?.name === name);
    return read !== undefined && isReturned && isKey(facts, read.index);
  });
}

/** A function that calls itself with `target[key]`, and writes to the fields of the same object. */
function inMerge(
  facts: FunctionFacts,
  writes: readonly Write[],
  called: (call: Call) => readonly FunctionFacts[],
): Pollution | undefined {
  const isRecursive = (call: Call) =>
    called(call).some((one) => one === facts || [...facts.names].some((name) => one.mentioned.has(name)));
  for (const call of facts.calls) {
    if (!isRecursive(call)) continue;
    for (const { value } of call.args)
      for (const read of fieldsIn(facts, value)) {
        const object = nameIn(read.object)?.name;
        if (object === undefined || !(isKey(facts, read.index) || isParameter(facts, read.index))) continue;
        if (asksForOwn(facts, object) || isKeyOf(facts, read.index, object)) continue;
        const own = writes.filter((one) => one.object === object && !one.isDefinition && !isNumber(facts, one.key));
        const write =
          own.find((one) => !isMade(one.value) && one.value.kind !== 'call') ??
          own.find((one) => !isMade(one.value) && !(one.value.kind === 'call' && isRecursive(one.value))) ??
          own.find((one) => !isMade(one.value));
        if (write) return { at: write, source: read };
      }
  }
  return undefined;
}

/** Calls of `defineProperty`, and of functions that write to a field of one parameter under the name in another. */
function writesOfHelpers(facts: FunctionFacts, called: (call: Call) => readonly FunctionFacts[]): Write[] {
  return facts.calls.flatMap((call): Write[] => {
    const at = (index: number) => call.args[index]?.value;
    const make = (objectAt: number, keyAt: number, isDefinition: boolean): Write[] => {
      const [object, key] = [at(objectAt), at(keyAt)];
      const name = object && nameIn(object)?.name;
      return name !== undefined && key
        ? [{ object: name, key, value: key, isDefinition, from: call.from, to: call.to }]
        : [];
    };
    if (calledName(call) === 'defineProperty' && call.callee.kind === 'member') return make(0, 1, true);
    return called(call).flatMap((helper) => {
      if (helper === facts) return [];
      const defined = helper.calls
        .filter((one) => calledName(one) === 'defineProperty' && one.callee.kind === 'member')
        .map(({ args: [object, key] }) => [object?.value, key?.value, true] as const);
      const written = helper.writes.map(({ object, key }) => [object, key, false] as const);
      return [...defined, ...written].flatMap(([object, key, isDefinition]) => {
        const own = typeof object === 'string' ? object : object && nameIn(object)?.name;
        const [first, second] = [
          helper.params.indexOf(own ?? ''),
          helper.params.indexOf((key && nameIn(key)?.name) ?? ''),
        ];
        return first < 0 || second < 0 ? [] : make(first, second, isDefinition);
      });
    });
  });
}

/** The field of a variable that an expression may be: `node[key]` in `node[key] || (node[key] = {})`. */
function readOf(facts: FunctionFacts, name: string, value: Expression): Index | undefined {
  return fieldsIn(facts, value).find(({ object }) => mayBe(facts, object, name));
}

/** Whether an expression may be a variable: itself, or another that was assigned it. */
function mayBe(facts: FunctionFacts, one: Expression, name: string): boolean {
  const own = nameIn(one)?.name;
  if (own === undefined || own === name) return own === name;
  return (facts.values.get(own) ?? []).some((value) =>
    value.kind === 'conditional' ? isNamed(value.yes, name) || isNamed(value.no, name) : isNamed(value, name),
  );
}

/** The fields under computed names that an expression may be, also by way of variables. @param seen variables */
function fieldsIn(facts: FunctionFacts, value: Expression, seen = new Set<string>()): readonly Index[] {
  const inner = (one: Expression) => fieldsIn(facts, one, seen);
  switch (value.kind) {
    case 'index':
      return value.index.kind === 'literal' ? [] : [value];
    case 'name':
      if (seen.has(value.name)) return [];
      seen.add(value.name);
      return (facts.values.get(value.name) ?? []).flatMap(inner);
    case 'assign':
      return [...(value.target.kind === 'index' ? inner(value.target) : []), ...inner(value.value)];
    case 'logical':
      return [...inner(value.left), ...inner(value.right)];
    case 'conditional':
      return [...inner(value.yes), ...inner(value.no)];
    case 'typed':
    case 'await':
      return inner(value.value);
    case 'sequence': {
      const last = value.values.at(-1);
      return last ? inner(last) : [];
    }
    default:
      return [];
  }
}

/** Whether a name is one of those of the object itself. */
function isKeyOf(facts: FunctionFacts, key: Expression, object: string): boolean {
  return key.kind === 'name' && facts.taken.get(key.name) === object;
}

/** Whether an expression is a name from outside that differs from turn to turn. @param seen variables */
function isKey(facts: FunctionFacts, key: Expression, seen = new Set<string>()): boolean {
  const inner = (one: Expression) => isKey(facts, one, seen);
  switch (key.kind) {
    case 'name':
      if (seen.has(key.name) || isNumber(facts, key)) return false;
      seen.add(key.name);
      if (facts.taken.has(key.name)) return true;
      return (facts.values.get(key.name) ?? []).some(inner);
    case 'index':
    case 'call':
      return true;
    case 'typed':
      return inner(key.value);
    case 'logical':
      return inner(key.left) || inner(key.right);
    case 'conditional':
      return inner(key.yes) || inner(key.no);
    case 'assign':
      return inner(key.value);
    default:
      return false;
  }
}

function isParameter(facts: FunctionFacts, key: Expression): boolean {
  return key.kind === 'name' && facts.params.includes(key.name) && !isNumber(facts, key);
}

function isNumber(facts: FunctionFacts, key: Expression): boolean {
  return key.kind === 'literal' || key.kind === 'binary' || (key.kind === 'name' && facts.counters.has(key.name));
}

/** Whether a write stores something from outside. */
function isHarmful(facts: FunctionFacts, { key, value }: Write): boolean {
  return !isMade(value) && (isKey(facts, key) || isParameter(facts, key));
}

/** Whether a value is created here: an empty object, a constant, an instance. */
function isMade(value: Expression): boolean {
  switch (value.kind) {
    case 'literal':
    case 'object':
    case 'list':
    case 'function':
    case 'class':
    case 'binary':
    case 'unary':
      return true;
    case 'call':
      return value.isNew || calledName(value) === 'create';
    case 'assign':
      return isMade(value.value);
    case 'logical':
      return isMade(value.right);
    case 'conditional':
      return isMade(value.yes) && isMade(value.no);
    default:
      return false;
  }
}

/** Whether a function asks whether an object has a field of its own. */
function asksForOwn(facts: FunctionFacts, object: string): boolean {
  return facts.calls.some(({ callee, args }) => {
    if (callee.kind === 'name') return /^has/i.test(callee.name) && isNamed(args[0]?.value, object);
    if (callee.kind !== 'member') return false;
    if (/^has/i.test(callee.property)) return isNamed(callee.object, object) || isNamed(args[0]?.value, object);
    const isCalled = callee.property === 'call' && /^has/i.test(lastName(callee.object));
    return isCalled && isNamed(args[0]?.value, object);
  });
}

function isNamed(one: Expression | undefined, name: string): boolean {
  return one !== undefined && nameIn(one)?.name === name;
}

function lastName(one: Expression): string {
  return one.kind === 'name' ? one.name : one.kind === 'member' ? one.property : '';
}

/** Names of functions of other files that refuse keys. */
const refusing =
  /unsafe|safe(?:Get|Set|Key|Prop|Path)|pollut|^isProto(?:type)?(?:Key|Name|Path)?$|(?:valid|allowed|forbidden|disallowed|dangerous|restricted)(?:Key|Prop|Path)/i;

/**
 * Whether a function knows the names that lead to a prototype, itself or by what it uses in the file. Where only objects are walked, not
 * functions, `constructor` leads nowhere.
 */
function isGuarded(facts: FunctionFacts, byName: ReadonlyMap<string, readonly FunctionFacts[]>): boolean {
  const texts = new Set(facts.texts);
  let { asksForObjects, asksForFunctions } = facts;
  const seen = new Set<unknown>([facts]);
  let used: readonly FunctionFacts[] = [facts];
  for (let depth = 0; depth < 3 && used.length > 0; depth++) {
    const next: FunctionFacts[] = [];
    for (const one of used)
      for (const name of one.mentioned) {
        if (refusing.test(name) && !byName.has(name)) return true;
        for (const value of constantOf(one, name)) for (const text of textsIn(value)) texts.add(text);
        for (const helper of byName.get(name) ?? []) {
          if (seen.has(helper)) continue;
          seen.add(helper);
          next.push(helper);
          for (const text of helper.texts) texts.add(text);
          asksForObjects ||= helper.asksForObjects;
          asksForFunctions ||= helper.asksForFunctions;
        }
      }
    used = next;
  }
  if (!texts.has('__proto__')) return false;
  return texts.has('constructor') || texts.has('prototype') || (asksForObjects && !asksForFunctions);
}

/** The values of a variable of an enclosing function, or of the file. */
function constantOf(facts: FunctionFacts, name: string): readonly Expression[] {
  for (let at = facts.outer; at; at = at.outer) {
    const values = at.values.get(name);
    if (values) return values;
  }
  return [];
}

/** The texts of a list or set; for `getOwnPropertyNames(Object.prototype)`, those that matter. */
function textsIn(value: Expression): string[] {
  switch (value.kind) {
    case 'literal':
      return typeof value.value === 'string' ? [value.value] : [];
    case 'list':
      return value.items.flatMap((item) => textsIn(item.value));
    case 'object':
      return value.fields.flatMap(({ key }) => (typeof key === 'string' ? [key] : []));
    case 'call':
      return calledName(value) === 'getOwnPropertyNames'
        ? ['__proto__', 'constructor']
        : value.args.flatMap((one) => textsIn(one.value));
    default:
      return [];
  }
}
