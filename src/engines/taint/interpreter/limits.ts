/** A function was too complex to follow. */
export class TooComplex extends Error {}

/** Bounds, beyond which something is given up, with a gap in the report. */
export const limits = {
  /** Expressions evaluated for a function that is followed on its own, with all that it calls. */
  steps: 60_000,
  /** Calls inside of calls. */
  depth: 24,
};
