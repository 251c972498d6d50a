import { execFile } from 'node:child_process';
import { execa } from 'execa';
import { abortReason } from './abort';
import { CodedError, errorCode, errorMessage } from './errors';
import { yieldToOthers } from './priority';

/** How long a process group may take to end after SIGTERM before it is killed, and its pipes to close after that. In ms. */
const grace = 150;
const stderrKept = 16_384;

export interface ProcessRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Added to {@link minimalEnv}. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Gets every line of stdout, without its line break, as it comes. An error thrown here ends the process. */
  onLine(line: string): void;
  /** Gets what comes on stderr, as it comes: progress, mostly. */
  onStderr?(text: string): void;
  /** Bytes of stdout, all together; more ends the process. */
  readonly maxOutput: number;
  readonly timeoutMs?: number;
  /** Gets the id of the process once it runs. */
  onStart?(pid: number): void;
}

export interface ProcessEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** The last 16 KB. */
  readonly stderr: string;
}

/** What a tool gets of our environment: enough to find its files and a temporary folder, no tokens. */
export function minimalEnv(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'LANG', 'LC_ALL', 'SystemRoot', 'USERPROFILE', 'APPDATA'];
  names.push('LOCALAPPDATA', 'PATHEXT', 'COMSPEC', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'SSL_CERT_FILE');
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && names.some((n) => n.toUpperCase() === name.toUpperCase())) env[name] = value;
  }
  return env;
}

/** The same for a child that is Node itself: inside Electron it must be told so. */
export function nodeEnv(): Record<string, string> {
  const electron = process.versions['electron'] !== undefined || process.env['ELECTRON_RUN_AS_NODE'] !== undefined;
  return { ...minimalEnv(), ...(electron && { ELECTRON_RUN_AS_NODE: '1' }) };
}

/** Signals a process that was started detached, with all its descendants. One that is gone already is fine. */
export function killTree(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (process.platform === 'win32') {
    // taskkill fails when the process is gone, which is what we want.
    execFile('taskkill', ['/pid', String(pid), '/T', '/F'], { windowsHide: true }, () => undefined);
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // macOS says EPERM of a group whose processes have all ended.
    if (errorCode(error) !== 'ESRCH' && errorCode(error) !== 'EPERM') throw error;
  }
}

/**
 * Runs a program without a shell, in a process group of its own, and reads its stdout line by line.
 * When this settles, the group is dead: also after an abort, a timeout or a flood.
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
      env: { ...minimalEnv(), ...run.env },
      extendEnv: false,
      detached: process.platform !== 'win32',
      stdin: 'ignore',
      buffer: false,
      reject: false,
      windowsHide: true,
    });
    yieldToOthers(child);
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
      child.stdout.pause();
      killTree(pid, 'SIGTERM');
      timers.push(
        setTimeout(() => {
          killTree(pid, 'SIGKILL');
          // A descendant that left the group may still hold the pipes; it shall not hold us.
          timers.push(setTimeout(destroyPipes, grace));
          child.stdout.resume();
        }, grace),
      );
    };
    const onAbort = () => stop(abortReason(run.signal));
    run.signal.addEventListener('abort', onAbort, { once: true });
    if (run.timeoutMs !== undefined) {
      const limit = run.timeoutMs;
      const late = () => stop(new CodedError('TIMEOUT', `did not end within ${Math.round(limit / 1000)} s`));
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
      // Children that outlive their parent, as some wrappers leave them, end with it.
      if (child.pid !== undefined && process.platform !== 'win32') killTree(child.pid, 'SIGKILL');
      // execa's promise also waits for the pipes; this bounds that wait, in case one left the group and keeps them open.
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

/** Cuts a stream of text into lines, and throws TOO_MUCH_OUTPUT beyond `maxCharacters` in all. */
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
        // Parts are joined once a line, since adding to a long string piece by piece costs its square.
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
