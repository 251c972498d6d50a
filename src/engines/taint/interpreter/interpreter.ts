import type { Argument, ClassValue, Expression, FunctionValue, Pattern, Range, Statement } from '../ir/ir';
import { allBits, type Bits } from '../models/defects';
import type { Models, NameModel } from '../models/models';
import type { Origin } from '../models/origins';
import { proofOf } from './characters';
import { assume, both, either, factsOf, negated, openOf } from './facts';
import type { Language } from './language';
import type { Call, CallArgument, Host } from './host';
import { LibraryCalls } from './library';
import type { Sites } from './sites';
import { State, type Outcome, type Trail } from './state';
import { textOf } from './text';
import {
  clean,
  cleaned,
  constant,
  extended,
  HeapObject,
  join,
  joinTaints,
  named,
  objectValue,
  onlyConstant,
  Scope,
  Slot,
  sourceOf,
  undefinedValue,
  unknown,
  type Closure,
  type Fact,
  type Facts,
  type Taint,
  type Value,
} from './value';

/** Methods whose result has the text of the receiver, or leads to the same file. */
const sameText =
  /^(?:toString|trim|strip|toLowerCase|toUpperCase|valueOf|getCanonicalPath|getCanonicalFile|getAbsolutePath|toAbsolutePath|getPath|normalize|toRealPath|toPath|toFile)$/;

/** A function was too complex to follow. */
export class TooComplex extends Error {}

/** Bounds, beyond which something is given up, with a gap in the report. */
export const limits = {
  /** Expressions evaluated for a function that is followed on its own, with all that it calls. */
  steps: 60_000,
  /** Calls inside of calls. */
  depth: 24,
};

/** Loads what an import means: the exports of a module of the workspace, or undefined for a library. */
export type ImportModule = (specifier: string, file: string) => Value | undefined;

/** A call that is being followed. */
interface Frame {
  readonly code: FunctionValue;
  readonly trail: Trail;
  readonly exits: { readonly outcome: Outcome; readonly value: Value; readonly params: readonly Bits[] }[];
  readonly params: readonly (Slot | undefined)[];
  readonly opened: readonly Bits[];
}

/** A loop or `switch` that is being followed: what leaves it, and what goes on with its next turn, each as changes since a trail. */
interface LoopFrame {
  readonly outside: Trail;
  readonly breaks: Outcome[];
  /** Of a `switch`, those of the loop around it. */
  readonly turn: Trail;
  readonly continues: Outcome[];
}

/** What a call came to. */
interface Summary {
  readonly value: Value;
  /** What it proves of its arguments when it returns at all, by their number. */
  readonly returns: readonly Bits[];
  readonly yes: readonly Bits[] | 'never';
  readonly no: readonly Bits[] | 'never';
}

/** Follows values through the IR of a language. */
export class Interpreter implements Host {
  readonly state = new State();
  readonly #library: LibraryCalls;
  readonly #frames: Frame[] = [];
  #loops: LoopFrame[] = [];
  readonly #summaries = new Map<string, Summary>();
  /** Functions that were followed in a call. */
  readonly called = new Set<FunctionValue>();
  /** The functions of the file that is being followed, in the order in which they were made. */
  made: Closure[] = [];
  madeClasses: Value[] = [];
  /** Whether a call was too deep for its data to be followed into it, since the last {@link renew}. */
  wasCut = false;
  file = '';
  isAnswering = false;
  #steps = 0;
  readonly #instances = new Map<Closure, Value>();

  constructor(
    private readonly language: Language,
    private readonly models: Models,
    readonly sites: Sites,
    private readonly importModule: ImportModule,
  ) {
    this.#library = new LibraryCalls(models, this);
  }

  /** Begins with a function, or a module, that gets steps of its own. */
  renew(): void {
    this.#steps = 0;
    this.wasCut = false;
  }

  /** Runs something in a state of its own: the body of a module that is first used inside of a function. */
  isolated<T>(file: string, body: () => T): T {
    const { file: outerFile, made, madeClasses } = this;
    const loops = this.#loops;
    const trail = this.state.trail;
    const steps = this.#steps;
    const frames = this.#frames.splice(0);
    this.state.trail = { before: new Map(), parent: undefined };
    this.file = file;
    this.made = [];
    this.madeClasses = [];
    this.#loops = [];
    this.#steps = 0;
    try {
      return body();
    } finally {
      this.file = outerFile;
      this.made = made;
      this.madeClasses = madeClasses;
      this.#loops = loops;
      this.#steps = steps;
      this.#frames.splice(0, this.#frames.length, ...frames);
      this.state.trail = trail;
    }
  }

  // Statements. Each tells whether control goes on behind it.

  run(body: readonly Statement[], scope: Scope): boolean {
    for (const one of body) if (!this.#statement(one, scope)) return false;
    return true;
  }

  #block(body: readonly Statement[], scope: Scope): boolean {
    return this.run(body, new Scope(scope, false));
  }

  #statement(one: Statement, scope: Scope): boolean {
    switch (one.kind) {
      case 'evaluate':
        this.evaluate(one.value, scope);
        return true;
      case 'declare': {
        const value = one.value ? this.evaluate(one.value, scope) : undefined;
        const typed = this.typed(value ?? undefinedValue, one.type, scope);
        this.#declare(
          one.target,
          value ? typed : one.type === undefined ? undefinedValue : { ...typed, unknown: allBits },
          one.scope === 'function' ? scope.ofFunction : scope,
          scope,
        );
        return true;
      }
      case 'block':
        return this.#block(one.body, scope);
      case 'if': {
        const test = this.evaluate(one.test, scope);
        const { yes, no } = test.facts ?? bothUnknown;
        const truth = truthOf(test);
        const outcomes: Outcome[] = [];
        if (truth !== false && yes !== 'never')
          outcomes.push(this.state.branch(() => (assume(this.state, yes), this.#block(one.yes, scope))));
        if (truth !== true && no !== 'never')
          outcomes.push(this.state.branch(() => (assume(this.state, no), this.#block(one.no, scope))));
        return this.state.merge(outcomes);
      }
      case 'loop': {
        const inner = new Scope(scope, false);
        this.run(one.init, inner);
        return this.#loop((first) => {
          const test = one.test && (!first || !one.isPost) ? this.evaluate(one.test, inner) : undefined;
          const { yes, no } = test?.facts ?? bothUnknown;
          return {
            no,
            body: () => {
              assume(this.state, yes);
              const goesOn = this.#block(one.body, inner);
              if (goesOn && one.update) this.evaluate(one.update, inner);
              return goesOn;
            },
            always: one.body.length > 0 && (one.test === undefined || (test !== undefined && truthOf(test) === true)),
          };
        });
      }
      case 'forEach': {
        const collection = this.evaluate(one.collection, scope);
        const all = one.of === 'items' ? this.itemsOf(collection) : this.#keysOf(collection);
        const items = collection.name === undefined ? all : this.#readItems(collection.name, all, one.collection);
        return this.#loop(() => ({
          no: [],
          body: () => {
            const inner = new Scope(scope, false);
            const value = { ...items, taints: this.extend(items.taints, one.target, 'Taken out of the collection') };
            if (one.target.kind === 'name' && !scope.find(one.target.name)) inner.declare(one.target.name, value);
            else if (
              one.target.kind === 'name' ||
              one.target.kind === 'objectPattern' ||
              one.target.kind === 'listPattern'
            )
              this.#declare(one.target, value, inner, inner);
            else this.#assign(one.target, value, scope);
            return this.#block(one.body, inner);
          },
          always: false,
        }));
      }
      case 'try': {
        const body = this.state.branch(() => this.#block(one.body, scope));
        const outcomes = [body];
        for (const { target, body: handler } of one.handlers)
          outcomes.push(
            this.state.branch(() => {
              // Whatever the body has done by then may have been done.
              this.state.merge([
                { ...body, completes: true },
                { after: new Map(), completes: true },
              ]);
              const inner = new Scope(scope, false);
              if (target) this.#declare(target, unknown, inner, inner);
              return this.run(handler, inner);
            }),
          );
        const goesOn = this.state.merge(outcomes);
        return this.#block(one.last, scope) && goesOn;
      }
      case 'switch':
        return this.#switch(one, scope);
      case 'return': {
        const value = one.value ? this.evaluate(one.value, scope) : undefinedValue;
        this.#exit(value);
        return false;
      }
      case 'throw':
        this.evaluate(one.value, scope);
        return false;
      case 'break':
      case 'continue': {
        const loop = this.#loops.at(-1);
        if (loop && one.kind === 'break') loop.breaks.push(this.state.since(loop.outside));
        else if (loop) loop.continues.push(this.state.since(loop.turn));
        return false;
      }
      case 'import':
        for (const { local, name } of one.bindings) {
          const slot = scope.declare(local, unknown);
          slot.lazy = () => this.#imported(one.module, name);
        }
        return true;
      case 'export':
        this.#export(one, scope);
        return true;
    }
  }

