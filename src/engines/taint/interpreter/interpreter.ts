import type { Expression, FunctionValue, Pattern, Range, Statement } from '../ir/ir';
import type { Models } from '../models/models';
import type { Origin } from '../models/origins';
import { Assignments } from './assignments';
import { Calls } from './calls';
import type { Changes } from './changes';
import { Classes } from './classes';
import { Expressions } from './expressions';
import type { Frame, LoopFrame } from './frames';
import type { Call, CallArgument, Host, ImportModule, ReadIncluded } from './host';
import type { Language } from './language';
import { limits } from './limits';
import { Modules } from './modules';
import { Objects } from './objects';
import { sourceValue } from './sinks';
import type { Sites } from './sites';
import { State } from './state';
import { Statements } from './statements';
import { extended, HeapObject, named, type Closure, type Scope, type Taint, type Value } from './value';

/** Follows values through a language's IR. Its parts reach each other through it. */
export class Interpreter implements Host {
  readonly state = new State();
  readonly frames: Frame[] = [];
  loops: LoopFrame[] = [];
  readonly called = new Set<FunctionValue>();
  made: Closure[] = [];
  madeClasses: Value[] = [];
  exports: HeapObject | undefined;
  steps = 0;
  stepLimit = limits.steps;
  wasCut = false;
  dependences = 0;
  isAnswering = false;
  isExact = false;
  file = '';
  bringsData: ((closure: Closure) => boolean) | undefined;
  /** By file. */
  readonly changesOf = new Map<string, Changes>();
  readonly #objects = new Objects(this);
  readonly #assignments = new Assignments(this, this.#objects);
  readonly #classes = new Classes(this, this.#assignments);
  readonly #calls = new Calls(this, this.#classes);
  readonly #expressions = new Expressions(this, this.#calls, this.#classes);
  readonly #statements = new Statements(this, this.#objects, new Modules(this));

  constructor(
    readonly language: Language,
    readonly models: Models,
    readonly sites: Sites,
    readonly importModule: ImportModule,
    readonly readIncluded: ReadIncluded = () => undefined,
  ) {}

  /** Empty if all functions are followed in turn until there are no new results. */
  get changes(): Changes {
    return (this.isExact ? undefined : this.changesOf.get(this.file)) ?? noChanges;
  }

  /** Starts with a function, or a module, that gets a step limit of its own. */
  renew(stepLimit: number): void {
    this.steps = 0;
    this.stepLimit = stepLimit;
    this.#calls.renew();
    HeapObject.changed = [];
    this.wasCut = false;
  }

  /** Runs something with a fresh state: the body of a module that is first used inside a function. */
  isolated<T>(file: string, body: () => T): T {
    const { file: outerFile, made, madeClasses, loops, steps, stepLimit, isAnswering, wasCut } = this;
    const { trail } = this.state;
    const frames = this.frames.splice(0);
    const { changed } = HeapObject;
    HeapObject.changed = [];
    this.state.trail = { before: undefined, parent: undefined };
    this.file = file;
    this.made = [];
    this.madeClasses = [];
    this.loops = [];
    this.steps = 0;
    this.stepLimit = limits.steps;
    this.isAnswering = false;
    this.wasCut = false;
    try {
      return body();
    } finally {
      this.file = outerFile;
      this.made = made;
      this.madeClasses = madeClasses;
      this.loops = loops;
      this.steps = steps;
      this.stepLimit = stepLimit;
      this.isAnswering = isAnswering;
      this.wasCut ||= wasCut;
      this.frames.splice(0, this.frames.length, ...frames);
      this.state.trail = trail;
      HeapObject.changed = changed;
    }
  }

  run(body: readonly Statement[], scope: Scope): boolean {
    return this.#statements.run(body, scope);
  }

  evaluate(one: Expression, scope: Scope): Value {
    return this.#expressions.evaluate(one, scope);
  }

  variable(name: string, at: Range, scope: Scope): Value {
    return this.#expressions.variable(name, at, scope);
  }

  library(name: string): Value {
    return named(this.models.canonical(name));
  }

  read(name: string, value: Value, at: Range): Value {
    return this.#objects.read(name, value, at);
  }

  property(object: Value, key: string, at: Range): Value {
    return this.#objects.property(object, key, at);
  }

  itemsOf(value: Value): Value {
    return this.#objects.itemsOf(value);
  }

  isSure(branch: unknown): boolean {
    return this.#objects.isSure(branch);
  }

  store(object: Value, key: string | undefined, value: Value): void {
    this.#objects.store(object, key, value);
  }

  setField(object: HeapObject, key: string, value: Value): void {
    this.#objects.setField(object, key, value);
  }

  declare(target: Pattern, value: Value, scope: Scope, evaluateIn: Scope): void {
    this.#assignments.declare(target, value, scope, evaluateIn);
  }

  assign(target: Pattern, value: Value, scope: Scope): void {
    this.#assignments.assign(target, value, scope);
  }

  typed(value: Value, type: string | undefined, scope: Scope): Value {
    return this.#classes.typed(value, type, scope);
  }

  /** An instance of a class, as a framework would create it. */
  instanceOf(type: Value, closure: Closure): Value {
    return this.#classes.instanceOf(type, closure);
  }

  callValue(target: Value, call: Call): Value {
    return this.#calls.callValue(target, call);
  }

  enter(closure: Closure, self: Value | undefined, args: readonly CallArgument[], at: Range | undefined): Value {
    return this.#calls.enter(closure, self, args, at);
  }

  extend(taints: readonly Taint[], at: Range, message: string): readonly Taint[] {
    return taints.length === 0 ? taints : extended(taints, this.file, at.from, at.to, message);
  }

  /** Data that a framework passes to a parameter because of its decorator. */
  sourceOf(origin: Origin, title: string, at: Range): Value {
    return sourceValue(this.file, { origin, title, never: 0, isWhole: false }, at, undefined);
  }
}

const noChanges: Changes = new Set();
