import type { Argument, Expression, FunctionValue, Range } from '../ir/ir';
import type { NameModel } from '../models/models';
import type { Classes } from './classes';
import { assume, both, openOf } from './facts';
import type { Bits } from '../models/defects';
import { areUnchanged, returnFrom, passReads, type Frame, type Proof, type Reads } from './frames';
import type { Call, CallArgument, Host } from './host';
import { Includes } from './includes';
import { LibraryCalls } from './library';
import { factsByName, isCheckByName } from './unknownCalls';
import { limits, TooComplex } from './limits';
import { knownOf, placeOf } from './places';
import { generic, genericKey, summaryKey, summaryOf, type Summary } from './summaries';
import { Recording, replay, shapeOf, type Template } from './templates';
import {
  clean,
  hasTaint,
  HeapObject,
  join,
  joinTaints,
  objectValue,
  onlyConstant,
  Scope,
  Slot,
  taintsOf,
  undefinedValue,
  unknown,
  unknownOf,
  type Closure,
  type Fact,
  type Facts,
  type Value,
} from './value';

/** Calls of workspace functions, each followed once for arguments with the same known properties, and of libraries. */
export class Calls {
  readonly #library: LibraryCalls;
  readonly #includes: Includes;
  readonly #summaries = new Map<string, Summary>();
  /** Calls that are only distinguished by the data and functions in their arguments, within the current entry point. */
  readonly #ofEntry = new Map<string, Summary>();
  /** Calls without data, for later entry points. */
  readonly #templates = new Map<string, Template>();
  /** How many objects existed before the current entry point. */
  #objects = 0;
  /** How often a function was to blame for an entry point that was too complex. */
  readonly #strikes = new Map<FunctionValue, number>();
  /** How often a function was followed. */
  readonly #variants = new Map<FunctionValue, number>();

  constructor(
    private readonly host: Host,
    private readonly classes: Classes,
  ) {
    this.#library = new LibraryCalls(host);
    this.#includes = new Includes(host);
  }

  /** Starts an entry point: a function that nobody calls. */
  renew(): void {
    this.#ofEntry.clear();
    this.#objects = HeapObject.count;
  }

  call(one: Expression & { kind: 'call' }, scope: Scope): Value {
    const { callee } = one;
    if (callee.kind === 'name' && this.host.language.includeFunctions?.has(callee.name)) {
      const args = this.argumentsOf(one.args, scope);
      const call: Call = { args, at: one, scope, isNew: false, property: undefined, self: undefined };
      this.#library.call('include', this.host.models.of('include'), call);
      return this.#includes.include(one, scope);
    }
    if (callee.kind === 'name' && this.host.language.importFunctions.has(callee.name) && !scope.find(callee.name)) {
      const specifier = one.args[0] && this.host.evaluate(one.args[0].value, scope);
      const text = specifier && onlyConstant(specifier);
      if (typeof text === 'string')
        return this.host.importModule(text, this.host.file) ?? this.host.library(this.host.language.libraryName(text));
      const call: Call = {
        args: this.argumentsOf(one.args, scope),
        at: one,
        scope,
        isNew: false,
        property: undefined,
        self: undefined,
      };
      return this.#library.call('require', this.host.models.of('require'), call);
    }
    let self: Value | undefined;
    let target: Value;
    let property: string | undefined;
    if (callee.kind === 'member') {
      self = this.host.evaluate(callee.object, scope);
      ({ property } = callee);
      const known = knownOf(callee, scope, this.host);
      target = known ?? this.host.property(self, property, callee);
      // Where fields and methods have separate namespaces, a field is not what is called.
      if (!target.closures && !target.native && self.object) target = methodOf(self.object, property) ?? target;
      if (one.isRead === true && !target.closures && !target.native && isField(self, property, known !== undefined))
        return target;
    } else if (callee.kind === 'index') {
      self = this.host.evaluate(callee.object, scope);
      target = this.host.evaluate(callee, scope);
      if (target.closures === undefined && self.object) target = this.host.itemsOf(self);
    } else target = this.host.evaluate(callee, scope);
    const args = this.argumentsOf(one.args, scope);
    for (const { expression, value } of args)
      if (expression) this.host.sites.note(this.host.file, expression, value, false);
    if (callee.kind === 'name' && callee.name === 'super') return this.classes.super(args, one, scope);
    if (callee.kind === 'member' && callee.object.kind === 'name' && callee.object.name === 'super')
      self = scope.find('this')?.value ?? self;
    const how =
      self &&
      (self.closures || self.native) &&
      property !== undefined &&
      Object.hasOwn(this.host.language.functionMethods, property)
        ? this.host.language.functionMethods[property]
        : undefined;
    if (self && how === 'invoke' && target.closures === undefined)
      return this.callValue(self, { args, at: one, scope, isNew: false, property: undefined, self: undefined });
    if (self && how && how !== 'invoke') return this.#applied(self, how, args, one, scope);
    const call: Call = {
      args,
      at: one,
      scope,
      isNew: one.isNew,
      property,
      self,
      ...(callee.kind === 'member' && { receiver: callee.object }),
    };
    const value = this.callValue(target, call);
    return value;
  }

