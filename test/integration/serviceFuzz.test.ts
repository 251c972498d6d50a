import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { errorBody } from '../../src/protocol';
import { badLines } from './support/analyzers';
import { form, startService, type TestService } from './support/service';
import { patience } from '../support/patience.mjs';

/** Many more with CODEAGENT_FULL=1. */
const numRuns = process.env['CODEAGENT_FULL'] ? 5000 : 150;

const nasty = fc.constantFrom(
  '',
  '.',
  '..',
  '%2e%2e',
  '%00',
  '%',
  '%ff',
  '\u0001',
  'a b',
  '__proto__',
  'constructor',
  '*',
  '/',
  '//',
  '?',
  '#',
  '..%2f..%2fetc%2fpasswd',
  '\ud800',
  '😀',
  '00000000-0000-4000-8000-000000000000',
);
const text = fc.oneof(nasty, fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 20 }));
const word = fc.constantFrom(
  'health',
  'tools',
  'analyze',
  'analyze-async',
  'jobs',
  'events',
  'reports',
  'config',
  'analyzers',
  'webhooks',
  'register',
  'rerun',
  'log',
  'summary',
  'enhanced',
  'retry',
  'capabilities',
  'auth',
  'dashboard',
  'stats',
  'login',
  'logout',
  'ai',
  'projects',
  'findings',
  'triage',
  'notes',
  'comparison',
  'export',
);
const path = fc.array(fc.oneof({ weight: 3, arbitrary: word }, { weight: 1, arbitrary: text.map(encode) }), {
  maxLength: 4,
});
const query = fc.array(
  fc.tuple(
    fc.constantFrom(
      'limit',
      'status',
      'page',
      'tail',
      'format',
      'since',
      'severity',
      'report_hash',
      'baseline_run_id',
      'x',
    ),
    text,
  ),
  { maxLength: 3 },
);
const method = fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS', 'HEAD');

/** Without lone surrogates, which UTF-8 cannot encode. */
function wellFormed(given: string): string {
  return Buffer.from(given, 'utf8').toString('utf8');
}

