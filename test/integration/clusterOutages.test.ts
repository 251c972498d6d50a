import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { strToU8, zipSync } from 'fflate';
import { errorCode } from '../../src/base/errors';
import type { Job } from '../../src/protocol';
import { Database } from '../../src/service/cluster/database';
import { ClusterEvents } from '../../src/service/cluster/events';
import { Redis } from '../../src/service/cluster/libraries';
import { openCluster, type Cluster } from '../../src/service/cluster/openCluster';
import type { ClusterConfig } from '../../src/service/cluster/config';
import { eventFrame, jobFrame, type Frame } from '../../src/service/job/frames';
import { reduce } from '../../src/service/job/jobMachine';
import { leaseOf } from '../../src/service/job/lease';
import { startRunner, startWorker, type CoreOptions, type Runner, type Worker } from '../../src/service/runner';
import { root } from '../support/repo.mjs';
import { patience } from '../support/patience.mjs';
import { badLines, gated } from './support/analyzers';
import { closeServers, newCluster, openServers, servers } from './support/inCluster';
import { draft } from './support/portTests';
import { form, frames, MemoryLog, until } from './support/service';
import { startProxy, type TcpProxy } from './support/tcpProxy';

const rejectsWith = (code: string) => (error: unknown) => errorCode(error) === code;
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
const zip = () => new Blob([zipSync({ 'a.js': strToU8('BAD') })]);

describe('the servers of the tests', function () {
  this.timeout(patience(60_000));

  it('end with the process that has started them, even if it is killed', async () => {
    const module = pathToFileURL(join(root, 'test', 'support', 'clusterServers.mjs')).href;
    const script = `const servers = await (await import('${module}')).startServers();
      console.log(JSON.stringify(await servers.pids()));`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const pids = JSON.parse(line) as number[];
    assert.equal(pids.length, 3);
    assert.ok(pids.every(isAlive));
    child.kill('SIGKILL');
    await until(() => !pids.some(isAlive));
  });
});

