import { mkdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import { askGit, callGit, reasonOf } from './call';
import type { Setting } from './environment';

export interface CloneOptions {
  /** May contain a user and a password. */
  readonly url: string;
  readonly transport: string;
  /** The IP addresses of its host that git may connect to; any if omitted or empty. */
  readonly addresses?: readonly string[];
  readonly ref: string | null;
  readonly commit: string | null;
  /** An empty folder, created if missing. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** @param percent 0 to 100, over all of git's steps */
  readonly onProgress: (percent: number, step: string) => void;
  /** Timeout for a silent server, in ms; {@link silentLimit} by default. */
  readonly silentMs?: number;
}

/** Git's steps by name, and the range of each between 0 and 100. */
const steps: readonly { name: string; from: number; to: number }[] = [
  { name: 'Counting objects', from: 0, to: 4 },
  { name: 'Compressing objects', from: 4, to: 10 },
  { name: 'Receiving objects', from: 10, to: 75 },
  { name: 'Resolving deltas', from: 75, to: 85 },
  { name: 'Updating files', from: 85, to: 100 },
];

const silentLimit = 60_000;

/** A repository's URL, separate from its credentials: arguments are visible to everyone on the machine, settings are not. */
interface Remote {
  readonly address: string;
  readonly settings: readonly Setting[];
  /** Options of ssh. */
  readonly ssh?: readonly string[];
}

/**
 * Fetches one commit of a repository, without history, other branches, tags or submodules. No hook, filter or helper runs.
 * @returns the commit that was checked out
 * @throws CodedError CLONE_FAILED with git's reason; the signal's reason
 */
export async function cloneRepository(options: CloneOptions): Promise<string> {
  const { folder, signal } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await inFolder(options, ['init', '--quiet', '--template=']);
    const remote = await remoteOf(options);
    try {
      await fetchState(options, remote);
    } catch (error) {
      const moved = signal.aborted ? undefined : await movedTo(options, remote, error);
      if (moved === undefined) throw error;
      await fetchState(options, moved);
    }
    await inFolder(options, [
      'checkout',
      '--progress',
      '--force',
      '--detach',
      `${options.commit ?? 'FETCH_HEAD'}^{commit}`,
      '--',
    ]);
    return (await inFolder(options, ['rev-parse', 'HEAD'])).trim();
  } catch (error) {
    if (signal.aborted) throw error;
    throw failed(error, options);
  }
}

async function fetchState(options: CloneOptions, remote: Remote): Promise<void> {
  const { ref, commit } = options;
  if (commit === null) {
    await fetchRefs(options, remote, ['--depth=1'], ref ?? 'HEAD');
    return;
  }
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(commit)) {
    try {
      await fetchRefs(options, remote, ['--depth=1'], commit);
      return;
    } catch (error) {
      if (options.signal.aborted || errorCode(error) !== 'GIT_FAILED' || redirected(error)) throw error;
    }
  }
  // A short id, or a server that serves only branch heads: the history is needed to find the commit.
  // Its branches are fetched to where they cannot conflict with ours.
  const all = ref === null ? ['+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*'] : [ref];
  await fetchRefs(options, remote, [], ...all);
}

function fetchRefs(
  options: CloneOptions,
  remote: Remote,
  flags: readonly string[],
  ...refs: string[]
): Promise<string> {
  const always = ['fetch', '--progress', '--no-tags', '--no-recurse-submodules', '--no-write-commit-graph'];
  return overNetwork(options, remote, [...always, ...flags, '--', remote.address, ...refs]);
}

function overNetwork(
  options: CloneOptions,
  remote: Remote,
  args: readonly string[],
  traceHeaders = false,
): Promise<string> {
  const { folder, transport, signal, silentMs = silentLimit } = options;
  return callGit({
    folder,
    args,
    signal,
    silentMs,
    // A local repository is read by a second git process, which needs the user's safe.directory.
    configuration: transport === 'file' ? 'user' : 'none',
    transports: [transport],
    settings: remote.settings,
    ...(remote.ssh && { ssh: remote.ssh }),
    traceHeaders,
    onProgress: progressTo(options),
  });
}

/** A call that works only in the clone. */
function inFolder(options: CloneOptions, args: readonly string[]): Promise<string> {
  const { folder, signal } = options;
  const settings: Setting[] = [['core.symlinks', 'false']];
  return callGit({
    folder,
    args,
    signal,
    configuration: 'none',
    settings,
    onProgress: progressTo(options),
    silentMs: silentLimit,
  });
}

function progressTo({ onProgress }: CloneOptions): (text: string) => void {
  return (text) => {
    const progress = readProgress(text);
    if (progress) onProgress(progress.percent, progress.step);
  };
}

