import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { job, jobPhase, jobSource, report, type Report } from '../../protocol';
import { makeFolder } from '../../base/files';
import { readJsonOr, writeJson } from '../../base/jsonFile';
import type { Logger } from '../../base/logger';
import { jobRequest } from '../job/jobRequest';

const storedJob = z.object({
  version: z.literal(1),
  /** Id of the runner that runs it. */
  owner: z.string(),
  /** Its `Idempotency-Key`, so that a retry after a restart still finds it. */
  idempotencyKey: z.string().nullable(),
  request: jobRequest,
  /** The id of the last frame of its stream, once it has ended. */
  lastFrame: z.number().int().nonnegative().optional(),
  job: job.extend({ source: jobSource, labels: z.array(z.string()), phases: z.array(jobPhase) }),
});
/** A job as `job.json` holds it. */
export type StoredJob = z.infer<typeof storedJob>;

/** Bytes of a report. */
const maxReport = 512 * 1024 * 1024;

const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a string from outside is a valid job id; nothing else ever becomes part of a file name. */
export function isJobId(id: string): boolean {
  return idPattern.test(id);
}

/** `jobs/<id>/{job.json,report.json,events.ndjson,log.txt,source.zip}` below one folder. */
export class JobStore {
  readonly #folder: string;
  readonly #staging: string;
  readonly #log: Logger;

  /** @param staging this runner's own folder on the same file system, where jobs are prepared before they become visible */
  constructor(folder: string, staging: string, log: Logger) {
    this.#folder = folder;
    this.#staging = staging;
    this.#log = log;
  }

  /** A file of a job. */
  path(id: string, file: 'job.json' | 'report.json' | 'events.ndjson' | 'log.txt' | 'source.zip'): string {
    return join(this.#folder, id, file);
  }

  /**
   * Creates the job's folder atomically, with everything in it. A 202 promises that it is on disk.
   * @param place puts other files into the folder
   */
  async create(stored: StoredJob, place?: (folder: string) => Promise<void>): Promise<void> {
    const id = stored.job.job_id;
    const folder = join(this.#staging, id);
    try {
      await makeFolder(folder);
      await place?.(folder);
      await writeJson(join(folder, 'job.json'), stored);
      await makeFolder(this.#folder);
      await rename(folder, join(this.#folder, id));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async save(stored: StoredJob): Promise<void> {
    await writeJson(this.path(stored.job.job_id, 'job.json'), stored);
  }

  async saveReport(id: string, written: Report): Promise<void> {
    await writeJson(this.path(id, 'report.json'), written);
  }

  /** Ids of all job folders. */
  async ids(): Promise<string[]> {
    await makeFolder(this.#folder);
    return (await readdir(this.#folder)).filter(isJobId);
  }

  /** A job from disk; undefined, with a line in the log, when its file is missing, foreign or damaged. */
  async load(id: string): Promise<StoredJob | undefined> {
    const stored = await readJsonOr(this.path(id, 'job.json'), storedJob, undefined, this.#log);
    if (stored && stored.job.job_id !== id) {
      this.#log.warn(`Skipped ${this.path(id, 'job.json')}: it belongs to another job.`);
      return undefined;
    }
    return stored;
  }

  async loadReport(id: string): Promise<Report | undefined> {
    return readJsonOr(this.path(id, 'report.json'), report, undefined, this.#log, { maxBytes: maxReport });
  }

  async remove(id: string): Promise<void> {
    await rm(join(this.#folder, id), { recursive: true, force: true });
  }

  /** Removes the partial files that a crash left behind. */
  async removePartialFiles(id: string): Promise<void> {
    const folder = join(this.#folder, id);
    for (const name of await readdir(folder))
      if (/\.[0-9a-f]{12}\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
  }
}
