import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { isTerminal, job as jobSchema, jobPhase, jobSource } from '../../protocol';
import { CodedError } from '../../base/errors';
import { makeFolder } from '../../base/files';
import { readJsonOr, withFileLock, writeJson } from '../../base/jsonFile';
import type { Logger } from '../../base/logger';
import { isJobId } from '../job/jobId';
import { jobRequest } from '../job/jobRequest';
import { baselineOf, projectsOf, scansOf, type JobsOfProject, type ProjectScan } from '../job/projects';
import { pageOf, projectIdOf, type JobFilter } from '../job/search';
import { addTo, noFindings } from '../job/summaries';
import {
  idempotencyKeyMs,
  type EndedJob,
  type JobCounts,
  type JobPage,
  type JobRecord,
  type Notice,
  type QueuedJob,
  type StoredJob,
} from '../ports/record';
import type { JobFolders } from './jobFolders';
import type { Owners } from './owner';
import { repairJob } from './recover';

/** `job.json`. */
const content = z.object({
  version: z.literal(1),
  /** ID of the runner that runs it. */
  owner: z.string(),
  idempotencyKey: z.string().nullable(),
  request: jobRequest,
  attempt: z.number().int().nonnegative().default(0),
  lastFrame: z.number().int().nonnegative().optional(),
  bytes: z.number().nonnegative().optional(),
  job: jobSchema.extend({ source: jobSource, labels: z.array(z.string()), phases: z.array(jobPhase) }),
});

export interface JobFilesOptions {
  readonly folders: JobFolders;
  readonly owners: Owners;
  /** A file to lock while a job with an `Idempotency-Key` is created. */
  readonly keys: string;
  /** Receives the notice about an ended job. */
  readonly notify: (notice: Notice) => Promise<void>;
  readonly log: Logger;
}

/** The jobs as `job.json` in their folders, which several runners on this machine may share. */
export class JobFiles implements JobRecord {
  readonly #folders: JobFolders;
  readonly #owners: Owners;
  readonly #keys: string;
  readonly #notify: JobFilesOptions['notify'];
  readonly #log: Logger;
  /** Cached from disk: the jobs of this runner, which nobody else changes, and ended ones, which never change. */
  readonly #known = new Map<string, StoredJob>();

  constructor({ folders, owners, keys, notify, log }: JobFilesOptions) {
    this.#folders = folders;
    this.#owners = owners;
    this.#keys = keys;
    this.#notify = notify;
    this.#log = log;
  }

