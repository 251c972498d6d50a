import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { zipSync, strToU8 } from 'fflate';
import {
  osvSettings,
  checkAnswer,
  report as reportSchema,
  type Gap,
  type Issue,
  type Job,
  type OsvSettings,
  type Report,
} from '../../src/protocol';
import { Osv } from '../../src/engines/dependencies/osv';
import { pythonName } from '../../src/engines/dependencies/packages/packageNames';
import { roleOf } from '../../src/engines/dependencies/lockfiles/kinds';
import { lockfiles, manifests } from '../unit/support/lockfiles';
import { recordOf, sendJson, startOsv, type Planted, type TestOsv } from './support/osvService';
import { startService, until, type TestService, type Tree } from './support/service';

const dist = resolve('dist');
const limits = { connectMs: 1_000, answerMs: 400, retryMs: [5, 5], maxWaitMs: 1_500 };

const lodash: Planted = {
  id: 'GHSA-35jh-r3h4-6jhm',
  ecosystem: 'npm',
  name: 'lodash',
  versions: ['4.17.20'],
  record: {
    summary: 'Command Injection in lodash',
    aliases: ['CVE-2021-23337'],
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H' }],
    affected: [
      {
        package: { ecosystem: 'npm', name: 'lodash' },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '4.17.21' }] }],
      },
    ],
    database_specific: { severity: 'HIGH', cwe_ids: ['CWE-77', 'CWE-94'] },
  },
};
const lock = (version: string, more: Record<string, unknown> = {}) =>
  JSON.stringify(
    {
      lockfileVersion: 3,
      packages: {
        '': { dependencies: { lodash: '^4' }, devDependencies: { mocha: '^8' } },
        'node_modules/lodash': { version },
        ...more,
      },
    },
    null,
    2,
  );
const app: Tree = {
  'package.json':
    '{\n  "dependencies": {\n    "lodash": "^4"\n  },\n  "devDependencies": {\n    "mocha": "^8"\n  }\n}\n',
  'package-lock.json': lock('4.17.20'),
};

