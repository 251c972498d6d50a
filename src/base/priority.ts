import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** About a third of the usual weight; Windows has only classes. */
const niceness = process.platform === 'win32' ? constants.priority.PRIORITY_BELOW_NORMAL : 5;

/** Gives the editor and the user's other programs precedence on a busy machine. A failure to do so is ignored. */
export function yieldToOthers(child: { readonly pid?: number | undefined }): void {
  if (child.pid === undefined) return;
  try {
    setPriority(child.pid, niceness);
    // Linux first weighs whole sessions (sched(7), "The autogroup feature"), and a detached process leads its own.
    if (process.platform === 'linux') writeFileSync(`/proc/${child.pid}/autogroup`, String(niceness));
  } catch {
    // Already gone, or not permitted here: it then runs at normal priority.
  }
}

/** The same for the calling worker thread. Only Linux weighs the threads of a process separately (setpriority(2), "Bugs"). */
export function yieldThread(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(niceness);
  } catch {
    // As above.
  }
}
