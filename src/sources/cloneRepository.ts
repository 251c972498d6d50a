import { mkdir } from 'node:fs/promises';
import { CodedError } from '../base/errors';
import { runGit, type GitEnd } from './runGit';

export interface CloneOptions {
  /** As git gets it; may hold a user and a password. */
  readonly url: string;
  readonly transport: string;
  readonly ref: string | null;
  readonly commit: string | null;
  /** An empty folder, made when missing. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** @param percent 0 to 100 over all of git's steps */
  readonly onProgress: (percent: number, step: string) => void;
}

/** Git's steps as it names them, and where each lies between 0 and 100. */
const steps: readonly { name: string; from: number; to: number }[] = [
  { name: 'Counting objects', from: 0, to: 4 },
  { name: 'Compressing objects', from: 4, to: 10 },
  { name: 'Receiving objects', from: 10, to: 75 },
  { name: 'Resolving deltas', from: 75, to: 85 },
  { name: 'Updating files', from: 85, to: 100 },
];

/**
 * Fetches one state of a repository: one commit deep, no other branches, tags or submodules; no hook, filter or helper runs.
 * @returns the commit that lies in the folder now
 * @throws CodedError CLONE_FAILED with git's reason; the signal's reason
 */
export async function cloneRepository(options: CloneOptions): Promise<string> {
  const { folder, ref, commit } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await git(options, ['init', '--quiet', '--template=']);
  const shallow = ['--depth=1'];
  const whole = commit !== null && /^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(commit);
  if (commit === null) await fetchInto(options, shallow, ref ?? 'HEAD');
  else if (!whole || !(await tryFetch(options, shallow, commit)).ok) {
    // A short id, or a server that only gives what a branch points to: it takes the history to find the commit.
    // Its branches go where no branch of ours can be in their way.
    const all = ref === null ? ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'] : [ref];
    await fetchInto(options, [], ...all);
  }
  const target = commit ?? 'FETCH_HEAD';
  await git(options, ['checkout', '--progress', '--force', '--detach', `${target}^{commit}`, '--']);
  return (await git(options, ['rev-parse', 'HEAD'])).stdout.trim();
}

async function fetchInto(options: CloneOptions, flags: readonly string[], ...refs: string[]): Promise<void> {
  const result = await tryFetch(options, flags, ...refs);
  if (!result.ok) throw failed(result, options.url);
}

function tryFetch(options: CloneOptions, flags: readonly string[], ...refs: string[]): Promise<GitEnd> {
  const always = ['fetch', '--progress', '--no-tags', '--no-recurse-submodules', '--no-write-commit-graph'];
  return run(options, [...always, ...flags, '--', options.url, ...refs]);
}

async function git(options: CloneOptions, args: readonly string[]): Promise<GitEnd> {
  const result = await run(options, args);
  if (!result.ok) throw failed(result, options.url);
  return result;
}

function run(options: CloneOptions, args: readonly string[]): Promise<GitEnd> {
  const { folder, transport, signal, onProgress } = options;
  return runGit({
    cwd: folder,
    args,
    transports: [transport],
    signal,
    onProgress: (text) => {
      const progress = readProgress(text);
      if (progress) onProgress(progress.percent, progress.step);
    },
  });
}

/** The last progress that a piece of git's output tells. */
export function readProgress(text: string): { percent: number; step: string } | undefined {
  const last = [...text.matchAll(/(?:^|[\r\n])(?:remote: )?([A-Z][a-z]+ [a-z]+): +(\d{1,3})%/g)].pop();
  const step = steps.find(({ name }) => name === last?.[1]);
  if (!last || !step) return undefined;
  return { step: step.name, percent: step.from + ((step.to - step.from) * Number(last[2])) / 100 };
}

/** Git's own reason, in one line and without the password that may be in the URL. */
function failed(result: GitEnd, url: string): CodedError<'CLONE_FAILED'> {
  const lines = result.stderr.split(/[\r\n]+/).filter((line) => /^(fatal|error|ERROR):/.test(line));
  const reason = (lines[0] ?? result.stderr.split(/[\r\n]+/).pop() ?? '').replace(/^(fatal|error): /i, '');
  const { username, password } = new URL(url);
  const secrets = [password, decodeURIComponent(password), username && `${username}@`].filter((text) => text !== '');
  const clean = secrets.reduce((text, secret) => text.replaceAll(secret, ''), reason);
  return new CodedError(
    'CLONE_FAILED',
    `Failed to clone repository: ${clean.trim().slice(0, 400) || 'unknown reason'}`,
  );
}
