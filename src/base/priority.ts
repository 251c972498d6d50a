import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** About a third of the weight of a program that runs as usual; Windows knows classes only. */
const niceness = process.platform === 'win32' ? constants.priority.PRIORITY_BELOW_NORMAL : 5;

/** Has the editor and what else the user does go first on a busy machine. What can't be made to yield goes on as it is. */
export function yieldToOthers(child: { readonly pid?: number | undefined }): void {
  if (child.pid === undefined) return;
  try {
    setPriority(child.pid, niceness);
    // Linux weighs whole sessions first (sched(7), "The autogroup feature"), and a detached process leads one of its own.
    if (process.platform === 'linux') writeFileSync(`/proc/${child.pid}/autogroup`, String(niceness));
  } catch {
    // Gone already, or a system that lets nobody change it: it works all the same, only at the pace of the others.
  }
}

/** The same for the worker thread that calls this. Only on Linux are threads of one process weighed by themselves (setpriority(2), "Bugs"). */
export function yieldThread(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(niceness);
  } catch {
    // As above.
  }
}
