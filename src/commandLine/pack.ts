import { createWriteStream } from 'node:fs';
import { lstat, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Zip, ZipDeflate } from 'fflate';
import { readBounded, readTextBounded } from '../base/boundedFile';
import { CodedError, errorMessage } from '../base/errors';
import type { PackArgs } from './args/pack';
import { endSignals } from './endSignals';
import type { Packed } from '../protocol';
import { Gaps } from '../findings/coverage';
import { baselinePath } from '../findings/policy/baseline';
import { configPath } from '../findings/policy/config';
import { loadPolicy, type GivenConfig } from '../findings/policy/load';
import { checkPolicyFolder, policyFolder } from '../findings/policy/policyFolder';
import { defaultLimits } from '../base/limits';
import { takeInventory } from '../sources/inventory';
import type { SourceFile } from '../sources/sourceFile';
import { changedFiles } from '../sources/changedFiles';
import { listFolder, remoteBranches, remoteUrl, resolveCommit, topFolder, trackedChanges } from '../sources/git';
import { isRepository } from '../sources/walk';

export interface PackOptions {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** The configuration whose exclusions apply instead of the folder's own; false for none. */
  readonly config?: boolean | GivenConfig;
  /** Whether to pack even if the service could clone. */
  readonly always?: boolean;
  readonly signal: AbortSignal;
}

/**
 * `codeagent pack`: prints the result of {@link pack} as one line of JSON.
 * @returns the exit code: 0 success, 130 ended by one of {@link endSignals}, with nothing left behind
 * @throws as {@link pack}
 */
export async function packCommand(args: PackArgs): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  for (const signal of endSignals) process.on(signal, onSignal);
  // The editor that started this is gone.
  process.once('disconnect', onSignal);
  try {
    const { path, output, always, exclude, config } = args;
    const include = await includedBy(args);
    const packed = await pack(path, output, { always, include, exclude, config, signal: interrupt.signal });
    process.stdout.write(`${JSON.stringify(packed)}\n`);
    return 0;
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    throw error;
  } finally {
    for (const signal of endSignals) process.off(signal, onSignal);
    process.off('disconnect', onSignal);
    // An open channel would keep this process alive.
    if (process.connected) process.disconnect();
  }
}

/** In bytes: the length of patterns that a service accepts. */
const maxPatterns = 16 * 1024 * 1024;

/** @throws CodedError USAGE when the pattern file is unreadable or empty: without patterns, everything would be packed */
async function includedBy({ include, includeFrom }: PackArgs): Promise<string[]> {
  if (includeFrom === undefined) return include;
  let text: string;
  try {
    text = await readTextBounded(includeFrom, { maxBytes: maxPatterns, followLinks: true });
  } catch (error) {
    throw new CodedError('USAGE', `--include-from ${includeFrom} cannot be read: ${errorMessage(error)}.`);
  }
  const more = text.split(/\r?\n/).filter((line) => line !== '');
  if (more.length === 0) throw new CodedError('USAGE', `--include-from ${includeFrom} contains no patterns.`);
  return [...include, ...more];
}

/**
 * Decides how to send a folder to a service: as its commit, if that is on a remote and nothing has changed since; otherwise as a zip at `output` of
 * what
 * a local scan would read.
 * @throws CodedError EMPTY when there is nothing to pack; the signal's reason; Node's file errors
 */
export async function pack(folder: string, output: string, options: PackOptions): Promise<Packed> {
  const pushed = options.always ? undefined : await pushedCommit(folder, options.signal);
  return pushed ?? zipFolder(folder, output, options);
}

async function pushedCommit(folder: string, signal: AbortSignal): Promise<Packed | undefined> {
  const place = { folder, signal };
  try {
    const top = await topFolder(place);
    if (top === undefined || (await realpath(top)) !== (await realpath(folder))) return undefined;
    const commit = await resolveCommit(place, 'HEAD');
    if (commit === undefined || (await changedFiles(folder, 'HEAD', signal)).length > 0) return undefined;
    // Deleted files cannot be scanned here, but the commit still has them.
    if ((await trackedChanges(place, commit)).length > 0) return undefined;
    // A service does not clone nested repositories; here they are available.
    for (const { path } of (await listFolder(place)).nested)
      if (await isRepository(join(folder, path))) return undefined;
    for (const branch of await remoteBranches(place)) {
      const [remote = '', ...rest] = branch.split('/');
      const url = cloneable((await remoteUrl(place, remote)) ?? '');
      if (url !== undefined) return { kind: 'git', url, ref: rest.join('/'), commit };
    }
  } catch (error) {
    // If git fails, pack.
    if (signal.aborted || !(error instanceof CodedError)) throw error;
  }
  return undefined;
}

