import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { rm } from 'node:fs/promises';
import * as protocol from '../../../src/protocol';
import { errorStatus, routes, type ApiErrorCode, type Route } from '../../../src/protocol';
import { createApp } from '../../../src/service/api/app';
import type { ApiParts } from '../../../src/service/api/context';
import { defaultLimits } from '../../../src/base/limits';
import { unfit, variants } from './fromSchema';
import { analyzer, badLines, gated } from './analyzers';
import { form, frames, startService, until, type TestService } from './service';

const token = 'a-token-for-the-tests';
const nobody = '00000000-0000-4000-8000-000000000000';

/** Values that mean something to this service, which no schema can know. By field. */
const meaningful: Readonly<Record<string, string>> = {
  include: '**/*.js',
  exclude: 'sub/**',
  analyzers: 'bad',
  labels: 'nightly, x',
  since: '2020-02-03',
  until: '2999-02-03T04:05:06+02:00',
  policy: 'none',
  config: '{}',
  temporary: 'true',
  // An empty one counts as none.
  baseline_run_id: '',
  baseline_hash: '',
  report_hash: '',
};
const bodies: Readonly<Record<string, unknown>> = {
  'PATCH /config/analyzers': { defaults: ['bad'], rulesets: { bad: ['x'] }, allow_list: ['Example.org'] },
  'POST /auth/login': { password: token },
  'POST /projects': { name: 'Payments' },
  'PATCH /projects/:id/findings/:finding/triage': { status: 'confirmed', expected_revision: 0 },
  'POST /projects/:id/findings/:finding/notes': { body: 'Looked at.' },
  'POST /webhooks/register': { url: 'http://127.0.0.1:9/', secret: 's'.repeat(16) },
};

/** Routes that need no token. */
const open = ['GET /health', 'GET /auth/status', 'POST /auth/login', 'POST /auth/logout'];

interface CallInit extends RequestInit {
  /** The job or webhook; the completed job when left out. */
  readonly id?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Another service than the one of most tests. */
  readonly on?: TestService;
}

/** The statuses with which each route has responded during the tests. */
const seen = new Map<string, Set<number>>();

