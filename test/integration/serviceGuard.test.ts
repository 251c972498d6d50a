import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import * as protocol from '../../src/protocol';
import { startRunner } from '../../src/service/runner';
import { analyzer, badLines } from './support/analyzers';
import { form, MemoryLog, startService, until, type TestService } from './support/service';

const token = 'a-token-for-the-tests';

describe('the guard and the guarantees of the scan service', () => {
  let service: TestService;
  let root: string;
  before(async () => {
    service = await startService({ analyzers: [badLines()], tree: { 'a.js': 'BAD' }, token });
    root = service.root;
  });
  after(() => service.close());

  const error = async (answer: Response) => {
    const body = protocol.errorBody.parse(await answer.json());
    return [answer.status, body.error.code] as const;
  };
  const post = (fields: Parameters<typeof form>[0], headers: Record<string, string> = {}) =>
    service.get('/analyze-async', { method: 'POST', body: form(fields), headers });

  it('echoes a sane X-Request-Id, and otherwise creates one', async () => {
    const idOf = async (given: string) =>
      (await service.get('/health', { headers: { 'X-Request-Id': given } })).headers.get('x-request-id');
    assert.equal(await idOf('abc-1.2'), 'abc-1.2');
    assert.match((await idOf('<script>')) ?? '', /^[0-9a-f-]{36}$/);
    assert.match((await idOf('x'.repeat(200))) ?? '', /^[0-9a-f-]{36}$/);
  });

  it('keeps idle connections longer than clients and load balancers do', async () => {
    const [, seconds] = /timeout=(\d+)/.exec((await service.get('/health')).headers.get('keep-alive') ?? '') ?? [];
    assert.ok(Number(seconds) > 60, seconds);
  });

  it('accepts only its own Host and allowed origins', async () => {
    const ask = (host: string) =>
      new Promise<string>((resolve, reject) => {
        const { hostname, port } = new URL(service.url);
        const socket = connect(Number(port), hostname, () =>
          socket.end(`GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
        );
        let text = '';
        socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        socket.on('close', () => resolve(text.slice(9, 12))).on('error', reject);
      });
    const { port } = new URL(service.url);
    assert.equal(await ask(`127.0.0.1:${port}`), '200');
    assert.equal(await ask(`LOCALHOST:${port}`), '200');
    assert.equal(await ask(`evil.example:${port}`), '403');
    assert.equal(await ask('127.0.0.1'), '403');
    const open = await startService({ analyzers: [badLines()], allowOrigins: ['https://dash.example'] });
    const preflight = await open.get('/analyze-async', {
      method: 'OPTIONS',
      headers: { Origin: 'https://dash.example' },
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), 'https://dash.example');
    assert.equal((await open.get('/health', { headers: { Origin: 'null' } })).status, 403);
    await open.close();
  });

  it('accepts the origin of its own page', async () => {
    const statusOf = async (headers: Record<string, string>) => (await service.get('/jobs', { headers })).status;
    const site = (from: string) => ({ Origin: 'https://scan.example', 'Sec-Fetch-Site': from });
    assert.equal(await statusOf({ Origin: service.url }), 200);
    assert.equal(await statusOf(site('same-origin')), 200);
    for (const from of ['same-site', 'cross-site', 'none']) assert.equal(await statusOf(site(from)), 403, from);
    assert.equal(await statusOf({ Origin: service.url, 'Sec-Fetch-Site': 'cross-site' }), 403);
    assert.equal(await statusOf({ Origin: service.url.replace(/\d+$/, '1') }), 403);
    assert.equal(await statusOf({ Origin: service.url, Authorization: 'Bearer wrong' }), 401);
  });

  it('accepts the host names of a proxy if configured', async () => {
    const statusOf = (url: string, host: string) =>
      new Promise<string>((resolve, reject) => {
        const { port } = new URL(url);
        const socket = connect(Number(port), '127.0.0.1', () =>
          socket.end(`GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
        );
        let text = '';
        socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        socket.on('close', () => resolve(text.slice(9, 12))).on('error', reject);
      });
    const allowHosts = ['scan.example', 'other.example:8443', '[2001:db8::1]'];
    const behind = await startService({ analyzers: [], allowHosts });
    const wide = await startService({ analyzers: [], allowHosts, host: '0.0.0.0', token });
    const own = `127.0.0.1:${new URL(behind.url).port}`;
    for (const host of [
      'scan.example',
      'SCAN.example:443',
      'scan.example:80',
      'other.example:8443',
      '[2001:db8::1]:1',
      own,
    ])
      assert.equal(await statusOf(behind.url, host), '200', host);
    for (const host of [
      'evil.example',
      'other.example',
      'other.example:1',
      'x.scan.example',
      'scan.example.evil.example',
      '127.0.0.1',
    ])
      assert.equal(await statusOf(behind.url, host), '403', host);
    for (const host of ['scan.example', '10.1.2.3:99', '[::1]'])
      assert.equal(await statusOf(wide.url, host), '200', host);
    for (const host of ['evil.example', 'localhost.evil.example'])
      assert.equal(await statusOf(wide.url, host), '403', host);
    await behind.close();
    await wide.close();
  });

  it('posts webhooks only to public addresses, even if their names resolve differently later', async () => {
    let calls = 0;
    const receiver = createServer((_request, response) => {
      calls += 1;
      response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    const options = { analyzers: [badLines()], tree: { 'a.js': 'BAD' }, webhooks: true, webhookDelays: [5] };
    const open = await startService({ ...options, allowPrivateWebhooks: true });
    const register = (on: TestService, url: string) =>
      on.get('/webhooks/register', { method: 'POST', body: JSON.stringify({ url, secret: 's'.repeat(16) }) });
    assert.equal((await register(open, `http://localhost:${port}/`)).status, 201);
    await open.runner.close();

    // The same storage: what was registered when it was allowed is now rejected at delivery.
    const strict = await startService({ ...options, storage: open.storage });
    for (const host of [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '169.254.169.254',
      '10.0.0.1',
      '2130706433',
      '[::ffff:10.0.0.1]',
    ]) {
      const answer = await register(strict, `http://${host}:${port}/`);
      assert.deepEqual(await error(answer), [400, 'INVALID_INPUT'], host);
    }
    await strict.ended(await strict.submit({ path: strict.root }));
    await until(() => strict.log.lines.some((line) => line.includes('gave up delivery')));
    assert.ok(strict.log.lines.some((line) => line.includes('localhost is not at a public address')));
    assert.equal(calls, 0);
    await strict.close();
    await open.close();
    receiver.close();
  });

  it('does not follow the redirect of a webhook', async () => {
    const asked: (string | undefined)[] = [];
    const receiver = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(307, { Location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    const hooked = await startService({
      analyzers: [badLines()],
      tree: { 'a.js': 'BAD' },
      webhooks: true,
      webhookDelays: [],
      allowPrivateWebhooks: true,
    });
    const body = JSON.stringify({ url: `http://127.0.0.1:${port}/hook`, secret: 's'.repeat(16) });
    await hooked.get('/webhooks/register', { method: 'POST', body });
    await hooked.submit({ path: hooked.root });
    await until(() => hooked.log.lines.some((line) => line.includes('gave up delivery')));
    assert.deepEqual(asked, ['/hook']);
    await hooked.close();
    receiver.close();
  });

  it('clones from public addresses, and from others only if allowed', async () => {
    const server = await startService({ analyzers: [badLines()], publicRepositoriesOnly: true });
    const submit = (github_url: string) =>
      server.get('/analyze-async', { method: 'POST', body: form({ github_url, timeout_sec: '5' }) });
    const hosts = ['127.0.0.1', 'localhost', '[::1]', '10.0.0.1', '169.254.169.254', '0x7f.1', '2130706433'];
    for (const host of hosts) {
      assert.deepEqual(await error(await submit(`https://${host}/x/y.git`)), [403, 'FORBIDDEN'], host);
      assert.equal((await submit(`ssh://git@${host}/x/y.git`)).status, 403, host);
    }
    assert.equal((await submit('git@localhost:x/y.git')).status, 403);
    const allow = (allow_list: string[]) =>
      server.get('/config/analyzers', { method: 'PATCH', body: JSON.stringify({ allow_list }) });
    await allow(['localhost', 'https://127.0.0.1:9/team/']);
    const taken = await submit('https://localhost:9/x/y.git');
    assert.equal(taken.status, 202);
    assert.equal((await submit('https://127.0.0.1:9/team/y.git')).status, 202);
    assert.equal((await submit('https://127.0.0.1:9/other/y.git')).status, 403);
    // A rerun checks the URL against the current list.
    const { job_id } = (await taken.json()) as { job_id: string };
    await server.ended(job_id);
    await allow([]);
    const again = await server.get(`/jobs/${job_id}/rerun`, { method: 'POST' });
    const job = await server.ended(((await again.json()) as { job_id: string }).job_id);
    assert.match(job.error ?? '', /localhost is not at a public address/);
    await server.close();
  });

  it('answers invalid HTTP with an error body and an X-Request-Id', async () => {
    const { hostname, port, host } = new URL(service.url);
    const ask = (text: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => socket.write(text));
        let answer = '';
        socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
        socket.on('close', () => resolve(answer)).on('error', reject);
      });
    const last = 'Connection: close\r\n\r\n';
    const asked: [string, number][] = [
      ['GARBAGE\r\n\r\n', 400],
      [`GET /health HTTP/1.1\r\n${last}`, 400],
      ['GET /health HTTP/1.0\r\n\r\n', 400],
      [`GET /health HTTP/1.1\r\nHost: a b<>\r\n${last}`, 400],
      [`OPTIONS * HTTP/1.1\r\nHost: ${host}\r\n${last}`, 400],
      [`GET /health HTTP/1.1\r\nHost: ${host}\r\nExpect: magic\r\n${last}`, 400],
      [`GET /health HTTP/1.1\r\nHost: ${host}\r\nX-A: ${'a'.repeat(20_000)}\r\n${last}`, 413],
    ];
    for (const [text, status] of asked) {
      const answer = await ask(text);
      const of = text.slice(0, 60);
      assert.equal(answer.slice(9, 12), String(status), of);
      assert.match(answer, /\r\nx-request-id: [0-9a-f-]{36}\r\n/i, of);
      const body = answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1);
      assert.equal(protocol.errorBody.parse(JSON.parse(body)).error.message !== '', true, of);
    }
  });

  it('closes the connection after an answer that did not wait for the whole body, and says so', async () => {
    const body = 'x'.repeat(3_000_000);
    for (let round = 0; round < 5; round += 1) {
      const answer = await service.get('/config/analyzers', { method: 'PATCH', body });
      assert.deepEqual(await error(answer), [413, 'PAYLOAD_TOO_LARGE']);
      assert.equal(answer.headers.get('connection'), 'close');
      assert.equal((await service.get('/jobs')).status, 200);
    }
    assert.equal((await service.get('/jobs')).headers.get('connection'), 'keep-alive');
  });

  it('creates one job for an Idempotency-Key, even after a restart', async () => {
    const headers = { 'Idempotency-Key': 'key-1' };
    const idOf = async (answer: Response) => ((await answer.json()) as { job_id: string }).job_id;
    const ids = await Promise.all([1, 2, 3].map(async () => idOf(await post({ path: root }, headers))));
    assert.equal(new Set(ids).size, 1);
    assert.notEqual(await idOf(await post({ path: root })), ids[0]);
    assert.deepEqual(await error(await post({ path: root }, { 'Idempotency-Key': 'a b' })), [400, 'INVALID_INPUT']);
    await service.ended(ids[0]!);
    const second = await startRunner({
      storage: service.storage,
      roots: [root],
      analyzers: [badLines()],
      log: new MemoryLog(),
      version: '1',
    });
    const answer = await fetch(`${second.url}/analyze-async`, { method: 'POST', body: form({ path: root }), headers });
    assert.equal(await idOf(answer), ids[0]);
    await second.close();
  });

  it('shares keys and webhooks with a server on the same storage', async () => {
    const reported: string[] = [];
    const receiver = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        reported.push((JSON.parse(body) as { job_id: string }).job_id);
        response.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    const options = { analyzers: [badLines()], tree: { 'a.js': 'BAD' }, webhooks: true, allowPrivateWebhooks: true };
    const one = await startService(options);
    const two = await startService({ ...options, storage: one.storage });
    try {
      // Registered with one service while the other is already running.
      const body = JSON.stringify({ url: `http://127.0.0.1:${port}/x`, secret: 's'.repeat(16) });
      assert.equal((await one.get('/webhooks/register', { method: 'POST', body })).status, 201);
      const submit = async (server: typeof one) => {
        const init = { method: 'POST', headers: { 'Idempotency-Key': 'k' }, body: form({ path: server.root }) };
        return ((await (await server.get('/analyze-async', init)).json()) as { job_id: string }).job_id;
      };
      const ids = new Set(await Promise.all([two, one, two, one].map(submit)));
      assert.equal(ids.size, 1);
      const id = await two.submit({ path: two.root });
      await until(() => reported.length === 2);
      assert.deepEqual(reported.toSorted(), [id, ...ids].toSorted());
    } finally {
      await two.close();
      await one.close();
      receiver.close();
    }
  });

  it('signs webhooks, retries them, and finally gives up', async () => {
    const secret = 'a secret of the webhook';
    const calls: { body: string; signature: unknown; delivery: unknown }[] = [];
    const receiver = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        calls.push({
          body,
          signature: request.headers['x-codeagent-signature'],
          delivery: request.headers['x-codeagent-delivery'],
        });
        response.writeHead(calls.length < 3 ? 500 : 204).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    const hooked = await startService({
      analyzers: [badLines()],
      tree: { 'a.js': 'BAD' },
      webhooks: true,
      allowPrivateWebhooks: true,
      webhookDelays: [5, 5, 5],
    });
    const registered = await hooked.get('/webhooks/register', {
      method: 'POST',
      body: JSON.stringify({ url: `http://127.0.0.1:${port}/x`, secret }),
    });
    const { id: hook } = (await registered.json()) as { id: string };
    const job = await hooked.submit({ path: hooked.root });
    await until(() => calls.length === 3);
    assert.equal(new Set(calls.map((call) => call.delivery)).size, 1);
    const call = calls[2]!;
    assert.equal(call.signature, `sha256=${createHmac('sha256', secret).update(call.body).digest('hex')}`);
    assert.equal((JSON.parse(call.body) as { job_id: string }).job_id, job);
    assert.equal((await hooked.get(`/webhooks/${hook}`, { method: 'DELETE' })).status, 200);
    assert.equal((await hooked.get(`/webhooks/${hook}`, { method: 'DELETE' })).status, 404);
    await hooked.close();
    receiver.close();
  });

  it('refuses to listen beyond loopback without a token', async () => {
    const options = { storage: service.storage, roots: [], analyzers: [], log: new MemoryLog(), version: '1' };
    await assert.rejects(startRunner({ ...options, host: '0.0.0.0' }), { code: 'UNSAFE_BIND' });
    await assert.rejects(startRunner({ ...options, host: '0.0.0.0', token: '' }), { code: 'UNSAFE_BIND' });
    const { port } = new URL(service.url);
    await assert.rejects(startRunner({ ...options, port: Number(port) }), { code: 'EADDRINUSE' });
    const wide = await startRunner({ ...options, host: '0.0.0.0', token });
    await wide.close();
  });

  it('says why an analyzer is not available', async () => {
    const missing = analyzer('semgrep', () => Promise.resolve(), {
      kind: 'external',
      availability: () =>
        Promise.resolve({
          available: false,
          reason: 'semgrep is not on the PATH.',
          installHint: 'pipx install semgrep',
        }),
    });
    const some = await startService({ analyzers: [badLines(), missing], tree: { 'a.js': '' } });
    const tools = protocol.tools.parse(await (await some.get('/tools')).json());
    assert.deepEqual(tools.available, ['bad']);
    assert.equal(tools.details?.[1]?.install_hint, 'pipx install semgrep');
    const job = await some.ended(await some.submit({ path: some.root, analyzers: 'bad,semgrep' }));
    assert.equal(job.status, 'completed');
    const phase = job.phases?.find((p) => p.phase === 'analyze:semgrep');
    assert.deepEqual([phase?.status, phase?.reason], ['skipped', 'semgrep is not on the PATH.']);
    await some.close();
  });
});
