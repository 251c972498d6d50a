import { readFileSync } from 'node:fs';

/** Clock ticks per second, the same on every Linux that we build for. */
const ticks = 100;

/**
 * The CPU time that a process has used, in ms. On a busy machine it grows more slowly than the clock.
 * @returns undefined if the system does not provide it or the process is gone
 */
export function cpuTime(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before it may contain spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticks;
  } catch {
    return undefined;
  }
}
