import type { Expression, Range } from '../ir/ir';
import type { Bits } from '../models/defects';
import type { Sites } from './sites';
import type { State } from './state';
import type { Fact, Scope, Slot, Taint, Value } from './value';

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

/** What models need of the interpreter. */
export interface Host {
  readonly file: string;
  readonly state: State;
  readonly sites: Sites;
  /** Whether what is followed answers a request. */
  isAnswering: boolean;
  callValue(target: Value, call: Call): Value;
  itemsOf(value: Value): Value;
  isSure(branch: unknown): boolean;
  property(object: Value, key: string, at: Range): Value;
  store(object: Value, key: string | undefined, value: Value): void;
  extend(taints: readonly Taint[], at: Range, message: string): readonly Taint[];
  read(name: string, value: Value, at: Range): Value;
  placeOf(expression: Expression | undefined, scope: Scope): Slot | undefined;
  ownerOf(expression: Expression | undefined, scope: Scope): readonly Fact[];
  proofOfRegex(value: Value, how?: 'anywhere' | 'start' | 'whole'): { readonly match: Bits; readonly mismatch: Bits };
}
