import { readdirSync, readFileSync } from 'node:fs';

export interface Process {
  pid: number;
  parent: number;
  command: string;
}

/** All processes of this machine. Linux only. */
export function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        return []; // It ended while the table was read.
      }
    });
}

/** The scan runner started by the extension that is installed below `home`. */
export function runnerOf(home: string): Process | undefined {
  return processes().find(({ command }) => command.includes(home) && command.includes('cli.js serve'));
}

/** The tools that a scan started: ast-grep and ruff of the extension that is installed below `home`. */
export function toolsOf(home: string): Process[] {
  return processes().filter(
    ({ command }) => command.includes(home) && /dist\/(ast-grep\/ast-grep|ruffChild)/.test(command),
  );
}

/** All descendants of the runner of the extension that is installed below `home`, and tools that outlived a runner. */
export function leftBy(home: string): Process[] {
  const all = processes();
  const runner = runnerOf(home);
  const below = new Set(runner ? [runner.pid] : []);
  // Parents need not come before their children in the table: repeat until nothing new is found.
  for (let size = -1; size !== below.size;) {
    size = below.size;
    for (const { pid, parent } of all) if (below.has(parent)) below.add(pid);
  }
  const tools = new Set(toolsOf(home).map(({ pid }) => pid));
  // The guardian lives as long as the runner.
  const isGuardian = (command: string) => command.includes('guardianProcess.js');
  return all.filter(
    ({ pid, command }) => pid !== runner?.pid && !isGuardian(command) && (below.has(pid) || tools.has(pid)),
  );
}

/** Freezes the scan runner and its descendants, so that a scan stays in progress for as long as a test examines it. */
export function pauseScan(home: string): void {
  signalAll(home, 'SIGSTOP');
}

/** Resumes what {@link pauseScan} froze. */
export function resumeScan(home: string): void {
  signalAll(home, 'SIGCONT');
}

function signalAll(home: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
  const send = ({ pid }: Process) => {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended.
    }
  };
  const runner = runnerOf(home);
  // The runner first: once it is frozen, it starts nothing more.
  if (runner) send(runner);
  leftBy(home).forEach(send);
}
