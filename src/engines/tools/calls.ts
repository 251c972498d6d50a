import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readBounded } from '../../base/boundedFile';
import { maxReadSize } from '../../base/limits';
import { errorCode } from '../../base/errors';
import { batches } from '../engine/batches';
import { reportFailed } from '../engine/failedFiles';
import type { ToolCall, ToolJob } from './tool';

/** Characters of paths on one command line: Windows allows 32,767 in all. */
const maxCharacters = process.platform === 'win32' ? 24_000 : 100_000;

/** Calls in the scanned folder that each name as many files as fit on a command line. */
export function* callsNamingFiles(
  job: ToolJob,
  args: readonly string[],
  asArgument: (path: string) => string = (path) => path,
): Generator<ToolCall> {
  let done = 0;
  for (const given of commandLines(job.files.map(({ path }) => asArgument(`./${path}`)))) {
    done += given.length;
    yield { args: [...args, ...given], cwd: job.root, files: done };
  }
}

/** Splits arguments into lists that fit on a command line. './' keeps a path that starts with '-' from being an option. */
export function* commandLines(items: readonly string[]): Generator<string[]> {
  let given: string[] = [];
  let characters = 0;
  for (const item of items) {
    const length = Buffer.byteLength(item) + 1;
    if (given.length > 0 && characters + length > maxCharacters) {
      yield given;
      given = [];
      characters = 0;
    }
    given.push(item);
    characters += length;
  }
  if (given.length > 0) yield given;
}

/**
 * Calls on a folder with copies of the files, for tools that accept only a folder: they see only files of the inventory, no repository, and no other
 * configuration.
 * @param everywhere files at the root that every batch gets, such as the tool's ignore file
 */
export async function* callsOnCopies(
  job: ToolJob,
  args: readonly string[],
  everywhere: readonly string[] = [],
  batch = { files: 5_000, bytes: 100_000_000 },
): AsyncGenerator<ToolCall> {
  const shared = job.files.filter(({ path }) => everywhere.includes(path));
  let done = 0;
  let part = 0;
  for (const files of batches(job.files, batch.files, batch.bytes)) {
    part += 1;
    const base = join(job.scratch, `files-${part}`);
    await mkdir(base);
    for (const { path } of new Set([...shared, ...files])) {
      job.signal.throwIfAborted();
      await mkdir(dirname(join(base, path)), { recursive: true });
      try {
        await writeFile(join(base, path), await readBounded(join(job.root, path), { maxBytes: maxReadSize }));
      } catch (error) {
        reportFailed(job, [{ file: path, reason: errorCode(error) ?? 'not a file' }]);
      }
    }
    done += files.length;
    yield { args, cwd: base, base, files: done };
    await rm(base, { recursive: true, force: true });
  }
}
