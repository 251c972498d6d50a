import type { Expression } from '../ir/ir';
import { allBits, bitsOf, type Bits, type Defect } from '../models/defects';
import type { Condition, EntryModel, GuardModel, NameModel, Place, PropagatorModel, SinkModel } from '../models/models';
import { ownerOf, proofOfRegex } from './conditions';
import { withStart, withoutPart } from './characters';
import { collect } from './collections';
import { assume, factsOf, likeUnknown, openOf } from './facts';
import { functionsIn, invoke } from './handlers';
import type { Call, Host } from './host';
import { placeOf } from './places';
import { checkSink, sourceValue } from './sinks';
import { notText, textOf } from './text';
import { unknownCall } from './unknownCalls';
import {
  clean,
  cleaned,
  HeapObject,
  join,
  joinTaints,
  objectValue,
  onlyConstant,
  prefixOf,
  taintsOf,
  undefinedValue,
  unknown,
  unknownOf,
  type Fact,
  type Scope,
  type Slot,
  type Value,
} from './value';

const nothingReturned: ReadonlyMap<number, Value> = new Map();

/** Calls of libraries, according to their models. */
export class LibraryCalls {
  constructor(private readonly host: Host) {}

  /** @param name of the called function, if known */
  call(name: string | undefined, model: NameModel | undefined, call: Call): Value {
    const { host } = this;
    if (!model) return unknownCall(host, name, call);
    for (const sink of model.sinks)
      if (this.#holds(sink.when, call))
        for (const value of this.#placed(sink.places, call)) {
          checkSink(host, sink, value, call.at, call.self?.proven ?? 0);
          this.#checkSettings(sink, openOf(value), call);
        }
      else if (this.#isOff(sink.when, call)) {
        host.sites.add(host.file, call.at, sink.defect, undefined, 0);
        this.#checkSettings(sink, 0, call);
      }
    for (const { defect, when, isOfAnswers } of model.misuses) this.#misuse(defect, when, isOfAnswers, call);
    const facts = this.#facts(model.guards, call);
    const called = new Set<number>();
    for (const { places, params, when, isGuess, fills } of model.entries) {
      if (!this.#holds(when, call)) continue;
      const values = params.map((type): Value =>
        type === null
          ? unknown
          : {
              ...unknown,
              name: this.host.models.canonical(type),
              ...((isGuess || call.self?.isGuess === true) && { isGuess: true }),
            },
      );
      for (const place of places)
        for (const index of indexes(place, call)) {
          called.add(index);
          for (const target of functionsIn(this.#handlers(place, index, call))) {
            const { isAnswering } = host;
            host.isAnswering = true;
            invoke(this.host, target, this.#parameters(values, target, fills, call), call);
            host.isAnswering = isAnswering;
          }
        }
    }
    const calledWith: Record<string, Value[]> = {};
    const returned = this.#callbacks(model, call, called, calledWith);
    const result = this.#result(name, model, call, returned, calledWith);
    if (facts.returns.length > 0) assume(host.state, facts.returns);
    const { yes, no, found } = facts;
    return yes.length + no.length > 0 || found
      ? { ...result, ...(yes.length + no.length > 0 && { facts: { yes, no } }), ...(found && { found }) }
      : result;
  }

  /** Whether known arguments make a sink harmless. */
  #isOff(when: readonly Condition[], call: Call): boolean {
    return when.every(({ place, is, matches }) => {
      const [value] = this.#at(place, call);
      if ((is ?? matches) === undefined || value?.constants === undefined) return false;
      // An option that was never set has its default value.
      return place.path.length > 0 || onlyConstant(value) !== undefined;
    });
  }

  /** An object configured for a call is as harmful as the call itself. */
  #checkSettings({ defect, when }: SinkModel, open: Bits, call: Call): void {
    for (const { place } of when) {
      if (place.path.length === 0) continue;
      const [value] = this.#at({ ...place, path: place.base === 'named' ? place.path.slice(0, 1) : [] }, call);
      for (const at of value?.object?.setUp ?? [])
        this.host.sites.add(this.host.file, at, defect, undefined, open & bitsOf(defect));
    }
  }

  #misuse(defect: Defect, when: readonly Condition[], isOfAnswers: boolean, call: Call): void {
    const isKnown = when.every(({ place, given }) =>
      given === undefined ? this.#at(place, call)[0]?.constants !== undefined : !call.args.some(({ isRest }) => isRest),
    );
    const isMisused = this.#holds(when, call) && (!isOfAnswers || this.host.isAnswering);
    const isOpen = !isKnown || isOfAnswers;
    this.host.sites.add(
      this.host.file,
      call.at,
      defect,
      undefined,
      isOpen ? bitsOf(defect) : 0,
      isMisused && (isKnown || when.length === 0),
    );
  }

  // Paths to values

  #at(place: Place, call: Call): readonly Value[] {
    const at = (value: Value | undefined): Value[] => {
      if (!value) return [];
      return [
        place.path.reduce<Value>(
          (inner, key) => (key === '*' ? this.host.itemsOf(inner) : this.#part(inner, key, call)),
          value,
        ),
      ];
    };
    switch (place.base) {
      case 'this':
        return at(call.self);
      case 'all':
        return call.args.flatMap(({ value }) => at(value));
      case 'from':
        return call.args.slice(place.index).flatMap(({ value }) => at(value));
      case 'argument':
        return at(argumentAt(call, place.index));
      case 'named': {
        const [key, ...path] = place.path;
        const value = call.args.find(({ name }) => name === key)?.value;
        return value ? [path.reduce<Value>((inner, one) => this.#part(inner, one, call), value)] : [];
      }
      default:
        return [];
    }
  }

  /** Part of an argument; the whole argument if its parts are unknown. */
  #part(value: Value, key: string, call: Call): Value {
    // An option that was never set.
    if (value.object?.isClosed && !value.object.rest && !value.object.proto && !value.object.fields.has(key))
      return undefinedValue;
    if (value.object || value.name !== undefined) return this.host.property(value, key, call.at);
    return value.constants ? undefinedValue : { taints: value.taints, unknown: value.unknown };
  }

  #placed(places: readonly Place[], call: Call): readonly Value[] {
    return places.flatMap((place) => this.#at(place, call));
  }

  #holds(when: readonly Condition[], call: Call): boolean {
    return when.every(({ place, is, matches, given, unknown: otherwise }) => {
      const [value] = this.#at(place, call);
      if (given !== undefined) {
        const isGiven = value !== undefined && onlyConstant(value) !== undefined;
        return isGiven === given;
      }
      if (!value) return otherwise && call.args.length === 0;
      if (is) {
        if (value.constants) return value.constants.some((one) => is.has(one));
        return otherwise;
      }
      if (!matches) return true;
      if (value.constants) return value.constants.some((one) => one !== undefined && matches.test(String(one)));
      // A library constant is identified by its name.
      if (value.name !== undefined && matches.test(value.name)) return true;
      const prefix = prefixOf(value);
      return prefix === undefined ? otherwise : matches.test(prefix);
    });
  }

  /** The value that a path refers to: an argument, or part of it. */
  #handlers(place: Place, index: number, call: Call): Value {
    if (place.base === 'named') return call.args[index]?.value ?? clean;
    return valueAt(this.#at({ ...place, base: 'argument', index }, call));
  }

  /** The parameters beyond the known ones, if the framework fills them with untrusted data. */
  #parameters(values: readonly Value[], { closures }: Value, fills: EntryModel['fills'], call: Call): readonly Value[] {
    const code = closures?.[0]?.code;
    if (!fills || !code) return values;
    const source = { ...fills, never: 0, isWhole: false };
    return code.params.map(
      ({ pattern, type }, index) =>
        values[index] ?? (type === 'number' ? clean : sourceValue(this.host.file, source, pattern, call.self)),
    );
  }

