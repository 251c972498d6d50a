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

/** Loads an import: the exports of a workspace module, or undefined for a library. */
export type ImportModule = (specifier: string, file: string, name?: string) => Value | undefined;

/** Reads an included file: its path and its code, or undefined if it does not exist. */
export type ReadIncluded = (
  specifier: string,
  file: string,
) => { readonly path: string; readonly code: Module } | undefined;

/** The interpreter's shared state, and the operations that its parts need from each other. */
export interface Host {
  readonly language: Language;
  readonly models: Models;
  readonly sites: Sites;
  readonly state: State;
  readonly importModule: ImportModule;
  readonly readIncluded: ReadIncluded;
  /** The calls being followed, innermost last. */
  readonly frames: Frame[];
  /** The outer state that functions of the current file change. */
  readonly changes: Changes;
  /** The loops being followed in the innermost call. */
  loops: LoopFrame[];
  /** The current file. */
  file: string;
  /** The functions of that file, in the order of their creation. */
  made: Closure[];
  /** Its classes. */
  madeClasses: Value[];
  /** The object with its exports. */
  exports: HeapObject | undefined;
  /** Functions that were followed as part of a call. */
  readonly called: Set<FunctionValue>;
  /** Expressions evaluated for the current entry point, and their limit. */
  steps: number;
  stepLimit: number;
  /** Whether something was not followed to its end: a call that is too deep or takes too long, or an included file. */
  wasCut: boolean;
  /** Whether an earlier call's result is reused only if everything that it depends on is unchanged. */
  readonly isExact: boolean;
  /** Counts reads and changes outside the current call that may differ for other callers. */
  dependences: number;
  /** Whether the current code answers a request. */
  isAnswering: boolean;
  /** Whether data enters through a function or those that it calls; without this check, all calls are followed. */
  bringsData: ((closure: Closure) => boolean) | undefined;

  /** Follows statements. @returns whether control continues after them */
  run(body: readonly Statement[], scope: Scope): boolean;
  evaluate(one: Expression, scope: Scope): Value;
  /** The value of a variable or a global. */
  variable(name: string, at: Range, scope: Scope): Value;
  /** A library, or part of one. */
  library(name: string): Value;
  /** A value reached from a library under this name, according to its models for reading it. */
  read(name: string, value: Value, at: Range): Value;
  /** A property of a value. */
  property(object: Value, key: string, at: Range): Value;
  /** Any item of a list or map. */
  itemsOf(value: Value): Value;
  /** Whether the current code runs on all continuing paths from a branch. */
  isSure(branch: unknown): boolean;
  /** Stores a value in an object, under an unknown key if `key` is undefined. */
  store(object: Value, key: string | undefined, value: Value): void;
  setField(object: HeapObject, key: string, value: Value): void;
  /** Declares the variables of a pattern. @param evaluateIn the scope of the expressions in it */
  declare(target: Pattern, value: Value, scope: Scope, evaluateIn: Scope): void;
  assign(target: Pattern, value: Value, scope: Scope): void;
  /** A value with a declared type: from a library, or a workspace class. */
  typed(value: Value, type: string | undefined, scope: Scope): Value;
  /** Calls every function that a value may be. */
  callValue(target: Value, call: Call): Value;
  /** Calls a workspace function. @param at undefined if no call in the code does */
  enter(closure: Closure, self: Value | undefined, args: readonly CallArgument[], at: Range | undefined): Value;
  /** Adds a step to the flow of each taint. */
  extend(taints: readonly Taint[], at: Range, message: string): readonly Taint[];
}
