import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';

// A process that is killed (kill -9, out of memory) cannot clean up, and Node cannot have the kernel end its children with it. So a
// small process stands by, `guardianProcess.ts`: it knows which process groups were started, and kills what is left of them when its pipe closes.
// A process killed right after starting another has not reported it yet, so everything started carries a mark that the guardian looks for (on Linux).

let program: string | undefined;
let guardian: ChildProcess | undefined;
const groups = new Set<number>();
const mark = randomUUID();

/**
 * From now on, whatever this process starts ends with it, however it ends.
 * @param file absolute path of the built `guardianProcess.js`
 */
export function useGuardian(file: string): void {
  program = file;
}

/** Starts the guardian if needed. @returns the environment that a process needs to be guarded from its first moment */
export function guardedEnv(): Record<string, string> {
  if (program === undefined) return {};
  guardian ??= start(program);
  return { CODEAGENT_GUARD: mark };
}

/** Makes a process group end when this process is killed. @returns a function to call once the group is gone */
export function guard(pid: number): () => void {
  groups.add(pid);
  send(`+${pid}`);
  return () => {
    groups.delete(pid);
    send(`-${pid}`);
  };
}

/** Ends the guardian, and waits until it is gone. */
export async function endGuardian(): Promise<void> {
  const child = guardian;
  program = undefined;
  guardian = undefined;
  if (child?.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.ref();
  child.stdin?.end();
  await gone;
}

function send(line: string): void {
  if (program === undefined) return;
  guardian ??= start(program);
  guardian.stdin?.write(`${line}\n`);
}

function start(file: string): ChildProcess {
  // Not through process.ts, which depends on this file: nobody guards the guardian.
  const child = spawn(process.execPath, ['--max-semi-space-size=1', file, mark], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ELECTRON_RUN_AS_NODE: '1', SystemRoot: process.env['SystemRoot'] },
    cwd: process.platform === 'win32' ? undefined : '/',
    detached: true,
    windowsHide: true,
  });
  const gone = () => {
    if (guardian === child) guardian = undefined;
  };
  child.on('error', gone).on('exit', gone);
  // The handler above sees it end.
  child.stdin.on('error', gone);
  // All of them: a guardian that was killed is replaced by another.
  for (const pid of groups) child.stdin.write(`+${pid}\n`);
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}