/** Settings of the user's own configuration for proxies and certificates. */
const wayKeys =
  '^http\\.(.*\\.)?(proxy|proxyauthmethod|proxysslcainfo|sslcainfo|sslcapath|sslbackend|schannelcheckrevoke|schannelusesslcainfo)$';

async function remoteOf({ url, transport, addresses = [], folder, signal }: CloneOptions): Promise<Remote> {
  if (transport === 'file') return { address: url, settings: [] };
  const parsed = new URL(url);
  const { username, password } = parsed;
  parsed.password = '';
  // A host that is an IP address needs no resolution.
  const [pinned] = isIP(parsed.hostname.replace(/^\[|\]$/g, '')) === 0 ? addresses : [];
  if (transport !== 'https')
    return { address: parsed.href, settings: [], ...(pinned !== undefined && { ssh: sshTo(pinned, parsed) }) };
  parsed.username = '';
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const way = await askGit({ folder, signal, args: ['config', '--null', '--get-regexp', wayKeys] });
  const settings: Setting[] = (way ?? '')
    .split('\0')
    .filter((entry) => entry.includes('\n'))
    .map((entry) => [entry.slice(0, entry.indexOf('\n')), entry.slice(entry.indexOf('\n') + 1)]);
  settings.push(
    ['http.followRedirects', 'false'],
    ['http.lowSpeedLimit', '100'],
    ['http.lowSpeedTime', '30'],
    ['transfer.bundleURI', 'false'],
  );
  if (pinned !== undefined)
    settings.push(['http.curloptResolve', `${parsed.hostname}:${parsed.port || '443'}:${addresses.join(',')}`]);
  if (username !== '' || password !== '')
    settings.push([`http.${parsed.origin}/.extraHeader`, `Authorization: Basic ${login}`]);
  return { address: parsed.href, settings };
}

/** Makes ssh connect to this address while identifying the host by its name. */
function sshTo(address: string, { hostname, port }: URL): string[] {
  const known = port === '' || port === '22' ? hostname : `[${hostname}]:${port}`;
  return [`HostName=${address}`, `HostKeyAlias=${known}`];
}

function redirected(error: unknown): boolean {
  return errorCode(error) === 'GIT_FAILED' && /returned error: 30[12378]\b/.test(stderrOf(error));
}

function stderrOf(error: unknown): string {
  return error instanceof CodedError && typeof error.details === 'string' ? error.details : '';
}

/** The URL that the same host redirects to, as for a name without `.git`. @throws CodedError CLONE_FAILED for another host */
async function movedTo(options: CloneOptions, remote: Remote, error: unknown): Promise<Remote | undefined> {
  if (!redirected(error)) return undefined;
  const args = ['ls-remote', '--quiet', '--', remote.address, 'HEAD'];
  const headers = await overNetwork(options, remote, args, true).then(
    () => '',
    (failed: unknown) => stderrOf(failed),
  );
  const location = /<= Recv header: location: (\S+)/i.exec(headers)?.[1];
  if (location === undefined || !URL.canParse(location, remote.address)) return undefined;
  const target = new URL(location, remote.address);
  const old = new URL(remote.address);
  if (target.origin !== old.origin)
    throw new CodedError('CLONE_FAILED', `the server redirects to another host (${target.host}); use its URL instead`);
  target.search = '';
  target.pathname = target.pathname.replace(/\/info\/refs$/, '');
  return target.href === old.href ? undefined : { ...remote, address: target.href };
}

/** The latest progress in a piece of git's output. */
export function readProgress(text: string): { percent: number; step: string } | undefined {
  const last = [...text.matchAll(/(?:^|[\r\n])(?:remote: )?([A-Z][a-z]+ [a-z]+): +(\d{1,3})%/g)].pop();
  const step = steps.find(({ name }) => name === last?.[1]);
  if (!last || !step) return undefined;
  return { step: step.name, percent: step.from + ((step.to - step.from) * Number(last[2])) / 100 };
}

/** Git's reason in one line, without a password from the URL. */
function failed(error: unknown, { url, silentMs = silentLimit }: CloneOptions): CodedError<'CLONE_FAILED'> {
  const code = errorCode(error);
  const reason =
    code === 'GIT_SILENT'
      ? `the server timed out after ${Math.round(silentMs / 1000)} s`
      : code === 'CLONE_FAILED' || code === 'GIT_MISSING' || stderrOf(error) === ''
        ? errorMessage(error)
        : reasonOf(stderrOf(error));
  const { username, password } = new URL(url);
  const secrets = [password, decodeURIComponent(password), username && `${username}@`].filter((text) => text !== '');
  const clean = secrets.reduce((text, secret) => text.replaceAll(secret, ''), reason);
  return new CodedError('CLONE_FAILED', `Failed to clone repository: ${clean}`);
}
