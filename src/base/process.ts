import { execFile, execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { execa } from 'execa';
import { abortReason, delay } from './abort';
import { CodedError, errorCode, errorMessage } from './errors';
import { guard, guardedEnv } from './guardian';
import { yieldToOthers } from './priority';

// The one door for processes: they are started and ended only here (test/architecture/doors.test.ts).

/** How long a process group has to end after SIGTERM, and then its pipes to close after SIGKILL, in ms. */
const grace = 150;
const stderrKept = 16_384;

export interface ProcessRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to {@link minimalEnv}. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Receives each line of stdout, without its line break. An error thrown here ends the process. */
  onLine(line: string): void;
  /** Receives stderr as it arrives: mostly progress. */
  onStderr?(text: string): void;
  /** Total bytes of stdout; more ends the process. */
  readonly maxOutput: number;
  readonly timeoutMs?: number;
  /** Someone is waiting for a short answer, so it does not yield to other programs. */
  readonly urgent?: boolean;
  /** Receives the process id once it runs. */
  onStart?(pid: number): void;
}

export interface ProcessEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** The last 16 KB. */
  readonly stderr: string;
}

const passedOn =
  /^(PATH|HOME|USERPROFILE|APPDATA|LOCALAPPDATA|SYSTEMROOT|WINDIR|COMSPEC|PATHEXT|TMPDIR|TEMP|TMP|LANG|LC_ALL|SSL_CERT_(FILE|DIR)|(HTTPS?|NO)_PROXY)$/i;
/** More variables for our own programs, such as those that tell git which repositories are safe. NODE_V8_COVERAGE measures test coverage. */
const passedOnToOurs =
  /^(XDG_\w+_HOME|SSH_AUTH_SOCK|GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|GIT_SSL_CA(?:INFO|PATH)|NODE_EXTRA_CA_CERTS|NODE_V8_COVERAGE|CODEAGENT_(CA_FILE|PROXY_AUTHORIZATION|PROXY_STRICT_SSL))$/i;

/** The part of our environment that a tool gets: enough to find its files, a temporary folder, the proxy and certificates, but no tokens. */
export function minimalEnv(): Record<string, string> {
  return environmentOf((name) => passedOn.test(name));
}

/** The same for one of our own programs. Electron must be told to run it as Node. */
export function nodeEnv(): Record<string, string> {
  const electron = process.versions['electron'] !== undefined || process.env['ELECTRON_RUN_AS_NODE'] !== undefined;
  const env = environmentOf((name) => passedOn.test(name) || passedOnToOurs.test(name));
  return { ...env, ...(electron && { ELECTRON_RUN_AS_NODE: '1' }) };
}

function environmentOf(wanted: (name: string) => boolean): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined && wanted(name)) env[name] = value;
  return env;
}

