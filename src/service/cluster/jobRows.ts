import {
  isTerminal,
  job as jobSchema,
  jobPhase,
  jobSource,
  jobStatus,
  severities,
  summary,
  type Summary,
} from '../../protocol';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { delay } from '../../base/abort';
import { CodedError, errorMessage } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { ApiError } from '../errors/apiError';
import { interruptedError } from '../job/stop';
import { now } from '../job/jobHandle';
import { reduce } from '../job/jobMachine';
import { jobRequest, type JobRequest } from '../job/jobRequest';
import { scopeOf, projectScanOf, type JobsOfProject, type ProjectScan } from '../job/projects';
import {
  atLeast,
  completedTools,
  detailOf,
  projectIdOf,
  searchable,
  searchTextOf,
  type JobFilter,
} from '../job/search';
import { noFindings } from '../job/summaries';
import {
  idempotencyKeyMs,
  type CreateOptions,
  type EndedJob,
  type JobCounts,
  type JobPage,
  type JobRecord,
  type Notice,
  type QueuedJob,
  type StoredJob,
  type Submitter,
} from '../ports/record';
import type { Database, Query } from './database';
import type { Seal } from './seal';
import { isUnavailable } from './unavailable';

const fullJob = jobSchema.extend({ source: jobSource, labels: z.array(z.string()), phases: z.array(jobPhase) });
const row = z.object({
  owner: z.string(),
  attempt: z.number(),
  losses: z.number(),
  idempotency_key: z.string().nullable(),
  token_id: z.string().nullable(),
  // PostgreSQL's driver returns bigint as a string.
  last_frame: z.coerce.number().nullable(),
  bytes: z.coerce.number().nullable(),
  request: jobRequest,
  job: fullJob,
});
const lastScan = z.object({ job_id: z.string(), finished_at: z.string(), summary, gaps: z.number() });
const outline = z.object({
  status: jobStatus,
  source: jobSource.pick({ kind: true, url: true, label: true }),
  ...lastScan.extend({ whole: z.boolean() }).partial().shape,
});
const endedRow = z.object({ id: z.string(), finishedAt: z.string(), bytes: z.coerce.number().nullable() });
type Outline = z.infer<typeof outline> & {
  /** What the part of it says that only conditions ask about. */
  readonly version: number;
  readonly repo: string;
  readonly tools: readonly string[];
  readonly labels: readonly string[];
  readonly scope: string;
};
/** A row that represents the current state of its project. */
const relevant = `project IS NOT NULL AND status = 'completed' AND outline ? 'whole'`;
/** Rows that are read or changed at once, with their requests. */
const atOnce = 50;
/** The version of what {@link describe} returns; nodes of earlier versions leave out parts. */
const outlineVersion = 2;
const columns = 'owner, attempt, losses, idempotency_key, token_id, last_frame, bytes, request, job';

/** The ID of the last frame of a job that ended without its stream: higher than any that a client can have seen. */
const lostFrame = 1_000_000_000;

/** How often a job may lose its worker or a server that it needs, before it counts as the cause. */
const maxLosses = 12;
/** How often a job may be started: it is also given up if worker after worker hands it back. */
const maxAttempts = 50;
/** How long the end of a job waits for PostgreSQL to come back, in ms, and how often it retries. */
const outageMs = 10 * 60_000;
const retryMs = 1_000;

export interface JobRowsOptions {
  readonly database: Database;
  /** Identifies this process. */
  readonly owner: string;
  readonly seal: Seal;
  /** Fires when this process ends: what could not be stored by then is left to others. */
  readonly closing: AbortSignal;
  readonly log: Logger;
}

/** The jobs as PostgreSQL rows, which every process of the service can read, and the holder of the lease can change. */
export class JobRows implements JobRecord {
  readonly #database: Database;
  readonly #options: JobRowsOptions;

  constructor(options: JobRowsOptions) {
    this.#options = options;
    this.#database = options.database;
  }

