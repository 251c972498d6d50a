// Guards a process that starts others; see guardian.ts. Its input is lines, `+<process group>` and `-<process group>`; its argument is the mark that
// those processes carry in their environment.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const groups = new Set<number>();
const mark = `CODEAGENT_GUARD=${process.argv[2] ?? ''}`;

// It ends only with its pipe: a signal to the whole group must not end it before the process that it guards.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const pid = Number(line.slice(1));
    if (!Number.isSafeInteger(pid) || pid <= 1) return;
    if (line.startsWith('+')) groups.add(pid);
    else groups.delete(pid);
  })
  .on('close', () => {
    for (const pid of groups) killGroup(pid);
    // A process that was just starting another one is found in the next round.
    if (process.platform === 'linux') for (let round = 0; round < 10 && killMarked(); round += 1);
  });

function killGroup(pid: number): void {
  if (process.platform === 'win32')
    execFile('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true }, () => undefined);
  else kill(-pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

/** @returns whether there were any */
function killMarked(): boolean {
  let found = false;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || !isMarked(name)) continue;
    found = true;
    kill(Number(name));
  }
  return found;
}

function isMarked(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark);
  } catch {
    return false; // Another user's process, or gone.
  }
}
