import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { report, routes, type Job } from '../../src/protocol';
import { Database } from '../../src/service/cluster/database';
import {
  adminToken,
  ask,
  endProcesses,
  endsOf,
  follow,
  runCommand,
  startProcess,
  submit,
  submitted,
  zipOf,
  type ClusterProcess,
} from './support/clusterProcesses';
import { startGitServer, type GitServer } from './support/gitServer';
import { closeServers, newCluster, openServers, servers, useCluster, useFolder } from './support/inCluster';
import { openCluster } from '../../src/service/cluster/openCluster';
import { Tokens } from '../../src/service/cluster/tokens';
import { patience } from '../support/patience.mjs';
import { contractTests } from './support/contractTests';
import { draft, portTests } from './support/portTests';
import { makeRepository, type TestRepository } from './support/repository';
import { form, frames, MemoryLog, until } from './support/service';

/** The scope that each route needs; `open` for those that need no token. New routes are added by hand. */
const scopesOfRoutes: Readonly<Record<'open' | 'read' | 'submit' | 'admin', readonly string[]>> = {
  open: ['GET /health', 'GET /ready', 'GET /auth/status', 'POST /auth/login', 'POST /auth/logout'],
  read: [
    ...['GET /tools', 'GET /metrics', 'GET /config/analyzers', 'GET /capabilities', 'GET /config/ai'],
    ...['GET /jobs', 'GET /jobs/:id', 'GET /jobs/:id/log', 'GET /events/:id', 'GET /projects'],
    ...['GET /reports', 'GET /reports/:id', 'GET /reports/:id/summary', 'GET /reports/:id/comparison'],
    ...['GET /reports/:id/export', 'GET /dashboard/stats', 'GET /dashboard/trend', 'GET /projects/:id/findings'],
  ],
  submit: [
    ...['POST /analyze', 'POST /analyze-async', 'POST /check', 'POST /rules/try', 'DELETE /jobs/:id'],
    ...['POST /jobs/:id/rerun', 'POST /jobs/:id/retry', 'POST /projects'],
    ...['PATCH /projects/:id/findings/:finding/triage', 'POST /projects/:id/findings/:finding/notes'],
  ],
  admin: ['PATCH /config/analyzers', 'POST /webhooks/register', 'DELETE /webhooks/:id', 'GET /audit'],
};
/** What anyone on this machine can see of its processes. */
async function allCommandLines(): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  // A process may end meanwhile.
  const all = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return all.map((line) => line.replaceAll('\0', ' '));
}

const nobody = '00000000-0000-4000-8000-000000000000';