  /** Calls the callbacks with the parameters that the models describe. @returns their results */
  #callbacks(
    model: NameModel,
    call: Call,
    called: ReadonlySet<number>,
    calledWith: Record<string, Value[]>,
  ): ReadonlyMap<number, Value> {
    if (!call.args.some(({ value: { closures, native, object } }) => closures ?? native ?? object?.isList))
      return nothingReturned;
    const returned = new Map<number, Value>();
    for (const [index, { value }] of call.args.entries()) {
      if (called.has(index)) continue;
      const targets = functionsIn(value);
      if (targets.length === 0) continue;
      const given: Value[] = [];
      const add = (parameter: number, one: Value) => {
        while (given.length < parameter) given.push(unknown);
        given[parameter] = given[parameter] && given[parameter] !== unknown ? join([given[parameter], one]) : one;
      };
      for (const { from, to } of model.propagators)
        if (to.base === 'callback' && to.index === index) {
          const values = this.#placed(from, call);
          if (values.length > 0) add(to.parameter, join(values));
        }
      for (const source of model.sources)
        if (source.callback?.argument === index)
          add(source.callback.parameter, sourceValue(this.host.file, source, call.at, call.self));
      for (const { from } of model.propagators)
        for (const place of from) {
          if (place.base !== 'called' || place.index !== index) continue;
          const passed: Value[] = (calledWith[`${index}.${place.parameter}`] ??= []);
          add(place.parameter, {
            ...clean,
            native: ([first]) => (passed.push(first ?? undefinedValue), undefinedValue),
          });
        }
      for (const target of targets) {
        const value = invoke(this.host, target, given, call);
        const old = returned.get(index);
        returned.set(index, old ? join([old, value]) : value);
      }
    }
    return returned;
  }

  #result(
    name: string | undefined,
    model: NameModel,
    call: Call,
    returned: ReadonlyMap<number, Value>,
    calledWith: Readonly<Record<string, readonly Value[]>>,
  ): Value {
    const resultName =
      model.returns === 'self' ? call.self?.name : (model.returns ?? (name === undefined ? undefined : `${name}()`));
    const isTyped = model.returns !== undefined;
    const results: Value[] = [];
    let isClean = false;
    for (const { cleans, places, when } of model.sanitizers)
      if (!this.#holds(when, call)) continue;
      else if (cleans === allBits) {
        isClean = true;
        results.push(clean);
      } else {
        const value = join(
          this.#placed(places, call).map((one) =>
            one.object ? { taints: taintsOf(one), unknown: unknownOf(one) } : one,
          ),
        );
        const { facts: _, found: __, object: ___, constants, ...text } = cleaned(value, cleans);
        results.push({ ...text, ...(constants && { constants }) });
      }
    const isSanitized = results.length > 0;
    for (const does of model.collections) {
      const made = collect(does, call, this.host, model.returns);
      if (made) return made;
    }
    for (const propagator of model.propagators) {
      if (propagator.to.base === 'callback' || !this.#holds(propagator.when, call)) continue;
      const from = propagator.from.flatMap((place) =>
        place.base === 'return'
          ? [returned.get(place.index)].filter((one) => one !== undefined)
          : place.base === 'called'
            ? (calledWith[`${place.index}.${place.parameter}`] ?? [])
            : this.#at(place, call),
      );
      if (propagator.to.base === 'result') {
        const isSetting = propagator.to.path.length > 0 && propagator.to.path[0] !== '*';
        if (!isSanitized && (!isSetting || from.length > 0)) results.push(this.#made(propagator, from, call));
      } else this.#passOn(propagator, from, call);
    }
    const makesResult = isSanitized || model.propagators.some(({ to }) => to.base === 'result');
    let value: Value;
    if (makesResult) value = join(results);
    else if (isTyped || model.sources.length > 0) value = unknown;
    else if (model.sinks.length > 0 || model.entries.length > 0) value = unknown;
    else if (model.guards.length > 0 || model.propagators.length > 0) value = clean;
    else value = unknown;
    const canonical = resultName === undefined ? undefined : this.host.models.canonical(resultName);
    if (
      canonical !== undefined &&
      (isTyped || (!isClean && (value.name === undefined || (this.host.models.of(canonical)?.sources.length ?? 0) > 0)))
    ) {
      value = { ...value, name: canonical };
      // An object that inherits its configuration from its receiver, or is created by it.
      if (isTyped && call.self?.proven !== undefined) value = { ...value, proven: call.self.proven };
      if (model.returns === 'self' && call.self?.object) value = { ...value, object: call.self.object };
      // What has been sanitized is not a source, even if the models say so for all members of an object.
      return isClean ? value : this.host.read(canonical, value, call.at);
    }
    return value;
  }

  #made({ as, to }: PropagatorModel, from: readonly Value[], call: Call): Value {
    if (as === 'text' || as === 'path') {
      const text = textOf(from);
      return {
        ...text,
        taints: this.host.extend(text.taints, call.at, 'Becomes part of a string'),
        ...(as === 'path' && { isResolved: true }),
      };
    }
    if (as === 'parsed') {
      const slot = this.#place(call.args[0]?.expression, call.scope);
      return { ...join(from), ...(slot && { parsed: slot }) };
    }
    if (as === 'replace' || as === 'replace all') return this.#replaced(from, call, as === 'replace all');
    const value = join(from);
    if (as === 'data') return { taints: value.taints, unknown: value.unknown, isWhole: true };
    if (to.path[0] === '*') {
      const list = new HeapObject(true, this.host.state.trail, true);
      list.rest = value;
      return objectValue(list);
    }
    if (to.path[0] !== undefined) {
      const object = new HeapObject(false, this.host.state.trail);
      object.set(to.path[0], value);
      object.setUp = [call.at];
      return objectValue(object);
    }
    const { facts: _, found: __, regex: ___, isWhole: ____, ...plain } = value;
    // A call changes a text: earlier facts about it no longer hold.
    const { constants: _____, prefix: ______, suffix: _______, ...changed } = plain;
    return from.length === 1 && from[0]?.object ? plain : changed;
  }

  /** The first value after replacing the second, a text or regular expression, in it. */
  #replaced([text, pattern, replacement]: readonly Value[], call: Call, all: boolean): Value {
    if (!text) return unknown;
    const { constants: _, prefix: __, facts: ___, isWhole: ____, ...plain } = text;
    const part = pattern && onlyConstant(pattern);
    const isAll = all
      ? true
      : pattern?.regex
        ? pattern.regex.flags.includes('g') || /^\^|\$$/.test(pattern.regex.source)
        : call.property === 'replaceAll';
    let bits: Bits = 0;
    if (isAll && pattern?.regex) {
      // Removing a `../` prefix from a resolved path leaves none.
      const isUpward = /^\^\(?(?:\?:)?\\?\.\\?\./.test(pattern.regex.source);
      if (isUpward) bits = text.isResolved ? bitsOf('path') : 0;
      else if (!/^\^|\$$/.test(pattern.regex.source)) bits = proofOfRegex(pattern).mismatch;
    } else if (isAll && typeof part === 'string') bits = withoutPart(part);
    const inserted =
      replacement && !replacement.closures ? [cleaned(plain, bits), replacement] : [cleaned(plain, bits)];
    const value = cleaned({ ...plain, taints: joinTaints(inserted.map(({ taints }) => taints)) }, bits | notText);
    return { taints: value.taints, unknown: value.unknown | (replacement?.closures ? 0 : (replacement?.unknown ?? 0)) };
  }

  /** An object filled with data: all of its fields get the data, except those that can only be numbers. */
  #filled(target: Value, data: Value, depth = 0): Value {
    const old = target.object;
    if (!old || old.isList || depth > 3) {
      const { constants: _, ...changed } = target;
      return { ...changed, taints: joinTaints([target.taints, data.taints]), unknown: target.unknown | data.unknown };
    }
    const object = depth === 0 ? old : new HeapObject(old.isClosed, undefined);
    object.proto = old.proto;
    object.touch();
    for (const [key, field] of old.fields)
      object.set(key, isHarmless(field) ? field : this.#filled(field, data, depth + 1));
    object.rest = old.rest ? join([old.rest, data]) : data;
    return { ...target, object };
  }

  #passOn({ to, as }: PropagatorModel, from: readonly Value[], call: Call): void {
    if (from.length === 0) return;
    const value = join(from);
    const target = to.base === 'this' ? call.self : argumentAt(call, to.index);
    if (!target) return;
    if (as === 'fill') {
      const data: Value = {
        taints: this.host.extend(value.taints, call.at, 'Fills an object'),
        unknown: value.unknown,
      };
      const filled = this.#filled(target, data);
      const slot = this.#place(to.base === 'this' ? call.receiver : call.args[to.index]?.expression, call.scope);
      if (slot) this.host.state.change(slot, filled);
      return;
    }
    const stored = { ...value, taints: this.host.extend(value.taints, call.at, 'Added to a collection') };
    const list = target.object;
    // If it runs on all paths, it is the next item.
    const isNext =
      list?.isList === true &&
      list.isClosed &&
      !list.rest &&
      from.length === 1 &&
      list.branch === this.host.state.trail;
    if (list && to.path[0] !== '*' && !list.setUp.includes(call.at)) {
      list.setUp = [...list.setUp, call.at].slice(-8);
      list.touch();
    }
    if (list)
      this.host.store(
        target,
        to.path[0] === '*' ? (isNext ? String(list.fields.size) : undefined) : to.path[0],
        stored,
      );
    else if (to.path[0] !== undefined && to.path[0] !== '*' && value.constants) {
      // How something is configured: `parser.setFeature(f, true)`.
      const slot = this.#place(to.base === 'this' ? call.receiver : call.args[to.index]?.expression, call.scope);
      const object = new HeapObject(false, this.host.state.trail);
      object.set(to.path[0], value);
      object.setUp = [call.at];
      if (slot) this.host.state.change(slot, { ...target, object });
    } else if (value.taints.length > 0 || target.constants || (value.unknown & ~target.unknown) !== 0) {
      const slot = this.#place(to.base === 'this' ? call.receiver : call.args[to.index]?.expression, call.scope);
      const { constants: _, ...changed } = target;
      const taints = joinTaints([target.taints, stored.taints]);
      if (slot) this.host.state.change(slot, { ...changed, taints, unknown: target.unknown | value.unknown });
    }
  }

  // Guards

  #facts(
    guards: readonly GuardModel[],
    call: Call,
  ): { yes: readonly Fact[]; no: readonly Fact[]; returns: readonly Fact[]; found?: Value['found'] } {
    const sides: { yes: readonly Fact[]; no: readonly Fact[]; returns: readonly Fact[]; found?: Value['found'] } = {
      yes: [],
      no: [],
      returns: [],
    };
    for (const { places, cleans, proves, by, when } of guards) {
      if (!this.#holds(when, call)) continue;
      for (const place of places) {
        const [value] = this.#at(place, call);
        if (!value) continue;
        const slot = this.#slotOf(place, call);
        const [other] = by ? this.#at(by, call) : [];
        switch (proves) {
          case 'true':
            sides.yes = [...sides.yes, ...factsOf(slot, value, cleans)];
            break;
          case 'false':
            sides.no = [...sides.no, ...factsOf(slot, value, cleans)];
            break;
          case 'returns':
            sides.returns = [...sides.returns, ...factsOf(slot, value, cleans)];
            break;
          case 'matches':
          case 'matches start':
          case 'matches whole': {
            const how = proves === 'matches whole' ? 'whole' : proves === 'matches start' ? 'start' : 'anywhere';
            const { match, mismatch } = other ? proofOfRegex(other, how) : { match: 0, mismatch: 0 };
            sides.yes = [...sides.yes, ...factsOf(slot, value, match)];
            sides.no = [...sides.no, ...factsOf(slot, value, mismatch)];
            break;
          }
          case 'starts':
            sides.yes = [...sides.yes, ...factsOf(slot, value, starting(value, other))];
            // Code that refuses `//` has made sure that it starts with `/`.
            if (/^[\\/]{2}$/.test(String(other && onlyConstant(other))))
              sides.no = [...sides.no, ...factsOf(slot, value, bitsOf('redirect'))];
            break;
          case 'contains':
          case 'position': {
            const contains = this.#contains(
              value,
              slot,
              other,
              by && this.#slotOf(by, call),
              by?.base === 'argument' ? this.#ownerOf(call.args[by.index]?.expression, call.scope) : [],
            );
            if (proves === 'contains')
              Object.assign(sides, { yes: [...sides.yes, ...contains.yes], no: [...sides.no, ...contains.no] });
            else sides.found = { ...contains, first: factsOf(slot, value, starting(value, other)) };
            break;
          }
        }
      }
    }
    return sides;
  }

  /** What it proves that a list or text contains something. */
  #contains(
    value: Value,
    slot: Slot | undefined,
    part: Value | undefined,
    partSlot: Slot | undefined,
    owner: readonly Fact[],
  ): { yes: readonly Fact[]; no: readonly Fact[] } {
    if (!part) return { yes: [], no: [] };
    const text = onlyConstant(part);
    if (typeof text === 'string') return { yes: [], no: factsOf(slot, value, withoutPart(text)) };
    if (taintsOf(value).length > 0 || value.constants) return { yes: [], no: [] };
    // It is one of the items, or keys.
    return { yes: likeUnknown([...factsOf(partSlot, part, allBits), ...owner], unknownItems(value)), no: [] };
  }

  /** What is known about a value from a fixed set. */
  #ownerOf(expression: Expression | undefined, scope: Scope): readonly Fact[] {
    return expression ? ownerOf(this.host, expression, scope) : [];
  }

  #place(expression: Expression | undefined, scope: Scope): Slot | undefined {
    return expression && placeOf(expression, scope);
  }

  #slotOf(place: Place, call: Call): Slot | undefined {
    if (place.path.length > 0) return undefined;
    return this.#place(place.base === 'this' ? call.receiver : call.args[place.index]?.expression, call.scope);
  }
}

