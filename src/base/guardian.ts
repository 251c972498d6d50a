import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { Socket } from 'node:net';

// A process that is killed (kill -9, out of memory) can end nothing any more, and Node has no way to have the kernel end its children with it. So a
// small process stands by, `guardianProcess.ts`: it is told which process groups were started, and kills what is left of them when its pipe closes.
// Who is killed right after a start has not told of it yet; so all that is started carries a mark, which the guardian looks for where it can (Linux).

let program: string | undefined;
let guardian: ChildProcess | undefined;
const groups = new Set<number>();
const mark = randomUUID();

/**
 * From now on, what this process starts ends with it, however it ends.
 * @param file absolute path of the built `guardianProcess.js`
 */
export function useGuardian(file: string): void {
  program = file;
}

/** Has the guardian ready. @returns what a process has to have in its environment to be guarded from its first moment */
export function guardedEnv(): Record<string, string> {
  if (program === undefined) return {};
  guardian ??= start(program);
  return { CODEAGENT_GUARD: mark };
}

/** Has a process group end when this process is killed. @returns to be called once the group is gone */
export function guard(pid: number): () => void {
  groups.add(pid);
  tell(`+${pid}`);
  return () => {
    groups.delete(pid);
    tell(`-${pid}`);
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

function tell(line: string): void {
  if (program === undefined) return;
  guardian ??= start(program);
  guardian.stdin?.write(`${line}\n`);
}

function start(file: string): ChildProcess {
  // Not through process.ts, which asks this file: nobody guards the guardian.
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
  // Its end is seen by the above.
  child.stdin.on('error', gone);
  // All of them: a guardian that was killed is followed by another.
  for (const pid of groups) child.stdin.write(`+${pid}\n`);
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}
