import { devNull } from 'node:os';
import { abortReason } from '../base/abort';
import { errorCode } from '../base/errors';
import { runProcess } from '../base/process';

const maxOutput = 512 * 1024 * 1024;

/**
 * Settings that override a repository's own: no program, hook or helper that it names is ever started, and no link is made.
 * Filters such as LFS only come from the configuration of the machine, which is not read.
 */
const settings = [
  'core.fsmonitor=false',
  `core.hooksPath=${devNull}`,
  'core.symlinks=false',
  'core.quotePath=false',
  'core.longPaths=true',
  'credential.helper=',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'gc.auto=0',
  'maintenance.auto=false',
];

const kept = ['SSH_AUTH_SOCK', 'https_proxy', 'no_proxy', 'SSL_CERT_DIR', 'USER', 'LOGNAME'];

/** What git gets beside the minimal environment: no configuration but the repository's, never a question, no transport but the given ones. */
function gitEnv(transports: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=20',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: transports.length > 0 ? transports.join(':') : 'none',
    LC_ALL: 'C',
  };
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

export interface GitRun {
  readonly cwd: string;
  readonly args: readonly string[];
  /** What git may fetch through; none when left out. */
  readonly transports?: readonly string[];
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  /** Gets git's progress as it comes. */
  readonly onProgress?: (text: string) => void;
}

export interface GitEnd {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs git. Not simple-git: on abort that ends the first process only, and git's transport helpers live on as long as their server likes.
 * @returns also when git failed, or is not there at all
 * @throws the signal's reason, once the whole process group is dead
 */
export async function runGit(run: GitRun): Promise<GitEnd> {
  const lines: string[] = [];
  try {
    const { exitCode, stderr } = await runProcess({
      command: 'git',
      args: [...settings.flatMap((setting) => ['-c', setting]), ...run.args],
      cwd: run.cwd,
      env: gitEnv(run.transports ?? []),
      signal: run.signal,
      onLine: (line) => lines.push(line),
      ...(run.onProgress && { onStderr: run.onProgress }),
      maxOutput,
      ...(run.timeoutMs !== undefined && { timeoutMs: run.timeoutMs }),
    });
    return { ok: exitCode === 0, stdout: lines.join('\n'), stderr };
  } catch (error) {
    if (run.signal.aborted) throw abortReason(run.signal);
    if (errorCode(error) === 'START_FAILED') return { ok: false, stdout: '', stderr: 'fatal: git is not installed' };
    throw error;
  }
}
