import type { Constant, FunctionValue, Range, Regex } from '../ir/ir';
import { allBits, type Bits } from '../models/defects';
import type { Origin } from '../models/origins';

/** A step of a flow, linked to the previous one. */
export interface Step {
  readonly file: string;
  readonly from: number;
  readonly to: number;
  readonly message: string;
  readonly previous?: Step;
  readonly length: number;
}

/** The first steps of flows, by place. */
const sources = new WeakMap<Range, Step>();
let isAnyRead = false;

/** The first step of a flow. Reading the same place again is the same source. */
export function sourceStep(file: string, at: Range, message: string): Step {
  const known = sources.get(at);
  if (known?.file === file && known.message === message) return known;
  const step = { file, from: at.from, to: at.to, message, length: 1 };
  sources.set(at, step);
  isAnyRead = true;
  return step;
}

/** Whether a source has ever been read; otherwise there is no data to look for. */
export function hasSources(): boolean {
  return isAnyRead;
}

/** The confidence of a finding: 2 high, 1 medium, 0 low. */
export type Confidence = 0 | 1 | 2;

/** Untrusted data in a value. */
export interface Taint {
  readonly origin: Origin;
  /** The defects that it can still cause. */
  readonly open: Bits;
  readonly confidence: Confidence;
  readonly source: Step;
  readonly last: Step;
}

const noFields: ReadonlyMap<string, Value> = new Map();

/** An object, a list or a map. It is mutable, and shared by all values that refer to it. */
export class HeapObject {
  /** How many have been created. */
  static count = 0;
  /** How often any of them was changed. */
  static writes = 0;
  /** The oldest one that has changed since this was set, by its number. */
  static oldestChanged = Infinity;
  /** The ones that have changed since this was set, in that order. */
  static changed: HeapObject[] = [];
  readonly id = HeapObject.count++;
  #fields: Map<string, Value> | undefined;
  /** The possible values of fields with unknown keys, and of list items. */
  rest: Value | undefined;
  proto: HeapObject | undefined;
  /** Functions that are called when a field is read. */
  getters: Map<string, Closure> | undefined;
  /** Where it was configured, if models say what its options allow. */
  setUp: readonly Range[] = [];
  /** Counts changes: see {@link touch}. */
  version = 0;
  /**
   * @param isClosed whether it has no fields other than the known ones
   * @param branch the branch that it was created in, where writing replaces a field; elsewhere the old value remains possible
   */
  constructor(
    public isClosed: boolean,
    readonly branch: unknown,
    readonly isList = false,
  ) {}

  /** Most objects have none, such as functions. */
  get fields(): ReadonlyMap<string, Value> {
    return this.#fields ?? noFields;
  }

