import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { strToU8, zipSync } from 'fflate';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Job } from '../../src/protocol';
import type { ClusterConfig } from '../../src/service/cluster/config';
import { Database } from '../../src/service/cluster/database';
import { openCluster, type Cluster } from '../../src/service/cluster/openCluster';
import { Tokens } from '../../src/service/cluster/tokens';
import { OneToken } from '../../src/service/local/oneToken';
import type { Scope } from '../../src/service/ports/access';
import { startRunner, startWorker, type CoreOptions, type Runner } from '../../src/service/runner';
import { patience } from '../support/patience.mjs';
import { badLines } from './support/analyzers';
import { cli } from './support/command';
import { closeServers, clusterEnvironment, newCluster, openServers, servers } from './support/inCluster';
import { draft } from './support/portTests';
import { form, MemoryLog, until } from './support/service';

const adminToken = 'the-token-of-an-admin';

describe('what a cluster allows, keeps and tells', function () {
  this.timeout(patience(60_000));
  let config: ClusterConfig;
  let database: Database;
  let tokens: Tokens;
  let nodes: [Runner, Runner];
  /** The ports of the first node. */
  let cluster: Cluster;
  const logs = new MemoryLog();
  const common = { roots: [], analyzers: [badLines()], log: logs, version: '1' };
  const opening =
    (works: boolean): CoreOptions['open'] =>
    async (defaults) => {
      const first = new OneToken(adminToken, '$CODEAGENT_TOKEN');
      const opened = await openCluster({ config, analyzers: defaults.config, works, first, log: logs });
      if (!works) cluster = opened;
      return opened;
    };
  before(async () => {
    await openServers();
    config = await newCluster();
    database = new Database(config.postgres, config.namespace, logs, 2);
    tokens = new Tokens(database);
    const limits = { maxQueuedEach: 3, maxSubmissionsEach: 1 };
    const node = { ...common, limits, open: opening(false), storage: '', guarded: true, concurrency: 0 };
    nodes = [await startRunner(node), await startRunner(node)];
  });
  after(async () => {
    for (const node of nodes) await node.close();
    await database.close();
    await closeServers();
  });

  const zip = () => new Blob([zipSync({ 'a.js': strToU8('BAD') })]);
  const ask = (path: string, token = adminToken, init: RequestInit = {}, node = nodes[0]) =>
    fetch(node.url + path, {
      ...init,
      headers: { ...(init.headers as Record<string, string>), Authorization: `Bearer ${token}` },
    });
  const post = (path: string, token: string, init: RequestInit = {}, node = nodes[0]) =>
    ask(path, token, { ...init, method: 'POST' }, node);
  const submit = async (token: string, fields: Record<string, string | Blob>, headers: Record<string, string> = {}) => {
    const answer = await post('/analyze-async', token, { body: form(fields), headers });
    assert.equal(answer.status, 202, await answer.clone().text());
    return ((await answer.json()) as { job_id: string }).job_id;
  };
  const create = (name: string, ...scopes: Scope[]) => tokens.create(name, scopes);

  it('runs a job again for its owner, and for those who may read it', async () => {
    const [owner, other, reader] = [
      await create('owner', 'submit'),
      await create('other', 'submit'),
      await create('reader', 'submit', 'read'),
    ];
    const id = await submit(owner, { file: zip() });
    const statuses = await Promise.all(
      [owner, other, reader, adminToken].map(async (token) => (await post(`/jobs/${id}/rerun`, token)).status),
    );
    assert.deepEqual(statuses, [202, 403, 202, 202]);
  });

  it('clones with the credentials of a job for its owner and an admin alone', async () => {
    const [owner, reader] = [await create('private', 'submit'), await create('curious', 'submit', 'read')];
    const id = await submit(owner, { github_url: 'https://someone:a-password@127.0.0.1:9/none.git' });
    const open = await submit(owner, { github_url: 'https://127.0.0.1:9/none.git' });
    const status = async (job: string, token: string, body?: string) =>
      (
        await post(`/jobs/${job}/rerun`, token, {
          ...(body !== undefined && { body, headers: { 'Content-Type': 'application/json' } }),
        })
      ).status;
    assert.equal(await status(id, reader), 403);
    assert.equal(await status(id, reader, '{"latest":true}'), 403);
    assert.equal(await status(open, reader), 202);
    assert.equal(await status(id, owner), 202);
    assert.equal(await status(id, adminToken), 202);
  });

  it('gives nothing of a revoked token to another one with its name', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const first = await create('bob', 'submit');
    const id = await submit(first, { file: zip() }, headers);
    assert.equal(await submit(first, { file: zip() }, headers), id);
    assert.ok(await tokens.revoke('bob'));
    const second = await create('bob', 'submit');
    assert.equal((await ask(`/jobs/${id}`, second, { method: 'DELETE' })).status, 403);
    assert.equal((await post(`/jobs/${id}/rerun`, second)).status, 403);
    const own = await submit(second, { file: zip() }, headers);
    assert.notEqual(own, id);
    assert.equal(await submit(second, { file: zip() }, headers), own);
    // A node of the version before has recorded the name alone.
    await database.query('UPDATE jobs SET token_id = NULL WHERE id = $1', [own]);
    assert.equal(await submit(second, { file: zip() }, headers), own);
    assert.equal((await ask(`/jobs/${own}`, second, { method: 'DELETE' })).status, 202);
  });

  it('leaves a job to a newer version that asks for what only that one does', async () => {
    const { jobs } = cluster.record;
    for (const change of [
      (request: object) => ({ ...request, depth: 3 }),
      (request: { input: object }) => ({ ...request, input: { ...request.input, mirror: 'x' } }),
      (request: object) => ({ ...request, input: { kind: 'image', name: 'debian:13' } }),
    ]) {
      const made = draft();
      const { job } = await jobs.create(made);
      const write = (request: object) =>
        database.query('UPDATE jobs SET request = $2 WHERE id = $1', [job.job_id, JSON.stringify(request)]);
      await write(change(made.request));
      assert.equal(await jobs.take(job.job_id), undefined);
      const [row] = await database.query('SELECT owner, attempt, ended FROM jobs WHERE id = $1', [job.job_id]);
      assert.deepEqual(row, { owner: '', attempt: 0, ended: false });
      const { jobs: listed } = (await (await ask('/jobs')).json()) as { jobs: Job[] };
      assert.ok(listed.some(({ job_id }) => job_id === job.job_id));
      await write(made.request);
      assert.equal((await jobs.take(job.job_id))?.attempt, 1);
      await jobs.remove(job.job_id);
    }
  });

  it('does not say that a job is gone which only a newer version can read', async () => {
    const { job } = await cluster.record.jobs.create(draft());
    const newer = JSON.stringify({ ...job, source: { ...job.source, kind: 'image' } });
    await database.query('UPDATE jobs SET job = $2 WHERE id = $1', [job.job_id, newer]);
    for (const path of [`/jobs/${job.job_id}`, `/events/${job.job_id}`]) {
      const answer = await ask(path);
      assert.equal(answer.status, 503, path);
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
    }
    assert.equal((await ask('/jobs')).status, 200);
    await cluster.record.jobs.remove(job.job_id);
  });

  it('takes no more jobs of one token than it may have waiting, however many come at once', async () => {
    const token = await create('hurried', 'submit');
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        post('/analyze-async', token, { body: form({ github_url: 'https://127.0.0.1:9/none.git' }) }, nodes[n % 2]),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [...Array<number>(3).fill(202), ...Array<number>(9).fill(429)]);
    assert.ok(answers.every(({ status, headers }) => status === 202 || Number(headers.get('retry-after')) > 0));
  });

  it('reads one submission of a token after the other, and those of others meanwhile', async () => {
    const [slow, other] = [await create('slow', 'submit'), await create('quick', 'submit')];
    const { hostname, port } = new URL(nodes[0].url);
    const held = httpRequest({
      ...{ hostname, port, path: '/analyze-async', method: 'POST' },
      headers: { Authorization: `Bearer ${slow}`, 'Content-Type': 'multipart/form-data; boundary=x' },
    });
    const answer = new Promise<number | undefined>((resolve) =>
      held.once('response', (one) => resolve(one.statusCode)),
    );
    // More than the sockets hold, so that it is written only once the node reads it: from then on it has its turn.
    const large = zipSync({ 'a.txt': randomBytes(16 << 20) }, { level: 0 });
    held.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n');
    await new Promise<void>((resolve, reject) => {
      held.once('error', reject);
      held.write(large.subarray(0, -1), () => resolve());
    });
    let second = false;
    const waits = submit(slow, { file: zip() }).then(() => (second = true));
    await submit(other, { file: zip() });
    assert.equal(second, false);
    held.write(large.subarray(-1));
    held.end('\r\n--x--\r\n');
    assert.equal(await answer, 202);
    await waits;
  });

  it('does for all what one process is enough for, once', async () => {
    let done = 0;
    const work = () => Promise.resolve(void (done += 1));
    for (const name of ['a', 'a', 'b', 'a']) await database.alone(name, 60_000, work);
    assert.equal(done, 2);
    await assert.rejects(database.alone('c', 60_000, () => Promise.reject(new Error('not done'))));
    await database.alone('c', 60_000, work);
    assert.equal(done, 3);
    await database.query(`UPDATE rounds SET done_at = now() - interval '55 seconds'`);
    await database.alone('a', 60_000, work);
    assert.equal(done, 4);
  });

  it('keeps the log of an ended job in one piece, and what comes late beside it', async () => {
    const { blobs } = cluster;
    const lease = { id: randomUUID(), attempt: 1 };
    const store = new S3Client({
      ...{ endpoint: servers.s3, region: 'us-east-1', forcePathStyle: true },
      credentials: { accessKeyId: 'test-key', secretAccessKey: 'unused' },
    });
    const pieces = async () => {
      const Prefix = `${config.namespace}/${lease.id}/`;
      const { KeyCount } = await store.send(new ListObjectsV2Command({ Bucket: config.blobs.bucket, Prefix }));
      return KeyCount;
    };
    await blobs.packLog(lease);
    assert.equal(await blobs.log(lease), '');
    let text = '';
    for (let round = 0; round < 3; round += 1) {
      for (let line = 0; line < 4; line += 1) {
        await blobs.appendLog(lease, `${round}.${line}\n`);
        text += `${round}.${line}\n`;
        assert.equal(await blobs.log(lease), text);
      }
      // Those who read it meanwhile get it whole.
      const [, ...read] = await Promise.all([blobs.packLog(lease), blobs.log(lease), blobs.log(lease)]);
      assert.deepEqual(read, [text, text]);
      assert.equal(await pieces(), 1);
      assert.equal(await blobs.log(lease), text);
    }
    await blobs.remove(lease.id);
    store.destroy();
  });

  it('keeps the order of a log, and all of it, when the clock is set back', async () => {
    const { blobs } = cluster;
    const lease = { id: randomUUID(), attempt: 1 };
    const { now } = Date;
    try {
      await blobs.appendLog(lease, 'a\n');
      await blobs.appendLog(lease, 'b\n');
      Date.now = () => now() - 3_600_000;
      await blobs.appendLog(lease, 'c\n');
      assert.equal(await blobs.log(lease), 'a\nb\nc\n');
      await blobs.packLog(lease);
      Date.now = () => now() - 2 * 3_600_000;
      await blobs.appendLog(lease, 'd\n');
    } finally {
      Date.now = now;
    }
    assert.equal(await blobs.log(lease), 'a\nb\nc\nd\n');
    await blobs.remove(lease.id);
  });

  it('holds no transaction open while one process works for all', async () => {
    const database = new Database(config.postgres, config.namespace, new MemoryLog(), 2);
    try {
      let idle: unknown;
      await database.alone('long', 60_000, async () => {
        idle = await database.query(
          `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction' AND query LIKE '%rounds%'`,
        );
        // Its lock holds all the same.
        assert.equal(await database.alone('long', 0, () => assert.fail('It was not alone.')), false);
      });
      assert.deepEqual(idle, []);
      // And is gone now.
      assert.equal(await database.alone('long', 0, () => Promise.resolve()), true);
    } finally {
      await database.close();
    }
  });

  it('says who submitted and reran what by which request, page by page, for as long as it is kept', async () => {
    const token = await create('audited', 'submit');
    const id = await submit(token, { file: zip() }, { 'X-Request-Id': 'first-request' });
    assert.ok(logs.lines.includes(`info Job ${id} was submitted.`));
    const again = await post(`/jobs/${id}/rerun`, token, { headers: { 'X-Request-Id': 'second-request' } });
    const { job_id } = (await again.json()) as { job_id: string };
    type Entry = { id: number; by: string; action: string; target: string; request_id: string | null };
    const page = async (query: string) =>
      ((await (await ask(`/audit?${query}`)).json()) as { entries: Entry[] }).entries;
    const newest = await page('limit=2');
    assert.deepEqual(
      newest.map(({ by, action, target, request_id }) => ({ by, action, target, request_id })),
      [
        { by: 'audited', action: 'rerun', target: `${id}: ${job_id}`, request_id: 'second-request' },
        { by: 'audited', action: 'submit', target: id, request_id: 'first-request' },
      ],
    );
    const next = await page(`limit=1&before=${newest[1]?.id ?? 0}`);
    assert.deepEqual(
      next.map(({ action, target }) => [action, target]),
      [['create token', 'audited: submit']],
    );
    const { audit } = cluster.record;
    await database.query(`UPDATE audit SET at = now() - interval '2 days' WHERE id <= $1`, [next[0]?.id]);
    await audit?.removeBefore(new Date(Date.now() - 24 * 60 * 60_000));
    assert.equal((await page('limit=100')).length, 2);
  });

  it('tells a client of a rerun that the findings so far count no more', async () => {
    const made = draft();
    const { job } = await cluster.record.jobs.create(made);
    await database.query(`UPDATE jobs SET status = 'running', owner = 'gone', attempt = 1, job = $2 WHERE id = $1`, [
      job.job_id,
      JSON.stringify({ ...job, status: 'running', started_at: job.submitted_at }),
    ]);
    await cluster.queue.add(job.job_id, null);
    const worker = await startWorker({ ...common, open: opening(true), concurrency: 1 });
    const stream = await (await ask(`/events/${job.job_id}`, adminToken, { headers: { 'Last-Event-ID': '0' } })).text();
    await worker.close();
    assert.match(stream, /^event: findings\ndata: \{"issues":\[\],"restart":true\}$/m);
  });

  it('tells in lines of JSON why a process cannot start, too', async () => {
    for (const command of ['serve', 'worker']) {
      const env = { ...process.env, ...clusterEnvironment(), CODEAGENT_POSTGRES: 'postgres://nobody@127.0.0.1:9/none' };
      const child = spawn(process.execPath, [cli, command, '--cluster', '-'], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env,
      });
      const told = await text(child.stderr);
      const lines = told.split('\n').filter(Boolean);
      assert.ok(lines.length > 0);
      for (const line of lines) assert.ok('level' in (JSON.parse(line) as object), line);
      assert.match(told, /"level":"error","message":"PostgreSQL cannot be used now/);
    }
  });

  it('tells how a node does while Redis is away', async () => {
    const metrics = async () => {
      const answer = await ask('/metrics');
      assert.equal(answer.status, 200);
      return answer.text();
    };
    assert.match(await metrics(), /^codeagent_queue_length \d/m);
    await servers.stop('redis');
    await until(async () => (await ask('/ready')).status === 503);
    const without = await metrics();
    assert.match(without, /^codeagent_http_request_duration_seconds_count\b/m);
    assert.match(without, /^codeagent_queue_oldest_seconds \d/m);
    for (const name of ['queue_length', 'workers', 'jobs_ended_total', 'queue_wait_seconds_count'])
      assert.doesNotMatch(without, new RegExp(`^codeagent_${name}\\b`, 'm'));
    await servers.start('redis');
    await until(async () => /^codeagent_queue_length \d/m.test(await metrics()));
  });
});
