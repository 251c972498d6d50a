import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import type { Logger } from '../../base/logger';
import type { Analyzer } from '../../engines/engine/engine';
import { ApiError } from '../errors/apiError';
import { isJobId } from '../job/jobId';
import type { Jobs } from '../jobs/jobs';
import type { Webhooks } from '../jobs/webhooks';
import type { Limits } from '../../base/limits';
import type { Checks } from '../pipeline/checks';
import type { RuleTries } from '../pipeline/tryRule';
import type { GitPolicy } from '../pipeline/gitPolicy';
import type { Caller } from '../ports/access';
import type { Blobs } from '../ports/blobs';
import type { AuditAction, AuditRecord, ConfigRecord, ProjectRecord, StoredJob, Submitter } from '../ports/record';
import type { Watch } from '../ports/watch';
import type { EventStreams } from './eventStream';

/** hono's context of a request: Node's objects, and our request id. */
export interface ApiEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string; caller: Caller | undefined };
}
export type ApiContext = Context<ApiEnv>;

/** The files of the team page, by their path on the service. */
export type Page = ReadonlyMap<string, { readonly type: string; readonly content: Uint8Array<ArrayBuffer> }>;

/** The parts of the service that the routes use. */
export interface ApiParts {
  readonly jobs: Jobs;
  readonly checks: Checks;
  readonly tries: RuleTries;
  readonly blobs: Blobs;
  readonly streams: EventStreams;
  readonly analyzers: readonly Analyzer[];
  readonly config: ConfigRecord;
  readonly projects: ProjectRecord;
  /** Absent in embedded mode. */
  readonly webhooks: Webhooks | undefined;
  /** Folders that may contain `path`, with symbolic links resolved. */
  readonly roots: readonly string[];
  /** Absent where there is only one user. */
  readonly audit: AuditRecord | undefined;
  /** Absent if the service does not depend on anything else. */
  readonly watch: Watch | undefined;
  /** The team page; undefined if there is none. */
  readonly page: Page | undefined;
  readonly limits: Limits;
  readonly version: string;
  /** Which repositories may be cloned. */
  readonly git: GitPolicy;
  /** Whether clients need a token. */
  readonly tokenNeeded: boolean;
  readonly log: Logger;
}

/** The job with a route's `:id`, or with another id. @throws ApiError NOT_FOUND */
export async function requireJob(parts: ApiParts, c: ApiContext, id = c.req.param('id')): Promise<StoredJob> {
  const stored = await parts.jobs.stored(requireJobId(c, id));
  if (!stored) throw new ApiError('NOT_FOUND', 'There is no such job.');
  return stored;
}

/** The token of a request; null without named tokens. */
export function submitterOf(c: ApiContext): Submitter | null {
  const { id, name = null } = c.get('caller') ?? {};
  return id === undefined || name === null ? null : { id, name };
}

/** Whether a request is its submitter's, or an admin's. */
function isOwner(c: ApiContext, { job, tokenId }: StoredJob): boolean {
  const caller = c.get('caller');
  if (!caller || caller.scopes.includes('admin')) return true;
  return tokenId === undefined ? caller.name === (job.submitted_by ?? null) : caller.id === tokenId;
}

/** Whether a request may cancel a job: its submitter's, or an admin's. @throws ApiError FORBIDDEN */
export function requireOwner(c: ApiContext, stored: StoredJob): void {
  if (isOwner(c, stored)) return;
  throw new ApiError(
    'FORBIDDEN',
    'This job belongs to another token. Only that token or an admin token can cancel it.',
  );
}

/** Whether a request may rerun a job: the owner's and an admin's always, a reader's unless the URL contains credentials. @throws ApiError FORBIDDEN */
export function requireRerunner(c: ApiContext, stored: StoredJob): void {
  if (isOwner(c, stored)) return;
  if (c.get('caller')?.scopes.includes('read') !== true)
    throw new ApiError('FORBIDDEN', 'This job belongs to another token, and yours does not have the scope "read".');
  const { input } = stored.request;
  if (input.kind === 'git' && input.url !== stored.job.source.url)
    throw new ApiError(
      'FORBIDDEN',
      'This job clones with the credentials of another user. Only its token or an admin token can rerun it.',
    );
}

/** Records what a request is about to do. @throws ApiError UNAVAILABLE: it must not be done then */
export async function audit(
  { audit: record }: ApiParts,
  c: ApiContext,
  action: AuditAction,
  target: string,
): Promise<void> {
  await record?.add({ by: submitterOf(c)?.name ?? null, action, target, requestId: c.get('requestId') });
}

/** A route's `:id`, if it is a valid job id. @throws ApiError NOT_FOUND */
function requireJobId(c: ApiContext, id = c.req.param('id')): string {
  if (id === undefined || !isJobId(id)) throw new ApiError('NOT_FOUND', 'There is no such job.');
  return id;
}

/** Rejects a JSON body that is too large. */
export function limitBody({ limits }: ApiParts): MiddlewareHandler<ApiEnv> {
  return bodyLimit({
    maxSize: limits.maxBody,
    onError: () => {
      throw new ApiError('PAYLOAD_TOO_LARGE', `The request body is larger than ${limits.maxBody} bytes.`);
    },
  });
}

/** A request's body as JSON. @throws ApiError INVALID_INPUT */
export async function readJson(c: ApiContext): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('INVALID_INPUT', 'The body is not JSON.');
  }
}

/** Validates input from a client. @throws ApiError INVALID_INPUT that says which field is wrong and why */
export function parseInput<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
  const first = details[0];
  throw new ApiError('INVALID_INPUT', first ? `${first.field || 'input'}: ${first.message}` : 'Invalid input.', {
    details,
  });
}