  async create(draft: QueuedJob, { most = Infinity, requestId, rerunOf }: CreateOptions = {}): Promise<StoredJob> {
    const { idempotencyKey: key, job } = draft;
    const submitter = submitterOf(draft);
    return this.#database.transaction(async (query) => {
      await query(
        `INSERT INTO jobs (id, submitted_at, submitted_by, token_id, status, idempotency_key, request, job, project, search, detail, described, outline)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
        [
          ...[job.job_id, job.submitted_at, submitter?.name ?? null, submitter?.id ?? null, job.status, key],
          ...[this.#written(draft.request), JSON.stringify(job), ...describe(draft)],
        ],
      );
      if (key !== null && !(await claimKey(query, submitter, key, job))) {
        await query('DELETE FROM jobs WHERE id = $1', [job.job_id]);
        const earlier = await this.#withKey(query, key, submitter);
        if (!earlier) throw new CodedError('KEY', 'The job of this Idempotency-Key was removed in the meantime.');
        return earlier;
      }
      if (most !== Infinity) await this.#requireRoom(query, job.submitted_by ?? null, most);
      await query(`INSERT INTO audit (by, action, target, request_id) VALUES ($1, $2, $3, $4)`, [
        job.submitted_by ?? null,
        ...(rerunOf === undefined ? ['submit', job.job_id] : ['rerun', `${rerunOf}: ${job.job_id}`]),
        requestId ?? null,
      ]);
      return { ...draft, owner: '', attempt: 0 };
    });
  }

  /** Counts a submitter's waiting jobs under a lock, so that concurrent submissions cannot exceed the limit. @throws ApiError RATE_LIMIT */
  async #requireRoom(query: Query, name: string | null, most: number): Promise<void> {
    const key = `${this.#database.schema} submit ${name ?? ''}`;
    await query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
    const [row] = await query<{ count: number }>(
      `SELECT count(*)::int AS count FROM jobs WHERE NOT ended AND status = 'queued' AND coalesce(submitted_by, '') = $1`,
      [name ?? ''],
    );
    if ((row?.count ?? 0) > most)
      throw new ApiError('RATE_LIMIT', 'Too many of your jobs are queued.', { retryAfter: 10 });
  }

  withKey(key: string, submitter: Submitter | null): Promise<StoredJob | undefined> {
    return this.#withKey(this.#database.query, key, submitter);
  }

  async take(id: string): Promise<StoredJob | undefined> {
    if (!(await this.#isKnown(id))) return undefined;
    const [taken] = await this.#database.query(
      `UPDATE jobs SET owner = $2, attempt = attempt + 1, version = version + 1, losses = losses + (owner <> '')::int
       WHERE id = $1 AND NOT ended RETURNING ${columns}`,
      [id, this.#options.owner],
    );
    const stored = taken && this.#read(taken);
    if (!stored) return undefined;
    if (row.parse(taken).losses > maxLosses) {
      this.#options.log.error(`Job ${id} was given up: ${maxLosses} workers were lost while they ran it.`);
      return this.#fail(stored, interruptedError);
    }
    if (stored.attempt > maxAttempts) {
      const why = `The job was started ${maxAttempts} times, and each time its worker ended before the job did.`;
      this.#options.log.error(`Job ${id} was given up. ${why}`);
      return this.#fail(stored, why);
    }
    try {
      return { ...stored, request: this.#opened(stored.request) };
    } catch (error) {
      return this.#fail(stored, errorMessage(error));
    }
  }

  /** Whether this version does all that a job asks for. */
  async #isKnown(id: string): Promise<boolean> {
    const [found] = await this.#database.query<{ request: unknown }>('SELECT request FROM jobs WHERE id = $1', [id]);
    if (!found) return true;
    // A key that this version does not know would be left out.
    const known = jobRequest.safeParse(found.request);
    if (known.success && isDeepStrictEqual(known.data, found.request)) return true;
    this.#options.log.info(`Job ${id} needs a newer version and is left to other workers.`);
    return false;
  }

  /** Ends a job that cannot be run. Its followers learn of it from the events' watch over ended jobs. */
  async #fail(stored: StoredJob, error: string): Promise<undefined> {
    const failed = { type: 'finish' as const, status: 'failed' as const, at: now(), error };
    await this.save({ ...stored, job: reduce({ job: stored.job, weights: {} }, failed).job, lastFrame: lostFrame });
    return undefined;
  }

  async release({ job, attempt, owner }: StoredJob, isOutage = false): Promise<boolean> {
    const mine = 'id = $1 AND attempt = $2 AND owner = $3 AND NOT ended';
    const values = [job.job_id, attempt, owner];
    const released = await this.#database.query(
      `UPDATE jobs SET owner = '', version = version + 1, losses = losses + $4::int
       WHERE ${mine} AND losses + $4::int <= $5 RETURNING id`,
      [...values, isOutage ? 1 : 0, maxLosses],
    );
    if (released.length > 0) return true;
    return (await this.#database.query(`SELECT FROM jobs WHERE ${mine}`, values)).length === 0;
  }

  async save(stored: StoredJob, notice?: Notice): Promise<void> {
    if (!isTerminal(stored.job.status)) {
      await this.#update(this.#database.query, stored);
      return;
    }
    // Otherwise nobody would know that it has ended, so this waits as long as necessary.
    const end = performance.now() + outageMs;
    for (;;) {
      try {
        await this.#end(stored, notice);
        return;
      } catch (error) {
        if (!isUnavailable(error) || performance.now() > end || this.#options.closing.aborted) throw error;
        this.#options.log.warn(`The end of job ${stored.job.job_id} cannot be stored yet: ${errorMessage(error)}`);
        await delay(retryMs, this.#options.closing).catch(() => undefined);
      }
    }
  }

  async load(id: string): Promise<StoredJob | undefined> {
    const [found] = await this.#database.query(`SELECT ${columns} FROM jobs WHERE id = $1`, [id]);
    const stored = found && this.#read(found);
    // A node of the version that has written it knows better: to a client, a job that is not found is lost.
    if (found && !stored)
      throw new ApiError('UNAVAILABLE', 'This node cannot read the job. A node with a newer version may be able to.', {
        retryAfter: 5,
      });
    return stored;
  }

  async page(filter: JobFilter, offset: number, limit: number): Promise<JobPage> {
    await this.#describeOld();
    const values: unknown[] = [];
    const value = (given: unknown) => `$${values.push(given)}`;
    const conditions = conditionsOf(filter, value);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const [count] = await this.#database.query<{ total: number }>(
      `SELECT count(*)::int AS total FROM jobs ${where}`,
      values,
    );
    const rows = await this.#database.query<{ job: unknown }>(
      // First the ids alone: rows are large, and requests, which nobody needs here, may be huge.
      `SELECT job FROM jobs WHERE id IN
         (SELECT id FROM jobs ${where} ORDER BY submitted_at DESC, id LIMIT ${value(limit)} OFFSET ${value(offset)})
       ORDER BY submitted_at DESC, id`,
      values,
    );
    const jobs = rows.flatMap(({ job }) => {
      const parsed = fullJob.safeParse(job);
      if (!parsed.success) this.#skipped(parsed.error);
      return parsed.data ?? [];
    });
    return { jobs, total: count?.total ?? 0 };
  }

  async counts(): Promise<JobCounts> {
    await this.#describeOld();
    const sums = severities.map(
      (one) =>
        `coalesce(sum((outline->'summary'->>'${one}')::int) FILTER (WHERE status = 'completed'), 0)::float8 AS ${one}`,
    );
    const [row = { active: 0, ...noFindings() }] = await this.#database.query<{ active: number } & Summary>(
      `SELECT count(*) FILTER (WHERE NOT ended)::int AS active, ${sums.join(', ')} FROM jobs`,
    );
    const { active, ...found } = row;
    return { active, found };
  }

  async ended(): Promise<EndedJob[]> {
    await this.#describeOld();
    const rows = await this.#database.query(
      `SELECT id, coalesce(outline->>'finished_at', '') AS "finishedAt", bytes FROM jobs WHERE ended
       ORDER BY submitted_at DESC, id`,
    );
    return rows.map((one) => {
      const { bytes, ...rest } = endedRow.parse(one);
      return { ...rest, bytes: bytes ?? undefined };
    });
  }

  async baseline(later: StoredJob): Promise<StoredJob | undefined> {
    const project = projectIdOf(later);
    if (project === undefined) return undefined;
    await this.#describeOld();
    const [found] = await this.#database.query(
      `SELECT ${columns} FROM jobs
       WHERE project = $1 AND status = 'completed' AND outline->>'scope' = $2
         AND (submitted_at < $3 OR (submitted_at = $3 AND id > $4))
       ORDER BY submitted_at DESC, id LIMIT 1`,
      [inText(project), scopeOf(later), later.job.submitted_at, later.job.job_id],
    );
    return found && this.#read(found);
  }