  /** Twice around, so that what the end of the body leaves reaches its beginning. */
  #loop(turn: (first: boolean) => { no: readonly Fact[] | 'never'; body: () => boolean; always: boolean }): boolean {
    const breaks: Outcome[] = [];
    let leaves: readonly Fact[] | 'never' = [];
    let isEndless = false;
    for (const first of [true, false]) {
      const { no, body, always } = turn(first);
      leaves = no;
      isEndless = always;
      const continues: Outcome[] = [];
      const outside = this.state.trail;
      const outcome = this.state.branch(() => {
        this.#loops.push({ outside, breaks, turn: outside, continues });
        try {
          const goesOn = body();
          return this.state.merge([{ after: new Map(), completes: goesOn }, ...continues]);
        } finally {
          this.#loops.pop();
        }
      });
      this.state.merge([outcome, { after: new Map(), completes: true }]);
    }
    const left = this.state.branch(() => {
      assume(this.state, leaves);
      return !isEndless;
    });
    return this.state.merge([left, ...breaks]);
  }

  #switch(one: Statement & { kind: 'switch' }, scope: Scope): boolean {
    const value = this.evaluate(one.value, scope);
    const slot = this.#placeOf(one.value, scope);
    const breaks: Outcome[] = [];
    let falls: Outcome | undefined;
    let hasDefault = false;
    const inner = new Scope(scope, false);
    const outside = this.state.trail;
    const loop = this.#loops.at(-1);
    const around = { turn: loop?.turn ?? outside, continues: loop?.continues ?? [] };
    const cases = one.cases.map(({ tests, body }) => {
      const values = tests.map((test) => this.evaluate(test, scope));
      const constants = values.flatMap((test) => (test.constants?.length === 1 ? test.constants : []));
      return { tests, body, values, constants };
    });
    // `switch (true)` tests each case as a condition.
    const isTrue = onlyConstant(value) === true;
    const possible = isTrue ? undefined : value.constants;
    const isSure = possible?.length === 1 && cases.some(({ constants }) => constants.includes(possible[0]));
    for (const { tests, body, values, constants } of cases) {
      hasDefault ||= tests.length === 0;
      const isEntered =
        tests.length === 0
          ? !isSure
          : possible === undefined ||
            constants.length < tests.length ||
            possible.some((one) => constants.includes(one));
      if (!isEntered && !falls) continue;
      const facts = isTrue
        ? values.map((test): readonly Fact[] | 'never' => test.facts?.yes ?? []).reduce(either, 'never')
        : tests.length > 0 && values.every(({ taints }) => taints.length === 0)
          ? factsOf(slot, value, allBits, constants.length === values.length ? constants : undefined)
          : [];
      const outcome = this.state.branch(() => {
        this.#loops.push({ outside, breaks, ...around });
        try {
          const starts = this.state.branch(() => (assume(this.state, facts), isEntered));
          this.state.merge(falls ? [starts, falls] : [starts]);
          return this.run(body, inner);
        } finally {
          this.#loops.pop();
        }
      });
      falls = outcome.completes ? outcome : undefined;
    }
    const rest: Outcome[] = hasDefault || isSure ? [] : [{ after: new Map(), completes: true }];
    return this.state.merge([...breaks, ...(falls ? [falls] : []), ...rest]);
  }

  #exit(value: Value): void {
    const frame = this.#frames.at(-1);
    if (!frame) return;
    const params = frame.params.map((slot, index) =>
      !slot || slot.isAssigned || !slot.value ? 0 : (frame.opened[index] ?? 0) & ~openOf(slot.value),
    );
    frame.exits.push({ outcome: this.state.since(frame.trail), value, params });
  }

  #imported(specifier: string, name: string | undefined): Value {
    const found = this.importModule(specifier, this.file);
    if (name !== undefined && !found?.object?.fields.has(name)) {
      const inner = this.language.submodule?.(specifier, name);
      const part = inner === undefined ? undefined : this.importModule(inner, this.file);
      if (part) return part;
    }
    const module = found ?? this.library(this.language.libraryName(specifier));
    if (name === undefined) return module;
    if (name === 'default') return this.#defaultOf(module);
    return this.property(module, name, { from: 0, to: 0 });
  }

  #defaultOf(module: Value): Value {
    return module.object?.fields.get('default') ?? module;
  }

  /** A library, or a part of it. */
  library(name: string): Value {
    return named(this.models.canonical(name));
  }

  /** The object that holds the exports of the module that is being followed. */
  exports: HeapObject | undefined;

  #export(one: Statement & { kind: 'export' }, scope: Scope): void {
    const { exports } = this;
    if (!exports) return;
    if (one.value && one.name !== undefined) {
      this.setField(exports, one.name, this.evaluate(one.value, scope));
      return;
    }
    if (!one.source) return;
    const module = this.#imported(one.source.module, one.source.name);
    if (one.name !== undefined) this.setField(exports, one.name, module);
    else if (module.object)
      for (const [key, value] of module.object.fields) if (key !== 'default') this.setField(exports, key, value);
  }

  // Expressions.

  evaluate(one: Expression, scope: Scope): Value {
    if (++this.#steps > limits.steps) throw new TooComplex();
    switch (one.kind) {
      case 'literal':
        return constant(one.value);
      case 'regex':
        return { taints: [], unknown: 0, regex: one };
      case 'name':
        return this.#name(one.name, one, scope);
      case 'member': {
        const object = this.evaluate(one.object, scope);
        const known = this.#knownOf(one, scope);
        return known ?? this.property(object, one.property, one);
      }
      case 'index':
        return this.#index(one, scope);
      case 'call':
        return this.#call(one, scope);
      case 'object':
        return this.#object(one, scope);
      case 'list': {
        const object = new HeapObject(true, this.state.trail, true);
        const args = this.#arguments(one.items, scope);
        for (const [index, { value, isRest }] of args.entries())
          if (isRest) object.rest = object.rest ? join([object.rest, value]) : value;
          else object.fields.set(String(index), value);
        return objectValue(object);
      }
      case 'text': {
        const value = textOf(one.parts.map((part) => this.evaluate(part, scope)));
        this.sites.note(this.file, one, value, true);
        return value.taints.length > 0
          ? { ...value, taints: this.extend(value.taints, one, 'Becomes part of a string') }
          : value;
      }
      case 'function':
        return this.#closure(one, scope);
      case 'class':
        return this.#class(one, scope);
      case 'await':
        return this.evaluate(one.value, scope);
      case 'assign': {
        if (one.operator === undefined) {
          const value = this.evaluate(one.value, scope);
          this.#assign(one.target, value, scope);
          return value;
        }
        const old =
          one.target.kind === 'name' || one.target.kind === 'member' || one.target.kind === 'index'
            ? this.evaluate(one.target, scope)
            : unknown;
        const fresh = this.state.branch(() => {
          this.#assign(one.target, this.evaluate(one.value, scope), scope);
          return true;
        });
        this.state.merge([fresh, { after: new Map(), completes: true }]);
        return one.target.kind === 'name' || one.target.kind === 'member' ? this.evaluate(one.target, scope) : old;
      }
      case 'binary':
        return this.#binary(one, scope);
      case 'logical':
        return this.#logical(one, scope);
      case 'unary':
        return this.#unary(one, scope);
      case 'conditional': {
        const test = this.evaluate(one.test, scope);
        const { yes, no } = test.facts ?? bothUnknown;
        const truth = truthOf(test);
        const values: Value[] = [];
        const outcomes: Outcome[] = [];
        if (truth !== false && yes !== 'never')
          outcomes.push(
            this.state.branch(() => (assume(this.state, yes), values.push(this.evaluate(one.yes, scope)), true)),
          );
        if (truth !== true && no !== 'never')
          outcomes.push(
            this.state.branch(() => (assume(this.state, no), values.push(this.evaluate(one.no, scope)), true)),
          );
        this.state.merge(outcomes);
        return join(values);
      }
      case 'sequence':
        return one.values.map((value) => this.evaluate(value, scope)).at(-1) ?? clean;
      case 'typed':
        return this.typed(this.evaluate(one.value, scope), one.type, scope);
      case 'opaque':
        return { ...unknown, taints: joinTaints(one.parts.map((part) => this.evaluate(part, scope).taints)) };
    }
  }

  #name(name: string, at: Range, scope: Scope): Value {
    const slot = scope.find(name);
    if (slot) {
      if (slot.lazy) {
        const { lazy } = slot;
        const value = lazy();
        slot.value = value;
        // A module that is still being followed has not all of its exports yet.
        if (!value.object || value.object !== this.exports) slot.lazy = undefined;
        return value;
      }
      return slot.value ?? unknown;
    }
    if (this.language.globalObjects.has(name)) return { ...unknown, name };
    return this.models.isGlobal(name) ? this.read(name, { ...unknown, name }, at) : unknown;
  }

  /** A value that was reached from a library by this name: what its models say of reading it. */
  read(name: string, value: Value, at: Range): Value {
    const model = this.models.of(name);
    for (const source of model?.sources ?? []) {
      if (source.callback) continue;
      const read = cleaned(this.#library.sourceValue(source, at, value), value.proven ?? 0);
      return { ...value, ...read, name, ...(source.isWhole && { isWhole: true }) };
    }
    return value;
  }

  #readItems(name: string, value: Value, at: Range): Value {
    const items = `${name}[]`;
    return this.models.of(items)?.sources.length ? this.read(items, value, at) : value;
  }

  /** A property of a value. */
  property(object: Value, key: string, at: Range): Value {
    const text = onlyConstant(object);
    if (typeof text === 'string' && /^\d+$/.test(key)) {
      const character = text[Number(key)];
      return character === undefined ? undefinedValue : constant(character);
    }
    const found: Value[] = [];
    let isMissing = false;
    if (object.object) {
      const field = this.#field(object.object, key, object);
      if (field) found.push(field);
      else if (object.object.isClosed) isMissing = true;
    }
    for (const { statics } of object.closures ?? []) {
      const field = this.#field(statics, key, object);
      if (field) found.push(field);
    }
    if (object.name !== undefined && found.length === 0) {
      const name = this.models.canonical(this.language.globalObjects.has(object.name) ? key : `${object.name}.${key}`);
      // What a library writes in capitals is its own constant.
      const isConstant = /^[A-Z][A-Z\d]*(?:_[A-Z\d]+)*$/.test(key) && key.length > 2 && !/env/i.test(object.name);
      const value: Value = {
        taints: object.taints,
        unknown: isConstant ? 0 : allBits,
        name,
        ...(object.isGuess && { isGuess: true }),
        ...(object.proven !== undefined && { proven: object.proven }),
      };
      return this.read(name, value, at);
    }
    if (found.length > 0) {
      const value = join(found);
      return object.taints.length > 0 ? { ...value, taints: joinTaints([value.taints, object.taints]) } : value;
    }
    if (key === 'length' || key === 'size') return clean;
    if (!isMissing && object.taints.length === 0 && object.unknown !== 0 && !object.object) {
      const [source] = this.models.ofAny(key)?.sources ?? [];
      if (source)
        return {
          ...this.#library.sourceValue(source, at, { ...object, isGuess: true }),
          ...(source.isWhole && { isWhole: true }),
        };
    }
    if (isMissing && object.taints.length === 0)
      return object.object?.isList === true && !/^\d+$/.test(key) ? unknown : undefinedValue;
    return { taints: object.taints, unknown: object.unknown | (isMissing ? 0 : object.object ? allBits : 0) };
  }

  #field(object: HeapObject, key: string, self: Value): Value | undefined {
    for (let at: HeapObject | undefined = object, depth = 0; at && depth < 12; at = at.proto, depth++) {
      const value = at.fields.get(key);
      if (value) return value;
      const getter = at.getters?.get(key);
      if (getter) return this.enter(getter, self, [], undefined);
      if (at.rest && (!at.isList || /^\d+$/.test(key))) return at.rest;
    }
    return undefined;
  }

  /** Any item of a list or map. */
  itemsOf(value: Value): Value {
    const { object } = value;
    if (!object)
      return { ...value, unknown: value.unknown, ...(value.name !== undefined && { name: `${value.name}.*` }) };
    const items = [...object.fields.values(), ...(object.rest ? [object.rest] : [])];
    const joined = items.length > 0 ? join(items) : clean;
    const unknownBits = object.isClosed ? 0 : allBits;
    return { ...joined, taints: joinTaints([joined.taints, value.taints]), unknown: joined.unknown | unknownBits };
  }

  #keysOf({ object, taints, unknown: bits }: Value): Value {
    if (object?.isClosed && !object.rest && taints.length === 0)
      return object.fields.size > 0 && object.fields.size < 16
        ? { ...clean, constants: [...object.fields.keys()] }
        : clean;
    return { taints, unknown: object ? allBits : bits };
  }

  #index(one: Expression & { kind: 'index' }, scope: Scope): Value {
    const object = this.evaluate(one.object, scope);
    const index = this.evaluate(one.index, scope);
    const key = onlyConstant(index);
    if (typeof key === 'string' || typeof key === 'number')
      return this.#knownOf(one, scope) ?? this.property(object, String(key), one);
    const value = object.object ? this.itemsOf(object) : { taints: object.taints, unknown: object.unknown };
    // A key of a table of the program's own.
    if (index.taints.length > 0 && object.object?.isClosed && object.taints.length === 0) {
      const facts = factsOf(this.#placeOf(one.index, scope), index, allBits);
      return { ...value, facts: { yes: facts, no: [] } };
    }
    return value;
  }

  #object(one: Expression & { kind: 'object' }, scope: Scope): Value {
    const object = new HeapObject(true, this.state.trail);
    let taints: readonly Taint[] = [];
    for (const { key, value } of one.fields) {
      const own = this.evaluate(value, scope);
      if (key === undefined) {
        if (own.object) {
          for (const [name, field] of own.object.fields) object.fields.set(name, field);
          if (own.object.rest) object.rest = own.object.rest;
          if (!own.object.isClosed) object.isClosed = false;
        } else if (own.constants === undefined) object.isClosed = false;
        taints = joinTaints([taints, own.taints]);
        continue;
      }
      const name = typeof key === 'string' ? key : onlyConstant(this.evaluate(key, scope));
      if (typeof name === 'string' || typeof name === 'number') object.fields.set(String(name), own);
      else object.rest = object.rest ? join([object.rest, own]) : own;
    }
    return { ...objectValue(object), taints };
  }

  #closure(code: FunctionValue, scope: Scope): Value {
    const statics = new HeapObject(false, this.state.trail);
    const closure: Closure = { code, scope, file: this.file, statics };
    if (!code.isArrow) statics.fields.set('prototype', objectValue(new HeapObject(false, this.state.trail)));
    this.made.push(closure);
    return { taints: [], unknown: 0, closures: [closure] };
  }

  #class(one: ClassValue, scope: Scope): Value {
    const parent = one.superclass && this.evaluate(one.superclass, scope);
    const statics = new HeapObject(false, this.state.trail);
    const prototype = new HeapObject(false, this.state.trail);
    const parentPrototype = parent?.closures?.[0]?.statics.fields.get('prototype')?.object;
    if (parentPrototype) prototype.proto = parentPrototype;
    if (parent?.closures?.[0]) statics.proto = parent.closures[0].statics;
    const inner = new Scope(scope, false);
    if (parent) inner.declare('super', parentPrototype ? objectValue(parentPrototype) : parent);
    const constructor = one.methods.find(({ name, isStatic }) => name === 'constructor' && !isStatic);
    const code: FunctionValue = constructor?.value ?? {
      kind: 'function',
      name: 'constructor',
      params: [],
      body: [],
      isArrow: false,
      decorators: [],
      from: one.from,
      to: one.from,
    };
    const initialize = (self: Value) => {
      const own = new Scope(inner, true);
      own.declare('this', self);
      for (const field of one.fields) {
        if (field.isStatic || !self.object) continue;
        const value = field.value ? this.evaluate(field.value, own) : field.type === undefined ? undefined : unknown;
        if (value) this.setField(self.object, field.name, this.typed(value, field.type, scope));
      }
      for (const { isField, pattern, type } of code.params)
        if (isField === true && pattern.kind === 'name' && self.object)
          this.setField(self.object, pattern.name, this.typed(unknown, type, scope));
    };
    const closure: Closure = { code, scope: inner, file: this.file, statics, initialize, ...(parent && { parent }) };
    statics.fields.set('prototype', objectValue(prototype));
    const value: Value = { taints: [], unknown: 0, closures: [closure] };
    prototype.fields.set('constructor', value);
    for (const method of one.methods) {
      if (method.role === 'setter') continue;
      if (method.name === 'constructor' && !method.isStatic) {
        if (method !== constructor)
          closure.overloads = [
            ...(closure.overloads ?? []),
            { code: method.value, scope: inner, file: this.file, statics },
          ];
        continue;
      }
      const own: Closure = {
        code: method.value,
        scope: inner,
        file: this.file,
        statics: new HeapObject(false, this.state.trail),
      };
      const target = method.isStatic ? statics : prototype;
      if (method.role === 'getter') (target.getters ??= new Map<string, Closure>()).set(method.name, own);
      else {
        const [first] = target.fields.get(method.name)?.closures ?? [];
        if (first && first.scope === inner) first.overloads = [...(first.overloads ?? []), own];
        else target.fields.set(method.name, { taints: [], unknown: 0, closures: [own] });
      }
    }
    for (const field of one.fields)
      if (field.isStatic && field.value) statics.fields.set(field.name, this.evaluate(field.value, inner));
    this.madeClasses.push(value);
    return value;
  }

  /** A value that a declaration says to be of a type: of a library, or of a class of the workspace. */
  typed(value: Value, type: string | undefined, scope: Scope): Value {
    if (type === undefined || value.object || value.closures) return value;
    const { hasCheckedTypes } = this.language;
    const isNull = hasCheckedTypes && onlyConstant(value) === null;
    if (value.constants && !isNull) return value;
    if (value.name !== undefined && (!hasCheckedTypes || this.models.isType(value.name))) return value;
    if (/^(?:number|boolean|Date|bigint)$/.test(type))
      return hasCheckedTypes ? clean : value.taints.length > 0 ? value : { ...value, unknown: 0 };
    const [first = '', ...rest] = type.split('.');
    const slot = scope.find(first);
    if (!slot) return this.models.isGlobal(type) ? { ...value, name: this.models.canonical(`${type}()`) } : value;
    const found = rest.reduce(
      (object, key) => this.property(object, key, { from: 0, to: 0 }),
      this.#name(first, { from: 0, to: 0 }, scope),
    );
    const [closure] = found.closures ?? [];
    if (closure?.initialize) return { ...this.instanceOf(found, closure), taints: value.taints };
    if (found.name === undefined) return value;
    const { constants: _, ...known } = value;
    return { ...known, ...(isNull && { unknown: allBits }), name: this.models.canonical(`${found.name}()`) };
  }

  /** An object of a class as a framework would make it. */
  instanceOf(type: Value, closure: Closure): Value {
    const known = this.#instances.get(closure);
    if (known) return known;
    const object = new HeapObject(false, undefined);
    const self = this.#asLibrary(objectValue(object), closure);
    this.#instances.set(closure, self);
    const prototype = closure.statics.fields.get('prototype')?.object;
    if (prototype) object.proto = prototype;
    this.#construct(
      type,
      closure,
      self,
      closure.code.params.map((one) => ({ value: this.typed(unknown, one.type, closure.scope) })),
      undefined,
    );
    return self;
  }

  #construct(type: Value, closure: Closure, self: Value, args: readonly CallArgument[], at: Range | undefined): void {
    const [parent] = closure.parent?.closures ?? [];
    if (closure.initialize && parent && closure.code.body.length === 0 && closure.code.from === closure.code.to)
      this.#construct(type, parent, self, args, at);
    else if (parent?.initialize) parent.initialize(self);
    closure.initialize?.(self);
    for (const [index, { isField, pattern }] of closure.code.params.entries())
      if (isField === true && pattern.kind === 'name' && self.object && args[index])
        this.setField(self.object, pattern.name, args[index].value);
    this.enter(closure, self, args, at);
  }

  #binary(one: Expression & { kind: 'binary' }, scope: Scope): Value {
    const { operator } = one;
    const left = this.evaluate(one.left, scope);
    const right = this.evaluate(one.right, scope);
    switch (operator) {
      case '==':
      case '===':
      case '!=':
      case '!==': {
        const facts = both_(
          this.#equal(one.left, left, one.right, right, scope),
          this.#equal(one.right, right, one.left, left, scope),
        );
        const isEqual = operator === '==' || operator === '===';
        const [a, b] = [onlyConstant(left), onlyConstant(right)];
        const constants = typeof a === 'symbol' || typeof b === 'symbol' ? undefined : [(a === b) === isEqual];
        return { ...clean, facts: isEqual ? facts : negated(facts), ...(constants && { constants }) };
      }
      case 'in': {
        const isTable = right.taints.length === 0 && right.object?.isClosed === true;
        return {
          ...clean,
          facts: { yes: isTable ? factsOf(this.#placeOf(one.left, scope), left, allBits) : [], no: [] },
        };
      }
      case '<':
      case '>':
      case '<=':
      case '>=':
        return { ...clean, facts: this.#position(operator, left, right), ...comparison(operator, left, right) };
      case 'instanceof':
        return clean;
      default: {
        const [a, b] = [onlyConstant(left), onlyConstant(right)];
        if (typeof a === 'number' && typeof b === 'number') {
          const value =
            operator === '-'
              ? a - b
              : operator === '*'
                ? a * b
                : operator === '/'
                  ? a / b
                  : operator === '%'
                    ? a % b
                    : undefined;
          if (value !== undefined) return constant(value);
        }
        return clean;
      }
    }
  }

  /** What it says of `expression` that it equals `other`. */
  #equal(expression: Expression, value: Value, otherExpression: Expression, other: Value, scope: Scope): Facts {
    const text = onlyConstant(other);
    if (expression.kind === 'unary' && expression.operator === 'typeof') {
      const operand = this.evaluate(expression.operand, scope);
      const clears =
        typeof text === 'string'
          ? /^(?:number|boolean|bigint|undefined|function)$/.test(text)
            ? allBits
            : text === 'string'
              ? this.#library.notText
              : 0
          : 0;
      return { yes: factsOf(this.#placeOf(expression.operand, scope), operand, clears), no: [] };
    }
    // `x.indexOf(y) === -1`, `x.indexOf(y) === 0`: what the call says if it finds something, or finds it first.
    if (value.found && typeof text === 'number') {
      if (text === -1) return { yes: value.found.no, no: value.found.yes };
      if (text === 0) return { yes: value.found.first, no: [] };
    }
    if (typeof text === 'boolean' && value.facts) return text ? value.facts : negated(value.facts);
    // What is null says that a check failed.
    if (text === null && value.facts) return negated(value.facts);
    if (other.taints.length > 0 || value.taints.length + value.unknown === 0) return bothUnknown;
    if (otherExpression.kind === 'literal' && (text === '' || text === null || text === undefined))
      return { yes: factsOf(this.#placeOf(expression, scope), value, allBits), no: [] };
    const owner = this.#owner(expression, scope);
    const isKnown = other.constants !== undefined;
    const facts = factsOf(
      this.#placeOf(expression, scope),
      value,
      isKnown || value.taints.length > 0 ? allBits : 0,
      other.constants,
    );
    return { yes: [...facts, ...owner], no: [] };
  }

  /** What it says of an object that one of its properties is as it should be: of an address that its host is. */
  #owner(expression: Expression, scope: Scope): readonly Fact[] {
    if (expression.kind !== 'member') return [];
    const object = this.evaluate(expression.object, scope);
    const own = object.name === undefined ? undefined : this.models.of(`${object.name}.${expression.property}`);
    const clears =
      (own?.checks ?? 0) === 0 ? (this.models.ofAny(expression.property)?.checks ?? 0) : (own?.checks ?? 0);
    const { parsed } = object;
    return [
      ...factsOf(this.#placeOf(expression.object, scope), object, clears),
      ...(parsed?.value ? factsOf(parsed, parsed.value, clears) : []),
    ];
  }

  /** What is said of a value when it is one of a fixed set. */
  ownerOf(expression: Expression | undefined, scope: Scope): readonly Fact[] {
    return expression ? this.#owner(expression, scope) : [];
  }

  /** `x.indexOf(y) >= 0`, `> -1`, `< 0`. */
  #position(operator: string, left: Value, right: Value): Facts {
    const bound = onlyConstant(right);
    if (left.found && typeof bound === 'number') {
      if ((operator === '>=' && bound === 0) || (operator === '>' && bound === -1))
        return { yes: left.found.yes, no: left.found.no };
      if ((operator === '<' && bound === 0) || (operator === '<=' && bound === -1))
        return { yes: left.found.no, no: left.found.yes };
    }
    return bothUnknown;
  }

  #logical(one: Expression & { kind: 'logical' }, scope: Scope): Value {
    const left = this.evaluate(one.left, scope);
    const leftFacts = left.facts ?? bothUnknown;
    const truth = one.operator === '??' ? undefined : truthOf(left);
    if (truth !== undefined && truth === (one.operator === '||')) return left;
    const enters = one.operator === '&&' ? leftFacts.yes : one.operator === '||' ? leftFacts.no : [];
    if (enters === 'never') return left;
    let right: Value = clean;
    const outcome = this.state.branch(() => {
      assume(this.state, enters);
      right = this.evaluate(one.right, scope);
      return true;
    });
    this.state.merge([outcome, { after: new Map(), completes: true }]);
    const rightFacts = right.facts ?? bothUnknown;
    if (truth !== undefined) return right;
    if (one.operator === '&&') {
      const { constants: _, ...value } = right;
      return { ...value, facts: { yes: both(leftFacts.yes, rightFacts.yes), no: either(leftFacts.no, rightFacts.no) } };
    }
    const value = join([left, right]);
    if (one.operator === '??') return value;
    return { ...value, facts: { yes: either(leftFacts.yes, rightFacts.yes), no: both(leftFacts.no, rightFacts.no) } };
  }

  #unary(one: Expression & { kind: 'unary' }, scope: Scope): Value {
    const operand = this.evaluate(one.operand, scope);
    const value = onlyConstant(operand);
    switch (one.operator) {
      case '!': {
        const truth = truthOf(operand);
        return {
          ...clean,
          ...(truth !== undefined && { constants: [!truth] }),
          ...(operand.facts && { facts: negated(operand.facts) }),
        };
      }
      case '-':
        return typeof value === 'number' ? constant(-value) : clean;
      case '~':
        // `~x.indexOf(y)`.
        return operand.found ? { ...clean, facts: { yes: operand.found.yes, no: operand.found.no } } : clean;
      case 'void':
        return undefinedValue;
      default:
        return clean;
    }
  }

  // Places: variables, and properties of variables.

  /** Where facts about an expression are kept. */
  #placeOf(one: Expression, scope: Scope, creates = true): Slot | undefined {
    switch (one.kind) {
      case 'name':
        return scope.find(one.name);
      case 'await':
      case 'typed':
        return this.#placeOf(one.value, scope, creates);
      case 'assign':
        return one.target.kind === 'name' ? scope.find(one.target.name) : undefined;
      case 'call':
        // What is said of the text of a value is said of the value.
        if (one.callee.kind === 'member' && one.args.length === 0 && sameText.test(one.callee.property))
          return this.#placeOf(one.callee.object, scope, creates);
        if (one.callee.kind === 'name' && one.callee.name === 'String' && one.args[0])
          return this.#placeOf(one.args[0].value, scope, creates);
        return undefined;
      case 'text':
        return one.parts.length === 1 && one.parts[0] ? this.#placeOf(one.parts[0], scope, creates) : undefined;
      case 'member':
      case 'index': {
        const path: string[] = [];
        let at: Expression = one;
        for (;;) {
          if (at.kind === 'member') path.unshift(at.property);
          else if (at.kind === 'index' && at.index.kind === 'literal') path.unshift(String(at.index.value));
          else if (at.kind === 'index' && at.index.kind === 'name') path.unshift(`[${at.index.name}]`);
          else break;
          at = at.object;
        }
        if (at.kind !== 'name') return undefined;
        const root = scope.find(at.name);
        if (!root) return undefined;
        const key = path.join('.');
        const known = root.paths?.get(key);
        if (known || !creates) return known;
        const slot = new Slot(undefined);
        (root.paths ??= new Map<string, Slot>()).set(key, slot);
        return slot;
      }
      default:
        return undefined;
    }
  }

  /** What is known of a property beyond its object. */
  #knownOf(one: Expression & { kind: 'member' | 'index' }, scope: Scope): Value | undefined {
    let root: Expression = one;
    while (root.kind === 'member' || root.kind === 'index') root = root.object;
    if (root.kind !== 'name' || !scope.find(root.name)?.paths) return undefined;
    return this.#placeOf(one, scope, false)?.value;
  }

  // Assigning.

  #declare(target: Pattern, value: Value, scope: Scope, evaluateIn: Scope): void {
    switch (target.kind) {
      case 'name': {
        const taints = this.extend(value.taints, target, `Assigned to ${target.name}`);
        scope.declare(target.name, taints === value.taints ? value : { ...value, taints });
        return;
      }
      case 'objectPattern': {
        const taken = new Set<string>();
        for (const { key, target: inner, fallback } of target.fields) {
          const name = typeof key === 'string' ? key : onlyConstant(this.evaluate(key, evaluateIn));
          const field = typeof name === 'string' ? this.property(value, name, inner) : this.itemsOf(value);
          if (typeof name === 'string') taken.add(name);
          this.#declare(inner, fallback ? this.#orElse(field, fallback, evaluateIn) : field, scope, evaluateIn);
        }
        if (target.rest) this.#declare(target.rest, this.#without(value, taken), scope, evaluateIn);
        return;
      }
      case 'listPattern': {
        target.items.forEach((item, index) => {
          if (!item) return;
          const field = value.object ? this.property(value, String(index), item.target) : this.itemsOf(value);
          this.#declare(
            item.target,
            item.fallback ? this.#orElse(field, item.fallback, evaluateIn) : field,
            scope,
            evaluateIn,
          );
        });
        if (target.rest) this.#declare(target.rest, value, scope, evaluateIn);
        return;
      }
      default:
        this.#assign(target, value, evaluateIn);
    }
  }

  #orElse(value: Value, fallback: Expression, scope: Scope): Value {
    const isUndefined = onlyConstant(value) === undefined;
    const other = this.evaluate(fallback, scope);
    return isUndefined ? other : join([value, other]);
  }

  #without(value: Value, taken: ReadonlySet<string>): Value {
    if (!value.object) return value;
    const rest = new HeapObject(value.object.isClosed, this.state.trail);
    for (const [key, field] of value.object.fields) if (!taken.has(key)) rest.fields.set(key, field);
    if (value.object.rest) rest.rest = value.object.rest;
    return { ...value, object: rest };
  }

  #assign(target: Pattern, value: Value, scope: Scope): void {
    switch (target.kind) {
      case 'name': {
        const slot = scope.find(target.name);
        if (slot) {
          const taints = this.extend(value.taints, target, `Assigned to ${target.name}`);
          this.state.assign(slot, taints === value.taints ? value : { ...value, taints });
        } else if (this.models.isGlobal(target.name))
          this.#assigned(target.name, target.name, value, target, undefined);
        return;
      }
      case 'member':
      case 'index': {
        const object = this.evaluate(target.object, scope);
        const key = target.kind === 'member' ? target.property : onlyConstant(this.evaluate(target.index, scope));
        const field = typeof key === 'string' || typeof key === 'number' ? String(key) : undefined;
        if (field !== undefined) {
          const name =
            object.name === undefined
              ? undefined
              : this.models.canonical(this.language.globalObjects.has(object.name) ? field : `${object.name}.${field}`);
          this.#assigned(name, field, value, target, object);
        }
        const taints = this.extend(
          value.taints,
          target,
          field === undefined ? 'Stored in a collection' : `Stored in ${field}`,
        );
        const stored = taints === value.taints ? value : { ...value, taints };
        this.store(object, field, stored);
        const place = this.#placeOf(target, scope, false);
        if (place) this.state.write(place, undefined);
        // Of what the object is, nothing is known: remember it by the variable.
        if (!object.object && !object.closures) {
          const slot = this.#placeOf(target, scope);
          if (slot && field !== undefined) this.state.write(slot, stored);
        }
        return;
      }
      case 'opaque':
        for (const part of target.parts) this.evaluate(part, scope);
        return;
      default:
        this.#destructure(target, value, scope);
    }
  }

  #destructure(target: Pattern & { kind: 'objectPattern' | 'listPattern' }, value: Value, scope: Scope): void {
    const assign = (inner: Pattern, field: Value, fallback: Expression | undefined) =>
      this.#assign(inner, fallback ? this.#orElse(field, fallback, scope) : field, scope);
    if (target.kind === 'listPattern')
      target.items.forEach(
        (item, index) =>
          item &&
          assign(
            item.target,
            value.object ? this.property(value, String(index), item.target) : this.itemsOf(value),
            item.fallback,
          ),
      );
    else
      for (const { key, target: inner, fallback } of target.fields) {
        const name = typeof key === 'string' ? key : onlyConstant(this.evaluate(key, scope));
        assign(inner, typeof name === 'string' ? this.property(value, name, inner) : this.itemsOf(value), fallback);
      }
    if (target.rest) this.#assign(target.rest, value, scope);
  }

  /** Sinks that are properties. */
  #assigned(name: string | undefined, property: string, value: Value, at: Range, object: Value | undefined): void {
    const model =
      (name === undefined ? undefined : this.models.of(name)) ??
      (object?.object ? undefined : this.models.ofAny(property));
    for (const sink of model?.assignments ?? []) this.#library.check(sink, value, at, object?.proven ?? 0);
  }

  setField(object: HeapObject, key: string, value: Value): void {
    object.version++;
    const old = object.branch === undefined || this.isSure(object.branch) ? undefined : object.fields.get(key);
    object.fields.set(key, old ? join([old, value]) : value);
  }

  /** Whether what is followed now happens on all paths from a branch that go on: in it, or in a function that is called there and that has not returned on another path. */
  isSure(branch: unknown): boolean {
    let at: Trail | undefined = this.state.trail;
    for (let depth = this.#frames.length - 1; at !== branch; depth--) {
      const frame = this.#frames[depth];
      if (!frame || frame.trail !== at || frame.exits.length > 0) return false;
      at = at.parent;
    }
    return true;
  }

  /** Stores a value in an object, under an unknown key if `key` is undefined. */
  store(object: Value, key: string | undefined, value: Value): void {
    const heap = object.object;
    const targets = [...(heap ? [heap] : []), ...(object.closures ?? []).map(({ statics }) => statics)];
    for (const target of targets) {
      if (key !== undefined) this.setField(target, key, value);
      else {
        target.version++;
        target.rest = target.rest ? join([target.rest, value]) : value;
      }
    }
  }

  extend(taints: readonly Taint[], at: Range, message: string): readonly Taint[] {
    return taints.length === 0 ? taints : extended(taints, this.file, at.from, at.to, message);
  }

  // Calls.

  #arguments(list: readonly Argument[], scope: Scope): CallArgument[] {
    return list.flatMap(({ value: expression, name, spread }): CallArgument[] => {
      const value = this.evaluate(expression, scope);
      if (spread === 'list') {
        const { object } = value;
        if (object?.isList === true && object.isClosed && !object.rest)
          return [...object.fields.values()].map((field) => ({ value: field }));
        return [{ value: this.itemsOf(value), isRest: true }];
      }
      if (spread === 'map') {
        const { object } = value;
        if (object?.isClosed === true && !object.rest)
          return [...object.fields].map(([key, field]) => ({ value: field, name: key }));
        return [{ value: this.itemsOf(value), isRest: true }];
      }
      return [{ value, expression, ...(name !== undefined && { name }) }];
    });
  }

  #call(one: Expression & { kind: 'call' }, scope: Scope): Value {
    const { callee } = one;
    if (callee.kind === 'name' && this.language.importFunctions.has(callee.name) && !scope.find(callee.name)) {
      const specifier = one.args[0] && this.evaluate(one.args[0].value, scope);
      const text = specifier && onlyConstant(specifier);
      if (typeof text === 'string')
        return this.importModule(text, this.file) ?? this.library(this.language.libraryName(text));
      const call: Call = {
        args: this.#arguments(one.args, scope),
        at: one,
        scope,
        isNew: false,
        property: undefined,
        self: undefined,
      };
      return this.#library.call('require', this.models.of('require'), call);
    }
    let self: Value | undefined;
    let target: Value;
    let property: string | undefined;
    if (callee.kind === 'member') {
      self = this.evaluate(callee.object, scope);
      ({ property } = callee);
      target = this.#knownOf(callee, scope) ?? this.property(self, property, callee);
      // Where fields and methods have names of their own, a field is not what is called.
      if (!target.closures && !target.native && self.object) target = methodOf(self.object, property) ?? target;
    } else if (callee.kind === 'index') {
      self = this.evaluate(callee.object, scope);
      target = this.#index(callee, scope);
      if (target.closures === undefined && self.object) target = this.itemsOf(self);
    } else target = this.evaluate(callee, scope);
    const args = this.#arguments(one.args, scope);
    for (const { expression, value } of args) if (expression) this.sites.note(this.file, expression, value, false);
    if (callee.kind === 'name' && callee.name === 'super') return this.#super(args, one, scope);
    if (callee.kind === 'member' && callee.object.kind === 'name' && callee.object.name === 'super')
      self = scope.find('this')?.value ?? self;
    const how =
      self &&
      (self.closures || self.native) &&
      property !== undefined &&
      Object.hasOwn(this.language.functionMethods, property)
        ? this.language.functionMethods[property]
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
            ? [{ value: this.itemsOf(list), isRest: true }]
            : [];
    return this.callValue(target, { args, at, scope, isNew: false, property: undefined, self });
  }

  #super(args: readonly CallArgument[], at: Range, scope: Scope): Value {
    const self = scope.find('this')?.value;
    const parent = scope.find('super')?.value;
    const constructor = parent?.object?.fields.get('constructor') ?? parent;
    const [closure] = constructor?.closures ?? [];
    if (closure && self && constructor) this.#construct(constructor, closure, self, args, at);
    return undefinedValue;
  }

  /** Calls whatever a value may be. */
  callValue(target: Value, call: Call): Value {
    const results: Value[] = [];
    const { closures, native, name } = target;
    if (native) results.push(native(call.args.map(({ value }) => value)));
    if (closures)
      for (const closure of closures) {
        if (call.isNew || closure.initialize) results.push(this.#new(target, closure, call));
        else results.push(this.#summarized(closure, call));
      }
    if (results.length > 0) return results.length === 1 && results[0] ? results[0] : join(results);
    const model: NameModel | undefined = name === undefined ? undefined : this.models.of(name);
    const any =
      model === undefined && call.property !== undefined && !call.isNew ? this.models.ofAny(call.property) : undefined;
    return this.#library.call(name, model ?? any, call);
  }

  #new(target: Value, closure: Closure, call: Call): Value {
    const object = new HeapObject(false, this.state.trail);
    const prototype = closure.statics.fields.get('prototype')?.object;
    if (prototype) object.proto = prototype;
    const self: Value = { ...objectValue(object) };
    const own = this.#asLibrary(self, closure);
    this.#construct(target, closure, own, call.args, call.at);
    return own;
  }

  /** An object of a class that extends one of a library is one of that, too. */
  #asLibrary(self: Value, closure: Closure): Value {
    const name = libraryOf(closure);
    return name === undefined ? self : { ...self, name: this.models.canonical(`${name}()`) };
  }

  #summarized(closure: Closure, call: Call): Value {
    const self = closure.self ?? call.self;
    const { value, returns, yes, no } = this.#follow(closure, self, call.args, call.at);
    const toFacts = (bits: readonly Bits[] | 'never'): readonly Fact[] | 'never' =>
      bits === 'never'
        ? 'never'
        : bits.flatMap((clears, index) => {
            const argument = argumentFor(closure.code, call.args, index);
            const slot = argument?.expression && this.#placeOf(argument.expression, call.scope);
            return argument && slot && clears !== 0 ? [{ slot, value: argument.value, clears }] : [];
          });
    assume(this.state, toFacts(returns));
    const facts: Facts = { yes: toFacts(yes), no: toFacts(no) };
    const { facts: _, found: __, ...plain } = value;
    const hasFacts =
      yes === 'never' ||
      no === 'never' ||
      (facts.yes !== 'never' && facts.yes.length > 0) ||
      (facts.no !== 'never' && facts.no.length > 0);
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
    this.called.add(code);
    const isRecursive = this.#frames.filter((frame) => frame.code === code).length >= 2;
    const isTooDeep = this.#frames.length >= limits.depth;
    if (isRecursive || isTooDeep) {
      const taints = joinTaints(args.map(({ value }) => value.taints));
      if (isTooDeep && taints.length > 0) this.wasCut = true;
      return {
        value: { ...unknown, taints },
        returns: [],
        yes: [],
        no: [],
      };
    }
    const key = summaryKey(closure, self, args);
    const known = this.#summaries.get(key);
    if (known) return known;
    const { file } = this;
    const loops = this.#loops;
    this.file = closure.file;
    this.#loops = [];
    let summary: Summary | undefined;
    try {
      this.state.merge([
        this.state.branch(() => {
          const scope = new Scope(closure.scope, true);
          if (!code.isArrow) scope.declare('this', self ?? unknown);
          const params = this.#bind(closure, args, scope, at);
          const opened = params.map((slot) => (slot?.value ? openOf(slot.value) : 0));
          const frame: Frame = { code, trail: this.state.trail, exits: [], params, opened };
          this.#frames.push(frame);
          try {
            if (this.run(code.body, scope)) this.#exit(undefinedValue);
          } finally {
            this.#frames.pop();
          }
          summary = summaryOf(frame);
          return this.state.merge(frame.exits.map(({ outcome }) => outcome));
        }),
      ]);
    } finally {
      this.file = file;
      this.#loops = loops;
    }
    const done: Summary = summary ?? { value: unknown, returns: [], yes: [], no: [] };
    this.#summaries.set(key, done);
    return done;
  }

  #bind(
    { code, scope: outer }: Closure,
    args: readonly CallArgument[],
    scope: Scope,
    at: Range | undefined,
  ): (Slot | undefined)[] {
    const list = new HeapObject(true, this.state.trail, true);
    args.forEach(({ value }, index) => list.fields.set(String(index), value));
    if (!code.isArrow) scope.declare('arguments', objectValue(list));
    const names = new Set(code.params.flatMap(({ pattern }) => (pattern.kind === 'name' ? [pattern.name] : [])));
    return code.params.map(({ pattern, type, fallback, rest, restNamed }, index) => {
      const given = argumentFor(code, args, index);
      let value: Value;
      if (restNamed === true) {
        const others = new HeapObject(true, this.state.trail);
        for (const one of args)
          if (one.isRest === true) others.rest = one.value;
          else if (one.name !== undefined && !names.has(one.name)) others.fields.set(one.name, one.value);
        value = objectValue(others);
      } else if (rest === true) {
        const others = new HeapObject(true, this.state.trail, true);
        args
          .filter(({ name }) => name === undefined)
          .slice(index)
          .forEach((one, position) =>
            one.isRest === true ? (others.rest = one.value) : others.fields.set(String(position), one.value),
          );
        value = objectValue(others);
      } else value = given ? given.value : undefinedValue;
      if (fallback && onlyConstant(value) === undefined) value = this.evaluate(fallback, scope);
      value = this.typed(value, type, outer);
      const label =
        pattern.kind === 'name'
          ? `Passed to ${code.name === '' ? 'a function' : `${code.name}()`} as ${pattern.name}`
          : `Passed to ${code.name === '' ? 'a function' : `${code.name}()`}`;
      if (at && value.taints.length > 0) value = { ...value, taints: this.extend(value.taints, pattern, label) };
      if (pattern.kind === 'name') return scope.declare(pattern.name, value);
      this.#declare(pattern, value, scope, scope);
      return undefined;
    });
  }

  /** Calls a function as a framework does, with parameters of these types. */
  callFunction(value: Value, args: readonly Value[], at: Range | undefined, scope: Scope | undefined): Value {
    return this.callValue(value, {
      args: args.map((one) => ({ value: one })),
      at: at ?? { from: 0, to: 0 },
      scope: scope ?? new Scope(undefined, true),
      isNew: false,
      property: undefined,
      self: undefined,
    });
  }

  /** Data that a framework hands to a parameter, because of its decorator. */
  sourceOf(origin: Origin, title: string, at: Range): Value {
    return this.#library.sourceValue({ origin, title, never: 0, isWhole: false }, at, undefined);
  }

  /** Where facts about an expression are kept. */
  placeOf(expression: Expression | undefined, scope: Scope): Slot | undefined {
    return expression && this.#placeOf(expression, scope);
  }

  proofOfRegex(value: Value, how: 'anywhere' | 'start' | 'whole' = 'anywhere'): { match: Bits; mismatch: Bits } {
    const text = onlyConstant(value);
    // As Python, Ruby and PHP write it.
    const known =
      typeof text === 'string'
        ? text
            .replace(/\\A/g, '^')
            .replace(/\\[zZ]/g, '$')
            .replace(/\(\?P</g, '(?<')
        : undefined;
    const source = value.regex?.source ?? known;
    if (source === undefined) return { match: 0, mismatch: 0 };
    const anchored = how === 'anywhere' ? source : `^(?:${source})${how === 'whole' ? '$' : ''}`;
    return proofOf(anchored, value.regex?.flags ?? '');
  }
}