/** The URL, if other machines can clone from it: https without a password, or ssh. */
function cloneable(url: string): string | undefined {
  const short = /^([\w.-]+)@([\w.-]+):(?!\/)(.+)$/.exec(url);
  if (short) return `ssh://${short[1] ?? ''}@${short[2] ?? ''}/${short[3] ?? ''}`;
  if (!URL.canParse(url)) return undefined;
  const { protocol, password, username } = new URL(url);
  return (protocol === 'https:' && username === '' && password === '') || (protocol === 'ssh:' && password === '')
    ? url
    : undefined;
}

async function zipFolder(folder: string, output: string, options: PackOptions): Promise<Packed> {
  const { signal, config = true } = options;
  const given = typeof config === 'object' ? config : undefined;
  const own = config ? (await loadPolicy(folder, given)).policy.config?.config : undefined;
  const inventory = await takeInventory(folder, {
    include: options.include ?? [],
    exclude: [...(own?.exclude ?? []), ...(options.exclude ?? [])],
    within: own?.include ?? [],
    askGit: true,
    // Do not send files that a service would not read.
    limits: { ...defaultLimits, maxLockfileSize: 32 * 1024 * 1024 },
    signal,
    onProgress: () => undefined,
  });
  if (inventory.files.length === 0) {
    const scope = (options.include ?? []).length > 0 ? ' that was requested' : '';
    throw new CodedError('EMPTY', `There is nothing to scan in ${folder}${scope}.`);
  }
  // The service gets only these files and cannot know what is missing.
  const gaps = new Gaps();
  for (const { kind, reason, files } of inventory.gaps) gaps.add(kind, null, reason, files);
  const files = config ? [...inventory.files, ...(await policyFiles(folder, inventory.files, gaps))] : inventory.files;
  try {
    const target = createWriteStream(output, { mode: 0o600 });
    await pipeline(Readable.from(zipped(folder, files, gaps)), target, { signal });
    const unread = gaps.filesOf('unreadable');
    const sent = files.filter(({ path }) => !unread.has(path)).length;
    if (sent === 0) throw new CodedError('EMPTY', `No file in ${folder} could be read.`);
    return { kind: 'zip', file: output, files: sent, bytes: (await stat(output)).size, gaps: gaps.coverage.gaps };
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
}

/** The folder's policy is always included, whatever is scanned. */
async function policyFiles(folder: string, packed: readonly SourceFile[], gaps: Gaps): Promise<SourceFile[]> {
  try {
    await checkPolicyFolder(folder);
  } catch (error) {
    gaps.add('unread_policy', null, `It was not sent: ${errorMessage(error)}.`, [policyFolder]);
    return [];
  }
  const known = new Set(packed.map(({ path }) => path));
  const found = await Promise.all(
    [configPath, baselinePath].map(async (path): Promise<SourceFile[]> => {
      if (known.has(path)) return [];
      const stats = await lstat(join(folder, path)).catch(() => undefined);
      return stats?.isFile() ? [{ path, size: stats.size }] : [];
    }),
  );
  return found.flat();
}

/** In bytes, since a file may have grown to any size since it was listed. */
const smallFile = 1024 * 1024;

/** The bytes of the zip, with one file in memory at a time. A file that has become unreadable is left out and reported. */
async function* zipped(folder: string, files: readonly SourceFile[], gaps: Gaps): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    ready.push(chunk);
  });
  for (const { path, size } of files) {
    let content: Buffer;
    try {
      content = await readBounded(join(folder, path), { maxBytes: Math.max(2 * size, smallFile) });
    } catch {
      gaps.add('unreadable', null, 'Files that could not be read were not sent.', [path]);
      continue;
    }
    const entry = new ZipDeflate(path, { level: 6 });
    zip.add(entry);
    entry.push(content, true);
    yield* ready;
    ready = [];
  }
  zip.end();
  yield* ready;
}
