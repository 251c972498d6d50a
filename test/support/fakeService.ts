import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** How a service misbehaves; see the contract's table of dialects. */
export type Misbehaviour =
  | 'none'
  | 'closesAfterFirstFrame'
  | 'silence'
  | 'events500'
  | 'eventsHtml'
  | 'namedEventsOnly'
  | 'endsAt95'
  | 'naiveTimes'
  | 'nullProgress'
  | 'canceledThenCompleted'
  | 'dropsConnections'
  | 'slowStatus'
  | 'unauthorizedInTheMiddle'
  | 'forgetsTheJob'
  | 'garbageFrames'
  | 'hugeFrame'
  | 'duplicateFrames'
  | 'errorFrame'
  | 'recovers'
  /** Down for half a second in the middle of the job, then back with it. */
  | 'restarts'
  /** One Job, then comments only, then the last Job. */
  | 'commentsOnly'
  /** A Job and a comment, then nothing more. */
  | 'silentAfterComments'
  /** The public service since 0.2.0: its statuses for a job completed with gaps, an interrupted one, and one that ends well. */
  | 'version2Partial'
  | 'version2Interrupted'
  | 'version2'
  /** Submissions only. */
  | 'answers200'
  | 'tooLarge'
  | 'busy'
  | 'unprocessable';

/** Those through which a client must follow a job to its end, regardless of its other requests. */
export const survivable: readonly Misbehaviour[] = [
  'none',
  'closesAfterFirstFrame',
  'silence',
  'events500',
  'eventsHtml',
  'namedEventsOnly',
  'endsAt95',
  'naiveTimes',
  'nullProgress',
  'dropsConnections',
  'slowStatus',
  'garbageFrames',
  'hugeFrame',
  'duplicateFrames',
  'errorFrame',
  'recovers',
];

const phases = ['clone', 'analyze:one', 'analyze:two', 'merge', 'write'];

/**
 * A loopback scan service with one job that runs for `lifeMs` and then completes, and one named misbehaviour.
 * It counts what a client does to it.
 */
export class FakeService {
  /** When each status request came, in milliseconds. */
  readonly statusRequests: number[] = [];
  streamsOpened = 0;
  openStreams = 0;
  mostOpenStreams = 0;
  submissions = 0;
  token = 'right';
  readonly jobId = 'job-1';
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #seq = 40;
  #began = performance.now();
  #port = 0;

