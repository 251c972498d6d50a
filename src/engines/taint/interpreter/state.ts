import { isSame, join, type Slot, type Value } from './value';

/** The state that a branch left in the variables that it changed. */
export interface Outcome {
  readonly after: ReadonlyMap<Slot, Value | undefined>;
  /** Whether control continues after it. */
  readonly completes: boolean;
}

/** A branch, with its changed variables and their earlier values, while it is being followed: objects created in it refer to it. */
export interface Trail {
  before: Map<Slot, Value | undefined> | undefined;
  readonly parent: Trail | undefined;
}

const unchanged: ReadonlyMap<Slot, Value | undefined> = new Map();

/** A branch that changes nothing. */
export const nothingDone: Outcome = { after: unchanged, completes: true };

/** The values of all variables on the current path. */
export class State {
  trail: Trail = { before: undefined, parent: undefined };

  /** The oldest variable that has changed since this was set, by its number. */
  oldestChanged = Infinity;

  /** Continues with a value that a variable is known to have. */
  write(slot: Slot, value: Value | undefined): void {
    const { trail } = this;
    if (trail.parent) {
      trail.before ??= new Map();
      if (!trail.before.has(slot)) trail.before.set(slot, slot.value);
    }
    slot.value = value;
  }

  /** Gives a new value to a variable, or to what is known about one of its properties. @param root the variable */
  change(slot: Slot, value: Value | undefined, root = slot): void {
    this.oldestChanged = Math.min(this.oldestChanged, root.id);
    this.write(slot, value);
  }

  /** Assigns a variable; earlier facts about its properties no longer hold. */
  assign(slot: Slot, value: Value): void {
    slot.isAssigned = true;
    slot.lazy = undefined;
    this.change(slot, value);
    if (slot.paths) for (const path of slot.paths.values()) if (path.value !== undefined) this.write(path, undefined);
  }

  /** Follows a branch, and reverts its changes. @param body returns whether control continues after it */
  branch(body: () => boolean): Outcome {
    const outer = this.trail;
    const trail: Trail = { before: undefined, parent: outer };
    this.trail = trail;
    let completes = false;
    let after = unchanged;
    try {
      completes = body();
    } finally {
      if (trail.before) {
        const changed = new Map<Slot, Value | undefined>();
        for (const [slot, old] of trail.before) {
          changed.set(slot, slot.value);
          slot.value = old;
        }
        after = changed;
        trail.before = undefined;
      }
      this.trail = outer;
    }
    return { after, completes };
  }

  /** The changes since `outer`. */
  since(outer: Trail): Outcome {
    let after: Map<Slot, Value | undefined> | undefined;
    for (let at: Trail | undefined = this.trail; at && at !== outer; at = at.parent)
      if (at.before) {
        after ??= new Map();
        for (const slot of at.before.keys()) after.set(slot, slot.value);
      }
    return after ? { after, completes: true } : nothingDone;
  }

  /**
   * Whether merging the state that a branch left would add to what is known about some variable.
   * @param from the number of the first variable that does not count
   */
  isChangedBy({ after, completes }: Outcome, from: number): boolean {
    if (!completes) return false;
    for (const [slot, value] of after) {
      if (slot.id >= from || slot.value === value) continue;
      if (!slot.value || !value || !isSame(slot.value, join([slot.value, value]))) return true;
    }
    return false;
  }

  /** Continues with the state of any of the branches. @returns whether any of them completes */
  merge(outcomes: readonly Outcome[]): boolean {
    const live = outcomes.filter(({ completes }) => completes);
    const [first, ...others] = live;
    if (!first) return false;
    if (others.length === 0) {
      for (const [slot, value] of first.after) this.write(slot, value);
      return true;
    }
    const slots = new Set<Slot>();
    for (const { after } of live) for (const slot of after.keys()) slots.add(slot);
    for (const slot of slots) {
      const values = live.map(({ after }) => (after.has(slot) ? after.get(slot) : slot.value));
      const known = values.filter((value) => value !== undefined);
      // A fact about a property holds only if it holds on all paths.
      this.write(slot, known.length < values.length ? undefined : join(known));
    }
    return true;
  }
}
