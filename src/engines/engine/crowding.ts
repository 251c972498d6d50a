import { availableParallelism, loadavg } from 'node:os';

/** Beyond this, a limit would no longer end what hangs. */
const most = 8;

/**
 * How many times as long work takes because of what else runs on this machine: 1 where it is idle, and on Windows, which does not tell. A limit of an idle
 * machine times this ends what hangs, and nothing that only has to wait for a processor.
 */
export function crowding(): number {
  const [lastMinute = 0] = loadavg();
  return Math.min(most, Math.max(1, lastMinute / availableParallelism()));
}
