import type { Expression } from '../ir/ir';
import { allBits } from '../models/defects';
import { both } from './facts';
import { functionsIn, invoke } from './handlers';
import type { Call, Host } from './host';
import { placeOf } from './places';
import {
  doubted,
  joinTaints,
  objectValue,
  taintsOf,
  unknown,
  type Fact,
  type Facts,
  type Taint,
  type Value,
} from './value';

/** Names of unknown functions that suggest that they pass their input on, or that they clean or check it. */
const passing =
  /^(?:to[A-Z]\w*|decode\w*|unescape\w*|unquote\w*|parse\w*|trim\w*|lower\w*|upper\w*|normali[sz]e\w*|stringify|format\w*|concat\w*|merge\w*|assign|clone\w*|copy|extend|defaults|convert\w*|camel\w*|snake\w*|kebab\w*|strip\w*|from\w*|inflate\w*|deserialize\w*|wrap\w*|build\w*|get\w*|read\w*)$/;
/** Methods of libraries without a model whose result is their input in another form rather than another kind of value. */
const converting =
  /^(?:to_?(?:html|text|string|markdown|utf8|ascii|lower|upper|camel|snake|kebab|title)\w*|decode\w*|unescape\w*|unquote\w*|normali[sz]e\w*|convert\w*|render\w*|stringify|(?:trim|lower|upper|camel|snake|kebab)(?:case)?|markdown)$/i;
const cleaning = /saniti[sz]|escape|clean|encod|purif|strip|quote|whitelist|allowlist/i;
const checking = /^(?:is|has|can|check|validate?|verify|assert|ensure|allow)|valid|safe|allowed|permitted|whitelist/i;

/** A call of a function about which only its name is known. @param name including its object or module, if known */
export function unknownCall(host: Host, name: string | undefined, call: Call): Value {
  const own =
    call.property ??
    name?.match(/[\w$]+/g)?.at(-1) ??
    (call.at as Partial<Expression & { kind: 'call' }>).callee?.kind ??
    '';
  const called = calledName(call) ?? own;
  // It may call them with anything.
  for (const { value } of call.args) for (const target of functionsIn(value)) invoke(host, target, 'anything', call);
  if (host.isExact) for (const { value } of call.args) giveAway(host, value);
  const given = joinTaints(call.args.map(({ value }) => (value.closures ? [] : taintsOf(value))));
  const receiver = call.self && !call.isNew ? taintsOfReceiver(call.self, called) : [];
  const isChecking = isCheckByName(called);
  const resultName = name === undefined ? undefined : host.models.canonical(`${name}()`);
  let taints: readonly Taint[] = receiver;
  if (call.isNew) taints = doubted(given);
  else if (!isChecking && cleaning.test(called)) taints = joinTaints([receiver, doubted(given)]);
  else if (!isChecking && passing.test(called) && name === undefined && call.self === undefined)
    taints = joinTaints([receiver, doubted(given)]);
  else if (!isChecking && converting.test(called) && name !== undefined && !host.models.isDescribed(name))
    taints = joinTaints([receiver, doubted(given)]);
  else if (isChecking) taints = [];
  const value: Value = { taints, unknown: allBits, ...(resultName !== undefined && { name: resultName }) };
  const facts = isChecking ? factsByName(call) : undefined;
  const read = resultName === undefined ? value : host.read(resultName, value, call.at);
  return facts ? { ...read, facts } : read;
}

/** Discards what is known about an object, which an unknown function may change. */
function giveAway(host: Host, { object }: Value, depth = 0): void {
  if (!object || depth > 3) return;
  for (const [key, field] of object.fields) {
    giveAway(host, field, depth + 1);
    host.store(objectValue(object), key, { ...unknown, taints: taintsOf(field) });
  }
  host.store(objectValue(object), undefined, unknown);
  object.isClosed = false;
}

/** Whether a function checks something, judging by its name. */
export function isCheckByName(name: string): boolean {
  return checking.test(name);
}

/** What a check proves if only its name is known. */
export function factsByName(call: Call): Facts {
  const yes = call.args.flatMap(({ value, expression }): Fact[] => {
    const slot = value.taints.length > 0 && expression ? placeOf(expression, call.scope) : undefined;
    return slot ? [{ slot, value, clears: 0, lowers: true }] : [];
  });
  // Or it returns the problem.
  return { yes: both(yes, []), no: both(yes, []) };
}

/**
 * The possible result of an unknown method, by its object. For an instance of a class, it is the field that the method is named after: a
 * generated getter.
 */
function taintsOfReceiver(self: Value, method: string): readonly Taint[] {
  const { object } = self;
  if (!object?.proto || object.isList) return taintsOf(self);
  const name = method.replace(/^(?:get|is)([A-Z])/, (_, first: string) => first.toLowerCase());
  const field = object.fields.get(name);
  return field ? joinTaints([self.taints, taintsOf(field)]) : self.taints;
}

/** The called expression, as written. */
function calledName(call: Call): string | undefined {
  const { callee } = call.at as Partial<Expression & { kind: 'call' }>;
  return callee?.kind === 'name' ? callee.name : callee?.kind === 'member' ? callee.property : undefined;
}