/** What every service must do, regardless of its storage. */
export function contractTests(): void {
  let service: TestService;
  let id: string;
  let webhook = nobody;
  let project = nobody;
  let finding = 'none';
  const gate = gated('slow');
  before(async () => {
    const tree = { 'a.js': 'BAD', 'sub/b.js': 'BAD' };
    const limits = { maxQueued: 2, maxUpload: 100_000, maxBody: 9000, maxPatterns: 20_000, uploadIdle: 100 };
    service = await startService({
      analyzers: [badLines(), gate.analyzer],
      tree,
      token,
      webhooks: true,
      allowPrivateWebhooks: true,
      webhookDelays: [],
      limits,
    });
    await service.get('/config/analyzers', { method: 'PATCH', body: '{"defaults":["bad"]}' });
    id = await service.submit({ path: service.root, labels: 'nightly, x' });
    await service.ended(id);
    const items = async <T>(path: string) => ((await (await service.get(path)).json()) as { items: T[] }).items;
    project = (await items<protocol.Project>('/projects'))[0]?.id ?? '';
    finding = (await items<protocol.DashboardFinding>(`/projects/${project}/findings`))[0]?.id ?? '';
  });
  after(async () => {
    gate.open();
    await service.close();
  });

  /** Calls a route, and checks the response against its schemas. */
  async function call(
    route: Route,
    { id: of = id, query = {}, on = service, ...init }: CallInit = {},
  ): Promise<{ status: number; code?: string; body: unknown; headers: Headers }> {
    const [method = '', path = ''] = route.name.split(' ');
    const search = new URLSearchParams(query).toString();
    return check(
      route,
      await on.get(path.replace(':id', of).replace(':finding', finding) + (search && `?${search}`), {
        method,
        ...init,
      }),
    );
  }
  async function check(route: Route, answer: Response) {
    const { status, headers } = answer;
    const text = await answer.text();
    const isJson = headers.get('content-type')?.includes('json') ?? /^[[{]/.test(text);
    const body: unknown = isJson ? JSON.parse(text) : text;
    const statuses = seen.get(route.name) ?? new Set();
    seen.set(route.name, statuses.add(status));
    if (status < 400) {
      const schema = route.answers[status];
      assert.ok(schema, `${route.name} answered ${status}: ${text}`);
      const parsed = schema.safeParse(body);
      assert.ok(parsed.success, `${route.name}: ${parsed.error?.message ?? ''}`);
      return { status, body, headers };
    }
    const { code } = protocol.errorBody.parse(body).error;
    const always: ApiErrorCode[] = ['UNAUTHORIZED', 'FORBIDDEN', 'INTERNAL', 'UNAVAILABLE'];
    const known = [...always, ...route.errors].find((one) => one === code);
    assert.ok(known, `${route.name} answered with ${code}, which the contract does not name: ${text}`);
    assert.equal(status, errorStatus[known]);
    return { status, code, body, headers };
  }
  const route = (name: Route['name']): Route => {
    const found = routes.find((one) => one.name === name);
    assert.ok(found);
    return found;
  };
  const submission = (fields: Readonly<Record<string, string | Blob>> = {}) =>
    form({ path: service.root, analyzers: 'bad', ...fields });
  const bodyOf = ({ name, form: fields }: Route): BodyInit | undefined =>
    name === 'POST /check'
      ? JSON.stringify({ path: service.root, files: ['a.js', 'gone.js'] })
      : name === 'POST /rules/try'
        ? JSON.stringify({ path: service.root, file: '.codeagent/rules/x.yml', text: 'id: x' })
        : fields
          ? submission()
          : bodies[name] === undefined
            ? undefined
            : JSON.stringify(bodies[name]);
  const refused = (answer: { code?: string }, code: ApiErrorCode) => assert.equal(answer.code, code);

  it('has exactly the routes of the service', () => {
    const parts = { limits: defaultLimits } as ApiParts;
    const app = createApp(parts, { access: undefined, hosts: () => undefined, allowOrigins: [] });
    const served = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual([...new Set(served)].sort(), routes.map(({ name }) => name).sort());
  });

  for (const one of routes) {
    it(one.name, async () => {
      const body = bodyOf(one);
      const of = one.name.includes('webhooks') ? webhook : one.name.includes('/projects/') ? project : id;
      const answer = await call(one, { id: of, ...(body && { body }) });
      assert.ok(answer.headers.get('x-request-id'));
      if (one.name === 'POST /webhooks/register') webhook = (answer.body as { id: string }).id;
      if (/rerun|retry/.test(one.name)) await service.ended((answer.body as { job_id: string }).job_id);

      if (!open.includes(one.name))
        refused(await call(one, { headers: { Authorization: 'Bearer wrong' } }), 'UNAUTHORIZED');
      refused(await call(one, { headers: { Origin: 'https://evil.example' } }), 'FORBIDDEN');
      if (one.name.includes(':id'))
        for (const lost of [nobody, 'x', '..%2f..'])
          refused(await call(one, { id: lost, ...(body && { body }) }), 'NOT_FOUND');

      for (const query of variants(one.query, meaningful))
        assert.equal((await call(one, { id: of, query })).status, 200, JSON.stringify(query));
      for (const query of unfit(one.query) as Record<string, string>[])
        assert.match(
          (await call(one, { id: of, query })).code ?? 'nothing',
          /^(INVALID_INPUT|NOT_ACCEPTABLE)$/,
          JSON.stringify(query),
        );
      for (const wrong of unfit(one.json))
        refused(
          await call(one, { id: of, body: JSON.stringify({ ...Object(bodies[one.name]), ...wrong }) }),
          'INVALID_INPUT',
        );
      if (one.json) {
        refused(await call(one, { id: of, body: '{' }), 'INVALID_INPUT');
        refused(await call(one, { id: of, body: ' '.repeat(9001) }), 'PAYLOAD_TOO_LARGE');
      }
    });
  }

  for (const one of routes.filter(({ form: fields }) => fields !== undefined)) {
    const path = one.name.replace('POST ', '');
    it(`${one.name}, field by field`, async () => {
      for (const fields of variants(one.form, meaningful)) {
        // Fields that are a source, or only valid with one.
        if ('github_url' in fields || 'ref' in fields || 'commit' in fields || 'path' in fields) continue;
        if ('project_id' in fields) continue;
        // A folder that the service may read.
        if ('rules_of' in fields) fields['rules_of'] = service.root;
        const answer = await call(one, { body: submission(fields) });
        assert.ok(answer.status < 300, JSON.stringify(answer.body));
        await service.ended((answer.body as { job_id: string }).job_id);
      }
      for (const fields of unfit(one.form).filter((wrong) => Object.values(wrong).every((v) => v !== '')))
        refused(await call(one, { body: submission(fields as Record<string, string>) }), 'INVALID_INPUT');
      refused(await call(one, { body: form({}) }), 'INVALID_INPUT');
      refused(await call(one, { body: submission({ analyzers: 'nope' }) }), 'INVALID_INPUT');
      refused(await call(one, { body: 'x', headers: { 'Content-Type': 'text/plain' } }), 'INVALID_INPUT');
      refused(await call(one, { body: form({ path: '/' }) }), 'FORBIDDEN');
      refused(await call(one, { body: form({ github_url: 'file:///tmp/x' }) }), 'FORBIDDEN');
      refused(await call(one, { body: form({ file: new Blob([new Uint8Array(100_001)]) }) }), 'PAYLOAD_TOO_LARGE');
      for (const fields of [{ labels: 'x'.repeat(9001) }, { include: 'x'.repeat(20_001) }] as const)
        refused(await call(one, { body: submission(fields) }), 'PAYLOAD_TOO_LARGE');
      refused(await check(one, await stalled(path)), 'TIMEOUT');
    });

    it(`${one.name} returns the job that a key has created`, async () => {
      const headers = { 'Idempotency-Key': `again-${path.slice(1)}` };
      const { job_id } = protocol.submitAnswer.parse((await call(one, { body: submission(), headers })).body);
      await service.ended(job_id);
      const again = protocol.submitAnswer.parse((await call(one, { body: submission(), headers })).body);
      assert.equal(again.job_id, job_id);
    });

    it(`${one.name} rejects requests during shutdown`, async () => {
      // It ends slowly, since its analyzer ignores the signal: time enough for a pending submission to finish.
      const deaf = gated();
      const closing = await startService({
        analyzers: [analyzer('deaf', (run) => (deaf.runs.push(run), new Promise(() => undefined)))],
        tree: { 'a.js': '' },
      });
      const job = await closing.submit({ path: closing.root });
      await until(() => deaf.runs.length > 0);
      const { head, body } = await rawSubmission(closing, path);
      const { socket, answer } = await send(closing, head + body.slice(0, 20));
      const again = `POST /jobs/${job}/rerun HTTP/1.1\r\nHost: ${new URL(closing.url).host}\r\n`;
      const rerun = await send(closing, again);
      const closed = closing.close();
      await until(() => deaf.runs[0]!.signal.aborted);
      socket.write(body.slice(20));
      rerun.socket.write('Content-Length: 0\r\n\r\n');
      refused(await check(one, await answer), 'UNAVAILABLE');
      refused(await check(route('POST /jobs/:id/rerun'), await rerun.answer), 'UNAVAILABLE');
      await closed;
    });
  }

  it('lists with matching and non-matching filters', async () => {
    const total = async (query: Record<string, string>) =>
      protocol.reportList.parse((await call(route('GET /reports'), { query })).body).total;
    assert.ok((await total({ label: 'nightly' })) > 0);
    assert.ok((await total({ repo: service.root })) > 0);
    assert.ok((await total({ since: '2020-01-01' })) > 0);
    for (const none of [{ label: 'none' }, { tool: 'other' }, { severity: 'critical' }, { until: '2001-01-01' }])
      assert.equal(await total(none), 0);
  });

  it('cancels, and refuses to cancel an ended job', async () => {
    const cancel = route('DELETE /jobs/:id');
    const job = await service.submit({ path: service.root, analyzers: 'slow' });
    refused(await call(route('POST /jobs/:id/retry'), { id: job }), 'CONFLICT');
    assert.equal((await call(cancel, { id: job })).status, 202);
    await service.ended(job);
    refused(await call(cancel, { id: job }), 'CONFLICT');
  });

  it('refuses an outdated decision, and a report with another hash', async () => {
    const decide = route('PATCH /projects/:id/findings/:finding/triage');
    const body = JSON.stringify({ status: 'open', expected_revision: 7 });
    refused(await call(decide, { id: project, body }), 'CONFLICT');
    for (const name of ['GET /reports/:id/comparison', 'GET /reports/:id/export'] as const)
      refused(await call(route(name), { query: { report_hash: 'a'.repeat(64) } }), 'CONFLICT');
  });

  it('accepts no more jobs than it has room for', async () => {
    const slow: string[] = [];
    for (let n = 0; n < 4; n += 1) slow.push(await service.submit({ path: service.root, analyzers: 'slow' }));
    for (const name of [
      'POST /analyze-async',
      'POST /analyze',
      'POST /jobs/:id/rerun',
      'POST /jobs/:id/retry',
    ] as const) {
      const body = bodyOf(route(name));
      const full = await call(route(name), body ? { body } : {});
      refused(full, 'RATE_LIMIT');
      assert.ok(Number(full.headers.get('retry-after')) > 0);
    }
    for (const job of slow) await service.get(`/jobs/${job}`, { method: 'DELETE' });
    for (const job of slow) await service.ended(job);
  });

  it('answers 204 to a client that has seen the job end', async () => {
    let last = '';
    for await (const frame of frames(await service.get(`/events/${id}`))) last = frame.id ?? '';
    assert.equal((await call(route('GET /events/:id'), { headers: { 'Last-Event-ID': last } })).status, 204);
  });

  it('reruns only what still exists', async () => {
    const other = await startService({ analyzers: [badLines()], tree: { 'a.js': '' } });
    const job = await other.submit({ path: other.root });
    await other.ended(job);
    await rm(other.root, { recursive: true });
    refused(await call(route('POST /jobs/:id/rerun'), { id: job, on: other }), 'CONFLICT');
    await other.close();
  });

  it('reports an internal error without details', async () => {
    const broken = await startService({ analyzers: [badLines()] });
    await broken.breakStorage();
    refused(await call(route('GET /jobs'), { on: broken }), 'INTERNAL');
    assert.ok(broken.log.lines.some((line) => line.startsWith('error GET /jobs')));
    await broken.close();
  });

  it('has returned every response and every error that it declares', () => {
    const missing = routes.flatMap(({ name, answers, errors }) =>
      [...Object.keys(answers).map(Number), ...errors.map((code) => errorStatus[code])]
        .filter((status) => !seen.get(name)?.has(status))
        .map((status) => `${name} ${status}`),
    );
    assert.deepEqual(missing, []);
    const statuses = new Set([...seen.values()].flatMap((all) => [...all]));
    assert.deepEqual(
      Object.values(errorStatus).filter((status) => !statuses.has(status)),
      [],
    );
  });

  /** Sends half a submission and waits. */
  async function stalled(path: string): Promise<Response> {
    const { head, body } = await rawSubmission(service, path);
    return (await send(service, head + body.slice(0, 20))).answer;
  }

  /** A submission as raw bytes. */
  async function rawSubmission({ url, root }: TestService, path: string): Promise<{ head: string; body: string }> {
    const request = new Request(url, { method: 'POST', body: form({ path: root }) });
    const body = await request.text();
    const head = [
      `POST ${path} HTTP/1.1`,
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
        const headers = { 'content-type': /^content-type: (.*)$/im.exec(head)?.[1] ?? '' };
        resolve(new Response(body, { status: Number(head.split(' ')[1]), headers }));
      });
    });
    await new Promise<void>((resolve) => socket.write(text, () => resolve()));
    return { socket, answer };
  }
}
