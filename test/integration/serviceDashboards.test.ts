import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventSource } from 'eventsource';
import * as protocol from '../../src/protocol';
import { badLines, gated } from './support/analyzers';
import { form, frames, startService, until, type TestService } from './support/service';

/** What the dashboards of the public service (0.1.0 and 0.2.0) ask for, and what of the answers they read. */
describe('the scan service under the dashboards of the public one', () => {
  let service: TestService;
  const gate = gated('slow');
  let id: string;
  before(async () => {
    service = await startService({
      analyzers: [badLines(), gate.analyzer],
      tree: { 'a.js': 'BAD' },
      concurrency: 1,
      allowFileUrls: true,
    });
    await service.get('/config/analyzers', { method: 'PATCH', body: '{"defaults":["bad"]}' });
    id = await service.submit({ path: service.root, labels: 'x', analyzers: 'bad' });
    await service.ended(id);
  });
  after(async () => {
    gate.open();
    await service.close();
  });

  const read = async (path: string, init?: RequestInit) => {
    const answer = await service.get(path, init);
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return (await answer.json()) as Record<string, unknown>;
  };

  it('lists reports with repo and repo_url', async () => {
    const { items } = protocol.reportList.parse(await read('/reports?page=1&limit=20'));
    assert.equal(items[0]?.job_id, id);
    assert.equal(items[0].repo, service.root);
    assert.equal(items[0].repo_url, service.root);
    assert.equal((await read(`/reports?page=1&limit=20&repo=${service.root.toUpperCase()}`))['total'], items.length);
  });

  it('lists jobs by pages, also by statuses that only the dashboards have', async () => {
    const page = await read('/jobs?page=1&limit=20');
    assert.equal((page['items'] as { job_id: string }[])[0]?.job_id, id);
    assert.equal(page['page'], 1);
    assert.deepEqual((await read('/jobs?page=2&limit=20'))['items'], []);
    for (const status of ['partial', 'interrupted'])
      assert.deepEqual((await read(`/jobs?page=1&limit=20&status=${status}`))['items'], []);
    assert.equal('items' in (await read('/jobs?limit=20')), false);
  });

  it('leaves progress out of a queued job, in its answer and in its stream', async () => {
    const running = await service.submit({ path: service.root, analyzers: 'slow' });
    const queued = await service.submit({ path: service.root, analyzers: 'slow' });
    const job = await read(`/jobs/${queued}`);
    assert.equal(job['status'], 'queued');
    assert.equal('progress' in job, false);
    assert.equal(job['kind'], 'scan');
    for await (const frame of frames(await service.get(`/events/${queued}`))) {
      assert.equal('progress' in (frame.data as object), false);
      break;
    }
    assert.equal((await service.get(`/jobs/${queued}/retry`, { method: 'POST' })).status, 409);
    for (const one of [queued, running]) {
      await service.get(`/jobs/${one}`, { method: 'DELETE' });
      await service.ended(one);
    }
  });

  it('tells its capabilities, whether a token is needed, and its counts', async () => {
    const capabilities = protocol.capabilities.parse(await read('/capabilities'));
    assert.equal(capabilities.ready, true);
    assert.deepEqual(
      capabilities.analyzers.map(({ name, available }) => [name, available]),
      [
        ['bad', true],
        ['slow', true],
      ],
    );
    assert.equal(capabilities.providers['ollama']?.available, false);
    assert.deepEqual(await read('/auth/status'), { required: false, authenticated: true });
    const stats = protocol.dashboardStats.parse(await read('/dashboard/stats'));
    assert.equal(stats.total_scans, 1);
    assert.equal(stats.active_jobs, 0);
    assert.equal(stats.severity_distribution.high, 1);
    assert.deepEqual(
      stats.recent_scans.map(({ job_id, total_issues }) => [job_id, total_issues]),
      [[id, 1]],
    );
  });

  it('tells who has no token that one is needed, and takes "bearer" in any case', async () => {
    const guarded = await startService({ analyzers: [badLines()], token: 'a-token' });
    const ask = async (path: string, authorization?: string) =>
      fetch(guarded.url + path, { headers: authorization === undefined ? {} : { authorization } });
    const status = async (authorization?: string): Promise<unknown> =>
      (await ask('/auth/status', authorization)).json();
    assert.deepEqual(await status(), { required: true, authenticated: false });
    assert.deepEqual(await status('Bearer wrong'), { required: true, authenticated: false });
    for (const word of ['Bearer', 'bearer', 'BEARER', 'bEaReR']) {
      assert.deepEqual(await status(`${word} a-token`), { required: true, authenticated: true });
      assert.equal((await ask('/jobs', `${word} a-token`)).status, 200);
    }
    for (const wrong of ['a-token', 'Basic a-token', 'Bearer', 'Bearer  ', 'Bearer a-token x', 'Bearera-token'])
      assert.equal((await ask('/jobs', wrong)).status, 401, wrong);
    assert.equal((await ask('/capabilities')).status, 401);
    assert.equal((await ask('/dashboard/stats')).status, 401);
    await guarded.close();
  });

  it('runs a job once more', async () => {
    for (const [path, body] of [
      ['retry', undefined],
      ['rerun', '{"latest":false}'],
      ['rerun', '{"latest":true}'],
    ] as const) {
      const headers = { 'Content-Type': 'application/json' };
      const answer = await service.get(`/jobs/${id}/${path}`, { method: 'POST', headers, ...(body && { body }) });
      assert.equal(answer.status, 202);
      const { job_id, status } = (await answer.json()) as { job_id: string; status: string };
      assert.equal(status, 'queued');
      assert.notEqual(job_id, id);
      assert.equal((await service.ended(job_id)).status, 'completed');
    }
  });

  it('takes URLs in the allow list', async () => {
    const allow_list = ['https://Git.Example.com/Team/', 'http://other.example', 'Host.Example:8443'];
    const patched = await read('/config/analyzers', { method: 'PATCH', body: JSON.stringify({ allow_list }) });
    assert.deepEqual(patched['allow_list'], [
      'https://Git.Example.com/Team/',
      'http://other.example',
      'host.example:8443',
    ]);
    const submit = async (github_url: string) =>
      (await service.get('/analyze-async', { method: 'POST', body: form({ github_url, timeout_sec: '1' }) })).status;
    assert.equal(await submit('https://git.example.com/Team/repo.git'), 202);
    assert.equal(await submit('git@other.example:x/y'), 202);
    assert.equal(await submit('https://host.example:8443/x/y'), 202);
    for (const other of [
      'https://git.example.com/Teamwork/repo.git',
      'https://git.example.com/other/Team/repo.git',
      'https://git.example.com.evil.example/Team/x',
      'https://host.example/x/y',
      'https://github.com/x/y',
    ])
      assert.equal(await submit(other), 403, other);
    for (const wrong of ['', ' ', 'https://', 'a b', 'https://u:p@x.example/'])
      assert.equal(
        (await service.get('/config/analyzers', { method: 'PATCH', body: JSON.stringify({ allow_list: [wrong] }) }))
          .status,
        400,
        wrong,
      );
    await service.get('/config/analyzers', { method: 'PATCH', body: '{"allow_list":[]}' });
  });

  it('ends a native EventSource for good that comes back to an ended job', async () => {
    // What a browser does: it comes back with the last id until an answer tells it to stop. The library is told to be quick about it.
    const answers: number[] = [];
    const proxy = createServer((request, response) => {
      const last = request.headers['last-event-id'];
      const headers = typeof last === 'string' ? { 'Last-Event-ID': last } : {};
      void service.get(`/events/${id}`, { headers }).then(async (answer) => {
        answers.push(answer.status);
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
        response.end(answer.status === 204 ? undefined : `retry: 1\n${await answer.text()}`);
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const source = new EventSource(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}/`);
    const jobs: unknown[] = [];
    source.onmessage = (event) => jobs.push(event.data);
    await until(() => source.readyState === source.CLOSED);
    assert.deepEqual(answers, [200, 204]);
    assert.equal(jobs.length, 1);
    source.close();
    proxy.close();
  });

  it('knows the end of a job after a restart too', async () => {
    const { runner, storage } = service;
    const last = async (of: TestService) => {
      let frame: string | undefined;
      for await (const one of frames(await of.get(`/events/${id}`))) frame = one.id;
      return frame ?? '';
    };
    const before = await last(service);
    await runner.close();
    service = await startService({ analyzers: [badLines(), gate.analyzer], storage });
    assert.equal(await last(service), before);
    const again = await service.get(`/events/${id}`, { headers: { 'Last-Event-ID': before } });
    assert.equal(again.status, 204);
    assert.equal(await again.text(), '');
  });
});
