import { availableParallelism, loadavg } from 'node:os';

/** Beyond this, a time limit would no longer stop what hangs. */
const most = 8;

/**
 * How many times longer work takes because of other load on this machine: 1 if it is idle, and on Windows, which does not report it. A time
 * limit scaled by this stops what hangs, but nothing that is merely waiting for a processor.
 */
export function loadFactor(): number {
  const [lastMinute = 0] = loadavg();
  return Math.min(most, Math.max(1, lastMinute / availableParallelism()));
}