  async projects(id?: string): Promise<JobsOfProject[]> {
    await this.#describeOld();
    const own = id === undefined ? 'project IS NOT NULL' : 'project = $1';
    const rows = await this.#database.query<{ id: string; since: Date; newest: unknown; last: unknown }>(
      `SELECT project AS id, since, newest.outline AS newest, last.outline AS last
       FROM (SELECT DISTINCT ON (project) project, outline, submitted_at, id FROM jobs WHERE ${own}
             ORDER BY project, submitted_at DESC, id) AS newest
       JOIN (SELECT project, min(submitted_at) AS since FROM jobs WHERE ${own} GROUP BY project) AS oldest USING (project)
       LEFT JOIN (SELECT DISTINCT ON (project) project, outline FROM jobs WHERE ${own} AND ${relevant}
             ORDER BY project, (outline->>'whole')::boolean DESC, submitted_at DESC, id) AS last USING (project)
       ORDER BY newest.submitted_at DESC, newest.id`,
      id === undefined ? [] : [inText(id)],
    );
    return rows.flatMap((row) => {
      // Nothing can be said about a damaged job.
      const newest = outline.safeParse(row.newest);
      if (!newest.success) return [];
      const { source } = newest.data;
      return [{ id: row.id, source, since: row.since.toISOString(), last: lastScan.safeParse(row.last).data ?? null }];
    });
  }

  async scans(project?: string): Promise<ProjectScan[]> {
    await this.#describeOld();
    const own = project === undefined ? '' : 'AND project = $1';
    // As relevantScans does: partial scans only count if there is no full one.
    return this.#database.query<ProjectScan>(
      `SELECT DISTINCT ON (project, day) project, finished_at, summary
       FROM (SELECT project, finished_at, left(finished_at, 10) AS day, summary, whole,
               bool_or(whole) OVER (PARTITION BY project) AS has_whole
             FROM jobs, jsonb_to_record(outline) AS told (finished_at text, summary jsonb, whole boolean)
             WHERE ${relevant} ${own}) AS scans
       WHERE whole = has_whole ORDER BY project, day, finished_at DESC`,
      project === undefined ? [] : [inText(project)],
    );
  }

  /** Fills in the list columns of rows that a node with an older version has written. */
  async #describeOld(): Promise<void> {
    for (;;) {
      const rows = await this.#database.query<{ id: string; status: string; request: unknown; job: unknown }>(
        `SELECT id, status, request, job FROM jobs
         WHERE outline->>'status' IS DISTINCT FROM status OR outline->>'version' IS DISTINCT FROM '${outlineVersion}' LIMIT $1`,
        [atOnce],
      );
      const described = rows.map(({ id, status, ...found }) => {
        const parsed = z.object({ request: jobRequest, job: fullJob }).safeParse(found);
        // Of a damaged one, there is nothing to find.
        const copies = parsed.success
          ? describe(parsed.data)
          : [null, '', null, status, JSON.stringify({ status, version: outlineVersion })];
        return [id, ...copies];
      });
      if (described.length > 0)
        await this.#database.query(
          `UPDATE jobs SET project = new.project, search = new.search, detail = new.detail, described = new.described,
             outline = new.outline::jsonb
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
             AS new (id, project, search, detail, described, outline)
           WHERE jobs.id = new.id AND jobs.status = new.described`,
          [0, 1, 2, 3, 4, 5].map((index) => described.map((one) => one[index])),
        );
      if (rows.length < atOnce) return;
    }
  }

  /** The jobs among these that have ended. */
  async endedOf(ids: readonly string[]): Promise<StoredJob[]> {
    const rows = await this.#database.query(`SELECT ${columns} FROM jobs WHERE id = ANY($1) AND ended`, [ids]);
    return rows.flatMap((one) => this.#read(one) ?? []);
  }

  async remove(id: string): Promise<void> {
    await this.#database.query('DELETE FROM jobs WHERE id = $1', [id]);
  }

  async #withKey(query: Query, key: string, submitter: Submitter | null): Promise<StoredJob | undefined> {
    const [found] = await query(
      `SELECT ${columns} FROM jobs WHERE coalesce(token_id = $4, true) AND id =
         (SELECT job FROM idempotency_keys WHERE submitter = $1 AND key = $2 AND created_at > $3)`,
      [submitter?.name ?? '', key, new Date(Date.now() - idempotencyKeyMs), submitter?.id ?? null],
    );
    return found && this.#read(found);
  }

  /** @throws CodedError FENCED */
  async #update(query: Query, stored: StoredJob): Promise<void> {
    const { job, attempt, owner, lastFrame, bytes } = stored;
    const [, search, detail, described, outline] = describe(stored);
    const done = await query(
      `UPDATE jobs SET status = $4, job = $5, ended = $6, last_frame = $7, bytes = $8, search = $9, detail = $10,
         described = $11, outline = $12, version = version + 1
       WHERE id = $1 AND attempt = $2 AND owner = $3 AND NOT ended RETURNING id`,
      [
        ...[job.job_id, attempt, owner, job.status, JSON.stringify(job), isTerminal(job.status)],
        ...[lastFrame ?? null, bytes ?? null, search, detail, described, outline],
      ],
    );
    if (done.length === 0) throw new CodedError('FENCED', `Job ${job.job_id} has ended, or another worker has it.`);
  }

  /** Ends a job, and records its webhook deliveries. */
  async #end(stored: StoredJob, notice: Notice | undefined): Promise<void> {
    const id = stored.job.job_id;
    try {
      await this.#database.transaction(async (query) => {
        await this.#update(query, stored);
        if (notice !== undefined)
          await query('INSERT INTO deliveries (job, webhook, body) SELECT $1, id, $2 FROM webhooks', [id, notice]);
      });
    } catch (error) {
      // The connection may have broken after the commit: then it is done, and a retry shows that.
      if (!(error instanceof CodedError) || error.code !== 'FENCED') throw error;
      const now = await this.load(id);
      if (
        now?.attempt !== stored.attempt ||
        now.owner !== stored.owner ||
        now.job.finished_at !== stored.job.finished_at
      )
        throw error;
    }
  }

  /** A row's job; undefined, with a log line, if the row is damaged. */
  #read(given: object): StoredJob | undefined {
    const parsed = row.safeParse(given);
    if (!parsed.success) {
      this.#skipped(parsed.error);
      return undefined;
    }
    const { owner, attempt, idempotency_key: idempotencyKey, token_id, last_frame, bytes, request, job } = parsed.data;
    return {
      ...{ owner, attempt, idempotencyKey, job },
      request,
      ...(token_id !== null && { tokenId: token_id }),
      ...(last_frame !== null && { lastFrame: last_frame }),
      ...(bytes !== null && { bytes }),
    };
  }

  #skipped(error: z.ZodError): void {
    this.#options.log.warn(`Skipped the row of a job that cannot be read: ${z.prettifyError(error)}`);
  }

  /** A request as it is written: credentials in a repository's URL are encrypted. */
  #written(request: JobRequest): string {
    const { input } = request;
    const hidden = input.kind === 'git' && hasCredentials(input.url);
    return JSON.stringify(
      hidden ? { ...request, input: { ...input, url: this.#options.seal.seal(input.url) } } : request,
    );
  }

  #opened(request: JobRequest): JobRequest {
    const { input } = request;
    if (input.kind !== 'git') return request;
    return { ...request, input: { ...input, url: this.#options.seal.open(input.url) } };
  }
}

/** The token with which a job was submitted; null without named tokens. */
function submitterOf({ job, tokenId }: QueuedJob): Submitter | null {
  const name = job.submitted_by ?? null;
  return name === null || tokenId === undefined ? null : { name, id: tokenId };
}

/** @returns whether nobody else has the key now */
async function claimKey(
  query: Query,
  submitter: Submitter | null,
  key: string,
  job: StoredJob['job'],
): Promise<boolean> {
  const mine = await query(
    `INSERT INTO idempotency_keys (submitter, key, job, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (submitter, key) DO UPDATE SET job = excluded.job, created_at = excluded.created_at
     WHERE idempotency_keys.created_at <= $5
       -- Of an earlier token with this name.
       OR EXISTS (SELECT FROM jobs WHERE id = idempotency_keys.job AND token_id <> $6)
     RETURNING job`,
    [
      ...[submitter?.name ?? '', key, job.job_id, job.submitted_at],
      ...[new Date(Date.now() - idempotencyKeyMs), submitter?.id ?? null],
    ],
  );
  return mine.length > 0;
}

/** The list columns of a job: its project, its searchable text, the detail of its status, the status, and an outline as JSON. */
function describe(stored: Pick<QueuedJob, 'job' | 'request'>): readonly (string | null)[] {
  const { job } = stored;
  const { status, source } = job;
  const outline: Outline = {
    version: outlineVersion,
    status,
    // Absent, not null, for nodes of earlier versions.
    ...(job.finished_at !== null && { finished_at: job.finished_at }),
    repo: storable(searchable(source.url ?? '')),
    tools: completedTools(job),
    labels: job.labels.map(storable),
    scope: scopeOf(stored),
    source: { kind: source.kind, url: storable(source.url), label: storable(source.label) },
    ...projectScanOf(stored),
  };
  return [projectIdOf(stored) ?? null, searchTextOf(job), detailOf(job) ?? null, status, JSON.stringify(outline)];
}

/** A text as jsonb takes it: without NUL and halves of surrogate pairs. */
function storable<Text extends string | null>(text: Text): Text {
  return (text === null ? null : Buffer.from(text.replaceAll('\0', '')).toString()) as Text;
}

/** The conditions of SQL for a filter. @param value adds a value, and returns how a condition names it */
function conditionsOf(filter: JobFilter, value: (given: unknown) => string): string[] {
  const { status, project, text, repo, tool, label, severity, since, until } = filter;
  const at = "(outline->>'finished_at')::timestamptz";
  const found = severity && atLeast(severity).map((one) => `coalesce((outline->'summary'->>'${one}')::int, 0) > 0`);
  return [
    status !== undefined && `${value(status)} IN (status, detail)`,
    project !== undefined && `project = ${value(inText(project))}`,
    text !== undefined && `strpos(search, ${value(searchable(text))}) > 0`,
    repo !== undefined && `strpos(outline->>'repo', ${value(storable(searchable(repo)))}) > 0`,
    tool !== undefined && `outline->'tools' ? ${value(inText(tool))}`,
    label !== undefined && `outline->'labels' ? ${value(storable(label))}`,
    found && `(${found.join(' OR ')})`,
    since !== undefined && `${at} >= ${value(new Date(since))}`,
    until !== undefined && `${at} <= ${value(new Date(until))}`,
  ].filter((one) => typeof one === 'string');
}

/** PostgreSQL does not accept NUL, and no ID contains it. */
function inText(id: string): string {
  return id.replaceAll('\0', '\uFFFD');
}

function hasCredentials(url: string): boolean {
  const { username, password, search } = new URL(url);
  // ssh's `git@` is not a secret.
  return password !== '' || search !== '' || (username !== '' && new URL(url).protocol !== 'ssh:');
}