  private constructor(
    readonly misbehaviour: Misbehaviour,
    readonly lifeMs: number,
  ) {
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(misbehaviour: Misbehaviour, lifeMs = 700): Promise<FakeService> {
    const service = new FakeService(misbehaviour, lifeMs);
    await service.#listen();
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Connections that a client holds open. */
  get openConnections(): number {
    return this.#sockets.size;
  }

  get age(): number {
    return performance.now() - this.#began;
  }

  async close(): Promise<void> {
    await this.#hangUp();
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async #hangUp(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #restart(): Promise<void> {
    await this.#hangUp();
    setTimeout(() => void this.#listen(), 500);
  }

  /** The job in its current state, in the service's dialect. */
  job(): Record<string, unknown> {
    const done = this.age / this.lifeMs;
    const over = done >= 1;
    const percent = Math.min(over ? 100 : 99, Math.floor(done * 100));
    const stamp = (text: string) => (this.misbehaviour === 'naiveTimes' ? `${text}.239082` : `${text}Z`);
    const job = {
      job_id: this.jobId,
      status: over ? 'completed' : 'running',
      progress: { phase: phases[Math.min(4, Math.floor(done * 5))], percent },
      submitted_at: stamp('2026-11-23T16:37:17'),
      started_at: stamp('2026-11-23T16:37:18'),
      finished_at: over ? stamp('2026-11-23T16:37:20') : null,
      error: null,
    };
    switch (this.misbehaviour) {
      case 'endsAt95':
        return over ? { ...job, progress: { phase: 'write', percent: 95 } } : job;
      case 'nullProgress': {
        const { progress: _, ...rest } = job;
        return done < 0.5 ? { ...job, progress: null } : rest;
      }
      case 'canceledThenCompleted':
        return done > 0.4 && done < 0.8 ? { ...job, status: 'canceled' } : job;
      case 'version2':
      case 'version2Partial':
      case 'version2Interrupted':
        return this.#version2Job(job, over);
      case 'naiveTimes':
        return { ...job, surprise: { deeply: ['odd'] }, labels: 'not a list' };
      default:
        return job;
    }
  }

  /** As the public service has sent it since 0.2.0. */
  #version2Job(job: Record<string, unknown>, over: boolean): Record<string, unknown> {
    const ends = { version2Partial: 'partial', version2Interrupted: 'interrupted' } as Record<string, string>;
    return {
      ...job,
      kind: 'scan',
      status: over ? (ends[this.misbehaviour] ?? 'completed') : 'running',
      source: { source: 'github', url: 'https://github.com/owner/sample', ref: 'main', project_id: 'p' },
      config: { mode: 'static', analyzers: null },
      steps: [],
      latest_review_id: null,
    };
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    const ofJob = path.startsWith('/jobs/') || path.startsWith('/events/');
    if (this.misbehaviour === 'unauthorizedInTheMiddle' && ofJob && this.age > this.lifeMs * 0.3) this.token = 'new';
    if (request.headers.authorization !== `Bearer ${this.token}`) {
      json(response, 401, { error: { code: 'UNAUTHORIZED', message: 'Sign in first' } });
    } else if (path === '/health') json(response, 200, { status: 'ok' });
    else if (path === '/analyze-async') this.#submit(request, response);
    else if (path.startsWith(`/reports/${this.jobId}`))
      json(response, 200, this.misbehaviour.startsWith('version2') ? version2Report(this.jobId) : this.#report());
    else if (path.startsWith('/jobs?')) {
      const page = { total: 1, page: 1, limit: 20 };
      json(
        response,
        200,
        this.misbehaviour.startsWith('version2') ? { items: [this.job()], ...page } : { jobs: [this.job()], ...page },
      );
    } else if (path === `/jobs/${this.jobId}`) this.#status(response);
    else if (path === `/events/${this.jobId}`) this.#events(response);
    else json(response, 404, { error: { code: 'HTTP_ERROR', message: 'Job not found' } });
  }

  #submit(request: IncomingMessage, response: ServerResponse): void {
    this.submissions += 1;
    switch (this.misbehaviour) {
      case 'tooLarge':
        // Like a proxy: immediately, without reading the request.
        response.setHeader('connection', 'close');
        json(response, 413, { error: { code: 'HTTP_ERROR', message: 'The upload is too large' } });
        return;
      case 'busy':
        if (this.submissions > 1) break;
        response.setHeader('retry-after', '1');
        json(response, 429, { error: { code: 'RATE_LIMIT', message: 'Too many scans' } });
        return;
      case 'unprocessable':
        json(response, 422, { detail: [{ loc: ['body', 'file'], msg: 'file is no zip', type: 'value_error' }] });
        return;
      default:
    }
    request.resume().on('end', () => {
      this.#began = performance.now();
      const status = this.misbehaviour === 'answers200' ? 200 : 202;
      json(response, status, { job_id: this.jobId, status: 'queued', ...(status === 200 && { summary: null }) });
      if (this.misbehaviour === 'restarts') setTimeout(() => void this.#restart(), this.lifeMs * 0.3);
    });
  }

  /** As the public service sends it: without the contract's additions. */
  #report(): Record<string, unknown> {
    const meta = {
      tools: ['semgrep'],
      repo: { source: 'zip', url: null, ref: null, commit: null },
      generated_at: '2026-11-23T16:37:20.239082',
      duration_ms: 2000,
      labels: [],
    };
    const issue = {
      tool: 'semgrep',
      type: 'security',
      message: 'planted by the fake service',
      severity: 'high',
      file: 'a.js',
      line: 1,
      rule_id: 'rule',
      suggestion: null,
    };
    const files = [
      { path: 'a.js', issues: [issue] },
      { path: '../outside.js', issues: [issue] },
    ];
    return { job_id: this.jobId, meta, summary: { critical: 0, high: 1, medium: 0, low: 0 }, files };
  }

  #status(response: ServerResponse): void {
    this.statusRequests.push(performance.now());
    if (this.misbehaviour === 'forgetsTheJob' && this.age > this.lifeMs * 0.3) {
      json(response, 404, { error: { code: 'HTTP_ERROR', message: 'Job not found' } });
    } else if (this.misbehaviour === 'slowStatus') {
      const timer = setTimeout(() => json(response, 200, this.job()), 300);
      response.on('close', () => clearTimeout(timer));
    } else json(response, 200, this.job());
  }

  #events(response: ServerResponse): void {
    this.streamsOpened += 1;
    if (this.misbehaviour === 'events500' || this.misbehaviour === 'forgetsTheJob') {
      json(response, 500, { error: { code: 'INTERNAL', message: 'no' } });
      return;
    }
    if (this.misbehaviour === 'eventsHtml' || (this.misbehaviour === 'recovers' && this.age < this.lifeMs * 0.4)) {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Sign in to the proxy</p>');
      return;
    }
    this.openStreams += 1;
    this.mostOpenStreams = Math.max(this.mostOpenStreams, this.openStreams);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => {
      // A response that has ended only closes when its reader, which may be slow, has received everything.
      if (!response.writableEnded) this.#frame(response);
    }, 40);
    response.on('close', () => {
      clearInterval(timer);
      this.openStreams -= 1;
    });
    this.#first(response);
  }

  #first(response: ServerResponse): void {
    const first = JSON.stringify(this.job());
    switch (this.misbehaviour) {
      case 'namedEventsOnly':
        response.write(': hello\n\n');
        return;
      case 'errorFrame':
        response.write(`data: {"error": "Job stream is not available"}\n\n`);
        return;
      case 'garbageFrames':
        response.write(`data: {"job_id": \n\ndata: [1,2]\n\ndata: null\n\nevent: log\ndata: {}\n\ndata: ${first}\n\n`);
        return;
      case 'hugeFrame':
        response.write(
          `event: log\ndata: {"ts":"","level":"info","message":"${'x'.repeat(5 << 20)}"}\n\ndata: ${first}\n\n`,
        );
        return;
      case 'version2':
      case 'version2Partial':
      case 'version2Interrupted':
        response.write(`event: snapshot\ndata: ${first}\n\n`);
        return;
      case 'silentAfterComments':
        response.write(`data: ${first}\n\n: heartbeat\n\n`);
        return;
      case 'closesAfterFirstFrame':
        response.end(`data: ${first}\n\n`);
        return;
      default:
        response.write(`data: ${first}\n\n`);
        if (this.misbehaviour === 'dropsConnections') setTimeout(() => response.destroy(), 100);
    }
  }

  #frame(response: ServerResponse): void {
    if (this.misbehaviour === 'unauthorizedInTheMiddle' && this.token === 'right' && this.age > this.lifeMs * 0.3) {
      this.token = 'new';
      response.end();
      return;
    }
    const { status, progress } = this.job() as { status: string; progress: { phase: string; percent: number } };
    switch (this.misbehaviour) {
      case 'silence':
      case 'silentAfterComments':
      case 'errorFrame':
        return;
      case 'commentsOnly':
        if (status === 'completed') response.end(`data: ${JSON.stringify(this.job())}\n\n`);
        else response.write(': heartbeat\n\n');
        return;
      case 'version2':
      case 'version2Partial':
      case 'version2Interrupted': {
        this.#seq += 1;
        const over = status !== 'running';
        const data = over ? { status, error: null } : { phase: progress.phase, percent: progress.percent };
        const update = {
          seq: this.#seq,
          event: over ? 'finished' : 'progress',
          job_id: this.jobId,
          data,
          timestamp: '2026-11-23T16:37:20.239082+00:00',
        };
        // Events of another job on this stream: a review of this one, which has ended.
        const other = { ...update, event: 'finished', data: { status: 'failed', error: 'no', run_id: 'job-2' } };
        const frame = (news: object) => `id: ${this.#seq}\nevent: update\ndata: ${JSON.stringify(news)}\n\n`;
        response.write(`${frame(other)}${frame(update)}`);
        if (over) response.end();
        return;
      }
      case 'namedEventsOnly':
        if (status === 'completed') {
          response.end(`event: finished\ndata: ${JSON.stringify({ job_id: this.jobId, status, summary: null })}\n\n`);
        } else {
          const phase = progress.phase.replace('analyze:', '');
          response.write(`event: progress\ndata: ${JSON.stringify({ phase, percent: progress.percent })}\n\n`);
        }
        return;
      default: {
        const frame = `data: ${JSON.stringify(this.job())}\n\n`;
        response.write(this.misbehaviour === 'duplicateFrames' ? frame.repeat(5) : frame);
        if (status === 'completed') response.end();
      }
    }
  }
}

