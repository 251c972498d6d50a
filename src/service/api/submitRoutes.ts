import { access, copyFile, link, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Hono } from 'hono';
import { submitFields, type JobSource, type SubmitFields } from '../../protocol';
import { ApiError } from '../../base/apiError';
import type { FullJob } from '../jobs/jobMachine';
import type { JobInput, JobRequest } from '../jobs/jobRequest';
import type { NewJob } from '../jobs/jobs';
import { checkRef, parseGitUrl } from '../../sources/gitUrl';
import { folderBelow } from '../pipeline/roots';
import { parseInput, requireJob, type ApiContext, type ApiEnv, type ApiParts } from './context';
import { defaultAnalyzers } from './defaultAnalyzers';
import { Idempotency } from './idempotency';
import { readSubmission, type Upload } from './readSubmission';

const zipName = 'source.zip';

/** Submitting a job, and running one again. */
export function addSubmitRoutes(app: Hono<ApiEnv>, parts: ApiParts): void {
  const { jobs, limits, uploads } = parts;
  const idempotency = new Idempotency(jobs);

  const submit = (c: ApiContext): Promise<FullJob> =>
    idempotency.once(c.req.header('idempotency-key'), async (key) => {
      jobs.checkRoom();
      const { fields, upload } = await readSubmission(c.env.incoming, uploads, limits);
      try {
        const wanted = await readWish(parts, parseInput(submitFields, withoutEmpty(fields)), upload);
        return await jobs.submit({
          ...wanted,
          idempotencyKey: key,
          ...(upload && { place: (folder) => rename(upload.path, join(folder, zipName)) }),
        });
      } finally {
        if (upload) await rm(upload.path, { force: true });
      }
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

  app.post('/jobs/:id/rerun', async (c) => {
    const first = await requireJob(parts, c);
    const job = await idempotency.once(c.req.header('idempotency-key'), async (key) => {
      jobs.checkRoom();
      const known = first.request.analyzers.filter((id) => parts.analyzers.some((analyzer) => analyzer.id === id));
      if (known.length === 0) throw new ApiError('CONFLICT', 'None of its analyzers is there any more.');
      const zip = await requireSource(parts, first.job.job_id, first.request.input);
      const { kind, url, label } = first.job.source;
      const { input } = first.request;
      const asked = input.kind === 'git' ? { ref: input.ref, commit: input.commit } : { ref: null, commit: null };
      return jobs.submit({
        request: { ...first.request, analyzers: known },
        source: { kind, url, label, ...asked },
        idempotencyKey: key,
        ...(zip !== undefined && { place: (folder) => linkOrCopy(zip, join(folder, zipName)) }),
      });
    });
    return c.json({ job_id: job.job_id, status: 'queued' }, 202);
  });
}

/** Forms send a field that nobody filled in as an empty text. */
function withoutEmpty(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

async function readWish(
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
  if (ids.length === 0) throw new ApiError('INVALID_INPUT', 'analyzers: none is given and there is no default.');
  const request: JobRequest = {
    input,
    include: fields.include ?? [],
    exclude: fields.exclude ?? [],
    analyzers: ids,
    labels: fields.labels ?? [],
    timeoutSec: fields.timeout_sec ?? null,
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
    const { allow_list } = await parts.config.read();
    const git = parseGitUrl(fields.github_url, { allowFileUrls: parts.allowFileUrls, hosts: allow_list });
    if (ref !== null) checkRef(ref);
    return {
      input: { kind: 'git', url: git.url, ref, commit },
      source: { kind: 'git', url: git.shown, ref, commit, label: git.label },
    };
  }
  if (ref !== null || commit !== null) throw new ApiError('INVALID_INPUT', 'ref and commit go with github_url only.');
  if (fields.path !== undefined) {
    const path = await folderBelow(fields.path, parts.roots);
    return { input: { kind: 'path', path }, source: { kind: 'path', url: path, ref, commit, label: basename(path) } };
  }
  const name = upload?.name ?? '';
  return { input: { kind: 'zip', name }, source: { kind: 'zip', url: name, ref, commit, label: name } };
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  // A link costs no space; where the file system has none, a copy does.
  await link(from, to).catch(() => copyFile(from, to));
}

/** Makes sure that a job's source is still there. @returns its zip, if that is what it was. @throws ApiError CONFLICT */
async function requireSource(parts: ApiParts, id: string, input: JobInput): Promise<string | undefined> {
  try {
    if (input.kind === 'path') await folderBelow(input.path, parts.roots);
    if (input.kind !== 'zip') return undefined;
    const zip = parts.store.path(id, zipName);
    await access(zip);
    return zip;
  } catch {
    throw new ApiError('CONFLICT', 'What this job scanned is not there any more.');
  }
}
