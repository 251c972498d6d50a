/** A function was too complex to follow. */
export class TooComplex extends Error {
  /** Whether the call that took most of the steps is known. */
  isBlamed = false;
}

/** Bounds, beyond which something is given up, with a gap in the report. */
export const limits = {
  /** Expressions evaluated for a function that is followed on its own, with all that it calls. */
  steps: 40_000,
  /** Expressions evaluated for all functions of a file; each gets at most a quarter of what is left. */
  stepsOfFile: 160_000,
  /** Steps for a file, of those above, that each function gets at least. */
  stepsAtLeast: 1_000,
  /** After so many times that a function took a good part of the steps of one that was then given up, calls of it are not followed. */
  strikes: 2,
  /** How often a function is followed for arguments of which something else is known. After that, calls are told apart by the data and functions in them only. */
  variants: 8,
  /** Steps for a file that is included, with all that it includes. */
  included: 5_000,
  /** Calls of a function inside of each other; and where nothing must be missed, if the inner ones can cause more. */
  turns: 2,
  exactTurns: 5,
  /** Calls inside of calls. */
  depth: 24,
};