describe('the scan service as a cluster', function () {
  this.timeout(patience(60_000));
  before(openServers);
  after(closeServers);

  describe('its ports', () => {
    portTests(async () => {
      const config = await newCluster();
      const analyzers = { defaults: [], rulesets: {}, allow_list: [] };
      const open = () => openCluster({ config, analyzers, works: true, log: new MemoryLog() });
      const [one, two] = [await open(), await open()];
      const database = new Database(config.postgres, config.namespace, new MemoryLog(), 1);
      const adminToken = await new Tokens(database).create('admin', ['admin']);
      await database.close();
      return {
        one,
        two,
        access: [one, two].map(({ access }) => access ?? assert.fail('A cluster has tokens.')),
        adminToken,
        async close() {
          await one.close();
          await two.close();
        },
      };
    });
  });

  it('also finds what a node of the previous version has written', async () => {
    const config = await newCluster();
    const analyzers = { defaults: [], rulesets: {}, allow_list: [] };
    const cluster = await openCluster({ config, analyzers, works: false, log: new MemoryLog() });
    const database = new Database(config.postgres, config.namespace, new MemoryLog(), 1);
    const { jobs } = cluster.record;
    try {
      const { job } = await jobs.create(draft());
      await database.query(
        'UPDATE jobs SET project = NULL, search = NULL, detail = NULL, described = NULL, outline = NULL',
      );
      assert.equal((await jobs.page({ text: job.job_id }, 0, 1)).total, 1);
      // It ends a job that another node has described.
      const summary = { critical: 1, high: 2, medium: 3, low: 4 };
      const source = { ...job.source, kind: 'git', commit: 'abcdef0123' };
      const ended = { ...job, status: 'completed', finished_at: '2026-01-02T03:04:05.000Z', summary, gaps: 1, source };
      await database.query(`UPDATE jobs SET status = 'completed', ended = true, job = $1`, [JSON.stringify(ended)]);
      assert.equal((await jobs.page({ status: 'partial', text: 'ABCDEF0123' }, 0, 1)).total, 1);
      assert.deepEqual(
        (await jobs.projects()).map(({ last }) => last?.summary),
        [summary],
      );
      assert.equal((await jobs.scans()).length, 1);
      // A node of version 2 knows all columns but the outline, and leaves that behind.
      await database.query(`UPDATE jobs SET status = 'failed', detail = NULL, described = 'failed'`);
      assert.deepEqual(await jobs.scans(), []);
    } finally {
      await database.close();
      await cluster.close();
    }
  });

  describe('its contract', () => {
    before(useCluster);
    after(useFolder);
    contractTests();
  });

  describe('its processes', () => {
    let [one, two]: ClusterProcess[] = [];
    let workers: ClusterProcess[];
    let database: Database;
    let receiver: Server;
    let repository: TestRepository;
    let git: GitServer;
    const told: { job_id: string }[] = [];
    const url = (node: ClusterProcess | undefined) => node?.url ?? '';
    let folder: string;
    /** A configuration with short timeouts; the rest is in the environment. */
    const configured = async (name: string, config: object): Promise<string> => {
      const file = join(folder, name);
      await writeFile(file, JSON.stringify(config));
      return file;
    };
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'codeagent-cluster-'));
      await runCommand('migrate');
      repository = await makeRepository();
      git = await startGitServer(dirname(repository.folder));
      // Workers hand it on to git.
      process.env['GIT_SSL_CAINFO'] = git.certificate;
      const impatient = await configured('impatient.json', { lostAfterSec: 3 });
      [one, two, ...workers] = await Promise.all([
        startProcess('serve', '--allow-private-webhooks'),
        startProcess('serve', '--allow-private-webhooks'),
        startProcess('worker', '--cluster', impatient),
        startProcess('worker', '--cluster', impatient),
      ]);
      database = new Database(servers.postgres, 'codeagent', new MemoryLog(), 1);
      receiver = createServer((request, response) => {
        void json(request).then((body) => told.push(body as { job_id: string }));
        response.end();
      }).listen(0, '127.0.0.1');
      await once(receiver, 'listening');
    });
    after(async () => {
      await endProcesses();
      await database.close();
      receiver.close();
      delete process.env['GIT_SSL_CAINFO'];
      await git.close();
      await repository.dispose();
      await rm(folder, { recursive: true, force: true });
    });
    const rowOf = async (id: string) => {
      const [row] = await database.query<{ owner: string; attempt: number }>(
        'SELECT owner, attempt FROM jobs WHERE id = $1',
        [id],
      );
      assert.ok(row);
      return row;
    };
    /** The worker that runs a job. */
    const ownerOf = async (id: string): Promise<ClusterProcess> => {
      const { owner } = await rowOf(id);
      const found = workers.find((worker) => worker.id === owner);
      assert.ok(found);
      return found;
    };
    const isAnalyzing = ({ phases = [] }: Job) =>
      phases.some(({ phase, status }) => phase.startsWith('analyze:') && status === 'running');

    it('streams at one node what was submitted at another, even to reconnecting clients', async () => {
      const id = await submitted(url(one), zipOf(2));
      const all = await follow(url(two), id);
      assert.deepEqual(
        endsOf(all).map(({ status, submitted_by }) => [status, submitted_by]),
        [['completed', '$CODEAGENT_TOKEN']],
      );
      const logs = all.filter(({ event }) => event === 'log').map(({ id: frame }) => frame);
      const headers = { 'Last-Event-ID': String(Number(logs[0]) - 1) };
      const again: (string | undefined)[] = [];
      for await (const frame of frames(await ask(url(one), `/events/${id}`, { headers })))
        if (frame.event === 'log') again.push(frame.id);
      assert.deepEqual(again, logs);
      const { summary } = report.parse(await (await ask(url(one), `/reports/${id}`)).json());
      assert.equal(summary.critical + summary.high, 2);
      assert.match(await (await ask(url(two), `/jobs/${id}/log`)).text(), /Report written/);
    });

    it('cancels at one node what was submitted at another', async () => {
      const id = await submitted(url(one), zipOf(2000));
      let answer: Promise<Response> | undefined;
      const all = await follow(url(one), id, (job) => {
        if (isAnalyzing(job)) answer ??= ask(url(two), `/jobs/${id}`, { method: 'DELETE' });
      });
      assert.equal((await answer)?.status, 202);
      assert.deepEqual(
        endsOf(all).map(({ status }) => status),
        ['canceled'],
      );
    });

    it('scans a repository, and cancels the scan of another at the other node', async () => {
      const commit = await repository.commit({ 'a.js': 'eval(location.hash);\n' });
      await ask(url(one), '/config/analyzers', { method: 'PATCH', body: '{"allow_list":["127.0.0.1"]}' });
      const begin = async (path: string) => {
        const body = form({ github_url: git.origin + path });
        const answer = await ask(url(one), '/analyze-async', { method: 'POST', body });
        assert.equal(answer.status, 202, await answer.clone().text());
        return ((await answer.json()) as { job_id: string }).job_id;
      };
      const [job] = endsOf(await follow(url(two), await begin('/sample.git')));
      assert.deepEqual([job?.status, job?.error], ['completed', null]);
      assert.equal(job?.source?.commit, commit);
      const stalled = await begin('/stall/sample.git');
      await until(() => git.stalled() > 0);
      const last = follow(url(one), stalled);
      assert.equal((await ask(url(two), `/jobs/${stalled}`, { method: 'DELETE' })).status, 202);
      assert.deepEqual(
        endsOf(await last).map(({ status }) => status),
        ['canceled'],
      );
      await until(async () => !(await allCommandLines()).some((line) => line.includes(`${git.origin}/stall`)));
    });

    it('has one job for a key that is used at two nodes concurrently', async () => {
      const headers = { 'Idempotency-Key': 'twice' };
      const answers = await Promise.all(
        [one, two, one, two].map((node) => submit(url(node), zipOf(1), adminToken, headers)),
      );
      const ids = await Promise.all(
        answers.map(async (answer) => ((await answer.json()) as { job_id: string }).job_id),
      );
      assert.equal(new Set(ids).size, 1);
      await follow(url(one), ids[0] ?? '');
    });

    it('accepts nothing from a worker that hung while another ran its job', async () => {
      const id = await submitted(url(one), zipOf(1000));
      let hung: Promise<ClusterProcess> | undefined;
      let goesOn: Promise<void> | undefined;
      const all = await follow(url(two), id, (job) => {
        if (isAnalyzing(job))
          hung ??= ownerOf(id).then((worker) => {
            worker.child.kill('SIGSTOP');
            // It wakes up when another worker has its job, and continues its own run.
            goesOn = until(async () => (await rowOf(id)).attempt > 1).then(() => void worker.child.kill('SIGCONT'));
            return worker;
          });
      });
      const worker = await hung;
      await goesOn;
      assert.ok(worker);
      assert.deepEqual(
        endsOf(all).map(({ status, error }) => [status, error]),
        [['completed', null]],
      );
      const { owner, attempt } = await rowOf(id);
      assert.ok(attempt === 2 ? owner !== worker.id : attempt > 2);
      const { summary } = report.parse(await (await ask(url(one), `/reports/${id}`)).json());
      assert.equal(summary.critical + summary.high, 1000);
      assert.deepEqual([worker.child.exitCode, worker.child.signalCode], [null, null]);
    });

    it('runs the job of a killed worker again, and ends it once', async () => {
      const { port } = receiver.address() as AddressInfo;
      const hook = { url: `http://127.0.0.1:${port}/`, secret: 'a-secret-of-the-webhook', events: ['report.created'] };
      await ask(url(one), '/webhooks/register', { method: 'POST', body: JSON.stringify(hook) });
      const id = await submitted(url(one), zipOf(1500));
      let killed: Promise<void> | undefined;
      let percent = 0;
      const all = await follow(url(two), id, (job) => {
        const next = job.progress?.percent ?? 0;
        assert.ok(next >= percent, `${next} after ${percent}`);
        percent = next;
        if (isAnalyzing(job)) killed ??= ownerOf(id).then(({ child }) => void child.kill('SIGKILL'));
      });
      await killed;
      assert.deepEqual(
        endsOf(all).map(({ status }) => status),
        ['completed'],
      );
      assert.ok((await rowOf(id)).attempt >= 2);
      await until(() => told.some(({ job_id }) => job_id === id));
      assert.equal(told.filter(({ job_id }) => job_id === id).length, 1);
    });

    it('limits each token to its scopes, on every route', async () => {
      const known = Object.values(scopesOfRoutes).flat();
      const ofClusters = ['GET /ready', 'GET /metrics', 'GET /audit'];
      assert.deepEqual([...known].sort(), [...routes.map(({ name }) => name), ...ofClusters].sort());
      const create = async (...scopes: string[]) =>
        (await runCommand('token', 'create', scopes.join('-'), '--scopes', scopes.join(','))).trim();
      const tokens = await Promise.all([create('read'), create('submit'), create('admin'), create('read', 'submit')]);
      const holders = [['read'], ['submit'], ['read', 'submit', 'admin'], ['read', 'submit']];
      for (const [needed, names] of Object.entries(scopesOfRoutes))
        for (const name of names) {
          const [method = '', path = ''] = name.split(' ');
          const target = url(one) + path.replace(':id', nobody).replace(':finding', 'none');
          const status = async (token: string | undefined) => {
            const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
            const answer = await fetch(target, { method, headers });
            await answer.body?.cancel();
            return answer.status;
          };
          const isOpen = needed === 'open';
          // A wrong password is not a missing token.
          if (name !== 'POST /auth/login') assert.equal((await status(undefined)) === 401, !isOpen, name);
          for (const [index, token] of tokens.entries()) {
            const holds = isOpen || holders[index]?.includes(needed) === true;
            assert.equal((await status(token)) === 403, !holds, `${name} with ${String(holders[index])}`);
          }
        }
      // However a path is spelled.
      for (const path of ['/%61udit', '//audit', '/audit/', '/./audit', '/jobs/../audit'])
        assert.match(String((await ask(url(one), path, {}, tokens[0])).status), /^40[34]$/, path);
    });

    it('lets a job be canceled by its submitter, and by an admin', async () => {
      const [mine = '', other = ''] = await Promise.all(
        ['carol', 'dave'].map(async (name) => (await runCommand('token', 'create', name, '--scopes', 'submit')).trim()),
      );
      const cancel = async (id: string, token: string) =>
        (await ask(url(two), `/jobs/${id}`, { method: 'DELETE' }, token)).status;
      const [first, second] = [
        await submitted(url(one), zipOf(500), mine),
        await submitted(url(one), zipOf(500), mine),
      ];
      assert.equal(await cancel(first, other), 403);
      assert.equal(await cancel(first, mine), 202);
      assert.equal(await cancel(second, adminToken), 202);
      for (const id of [first, second])
        assert.deepEqual(
          endsOf(await follow(url(one), id)).map(({ status }) => status),
          ['canceled'],
        );
    });

    it('has tokens with scopes, which are rejected everywhere once revoked', async () => {
      const token = (await runCommand('token', 'create', 'bob', '--scopes', 'read')).trim();
      const statusOf = async (node: ClusterProcess | undefined, path: string, init?: RequestInit) =>
        (await ask(url(node), path, init, token)).status;
      assert.equal(await statusOf(one, '/jobs'), 200);
      assert.equal((await submit(url(two), zipOf(1), token)).status, 403);
      assert.equal(await statusOf(two, '/config/analyzers', { method: 'PATCH', body: '{}' }), 403);
      assert.equal(await statusOf(two, '/audit'), 403);
      assert.match(await runCommand('token', 'list'), /^bob\tread\t/m);
      await runCommand('token', 'revoke', 'bob');
      await until(async () => (await statusOf(one, '/jobs')) === 401 && (await statusOf(two, '/jobs')) === 401);
      const dump = JSON.stringify(await database.query('SELECT tokens::text, webhooks::text FROM tokens, webhooks'));
      for (const secret of [token, adminToken, 'a-secret-of-the-webhook']) assert.ok(!dump.includes(secret));
    });

    it('leaves nothing behind of an interrupted upload', async () => {
      const { hostname, port } = new URL(url(one));
      const socket = connect(Number(port), hostname);
      const head = `POST /analyze-async HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${adminToken}\r\n`;
      const type = 'Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 30000000\r\n\r\n';
      const part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n';
      await new Promise((resolve) => socket.write(head + type + part + 'x'.repeat(12_000_000), resolve));
      socket.destroy();
      const listing = async (query: string) => (await fetch(`${servers.s3}/codeagent?${query}`)).text();
      const jobs = await database.query<{ id: string }>('SELECT id FROM jobs');
      await until(async () => {
        const keys = [...(await listing('list-type=2')).matchAll(/<Key>codeagent\/([^/]+)/g)].map(([, id]) => id);
        return (
          keys.every((id) => jobs.some((job) => job.id === id)) && !(await listing('uploads')).includes('<UploadId>')
        );
      });
    });

    it('continues at another node when one is killed', async () => {
      const mortal = await startProcess('serve');
      // Fewer findings than a slow subscriber may be behind, who would miss some frames.
      const id = await submitted(mortal.url, zipOf(200));
      const seen: (string | undefined)[] = [];
      let at: string | undefined;
      let worker: ClusterProcess | undefined;
      const read = async (node: string) => {
        const headers = at === undefined ? {} : { 'Last-Event-ID': at };
        let ends = 0;
        for await (const frame of frames(await ask(node, `/events/${id}`, { headers }))) {
          at = frame.id ?? at;
          if (frame.event === 'log') seen.push(frame.id);
          if (frame.event !== 'message') continue;
          ends += endsOf([frame]).length;
          if (worker || !isAnalyzing(frame.data as Job)) continue;
          // Or the job might end before the node.
          worker = await ownerOf(id);
          worker.child.kill('SIGSTOP');
          mortal.child.kill('SIGKILL');
        }
        return ends;
      };
      await assert.rejects(read(mortal.url));
      worker?.child.kill('SIGCONT');
      assert.equal(await read(url(two)), 1);
      const whole: (string | undefined)[] = [];
      const headers = { 'Last-Event-ID': '0' };
      for await (const frame of frames(await ask(url(one), `/events/${id}`, { headers })))
        if (frame.event === 'log') whole.push(frame.id);
      assert.deepEqual(seen, whole);
    });

    it('answers 503 while PostgreSQL is down, and ends once what ran meanwhile', async () => {
      const id = await submitted(url(one), zipOf(500));
      let isDown: Promise<void> | undefined;
      const last = follow(url(two), id, (job) => {
        if (isAnalyzing(job)) isDown ??= servers.stop('postgres');
      });
      await until(() => isDown !== undefined);
      await isDown;
      const refused = await submit(url(one), zipOf(1));
      assert.equal(refused.status, 503);
      assert.ok(Number(refused.headers.get('retry-after')) > 0);
      const ready = await ask(url(two), '/ready');
      assert.deepEqual(((await ready.json()) as { unreachable: string[] }).unreachable, ['PostgreSQL']);
      await servers.start('postgres');
      assert.deepEqual(
        endsOf(await last).map(({ status }) => status),
        ['completed'],
      );
      await until(async () => (await ask(url(one), '/ready')).status === 200);
      assert.deepEqual(
        endsOf(await follow(url(two), await submitted(url(one), zipOf(1)))).map(({ status }) => status),
        ['completed'],
      );
    });

    it('answers 503 while Redis is down, and continues when it is back', async () => {
      await servers.stop('redis');
      const refused = await submit(url(one), zipOf(1));
      assert.equal(refused.status, 503);
      assert.ok(Number(refused.headers.get('retry-after')) > 0);
      assert.equal((await ask(url(two), '/ready')).status, 503);
      assert.equal((await ask(url(two), '/health')).status, 200);
      await servers.start('redis');
      await until(async () => (await ask(url(one), '/ready')).status === 200);
      const all = await follow(url(two), await submitted(url(one), zipOf(1)));
      assert.equal(endsOf(all)[0]?.status, 'completed');
    });

    it('reports its health and an audit log, and logs JSON lines', async () => {
      const metrics = await (await ask(url(two), '/metrics')).text();
      for (const name of [
        'queue_length',
        'workers',
        'queue_wait_seconds_count',
        'job_duration_seconds_bucket',
        'events_lag_seconds_count',
      ])
        assert.match(metrics, new RegExp(`^codeagent_${name}\\b`, 'm'));
      const { entries } = (await (await ask(url(one), '/audit')).json()) as { entries: { action: string }[] };
      for (const action of ['submit', 'cancel', 'create token', 'revoke token', 'add webhook'])
        assert.ok(
          entries.some((entry) => entry.action === action),
          action,
        );
      for (const node of [one, two, ...workers])
        for (const line of (node?.output() ?? '').split('\n').filter(Boolean))
          assert.ok('level' in (JSON.parse(line) as object), line);
    });

    it('has workers that report their health if configured to', async () => {
      const worker = await startProcess('worker', '--port', '0');
      workers.push(worker);
      assert.match(worker.url, /^http:\/\/127\.0\.0\.1:\d+$/);
      assert.deepEqual((await (await fetch(`${worker.url}/health`)).json()) as object, {
        ...{ status: 'ok', capabilities: [] },
        version: ((await (await fetch(`${url(one)}/health`)).json()) as { version: string }).version,
      });
      assert.equal((await fetch(`${worker.url}/ready`)).status, 200);
      const id = await submitted(url(one), zipOf(1));
      await follow(url(one), id);
      const reader = (await runCommand('token', 'create', 'prometheus', '--scopes', 'read')).trim();
      for (const token of [reader, adminToken]) {
        const metrics = await (await ask(worker.url, '/metrics', {}, token)).text();
        assert.match(metrics, /^codeagent_worker_jobs \d+$/m);
        assert.match(metrics, /^codeagent_jobs_ended_total\{status="completed"\} [1-9]/m);
      }
      assert.equal((await fetch(`${worker.url}/metrics`)).status, 401);
      assert.equal((await ask(worker.url, '/metrics', {}, 'wrong')).status, 401);
      assert.equal((await ask(worker.url, '/jobs')).status, 404);
      await servers.stop('redis');
      const ready = await fetch(`${worker.url}/ready`);
      assert.equal(ready.status, 503);
      assert.deepEqual(((await ready.json()) as { unreachable: string[] }).unreachable, ['Redis']);
      assert.equal((await fetch(`${worker.url}/health`)).status, 200);
      await servers.start('redis');
      await until(async () => (await fetch(`${worker.url}/ready`)).status === 200);
    });

    it('reveals no secret in Redis, rows, logs, jobs or the process list', async () => {
      const password = 'a-password-of-the-repository';
      await ask(url(one), '/config/analyzers', { method: 'PATCH', body: '{"allow_list":["127.0.0.1"]}' });
      const body = form({ github_url: `https://someone:${password}@127.0.0.1:9/none.git` });
      const answer = await ask(url(one), '/analyze-async', { method: 'POST', body });
      const { job_id: id } = (await answer.json()) as { job_id: string };
      const commandLines = new Set<string>();
      let hasEnded = false;
      const watching = (async () => {
        while (!hasEnded) for (const line of await allCommandLines()) commandLines.add(line);
      })();
      const sent = await follow(url(two), id).finally(() => (hasEnded = true));
      await watching;
      assert.deepEqual(
        endsOf(sent).map(({ status }) => status),
        ['failed'],
      );
      assert.ok([...commandLines].some((line) => line.includes('cli.js worker')));
      const tables = ['jobs', 'tokens', 'webhooks', 'deliveries', 'audit', 'idempotency_keys'];
      const rows = await Promise.all(
        tables.map((table) => database.query(`SELECT row_to_json(${table})::text AS row FROM ${table}`)),
      );
      const commands = await servers.redisLog();
      assert.ok(commands.includes(id));
      const logs = [one, two, ...workers].map((node) => node?.output() ?? '').join('');
      assert.notEqual(logs, '');
      const ofJob = await Promise.all(
        [`/jobs/${id}`, `/jobs/${id}/log`, '/audit', '/metrics'].map(async (path) =>
          (await ask(url(one), path)).text(),
        ),
      );
      const all = {
        rows: JSON.stringify(rows),
        commands,
        logs,
        ofJob: JSON.stringify([ofJob, sent]),
        processes: [...commandLines].join('\n'),
      };
      for (const secret of [password, adminToken, 'a-secret-of-the-webhook', 'a-secret-of-the-blob-store', 'cas_'])
        for (const [place, text] of Object.entries(all)) assert.ok(!text.includes(secret), `${secret} in ${place}`);
    });

    it('drains a worker: jobs end within its grace period, or are handed back', async () => {
      const ends = async (child: ClusterProcess['child']) => {
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        assert.deepEqual(await gone, [0, null]);
      };
      for (const { child } of workers) if (child.signalCode === null) await ends(child);
      const hurried = await startProcess('worker', '--cluster', await configured('hurried.json', { graceSec: 0 }));
      const id = await submitted(url(one), zipOf(500));
      let drained: Promise<string> | undefined;
      const all = await follow(url(two), id, (job) => {
        if (isAnalyzing(job))
          drained ??= (async () => {
            await ends(hurried.child);
            // However busy this machine is, the job ends within its grace period.
            const patient = await startProcess(
              'worker',
              '--cluster',
              await configured('patient.json', { graceSec: 600 }),
            );
            await until(async () => (await rowOf(id)).owner === patient.id);
            await ends(patient.child);
            return patient.id;
          })();
      });
      const owner = await drained;
      assert.deepEqual(
        endsOf(all).map(({ status }) => status),
        ['completed'],
      );
      assert.deepEqual(await rowOf(id), { owner, attempt: 2 });
    });

    it('shuts down cleanly', async () => {
      for (const { child } of [one, two].flatMap((node) => node ?? [])) {
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        assert.deepEqual(await gone, [0, null]);
      }
    });
  });
});
