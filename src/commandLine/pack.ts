import { createWriteStream } from 'node:fs';
import { realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Zip, ZipDeflate } from 'fflate';
import { CodedError } from '../base/errors';
import type { Packed } from '../protocol';
import { readBytes } from '../engines/readSource';
import { Gaps } from '../findings/coverage';
import { defaultLimits } from '../base/limits';
import { takeInventory } from '../sources/inventory';
import { runGit } from '../sources/runGit';

export interface PackOptions {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Pack even what a service could clone. */
  readonly always?: boolean;
  readonly signal: AbortSignal;
}

/**
 * How a folder can go to a service: the commit it is at, when that is on a remote and nothing was changed since; else a zip at `output` of what a scan
 * here would look at.
 * @throws CodedError EMPTY when there is nothing to pack; the signal's reason; Node's file errors
 */
export async function pack(folder: string, output: string, options: PackOptions): Promise<Packed> {
  const pushed = options.always ? undefined : await pushedCommit(folder, options.signal);
  return pushed ?? zipFolder(folder, output, options);
}

async function pushedCommit(folder: string, signal: AbortSignal): Promise<Packed | undefined> {
  const git = async (...args: string[]) => {
    const run = await runGit({ cwd: folder, args, signal });
    return run.ok ? run.stdout.replace(/\n$/, '') : undefined;
  };
  const top = await git('rev-parse', '--show-toplevel');
  if (top === undefined || (await realpath(top)) !== (await realpath(folder))) return undefined;
  const commit = await git('rev-parse', '--verify', 'HEAD');
  const changed = await git('diff-index', '--name-only', 'HEAD', '--');
  const untracked = await git('ls-files', '--others', '--exclude-standard');
  if (commit === undefined || changed !== '' || untracked !== '') return undefined;
  const remotes =
    (await git('for-each-ref', '--contains', 'HEAD', '--format=%(refname:lstrip=2)', 'refs/remotes')) ?? '';
  for (const branch of remotes.split('\n').filter((name) => name !== '' && !name.endsWith('/HEAD'))) {
    const [remote = '', ...rest] = branch.split('/');
    const url = cloneable((await git('config', '--get', `remote.${remote}.url`)) ?? '');
    if (url !== undefined) return { kind: 'git', url, ref: rest.join('/'), commit };
  }
  return undefined;
}

/** The URL when another machine can clone from it as it is: https without a password in it, or ssh. */
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
  const { signal } = options;
  const inventory = await takeInventory(folder, {
    include: options.include ?? [],
    exclude: options.exclude ?? [],
    askGit: true,
    // What no service would read is not sent.
    limits: { ...defaultLimits, maxLockfileSize: 32 * 1024 * 1024 },
    signal,
    onProgress: () => undefined,
  });
  if (inventory.files.length === 0) throw new CodedError('EMPTY', `There is nothing to scan in ${folder}.`);
  const gaps = new Gaps();
  for (const { kind, reason, files } of inventory.gaps) gaps.add(kind, null, reason, files);
  try {
    const files = inventory.files.map((file) => file.path);
    const target = createWriteStream(output, { mode: 0o600 });
    await pipeline(Readable.from(zipped(folder, files, gaps)), target, { signal });
    const unread = gaps.filesOf('unreadable');
    const sent = files.filter((path) => !unread.has(path)).length;
    if (sent === 0) throw new CodedError('EMPTY', `No file in ${folder} could be read.`);
    return { kind: 'zip', file: output, files: sent, bytes: (await stat(output)).size, gaps: gaps.coverage.gaps };
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
}

/** The zip's bytes, one file in memory at a time. A file that cannot be read any more is left out, and told. */
function* zipped(folder: string, files: readonly string[], gaps: Gaps): Generator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    ready.push(chunk);
  });
  for (const path of files) {
    let content: Buffer;
    try {
      content = readBytes(join(folder, path));
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
