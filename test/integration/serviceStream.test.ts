import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { EventSource } from 'eventsource';
import { updated } from '../../src/protocol/updatedJob';
import { isTerminal, job as jobSchema, type Job } from '../../src/protocol';
import { patience } from '../support/patience.mjs';
import { analyzer, badLines, found, gated } from './support/analyzers';
import { frames, startService, until, type TestFrame, type TestService } from './support/service';

/** Whether a frame only contains numbers: no status of the job or of a phase has changed. */
function isPercentUpdate(before: Job, after: Job): boolean {
  const states = (job: Job) => [job.status, ...(job.phases ?? []).map((phase) => phase.status)].join(' ');
  return states(before) === states(after);
}

describe('event streams of the scan service', () => {
  let service: TestService | undefined;
  afterEach(async () => {
    await service?.close();
    service = undefined;
  });

  it('have the headers, the Job immediately, IDs that increment by one, and end after the terminal Job', async () => {
    const gate = gated();
    service = await startService({ analyzers: [badLines(), gate.analyzer], tree: { 'a.js': 'BAD' } });
    const id = await service.submit({ path: service.root });
    const answer = await service.get(`/events/${id}`);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
    assert.equal(answer.headers.get('cache-control'), 'no-cache, no-transform');
    assert.equal(answer.headers.get('x-accel-buffering'), 'no');
    assert.ok(answer.headers.get('x-request-id'));
    const all: TestFrame[] = [];
    for await (const frame of frames(answer)) {
      all.push(frame);
      if (gate.runs.length > 0) gate.open();
    }
    assert.equal(all[0]?.event, 'message');
    const ids = all.map((frame) => Number(frame.id));
    assert.deepEqual(
      ids,
      ids.map((_, index) => ids[0]! + index),
    );
    const jobs = all.filter((frame) => frame.event === 'message').map((frame) => jobSchema.parse(frame.data));
    assert.deepEqual(jobs.map((job) => isTerminal(job.status)).indexOf(true), jobs.length - 1);
    assert.ok(all.some((frame) => frame.event === 'findings'));
    assert.ok(all.some((frame) => frame.event === 'log'));
    for (const frame of all.filter((f) => f.event === 'message'))
      assert.ok(frame.bytes <= 1500, `${frame.bytes} bytes`);
  });

  for (const [many, ids] of [
    ['three analyzers', ['ast-grep', 'ruff', 'secretlint']],
    [
      'every analyzer that there is',
      'ast-grep ruff flow secretlint redos osv semgrep bandit pip-audit gitleaks trivy gosec osv-scanner'.split(' '),
    ],
  ] as const) {
    it(`keeps the bytes of a percent update under 1 KB with ${many}, a long path and large counts`, async () => {
      const gate = gated('gate');
      const steps = (id: string) =>
        analyzer(id, async (run) => {
          run.issues(Array.from({ length: 3000 }, (_, n) => found('f1.js', n + 1, { rule_id: `${id}-${n}` })));
          for (let done = 1; done <= run.files.length; done += 1) {
            run.progress(done);
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        });
      const folder = Array.from({ length: 12 }, (_, n) => `a-rather-long-folder-name-${n}`).join('/');
      const files = Array.from({ length: 600 }, (_, n) => [`${folder}/f${n}.js`, 'x']);
      service = await startService({
        analyzers: [...ids.map(steps), gate.analyzer],
        tree: { [`${folder}/f1.js`]: 'x', ...(Object.fromEntries(files) as Record<string, string>) },
      });
      const id = await service.submit({ path: join(service.root, folder), labels: 'nightly,a-team-with-a-long-name' });
      const sizes: number[] = [];
      let last: Job | undefined;
      for await (const frame of frames(await service.get(`/events/${id}`))) {
        if (frame.event !== 'message') continue;
        const job = jobSchema.parse(frame.data);
        const before = last;
        last = before ? updated(before, job) : job;
        if (before && isPercentUpdate(before, last)) sizes.push(frame.bytes);
        if ((last.progress?.percent ?? 0) > 50) gate.open();
        assert.equal(last.source?.label, `a-rather-long-folder-name-11`);
        assert.deepEqual(last.labels, ['nightly', 'a-team-with-a-long-name']);
        assert.equal(last.phases?.length, ids.length + 4);
        assert.ok(last.phases.every((phase) => phase.status === 'pending' || phase.started_at !== null));
      }
      assert.ok(sizes.length > 4);
      assert.ok(Math.max(...sizes) <= 1024, `${Math.max(...sizes)} bytes`);
    });
  }

  it('sends a returning client what it missed', async () => {
    const gate = gated();
    service = await startService({ analyzers: [badLines(), gate.analyzer], tree: { 'a.js': 'BAD' } });
    const id = await service.submit({ path: service.root });
    await until(async () => (await service!.job(id)).phases?.[1]?.status === 'completed');
    const first = async (after?: string) => {
      const seen: TestFrame[] = [];
      const headers = after === undefined ? {} : { 'Last-Event-ID': after };
      for await (const frame of frames(await service!.get(`/events/${id}`, { headers }))) {
        seen.push(frame);
        if (frame.event === 'message') break;
      }
      return seen;
    };
    assert.deepEqual(
      (await first()).map((frame) => frame.event),
      ['message'],
    );
    const missed = await first('1');
    assert.ok(missed.some((frame) => frame.event === 'findings'));
    assert.equal(missed.at(-1)?.event, 'message');
    gate.open();
    await service.ended(id);
    assert.deepEqual((await first('1')).at(-1)?.event, 'message');
    assert.ok((await first('1')).some((frame) => frame.event === 'findings'));
    assert.deepEqual(
      (await first('999999')).map((frame) => frame.event),
      ['message'],
    );
    assert.deepEqual(
      (await first('nonsense')).map((frame) => frame.event),
      ['message'],
    );
  });

  it('keeps a silent stream open with comments for as long as the job runs', async () => {
    const gate = gated();
    // 40 times the keep-alive: at its real 15 seconds this is ten minutes.
    service = await startService({ analyzers: [gate.analyzer], tree: { 'a.js': '' }, limits: { keepAlive: 20 } });
    const id = await service.submit({ path: service.root });
    const answer = await service.get(`/events/${id}`);
    let text = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.split(': keep-alive').length > 40) gate.open();
    }
    assert.match(text, /"status":"completed"/);
  });

  it('never waits for a slow subscriber, who still gets the last Job', async () => {
    const flood = analyzer('flood', async (run) => {
      for (let round = 0; round < 200; round += 1) {
        run.issues(Array.from({ length: 100 }, (_, n) => found('a.js', n + 1, { message: 'm'.repeat(500) })));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const gate = gated();
    const tree = { 'a.js': 'x' };
    service = await startService({
      analyzers: [flood, gate.analyzer],
      tree,
      limits: { maxSubscriberBacklog: 64 * 1024 },
    });
    const id = await service.submit({ path: service.root });
    await until(() => gate.runs.length > 0);
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET /events/${id} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\n\r\n`);
    socket.pause();
    const before = process.memoryUsage().arrayBuffers;
    await until(async () => (await service!.job(id)).phases?.[1]?.status === 'completed', patience(30_000));
    assert.ok(process.memoryUsage().arrayBuffers - before < 20_000_000);
    gate.open();
    await service.ended(id);
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.resume();
    await new Promise((resolve) => socket.on('close', resolve));
    assert.match(text, /"status":"completed"[^\n]*\n\n/);
  });

  it('drops subscribers that never read, of a running job and of one that has ended', async () => {
    const gate = gated();
    const flood = analyzer('flood', async (run) => {
      for (let round = 0; round < 150; round += 1) {
        run.issues(Array.from({ length: 100 }, (_, n) => found('a.js', n + 1, { message: 'm'.repeat(500) })));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await gate.analyzer.analyze(run);
    });
    service = await startService({
      analyzers: [flood],
      tree: { 'a.js': 'x' },
      limits: { subscriberStall: patience(1000) },
    });
    const { hostname, port, host } = new URL(service.url);
    /** Opens a stream, and reads no more of it than Node's buffer takes. */
    const never = async (path: string, more = '') => {
      const socket = connect(Number(port), hostname);
      const opened = new Promise<void>((resolve) => socket.once('readable', resolve));
      socket.on('error', () => undefined).write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`);
      await opened;
      return socket;
    };
    const id = await service.submit({ path: service.root });
    const first = await never(`/events/${id}`);
    await until(() => gate.runs.length > 0);
    // Noticed only once it reads: it had not read its own end either.
    const reading = service.ended(id);
    const held = async () => (await fetch(`${service!.url}/health`)).status === 200 && service!.runner.openStreams;
    await until(async () => (await held()) === 1);
    gate.open();
    assert.equal((await reading).status, 'completed');
    const others = await Promise.all(Array.from({ length: 20 }, () => never(`/events/${id}`, 'Last-Event-ID: 0\r\n')));
    await until(() => service!.runner.openStreams === 0);
    for (const socket of [first, ...others]) socket.destroy();
  });

  it('ends with hundreds of open streams, half of them unread', async () => {
    const gate = gated();
    const flood = analyzer('flood', async (run) => {
      await gate.analyzer.analyze({ ...run, signal: new AbortController().signal });
      run.issues(Array.from({ length: 2000 }, (_, n) => found('a.js', n + 1, { message: 'm'.repeat(1000) })));
      await gated().analyzer.analyze(run);
    });
    service = await startService({ analyzers: [flood], tree: { 'a.js': 'x' } });
    const { hostname, port, host } = new URL(service.url);
    const id = await service.submit({ path: service.root });
    const sockets = Array.from({ length: 300 }, (_, n) => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      if (n % 2 === 0) socket.resume();
      else socket.pause();
      socket.write(`GET /events/${id} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      return socket;
    });
    await until(() => service!.runner.openStreams === 300, 15_000);
    gate.open();
    await until(async () => ((await service!.job(id)).phases?.[1]?.findings ?? 0) > 0, 15_000);
    await service.runner.close();
    assert.equal(service.runner.openStreams, 0);
    for (const socket of sockets) socket.destroy();
  });

  it('answers 404 as JSON for an unknown job', async () => {
    service = await startService({ analyzers: [badLines()] });
    for (const id of ['00000000-0000-0000-0000-000000000000', 'x', '..%2f..', '%00']) {
      const answer = await service.get(`/events/${id}`);
      assert.equal(answer.status, 404);
      assert.equal(((await answer.json()) as { error: { code: string } }).error.code, 'NOT_FOUND');
    }
  });

  it('is followed to the end by a plain EventSource, and by curl -N', async function () {
    const gate = gated();
    const origin = 'http://dashboard.example';
    service = await startService({ analyzers: [gate.analyzer], tree: { 'a.js': '' }, allowOrigins: [origin] });
    const id = await service.submit({ path: service.root });
    const url = `${service.url}/events/${id}`;
    const ofSource = new Promise<Job>((resolve, reject) => {
      const source = new EventSource(url, {
        fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, Origin: origin } }),
      });
      source.onmessage = (event) => {
        const job = jobSchema.parse(JSON.parse(event.data as string));
        if (!isTerminal(job.status)) return;
        source.close();
        resolve(job);
      };
      source.onerror = (event) => reject(new Error(event.message));
    });
    const curl = spawn('curl', ['-sN', '-H', `Origin: ${origin}`, url], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    curl.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const ofCurl = new Promise((resolve, reject) => curl.on('close', resolve).on('error', reject));
    await until(() => gate.runs.length > 0 && text !== '');
    gate.open();
    assert.equal((await ofSource).status, 'completed');
    assert.equal(await ofCurl, 0);
    assert.match(text, /"status":"completed"/);
  });
});
