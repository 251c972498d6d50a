import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { relativePath } from '../protocol';
import { abortReason } from '../base/abort';
import { CodedError, errorCode, errorMessage } from '../base/errors';
import { makeFolder } from '../base/files';
import type { Limits } from '../base/limits';
import { storageProblem } from '../base/storageError';

export interface UnpackOptions {
  readonly limits: Pick<Limits, 'maxUnpacked' | 'maxZipRatio' | 'maxZipEntries' | 'maxDepth'>;
  readonly signal: AbortSignal;
  /** @param percent 0 to 100 */
  readonly onProgress: (percent: number) => void;
}

/** An entry up to this size cannot be a bomb, whatever its compression ratio. */
const smallBytes = 1024 * 1024;
const maxName = 1024;

/**
 * Unpacks the files and folders of a zip. An entry that is a link or a device, encrypted, or compressed in an unknown way is
 * left out and reported. A name that leads elsewhere or occurs twice, or sizes that suggest a bomb, reject the whole zip.
 * @returns the names of the entries that were left out
 * @throws CodedError BAD_ZIP; the signal's reason
 */
export async function unpackZip(zip: string, folder: string, options: UnpackOptions): Promise<string[]> {
  let file: ZipFile | undefined;
  try {
    file = await openPromise(zip, { autoClose: false, lazyEntries: true, validateEntrySizes: true });
    return await unpack(file, folder, options);
  } catch (error) {
    if (options.signal.aborted) throw abortReason(options.signal);
    if (error instanceof CodedError) throw error;
    const trouble = storageProblem(error);
    if (trouble !== undefined) throw new CodedError('STORAGE', `The zip could not be unpacked: ${trouble}.`);
    throw bad(reasonOf(error));
  } finally {
    file?.close();
  }
}

async function unpack(file: ZipFile, folder: string, { limits, signal, onProgress }: UnpackOptions): Promise<string[]> {
  if (file.entryCount > limits.maxZipEntries) throw bad(`it has more than ${limits.maxZipEntries} entries`);
  let entries = 0;
  let left = limits.maxUnpacked;
  const skipped: string[] = [];
  const seen = new Set<string>();
  await makeFolder(folder);
  for await (const entry of file.eachEntry()) {
    if (signal.aborted) throw abortReason(signal);
    entries += 1;
    if (entries > limits.maxZipEntries) throw bad(`it has more than ${limits.maxZipEntries} entries`);
    const name = checkName(entry, limits.maxDepth);
    if (name.endsWith('/')) continue; // Folders are created with their files; empty ones do not matter.
    // Programs disagree on which of them counts, so one could hide code behind the other.
    if (seen.has(name)) throw bad(`two of its entries have the name ${JSON.stringify(name.slice(0, 100))}`);
    if (!isPlainFile(entry) || entry.isEncrypted() || ![0, 8].includes(entry.compressionMethod)) {
      skipped.push(name);
      continue;
    }
    seen.add(name);
    const allowed = Math.min(left, Math.max(smallBytes, entry.compressedSize * limits.maxZipRatio));
    if (entry.uncompressedSize > allowed) throw bomb(entry.uncompressedSize > left);
    left -= await write(file, entry, join(folder, name), allowed, left, signal);
    if (entries % 100 === 0) onProgress((100 * entries) / Math.max(1, file.entryCount));
  }
  return skipped;
}

/** @returns the bytes written */
async function write(
  file: ZipFile,
  entry: Entry,
  target: string,
  allowed: number,
  left: number,
  signal: AbortSignal,
): Promise<number> {
  await makeFolder(dirname(target));
  let bytes = 0;
  // The size in the entry may be wrong, so the actual bytes are counted.
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > allowed) done(bomb(bytes > left));
      else done(null, chunk);
    },
  });
  const stream = await file.openReadStreamPromise(entry);
  await pipeline(stream, counter, createWriteStream(target, { flags: 'wx', mode: 0o600 }), { signal });
  return bytes;
}

/** An entry's path below the folder. @throws CodedError when it could lead elsewhere */
function checkName(entry: Entry, maxDepth: number): string {
  const name = entry.fileName;
  const parts = name.replace(/\/$/, '').split('/');
  const good =
    relativePath.safeParse(name).success &&
    !parts.some((part) => part === '' || part === '.' || part === '..') &&
    !/[\p{Cc}\uFFFD\\]/u.test(name) &&
    parts.length <= maxDepth &&
    name.length <= maxName &&
    !parts.some((part) => part.length > 255 || part.toLowerCase() === '.git');
  if (good) return name;
  // A .git folder need not be scanned, and its settings must not be trusted.
  if (parts.some((part) => part.toLowerCase() === '.git')) return '/';
  throw bad(`an entry has the name ${JSON.stringify(name.slice(0, 100))}`);
}

/** Why unpacking failed, without the local paths in Node's errors. */
function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'a file and a folder, or two files, have the same name';
  if (code !== undefined) return `it cannot be unpacked (${code})`;
  return errorMessage(error).replace(/\.+$/, '');
}

/** Whether the entry is marked as a regular file, or not marked at all. */
function isPlainFile(entry: Entry): boolean {
  const madeOnUnix = entry.versionMadeBy >> 8 === 3;
  const kind = (entry.externalFileAttributes >>> 16) & 0o170000;
  return !madeOnUnix || kind === 0 || kind === 0o100000;
}

function bomb(total: boolean): CodedError<'BAD_ZIP'> {
  return bad(total ? 'it unpacks to too much data' : 'the compression ratio of an entry is suspiciously high');
}

function bad(reason: string): CodedError<'BAD_ZIP'> {
  return new CodedError('BAD_ZIP', `The zip cannot be used: ${reason}.`);
}
