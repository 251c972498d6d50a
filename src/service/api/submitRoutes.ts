import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { Hono } from 'hono';
import type { z } from 'zod';
import { isTerminal, rerunFields, submitFields, type JobSource, type SubmitFields } from '../../protocol';
import { errorCode } from '../../base/errors';
import { ApiError } from '../errors/apiError';
import type { FullJob } from '../job/jobMachine';
import type { Limits } from '../../base/limits';
import type { JobInput, JobRequest } from '../job/jobRequest';
import type { NewJob } from '../jobs/jobs';
import { checkRef } from '../pipeline/gitUrl';
import { folderBelow } from '../pipeline/roots';
import type { StoredJob } from '../ports/record';
import {
  parseInput,
  readJson,
  requireJob,
  requireRerunner,
  submitterOf,
  type ApiContext,
  type ApiEnv,
  type ApiParts,
} from './context';
import { defaultAnalyzers } from './defaultAnalyzers';
import { Idempotency } from './idempotency';
import { readSubmission, type Upload } from './readSubmission';
import { ConcurrencyLimit } from './concurrencyLimit';

/** Routes for submitting a job and for running it again. */
export function addSubmitRoutes(app: Hono<ApiEnv>, parts: ApiParts): void {
  const { jobs, blobs, limits } = parts;
  const idempotency = new Idempotency(jobs);
  const turns = new ConcurrencyLimit(limits.maxSubmissions, limits.maxSubmissionsEach);

  const submit = (c: ApiContext): Promise<FullJob> =>
    idempotency.once(c.req.header('idempotency-key'), submitterOf(c), async (key) => {
      const submitter = submitterOf(c);
      await jobs.checkRoom(submitter);
      const id = randomUUID();
      let wanted: Pick<NewJob, 'request' | 'source'>;
      try {
        const { fields, upload } = await turns.run(submitter?.id ?? '', () =>
          readSubmission(c.env.incoming, limits, (file) => blobs.putUpload(id, file)),
        );
        wanted = await readRequest(parts, parseInput(submitFields, withoutEmpty(fields)), upload);
      } catch (error) {
        if (errorCode(error) === 'UNAVAILABLE') jobs.forgetUploadLater(id);
        else await jobs.forgetUpload(id);
        throw error;
      }
      return jobs.submit({ id, submitter, ...wanted, idempotencyKey: key, requestId: c.get('requestId') });
    });

  app.post('/analyze-async', async (c) => {
    const { job_id } = await submit(c);
    return c.json({ job_id, status: 'queued' }, 202);
  });

  app.post('/analyze', async (c) => {
    const { job_id } = await submit(c);
    const job = await jobs.get(job_id);
    if (job?.status === 'completed') return c.json({ job_id, status: job.status, summary: job.summary ?? null });
    return c.json({ job_id, status: 'running' }, 202);
  });

  const rerun = async (c: ApiContext, first: StoredJob): Promise<Response> => {
    requireRerunner(c, first);
    const { latest } = await readRerun(c, limits);
    const submitter = submitterOf(c);
    const job = await idempotency.once(c.req.header('idempotency-key'), submitter, async (key) => {
      await jobs.checkRoom(submitter);
      const known = first.request.analyzers.filter((id) => parts.analyzers.some((analyzer) => analyzer.id === id));
      if (known.length === 0) throw new ApiError('CONFLICT', 'None of its analyzers exist any more.');
      const { kind, url, label } = first.job.source;
      const { input } = first.request;
      if (input.kind === 'path') await folderBelow(input.path, parts.roots).catch(sourceGone);
      const again = input.kind === 'git' && latest ? { ...input, commit: null } : input;
      const asked = again.kind === 'git' ? { ref: again.ref, commit: again.commit } : { ref: null, commit: null };
      const id = randomUUID();
      if (input.kind === 'zip' && !(await blobs.copyUpload(first.job.job_id, id))) sourceGone();
      return jobs.submit({
        id,
        submitter,
        request: { ...first.request, input: again, analyzers: known },
        source: { kind, url, label, ...asked },
        idempotencyKey: key,
        requestId: c.get('requestId'),
        rerunOf: first.job.job_id,
      });
    });
    return c.json({ job_id: job.job_id, status: 'queued' }, 202);
  };
  app.post('/jobs/:id/rerun', async (c) => rerun(c, await requireJob(parts, c)));
  // Other services rerun the same job. Here an ended job never changes, so a new one is created.
  app.post('/jobs/:id/retry', async (c) => {
    const first = await requireJob(parts, c);
    if (!isTerminal(first.job.status)) throw new ApiError('CONFLICT', `The job is still ${first.job.status}.`);
    return rerun(c, first);
  });
}