  async create(job: QueuedJob): Promise<StoredJob> {
    const { idempotencyKey: key } = job;
    if (key === null) return this.#create(job);
    return withFileLock(this.#keys, async () => (await this.withKey(key)) ?? this.#create(job));
  }

  async withKey(key: string): Promise<StoredJob | undefined> {
    const since = Date.now() - idempotencyKeyMs;
    const isIt = ({ idempotencyKey, job }: StoredJob) =>
      idempotencyKey === key && Date.parse(job.submitted_at ?? '') >= since;
    return (await this.list()).find(isIt);
  }

  async take(id: string): Promise<StoredJob | undefined> {
    const stored = await this.load(id);
    return stored?.owner === this.#owners.id && !isTerminal(stored.job.status) ? stored : undefined;
  }

  /** This process is the only worker of its jobs. */
  release(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async save(stored: StoredJob, notice?: Notice): Promise<void> {
    const id = stored.job.job_id;
    const known = this.#known.get(id);
    if (known?.owner !== stored.owner || isTerminal(known.job.status))
      throw new CodedError('FENCED', `Job ${id} has ended, or another runner has it.`);
    await this.#write(this.#folders.folder(id), stored);
    this.#known.set(id, stored);
    if (notice !== undefined) await this.#notify(notice);
  }

  async load(id: string): Promise<StoredJob | undefined> {
    const known = this.#known.get(id);
    if (known) return known;
    const stored = await this.#readOrRecover(id);
    if (stored && isTerminal(stored.job.status)) this.#known.set(id, stored);
    return stored;
  }

  async page(filter: JobFilter, offset: number, limit: number): Promise<JobPage> {
    const { jobs, total } = pageOf(await this.list(), filter, offset, limit);
    return { jobs: jobs.map(({ job }) => job), total };
  }

  async counts(): Promise<JobCounts> {
    const jobs = (await this.list()).map(({ job }) => job);
    const found = noFindings();
    for (const { status, summary } of jobs) if (status === 'completed' && summary) addTo(found, summary);
    return { active: jobs.filter(({ status }) => !isTerminal(status)).length, found };
  }

  async ended(): Promise<EndedJob[]> {
    const ended = (await this.list()).filter(({ job }) => isTerminal(job.status));
    return ended.map(({ job, bytes }) => ({
      id: job.job_id,
      finishedAt: job.finished_at ?? job.submitted_at ?? '',
      bytes,
    }));
  }

  async projects(id?: string): Promise<JobsOfProject[]> {
    return projectsOf(await this.#ofProject(id));
  }

  async scans(project?: string): Promise<ProjectScan[]> {
    return scansOf(await this.#ofProject(project));
  }

  async baseline(later: StoredJob): Promise<StoredJob | undefined> {
    return baselineOf(await this.list(), later);
  }

  async #ofProject(id: string | undefined): Promise<StoredJob[]> {
    const all = await this.list();
    return id === undefined ? all : all.filter((stored) => projectIdOf(stored) === id);
  }

  /** All jobs, newest first. */
  async list(): Promise<StoredJob[]> {
    await makeFolder(this.#folders.jobs);
    const ids = (await readdir(this.#folders.jobs)).filter(isJobId);
    const jobs = await Promise.all(ids.map((id) => this.load(id)));
    return jobs.filter((stored) => stored !== undefined).sort(newestFirst);
  }

  async remove(id: string): Promise<void> {
    this.#known.delete(id);
    await rm(this.#folders.folder(id), { recursive: true, force: true });
  }

  /** Creates the job's folder atomically, with everything in it. */
  async #create(job: QueuedJob): Promise<StoredJob> {
    const { job_id: id } = job.job;
    const stored: StoredJob = { owner: this.#owners.id, attempt: 0, ...job };
    const folder = this.#folders.staged(id);
    try {
      await makeFolder(folder);
      await this.#write(folder, stored);
      await makeFolder(this.#folders.jobs);
      await rename(folder, this.#folders.folder(id));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    this.#known.set(id, stored);
    return stored;
  }

  async #readOrRecover(id: string): Promise<StoredJob | undefined> {
    const stored = await this.#read(id);
    if (!stored || isTerminal(stored.job.status) || (await this.#owners.lives(stored.owner))) return stored;
    // It may have ended between the two checks.
    const again = await this.#read(id);
    if (!again || isTerminal(again.job.status)) return again;
    const ended = await repairJob(again, this.#folders);
    await this.#write(this.#folders.folder(id), ended);
    return ended;
  }

  async #read(id: string): Promise<StoredJob | undefined> {
    const path = this.#folders.file(id, 'job.json');
    const stored = await readJsonOr(path, content, undefined, this.#log);
    if (!stored) return undefined;
    const { version: _version, ...rest } = stored;
    if (rest.job.job_id === id) return rest;
    this.#log.warn(`Skipped ${path}: it belongs to another job.`);
    return undefined;
  }

  async #write(folder: string, stored: StoredJob): Promise<void> {
    await writeJson(join(folder, 'job.json'), { version: 1, ...stored } satisfies z.infer<typeof content>);
  }
}

/** Jobs submitted in the same millisecond are ordered by ID, so that pages of a list are consistent. */
function newestFirst({ job: a }: StoredJob, { job: b }: StoredJob): number {
  const [first, second] = [a.submitted_at ?? '', b.submitted_at ?? ''];
  if (first !== second) return first < second ? 1 : -1;
  return a.job_id < b.job_id ? -1 : 1;
}