function encode(segment: string): string {
  return wellFormed(segment) === segment ? segment.replace(/[\p{Cc}\s?#\\]/gu, encodeURIComponent) : '%ED%A0%80';
}

describe('the scan service under fuzz', function () {
  this.timeout(patience(numRuns * 400 + 20_000));
  let service: TestService;
  before(async () => {
    service = await startService({
      analyzers: [badLines()],
      tree: { 'a.js': 'BAD' },
      webhooks: true,
      limits: { maxUnpacked: 200_000 },
    });
  });
  after(() => service.close());
  afterEach(async () => {
    assert.equal((await service.get('/health')).status, 200);
    assert.deepEqual(
      service.log.lines.filter((line) => line.startsWith('error')),
      [],
    );
    assert.deepEqual((await readdir(dirname(service.root))).toSorted(), ['root', 'storage']);
    assert.deepEqual(await readdir(service.root), ['a.js']);
  });

  const check = async (answer: Response, sent: unknown) => {
    assert.ok(answer.status < 500, `${answer.status} for ${JSON.stringify(sent)}: ${await answer.clone().text()}`);
    const body = await answer.text();
    if (answer.status >= 400 && body !== '') assert.ok(errorBody.safeParse(JSON.parse(body)).success, body);
  };

  it('answers any request with less than 500', async () => {
    await fc.assert(
      fc.asyncProperty(
        method,
        path,
        query,
        fc.oneof(text, fc.json()),
        fc.constantFrom('application/json', 'text/plain', 'multipart/form-data; boundary=x', 'multipart/form-data', ''),
        async (verb, parts, pairs, body, type) => {
          const search = new URLSearchParams(pairs.map(([name, value]) => [name, wellFormed(value)])).toString();
          const target = `/${parts.join('/')}?${search}`;
          const plain = verb === 'GET' || verb === 'HEAD';
          const headers = type === '' ? {} : { 'Content-Type': type };
          const answer = await service.get(target, {
            method: verb,
            headers,
            ...(!plain && { body: wellFormed(body) }),
          });
          await check(answer, [verb, target, body, type]);
        },
      ),
      { numRuns: numRuns * 2 },
    );
  });

  it('survives any job id, body and Last-Event-ID, on the routes of an existing job', async () => {
    const id = await service.submit({ path: service.root });
    await service.ended(id);
    const { items } = (await (await service.get('/projects')).json()) as { items: { id: string }[] };
    const project = `/projects/${items[0]?.id ?? ''}/findings`;
    const found = (await (await service.get(project)).json()) as { items: { id: string }[] };
    const finding = `${project}/${found.items[0]?.id ?? ''}`;
    const route = fc.constantFrom(
      `GET /events/${id}`,
      `POST /jobs/${id}/retry`,
      `POST /jobs/${id}/rerun`,
      `GET /jobs/${id}`,
      'GET /capabilities',
      'GET /auth/status',
      'GET /dashboard/stats',
      'GET /jobs?page=1',
      'PATCH /config/analyzers',
      'POST /check',
      'POST /rules/try',
      'POST /auth/login',
      'POST /auth/logout',
      'GET /config/ai',
      'GET /projects',
      'POST /projects',
      `GET ${project}`,
      `PATCH ${finding}/triage`,
      `POST ${finding}/notes`,
      `GET /reports/${id}/comparison`,
      `GET /reports/${id}/export`,
    );
    const last = fc.oneof(fc.integer().map(String), fc.constantFrom('', '-1', '1e3', '0x1', 'NaN', '9007199254740993'));
    const allowList = fc.array(fc.oneof(text.map(wellFormed), fc.constantFrom('https://[', 'http://x/?', 'x:99999')));
    const body = fc.oneof(
      fc.json(),
      text.map(wellFormed),
      fc.record({ password: text, name: text, body: text }).map((value) => JSON.stringify(value)),
      fc
        .record({
          status: fc.constantFrom('open', 'confirmed', 'dismissed', 'x'),
          expected_revision: fc.integer({ min: -1, max: 3 }),
          reason: text,
        })
        .map((value) => JSON.stringify(value)),
      fc
        .record({
          files: fc.array(fc.oneof(text.map(wellFormed), fc.constantFrom('a.js', '../a.js', '/etc/passwd', '.'))),
        })
        .map((value) => JSON.stringify({ ...value, path: service.root })),
      fc.record({ latest: fc.anything() }).map((value) => JSON.stringify(value)),
      allowList.map((allow_list) => JSON.stringify({ allow_list })),
    );
    await fc.assert(
      fc.asyncProperty(route, last, body, async (name, lastId, sent) => {
        const [verb = '', path = ''] = name.split(' ');
        const headers = { 'Content-Type': 'application/json', 'Last-Event-ID': lastId };
        const answer = await service.get(path, { method: verb, headers, ...(verb !== 'GET' && { body: sent }) });
        await check(answer.clone(), [name, lastId, sent]);
        if (answer.status === 202) await service.ended(((await answer.json()) as { job_id: string }).job_id);
      }),
      { numRuns },
    );
    await service.get('/config/analyzers', { method: 'PATCH', body: '{"allow_list":[],"defaults":["bad"]}' });
  });

  it('survives any submission fields', async () => {
    const field = fc.constantFrom(
      'path',
      'github_url',
      'ref',
      'commit',
      'include',
      'exclude',
      'analyzers',
      'labels',
      'project_id',
      'timeout_sec',
      'x',
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(field, text), fc.boolean(), async (fields, withPath) => {
        const all = { ...fields, ...(withPath && { path: service.root }) };
        const answer = await service.get('/analyze-async', { method: 'POST', body: form(all) });
        await check(answer.clone(), all);
        if (answer.status === 202) await service.ended(((await answer.json()) as { job_id: string }).job_id);
      }),
      { numRuns },
    );
  });

  it('survives any bytes on the socket', async () => {
    const { hostname, port } = new URL(service.url);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc
            .tuple(method, text, text)
            .map(([m, p, h]) => `${m} /${p} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nX: ${h}\r\n\r\n`),
        ),
        async (bytes) => {
          const answer = await new Promise<string>((resolve) => {
            let got = '';
            const socket = connect(Number(port), hostname, () => socket.end(bytes));
            socket.setEncoding('utf8').on('data', (chunk: string) => (got += chunk));
            socket.on('close', () => resolve(got)).on('error', () => undefined);
          });
          assert.equal(/^HTTP\/1.1 5/.test(answer), false, answer);
        },
      ),
      { numRuns },
    );
  });

  it('survives any zip: every job ends, and nothing is written elsewhere', async () => {
    const name = fc.oneof(
      nasty,
      fc.constantFrom(
        '../x',
        '/tmp/x',
        'a/../../x',
        'C:\\x',
        'a.js',
        'a',
        'a/b.js',
        'A.JS',
        '.git/hooks/x',
        'x'.repeat(300),
      ),
    );
    const entries = fc.array(fc.tuple(name, fc.uint8Array({ maxLength: 200 })), { minLength: 1, maxLength: 5 });
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 });
    const zip = fc.tuple(entries, flips, fc.nat(40)).map(([files, changes, cut]) => {
      const made = zipSync(
        Object.fromEntries(
          files.filter(([n]) => n !== '' && n !== '__proto__').map(([n, data]) => [wellFormed(n), data]),
        ),
      );
      for (const [at, value] of changes) made[at % made.length] = value;
      return cut > 30 ? made.slice(0, -cut) : made;
    });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(zip, fc.uint8Array({ maxLength: 300 }), fc.constant(strToU8('PK\u0005\u0006'))),
        async (data) => {
          const answer = await service.get('/analyze-async', {
            method: 'POST',
            body: form({ file: new Blob([new Uint8Array(data)]) }),
          });
          assert.equal(answer.status, 202);
          const job = await service.ended(((await answer.json()) as { job_id: string }).job_id);
          // Or all of its entries were left out: encrypted, links, or with an unknown compression.
          const refused = /^(The zip cannot be used: |Nothing could be (read|scanned))/.test(job.error ?? '');
          assert.ok(job.status === 'completed' || refused, `${job.status}: ${job.error ?? ''}`);
        },
      ),
      { numRuns: Math.ceil(numRuns / 2) },
    );
  });
});