/** Signals a detached process and all its descendants, if they still exist. */
export function killTree(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (process.platform === 'win32') {
    // taskkill fails if the process is gone, which is fine.
    execFile('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true }, () => undefined);
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // macOS reports EPERM for a group whose processes have all ended.
    if (errorCode(error) !== 'ESRCH' && errorCode(error) !== 'EPERM') throw error;
  }
}

/** How long {@link endTree} waits after asking, after SIGTERM and after SIGKILL, each in ms. */
export interface EndOptions {
  readonly graceMs: number;
  /** Asks the process to end by itself: closes its input, sends it a message. */
  readonly ask?: () => void;
  /** Whether the process is still there; checked before every signal, since its id may have been reused. */
  readonly alive: () => boolean | Promise<boolean>;
}

/**
 * Ends a process and all that it started: asks it, then sends SIGTERM, then SIGKILL, each with a grace period.
 * @returns whether it is gone
 */
export async function endTree(pid: number, { graceMs, ask, alive }: EndOptions): Promise<boolean> {
  for (const act of [ask, () => killTree(pid, 'SIGTERM'), () => killTree(pid, 'SIGKILL')]) {
    if (!act) continue;
    if (!(await alive())) return true;
    act();
    const until = performance.now() + graceMs;
    while ((await alive()) && performance.now() < until) await delay(10);
  }
  return !(await alive());
}

export type { ChildProcess };

export interface NodeStart {
  /** `ignore` by default. */
  readonly stdin?: 'pipe';
  /** One of our built files. */
  readonly file: string;
  readonly args?: readonly string[];
  /** Flags of Node itself. */
  readonly execArgv?: readonly string[];
  /** Added to {@link nodeEnv}. */
  readonly env?: Readonly<Record<string, string>>;
  /** What to do with its stdout; piped by default. */
  readonly stdout?: 'pipe' | 'ignore';
  /** Whether it survives when this process is killed: only a runner does, for the next window to reconnect to. */
  readonly outlives?: boolean;
}

/**
 * Starts one of our own programs in Node, in its own process group, with a message channel. It must exit when the channel closes.
 * When it ends, so does the rest of its group.
 */
export function startNode(start: NodeStart): ChildProcess {
  const child = fork(start.file, [...(start.args ?? [])], {
    stdio: [start.stdin ?? 'ignore', start.stdout ?? 'pipe', 'pipe', 'ipc'],
    env: { ...nodeEnv(), ...start.env, ...(!start.outlives && guardedEnv()) },
    execArgv: [...(start.execArgv ?? [])],
    detached: process.platform !== 'win32',
  });
  const { pid } = child;
  if (pid === undefined) return child;
  const release = start.outlives ? () => undefined : guard(pid);
  child.once('exit', () => {
    if (process.platform !== 'win32') killTree(pid, 'SIGKILL');
    release();
  });
  return child;
}

/** Whether a child is still running. */
export function isRunning(child: Pick<ChildProcess, 'pid' | 'exitCode' | 'signalCode'>): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** {@link endTree} for a child of {@link startNode}; `ask` tells it to exit. When this resolves it is gone. */
export async function endNode(child: ChildProcess, graceMs: number, ask?: () => void): Promise<void> {
  if (child.pid === undefined || !isRunning(child)) return;
  const gone = once(child, 'exit');
  await endTree(child.pid, { graceMs, alive: () => isRunning(child), ...(ask && { ask }) });
  await gone;
}

/**
 * Runs a quick system program and returns its output; undefined when it fails or prints nothing.
 * Blocks until then.
 */
export function askSystem(command: string, args: readonly string[]): string | undefined {
  try {
    const options = { env: { LC_ALL: 'C', TZ: 'UTC' }, stdio: 'pipe', timeout: 5_000, windowsHide: true } as const;
    return execFileSync(command, args, options).toString('utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Runs a program without a shell, in its own process group, and reads its stdout line by line.
 * When this settles the group is dead, even after an abort, a timeout or too much output.
 * @throws the signal's reason; CodedError START_FAILED | TIMEOUT | TOO_MUCH_OUTPUT; whatever `onLine` threw
 */
export function runProcess(run: ProcessRun): Promise<ProcessEnd> {
  return new Promise((resolve, reject) => {
    if (run.signal.aborted) {
      reject(abortReason(run.signal));
      return;
    }
    const child = execa(run.command, run.args, {
      cwd: run.cwd,
      env: { ...minimalEnv(), ...run.env, ...guardedEnv() },
      extendEnv: false,
      detached: process.platform !== 'win32',
      stdin: 'ignore',
      buffer: false,
      reject: false,
      windowsHide: true,
    });
    if (!run.urgent) yieldToOthers(child);
    const release = child.pid === undefined ? () => undefined : guard(child.pid);
    if (child.pid !== undefined) run.onStart?.(child.pid);
    let failure: unknown;
    let stderr = '';
    const timers: NodeJS.Timeout[] = [];

    const destroyPipes = () => {
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const stop = (reason: unknown) => {
      if (failure !== undefined) return;
      failure = reason;
      const { pid } = child;
      if (pid === undefined) return;
      void endTree(pid, { graceMs: grace, alive: () => isRunning(child) }).then(() => {
        // A descendant that left the group may still hold the pipes; do not wait for it.
        timers.push(setTimeout(destroyPipes, grace));
      });
    };
    const onAbort = () => stop(abortReason(run.signal));
    run.signal.addEventListener('abort', onAbort, { once: true });
    if (run.timeoutMs !== undefined) {
      const limit = run.timeoutMs;
      const late = () => stop(new CodedError('TIMEOUT', `timed out after ${Math.round(limit / 1000)} s`));
      timers.push(setTimeout(late, limit));
    }

    const lines = lineReader((line) => {
      if (failure === undefined) run.onLine(line);
    }, run.maxOutput);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (failure !== undefined) return;
      try {
        lines.push(text);
      } catch (error) {
        stop(error);
      }
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-stderrKept);
      run.onStderr?.(text);
    });

    const settle = (exitCode: number | null) => {
      for (const timer of timers) clearTimeout(timer);
      run.signal.removeEventListener('abort', onAbort);
      try {
        if (failure === undefined) lines.end();
      } catch (error) {
        failure = error;
      }
      if (failure === undefined) resolve({ exitCode, stderr: stderr.trim() });
      else reject(failure instanceof Error ? failure : new Error(errorMessage(failure)));
    };
    child.on('exit', () => {
      // Some wrappers leave children behind; they end too.
      if (child.pid !== undefined && process.platform !== 'win32') killTree(child.pid, 'SIGKILL');
      release();
      // execa's promise also waits for the pipes; this bounds that wait in case a process has left the group and keeps them open.
      timers.push(setTimeout(destroyPipes, 2_000));
    });
    void child.then((result) => {
      if (child.pid === undefined)
        failure ??= new CodedError(
          'START_FAILED',
          `could not be started: ${result.originalMessage ?? 'unknown error'}`,
        );
      settle(result.exitCode ?? null);
    });
  });
}

/** Splits a stream of text into lines, and throws TOO_MUCH_OUTPUT beyond `maxCharacters` in total. */
export function lineReader(onLine: (line: string) => void, maxCharacters: number) {
  let parts: string[] = [];
  let seen = 0;
  const emit = (line: string) => onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
  return {
    push(text: string): void {
      seen += text.length;
      if (seen > maxCharacters)
        throw new CodedError('TOO_MUCH_OUTPUT', `wrote more than ${Math.round(maxCharacters / 1_000_000)} MB`);
      const lines = text.split('\n');
      const last = lines.pop() ?? '';
      for (const line of lines) {
        // Parts are joined once per line, since appending to a long string piece by piece is quadratic.
        if (parts.length > 0) {
          parts.push(line);
          const whole = parts.join('');
          parts = [];
          emit(whole);
        } else emit(line);
      }
      if (last !== '') parts.push(last);
    },
    end(): void {
      if (parts.length > 0) emit(parts.join(''));
      parts = [];
    },
  };
}
