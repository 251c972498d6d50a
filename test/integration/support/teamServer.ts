import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { defaultLimits } from '../../../src/base/limits';
import { summarize, type Issue, type JobStatus, type Report, type Summary } from '../../../src/protocol';
import { createApp } from '../../../src/service/api/app';
import type { ApiParts, Page } from '../../../src/service/api/context';
import { createHttpServer } from '../../../src/service/api/httpServer';
import { projectsOf, scansOf } from '../../../src/service/job/projects';
import { pageOf } from '../../../src/service/job/search';
import type { StoredJob } from '../../../src/service/ports/record';

/** A past job. */
export interface PastJob {
  readonly label: string;
  readonly url?: string;
  /** When it was submitted, in ms; it took 40 s. */
  readonly at: number;
  readonly status?: JobStatus;
  readonly error?: string;
  readonly summary?: Summary;
  readonly gaps?: number;
  readonly issues?: readonly Issue[];
  readonly labels?: string[];
}

/** Puts ended jobs into the storage of a service that has not started yet. @returns their IDs */
export function putJobs(storage: string, jobs: readonly PastJob[]): Promise<string[]> {
  return Promise.all(jobs.map((job) => putJob(storage, job)));
}

async function putJob(storage: string, past: PastJob): Promise<string> {
  const id = randomUUID();
  const folder = join(storage, 'jobs', id);
  const stored = storedJob(id, past);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'job.json'), JSON.stringify({ version: 1, ...stored }));
  const { summary } = stored.job;
  if (past.issues && summary) await writeFile(join(folder, 'report.json'), JSON.stringify(reportOf(id, past, summary)));
  return id;
}

function storedJob(id: string, past: PastJob): StoredJob {
  const { label, url = `https://git.example/${label}.git`, at, status = 'completed', issues = [], labels = [] } = past;
  const time = (ms: number) => new Date(ms).toISOString();
  const input = { kind: 'git', url, ref: 'main', commit: null } as const;
  return {
    owner: randomUUID(),
    idempotencyKey: null,
    attempt: 1,
    request: { input, include: [], exclude: [], analyzers: ['bad'], labels, timeoutSec: null },
    lastFrame: 1,
    job: {
      ...{
        job_id: id,
        status,
        source: { ...input, label },
        labels,
        error: past.error ?? null,
        progress: null,
        phases: [],
      },
      ...{ submitted_at: time(at), started_at: time(at + 1000), finished_at: time(at + 41_000) },
      ...(status === 'completed' && { summary: past.summary ?? summarize(issues), gaps: past.gaps ?? 0 }),
    },
  };
}

function reportOf(id: string, { label, url = label, at, issues = [], gaps = 0 }: PastJob, summary: Summary): Report {
  const paths = [...new Set(issues.map(({ file }) => file))];
  return {
    job_id: id,
    summary,
    meta: {
      tools: ['bad'],
      repo: { source: 'git', url, ref: 'main', commit: null },
      generated_at: new Date(at).toISOString(),
      duration_ms: 40_000,
      labels: [],
      files_scanned: 1234,
      coverage: {
        complete: gaps === 0,
        gaps: Array.from({ length: gaps }, () => ({
          kind: 'timed_out',
          analyzer: 'bad',
          reason: 'It ran out of time after 60 s.',
          files: 2,
          examples: ['vendor/three.js'],
        })),
      },
    },
    files: paths.map((path) => ({ path, issues: issues.filter(({ file }) => file === path) })),
  };
}

/** A service with nothing but many ended jobs, which needs no token. Its data is in memory: ten thousand folders would take most of a test's time. */
export async function startLargeService(
  page: Page | undefined,
  count: number,
): Promise<{ url: string; close(): void }> {
  const now = Date.now();
  const jobs = Array.from({ length: count }, (_, n) => {
    const past = {
      label: `bulk-${n % 60}`,
      at: now - n * 100_000,
      summary: { critical: 0, high: 0, medium: n % 7, low: 1 },
    };
    return storedJob(randomUUID(), past);
  });
  const parts = {
    page,
    tokenNeeded: false,
    jobs: {
      page: (filter, offset, limit) => {
        const { jobs: shown, total } = pageOf(jobs, filter, offset, limit);
        return Promise.resolve({ jobs: shown.map(({ job }) => job), total });
      },
      projects: () => Promise.resolve(projectsOf(jobs)),
      scans: () => Promise.resolve(scansOf(jobs)),
    } satisfies Pick<ApiParts['jobs'], 'page' | 'projects' | 'scans'>,
    projects: { projects: () => Promise.resolve([]) },
  };
  const app = createApp({ ...parts, limits: defaultLimits } as unknown as ApiParts, {
    access: undefined,
    hosts: () => undefined,
    allowOrigins: [],
  });
  const server = createHttpServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A URL behind which one node or another responds, or none. */
export interface Entrance {
  readonly host: string;
  readonly url: string;
  /** The service that receives its connections; undefined: all are dropped, and new ones are refused. */
  to(url: string | undefined): void;
  close(): Promise<void>;
}

export async function openEntrance(): Promise<Entrance> {
  let target: URL | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const to = target;
    const node = to && connect(Number(to.port), to.hostname);
    for (const [one, other] of [
      [socket, node],
      [node, socket],
    ] as const) {
      if (!one) continue;
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other?.destroy();
      });
    }
    if (node) socket.pipe(node).pipe(socket);
    else socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const breakOff = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    host,
    url: `http://${host}`,
    to(url) {
      target = url === undefined ? undefined : new URL(url);
      breakOff();
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      breakOff();
      await closed;
    },
  };
}
