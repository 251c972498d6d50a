// Stands by a process that starts others; see guardian.ts. Its input is lines, `+<process group>` and `-<process group>`.
import { execFile } from 'node:child_process';
import { createInterface } from 'node:readline';

const groups = new Set<number>();

// It ends with its pipe only: whoever ends the process that it guards by a signal to all must not end it first.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const pid = Number(line.slice(1));
    if (!Number.isSafeInteger(pid) || pid <= 1) return;
    if (line.startsWith('+')) groups.add(pid);
    else groups.delete(pid);
  })
  .on('close', () => {
    for (const pid of groups) kill(pid);
  });

function kill(pid: number): void {
  if (process.platform === 'win32') {
    execFile('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true }, () => undefined);
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
