import { createWriteStream } from 'node:fs';
import { copyFile, link, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { report, type Report } from '../../protocol';
import { CodedError, errorCode } from '../../base/errors';
import { makeFolder } from '../../base/files';
import { readJsonOr, writeJson } from '../../base/jsonFile';
import type { Logger } from '../../base/logger';
import type { Blobs } from '../ports/blobs';
import type { Lease } from '../job/lease';
import { appendWhole } from './appendWhole';
import type { JobFolders } from './jobFolders';

const blobFiles = ['source.zip', 'report.json', 'log.txt'] as const;

/** Bytes of a report. */
const maxReport = 512 * 1024 * 1024;

/** `source.zip`, `report.json` and `log.txt` in the folders of jobs. */
export class LocalBlobs implements Blobs {
  readonly #folders: JobFolders;
  readonly #logger: Logger;

  constructor(folders: JobFolders, logger: Logger) {
    this.#folders = folders;
    this.#logger = logger;
  }

  async putUpload(id: string, content: Readable): Promise<void> {
    const file = await this.#stagedUpload(id);
    try {
      await pipeline(content, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
  }

  async copyUpload(from: string, to: string): Promise<boolean> {
    return linkOrCopy(this.#folders.file(from, 'source.zip'), await this.#stagedUpload(to));
  }

  async fetchUpload(id: string, file: string): Promise<void> {
    if (!(await linkOrCopy(this.#folders.file(id, 'source.zip'), file)))
      throw new CodedError('NO_UPLOAD', 'The upload of this job no longer exists.');
  }

  async putReport({ id }: Lease, made: Report): Promise<void> {
    await writeJson(this.#folders.file(id, 'report.json'), made);
  }

  report({ id }: Lease): Promise<Report | undefined> {
    const path = this.#folders.file(id, 'report.json');
    return readJsonOr(path, report, undefined, this.#logger, { maxBytes: maxReport });
  }

  appendLog({ id }: Lease, lines: string): Promise<void> {
    return appendWhole(this.#folders.file(id, 'log.txt'), lines);
  }

  /** It is one file. */
  packLog(): Promise<void> {
    return Promise.resolve();
  }

  async log({ id }: Lease): Promise<string> {
    try {
      return await readFile(this.#folders.file(id, 'log.txt'), 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return '';
      throw error;
    }
  }

  async size(id: string): Promise<number> {
    let bytes = 0;
    for (const name of blobFiles) bytes += await fileSize(this.#folders.file(id, name));
    return bytes;
  }

  async remove(id: string): Promise<void> {
    await rm(this.#folders.staged(id), { recursive: true, force: true });
    for (const name of blobFiles) await rm(this.#folders.file(id, name), { force: true });
  }

  /** Where to store the upload of a job that is about to be created. */
  async #stagedUpload(id: string): Promise<string> {
    const folder = this.#folders.staged(id);
    await makeFolder(folder);
    return join(folder, 'source.zip');
  }
}

/** @returns whether `from` existed */
async function linkOrCopy(from: string, to: string): Promise<boolean> {
  try {
    // A hard link takes no space; on file systems without them, a copy will do.
    await link(from, to).catch(() => copyFile(from, to));
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** The size of a file; 0 if there is none. */
async function fileSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
