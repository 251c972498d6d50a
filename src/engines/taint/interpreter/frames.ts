import type { FunctionValue } from '../ir/ir';
import type { Bits } from '../models/defects';
import { fingerprintOf } from './fingerprints';
import type { Outcome, State, Trail } from './state';
import type { Slot, Value } from './value';

/** What is proven about an argument: the defects that it can no longer cause, except for those that an unknown part of it may cause. */
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
  /** The variables of its parameters, once bound. */
  params: readonly (Slot | undefined)[];
  opened: readonly Bits[];
  /** Its arguments. */
  readonly args: readonly Value[];
  /** How many variables existed before. */
  readonly slots: number;
  /** What was known about those variables when it first read them, if tracked. */
  readonly reads: Reads | undefined;
}

/** What was known about variables, as {@link fingerprintOf} encodes it. */
export type Reads = Map<Slot, string>;

/** Records that a call depends on a variable of an enclosing scope. */
export function noteRead(frames: readonly Frame[], slot: Slot): void {
  const frame = frames.at(-1);
  if (!frame?.reads || slot.id >= frame.slots || frame.reads.has(slot)) return;
  frame.reads.set(slot, slot.value ? fingerprintOf(slot.value) : '');
}

/** Adds the variables that a nested call read to those of the outer one. */
export function passReads(frames: readonly Frame[], reads: Reads): void {
  const frame = frames.at(-1);
  if (!frame?.reads) return;
  for (const [slot, known] of reads) if (slot.id < frame.slots && !frame.reads.has(slot)) frame.reads.set(slot, known);
}

/** Whether the same is known about everything that was read. */
export function areUnchanged(reads: Reads): boolean {
  return [...reads].every(([{ value }, known]) => (value ? fingerprintOf(value) : '') === known);
}

/** A loop or `switch` being followed: its exits, and the starts of its next iteration, each as changes since a trail. */
export interface LoopFrame {
  readonly outside: Trail;
  readonly breaks: Outcome[];
  /** For a `switch`, those of the enclosing loop. */
  readonly turn: Trail;
  readonly continues: Outcome[];
}

/** Returns a value from a call. */
export function returnFrom(frame: Frame, value: Value, state: State): void {
  const params = frame.params.map((slot, index): Proof => {
    if (!slot || slot.isAssigned || !slot.value) return noProof;
    const { taints, unknown } = slot.value;
    const open = taints.reduce((bits, one) => bits | one.open, 0);
    return { clears: (frame.opened[index] ?? 0) & ~open, unknown };
  });
  frame.exits.push({ outcome: state.since(frame.trail), value, params });
}