/** A report as the public service has sent it since 0.2.0, with malformed fields. */
function version2Report(jobId: string): Record<string, unknown> {
  const issue = {
    id: 'a'.repeat(64),
    tool: 'semgrep',
    type: 'security',
    message: 'planted by the fake service',
    severity: 'high',
    file: 'a.py',
    line: 1,
    rule_id: 'rule',
    suggestion: null,
    cwe: 'CWE-78',
    fingerprint: null,
    end_line: null,
    dependency: null,
  };
  const files = [
    {
      path: 'a.py',
      issues: [
        issue,
        { ...issue, line: 2, cwe: null },
        { ...issue, line: 3, cwe: { id: 78 }, confidence: 0.9, fix: 'rm it' },
        { ...issue, line: null },
        { ...issue, line: '5', severity: 'WARNING', tool: 7 },
        { ...issue, line: 6, suggestion: ['no text'] },
      ],
    },
    { path: '/etc/passwd', issues: [{ ...issue, file: '../passwd' }] },
  ];
  return {
    schema_version: '2.0',
    job_id: jobId,
    meta: {
      repo: {
        source: 'github',
        url: 'https://github.com/owner/sample',
        ref: 'main',
        commit: 'c'.repeat(40),
        digest: 'd',
      },
      generated_at: '2026-11-23T16:37:20.239082+00:00',
      tools: [{ name: 'semgrep' }],
    },
    summary: { critical: 0, high: 5, medium: 1, low: 0 },
    files,
    coverage: [
      { tool: 'semgrep', status: 'completed', files_scanned: 2, errors: [] },
      { tool: 'bandit', status: 'partial', errors: ['b.py could not be parsed'] },
      { tool: 'dotnet', status: 'skipped', errors: [] },
      { tool: 'depcheck', status: 'failed', errors: [] },
    ],
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  if (!response.writableEnded && !response.destroyed) {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }
}
