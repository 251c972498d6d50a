import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobInput, JobRequest } from '../job/jobRequest';
import { CodedError } from '../../base/errors';
import { makeFolder } from '../../base/files';
import type { Limits } from '../../base/limits';
import { storageProblem } from '../../base/storageError';
import type { Gaps } from '../../findings/coverage';
import { cloneRepository } from '../../sources/git';
import type { Blobs } from '../ports/blobs';
import type { GitPolicy } from './gitPolicy';
import type { JobHandle } from '../job/jobHandle';
import { folderBelow } from './roots';
import { unpackZip } from '../../sources/unpackZip';

const leftOutOfZip = 'Links, devices, encrypted and duplicate entries of the zip were left out.';

type GitInput = Extract<JobInput, { kind: 'git' }>;

export interface SourcesOptions {
  /** This process's folder for clones and unpacked zips, with a subfolder for each job. */
  readonly work: string;
  readonly roots: readonly string[];
  readonly blobs: Blobs;
  readonly limits: Limits;
  readonly git: GitPolicy;
}

/** Prepares the files of every kind of source, and removes them afterwards. */
export class Sources {
  constructor(private readonly options: SourcesOptions) {}

  /**
   * @param gaps receives what is left out of the source.
   * @returns the folder to scan.
   * @throws CodedError that says why it is unavailable; the signal's reason
   */
  async open(request: JobRequest, job: JobHandle, signal: AbortSignal, gaps: Gaps): Promise<string> {
    const { input } = request;
    signal.throwIfAborted();
    // Checked again, since it may have become a link to somewhere else.
    if (input.kind === 'path') return folderBelow(input.path, this.options.roots);
    const id = job.job.job_id;
    const folder = join(this.options.work, id, 'source');
    try {
      await makeFolder(folder);
      if (input.kind === 'git') await this.#clone(input, folder, job, signal);
      else await this.#unpack(id, folder, job, signal, gaps);
    } catch (error) {
      const trouble = storageProblem(error);
      if (trouble === undefined) throw error;
      throw new CodedError('STORAGE', `The source could not be stored: ${trouble}.`, { cause: error });
    }
    return folder;
  }

  async close(id: string): Promise<void> {
    await rm(join(this.options.work, id), { recursive: true, force: true });
  }

  async #clone(input: GitInput, folder: string, job: JobHandle, signal: AbortSignal): Promise<void> {
    // Checked again, since the name may resolve differently now or the list may have changed.
    const { url, shown, transport, addresses } = await this.options.git.check(input.url);
    job.log('info', null, `Cloning ${shown}.`);
    const commit = await cloneRepository({
      url,
      transport,
      addresses,
      ref: input.ref,
      commit: input.commit,
      folder,
      signal,
      onProgress: (percent, step) => fetched(job, percent, `Cloning: ${step.toLowerCase()}`),
    });
    job.dispatch({ type: 'source', commit });
    job.log('info', null, `Cloned commit ${commit}.`);
  }

  async #unpack(id: string, folder: string, job: JobHandle, signal: AbortSignal, gaps: Gaps): Promise<void> {
    const { work, blobs, limits } = this.options;
    const zip = join(work, id, 'source.zip');
    await blobs.fetchUpload(id, zip, signal);
    const onProgress = (percent: number) => fetched(job, percent, 'Unpacking files');
    const skipped = await unpackZip(zip, folder, { limits, signal, onProgress });
    if (skipped.length > 0) gaps.add('partial_source', null, leftOutOfZip, skipped);
  }
}

/** Fetching is most of the clone phase, the inventory the rest. */
function fetched(job: JobHandle, percent: number, message: string): void {
  job.dispatch({ type: 'progress', phase: 'clone', percent: 0.8 * percent, message });
}
