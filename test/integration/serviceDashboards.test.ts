import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { EventSource } from 'eventsource';
import { strToU8, zipSync } from 'fflate';
import { readReport, unreadReport } from '../../src/findings/readReport';
import * as protocol from '../../src/protocol';
import { analyzer, badLines, gated } from './support/analyzers';
import { form, frames, startService, until, writeTree, type TestService } from './support/service';

/** The requests of the public service's dashboards (0.1.0 and 0.2.0), and the parts of the responses that they read. */
describe('the scan service as seen by the public service’s dashboards', () => {
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

  it('lists jobs by page, even with statuses that only the dashboards have', async () => {
    const page = await read('/jobs?page=1&limit=20');
    assert.equal((page['items'] as { job_id: string }[])[0]?.job_id, id);
    assert.equal(page['page'], 1);
    assert.deepEqual((await read('/jobs?page=2&limit=20'))['items'], []);
    for (const status of ['partial', 'interrupted'])
      assert.deepEqual((await read(`/jobs?page=1&limit=20&status=${status}`))['items'], []);
    assert.equal('items' in (await read('/jobs?limit=20')), false);
  });

  it('searches jobs and projects, and reports the open findings of the latest scans and their trend', async () => {
    const jobs = async (query: string) =>
      protocol.jobList.parse(await read(`/jobs?${query}`)).jobs.map((job) => job.job_id);
    const [project] = protocol.projectList.parse(await read('/projects')).items;
    assert.ok(project);
    assert.deepEqual(await jobs(`q=${encodeURIComponent(service.root.toUpperCase())}`), [id]);
    assert.deepEqual(await jobs('q=no-such-text'), []);
    assert.deepEqual(await jobs(`project=${project.id}`), [id]);
    assert.deepEqual(await jobs('project=none'), []);

    const one = { critical: 0, high: 1, medium: 0, low: 0 };
    const none = { critical: 0, high: 0, medium: 0, low: 0 };
    const listed = protocol.projectList.parse(await read(`/projects?q=${project.id}&sort=severity`));
    assert.deepEqual(listed.summary, one);
    const { last_scan: last } = listed.items[0] ?? {};
    assert.deepEqual([last?.job_id, last?.summary, last?.gaps], [id, one, 0]);
    assert.deepEqual(protocol.projectList.parse(await read('/projects?q=no-such-text')).summary, none);

    for (const of of ['', `&project=${project.id}`]) {
      const { days } = protocol.trend.parse(await read(`/dashboard/trend?days=3${of}`));
      assert.deepEqual(
        days.map(({ projects }) => projects),
        [0, 0, 1],
      );
      assert.deepEqual(
        days.map(({ summary }) => summary),
        [none, none, one],
      );
      assert.equal(days.at(-1)?.date, new Date().toISOString().slice(0, 10));
    }
    assert.equal(protocol.trend.parse(await read('/dashboard/trend?days=1&project=none')).days[0]?.projects, 0);
  });

  it('omits progress from a queued job, in its response and in its stream', async () => {
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

  it('reports its capabilities, whether a token is needed, and its counts', async () => {
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

  it('tells clients without a token that one is needed, and accepts "bearer" in any case', async () => {
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

  it('lets a browser sign in with the token, and out again', async () => {
    const guarded = await startService({
      analyzers: [badLines()],
      token: 'a-token',
      allowOrigins: ['https://board.example'],
    });
    const ask = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
      fetch(guarded.url + path, { ...init, headers });
    const login = (password: string, headers: Record<string, string> = {}) =>
      ask('/auth/login', headers, { method: 'POST', body: JSON.stringify({ password }) });
    for (const wrong of ['a-tokem', 'a-token ', 'x']) {
      const refused = await login(wrong);
      assert.equal(refused.status, 401);
      assert.equal(refused.headers.get('set-cookie'), null);
    }
    const answer = await login('a-token');
    assert.deepEqual(await answer.json(), { required: true, authenticated: true });
    const set = answer.headers.get('set-cookie') ?? '';
    for (const word of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=43200'])
      assert.ok(set.split('; ').includes(word), `${word}: ${set}`);
    assert.doesNotMatch(set, /Secure|a-token/);
    assert.match(
      (await login('a-token', { 'x-forwarded-proto': 'https' })).headers.get('set-cookie') ?? '',
      /; Secure/,
    );

    const cookie = set.split(';')[0] ?? '';
    assert.deepEqual(await (await ask('/auth/status', { cookie })).json(), { required: true, authenticated: true });
    assert.equal((await ask('/jobs', { cookie: `other=1; ${cookie}` })).status, 200);
    assert.equal((await ask('/jobs', { cookie, 'sec-fetch-site': 'same-origin' })).status, 200);
    // What a page on another site can make a browser send.
    for (const site of ['cross-site', 'same-site', ''])
      assert.equal((await ask('/jobs', { cookie, 'sec-fetch-site': site })).status, 401, site);
    const post = (headers: Record<string, string>) =>
      ask('/projects', headers, { method: 'POST', body: '{"name":"x"}' });
    assert.equal((await post({ cookie, origin: 'https://evil.example' })).status, 403);
    const allowed = { origin: 'https://board.example', 'sec-fetch-site': 'cross-site' };
    assert.equal((await post({ cookie, ...allowed })).status, 401);
    assert.equal((await post({ authorization: 'Bearer a-token', ...allowed })).status, 201);

    const [name = '', value = ''] = cookie.split('=');
    const [until = '', session = '', signature = ''] = value.split('.');
    for (const forged of [
      `${Number(until) + 1}.${session}.${signature}`,
      `${until}.00000000-0000-4000-8000-000000000000.${signature}`,
      `${until}.${session}.${'A'.repeat(43)}`,
      `${until}.${session}`,
      `${until}.${session}.é${signature.slice(1)}`,
      'a-token',
      '',
    ])
      assert.equal((await ask('/jobs', { cookie: `${name}=${encodeURIComponent(forged)}` })).status, 401, forged);
    const other = await startService({ analyzers: [badLines()], token: 'another-token' });
    assert.equal((await fetch(`${other.url}/jobs`, { headers: { cookie } })).status, 401, 'a session of another token');
    await other.close();

    const out = await ask('/auth/logout', { cookie }, { method: 'POST' });
    assert.deepEqual(await out.json(), { required: true, authenticated: false });
    assert.match(out.headers.get('set-cookie') ?? '', /Max-Age=0/);
    assert.equal((await ask('/jobs', { cookie })).status, 401, 'a copy of the cookie is worth nothing either');
    assert.equal((await ask('/auth/logout', {}, { method: 'POST' })).status, 200);
    await guarded.close();
  });

  it('runs a job again', async () => {
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

  it('accepts URLs in the allow list', async () => {
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

  it('ends a native EventSource for good if it returns to an ended job', async () => {
    // Like a browser: it reconnects with the last ID until a response tells it to stop. The library is told to do so quickly.
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

  it('knows the outcome of a job after a restart too', async () => {
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

/** A user's actions on the pages of 0.2.0, request by request, using only a cookie, as behind their proxy. */
describe('the pages of the public service 0.2.0', () => {
  const zip = (files: Record<string, string>) =>
    new Blob([new Uint8Array(zipSync(Object.fromEntries(Object.entries(files).map(([n, t]) => [n, strToU8(t)]))))]);
  let service: TestService;
  let cookie = '';
  let first = '';
  let second = '';
  let project = '';
  before(async () => {
    const broken = analyzer('broken', () => Promise.reject(new Error('it fell over')));
    service = await startService({ analyzers: [badLines(), broken], token: 'a-token' });
    await service.get('/config/analyzers', { method: 'PATCH', body: '{"defaults":["bad"]}' });
  });
  after(() => service.close());

  /** @returns the body, for a response that the page treats as a success */
  const call = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
    const isForm = body instanceof FormData;
    const answer = await fetch(service.url + path, {
      method,
      headers: { cookie, ...(!isForm && { 'content-type': 'application/json' }) },
      ...(body && { body: isForm ? body : JSON.stringify(body) }),
    });
    const got = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${got}`);
    cookie ||= answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    return JSON.parse(got) as Record<string, unknown>;
  };
  const upload = async (files: Record<string, string>, more: Record<string, string> = {}): Promise<string> => {
    const fields = { mode: 'static', profile: 'security-v1', project_id: project, ...more, file: zip(files) };
    const { job_id } = protocol.submitAnswer.parse(await call('POST', '/analyze-async', form(fields)));
    await service.ended(job_id);
    return job_id;
  };

  it('sign in', async () => {
    assert.deepEqual(await call('GET', '/auth/status'), { required: true, authenticated: false });
    await call('POST', '/auth/login', { password: 'a-token' });
    assert.deepEqual(await call('GET', '/auth/status'), { required: true, authenticated: true });
  });

  it('open on an empty service', async () => {
    assert.equal(protocol.capabilities.parse(await call('GET', '/capabilities')).auth_required, true);
    for (const path of ['/jobs?page=1&limit=20', '/reports?page=1&limit=20', '/projects?page=1&limit=100']) {
      const { items, total } = await call('GET', path);
      assert.deepEqual([items, total], [[], 0], path);
    }
    // Every field that the form of the setup page fills in, without any hint of a model.
    const config = protocol.aiConfig.parse(await call('GET', '/config/ai'));
    assert.equal(config.model, '');
    assert.equal(config.max_model_calls, 0);
  });

  it('create a project, and scan two uploads in it', async () => {
    const made = protocol.project.parse(await call('POST', '/projects', { name: ' Payments ', kind: 'zip' }));
    assert.deepEqual([made.name, made.kind], ['Payments', 'zip']);
    project = made.id;
    const { items } = protocol.projectList.parse(await call('GET', '/projects?page=1&limit=100'));
    assert.deepEqual(
      items.map(({ id }) => id),
      [project],
    );
    first = await upload({ 'a.js': 'BAD one\n', 'b.js': 'BAD two\n' });
    second = await upload({ 'a.js': 'ok\n\nBAD one\n', 'c.js': 'BAD three\n' });
    // An upload without a project, since a file's name means nothing.
    const { job_id } = await call('POST', '/analyze-async', form({ file: zip({ 'a.js': 'BAD' }) }));
    await service.ended(String(job_id));
    assert.equal((await call('GET', '/projects?page=1&limit=100'))['total'], 1);
  });

  it('refuse an unknown project, and one for anything but an upload', async () => {
    for (const fields of [
      { file: zip({ 'a.js': '' }), project_id: 'nobody' },
      { path: service.root, project_id: project },
    ]) {
      const answer = await service.get('/analyze-async', { method: 'POST', body: form(fields) });
      assert.equal(answer.status, 400, await answer.text());
    }
  });

  it('show a report with its coverage, hash and project', async () => {
    const body = await call('GET', `/reports/${second}`);
    protocol.report.parse(body);
    const { report_hash, project_id, coverage } = protocol.dashboardReport.parse(body);
    assert.match(report_hash, /^[0-9a-f]{64}$/);
    assert.equal(project_id, project);
    assert.deepEqual(
      coverage.map(({ tool, status, errors }) => [tool, status, errors]),
      [['bad', 'completed', []]],
    );
    assert.equal(
      (await service.get(`/reports/${second}/enhanced`)).status,
      404,
      'to the page, a report without a review',
    );
  });

  it('compare a report with the previous one, and with any other', async () => {
    const body = await call('GET', `/reports/${second}`);
    const hash = String(body['report_hash']);
    const compare = async (id: string, query = '') =>
      protocol.comparison.parse(await call('GET', `/reports/${id}/comparison?${query}`));
    const since = await compare(second, `report_hash=${hash}`);
    assert.equal(since.baseline?.job_id, first);
    assert.equal(since.status, 'complete');
    assert.deepEqual(since.counts, { new: 1, existing: 1, resolved: 1, not_assessed: 0 });
    assert.deepEqual(
      since.items.map(({ classification, finding, baseline_finding }) => [
        classification,
        finding?.file ?? baseline_finding?.file,
      ]),
      [
        ['existing', 'a.js'],
        ['new', 'c.js'],
        ['resolved', 'b.js'],
      ],
    );
    assert.equal((await compare(first)).has_baseline, false);
    const back = await compare(first, `baseline_run_id=${second}&baseline_hash=${hash}`);
    assert.deepEqual([back.counts['new'], back.counts['resolved']], [1, 1]);
    const wrong = `/reports/${first}/comparison?baseline_run_id=${second}&baseline_hash=${'0'.repeat(64)}`;
    assert.equal((await service.get(wrong)).status, 409);
  });

  it('say what keeps a comparison from being complete', async () => {
    const partial = await upload({ 'a.js': 'ok' }, { analyzers: 'broken,bad' });
    const gone = protocol.comparison.parse(await call('GET', `/reports/${partial}/comparison`));
    assert.equal(gone.baseline?.job_id, second);
    assert.equal(gone.counts['resolved'], 2, 'the analyzer of these findings did look');
    assert.equal(gone.status, 'incomplete');
    assert.match(gone.comparability_reasons.join(), /it fell over/);
    const body = await call('GET', `/reports/${partial}`);
    const { coverage } = protocol.dashboardReport.parse(body);
    const own = protocol.report.parse(body).meta.coverage;
    assert.ok(own && own.gaps.length > 0);
    const read = await unreadReport.parseAsync(body).then(readReport);
    assert.deepEqual(read.meta.coverage, own, 'to our own client, no gap is there twice');
    const broken = coverage.find(({ tool }) => tool === 'broken');
    assert.equal(broken?.status, 'failed');
    assert.match(broken.errors.join(), /it fell over/);
  });

  it('never compare a partial scan with a full one, whose other findings would appear resolved', async () => {
    const part = await upload({ 'a.js': 'ok' }, { include: '/a.js' });
    const { has_baseline } = protocol.comparison.parse(await call('GET', `/reports/${part}/comparison`));
    assert.equal(has_baseline, false);
  });

  it('export in every format that they offer', async () => {
    for (const [format, type, holds] of [
      ['json', 'application/json', /"job_id"/],
      ['sarif', 'application/sarif+json', /"2.1.0"/],
      ['md', 'text/markdown; charset=utf-8', /a\.js/],
      ['csv', 'text/csv; charset=utf-8', /^severity,title,file,line/],
      ['html', 'text/html; charset=utf-8', /<html/],
    ] as const) {
      const answer = await service.get(`/reports/${second}/export?format=${format}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), type);
      assert.equal(answer.headers.get('content-disposition'), `attachment; filename="codeagent-${second}.${format}"`);
      assert.match(await answer.text(), holds);
    }
  });

  it('keep decisions on findings, even after a restart', async () => {
    await upload({ 'a.js': 'BAD one\n', 'c.js': 'BAD three\n' });
    const list = async () =>
      protocol.projectFindingList.parse(await call('GET', `/projects/${project}/findings?page=1&limit=20`)).items;
    const [one, two] = await list();
    assert.ok(one && two);
    assert.deepEqual([one.triage, one.notes], [{ status: 'open', revision: 0 }, []]);
    const of = `/projects/${project}/findings/${one.id}`;
    const decision = { status: 'dismissed', expected_revision: 0, reason: 'a test', category: 'false_positive' };
    await call('PATCH', `${of}/triage`, decision);
    assert.equal((await service.get(`${of}/triage`, { method: 'PATCH', body: JSON.stringify(decision) })).status, 409);
    await call('POST', `${of}/notes`, { body: 'Seen.' });
    await Promise.all(['x', 'y', 'z'].map((body) => call('POST', `${of}/notes`, { body })));
    const { storage } = service;
    await service.runner.close();
    service = await startService({ analyzers: [badLines()], token: 'a-token', storage });
    const [again, other] = await list();
    assert.deepEqual(again?.triage, { status: 'dismissed', revision: 1, reason: 'a test', category: 'false_positive' });
    assert.deepEqual(again.notes.map(({ body }) => body).toSorted(), ['Seen.', 'x', 'y', 'z']);
    assert.deepEqual(other, two);
    assert.equal((await service.get(`/projects/${project}/findings/nothing/triage`, { method: 'PATCH' })).status, 404);
  });

  it('group folders and repositories automatically', async () => {
    await writeTree(service.root, { 'a.js': 'BAD' });
    const id = await service.submit({ path: service.root });
    await service.ended(id);
    const { items } = protocol.projectList.parse(await call('GET', '/projects?page=1&limit=100'));
    assert.deepEqual(
      items.map(({ kind, name }) => [kind, name]),
      [
        ['zip', 'Payments'],
        ['path', 'root'],
      ],
    );
    const { project_id } = protocol.dashboardReport.parse(await call('GET', `/reports/${id}`));
    assert.equal(project_id, items[1]?.id);
    await call('GET', `/projects/${project_id ?? ''}/findings?page=1&limit=20`);
  });

  it('never treat a damaged project file as empty', async () => {
    await writeFile(join(service.storage, 'projects.json'), '{"projects": [');
    for (const init of [{}, { method: 'POST', body: '{"name":"x"}' }]) {
      const answer = await service.get('/projects', init);
      assert.equal(answer.status, 503);
      assert.match(await answer.text(), /projects\.json in the service's storage is damaged/);
    }
    assert.equal(await readFile(join(service.storage, 'projects.json'), 'utf8'), '{"projects": [');
  });
});
