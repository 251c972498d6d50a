import { spawn } from 'node:child_process';
import { delay } from '../base/abort';

/** Ends a process that is no child of ours: SIGTERM, and SIGKILL after a grace. In ms. */
export async function endOther(pid: number, graceMs: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isAlive(pid)) return;
    killTree(pid, signal);
    const until = performance.now() + graceMs;
    while (isAlive(pid) && performance.now() < until) await delay(20);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Signals a process and all that it started, in its group. One that is gone already is fine. */
export function killTree(pid: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(pid), '/T', '/F'], { stdio: 'ignore' });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // ESRCH: the whole group is gone already, as wished.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
