import { CodedError } from '../../base/errors';
import { cpuTime } from '../../base/cpuTime';
import { runProcess } from '../../base/process';
import type { Program } from './program';

/** Limit of the output of one run of ast-grep, in characters. Each match includes its lines in full. */
const maxOutput = 256_000_000;
/** Limit of the output about one file, in characters: each of many matches on a long line repeats it. */
const maxOutputOfFile = 20_000_000;
/** How often to check whether a file takes too long, in ms. */
const checkIntervalMs = 100;
/** How long a file, or the start of ast-grep, may take without using the CPU, as when the disk does not respond. In ms. */
const stalledMs = 120_000;

/** The line with which ast-grep announces a file. */
const beginsFile = /^sg: entity\|file\|(.*): language=\w+,appliedRuleCount=\d+$/;

export interface PassTask {
  readonly program: Program;
  /** The path of ast-grep's configuration. */
  readonly config: string;
  readonly root: string;
  /** Paths below the root. */
  readonly files: readonly string[];
  /** How long one file may take ast-grep's own program, in ms of CPU time. */
  readonly budgetMs: number;
  readonly signal: AbortSignal;
  /** Called with a line of output. @returns the path of the file that it is about */
  readonly onLine: (line: string) => string | undefined;
  /** Called when the files before this one are done. */
  readonly onFile?: (path: string) => void;
}

/** How a run of ast-grep ended. */
export interface PassEnd {
  /** Files that are done: all their matches have been received. */
  readonly done: readonly string[];
  /** The file that took too long, produced too much output or crashed ast-grep; the files after it have not been read. */
  readonly culprit?: { readonly path: string; readonly why: 'slow' | 'verbose' | 'crashed' };
  /** Other lines that ast-grep wrote. */
  readonly warnings: readonly string[];
}

/** The number of lines that are kept of what ast-grep writes besides its result. */
const maxWarnings = 100;

/**
 * Searches files one after the other in one run of ast-grep, until one of them exceeds a limit.
 * @throws the signal's reason; CodedError TOOL_FAILED if it ends before reading a file, TIMEOUT, START_FAILED, TOO_MUCH_OUTPUT
 */
export async function searchFiles(task: PassTask): Promise<PassEnd> {
  const begun: string[] = [];
  let pid = 0;
  let since = { clock: performance.now(), cpu: 0 };
  const restart = () => (since = { clock: performance.now(), cpu: cpuTime(pid) ?? 0 });
  const isLate = () => {
    const clock = performance.now() - since.clock;
    const cpu = cpuTime(pid);
    const used = cpu === undefined ? clock : cpu - since.cpu;
    return clock > stalledMs || (begun.length > 0 && used > task.budgetMs * task.program.slowdown);
  };
  const stop = new AbortController();
  const onAbort = () => stop.abort(task.signal.reason);
  task.signal.addEventListener('abort', onAbort, { once: true });
  if (task.signal.aborted) onAbort();
  const timer = setInterval(() => isLate() && stop.abort(new CodedError('TIMEOUT', 'took too long')), checkIntervalMs);
  let line = '';
  const warnings: string[] = [];
  const warn = (text: string) => {
    if (text.trim() !== '' && !text.startsWith('sg: ') && warnings.length < maxWarnings) warnings.push(text);
  };
  let current: { readonly path: string; written: number } | undefined;
  let verbose: string | undefined;
  const onLine = (text: string) => {
    if (verbose !== undefined) return; // Output that was still in the pipe when the program was killed.
    const path = task.onLine(text);
    if (path === undefined) return;
    if (current?.path !== path) current = { path, written: 0 };
    current.written += text.length;
    if (current.written <= maxOutputOfFile) return;
    verbose = path;
    stop.abort(new CodedError('TOO_MUCH_OUTPUT', 'wrote too much about one file'));
  };
  try {
    const { exitCode } = await runProcess({
      command: task.program.command,
      args: task.program.args(task.config, task.files),
      ...(task.program.env && { env: task.program.env }),
      cwd: task.root,
      signal: stop.signal,
      maxOutput,
      onLine,
      onStart: (started) => {
        pid = started;
        restart();
      },
      onStderr: (text) => {
        const lines = (line + text).split('\n');
        line = lines.pop() ?? '';
        for (const one of lines) {
          const path = beginsFile.exec(one.trimEnd())?.[1];
          if (path === undefined) {
            warn(one);
            continue;
          }
          const file = path.replaceAll('\\', '/').replace(/^\.\//, '');
          begun.push(file);
          restart();
          task.onFile?.(file);
        }
      },
    });
    warn(line);
    // 1 means that a rule with severity "error" matched; ours have none.
    if (exitCode === 0 || exitCode === 1) return { done: task.files, warnings };
    const path = begun.at(-1);
    // Such as 6 and 8: errors in its configuration or rules, which it reads before any file.
    if (path === undefined) {
      const why = warnings.join(' ').slice(0, 500).replace(/\s+/g, ' ');
      throw new CodedError('TOOL_FAILED', `ast-grep ended with ${exitCode ?? 'a signal'}: ${why}`);
    }
    return { done: begun.slice(0, -1), culprit: { path, why: 'crashed' }, warnings };
  } catch (error) {
    if (task.signal.aborted || !stop.signal.aborted) throw error;
    if (verbose !== undefined) {
      const at = begun.indexOf(verbose);
      return { done: begun.slice(0, Math.max(0, at)), culprit: { path: verbose, why: 'verbose' }, warnings: [] };
    }
    const path = begun.at(-1);
    if (path === undefined) throw new CodedError('TIMEOUT', `ast-grep read no file within ${stalledMs / 1000} s`);
    return { done: begun.slice(0, -1), culprit: { path, why: 'slow' }, warnings: [] };
  } finally {
    clearInterval(timer);
    task.signal.removeEventListener('abort', onAbort);
  }
}
