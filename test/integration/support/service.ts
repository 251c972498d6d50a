import { patience } from '../../support/patience.mjs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { job as jobSchema, isTerminal, type Job } from '../../../src/protocol';
import type { Logger } from '../../../src/base/logger';
import { startRunner, type Runner, type RunnerOptions } from '../../../src/service/runner';

/** A logger that records its messages. */
export class MemoryLog implements Logger {
  readonly lines: string[] = [];
  debug = (message: string) => void this.lines.push(`debug ${message}`);
  info = (message: string) => void this.lines.push(`info ${message}`);
  warn = (message: string) => void this.lines.push(`warn ${message}`);
  error = (message: string) => void this.lines.push(`error ${message}`);
}

/** Files by path, as they should be on disk. */
export type Tree = Readonly<Record<string, string | Uint8Array>>;

export async function writeTree(root: string, tree: Tree): Promise<void> {
  for (const [path, content] of Object.entries(tree)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

/** A real service on loopback with a folder to scan. */
export interface TestService {
  readonly runner: Runner;
  readonly url: string;
  readonly root: string;
  readonly storage: string;
  readonly log: MemoryLog;
  /** Submits and returns the job's ID. */
  submit(fields: Readonly<Record<string, string>>): Promise<string>;
  get(path: string, init?: RequestInit): Promise<Response>;
  job(id: string): Promise<Job>;
  /** Follows the job's stream to its end. */
  ended(id: string): Promise<Job>;
  /** Damages its storage in an unexpected way. */
  breakStorage(): Promise<void>;
  close(): Promise<void>;
}

export type ServiceOptions = Partial<RunnerOptions> & Pick<RunnerOptions, 'analyzers'> & { tree?: Tree };

/** Where services store their data: in a folder, by default. */
export const backend: {
  options:
    | ((wanted: ServiceOptions, log: Logger) => Promise<Partial<RunnerOptions> & Pick<TestService, 'breakStorage'>>)
    | undefined;
} = { options: undefined };

export async function startService({ tree = {}, ...options }: ServiceOptions): Promise<TestService> {
  const folder = await mkdtemp(join(tmpdir(), 'codeagent-service-'));
  const root = join(folder, 'root');
  const storage = options.storage ?? join(folder, 'storage');
  await mkdir(root);
  await writeTree(root, tree);
  const log = new MemoryLog();
  const elsewhere = await backend.options?.(options, log);
  const runner = await startRunner({ log, version: '1.2.3', roots: [root], ...options, ...elsewhere, storage });
  const headers = options.token === undefined ? {} : { Authorization: `Bearer ${options.token}` };
  const get = (path: string, init: RequestInit = {}) =>
    fetch(runner.url + path, { ...init, headers: { ...headers, ...(init.headers as Record<string, string>) } });
  const service: TestService = {
    runner,
    url: runner.url,
    root,
    storage,
    log,
    get,
    async submit(fields) {
      const answer = await get('/analyze-async', { method: 'POST', body: form(fields) });
      const body = (await answer.json()) as { job_id?: string };
      if (answer.status !== 202 || body.job_id === undefined) throw new Error(JSON.stringify(body));
      return body.job_id;
    },
    async job(id) {
      return jobSchema.parse(await (await get(`/jobs/${id}`)).json());
    },
    async ended(id) {
      let last: Job | undefined;
      for await (const frame of frames(await get(`/events/${id}`)))
        if (frame.event === 'message') last = frame.data as Job;
      if (!last || !isTerminal(last.status)) throw new Error(`The stream ended with ${JSON.stringify(last)}`);
      return last;
    },
    async breakStorage() {
      if (elsewhere) return elsewhere.breakStorage();
      await rm(join(storage, 'jobs'), { recursive: true });
      await writeFile(join(storage, 'jobs'), 'in the way');
    },
    async close() {
      await runner.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return service;
}

export function form(fields: Readonly<Record<string, string | Blob>>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields))
    if (typeof value === 'string') data.set(name, value);
    else data.set(name, value, 'upload.zip');
  return data;
}

/** One frame of a stream as an EventSource would deliver it. */
export interface TestFrame {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: unknown;
  readonly bytes: number;
}

/** Reads text/event-stream until it ends. */
export async function* frames(answer: Response): AsyncGenerator<TestFrame> {
  let rest = '';
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    rest += chunk;
    for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
      const text = rest.slice(0, end);
      rest = rest.slice(end + 2);
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
      const data = field('data');
      if (data !== undefined)
        yield { id: field('id'), event: field('event') ?? 'message', data: JSON.parse(data), bytes: text.length + 2 };
    }
  }
}

/** Waits until a condition is true. */
export async function until(what: () => boolean | Promise<boolean>, ms = patience(15_000)): Promise<void> {
  const end = performance.now() + ms;
  while (!(await what())) {
    if (performance.now() > end) throw new Error(`Not within ${ms} ms: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