const bothUnknown: Facts = { yes: [], no: [] };

function both_(a: Facts, b: Facts): Facts {
  return { yes: both(a.yes, b.yes), no: both(a.no, b.no) };
}

/** The method of an object's class, behind a field of the same name. */
function methodOf(object: HeapObject, name: string): Value | undefined {
  for (let at = object.proto, depth = 0; at && depth < 12; at = at.proto, depth++) {
    const value = at.fields.get(name);
    if (value?.closures) return value;
  }
  return undefined;
}

/** The class of a library that a class extends. */
function libraryOf({ parent }: Closure, depth = 0): string | undefined {
  if (!parent || depth > 12) return undefined;
  if (parent.name !== undefined) return parent.name;
  const [closure] = parent.closures ?? [];
  return closure && libraryOf(closure, depth + 1);
}

/** The argument of a parameter: by its name, or by its place. */
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

/** Of functions of the same name, the one that takes as many arguments. */
function overloadFor(closure: Closure, args: readonly CallArgument[]): Closure {
  if (!closure.overloads || closure.code.params.length === args.length) return closure;
  return closure.overloads.find(({ code }) => code.params.length === args.length) ?? closure;
}

/** What a comparison of two known numbers comes to. */
function comparison(operator: '<' | '>' | '<=' | '>=', left: Value, right: Value): { constants?: readonly boolean[] } {
  const [a, b] = [onlyConstant(left), onlyConstant(right)];
  if (typeof a !== 'number' || typeof b !== 'number') return {};
  return { constants: [operator === '<' ? a < b : operator === '>' ? a > b : operator === '<=' ? a <= b : a >= b] };
}