  argumentsOf(list: readonly Argument[], scope: Scope): CallArgument[] {
    const args: CallArgument[] = [];
    for (const { value: expression, name, spread } of list) {
      const value = this.host.evaluate(expression, scope);
      if (spread === undefined) {
        args.push(name === undefined ? { value, expression } : { value, expression, name });
        continue;
      }
      const { object } = value;
      const isKnown = object?.isClosed === true && !object.rest && (spread === 'map' || object.isList);
      if (!isKnown) args.push({ value: this.host.itemsOf(value), isRest: true });
      else
        for (const [key, field] of object.fields)
          args.push(spread === 'map' ? { value: field, name: key } : { value: field });
    }
    return args;
  }

  /** `f.call(self, …)`, `f.apply(self, list)`, `f.bind(self, …)`. */
  #applied(
    target: Value,
    how: 'call' | 'apply' | 'bind',
    [first, ...rest]: readonly CallArgument[],
    at: Range,
    scope: Scope,
  ): Value {
    const self = first?.value;
    if (how === 'bind')
      return {
        ...target,
        ...(target.closures && {
          closures: target.closures.map((closure) => ({ ...closure, ...(self && !closure.code.isArrow && { self }) })),
        }),
      };
    const list = rest[0]?.value;
    const args: CallArgument[] =
      how === 'call'
        ? rest
        : list?.object?.isList === true
          ? [...list.object.fields.values()].map((value) => ({ value }))
          : list
            ? [{ value: this.host.itemsOf(list), isRest: true }]
            : [];
    return this.callValue(target, { args, at, scope, isNew: false, property: undefined, self });
  }

  /** Calls every function that a value may be. */
  callValue(target: Value, call: Call): Value {
    const results: Value[] = [];
    const { closures, native, name } = target;
    if (native) results.push(native(call.args.map(({ value }) => value)));
    if (closures)
      for (const closure of closures) {
        if (call.isNew || closure.initialize) results.push(this.classes.new(target, closure, call));
        else results.push(this.#summarized(closure, call));
      }
    if (results.length > 0) return results.length === 1 && results[0] ? results[0] : join(results);
    const model: NameModel | undefined = name === undefined ? undefined : this.host.models.of(name);
    const any =
      model === undefined && call.property !== undefined && !call.isNew
        ? this.host.models.ofAny(call.property)
        : undefined;
    return this.#library.call(name, model ?? any, call);
  }

  #summarized(closure: Closure, call: Call): Value {
    const self = closure.self ?? call.self;
    const { value, returns, yes, no } = this.#follow(closure, self, call.args, call.at);
    const toFacts = (proofs: readonly Proof[] | 'never'): readonly Fact[] | 'never' =>
      proofs === 'never'
        ? 'never'
        : proofs.flatMap((proof, index) => {
            if (proof.clears === 0) return [];
            const argument = argumentFor(closure.code, call.args, index);
            if (!argument?.expression || !says(proof, argument.value)) return [];
            const slot = placeOf(argument.expression, call.scope);
            return slot ? [{ slot, value: argument.value, ...proof }] : [];
          });
    assume(this.host.state, toFacts(returns));
    const facts: Facts = { yes: toFacts(yes), no: toFacts(no) };
    const { facts: _, found: __, ...result } = value;
    const { name } = closure.code;
    const plain =
      result.taints.length > 0 && name !== ''
        ? { ...result, taints: this.host.extend(result.taints, call.at, `Returned by ${name}()`) }
        : result;
    const hasFacts =
      yes === 'never' ||
      no === 'never' ||
      (facts.yes !== 'never' && facts.yes.length > 0) ||
      (facts.no !== 'never' && facts.no.length > 0);
    const proves = [facts.yes, facts.no].some((side) => side === 'never' || side.some(({ clears }) => clears !== 0));
    if (!proves && plain.taints.length === 0 && !plain.object && isCheckByName(name)) {
      // It was not understood what the function checks.
      const doubts = factsByName(call);
      return { ...plain, facts: { yes: both(facts.yes, doubts.yes), no: both(facts.no, doubts.no) } };
    }
    return hasFacts ? { ...plain, facts } : plain;
  }

  enter(closure: Closure, self: Value | undefined, args: readonly CallArgument[], at: Range | undefined): Value {
    const { value } = this.#follow(closure, closure.self ?? self, args, at);
    if (!value.facts && !value.found) return value;
    const { facts: _, found: __, ...plain } = value;
    return plain;
  }

  #follow(declared: Closure, self: Value | undefined, args: readonly CallArgument[], at: Range | undefined): Summary {
    const closure = overloadFor(declared, args);
    const { code } = closure;
    const untouched = this.#untouched(closure, self, args);
    if (untouched) return untouched;
    this.host.called.add(code);
    const { isExact } = this.host;
    let turns = 0;
    for (const frame of this.host.frames) if (frame.code === code) turns++;
    const isCovered = turns >= limits.turns && isExact && this.#isCovered(code, args);
    const isRecursive = turns >= (isExact && !isCovered ? limits.exactTurns : limits.turns);
    const isTooDeep = this.host.frames.length >= limits.depth;
    const isHeavy = (this.#strikes.get(code) ?? 0) >= limits.strikes;
    if (isRecursive || isTooDeep || isHeavy) {
      const taints = joinTaints(args.map(({ value }) => value.taints));
      const isMissed = isTooDeep ? isExact || taints.length > 0 : isExact && !isCovered;
      if (isHeavy || isMissed) this.host.wasCut = true;
      return {
        value: { ...unknown, taints },
        returns: [],
        yes: [],
        no: [],
      };
    }
    const { language, models, frames, state } = this.host;
    const variants = this.#variants.get(code) ?? 0;
    const isGeneric = variants >= limits.variants;
    const given = isGeneric ? args.map((one) => ({ ...one, value: generic(one.value) })) : args;
    const context = models.asksForAnswers && this.host.isAnswering ? 'answering ' : '';
    const isOutlined = isGeneric && !isExact;
    const summaries = isOutlined ? this.#ofEntry : this.#summaries;
    const key =
      context +
      (isOutlined ? genericKey(closure, self, args, models) : summaryKey(closure, self, given, language, isExact));
    const known = summaries.get(key);
    if (known && (!known.reads || areUnchanged(known.reads))) {
      if (known.reads) passReads(frames, known.reads);
      if (known.isDependent === true) this.host.dependences++;
      return known;
    }
    const shape =
      isOutlined && turns === 0 && frames.length > 0 ? shapeOf(closure, self, given, models, this.#objects) : undefined;
    const template = shape === undefined ? undefined : this.#templates.get(context + shape);
    if (template) {
      const again = replay(this.host, template, self, given);
      summaries.set(key, again);
      return again;
    }
    const recording = shape === undefined ? undefined : new Recording(self, given);
    const { wasCut, dependences } = this.host;
    const changes = HeapObject.changed.length;
    this.#variants.set(code, variants + 1);
    const { file, loops, steps } = this.host;
    this.host.file = closure.file;
    this.host.loops = [];
    let summary: Summary | undefined;
    const [slots, objects] = [Slot.count, HeapObject.count];
    const before = [state.oldestChanged, HeapObject.oldestChanged] as const;
    state.oldestChanged = HeapObject.oldestChanged = Infinity;
    const reads: Reads | undefined = isExact ? new Map<Slot, string>() : undefined;
    try {
      this.host.state.merge([
        this.host.state.branch(() => {
          const scope = new Scope(closure.scope, true);
          if (!code.isArrow) scope.declare('this', self ?? unknown);
          const values = args.map(({ value }) => value);
          const { trail } = this.host.state;
          const frame: Frame = { code, trail, exits: [], params: [], opened: [], args: values, slots, reads };
          this.host.frames.push(frame);
          try {
            frame.params = this.#bind(closure, given, scope, at);
            frame.opened = frame.params.map((slot) => (slot?.value ? openOf(slot.value) : 0));
            if (this.host.run(code.body, scope)) returnFrom(frame, undefinedValue, this.host.state);
          } finally {
            this.host.frames.pop();
          }
          summary = summaryOf(frame);
          return this.host.state.merge(frame.exits.map(({ outcome }) => outcome));
        }),
      ]);
    } catch (error) {
      if (error instanceof TooComplex && !error.isBlamed && this.host.steps - steps > limits.steps / 4) {
        error.isBlamed = true;
        this.#strikes.set(code, (this.#strikes.get(code) ?? 0) + 1);
      }
      throw error;
    } finally {
      this.host.file = file;
      this.host.loops = loops;
    }
    const result: Summary = summary ?? { value: unknown, returns: [], yes: [], no: [] };
    const isPure = state.oldestChanged >= slots && HeapObject.oldestChanged >= objects;
    const changesOnlyArguments =
      isPure ||
      (state.oldestChanged >= slots &&
        HeapObject.changed
          .slice(changes)
          .every((one) => one.id >= objects || one === self?.object || args.some(({ value }) => value.object === one)));
    state.oldestChanged = Math.min(state.oldestChanged, before[0]);
    HeapObject.oldestChanged = Math.min(HeapObject.oldestChanged, before[1]);
    if (!changesOnlyArguments) this.host.dependences++;
    if (!reads) {
      const isDependent = this.host.dependences > dependences;
      const done = isDependent ? { ...result, isDependent } : result;
      summaries.set(key, done);
      const made = isDependent || this.host.wasCut !== wasCut ? undefined : recording?.end(done);
      if (made && shape !== undefined) this.#templates.set(context + shape, made);
      return done;
    }
    passReads(frames, reads);
    // Side effects happen at each call.
    if (isPure) this.#summaries.set(key, { ...result, reads });
    else this.#summaries.delete(key);
    return result;
  }

  /** Whether the current call of a function already covers everything that a nested call with these arguments could cause. */
  #isCovered(code: FunctionValue, args: readonly CallArgument[]): boolean {
    return this.host.frames.some(
      (frame) =>
        frame.code === code &&
        args.every(({ value }, index) => {
          const outer = frame.args[index] ?? clean;
          return (openIn(value) & ~openIn(outer)) === 0 && areAmong(value, outer);
        }),
    );
  }

  /** The result of a call that, according to its declaration, neither receives nor introduces data. */
  #untouched(closure: Closure, self: Value | undefined, args: readonly CallArgument[]): Summary | undefined {
    const { results } = closure.code;
    const { bringsData } = this.host;
    if (!results || !bringsData || this.host.frames.length === 0) return undefined;
    const isPlain = (value: Value) => !value.closures && !value.native && !hasTaint(value);
    if ((self && hasTaint(self)) || !args.every(({ value }) => isPlain(value))) return undefined;
    if (bringsData(closure)) return undefined;
    const values = results.map((type) => this.host.typed(unknown, type, closure.scope));
    const [only = undefinedValue] = values;
    if (values.length < 2) return { value: only, returns: [], yes: [], no: [] };
    const list = new HeapObject(true, this.host.state.trail, true);
    for (const [index, value] of values.entries()) list.set(String(index), value);
    return { value: objectValue(list), returns: [], yes: [], no: [] };
  }

  #bind(
    { code, scope: outer }: Closure,
    args: readonly CallArgument[],
    scope: Scope,
    at: Range | undefined,
  ): (Slot | undefined)[] {
    const { trail } = this.host.state;
    if (!code.isArrow)
      scope.declare('arguments', unknown).lazy = () => {
        const list = new HeapObject(true, trail, true);
        args.forEach(({ value }, index) => list.set(String(index), value));
        return objectValue(list);
      };
    return code.params.map(({ pattern, type, fallback, rest, restNamed }, index) => {
      const given = argumentFor(code, args, index);
      let value: Value;
      if (restNamed === true) {
        const names = new Set(code.params.flatMap((one) => (one.pattern.kind === 'name' ? [one.pattern.name] : [])));
        const others = new HeapObject(true, this.host.state.trail);
        for (const one of args)
          if (one.isRest === true) others.rest = one.value;
          else if (one.name !== undefined && !names.has(one.name)) others.set(one.name, one.value);
        value = objectValue(others);
      } else if (rest === true) {
        const others = new HeapObject(true, this.host.state.trail, true);
        args
          .filter(({ name }) => name === undefined)
          .slice(index)
          .forEach((one, position) =>
            one.isRest === true ? (others.rest = one.value) : others.set(String(position), one.value),
          );
        value = objectValue(others);
      } else value = given ? given.value : undefinedValue;
      if (fallback && onlyConstant(value) === undefined) value = this.host.evaluate(fallback, scope);
      value = this.host.typed(value, type, outer);
      const label =
        pattern.kind === 'name'
          ? `Passed to ${code.name === '' ? 'a function' : `${code.name}()`} as ${pattern.name}`
          : `Passed to ${code.name === '' ? 'a function' : `${code.name}()`}`;
      if (at && value.taints.length > 0) value = { ...value, taints: this.host.extend(value.taints, pattern, label) };
      if (pattern.kind === 'name') return scope.declare(pattern.name, value);
      this.host.declare(pattern, value, scope, scope);
      return undefined;
    });
  }
}

