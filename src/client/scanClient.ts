import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import type { Logger } from '../base/logger';
import {
  cancelAnswer,
  health,
  report,
  submitAnswer,
  tools,
  type Health,
  type Job,
  type JobStatus,
  type Report,
  type ReportFormat,
  type ScanRequest,
  type SubmitAnswer,
  type Tools,
} from '../protocol';
import { lenientJob, lenientJobList } from './dialect';
import { send, sendForJson, type Transport } from './http';

export type { ScanRequest } from '../protocol';

export interface ScanClientOptions {
  /** The service's address, http or https. */
  url: string;
  /** Asked before each call, so that a new token counts at once. */
  token?: () => Promise<string | undefined>;
  /** Headers that go with every call. */
  headers?: Record<string, string>;
  /** How to fetch; Node's own when left out. */
  fetch?: typeof fetch;
  log: Logger;
}

/** The calls of the scan service contract, typed. Every method throws ServiceError, or the signal's reason. */
export class ScanClient {
  readonly transport: Transport;
  readonly log: Logger;

  constructor(options: ScanClientOptions) {
    this.log = options.log;
    this.transport = {
      url: options.url.replace(/\/+$/, ''),
      fetch: options.fetch ?? fetch,
      async headers() {
        const token = await options.token?.();
        return { ...options.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
      },
    };
  }

  get url(): string {
    return this.transport.url;
  }

  health(signal?: AbortSignal): Promise<Health> {
    return sendForJson(this.transport, '/health', health, { ...(signal && { signal }) });
  }

  tools(): Promise<Tools> {
    return sendForJson(this.transport, '/tools', tools);
  }

  /** Submits a scan. `idempotencyKey`: a repeat with the same one answers the first job. */
  async submit(
    request: ScanRequest,
    options: { signal?: AbortSignal; idempotencyKey?: string } = {},
  ): Promise<SubmitAnswer> {
    return sendForJson(this.transport, '/analyze-async', submitAnswer, {
      method: 'POST',
      body: await submissionForm(request),
      timeoutMs: request.source.kind === 'zip' ? Infinity : 30_000,
      ...(options.signal && { signal: options.signal }),
      ...(options.idempotencyKey !== undefined && { headers: { 'idempotency-key': options.idempotencyKey } }),
    });
  }

  job(id: string, signal?: AbortSignal): Promise<Job> {
    return sendForJson(this.transport, `/jobs/${encodeURIComponent(id)}`, lenientJob, { ...(signal && { signal }) });
  }

  /** The newest jobs. */
  async jobs(query: { limit?: number; status?: JobStatus } = {}): Promise<Job[]> {
    const search = new URLSearchParams();
    if (query.limit !== undefined) search.set('limit', String(query.limit));
    if (query.status) search.set('status', query.status);
    const list = await sendForJson(this.transport, `/jobs?${search.toString()}`, lenientJobList);
    return list.jobs;
  }

  /** Asks for a cancel; the job's own status tells when it is one. @throws ServiceError CONFLICT when it had ended before */
  async cancel(id: string): Promise<void> {
    await sendForJson(this.transport, `/jobs/${encodeURIComponent(id)}`, cancelAnswer, { method: 'DELETE' });
  }

  /** The same scan again. @throws ServiceError NOT_FOUND also where the service knows no reruns; CONFLICT when the source is gone */
  rerun(id: string): Promise<SubmitAnswer> {
    return sendForJson(this.transport, `/jobs/${encodeURIComponent(id)}/rerun`, submitAnswer, { method: 'POST' });
  }

  /** The job's log as text; its last `tail` lines when given. */
  async jobLog(id: string, tail?: number): Promise<string> {
    const query = tail === undefined ? '' : `?tail=${tail}`;
    return (await send(this.transport, `/jobs/${encodeURIComponent(id)}/log${query}`)).text();
  }

  report(id: string): Promise<Report> {
    return sendForJson(this.transport, `/reports/${encodeURIComponent(id)}?format=json`, report, { timeoutMs: 60_000 });
  }

  /** The report as the service writes it in this format. */
  async reportText(id: string, format: ReportFormat): Promise<string> {
    const path = `/reports/${encodeURIComponent(id)}?format=${format}`;
    return (await send(this.transport, path, { timeoutMs: 60_000 })).text();
  }
}

async function submissionForm(request: ScanRequest): Promise<FormData> {
  const form = new FormData();
  const { source } = request;
  if (source.kind === 'path') form.set('path', source.path);
  else if (source.kind === 'git') form.set('github_url', source.url);
  else form.set('file', await openAsBlob(source.file, { type: 'application/zip' }), basename(source.file));
  if (request.ref !== undefined) form.set('ref', request.ref);
  if (request.commit !== undefined) form.set('commit', request.commit);
  for (const name of ['include', 'exclude', 'analyzers', 'labels'] as const) {
    const list = request[name];
    if (list && list.length > 0) form.set(name, list.join(','));
  }
  if (request.timeoutSec !== undefined) form.set('timeout_sec', String(request.timeoutSec));
  return form;
}
