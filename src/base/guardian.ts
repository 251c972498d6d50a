import { spawn, type ChildProcess } from 'node:child_process';

// A process that is killed (kill -9, out of memory) can end nothing any more, and Node has no way to have the kernel end its children with it. So a
// small process stands by, `guardianProcess.ts`: it is told which process groups were started, and kills what is left of them when its pipe closes.

let program: string | undefined;
let guardian: ChildProcess | undefined;
const groups = new Set<number>();

/**
 * From now on, what this process starts ends with it, however it ends.
 * @param file absolute path of the built `guardianProcess.js`
 */
export function useGuardian(file: string): void {
  program = file;
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
  if (!guardian) {
    guardian = start(program);
    // All of them: a guardian that was killed is followed by another.
    for (const pid of groups) guardian.stdin?.write(`+${pid}\n`);
  } else guardian.stdin?.write(`${line}\n`);
}

function start(file: string): ChildProcess {
  // Not through process.ts, which asks this file: nobody guards the guardian.
  const child = spawn(process.execPath, ['--max-semi-space-size=1', file], {
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
  child.unref();
  unref(child.stdin);
  return child;
}

/** Child's pipes are sockets, which Node's types do not say. */
function unref(stream: object): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
}
