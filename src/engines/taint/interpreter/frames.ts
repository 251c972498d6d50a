import type { FunctionValue } from '../ir/ir';
import type { Bits } from '../models/defects';
import { openOf } from './facts';
import type { Outcome, State, Trail } from './state';
import type { Slot, Value } from './value';

/** A call that is being followed. */
export interface Frame {
  readonly code: FunctionValue;
  readonly trail: Trail;
  readonly exits: { readonly outcome: Outcome; readonly value: Value; readonly params: readonly Bits[] }[];
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
  const params = frame.params.map((slot, index) =>
    !slot || slot.isAssigned || !slot.value ? 0 : (frame.opened[index] ?? 0) & ~openOf(slot.value),
  );
  frame.exits.push({ outcome: state.since(frame.trail), value, params });
}
