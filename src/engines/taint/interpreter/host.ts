import type { Expression, FunctionValue, Module, Pattern, Range, Statement } from '../ir/ir';
import type { Models } from '../models/models';
import type { Changes } from './changes';
import type { Frame, LoopFrame } from './frames';
import type { Language } from './language';
import type { Sites } from './sites';
import type { State } from './state';
import type { Closure, HeapObject, Scope, Taint, Value } from './value';

export interface CallArgument {
  readonly value: Value;
  readonly expression?: Expression;
  readonly name?: string;
  /** It stands for all that follow. */
  readonly isRest?: boolean;
}

export interface Call {
  readonly args: readonly CallArgument[];
  readonly at: Range;
  readonly scope: Scope;
  readonly isNew: boolean;
  /** The method's name. */
  readonly property: string | undefined;
  /** The receiver, and its expression. */
  readonly self: Value | undefined;
  readonly receiver?: Expression;
}

/** Loads what an import means: the exports of a module of the workspace, or undefined for a library. */
export type ImportModule = (specifier: string, file: string, name?: string) => Value | undefined;

/** Reads a file that is included: its path and its code, or undefined if it is not there. */
export type ReadIncluded = (
  specifier: string,
  file: string,
) => { readonly path: string; readonly code: Module } | undefined;

/** What the parts of the interpreter share, and need of each other. */
export interface Host {
  readonly language: Language;
  readonly models: Models;
  readonly sites: Sites;
  readonly state: State;
  readonly importModule: ImportModule;
  readonly readIncluded: ReadIncluded;
  /** The calls that are being followed, the innermost last. */
  readonly frames: Frame[];
  /** What functions of the file that is followed change outside of them. */
  readonly changes: Changes;
  /** The loops that are being followed, in the innermost call. */
  loops: LoopFrame[];
  /** The file that is being followed. */
  file: string;
  /** The functions of that file, in the order in which they were made. */
  made: Closure[];
  /** Its classes. */
  madeClasses: Value[];
  /** The object that holds its exports. */
  exports: HeapObject | undefined;
  /** Functions that were followed in a call. */
  readonly called: Set<FunctionValue>;
  /** Expressions evaluated for the function that is followed on its own, and how many may be. */
  steps: number;
  stepLimit: number;
  /** Whether something was not followed to its end: a call that is too deep, or takes too long, or an included file. */
  wasCut: boolean;
  /** Whether a call is only taken for one that was followed if nothing that it depends on is any different. */
  readonly isExact: boolean;
  /** How often something was read from outside of the call that is followed, or changed there, that other calls may find otherwise. */
  dependences: number;
  /** Whether what is followed answers a request. */
  isAnswering: boolean;
  /** Whether data comes in where a function is called, or in those that it calls; without it, all calls are followed. */
  bringsData: ((closure: Closure) => boolean) | undefined;

  /** Follows statements. @returns whether control goes on behind them */
  run(body: readonly Statement[], scope: Scope): boolean;
  evaluate(one: Expression, scope: Scope): Value;
  /** The value of a variable or a global. */
  variable(name: string, at: Range, scope: Scope): Value;
  /** A library, or a part of it. */
  library(name: string): Value;
  /** A value that was reached from a library by this name: what its models say of reading it. */
  read(name: string, value: Value, at: Range): Value;
  /** A property of a value. */
  property(object: Value, key: string, at: Range): Value;
  /** Any item of a list or map. */
  itemsOf(value: Value): Value;
  /** Whether what is followed now happens on all paths from a branch that go on. */
  isSure(branch: unknown): boolean;
  /** Stores a value in an object, under an unknown key if `key` is undefined. */
  store(object: Value, key: string | undefined, value: Value): void;
  setField(object: HeapObject, key: string, value: Value): void;
  /** Declares the variables of a pattern. @param evaluateIn the scope of the expressions in it */
  declare(target: Pattern, value: Value, scope: Scope, evaluateIn: Scope): void;
  assign(target: Pattern, value: Value, scope: Scope): void;
  /** A value that a declaration says to be of a type: of a library, or of a class of the workspace. */
  typed(value: Value, type: string | undefined, scope: Scope): Value;
  /** Calls whatever a value may be. */
  callValue(target: Value, call: Call): Value;
  /** Calls a function of the workspace. @param at undefined if no call in the code does */
  enter(closure: Closure, self: Value | undefined, args: readonly CallArgument[], at: Range | undefined): Value;
  /** Adds a step to the flow of each taint. */
  extend(taints: readonly Taint[], at: Range, message: string): readonly Taint[];
}
