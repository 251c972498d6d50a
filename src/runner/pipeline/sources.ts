import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobRequest } from '../jobs/jobRequest';
import type { JobStore } from '../jobs/jobStore';
import type { Limits } from '../limits';
import type { JobHandle } from './jobHandle';
import { folderBelow } from './roots';

export interface SourcesOptions {
  /** Folder for clones and unpacked zips; one folder a job below it. */
  readonly work: string;
  readonly roots: readonly string[];
  readonly store: JobStore;
  readonly limits: Limits;
  readonly allowFileUrls: boolean;
}

/** Makes the files of every kind of source ready, and takes away what it made. */
export class Sources {
  constructor(private readonly options: SourcesOptions) {}

  /** @returns the folder to scan. @throws CodedError with a sentence on why it cannot be had; the signal's reason */
  async open(request: JobRequest, job: JobHandle, signal: AbortSignal): Promise<string> {
    const { input } = request;
    signal.throwIfAborted();
    switch (input.kind) {
      case 'path':
        // Looked at again: meanwhile it may have become a link to somewhere else.
        return folderBelow(input.path, this.options.roots);
      default:
        throw new Error(`${input.kind} ${job.job.job_id}`);
    }
  }

  async close(id: string): Promise<void> {
    await rm(join(this.options.work, id), { recursive: true, force: true });
  }
}