/** Whether a proof adds to what is known about a value. */
function says({ clears, unknown: bits }: Proof, value: Value): boolean {
  return value.taints.some(({ open }) => (open & clears) !== 0) || (value.unknown & clears & ~bits) !== 0;
}

/** Whether the functions that a value may be are a subset of those that another may be. */
function areAmong({ closures = [] }: Value, other: Value): boolean {
  return closures.every(({ code }) => other.closures?.some((one) => one.code === code) === true);
}

/** All defects that a value and its contents can still cause. */
function openIn(value: Value): Bits {
  return taintsOf(value).reduce((bits, { open }) => bits | open, unknownOf(value));
}

/** Whether a property is a field that has been set. */
function isField({ object }: Value, property: string, isKnown: boolean): boolean {
  return isKnown || object?.fields.has(property) === true;
}

/** The method of an object's class that a field of the same name hides. */
function methodOf(object: HeapObject, name: string): Value | undefined {
  for (let at = object.proto, depth = 0; at && depth < 12; at = at.proto, depth++) {
    const value = at.fields.get(name);
    if (value?.closures) return value;
  }
  return undefined;
}

/** The argument for a parameter: by its name, or by its position. */
function argumentFor(
  { params }: FunctionValue,
  args: readonly CallArgument[],
  index: number,
): CallArgument | undefined {
  const pattern = params[index]?.pattern;
  if (pattern?.kind === 'name') {
    const named = args.find(({ name }) => name === pattern.name);
    if (named) return named;
  }
  const own = args[index];
  if (own && own.name === undefined) return own;
  const spread = args.findIndex(({ isRest }) => isRest === true);
  return spread >= 0 && spread <= index ? args[spread] : undefined;
}

/** Among overloads, the function that takes this number of arguments. */
function overloadFor(closure: Closure, args: readonly CallArgument[]): Closure {
  if (!closure.overloads || closure.code.params.length === args.length) return closure;
  return closure.overloads.find(({ code }) => code.params.length === args.length) ?? closure;
}