/** Whether a condition always or never holds. */
function truthOf({ constants }: Value): boolean | undefined {
  if (constants) {
    const truths = new Set(constants.map(Boolean));
    return truths.size === 1 ? truths.has(true) : undefined;
  }
  return undefined;
}

function summaryOf({ exits, params }: Frame): Summary {
  const all = (list: readonly (readonly Bits[])[]): readonly Bits[] =>
    params.map((_, index) => list.reduce((bits, one) => bits & (one[index] ?? 0), allBits));
  const bitsOfSide = (side: 'yes' | 'no', value: Value, own: readonly Bits[]): readonly Bits[] | undefined => {
    const truth = truthOf(value);
    if (truth !== undefined && truth !== (side === 'yes')) return undefined;
    const facts = value.facts?.[side] ?? [];
    if (facts === 'never') return undefined;
    return params.map(
      (slot, index) =>
        (own[index] ?? 0) | facts.filter((fact) => fact.slot === slot).reduce((bits, { clears }) => bits | clears, 0),
    );
  };
  const side = (which: 'yes' | 'no') => {
    const found = exits
      .map(({ value, params: own }) => bitsOfSide(which, value, own))
      .filter((one) => one !== undefined);
    return found.length === 0 ? ('never' as const) : all(found);
  };
  if (exits.length === 0) return { value: { ...unknown }, returns: [], yes: [], no: [] };
  return {
    value: join(exits.map(({ value }) => value)),
    returns: all(exits.map(({ params: own }) => own)),
    yes: side('yes'),
    no: side('no'),
  };
}

/** The same call with arguments of which the same is known. */
function summaryKey({ code, file, scope }: Closure, self: Value | undefined, args: readonly CallArgument[]): string {
  return `${file}:${code.from}:${scope.id}:${self ? digest(self) : ''}(${args.map(({ name, value, isRest }) => `${name ?? ''}${isRest === true ? '*' : ''}${digest(value)}`).join(',')})`;
}

function digest({ taints, unknown: bits, constants, name, object, closures, isWhole, proven, prefix }: Value): string {
  const taint = taints.map(({ origin, open, confidence, last }) => {
    const source = sourceOf(last);
    return `${origin}${open}${confidence}@${source.file}:${source.from}`;
  });
  const functions = closures?.map(({ code, file, scope }) => `${file}:${code.from}:${scope.id}`);
  return [
    taint.join('+'),
    bits,
    constants ? JSON.stringify(constants) : '',
    name ?? '',
    object ? `#${object.id}.${object.version}` : '',
    functions?.join('+') ?? '',
    isWhole === true ? 'w' : '',
    proven ?? '',
    prefix ?? '',
  ].join('|');
}