describe('a cluster whose PostgreSQL or Redis breaks', function () {
  this.timeout(patience(60_000));
  let postgres: TcpProxy;
  let redis: TcpProxy;
  let config: ClusterConfig;
  /** By way of the proxies. */
  let shaky: ClusterConfig;
  let database: Database;
  let log: MemoryLog;
  /** Closed after each test, the newest first. */
  const closers: (() => Promise<void>)[] = [];
  const gates = () => gated('slow');

  before(async () => {
    await openServers();
    [postgres, redis] = await Promise.all([startProxy(servers.postgres), startProxy(servers.redis)]);
  });
  after(async () => {
    postgres.close();
    redis.close();
    await closeServers();
  });
  beforeEach(async () => {
    config = await newCluster();
    shaky = { ...config, postgres: postgres.through(config.postgres), redis: redis.through(config.redis) };
    log = new MemoryLog();
    database = new Database(config.postgres, config.namespace, log, 1);
    closers.push(() => database.close());
  });
  afterEach(async () => {
    postgres.back();
    redis.back();
    for (const close of closers.splice(0).reverse()) await close();
  });

  const opened = async (of: ClusterConfig, works = false): Promise<Cluster> => {
    const cluster = await openCluster({
      ...{ config: of, works, log },
      analyzers: { defaults: [], rulesets: {}, allow_list: [] },
    });
    closers.push(() => cluster.close());
    return cluster;
  };
  const common = (of: ClusterConfig, works: boolean, analyzers: CoreOptions['analyzers']): CoreOptions => ({
    open: ({ config: defaults }) => openCluster({ config: of, analyzers: defaults, works, open: true, log }),
    ...{ roots: [], analyzers, log },
  });
  const startNode = async (
    of: ClusterConfig,
    analyzers: CoreOptions['analyzers'],
    more: Partial<CoreOptions> = {},
  ): Promise<Runner> => {
    const node = await startRunner({
      ...common(of, false, analyzers),
      ...more,
      storage: '',
      version: '1',
      concurrency: 0,
    });
    closers.push(() => node.close());
    return node;
  };
  const startWorking = async (
    of: ClusterConfig,
    analyzers: CoreOptions['analyzers'],
  ): Promise<Pick<Worker, 'close'>> => {
    const worker = await startWorker({ ...common(of, true, analyzers), version: '1', concurrency: 1 });
    let closed: Promise<void> | undefined;
    const close = () => (closed ??= worker.close());
    closers.push(close);
    return { close };
  };
  const submit = (node: Runner, analyzer: string, headers: Record<string, string> = {}) =>
    fetch(`${node.url}/analyze-async`, { method: 'POST', body: form({ file: zip(), analyzers: analyzer }), headers });
  const submitted = async (node: Runner, analyzer: string): Promise<string> => {
    const answer = await submit(node, analyzer);
    assert.equal(answer.status, 202, await answer.clone().text());
    return ((await answer.json()) as { job_id: string }).job_id;
  };
  /** The status of each Job that its stream tells, up to its end. */
  const statusesOf = async (node: Runner, id: string): Promise<string[]> => {
    const all: string[] = [];
    for await (const { event, data } of frames(await fetch(`${node.url}/events/${id}`)))
      if (event === 'message') all.push((data as Job).status);
    return all;
  };

  it('keeps the upload of a job when nobody knows whether it was recorded', async () => {
    const node = await startNode(shaky, [badLines()]);
    postgres.loseAnswerTo('INSERT INTO jobs', 'COMMIT');
    const headers = { 'Idempotency-Key': 'again' };
    const first = await submit(node, 'bad', headers);
    assert.equal(first.status, 503);
    assert.ok(Number(first.headers.get('retry-after')) > 0);
    const again = await submit(node, 'bad', headers);
    assert.equal(again.status, 202);
    const { job_id: id } = (await again.json()) as { job_id: string };
    await startWorking(config, [badLines()]);
    assert.equal((await statusesOf(node, id)).at(-1), 'completed');
  });

  it('leaves a job to others, and tells no end, when a worker ends while PostgreSQL is away', async () => {
    const [first, second] = [gates(), gates()];
    second.open();
    const node = await startNode(config, [first.analyzer]);
    const worker = await startWorking(shaky, [first.analyzer]);
    const id = await submitted(node, 'slow');
    const statuses = statusesOf(node, id);
    await until(() => first.runs.length === 1);
    postgres.away();
    first.open();
    // It has nothing left to do but to store the end.
    await until(() => log.lines.some((line) => line.includes(`The end of job ${id} cannot be stored yet`)));
    await worker.close();
    await startWorking(config, [second.analyzer]);
    const all = await statuses;
    assert.deepEqual([...new Set(all)].slice(-2), ['running', 'completed']);
    assert.equal(all.filter((status) => status === 'completed').length, 1);
  });

  it('lets a worker end while Redis is away, whose job has just ended', async () => {
    const gate = gates();
    const node = await startNode(config, [gate.analyzer]);
    const worker = await startWorking(shaky, [gate.analyzer]);
    const id = await submitted(node, 'slow');
    await until(() => gate.runs.length === 1);
    redis.away();
    gate.open();
    await until(async () => (await database.query('SELECT FROM jobs WHERE id = $1 AND ended', [id])).length > 0);
    await worker.close();
  });

  it('reads jobs from their rows while Redis is away, and answers 503 to who wants to follow one', async () => {
    const node = await startNode(shaky, [badLines()]);
    const cluster = await opened(shaky);
    const id = await submitted(node, 'bad');
    const stored = await cluster.record.jobs.load(id);
    assert.ok(stored);
    redis.away();
    // What a node could not publish waits for Redis.
    cluster.events.publish(leaseOf(stored), { ...jobFrame(2, stored.job, false), data: stored.job, isUpdate: false });
    const [current] = await Promise.all([
      cluster.events.current(id),
      assert.rejects(cluster.events.lastId(id), rejectsWith('UNAVAILABLE')),
      assert.rejects(cluster.events.claim(leaseOf(stored)), rejectsWith('UNAVAILABLE')),
      assert.rejects(
        cluster.events.follow(id, undefined, () => undefined),
        rejectsWith('UNAVAILABLE'),
      ),
    ]);
    assert.equal(current, undefined);
    const [job, jobs, events] = await Promise.all(
      [`/jobs/${id}`, '/jobs', `/events/${id}`].map((path) => fetch(node.url + path)),
    );
    assert.equal(((await job?.json()) as Job).status, 'queued');
    assert.deepEqual(
      ((await jobs?.json()) as { jobs: Job[] }).jobs.map(({ job_id }) => job_id),
      [id],
    );
    assert.equal(events?.status, 503);
    assert.ok(Number(events.headers.get('retry-after')) > 0);
    assert.match(events.headers.get('content-type') ?? '', /json/);
  });

  it('tells of the end of a job only after what it had told before', async () => {
    const cluster = await opened(config);
    const stored = await cluster.record.jobs.create(draft());
    const { job_id: id } = stored.job;
    const at = new Date().toISOString();
    const job = reduce(reduce({ job: stored.job, weights: {} }, { type: 'start', at }), {
      type: 'finish',
      status: 'completed',
      at,
    }).job;
    let looks = 0;
    const events = new ClusterEvents({
      ...{ redis: config.redis, namespace: config.namespace, log },
      load: () => Promise.resolve(stored),
      endedOf() {
        looks += 1;
        return Promise.resolve([{ ...stored, job, lastFrame: 3 }]);
      },
      onLag: () => undefined,
    });
    closers.push(() => events.dispose());
    const got: Frame[] = [];
    await events.follow(id, undefined, (frame) => got.push(frame));
    await until(() => looks === 1);
    // Of a worker that could not reach Redis for a moment.
    const line = { ts: at, level: 'info' as const, analyzer: null, message: 'late' };
    cluster.events.publish(leaseOf(stored), { ...eventFrame(2, 'log', line), data: line });
    await until(() => got.some(({ last }) => last));
    assert.deepEqual(
      got.slice(1).map(({ id: frame, kind, last }) => [frame, kind, last]),
      [
        [2, 'log', false],
        [3, 'job', true],
      ],
    );
  });

  it('runs first what was begun before', async () => {
    const gate = gates();
    const node = await startNode(config, [gate.analyzer]);
    const begun = await submitted(node, 'slow');
    const worker = await startWorking(config, [gate.analyzer]);
    await until(() => gate.runs.length === 1);
    const others = [await submitted(node, 'slow'), await submitted(node, 'slow')];
    await worker.close();
    gate.open();
    await startWorking(config, [gate.analyzer]);
    for (const id of [begun, ...others]) await statusesOf(node, id);
    const rows = await database.query<{ id: string }>(`SELECT id FROM jobs ORDER BY job->>'finished_at'`);
    assert.deepEqual(
      rows.map(({ id }) => id),
      [begun, ...others],
    );
  });

  it('keeps a job that a worker has lost and got again', async () => {
    const hasty = { ...config, lostAfterSec: 2 };
    const gate = gates();
    const node = await startNode(hasty, [gate.analyzer]);
    const worker = await startWorker({ ...common(hasty, true, [gate.analyzer]), version: '1', concurrency: 2 });
    closers.push(() => worker.close());
    const client = new Redis(config.redis);
    closers.push(async () => void (await client.quit()));
    const id = await submitted(node, 'slow');
    const lock = `{${config.namespace}}:jobs:${id}:lock`;
    await until(() => gate.runs.length === 1);
    await client.del(lock);
    await until(() => gate.runs.length === 2);
    // The second run keeps the lock that it has: its time grows again.
    const holder = await client.get(lock);
    let left = Infinity;
    await until(async () => {
      const [now, holds] = [await client.pttl(lock), await client.get(lock)];
      assert.equal(holds, holder);
      const isRenewed = now > left;
      left = now;
      return isRenewed;
    });
    gate.open();
    assert.equal((await statusesOf(node, id)).at(-1), 'completed');
    assert.equal(gate.runs.length, 2);
  });

  it('lets the jobs of several submitters take turns', async () => {
    const cluster = await opened(config, true);
    const names = new Map<string, string>();
    const add = async (name: string, submitter: string) => {
      const base = draft();
      const { job } = await cluster.record.jobs.create({ ...base, job: { ...base.job, submitted_by: submitter } });
      names.set(job.job_id, name);
      await cluster.queue.add(job.job_id, submitter);
    };
    for (const name of ['a1', 'a2', 'a3']) await add(name, 'a');
    for (const name of ['b1', 'b2']) await add(name, 'b');
    const runs: string[] = [];
    cluster.queue.work(1, (id) => {
      runs.push(names.get(id) ?? '');
      return Promise.resolve();
    });
    await until(() => runs.length === 5);
    assert.deepEqual(runs, ['a1', 'b1', 'a2', 'b2', 'a3']);
  });

  it('runs a job again, for lack of a server, only so often', async () => {
    const { jobs } = (await opened(config)).record;
    const { job_id: id } = (await jobs.create(draft())).job;
    let times = 0;
    for (; ; times += 1) {
      const taken = await jobs.take(id);
      assert.ok(taken);
      if (!(await jobs.release(taken, true))) break;
    }
    assert.equal(times, 12);
    // It still has it, and ends it.
    const row = await database.query('SELECT FROM jobs WHERE id = $1 AND NOT ended AND owner <> $2', [id, '']);
    assert.equal(row.length, 1);
  });

  it('gives up a job that no worker ends before it ends itself', async () => {
    const { jobs } = (await opened(config)).record;
    const { job_id: id } = (await jobs.create(draft())).job;
    let times = 0;
    for (let taken; (taken = await jobs.take(id)); times += 1) assert.ok(await jobs.release(taken));
    assert.equal(times, 50);
    const ended = (await jobs.load(id))?.job;
    assert.deepEqual(
      [ended?.status, ended?.error],
      ['failed', 'The job was started 50 times, and each time its worker ended before the job did.'],
    );
  });

  describe('and its webhooks', () => {
    let receiver: Server;
    /** What was posted and is not answered yet. */
    let posted: { readonly delivery: string; readonly answer: ServerResponse }[];
    let node: Runner;
    beforeEach(async () => {
      posted = [];
      receiver = createServer((request, response) => {
        request.resume();
        posted.push({ delivery: String(request.headers['x-codeagent-delivery']), answer: response });
      }).listen(0, '127.0.0.1');
      await once(receiver, 'listening');
      closers.push(async () => {
        receiver.closeAllConnections();
        receiver.close();
        await Promise.resolve();
      });
      node = await startNode(shaky, [badLines()], { webhooks: true, allowPrivateWebhooks: true });
      const { port } = receiver.address() as AddressInfo;
      const hook = { url: `http://127.0.0.1:${port}/`, secret: 's'.repeat(16), events: ['report.created'] };
      const answer = await fetch(`${node.url}/webhooks/register`, { method: 'POST', body: JSON.stringify(hook) });
      assert.equal(answer.status, 201);
      await startWorking(config, [badLines()]);
      await submitted(node, 'bad');
      await until(() => posted.length === 1);
    });
    const left = async () => (await database.query('SELECT FROM deliveries')).length;

    it('lets a delivery end before the node does', async () => {
      const closed = node.close();
      await until(async () => (await fetch(`${node.url}/health`).catch(() => undefined)) === undefined);
      posted[0]?.answer.end();
      await closed;
      assert.equal(await left(), 0);
    });

    it('remembers what was delivered until PostgreSQL is back', async () => {
      postgres.away();
      posted[0]?.answer.end();
      await until(() => log.lines.some((line) => /^(?:debug|warn) Webhook/.test(line)));
      postgres.back();
      await until(async () => (await left()) === 0);
      assert.equal(posted.length, 1);
    });
  });

  describe('says of PostgreSQL that it cannot be used', () => {
    const asked = async (url: string) => {
      const one = new Database(url, config.namespace, log, 1);
      try {
        return await one.query('SELECT 1 AS one');
      } finally {
        await one.close();
      }
    };

    it('when its name cannot be resolved', async () => {
      await assert.rejects(asked('postgres://codeagent@postgres.invalid/postgres'), rejectsWith('UNAVAILABLE'));
    });

    it('when what it says is no TLS', async () => {
      const server = createTcpServer((socket) => {
        socket.on('error', () => socket.destroy());
        // "Yes" to TLS, then something else.
        socket.once('data', () => socket.write('S', () => socket.once('data', () => socket.write('x'.repeat(100)))));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await assert.rejects(
        asked(`postgres://codeagent@127.0.0.1:${port}/postgres?sslmode=require`),
        rejectsWith('UNAVAILABLE'),
      );
      server.close();
    });

    it('and not when a statement is wrong', async () => {
      await assert.rejects(database.query('SELECT nothing FROM jobs'), rejectsWith('42703'));
    });
  });
});
