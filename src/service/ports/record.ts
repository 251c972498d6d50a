import type { z } from 'zod';
import type { AnalyzerConfig, FindingNote, Summary, Triage, webhookRegistration } from '../../protocol';
import type { FullJob } from '../job/jobMachine';
import type { JobRequest } from '../job/jobRequest';
import type { JobsOfProject, ProjectScan } from '../job/projects';
import type { JobFilter } from '../job/search';

/** The token that a job is submitted with. */
export interface Submitter {
  readonly id: string;
  readonly name: string;
}

/** A job as the record holds it. */
export interface StoredJob {
  /** The worker that holds its lease, and is the only one that may change it. */
  readonly owner: string;
  /** Of its lease. */
  readonly attempt: number;
  /** Its `Idempotency-Key`. */
  readonly idempotencyKey: string | null;
  readonly request: JobRequest;
  /** The id of the token that it was submitted with, whose name may be given again; absent without named tokens, and where an older version has recorded it. */
  readonly tokenId?: string | undefined;
  /** The id of the last frame of its stream, once it has ended. */
  readonly lastFrame?: number | undefined;
  /** Bytes of its blobs, once it has ended. */
  readonly bytes?: number | undefined;
  readonly job: FullJob;
}

/** A job that no worker has taken yet. `job.submitted_by` says who submitted it. */
export type QueuedJob = Pick<StoredJob, 'idempotencyKey' | 'request' | 'tokenId' | 'job'>;

export interface CreateOptions {
  /** How many jobs of its submitter may wait, where there are several submitters. */
  readonly most?: number;
  /** For the audit log, where there is one: the request that creates it, and the job of which it is a rerun. */
  readonly requestId?: string;
  readonly rerunOf?: string | undefined;
}

/** How long an `Idempotency-Key` returns the same job, in ms. */
export const idempotencyKeyMs = 24 * 60 * 60_000;

/**
 * The jobs. The record is authoritative: neither the queue nor earlier messages are. If a job's worker is gone, it runs again if there are
 * other workers; otherwise it is never read as running: reading it marks it as failed (`interrupted`).
 */
export interface JobRecord {
  /**
   * Records a new job, with the upload that was put for its id. A 202 promises what this has resolved to.
   * @returns the job; an earlier one of the same submitter with the same key instead, if there is one within {@link idempotencyKeyMs}: two requests at once get the same job
   * @throws Node's file errors, see `storageProblem`, and ApiError RATE_LIMIT: nothing is left of the job then; ApiError UNAVAILABLE: it may have been recorded
   */
  create(job: QueuedJob, options?: CreateOptions): Promise<StoredJob>;

  /** The newest job of a submitter with this key within {@link idempotencyKeyMs}. */
  withKey(key: string, submitter: Submitter | null): Promise<StoredJob | undefined>;

  /**
   * Takes the lease of a job from the queue, and from its previous holder.
   * @returns undefined if it has ended, is gone, belongs to somebody who is alive, or asks for what only a newer version does, which is left to one
   */
  take(id: string): Promise<StoredJob | undefined>;

  /**
   * Gives up the lease of a job, so that another worker can run it.
   * @param isOutage whether a required server is down: that may happen to a job only so often
   * @returns false if there is no other worker, or that has happened too often: then its holder has to end it
   */
  release(job: StoredJob, isOutage?: boolean): Promise<boolean>;

  /**
   * Stores the current state of a job.
   * @param notice goes to the webhooks: a notice stored with the end of a job will be delivered, even after a crash
   * @throws CodedError FENCED if it has already ended, or `owner` no longer holds the lease; Node's file errors
   */
  save(job: StoredJob, notice?: Notice): Promise<void>;

  /**
   * A job; undefined if there is none or, with a line in the service's log, if it is damaged.
   * @throws ApiError UNAVAILABLE where another process may know better, since its version is newer
   */
  load(id: string): Promise<StoredJob | undefined>;

  /** Some of the jobs that match a filter, newest first. */
  page(filter: JobFilter, offset: number, limit: number): Promise<JobPage>;

  counts(): Promise<JobCounts>;

  /** All ended jobs, newest first, with what their removal is decided by. */
  ended(): Promise<readonly EndedJob[]>;

  /** The projects that have jobs, the one with the newest first. @param id only this one */
  projects(id?: string): Promise<readonly JobsOfProject[]>;

  /**
   * What completed scans tell of their projects.
   * @param project only this one
   * @returns in any order; for scans of a project that ended on the same day, in UTC, at least the last
   */
  scans(project?: string): Promise<readonly ProjectScan[]>;

  /** The completed job before one of the same project, ref and part of it. */
  baseline(later: StoredJob): Promise<StoredJob | undefined>;

