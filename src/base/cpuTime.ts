import { readFileSync } from 'node:fs';

/** Clock ticks a second, as Linux tells them to programs on every machine that we build for. */
const ticks = 100;

/**
 * The CPU time that a process has used, in ms: on a busy machine it grows more slowly than the clock.
 * @returns undefined where the system does not tell, or when the process is gone
 */
export function cpuTime(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before may hold blanks and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticks;
  } catch {
    return undefined;
  }
}
