import type { FunctionValue } from '../ir/ir';
import type { Bits } from '../models/defects';
import { fingerprintOf } from './fingerprints';
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
  /** The variables of its parameters, once they are bound. */
  params: readonly (Slot | undefined)[];
  opened: readonly Bits[];
  /** What it is called with. */
  readonly args: readonly Value[];
  /** How many variables there were before. */
  readonly slots: number;
  /** What was known of those variables when it read them first, if that is asked for. */
  readonly reads: Reads | undefined;
}

/** What was known of variables, as {@link fingerprintOf} tells. */
export type Reads = Map<Slot, string>;

/** Remembers that a call depends on a variable from outside of it. */
export function noteRead(frames: readonly Frame[], slot: Slot): void {
  const frame = frames.at(-1);
  if (!frame?.reads || slot.id >= frame.slots || frame.reads.has(slot)) return;
  frame.reads.set(slot, slot.value ? fingerprintOf(slot.value) : '');
}

/** What a call has read that one inside of it read. */
export function passReads(frames: readonly Frame[], reads: Reads): void {
  const frame = frames.at(-1);
  if (!frame?.reads) return;
  for (const [slot, known] of reads) if (slot.id < frame.slots && !frame.reads.has(slot)) frame.reads.set(slot, known);
}

/** Whether the same is known of all that was read. */
export function areUnchanged(reads: Reads): boolean {
  return [...reads].every(([{ value }, known]) => (value ? fingerprintOf(value) : '') === known);
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
