/** A function was too complex to follow. */
export class TooComplex extends Error {
  /** Whether it is known which call took most of the steps. */
  isBlamed = false;
}

/** Limits beyond which something is abandoned, with a gap in the report. */
export const limits = {
  /** Expressions evaluated for an entry point, including everything that it calls. */
  steps: 40_000,
  /** Expressions evaluated for all functions of a file; each gets at most a quarter of what remains. */
  stepsOfFile: 160_000,
  /** The minimum of these steps for each function. */
  stepsAtLeast: 1_000,
  /** A function that this often used a large part of the steps of an abandoned entry point is no longer followed when called. */
  strikes: 2,
  /** How often a function is followed for different arguments. After that, calls are only distinguished by the data and functions in them. */
  variants: 8,
  /** Steps for an included file, including everything that it includes. */
  included: 5_000,
  /** Depth of recursion; if nothing may be missed, it applies if the inner calls can cause more defects. */
  turns: 2,
  exactTurns: 5,
  /** Depth of nested calls. */
  depth: 24,
};
