import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import * as protocol from '../../src/protocol';
import { analyzer, badLines, gated } from './support/analyzers';
import { form, startService, until, type TestService } from './support/service';

const token = 'a-token-for-the-tests';
const nobody = '00000000-0000-4000-8000-000000000000';

/** Every route of the contract, and the schema of each answer by status. `{id}` stands for a job that is completed. */
const contract: readonly {
  method: string;
  path: string;
  answers: Readonly<Record<number, z.ZodType>>;
  body?: () => BodyInit;
}[] = [
  { method: 'GET', path: '/health', answers: { 200: protocol.health } },
  { method: 'GET', path: '/tools', answers: { 200: protocol.tools } },
  { method: 'POST', path: '/analyze-async', answers: { 202: protocol.submitAnswer }, body: () => form({ path: root }) },
  {
    method: 'POST',
    path: '/analyze',
    answers: { 200: protocol.submitAnswer, 202: protocol.submitAnswer },
    body: () => form({ path: root }),
  },
  { method: 'GET', path: '/jobs?limit=5&status=completed', answers: { 200: protocol.jobList } },
  { method: 'GET', path: '/jobs/{id}', answers: { 200: protocol.job } },
  { method: 'DELETE', path: '/jobs/{id}', answers: { 409: protocol.errorBody } },
  { method: 'POST', path: '/jobs/{id}/rerun', answers: { 202: protocol.submitAnswer } },
  { method: 'GET', path: '/jobs/{id}/log?tail=3', answers: { 200: z.string().min(1) } },
  { method: 'GET', path: '/events/{id}', answers: { 200: z.string().regex(/^id: \d+\ndata: \{/) } },
  { method: 'GET', path: '/reports/{id}', answers: { 200: protocol.report } },
  { method: 'GET', path: '/reports/{id}?format=json', answers: { 200: protocol.report } },
  {
    method: 'GET',
    path: '/reports/{id}?format=sarif',
    answers: { 200: z.looseObject({ version: z.literal('2.1.0'), runs: z.array(z.unknown()) }) },
  },
  { method: 'GET', path: '/reports/{id}?format=html', answers: { 200: z.string().regex(/^<!doctype html>/) } },
  { method: 'GET', path: '/reports/{id}?format=md', answers: { 200: z.string().regex(/^# Scan report/) } },
  { method: 'GET', path: '/reports/{id}?format=pdf', answers: { 406: protocol.errorBody } },
  { method: 'GET', path: '/reports/{id}/summary', answers: { 200: protocol.reportSummary } },
  { method: 'GET', path: '/reports/{id}/enhanced', answers: { 404: protocol.errorBody } },
  {
    method: 'GET',
    path: '/reports?page=1&limit=2&severity=high&tool=bad&label=nightly&since=2020-01-01T00:00:00Z',
    answers: { 200: protocol.reportList },
  },
  { method: 'GET', path: '/config/analyzers', answers: { 200: protocol.analyzerConfig } },
  {
    method: 'PATCH',
    path: '/config/analyzers',
    answers: { 200: protocol.analyzerConfig },
    body: () => '{"rulesets":{"bad":["x"]}}',
  },
  {
    method: 'POST',
    path: '/webhooks/register',
    answers: { 201: protocol.webhookAnswer },
    body: () => JSON.stringify({ url: 'http://127.0.0.1:9/', secret: 's'.repeat(16) }),
  },
  { method: 'DELETE', path: `/webhooks/${nobody}`, answers: { 404: protocol.errorBody } },
];
let root = '';

describe('the contract of the scan service', () => {
  let service: TestService;
  let id: string;
  const gate = gated('slow');
  before(async () => {
    const tree = { 'a.js': 'BAD', 'sub/b.js': 'BAD' };
    const limits = { maxQueued: 2, maxUpload: 100_000, maxBody: 2000, uploadIdle: 100 };
    service = await startService({
      analyzers: [badLines(), gate.analyzer],
      tree,
      token,
      webhooks: true,
      webhookDelays: [],
      limits,
    });
    root = service.root;
    await service.get('/config/analyzers', { method: 'PATCH', body: '{"defaults":["bad"]}' });
    id = await service.submit({ path: root, labels: 'nightly, x' });
    await service.ended(id);
  });
  after(async () => {
    gate.open();
    await service.close();
  });

  const error = async (answer: Response) => {
    const body = protocol.errorBody.parse(await answer.json());
    return [answer.status, body.error.code] as const;
  };
  const refused = async (path: string, init?: RequestInit) => error(await service.get(path, init));
  const post = (fields: Parameters<typeof form>[0], headers: Record<string, string> = {}) =>
    service.get('/analyze-async', { method: 'POST', body: form(fields), headers });

  for (const { method, path, answers, body } of contract)
    it(`${method} ${path}`, async () => {
      const init = { method, ...(body && { body: body() }) };
      const answer = await service.get(path.replace('{id}', id), init);
      const schema = answers[answer.status];
      assert.ok(schema, `${answer.status}: ${await answer.clone().text()}`);
      assert.ok(answer.headers.get('x-request-id'));
      const json = answer.headers.get('content-type')?.includes('json');
      const parsed = schema.safeParse(json ? await answer.json() : await answer.text());
      assert.ok(parsed.success, parsed.error?.message);
      // Without a token, and for an unknown job.
      if (path !== '/health') {
        const bare = await fetch(
          service.url + path.replace('{id}', id),
          init.body ? { method, body: body!() } : { method },
        );
        assert.deepEqual(await error(bare), [401, 'UNAUTHORIZED']);
      }
      if (path.includes('{id}')) {
        const lost = path.replace('{id}', nobody);
        assert.deepEqual(await refused(lost, { method }), [404, 'NOT_FOUND']);
      }
    });

  it('lists filters that match and that do not', async () => {
    const total = async (query: string) =>
      ((await (await service.get(`/reports?${query}`)).json()) as { total: number }).total;
    assert.ok((await total('label=nightly')) > 0);
    assert.equal(await total('label=none'), 0);
    assert.equal(await total('tool=other'), 0);
    assert.equal(await total('severity=critical'), 0);
    assert.equal(await total('until=2001-01-01T00:00:00Z'), 0);
    assert.ok((await total(`repo=${encodeURIComponent(root)}`)) > 0);
    assert.deepEqual(await refused('/reports?limit=0'), [400, 'INVALID_INPUT']);
    assert.deepEqual(await refused('/jobs?status=odd'), [400, 'INVALID_INPUT']);
  });

  it('has a code for every error', async () => {
    const seen = new Set<string>();
    const expect = async (code: protocol.ApiErrorCode, answer: Response | Promise<Response>) => {
      assert.deepEqual(await error(await answer), [protocol.errorStatus[code], code]);
      seen.add(code);
    };
    await expect('INVALID_INPUT', post({}));
    await expect('INVALID_INPUT', post({ path: root, analyzers: 'nope' }));
    await expect('INVALID_INPUT', post({ path: root, timeout_sec: '-1' }));
    await expect(
      'INVALID_INPUT',
      service.get('/analyze-async', { method: 'POST', body: 'x', headers: { 'Content-Type': 'text/plain' } }),
    );
    await expect('INVALID_INPUT', service.get('/config/analyzers', { method: 'PATCH', body: '{' }));
    await expect('INVALID_INPUT', service.get('/config/analyzers', { method: 'PATCH', body: '{"defaults":["none"]}' }));
    await expect('INVALID_INPUT', service.get('/webhooks/register', { method: 'POST', body: '{"url":"ftp://x"}' }));
    await expect('UNAUTHORIZED', service.get('/jobs', { headers: { Authorization: 'Bearer wrong' } }));
    await expect('FORBIDDEN', service.get('/jobs', { headers: { Origin: 'https://evil.example' } }));
    await expect('FORBIDDEN', post({ path: '/' }));
    await expect('FORBIDDEN', post({ github_url: 'file:///tmp/x' }));
    await expect('NOT_FOUND', service.get('/nowhere'));
    await expect('NOT_ACCEPTABLE', service.get(`/reports/${id}?format=doc`));
    await expect('CONFLICT', service.get(`/jobs/${id}`, { method: 'DELETE' }));
    await expect('PAYLOAD_TOO_LARGE', post({ file: new Blob([new Uint8Array(100_001)]) }));
    await expect('PAYLOAD_TOO_LARGE', post({ path: root, labels: 'x'.repeat(3000) }));
    await expect('PAYLOAD_TOO_LARGE', service.get('/config/analyzers', { method: 'PATCH', body: ' '.repeat(3000) }));
    await expect('TIMEOUT', stalled());

    const slow: string[] = [];
    for (let n = 0; n < 4; n += 1) slow.push(await service.submit({ path: root, analyzers: 'slow' }));
    const full = await post({ path: root });
    assert.ok(Number(full.headers.get('retry-after')) > 0);
    await expect('RATE_LIMIT', full);
    for (const job of slow) await service.get(`/jobs/${job}`, { method: 'DELETE' });

    const broken = await startService({ analyzers: [badLines()] });
    await rm(join(broken.storage, 'jobs'), { recursive: true });
    await writeFile(join(broken.storage, 'jobs'), 'in the way');
    await expect('INTERNAL', broken.get('/jobs'));
    assert.ok(broken.log.lines.some((line) => line.startsWith('error GET /jobs')));
    await broken.close();

    // It ends slowly, since its analyzer does not listen: time enough for a submission that was under way to come to its end.
    const deaf = gated();
    const closing = await startService({
      analyzers: [analyzer('deaf', (run) => (deaf.runs.push(run), new Promise(() => undefined)))],
      tree: { 'a.js': '' },
    });
    await closing.submit({ path: closing.root });
    await until(() => deaf.runs.length > 0);
    const { head, body } = await rawSubmission(closing);
    const { socket, answer } = await send(closing, head + body.slice(0, 20));
    const closed = closing.close();
    await until(() => deaf.runs[0]!.signal.aborted);
    socket.write(body.slice(20));
    await expect('UNAVAILABLE', answer);
    await closed;
    assert.deepEqual([...seen].sort(), Object.keys(protocol.errorStatus).sort());
  });

  /** Sends half a submission and waits. */
  async function stalled(): Promise<Response> {
    const { head, body } = await rawSubmission(service);
    return (await send(service, head + body.slice(0, 20))).answer;
  }

  /** A submission as it goes over the wire. */
  async function rawSubmission({ url, root: path }: TestService): Promise<{ head: string; body: string }> {
    const request = new Request(url, { method: 'POST', body: form({ path }) });
    const body = await request.text();
    const head = [
      'POST /analyze-async HTTP/1.1',
      `Host: ${new URL(url).host}`,
      `Authorization: Bearer ${token}`,
      `Content-Type: ${request.headers.get('content-type') ?? ''}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    return { head: `${head.join('\r\n')}\r\n\r\n`, body };
  }

  async function send({ url }: TestService, text: string): Promise<{ socket: Socket; answer: Promise<Response> }> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const answer = new Promise<Response>((resolve, reject) => {
      let got = '';
      socket.setEncoding('utf8').on('error', reject);
      socket.on('data', (chunk: string) => {
        got += chunk;
        const [head = '', body] = got.split('\r\n\r\n');
        if (!body?.endsWith('}')) return;
        socket.destroy();
        resolve(new Response(body, { status: Number(head.split(' ')[1]) }));
      });
    });
    await new Promise<void>((resolve) => socket.write(text, () => resolve()));
    return { socket, answer };
  }
});
