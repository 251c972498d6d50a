import { join } from 'node:path';
import './quiet';
import { simpleGit, type SimpleGitOptions } from 'simple-git';
import { abortReason } from '../../base/abort';
import { CodedError, errorCode } from '../../base/errors';
import { gitEnvironment, type GitEnvironment } from './environment';
import { inputVariable } from './inputVariable';

export interface GitCall extends Partial<GitEnvironment> {
  /** The working directory, an absolute path. */
  readonly folder: string;
  readonly args: readonly string[];
  readonly signal: AbortSignal;
  /** Milliseconds that git may stay silent; {@link localLimit} by default. */
  readonly silentMs?: number;
  /** The folder is the top of the repository; parent folders are not searched. */
  readonly ceiling?: string;
  /** The index to use instead of the repository's own. */
  readonly index?: string;
  /** A file that git reads as its input. */
  readonly input?: string;
  /** Receives stdout as it arrives, as bytes. It is still kept until git ends, so a call must ask for a limited amount. */
  readonly onOutput?: (data: Buffer) => void;
  /** Receives git's progress. */
  readonly onProgress?: (text: string) => void;
}

/**
 * `GIT_MISSING`: not installed. `GIT_NO_REPOSITORY`: the folder is not in a work tree. `GIT_REFUSED`: it belongs to another user. `GIT_SILENT`: it hung and was
 * ended. `GIT_NONE`: there is no such setting or commit. `GIT_FAILED`: anything else; `details` is its stderr.
 */
export type GitErrorCode =
  | 'GIT_MISSING'
  | 'GIT_NO_REPOSITORY'
  | 'GIT_REFUSED'
  | 'GIT_SILENT'
  | 'GIT_NONE'
  | 'GIT_FAILED';

/** Git is ended after this long without output, in ms: it is blocked on a pipe or a lost file system. */
const localLimit = 10_000;
/** Characters of stdout. */
const maxOutput = 512 * 1024 * 1024;
/** How long to keep reading git's pipes after it was told to end, in ms; an unkillable process may hold them. */
const pipeGrace = 2_000;

/** An output stream of a process. */
type Pipe = NodeJS.ReadableStream & { destroy(): void };

/** The launcher, next to this bundle. */
const launcher = join(__dirname, 'gitLauncher.js');

/** Settings that simple-git rejects by default. We set all of them ourselves: to switch features off (see environment.ts), or to constants. */
const unsafe: NonNullable<SimpleGitOptions['unsafe']> = {
  allowUnsafeCustomBinary: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeConfigEnvCount: true,
  allowUnsafeAskPass: true,
  allowUnsafeSshCommand: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeHooksPath: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeFilter: true,
  allowUnsafeTemplateDir: true,
};

/**
 * Runs git with simple-git and our launcher. No git process is left when this settles, unless the system cannot end it, nor after a kill of
 * this process.
 * @returns stdout
 * @throws the signal's reason; CodedError {@link GitErrorCode}
 */
export async function callGit(call: GitCall): Promise<string> {
  const { signal, silentMs = localLimit } = call;
  if (signal.aborted) throw abortReason(signal);
  const stop = new AbortController();
  const pipes: Pipe[] = [];
  let giveUp: NodeJS.Timeout | undefined;
  const end = (reason: Error) => {
    if (stop.signal.aborted) return;
    stop.abort(reason);
    const release = () => pipes.forEach((pipe) => pipe.destroy());
    giveUp = setTimeout(release, pipeGrace);
  };
  const onAbort = () => end(abortReason(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  const silence = setTimeout(() => {
    end(new CodedError('GIT_SILENT', `git timed out after ${Math.round(silentMs / 1000)} s`));
  }, silentMs);

  let characters = 0;
  let result: { exitCode: number; stderr: string } = { exitCode: 0, stderr: '' };
  const env = gitEnvironment({ configuration: 'user', transports: [], settings: [], ...call });
  if (call.ceiling !== undefined) env['GIT_CEILING_DIRECTORIES'] = call.ceiling;
  if (call.index !== undefined) env['GIT_INDEX_FILE'] = call.index;
  if (call.input !== undefined) env[inputVariable] = call.input;
  const git = simpleGit({
    // Not the scanned folder, since accessing a dead mount would block this process.
    baseDir: __dirname,
    binary: [process.execPath, launcher],
    abort: stop.signal,
    allowEnvironment: Object.keys(env),
    unsafe,
    // stdout is complete when it is closed, not when the process has exited.
    completion: { onClose: true, onExit: false },
    errors(error, { exitCode, stdErr }) {
      result = { exitCode, stderr: Buffer.concat(stdErr).toString('utf8').trim() };
      return error ?? (exitCode === 0 ? undefined : new Error('git failed'));
    },
  })
    .env(env)
    .outputHandler((_command, stdout, stderr) => {
      // simple-git's types hide that they are pipes.
      pipes.push(stdout as Pipe, stderr as Pipe);
      stdout.on('data', (data: Buffer) => {
        silence.refresh();
        characters += data.length;
        call.onOutput?.(data);
        if (characters > maxOutput) end(new CodedError('GIT_FAILED', 'the output of git exceeds 512 MB'));
      });
      stderr.on('data', (data: Buffer) => {
        silence.refresh();
        call.onProgress?.(data.toString('utf8'));
      });
    });
  try {
    return await git.raw(['-C', call.folder, ...call.args]);
  } catch (error) {
    if (stop.signal.aborted) throw abortReason(stop.signal);
    if (result.exitCode === 0) throw error;
    throw failure(result.exitCode, result.stderr);
  } finally {
    clearTimeout(silence);
    clearTimeout(giveUp);
    signal.removeEventListener('abort', onAbort);
  }
}

/** The same for a query that may have no result. @returns undefined then */
export async function askGit(call: GitCall): Promise<string | undefined> {
  try {
    return await callGit(call);
  } catch (error) {
    if (errorCode(error) === 'GIT_NONE') return undefined;
    throw error;
  }
}

function failure(exitCode: number, stderr: string): CodedError<GitErrorCode> {
  const coded = (code: GitErrorCode, message: string) => new CodedError(code, message, { details: stderr });
  if (/^fatal: git is not installed/m.test(stderr)) return coded('GIT_MISSING', 'git is not installed');
  if (/^fatal: (detected dubious ownership|unsafe repository)/m.test(stderr))
    return coded('GIT_REFUSED', 'git refuses to read a repository that belongs to another user');
  if (/^fatal: (not a git repository|this operation must be run in a work tree)/m.test(stderr))
    return coded('GIT_NO_REPOSITORY', 'it is not in a git repository');
  if (exitCode === 1 && stderr === '') return coded('GIT_NONE', 'there is none');
  return coded('GIT_FAILED', `git failed: ${reasonOf(stderr)}`);
}

/** Git's reason in one line. */
export function reasonOf(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line !== '');
  const reason = lines.find((line) => /^(fatal|error|ERROR):/.test(line)) ?? lines.at(-1) ?? '';
  return (
    reason
      .replace(/^(fatal|error): /i, '')
      .trim()
      .slice(0, 400) || 'unknown reason'
  );
}