  /** Sets a field, without recording the change. */
  set(key: string, value: Value): void {
    (this.#fields ??= new Map<string, Value>()).set(key, value);
  }

  delete(key: string): void {
    this.#fields?.delete(key);
  }

  clear(): void {
    this.#fields = undefined;
  }

  /** Records a change, for the caches of calls with this object and for loops. */
  touch(): void {
    this.version++;
    HeapObject.writes++;
    HeapObject.changed.push(this);
    HeapObject.oldestChanged = Math.min(HeapObject.oldestChanged, this.id);
  }
}

/** A workspace function with the scope in which it was created. */
export interface Closure {
  readonly code: FunctionValue;
  readonly scope: Scope;
  /** The file that contains it. */
  readonly file: string;
  /** `this`, if bound. */
  readonly self?: Value;
  /** Static fields and `prototype`. */
  readonly statics: HeapObject;
  /** Initializes the fields of a new object, for a class. */
  readonly initialize?: (self: Value) => void;
  /** Overloads in the same class. */
  overloads?: readonly Closure[];
  /** The class that it extends. */
  readonly parent?: Value;
}

/** A built-in function, such as a promise's `resolve`. */
export type Native = (args: readonly Value[]) => Value;

/** What a condition proves about a variable or a property if it is true. */
export interface Fact {
  readonly slot: Slot;
  /** Its earlier value, for a property about which nothing was known. */
  readonly value: Value;
  readonly clears: Bits;
  /** The defects that it may still cause, because what it equals, or is one of, is partly unknown. */
  readonly unknown?: Bits;
  readonly constants?: readonly Constant[];
  /** Whether the only evidence is the name of an unknown function. */
  readonly lowers?: boolean;
}

/** What is known if a value is truthy, and if it is falsy. `never`: it cannot be. */
export interface Facts {
  readonly yes: readonly Fact[] | 'never';
  readonly no: readonly Fact[] | 'never';
}

/** What is known about a value. */
export interface Value {
  readonly taints: readonly Taint[];
  /** The defects that it could cause because part of it is unknown. */
  readonly unknown: Bits;
  /** All its possible values. */
  readonly constants?: readonly Constant[];
  /** The start and end of its text. */
  readonly prefix?: string;
  readonly suffix?: string;
  /** How it was reached from a library: see models/schema.ts. */
  readonly name?: string;
  readonly object?: HeapObject;
  readonly closures?: readonly Closure[];
  readonly native?: Native;
  readonly regex?: Regex;
  readonly facts?: Facts;
  /** For a position in a text or list: what it proves if something is found, if nothing is, and if it is found first. */
  readonly found?: { readonly yes: readonly Fact[]; readonly no: readonly Fact[]; readonly first: readonly Fact[] };
  /** Whether it is all request data of a kind (`req.body`), rather than part of it. */
  readonly isWhole?: boolean;
  /** A path in which `..` has been resolved. */
  readonly isResolved?: boolean;
  /** What it was parsed from: checking its parts proves the same about that. */
  readonly parsed?: Slot;
  /** The defects that calls on it cannot cause because of its configuration. */
  readonly proven?: Bits;
  /** Whether its `name` is a guess based on its use. */
  readonly isGuess?: boolean;
}

/** A variable, or what is known about a property (`isPath`). */
export class Slot {
  /** How many have been created. */
  static count = 0;
  readonly id = Slot.count++;
  /** What is known about properties below a variable, by path. */
  paths: Map<string, Slot> | undefined;
  /** Whether it was assigned after its declaration. */
  isAssigned = false;
  /** Determines its value when it is first read, for an import. */
  lazy: (() => Value) | undefined;
  /** @param value undefined for a property about which no more is known than about its object */
  constructor(public value: Value | undefined) {}
}

/** The variables of a function or a block. */
export class Scope {
  static #count = 0;
  readonly id = Scope.#count++;
  #slots: Map<string, Slot> | undefined;

  /** @param isFunction whether `var` is declared here */
  constructor(
    readonly parent: Scope | undefined,
    readonly isFunction: boolean,
  ) {}

  find(name: string): Slot | undefined {
    return this.#slots?.get(name) ?? this.parent?.find(name);
  }

  own(name: string): Slot | undefined {
    return this.#slots?.get(name);
  }

