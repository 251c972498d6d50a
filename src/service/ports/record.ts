import type { z } from 'zod';
import type { AnalyzerConfig, FindingNote, Triage, webhookRegistration } from '../../protocol';
import type { FullJob } from '../job/jobMachine';
import type { JobRequest } from '../job/jobRequest';

/** A job as the record holds it. */
export interface StoredJob {
  /** Who runs it, and alone may change it: the worker that holds its lease. */
  readonly owner: string;
  /** Its `Idempotency-Key`. */
  readonly idempotencyKey: string | null;
  readonly request: JobRequest;
  /** The id of the last frame of its stream, once it has ended. */
  readonly lastFrame?: number | undefined;
  readonly job: FullJob;
}

/** How long an `Idempotency-Key` returns the same job, in ms. */
export const keyLife = 24 * 60 * 60_000;

/**
 * The jobs. What is read here decides: not the queue, and not what somebody was told earlier. A job of a worker that is gone is never read as running: it is marked as
 * failed (`interrupted`) on the way.
 */
export interface JobRecord {
  /**
   * Records a new job, with the upload that was put for its id. A 202 promises what this has resolved to.
   * @returns the job; an earlier one with the same key instead, if there is one within {@link keyLife}: two requests at once get the same job
   * @throws Node's file errors; see `storageProblem`. Nothing is left of the job then, nor of its upload.
   */
  create(job: Pick<StoredJob, 'idempotencyKey' | 'request' | 'job'>): Promise<StoredJob>;

  /** The newest job with this key within {@link keyLife}. */
  withKey(key: string): Promise<StoredJob | undefined>;

  /** Takes the lease of a job from the queue. @returns undefined if it has ended, is gone, or belongs to somebody else */
  take(id: string): Promise<StoredJob | undefined>;

  /**
   * Stores what has become of a job.
   * @throws CodedError FENCED if it has ended already, or its `owner` holds the lease no longer; Node's file errors
   */
  save(job: StoredJob): Promise<void>;

  /** A job; undefined if there is none or, with a line in the service's log, if it is damaged. */
  load(id: string): Promise<StoredJob | undefined>;

  /** All jobs, newest first. */
  list(): Promise<StoredJob[]>;

  /** Removes an ended job. */
  remove(id: string): Promise<void>;
}

/** The defaults for scans. Read each time, since several processes may share them. */
export interface ConfigRecord {
  read(): Promise<AnalyzerConfig>;
  /** Changes the given fields, and no others, whoever else changes them at the same time. @returns the new configuration */
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

export interface WebhookRecord {
  list(): Promise<readonly Webhook[]>;
  /** @param most how many there may be. @returns whether there was room */
  add(hook: Webhook, most: number): Promise<boolean>;
  /** @returns whether there was such a webhook */
  remove(id: string): Promise<boolean>;
}

/** The bytes per second of each analyzer in earlier jobs, by its id. */
export interface SpeedRecord {
  read(): Promise<Readonly<Record<string, number>>>;
  write(speeds: Readonly<Record<string, number>>): Promise<void>;
}

/** What the service knows, in small pieces. */
export interface ServiceRecord {
  readonly jobs: JobRecord;
  readonly config: ConfigRecord;
  readonly projects: ProjectRecord;
  readonly webhooks: WebhookRecord;
  readonly speeds: SpeedRecord;
}