  /** Removes an ended job. */
  remove(id: string): Promise<void>;
}

/** A page of a list of jobs. */
export interface JobPage {
  readonly jobs: readonly FullJob[];
  /** How many there are in the whole list. */
  readonly total: number;
}

export interface JobCounts {
  /** Jobs that have not ended. */
  readonly active: number;
  /** What all completed ones have found. */
  readonly found: Summary;
}

export interface EndedJob {
  readonly id: string;
  /** RFC 3339. */
  readonly finishedAt: string;
  /** Of its blobs; undefined if they were not counted. */
  readonly bytes: number | undefined;
}

/** The defaults for scans. Read each time, since several processes may share them. */
export interface ConfigRecord {
  read(): Promise<AnalyzerConfig>;
  /** Changes the given fields and no others, even if others are changed concurrently. @returns the new configuration */
  change(fields: Partial<AnalyzerConfig>): Promise<AnalyzerConfig>;
}

/** A project created by a user, for uploads, which have no repository to identify them. */
export interface NamedProject {
  readonly id: string;
  readonly name: string;
  /** RFC 3339. */
  readonly created_at: string;
}

/** The triage and notes of a finding. */
export interface Decision {
  readonly triage: Triage;
  readonly notes: FindingNote[];
}

/** What dashboards store about projects. Damaged content is an error (ApiError UNAVAILABLE), never treated as empty. */
export interface ProjectRecord {
  /** Oldest first. */
  projects(): Promise<readonly NamedProject[]>;
  create(name: string): Promise<NamedProject>;
  /** The decisions on a project's findings. @returns a function from a finding's id to its decision */
  decisions(project: string): Promise<(finding: string) => Decision>;
  /** @param expected the revision that the user saw. @throws ApiError CONFLICT when there is a newer one */
  decide(project: string, finding: string, wanted: Omit<Triage, 'revision'>, expected: number): Promise<Decision>;
  note(project: string, finding: string, note: FindingNote): Promise<Decision>;
}

/** A registered webhook. */
export type Webhook = z.infer<typeof webhookRegistration> & { readonly id: string };

/** The body of `report.created`, which goes to every webhook: JSON. */
export type Notice = string;

/** A pending delivery of a notice to a webhook. */
export interface Delivery {
  /** The same in every attempt, so that the receiver can detect duplicates. */
  readonly id: string;
  readonly hook: Webhook;
  readonly body: Notice;
  /** How often it has failed. */
  readonly failures: number;
}

export interface WebhookRecord {
  /** Due deliveries, which are reserved for the caller for `ms` milliseconds. */
  due(ms: number): Promise<readonly Delivery[]>;
  /** A delivery has succeeded, or was abandoned. */
  settle(delivery: Delivery): Promise<void>;
  /** A delivery has failed, and is due again after `ms` milliseconds. */
  retry(delivery: Delivery, ms: number): Promise<void>;
  list(): Promise<readonly Webhook[]>;
  /** @param most the maximum number of webhooks. @returns whether there was room */
  add(hook: Webhook, most: number): Promise<boolean>;
  /** @returns whether the webhook existed */
  remove(id: string): Promise<boolean>;
}

/** The bytes per second of each analyzer in earlier jobs, by its id. */
export interface SpeedRecord {
  read(): Promise<Readonly<Record<string, number>>>;
  write(speeds: Readonly<Record<string, number>>): Promise<void>;
}

/** An entry of the audit log. */
export interface AuditEntry {
  /** The name of the token. */
  readonly by: string | null;
  readonly action: AuditAction;
  /** The affected job, project, finding, webhook or token. */
  readonly target: string;
  readonly requestId: string | null;
}

export type AuditAction =
  | 'submit'
  | 'cancel'
  | 'rerun'
  | 'configure'
  | 'add webhook'
  | 'remove webhook'
  | 'create project'
  | 'triage'
  | 'note'
  | 'create token'
  | 'revoke token';

/** The audit log. Entries are written before an action, so that nothing happens without one. */
export interface AuditRecord {
  add(entry: AuditEntry): Promise<void>;
  /** Newest first. @param before only those before this one */
  list(limit: number, before?: number): Promise<readonly (AuditEntry & { readonly id: number; readonly at: string })[]>;
  /** Removes what is older. */
  removeBefore(at: Date): Promise<void>;
}

/** Everything small that the service stores. */
export interface ServiceRecord {
  /** Absent where there is only one user. */
  readonly audit?: AuditRecord;
  readonly jobs: JobRecord;
  readonly config: ConfigRecord;
  readonly projects: ProjectRecord;
  readonly webhooks: WebhookRecord;
  readonly speeds: SpeedRecord;
}
