// How much slower than an idle machine this one is, measured once when a run starts. Tests assert no times: their limits only catch what
// hangs, and are scaled by this.
import { availableParallelism } from 'node:os';

/** What {@link spin} takes on an idle machine of 2026, in ms. */
const idleMs = 200;
const variable = 'CODEAGENT_TEST_SLOWNESS';

/** Work for one processor. */
function spin() {
  let x = 1;
  for (let i = 0; i < 10_000_000; i += 1) x = (x * 48_271) % 2_147_483_647;
  return x;
}

/** How many times longer than on an idle machine the same work takes now, from 1 to 40. */
export function measureSlowness() {
  const began = performance.now();
  if (spin() === 0) throw new Error('a multiplication went wrong');
  const measured = (performance.now() - began) / idleMs;
  // Many suites need a second processor.
  const fewCores = availableParallelism() < 2 ? 2 : 1;
  return Math.min(40, Math.max(1, measured * fewCores));
}

/** Measures once and passes the result to all processes that this one starts. @param crowd the slowdown due to whatever else this one runs */
export function tellSlowness(crowd = 1) {
  process.env[variable] ??= (measureSlowness() * crowd).toFixed(1);
}

/**
 * A limit that only catches what hangs.
 * @param {number} ms what it would be on an idle machine, with room to spare
 * @returns {number} in milliseconds
 */
export function patience(ms) {
  tellSlowness();
  return Math.ceil(ms * Number(process.env[variable]));
}