  declare(name: string, value: Value): Slot {
    const slot = new Slot(value);
    (this.#slots ??= new Map<string, Slot>()).set(name, slot);
    return slot;
  }

  /** The scope in which `var` declares. */
  get ofFunction(): Scope {
    return this.isFunction || !this.parent ? this : this.parent.ofFunction;
  }
}

const none: readonly Taint[] = [];

/** Known to be harmless. */
export const clean: Value = { taints: none, unknown: 0 };
export const unknown: Value = { taints: none, unknown: allBits };
export const undefinedValue: Value = { taints: none, unknown: 0, constants: [undefined] };

export function constant(value: Constant): Value {
  return { taints: none, unknown: 0, constants: [value] };
}

export function named(name: string): Value {
  return { taints: none, unknown: allBits, name };
}

export function objectValue(object: HeapObject): Value {
  return { taints: none, unknown: 0, object };
}

export function onlyConstant(value: Value | undefined): Constant | symbol {
  return value?.constants?.length === 1 ? value.constants[0] : notConstant;
}
export const notConstant = Symbol('not constant');

const maxConstants = 16;
const maxTaints = 6;
const maxClosures = 8;

/** The taints of several values; for the same source, the more harmful one. */
export function joinTaints(lists: readonly (readonly Taint[])[]): readonly Taint[] {
  let first: readonly Taint[] = none;
  let more: Taint[] | undefined;
  for (const list of lists) {
    if (list.length === 0 || list === first) continue;
    if (first.length === 0) {
      first = list;
      continue;
    }
    more ??= [...first];
    for (const taint of list) {
      if (more.length >= maxTaints) break;
      if (!more.some((one) => one === taint || isCovered(taint, one))) more.push(taint);
    }
  }
  return more ?? first;
}

function isCovered(taint: Taint, by: Taint): boolean {
  return (
    taint.origin === by.origin &&
    (taint.open & ~by.open) === 0 &&
    taint.confidence <= by.confidence &&
    taint.source === by.source
  );
}

/** A value that is one of these. */
export function join(values: readonly Value[]): Value {
  const [first] = values;
  if (!first) return clean;
  return values.length === 1 ? first : values.reduce(joinTwo);
}

function joinTwo(a: Value, b: Value): Value {
  if (a === b) return a;
  // An unset variable or a missing field says nothing about the value that it will get.
  const constants = a.constants && b.constants ? union(a.constants, b.constants, maxConstants) : undefined;
  const closures = a.closures || b.closures ? union(a.closures ?? [], b.closures ?? [], maxClosures) : undefined;
  const object = joinObjects(a.object, b.object);
  const name = a.name ?? b.name;
  const native = a.native ?? b.native;
  const regex = a.regex === b.regex ? a.regex : undefined;
  const prefix = commonPrefix(prefixOf(a), prefixOf(b));
  const value: { -readonly [Key in keyof Value]: Value[Key] } = {
    taints: a.taints === b.taints || b.taints.length === 0 ? a.taints : joinTaints([a.taints, b.taints]),
    unknown: a.unknown | b.unknown,
  };
  if (constants) value.constants = constants;
  if (closures) value.closures = closures;
  if (object) value.object = object;
  if (name !== undefined) value.name = name;
  if (native) value.native = native;
  if (regex) value.regex = regex;
  if (prefix) value.prefix = prefix;
  if (a.isResolved && b.isResolved) value.isResolved = true;
  if (a.proven && b.proven) value.proven = a.proven & b.proven;
  return value;
}

/** Whether the same is known about both, so that storing one in place of the other would change nothing. */
export function isSame(a: Value, b: Value): boolean {
  return (
    a === b ||
    (a.unknown === b.unknown &&
      a.name === b.name &&
      a.object === b.object &&
      a.native === b.native &&
      a.prefix === b.prefix &&
      a.suffix === b.suffix &&
      a.proven === b.proven &&
      a.regex === b.regex &&
      a.isWhole === b.isWhole &&
      a.isResolved === b.isResolved &&
      a.isGuess === b.isGuess &&
      a.facts === b.facts &&
      a.found === b.found &&
      a.parsed === b.parsed &&
      haveSame(a.taints, b.taints) &&
      haveSame(a.constants, b.constants) &&
      haveSame(a.closures, b.closures))
  );
}

function haveSame(a: readonly unknown[] | undefined, b: readonly unknown[] | undefined): boolean {
  return (
    a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((one, at) => one === b[at]))
  );
}

function union<T>(a: readonly T[], b: readonly T[], most: number): readonly T[] | undefined {
  const all = [...new Set([...a, ...b])];
  return all.length > most ? (most === maxConstants ? undefined : all.slice(0, most)) : all;
}

function joinObjects(a: HeapObject | undefined, b: HeapObject | undefined): HeapObject | undefined {
  if (!a || !b || a === b) return a ?? b;
  const known = joins.get(a);
  if (known?.other === b && known.version === a.version && known.otherVersion === b.version) return known.joined;
  const joined = new HeapObject(a.isClosed && b.isClosed, undefined, a.isList && b.isList);
  joined.proto = a.proto ?? b.proto;
  joined.setUp = [...a.setUp, ...b.setUp];
  for (const [key, value] of a.fields) joined.set(key, value);
  for (const [key, value] of b.fields) {
    const other = joined.fields.get(key);
    joined.set(key, other ? joinShallow(other, value) : value);
  }
  if (a.rest || b.rest) joined.rest = a.rest && b.rest ? joinShallow(a.rest, b.rest) : (a.rest ?? b.rest);
  joins.set(a, { other: b, version: a.version, otherVersion: b.version, joined });
  return joined;
}

/** What an object was last merged with. Merging the same again returns the same object, so that calls with it stay the same. */
const joins = new WeakMap<
  HeapObject,
  { readonly other: HeapObject; readonly version: number; readonly otherVersion: number; readonly joined: HeapObject }
>();

/** Nested objects are not merged: the first one stands for both, with the taints of both. */
function joinShallow(a: Value, b: Value): Value {
  if (a === b) return a;
  return a.object && b.object && a.object !== b.object ? { ...joinTwo({ ...a }, withoutObject(b)) } : joinTwo(a, b);
}

function withoutObject({ object, ...value }: Value): Value {
  const taints = object ? joinTaints([value.taints, taintsOf({ ...value, object })]) : value.taints;
  return { ...value, taints };
}

/** The known start of a value's text. */
export function prefixOf({ constants, prefix }: Value): string | undefined {
  if (constants?.length === 1 && typeof constants[0] === 'string') return constants[0];
  return prefix;
}

function commonPrefix(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return undefined;
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}

const maxDepth = 4;

/** The taints of a value and its contents. */
export function taintsOf(value: Value, depth = 0, seen?: Set<HeapObject>): readonly Taint[] {
  const { object } = value;
  if (!isAnyRead || !object || depth >= maxDepth || seen?.has(object)) return value.taints;
  const visited = (seen ?? new Set()).add(object);
  const lists = [value.taints];
  for (const field of object.fields.values()) lists.push(taintsOf(field, depth + 1, visited));
  if (object.rest) lists.push(taintsOf(object.rest, depth + 1, visited));
  return joinTaints(lists);
}

/** Whether a value or its contents contain untrusted data. */
export function hasTaint({ taints, object }: Value, depth = 0): boolean {
  if (taints.length > 0) return true;
  if (!isAnyRead || !object || depth >= maxDepth) return false;
  for (const field of object.fields.values()) if (hasTaint(field, depth + 1)) return true;
  return object.rest !== undefined && hasTaint(object.rest, depth + 1);
}

/** The unknown bits of a value and its contents. */
export function unknownOf(value: Value, depth = 0): Bits {
  const { object } = value;
  if (!object) return value.unknown;
  if (depth >= maxDepth || !object.isClosed) return allBits;
  let bits = value.unknown;
  for (const field of object.fields.values()) bits |= unknownOf(field, depth + 1);
  if (object.rest) bits |= unknownOf(object.rest, depth + 1);
  return bits;
}

/** A copy of a value that can no longer cause these defects. */
export function cleaned(value: Value, bits: Bits): Value {
  if (bits === 0) return value;
  return { ...value, taints: cleanedTaints(value.taints, bits), unknown: value.unknown & ~bits };
}

export function cleanedTaints(taints: readonly Taint[], bits: Bits): readonly Taint[] {
  if (!taints.some(({ open }) => (open & bits) !== 0)) return taints;
  return taints.flatMap((taint) => {
    const open = taint.open & ~bits;
    return open === 0 ? [] : [{ ...taint, open }];
  });
}

/** Lowers the confidence by one step. */
export function doubted(taints: readonly Taint[]): readonly Taint[] {
  return taints.map((taint) => ({ ...taint, confidence: taint.confidence === 2 ? 1 : 0 }));
}

const maxSteps = 24;

/** Adds a step to the flow of each taint, unless it was already there. */
export function extended(
  taints: readonly Taint[],
  file: string,
  from: number,
  to: number,
  message: string,
): readonly Taint[] {
  if (taints.length === 0) return taints;
  return taints.map((taint) => {
    if (taint.last.length >= maxSteps) return taint;
    for (let at: Step | undefined = taint.last; at; at = at.previous)
      if (at.from === from && at.to === to && at.file === file) return taint;
    return { ...taint, last: { file, from, to, message, previous: taint.last, length: taint.last.length + 1 } };
  });
}