/** Whether a field cannot contain text, such as a number. */
function isHarmless({ taints, unknown: bits, constants, object, closures }: Value): boolean {
  return taints.length === 0 && bits === 0 && !constants && !object && !closures;
}

function argumentAt(call: Call, index: number): Value | undefined {
  const own = call.args[index];
  if (own && own.name === undefined) return own.value;
  const spread = call.args.findIndex(({ isRest }) => isRest === true);
  return spread >= 0 && spread <= index ? call.args[spread]?.value : undefined;
}

function indexes({ base, index, path }: Place, call: Call): number[] {
  if (base === 'named') return call.args.flatMap(({ name }, at) => (name === path[0] ? [at] : []));
  if (base === 'from') return call.args.flatMap((_, at) => (at >= index ? [at] : []));
  if (base === 'all') return call.args.map((_, at) => at);
  return index < call.args.length ? [index] : [];
}

/** What is unknown about the items of a list, or the keys of a map. */
function unknownItems(value: Value): Bits {
  const { object } = value;
  if (!object || object.isList) return unknownOf(value);
  return object.isClosed && !object.rest ? value.unknown : allBits;
}

function valueAt(values: readonly Value[]): Value {
  return values.length === 1 && values[0] ? values[0] : values.length === 0 ? clean : join(values);
}

/** What it proves that a text starts with another. */
function starting(value: Value, start: Value | undefined): Bits {
  if (!start || start.taints.length > 0) return 0;
  const text = prefixOf(start);
  // A literal is not code.
  if (text !== undefined && /^["']$/.test(text)) return bitsOf('code');
  const bits = text === undefined ? 0 : withStart(text);
  if (value.isResolved && text !== '/' && text !== '')
    return bits | bitsOf('path') | bitsOf('zip-slip') | bitsOf('module');
  return bits;
}