describe('known vulnerabilities of dependencies', () => {
  let osv: TestOsv;
  let folder: string;
  const services: TestService[] = [];

  beforeEach(async () => {
    osv = await startOsv([lodash]);
    folder = await mkdtemp(join(tmpdir(), 'codeagent-osv-'));
  });
  afterEach(async () => {
    for (const service of services.splice(0)) await service.close();
    await osv.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function serve(tree: Tree, settings: Partial<OsvSettings> = {}): Promise<TestService> {
    const all = osvSettings.parse({ url: osv.url, ...settings });
    const service = await startService({ analyzers: [new Osv(dist, join(folder, 'cache'), all, limits)], tree });
    services.push(service);
    return service;
  }

  interface Scanned {
    job: Job;
    report: Report;
    issues: Issue[];
    status: string | undefined;
    reason: string;
    gaps: Gap[];
  }

  async function scanWith(service: TestService): Promise<Scanned> {
    const job = await service.ended(await service.submit({ path: service.root }));
    const report = reportSchema.parse(await (await service.get(`/reports/${job.job_id}`)).json());
    const phase = job.phases?.find((one) => one.phase === 'analyze:osv');
    return {
      job,
      report,
      issues: report.files.flatMap((file) => file.issues),
      status: phase?.status,
      reason: phase?.reason ?? '',
      gaps: report.meta.coverage?.gaps ?? [],
    };
  }

  /** What `POST /check` says of the dependencies of some files: which ids it finds in each, and the analyzers that looked. */
  async function lookUpAgain(service: TestService, ...files: string[]) {
    const check = async (more: object) => {
      const body = JSON.stringify({ path: service.root, files, ...more });
      return checkAnswer.parse(await (await service.get('/check', { method: 'POST', body })).json());
    };
    const { dependencies } = await check({});
    const answer = await check({ dependencies: true });
    const found = answer.files.map(({ path, issues }) => [path, issues.map(({ rule_id }) => rule_id)] as const);
    return { dependencies, found: Object.fromEntries(found), analyzers: answer.analyzers, gaps: answer.gaps };
  }

  it('are looked up again when a lockfile or a manifest was changed, with no other ecosystem, and without a job', async () => {
    const tree = { ...app, 'tools/requirements.txt': 'Django==3.2.1\n', 'readme.txt': 'x', 'a.js': 'x' };
    const service = await serve(tree);
    const before = await scanWith(service);
    assert.deepEqual(
      before.issues.map(({ file, rule_id }) => [file, rule_id]),
      [['package.json', lodash.id]],
    );
    const unchanged = await lookUpAgain(service, 'package.json', 'a.js', 'readme.txt');
    assert.deepEqual(unchanged.dependencies, ['package.json']);
    assert.deepEqual(unchanged.found['package.json'], [lodash.id]);
    assert.deepEqual(
      [Object.keys(unchanged.found).includes('tools/requirements.txt'), unchanged.analyzers],
      [false, ['osv']],
    );
    await writeFile(join(service.root, 'package-lock.json'), lock('4.17.21'));
    const refreshed = await lookUpAgain(service, 'package-lock.json');
    assert.deepEqual([refreshed.found['package.json'], refreshed.found['package-lock.json']], [[], []]);
    assert.deepEqual([refreshed.analyzers, refreshed.gaps], [['osv'], []]);
    const { jobs } = (await (await service.get('/jobs')).json()) as { jobs: unknown[] };
    assert.equal(jobs.length, 1);
  });

  it('are not taken for gone when they cannot be looked up again', async () => {
    const service = await serve(app);
    await scanWith(service);
    await writeFile(join(service.root, 'package-lock.json'), lock('4.17.19'));
    osv.misbehave = (_request, response) => {
      response.destroy();
      return true;
    };
    const answer = await lookUpAgain(service, 'package-lock.json');
    assert.deepEqual(answer.analyzers, []);
    assert.deepEqual(
      answer.gaps.map(({ kind, analyzer }) => [kind, analyzer]),
      [['lookup_failed', 'osv']],
    );
    assert.ok('package.json' in answer.found, 'tells which files it is about');
  });

  const scan = async (tree: Tree, settings: Partial<OsvSettings> = {}) => scanWith(await serve(tree, settings));

  it('are found in every format of lockfile', async () => {
    const tree: Record<string, string> = { ...manifests };
    for (const { path, text } of lockfiles) tree[path] ??= text;
    const wanted = new Map<string, Planted>();
    for (const { path, packages } of lockfiles) {
      const role = roleOf(path);
      assert.ok(role?.role === 'lockfile');
      const { kind } = role;
      if (tree[path] !== lockfiles.find((one) => one.path === path)?.text) continue;
      for (const one of packages) {
        const [name = '', version = ''] = one.split(' ');
        const asked = kind.ecosystem === 'PyPI' ? pythonName(name) : name;
        const id = `TEST-${kind.ecosystem}-${asked}-${version}`;
        wanted.set(id, { id, ecosystem: kind.ecosystem, name: asked, versions: [version] });
      }
    }
    osv.planted = [...wanted.values()];
    const { issues, status, gaps } = await scan(tree);
    assert.deepEqual([status, gaps.filter(({ kind }) => kind === 'unread_lockfile')], ['completed', []]);
    assert.deepEqual([...new Set(issues.map((issue) => issue.rule_id))].sort(), [...wanted.keys()].sort());
    const folders = new Set(issues.map((issue) => issue.file.split('/')[0]));
    for (const { path, packages } of lockfiles)
      if (packages.length > 0) assert.ok(folders.has(path.split('/')[0] ?? ''), path);
    // Names of packages from elsewhere must not be sent.
    assert.ok(!JSON.stringify(osv.queries).match(/fork|mine|workspace/));
    for (const query of osv.queries) assert.deepEqual(Object.keys(query).sort(), ['package', 'version']);
  });

  it('are at the line of the manifest, with severity, fixed version, CWEs and page', async () => {
    const { issues } = await scan(app);
    assert.equal(issues.length, 1);
    const [issue] = issues;
    assert.ok(issue);
    assert.deepEqual(
      [issue.file, issue.line, issue.column, issue.end_column, issue.rule_id, issue.severity],
      ['package.json', 3, 6, 12, 'GHSA-35jh-r3h4-6jhm', 'high'],
    );
    assert.match(
      issue.message,
      /^lodash 4\.17\.20 has a known vulnerability: Command Injection in lodash \(.*CVE-2021-23337\)/,
    );
    assert.equal(issue.suggestion, 'Update lodash to 4.17.21 in package.json, then run npm install.');
    assert.deepEqual(issue.fix, {
      title: 'Update lodash to 4.17.21',
      edits: [{ start: { line: 3, column: 15 }, end: { line: 3, column: 19 }, text: '"^4.17.21"' }],
      safe: true,
      refresh: { command: 'npm install', folder: '' },
    });
    assert.deepEqual(issue.cwe, ['CWE-1395', 'CWE-77', 'CWE-94']);
    assert.equal(issue.help_url, 'https://github.com/advisories/GHSA-35jh-r3h4-6jhm');
  });

  it('offer an update past versions that have other vulnerabilities', async () => {
    const other: Planted = {
      id: 'X-1',
      ecosystem: 'npm',
      name: 'lodash',
      versions: ['4.17.21'],
      record: {
        affected: [
          {
            package: { ecosystem: 'npm', name: 'lodash' },
            ranges: [{ type: 'SEMVER', events: [{ introduced: '4.17.21' }, { fixed: '5.0.1' }] }],
          },
        ],
      },
    };
    osv.planted = [lodash, other];
    const { issues } = await scan(app);
    assert.equal(issues[0]?.fix?.safe, false);
    assert.match(
      issues[0].suggestion ?? '',
      /^Update lodash to 5\.0\.1 \(another major version\) in package\.json, then/,
    );
    osv.planted = [lodash, { ...other, record: {} }];
    await rm(join(folder, 'cache'), { recursive: true });
    assert.equal((await scan(app)).issues[0]?.fix, undefined);
  });

  it('are shown in the lockfile if others require them, with a note for development', async () => {
    const at = (id: string, name: string): Planted => ({ id, ecosystem: 'npm', name, versions: ['1.0.0'] });
    osv.planted = [at('A-1', 'deep'), at('A-2', 'mocha')];
    const { issues } = await scan({
      ...app,
      'package-lock.json': lock('4.17.21', {
        'node_modules/mocha': { version: '1.0.0', dev: true },
        'node_modules/mocha/node_modules/deep': { version: '1.0.0', dev: true },
      }),
    });
    const places = issues.map((issue) => [issue.rule_id, issue.file, /development/.test(issue.message)]);
    assert.deepEqual(places.sort(), [
      ['A-1', 'package-lock.json', true],
      ['A-2', 'package.json', true],
    ]);
    assert.match(
      issues.find((issue) => issue.rule_id === 'A-1')?.snippet ?? '',
      /node_modules\/mocha\/node_modules\/deep/,
    );
  });

  it('are reported once under their best-known name, and not if withdrawn', async () => {
    const more = (id: string, record: Record<string, unknown>): Planted => ({ ...lodash, id, record });
    osv.planted = [
      more('PYSEC-2021-1', { aliases: ['CVE-2021-23337'] }),
      lodash,
      more('CVE-2021-23337', {}),
      more('OTHER-2', { aliases: [], database_specific: { severity: 'LOW' } }),
      more('GHSA-gone-gone-gone', { withdrawn: '2023-02-03T00:00:00Z' }),
      more('MAL-2024-1', {}),
    ];
    const { issues } = await scan(app);
    assert.deepEqual(issues.map((issue) => [issue.rule_id, issue.severity]).sort(), [
      ['GHSA-35jh-r3h4-6jhm', 'high'],
      ['MAL-2024-1', 'critical'],
      ['OTHER-2', 'low'],
    ]);
  });

  it('are read from several pages', async () => {
    osv.planted = Array.from({ length: 7 }, (_, index): Planted => ({ ...lodash, id: `P-${index}`, record: {} }));
    osv.pageSize = 2;
    const { issues } = await scan(app);
    assert.equal(issues.length, 7);
    assert.equal(osv.requests.filter((line) => line.includes('querybatch')).length, 4);
  });

  it('are queried in batches', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 2_345 }, (_, index) => [`node_modules/p${index}`, { version: '1.0.0' }]),
    );
    osv.planted = [{ id: 'LAST', ecosystem: 'npm', name: 'p2344', versions: ['1.0.0'] }];
    const { issues } = await scan({ 'package-lock.json': lock('1.0.0', many) });
    assert.deepEqual(
      issues.map((issue) => issue.rule_id),
      ['LAST'],
    );
    assert.equal(osv.queries.length, 2_346);
  });

  it('of an unchanged lockfile are not queried again', async () => {
    const service = await serve(app);
    const first = await scanWith(service);
    const count = osv.requests.length;
    const second = await scanWith(service);
    assert.deepEqual(second.issues, first.issues);
    assert.equal(osv.requests.length, count);
    await writeFile(
      join(service.root, 'package-lock.json'),
      lock('4.17.20', { 'node_modules/new': { version: '1.0.0' } }),
    );
    await scanWith(service);
    assert.deepEqual(osv.requests.slice(count), ['POST /v1/querybatch']);
    assert.equal(osv.queries.at(-1)?.package?.name, 'new');
  });

  it('are not queried without a lockfile, nor if turned off', async () => {
    const library = { name: 'lib', version: '1.0.0', dependencies: { lodash: '^4' } };
    const none = await scan({ 'package.json': JSON.stringify(library), 'notes.txt': 'django==1.0\n' });
    assert.deepEqual([none.job.status, none.status, none.gaps], ['completed', undefined, []]);
    assert.deepEqual(none.report.meta.analyzers, []);
    const application = await scan({ 'package.json': app['package.json'] ?? '' });
    assert.equal(application.status, 'completed');
    assert.deepEqual(
      application.gaps.map(({ kind, analyzer, examples }) => [kind, analyzer, examples]),
      [['lookup_failed', 'osv', ['package.json']]],
    );
    const off = await scan(app, { enabled: false });
    assert.deepEqual([off.job.status, off.status, off.gaps], ['completed', 'skipped', []]);
    assert.match(off.reason, /turned off/);
    assert.deepEqual(osv.requests, []);
  });

  it('are found by a service that is busy at first', async () => {
    osv.misbehave = (_request, response, count) => {
      if (count === 1) sendJson(response, 429, { message: 'slow down' }, { 'Retry-After': '1' });
      if (count === 2) sendJson(response, 503, {});
      if (count === 4) response.destroy();
      return count === 1 || count === 2 || count === 4;
    };
    const { issues, status } = await scan(app);
    assert.deepEqual([issues.length, status], [1, 'completed']);
    // The last one asks whether the target version has no vulnerabilities.
    assert.equal(osv.requests.length, 6);
  });

  const misbehaviours: Record<string, [NonNullable<TestOsv['misbehave']>, RegExp]> = {
    'fails all the time': [(_, response) => (sendJson(response, 500, {}), true), /status 500/],
    'limits for long': [(_, response) => (sendJson(response, 429, {}, { 'Retry-After': '3600' }), true), /429/],
    hangs: [() => true, /timed out after 0\.4 s/],
    'answers with a page': [(_, response) => (response.end('<html>Log in</html>'), true), /response is not JSON/],
    'answers with other JSON': [
      (_, response) => (sendJson(response, 200, { results: 7 }), true),
      /not in the OSV format/,
    ],
    'answers too little': [(_, response) => (sendJson(response, 200, { results: [] }), true), /answered 0 of 1/],
    redirects: [
      (_, response) => (response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(), true),
      /cannot be reached/,
    ],
  };
  for (const [what, [misbehave, said]] of Object.entries(misbehaviours))
    it(`a service that ${what}: the phase says so, the job completes`, async () => {
      osv.misbehave = misbehave;
      const { job, report, status, reason, gaps } = await scan(app);
      assert.deepEqual([job.status, status], ['completed', 'skipped']);
      assert.match(reason, said);
      assert.deepEqual(gaps, [
        { kind: 'lookup_failed', analyzer: 'osv', reason, files: 1, examples: ['package.json'] },
      ]);
      assert.ok(reason.includes(osv.url));
      assert.equal(report.meta.analyzers?.[0]?.reason, reason);
    });

  it('no service: the phase says so, at once', async () => {
    const closed = createServer();
    await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done));
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    const { job, status, reason } = await scan(app, { url: `http://127.0.0.1:${port}` });
    assert.deepEqual([job.status, status], ['completed', 'skipped']);
    assert.match(reason, /cannot be reached \(the connection was refused/);
  });

  it('without details are reported with what is known', async () => {
    osv.misbehave = (request, response) => {
      if (!request.url?.startsWith('/v1/vulns/')) return false;
      sendJson(response, 200, { not: 'a record' });
      return true;
    };
    const { issues, status, gaps } = await scan(app);
    assert.deepEqual([issues[0]?.rule_id, status], ['GHSA-35jh-r3h4-6jhm', 'completed']);
    assert.deepEqual([gaps[0]?.kind, gaps[0]?.examples], ['lookup_failed', ['package.json']]);
    assert.match(gaps[0]?.reason ?? '', /details of 1 vulnerabilities are missing/);
  });

  it('stop at once when canceled', async () => {
    osv.misbehave = () => true;
    const all = osvSettings.parse({ url: osv.url });
    const analyzer = new Osv(dist, join(folder, 'cache'), all, { ...limits, answerMs: 60_000 });
    const service = await startService({ analyzers: [analyzer], tree: app });
    services.push(service);
    const id = await service.submit({ path: service.root });
    await until(() => osv.requests.length > 0);
    await service.get(`/jobs/${id}`, { method: 'DELETE' });
    assert.equal((await service.ended(id)).status, 'canceled');
  });

  it('of unreadable lockfiles: the reason is reported, the others are looked up', async () => {
    const { issues, status, gaps } = await scan({
      ...app,
      'a/package-lock.json': '{"lockfileVersion": 3,',
      'b/pom.xml': '<project><dependencies>',
      'c/yarn.lock': ' '.repeat(33 * 1024 * 1024),
      'd/bun.lockb': '#!/usr/bin/env bun\nbun-lockfile-format-v0\n\0\u0002\0',
      'e/Cargo.lock': `a = ${'['.repeat(50_000)}`,
      'f/Podfile.lock': 'PODS:\n  - Alamofire (4.0.0)\n',
    });
    assert.deepEqual([issues.length, status], [1, 'completed']);
    const reported = gaps.flatMap(({ kind, analyzer, reason, examples }) =>
      examples.map((path) => `${path} ${kind} ${analyzer ?? ''} ${reason}`),
    );
    for (const part of [
      /^a\/package-lock\.json unread_lockfile osv .*damaged at line 1\.$/,
      /^b\/pom\.xml unread_lockfile osv .*damaged at line 1\.$/,
      /^c\/yarn\.lock unread_lockfile osv A lockfile was not read: it is larger than 32 MB\.$/,
      /^d\/bun\.lockb unread_lockfile osv .*bun install/,
      /^e\/Cargo\.lock unread_lockfile osv A lockfile was not read: /,
      /^f\/Podfile\.lock lookup_failed osv The vulnerability database does not cover CocoaPods/,
    ])
      assert.equal(reported.filter((one) => part.test(one)).length, 1, `${String(part)}: ${reported.join('\n')}`);
    for (const { reason } of gaps) assert.doesNotMatch(reason, /\b[a-f]\//);
    const alone = await scan({ 'poetry.lock': '[[[' });
    assert.deepEqual([alone.job.status, alone.status], ['completed', 'completed']);
    assert.deepEqual(
      alone.gaps.map(({ kind, examples }) => [kind, examples]),
      [['unread_lockfile', ['poetry.lock']]],
    );
  });

  it('of files in UTF-16, with a byte order mark, or with other line endings are on their lines', async () => {
    const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
    const pin = (file: string) => `# ${file}\r\nlodash-py==1.0\r\n`;
    osv.planted = [
      { id: 'PY-1', ecosystem: 'PyPI', name: 'lodash-py', versions: ['1.0'] },
      { ...lodash, versions: ['4.17.20'] },
    ];
    const { issues, gaps } = await scan({
      'a/requirements.txt': utf16(pin('a')),
      'b/requirements.txt': utf16(pin('b')).swap16(),
      'c/requirements.txt': `\uFEFF${pin('c')}`,
      'd/requirements.txt': pin('d').replaceAll('\r\n', '\r'),
      'e/package-lock.json': utf16(lock('4.17.20').replaceAll('\n', '\r\n')),
    });
    assert.deepEqual(gaps, []);
    assert.deepEqual(issues.map(({ file, line }) => `${file}:${line}`).sort(), [
      ...['a', 'b', 'c', 'd'].map((folder) => `${folder}/requirements.txt:2`),
      'e/package-lock.json:12',
    ]);
  });

  it('from a private registry are not sent to the service, and are a gap', async () => {
    const resolved = 'https://npm.acme.internal/@acme/billing/-/billing-1.0.0.tgz';
    const tree = {
      ...app,
      'package-lock.json': lock('4.17.20', { 'node_modules/@acme/billing': { version: '1.0.0', resolved } }),
    };
    const { issues, gaps } = await scan(tree);
    assert.equal(issues.length, 1);
    assert.deepEqual(
      gaps.map(({ kind, examples }) => [kind, examples]),
      [['lookup_failed', ['package-lock.json']]],
    );
    assert.deepEqual(
      osv.queries.map((query) => [query.package?.name, query.version]),
      [
        ['lodash', '4.17.20'],
        ['lodash', '4.17.21'],
      ],
    );
  });

  it('are reported as far as the service answers; the rest is a gap', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 1_500 }, (_, index) => [`node_modules/p${index}`, { version: '1.0.0' }]),
    );
    let calls = 0;
    osv.misbehave = (request, response) => {
      if (request.url !== '/v1/querybatch') return false;
      calls += 1;
      if (calls !== 2) return false;
      sendJson(response, 400, {});
      return true;
    };
    osv.planted = ['lodash', 'p1', 'p1400'].map((name): Planted => {
      return { id: `X-${name}`, ecosystem: 'npm', name, versions: [name === 'lodash' ? '4.17.20' : '1.0.0'] };
    });
    const { issues, status, gaps } = await scan({ ...app, 'package-lock.json': lock('4.17.20', many) });
    assert.ok(issues.length > 0 && issues.length < 3, String(issues.length));
    assert.equal(status, 'completed');
    assert.deepEqual([gaps[0]?.kind, gaps.length], ['lookup_failed', 1]);
    assert.match(gaps[0]?.reason ?? '', /status 400/);
  });

  describe('in a downloaded database', () => {
    const django: Planted = {
      id: 'PYSEC-2021-98',
      ecosystem: 'PyPI',
      name: 'django',
      versions: [],
      record: {
        affected: [
          {
            package: { ecosystem: 'PyPI', name: 'django' },
            ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '3.2' }, { fixed: '3.2.4' }] }],
          },
        ],
      },
    };
    const other: Planted = { id: 'GHSA-other', ecosystem: 'npm', name: 'other', versions: ['4.17.20'] };
    const json = (one: Planted) => JSON.stringify(recordOf(one));
    const zip = (...all: Planted[]) =>
      zipSync(Object.fromEntries(all.map((one) => [`${one.id}.json`, strToU8(json(one))])));
    const tree: Tree = { ...app, 'requirements.txt': 'Django==3.2.0\n' };

    it('are found offline: folders of ecosystems, zips and single files', async () => {
      const database = join(folder, 'database');
      for (const name of ['npm', 'PyPI', 'loose']) await mkdir(join(database, name), { recursive: true });
      await writeFile(join(database, 'npm/all.zip'), zip(lodash, other));
      await writeFile(join(database, 'PyPI/PYSEC-2021-98.json'), json(django));
      await writeFile(join(database, 'loose/a.json'), json(lodash));
      await writeFile(join(database, 'loose/b.zip'), zip(django));
      for (const paths of [
        [database],
        [join(database, 'loose')],
        [join(database, 'npm/all.zip'), join(database, 'PyPI')],
      ]) {
        const { issues, status, gaps } = await scan(tree, { database: paths });
        assert.deepEqual([status, gaps], ['completed', []]);
        assert.deepEqual(
          issues.map((issue) => [issue.file, issue.rule_id, issue.suggestion]),
          [
            ['package.json', 'GHSA-35jh-r3h4-6jhm', 'Update lodash to 4.17.21 in package.json, then run npm install.'],
            [
              'requirements.txt',
              'PYSEC-2021-98',
              'Update Django to 3.2.4 in requirements.txt, then run pip install -r requirements.txt.',
            ],
          ],
        );
      }
      assert.deepEqual(osv.requests, []);
    });

    it('that lacks an ecosystem, is broken or is missing: the reason is reported', async () => {
      await writeFile(join(folder, 'npm.zip'), zip(lodash));
      const lacking = await scan(tree, { database: [join(folder, 'npm.zip')] });
      assert.deepEqual([lacking.issues.length, lacking.status], [1, 'completed']);
      assert.deepEqual(
        lacking.gaps.map(({ kind, reason, examples }) => [kind, reason, examples]),
        [['lookup_failed', 'The vulnerability database does not cover PyPI.', ['requirements.txt']]],
      );
      await writeFile(join(folder, 'bad.zip'), 'PK\u0003\u0004 nonsense');
      for (const path of [join(folder, 'bad.zip'), join(folder, 'none'), join(folder, 'cache')]) {
        await mkdir(join(folder, 'cache'), { recursive: true });
        const { job, status, reason, gaps } = await scan(tree, { database: [path] });
        assert.deepEqual([job.status, status], ['completed', 'skipped']);
        assert.deepEqual([gaps.length, gaps[0]?.kind, gaps[0]?.files], [1, 'lookup_failed', 2]);
        assert.ok(reason.includes(path), reason);
      }
    });
  });
});
