import { randomUUID } from 'node:crypto';
import { delay } from '../base/abort';
import type * as z from 'zod';
import { CodedError } from '../base/errors';
import { fetchOutside, newForm, type Fetch } from '../base/http';
import type { Logger } from '../base/logger';
import {
  cancelAnswer,
  checkAnswer,
  type checkFields,
  tryAnswer,
  type TryAnswer,
  type tryFields,
  health,
  submitAnswer,
  tools,
  type CheckAnswer,
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
import { readReport, unreadReport } from '../findings/readReport';
import { maskSecrets } from '../findings/secrets/maskSecrets';
import { send, sendForJson, ServiceError, type Call, type Transport } from './http';
import { uploadBody } from './upload';

export type { ScanRequest } from '../protocol';

export interface ScanClientOptions {
  /** URL of the service, http or https. */
  url: string;
  /** Called before each request, so that a new token takes effect at once. */
  token?: () => Promise<string | undefined>;
  /** Headers to send with every request. */
  headers?: Record<string, string>;
  /** How to fetch; by default through the proxies set in the environment. */
  fetch?: Fetch;
  /** Whether the service is our own runner, which masks secrets in findings and logs itself; false by default. */
  isOwn?: boolean;
  log: Logger;
}

/** How long to keep submitting to a service that is busy. */
const maxRetryMs = 120_000;

export interface SubmitOptions {
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
  /** Called while a zip is sent, with the bytes so far and in total. */
  readonly onUpload?: (sent: number, total: number) => void;
}

/** Typed calls of the scan service contract. Every method throws ServiceError, or the signal's reason. */
export class ScanClient {
  readonly transport: Transport;
  readonly log: Logger;

  constructor(options: ScanClientOptions) {
    this.log = options.log;
    this.transport = {
      url: options.url.replace(/\/+$/, ''),
      fetch: options.fetch ?? fetchOutside(),
      isOwn: options.isOwn ?? false,
      async headers() {
        const token = (await options.token?.())?.trim();
        // The error of fetch would quote the whole header.
        if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
          throw new CodedError(
            'BAD_TOKEN',
            'The token contains a space, a line break or another character that is not allowed.',
          );
        }
        for (const [name, value] of Object.entries(options.headers ?? {})) checkHeader(name, value);
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

  /** @param folder whose own tools to include, if the service may run them */
  tools(folder?: string): Promise<Tools> {
    const query = folder === undefined ? '' : `?path=${encodeURIComponent(folder)}`;
    // The service runs every tool to get its version, and some take seconds.
    return sendForJson(this.transport, `/tools${query}`, tools, { timeoutMs: 30_000 });
  }

  /**
   * Submits a scan. If the service is busy and says when to retry, the scan is submitted again then, for up to {@link maxRetryMs}. The key
   * stays the same, so that no attempt creates a second job.
   */
  async submit(request: ScanRequest, options: SubmitOptions = {}): Promise<SubmitAnswer> {
    const key = options.idempotencyKey ?? randomUUID();
    const until = performance.now() + maxRetryMs;
    for (;;) {
      try {
        return await this.#submitOnce(request, key, options);
      } catch (error) {
        const wait = error instanceof ServiceError ? retryDelay(error) : undefined;
        if (wait === undefined || performance.now() + wait > until) throw error;
        this.log.info(`The scan service is busy; submitting the scan again in ${Math.round(wait / 1000)} s.`);
        await delay(wait, options.signal);
      }
    }
  }

  async #submitOnce(request: ScanRequest, key: string, options: SubmitOptions): Promise<SubmitAnswer> {
    const { source } = request;
    const fields = submissionFields(request);
    const call: Call = {
      method: 'POST',
      headers: { 'idempotency-key': key },
      ...(options.signal && { signal: options.signal }),
    };
    if (source.kind !== 'zip') {
      const form = await newForm();
      for (const [name, value] of fields) form.set(name, value);
      return sendForJson(this.transport, '/analyze-async', submitAnswer, { ...call, body: form, timeoutMs: 30_000 });
    }
    const file = { field: 'file', path: source.file, type: 'application/zip' };
    const body = await uploadBody(fields, file, options.onUpload ?? (() => undefined));
    return sendForJson(this.transport, '/analyze-async', submitAnswer, { ...call, body, timeoutMs: Infinity });
  }

  /** Checks files that were just saved, without a job; only our own runner does that. */
  check(fields: z.input<typeof checkFields>, signal?: AbortSignal): Promise<CheckAnswer> {
    return sendForJson(this.transport, '/check', checkAnswer, {
      method: 'POST',
      body: JSON.stringify(fields),
      timeoutMs: fields.thorough === true || fields.dependencies === true ? 180_000 : 60_000,
      ...(signal && { signal }),
    });
  }

  /** Tries a custom rule or model that is being written; only our own runner does that. */
  tryRule(fields: z.input<typeof tryFields>, signal?: AbortSignal): Promise<TryAnswer> {
    return sendForJson(this.transport, '/rules/try', tryAnswer, {
      method: 'POST',
      body: JSON.stringify(fields),
      timeoutMs: 120_000,
      ...(signal && { signal }),
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
    return sendForJson(this.transport, `/jobs?${search.toString()}`, lenientJobList);
  }

  /** Requests a cancel; the job's status shows when it takes effect. @throws ServiceError CONFLICT if the job has already ended */
  async cancel(id: string): Promise<void> {
    await sendForJson(this.transport, `/jobs/${encodeURIComponent(id)}`, cancelAnswer, { method: 'DELETE' });
  }

  /** The job's log as text: all of it, or its last `tail` lines. */
  async jobLog(id: string, tail?: number): Promise<string> {
    const query = tail === undefined ? '' : `?tail=${tail}`;
    const text = await send(this.transport, `/jobs/${encodeURIComponent(id)}/log${query}`);
    return this.transport.isOwn ? text : maskSecrets(text);
  }

  async report(id: string): Promise<Report> {
    const path = `/reports/${encodeURIComponent(id)}?format=json`;
    const unread = await sendForJson(this.transport, path, unreadReport, { timeoutMs: 60_000 });
    return readReport(unread, '', this.transport.isOwn);
  }

  /** The report in a format, written by the service. */
  reportText(id: string, format: ReportFormat): Promise<string> {
    const path = `/reports/${encodeURIComponent(id)}?format=${format}`;
    return send(this.transport, path, { timeoutMs: 60_000 });
  }
}

/** Rejects headers that fetch would reject with an error quoting the value, which may be secret. See RFC 9110, 5.1 and 5.5. */
function checkHeader(name: string, value: string): void {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name))
    throw new CodedError(
      'BAD_HEADER',
      `The setting codeagent.server.headers contains an invalid header name: “${name}”.`,
    );
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
    throw new CodedError(
      'BAD_HEADER',
      `The value of ${name} in the setting codeagent.server.headers contains a line break or another character that is not allowed.`,
    );
}

/** Milliseconds until a rejected submission can be retried; undefined if it cannot. */
function retryDelay(error: ServiceError): number | undefined {
  if (error.code !== 'RATE_LIMIT' && error.code !== 'UNAVAILABLE') return undefined;
  return error.retryAfterSec === undefined ? undefined : Math.max(1, error.retryAfterSec) * 1000;
}

/** The text fields of a submission. */
function submissionFields(request: ScanRequest): [string, string][] {
  const { source } = request;
  const fields: [string, string][] = [];
  if (source.kind === 'path') fields.push(['path', source.path]);
  if (source.kind === 'git') fields.push(['github_url', source.url]);
  if (request.ref !== undefined) fields.push(['ref', request.ref]);
  if (request.commit !== undefined) fields.push(['commit', request.commit]);
  for (const name of ['include', 'exclude', 'analyzers', 'labels'] as const) {
    const list = request[name];
    if (list && list.length > 0) fields.push([name, list.join(',')]);
  }
  if (request.temporary === true) fields.push(['temporary', 'true']);
  if (request.rulesOf !== undefined) fields.push(['rules_of', request.rulesOf]);
  if (request.policy !== undefined) fields.push(['policy', request.policy]);
  if (request.config) fields.push(['config', request.config.text], ['config_file', request.config.file]);
  if (request.timeoutSec !== undefined) fields.push(['timeout_sec', String(request.timeoutSec)]);
  return fields;
}
