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
import { storageTrouble } from '../base/storageError';

export interface UnpackOptions {
  readonly limits: Pick<Limits, 'maxUnpacked' | 'maxZipRatio' | 'maxZipEntries' | 'maxDepth'>;
  readonly signal: AbortSignal;
  /** @param percent 0 to 100 */
  readonly onProgress: (percent: number) => void;
}

/** An entry this small is no bomb, however well it packs. */
const smallBytes = 1024 * 1024;
const maxName = 1024;

/**
 * Unpacks a zip into a folder. Only files and folders come out of it: an entry that is a link or a device, encrypted, or packed in an unknown way is
 * left out and told; a name that leads elsewhere or is there twice, or sizes that smell of a bomb, refuse the whole.
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
    const trouble = storageTrouble(error);
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
    if (name.endsWith('/')) continue; // Folders are made with their files; empty ones are of no interest.
    // Which of them is meant, each program that unpacks decides for itself: code could hide behind the other.
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
  // What the entry says of its size may be a lie: what comes out is counted.
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

/** The entry's name as a path below the folder. @throws CodedError when it could lead elsewhere */
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
  // A repository's own folder is nothing to scan, and its settings are nothing to trust.
  if (parts.some((part) => part.toLowerCase() === '.git')) return '/';
  throw bad(`an entry has the name ${JSON.stringify(name.slice(0, 100))}`);
}

/** Why unpacking failed, without the places of our own files that Node's errors tell. */
function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code === 'EEXIST' || code === 'ENOTDIR') return 'a file and a folder, or two files, have the same name';
  if (code !== undefined) return `it cannot be unpacked (${code})`;
  return errorMessage(error).replace(/\.+$/, '');
}

/** Whether the entry was made as a plain file, as far as its maker told. */
function isPlainFile(entry: Entry): boolean {
  const madeOnUnix = entry.versionMadeBy >> 8 === 3;
  const kind = (entry.externalFileAttributes >>> 16) & 0o170000;
  return !madeOnUnix || kind === 0 || kind === 0o100000;
}

function bomb(total: boolean): CodedError<'BAD_ZIP'> {
  return bad(total ? 'it unpacks to too much' : 'an entry unpacks to far more than it is worth');
}

function bad(reason: string): CodedError<'BAD_ZIP'> {
  return new CodedError('BAD_ZIP', `The zip cannot be used: ${reason}.`);
}
