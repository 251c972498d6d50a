import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { overLimit, readTextBounded } from './boundedFile';
import { CodedError, errorCode, errorMessage } from './errors';
import { writeFileAtomic } from './files';
import { identityName, isNameAlive, ownIdentity } from './liveness';
import type { Logger } from './logger';

// The one door for state on disk: a schema, a size limit, atomic writes.

/** Default limit of a state file, in bytes. */
const defaultMaxBytes = 16 * 1024 * 1024;

/** The outcome of reading a state file. `reason` says what is wrong with it. */
export type ReadJson<T> =
  | { readonly is: 'read'; readonly value: T }
  | { readonly is: 'missing' }
  | { readonly is: 'damaged'; readonly reason: string };

export interface ReadJsonOptions {
  /** Bytes. A larger file counts as damaged. */
  readonly maxBytes?: number;
  /** Whether the path may be a link; true by default, since these are our files and the user's. */
  readonly followLinks?: boolean;
}

/**
 * Reads a state file.
 * @throws Node's file errors, except for a missing file
 */
export async function readJson<T>(
  path: string,
  schema: z.ZodType<T>,
  { maxBytes = defaultMaxBytes, followLinks = true }: ReadJsonOptions = {},
): Promise<ReadJson<T>> {
  let text: string;
  try {
    text = await readTextBounded(path, { maxBytes, followLinks });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { is: 'missing' };
    if (error instanceof CodedError) return { is: 'damaged', reason: error.message };
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { is: 'damaged', reason: `it is not valid JSON: ${errorMessage(error)}` };
  }
  const parsed = schema.safeParse(value);
  return parsed.success
    ? { is: 'read', value: parsed.data }
    : { is: 'damaged', reason: z.prettifyError(parsed.error).replace(/\s*\n\s*/g, ' ') };
}

/**
 * {@link readJson} for dispensable state: a damaged file is moved to `<path>.damaged` and an unreadable one is skipped, both logged, so that no
 * start fails because of them.
 */
export async function readJsonOr<T, F>(
  path: string,
  schema: z.ZodType<T>,
  fallback: F,
  log: Pick<Logger, 'warn'>,
  options: ReadJsonOptions = {},
): Promise<T | F> {
  try {
    const read = await readJson(path, schema, options);
    if (read.is === 'read') return read.value;
    if (read.is === 'damaged') {
      await rename(path, `${path}.damaged`);
      log.warn(`Skipped ${path} and moved it to ${path}.damaged: ${read.reason}`);
    }
  } catch (error) {
    log.warn(`Skipped ${path}: ${errorMessage(error)}`);
  }
  return fallback;
}

/** Writes a state file atomically; see {@link writeFileAtomic}. */
export function writeJson(path: string, value: unknown, indent?: number): Promise<void> {
  return writeFileAtomic(path, JSON.stringify(value, undefined, indent));
}

/** How long to wait for a lock, in ms. A change takes milliseconds. */
const lockPatience = 10_000;

/**
 * Runs `act` while no other process of this product does so for this file: for reading, changing and writing back. `<path>.lock` names the holder; a lock that
 * a killed process left behind does not count.
 * @throws CodedError LOCKED when another process holds it too long; what `act` throws; Node's file errors
 */
export async function withFileLock<T>(path: string, act: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  // The random part distinguishes this lock from others of the same process.
  const holder = `${identityName(ownIdentity())} ${randomBytes(6).toString('hex')}`;
  const until = performance.now() + lockPatience;
  while (!(await take(lock, holder))) {
    await breakStale(lock);
    if (performance.now() > until)
      throw new CodedError('LOCKED', `${path} is being changed by another process: ${lock} exists.`);
    await wait(5 + Number(randomBytes(1)[0]) / 10);
  }
  try {
    return await act();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string, holder: string): Promise<boolean> {
  try {
    const file = await open(lock, 'wx', 0o600);
    try {
      await file.writeFile(holder);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    // Windows reports EPERM for a file that is being removed.
    if (errorCode(error) === 'EEXIST' || (process.platform === 'win32' && errorCode(error) === 'EPERM')) return false;
    throw error;
  }
}

/** Removes a lock whose process is gone. */
async function breakStale(lock: string): Promise<void> {
  try {
    const holder = await readTextBounded(lock, { maxBytes: 200 });
    const written = Date.now() - (await stat(lock)).mtimeMs;
    // Its holder has created it but not written to it yet, or was killed in between.
    const stale = holder === '' ? written > lockPatience / 2 : !(await isNameAlive(holder.split(' ')[0] ?? ''));
    if (!stale) return;
    // Two processes may find it stale; the slower one must not remove the lock that the faster one has taken since.
    const aside = `${lock}.${randomBytes(6).toString('hex')}`;
    await rename(lock, aside);
    const taken = await readTextBounded(aside, { maxBytes: 200 });
    if (taken === holder) await rm(aside, { force: true });
    else await rename(aside, lock);
  } catch (error) {
    // Released in the meantime, or just being written.
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== overLimit) throw error;
  }
}