/** The options of a rerun, from a JSON body. @throws ApiError PAYLOAD_TOO_LARGE, INVALID_INPUT */
async function readRerun(c: ApiContext, limits: Limits): Promise<z.infer<typeof rerunFields>> {
  const length = Number(c.req.header('content-length') ?? 0);
  const isJson = c.req.header('content-type')?.includes('json') ?? false;
  if (!isJson || length === 0) return {};
  if (length > limits.maxBody)
    throw new ApiError('PAYLOAD_TOO_LARGE', `The request body is larger than ${limits.maxBody} bytes.`);
  return parseInput(rerunFields, await readJson(c));
}

/** Forms send an empty string for a field that was left blank. */
function withoutEmpty(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

async function readRequest(
  parts: ApiParts,
  fields: SubmitFields,
  upload: Upload | undefined,
): Promise<Pick<NewJob, 'request' | 'source'>> {
  const given = [fields.github_url, fields.path, upload].filter((source) => source !== undefined);
  if (given.length !== 1)
    throw new ApiError('INVALID_INPUT', 'Exactly one of github_url, path and file must be given.');
  const { input, source } = await readSource(parts, fields, upload);
  const folder = input.kind === 'path' ? input.path : undefined;
  const whole = fields.include === undefined;
  const ids = [...new Set(fields.analyzers ?? (await defaultAnalyzers(parts, folder, whole)))];
  const unknown = ids.filter((id) => !parts.analyzers.some((analyzer) => analyzer.id === id));
  if (unknown.length > 0) throw new ApiError('INVALID_INPUT', `analyzers: there is no ${unknown.join(', ')}.`);
  if (ids.length === 0) throw new ApiError('INVALID_INPUT', 'analyzers: none was given and there is no default.');
  const request: JobRequest = {
    input,
    include: fields.include ?? [],
    exclude: fields.exclude ?? [],
    analyzers: ids,
    ...(fields.analyzers === undefined && { defaultAnalyzers: true }),
    ...(fields.temporary && { temporary: true }),
    ...(fields.policy && { policy: fields.policy }),
    ...(fields.rules_of !== undefined && { rulesOf: await folderBelow(fields.rules_of, parts.roots) }),
    ...(fields.config !== undefined && {
      config: { file: fields.config_file ?? 'the given configuration', text: fields.config },
    }),
    labels: fields.labels ?? [],
    timeoutSec: fields.timeout_sec ?? null,
    ...(fields.project_id !== undefined && { project: await readProject(parts, fields.project_id, input) }),
  };
  return { request, source };
}

async function readSource(
  parts: ApiParts,
  fields: SubmitFields,
  upload: Upload | undefined,
): Promise<{ input: JobInput; source: JobSource }> {
  const ref = fields.ref ?? null;
  const commit = fields.commit ?? null;
  if (fields.github_url !== undefined) {
    const git = await parts.git.check(fields.github_url);
    if (ref !== null) checkRef(ref);
    return {
      input: { kind: 'git', url: git.url, ref, commit },
      source: { kind: 'git', url: git.shown, ref, commit, label: git.label },
    };
  }
  if (ref !== null || commit !== null)
    throw new ApiError('INVALID_INPUT', 'ref and commit are valid only with github_url.');
  if (fields.path !== undefined) {
    const path = await folderBelow(fields.path, parts.roots);
    return { input: { kind: 'path', path }, source: { kind: 'path', url: path, ref, commit, label: basename(path) } };
  }
  const name = upload?.name ?? '';
  return { input: { kind: 'zip', name }, source: { kind: 'zip', url: name, ref, commit, label: name } };
}

async function readProject(parts: ApiParts, id: string, input: JobInput): Promise<string> {
  if (input.kind !== 'zip') throw new ApiError('INVALID_INPUT', 'project_id is valid only with file.');
  if ((await parts.projects.projects()).some((project) => project.id === id)) return id;
  throw new ApiError('INVALID_INPUT', 'project_id: there is no such project.');
}

/** @throws ApiError CONFLICT */
function sourceGone(): never {
  throw new ApiError('CONFLICT', 'The source of this job no longer exists.');
}
