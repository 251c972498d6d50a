import type { FunctionValue } from '../ir/ir';
import type { Bits } from '../models/defects';
import type { Outcome, State, Trail } from './state';
import type { Slot, Value } from './value';

/** What is proved of an argument: the defects that it can no longer cause, but for those that it may since a part of it is unknown. */
export interface Proof {
  readonly clears: Bits;
  readonly unknown: Bits;
}

export const noProof: Proof = { clears: 0, unknown: 0 };

/** A call that is being followed. */
export interface Frame {
  readonly code: FunctionValue;
  readonly trail: Trail;
  readonly exits: { readonly outcome: Outcome; readonly value: Value; readonly params: readonly Proof[] }[];
  readonly params: readonly (Slot | undefined)[];
  readonly opened: readonly Bits[];
}

/** A loop or `switch` that is being followed: what leaves it, and what goes on with its next turn, each as changes since a trail. */
export interface LoopFrame {
  readonly outside: Trail;
  readonly breaks: Outcome[];
  /** Of a `switch`, those of the loop around it. */
  readonly turn: Trail;
  readonly continues: Outcome[];
}

/** Returns a value from a call. */
export function leave(frame: Frame, value: Value, state: State): void {
  const params = frame.params.map((slot, index): Proof => {
    if (!slot || slot.isAssigned || !slot.value) return noProof;
    const { taints, unknown } = slot.value;
    const open = taints.reduce((bits, one) => bits | one.open, 0);
    return { clears: (frame.opened[index] ?? 0) & ~open, unknown };
  });
  frame.exits.push({ outcome: state.since(frame.trail), value, params });
}
