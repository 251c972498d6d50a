import assert from 'node:assert/strict';
import { createServer, request as httpRequest, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { strToU8, zipSync } from 'fflate';
import { openCluster, type Cluster } from '../../src/service/cluster/openCluster';
import type { ClusterConfig } from '../../src/service/cluster/config';
import { startRunner, startWorker, type CoreOptions, type Runner, type Worker } from '../../src/service/runner';
import { patience } from '../support/patience.mjs';
import { badLines, gated } from './support/analyzers';
import { closeServers, newCluster, openServers, servers } from './support/inCluster';
import { form, frames, MemoryLog, until } from './support/service';
import type { Job } from '../../src/protocol';

/** Responses of a store that cannot be used. */
const troubles: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'breaks connections': (response) => void response.destroy(),
  'says nothing': () => undefined,
  'is busy': (response) => xml(response, 503, 'SlowDown'),
  'has an internal error': (response) => xml(response, 500, 'InternalError'),
  'refuses our key': (response) => xml(response, 403, 'AccessDenied'),
  'knows no such key': (response) => xml(response, 401, 'InvalidAccessKeyId'),
  'has no such bucket': (response) => xml(response, 404, 'NoSuchBucket'),
  'is elsewhere': (response) => xml(response, 301, 'PermanentRedirect'),
  'does not know S3': (response) => void response.writeHead(404, { 'Content-Type': 'text/html' }).end('<h1>Oops</h1>'),
  'does not know the method': (response) => xml(response, 405, 'MethodNotAllowed'),
  'wants something else': (response) => xml(response, 400, 'AuthorizationHeaderMalformed'),
};

function xml(response: ServerResponse, status: number, code: string): void {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Not now.</Message></Error>`;
  response.writeHead(status, { 'Content-Type': 'application/xml' }).end(body);
}

describe('a cluster and its blob store', function () {
  this.timeout(patience(90_000));
  /** Between the cluster and its store. */
  let proxy: Server;
  let trouble: ((response: ServerResponse) => void) | undefined;
  /** The requests (method and path) that fail. */
  let troubled = /^/;
  /** The requests to the failing store. */
  const asked: string[] = [];
  let config: ClusterConfig;
  let node: Runner;
  let worker: Worker | undefined;
  const open: Cluster[] = [];
  const gate = gated('slow');
  const analyzers = [badLines(), gate.analyzer];
  const logs = new MemoryLog();
  const common = { roots: [], analyzers, log: logs, version: '1' };
  const opening =
    (works: boolean): CoreOptions['open'] =>
    async (defaults) => {
      const made = await openCluster({ config, analyzers: defaults.config, works, open: true, log: logs });
      open.push(made);
      return made;
    };

  before(async () => {
    await openServers();
    const target = new URL(servers.s3);
    proxy = createServer((incoming, response) => {
      const request = `${incoming.method ?? ''} ${incoming.url ?? ''}`;
      if (trouble && troubled.test(request)) {
        asked.push(request);
        incoming.resume();
        trouble(response);
        return;
      }
      const { method, url: path, headers } = incoming;
      const onward = httpRequest({ hostname: target.hostname, port: target.port, method, path, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.once('error', () => response.destroy());
      incoming.pipe(onward);
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as AddressInfo;
    const made = await newCluster();
    config = { ...made, blobs: { ...made.blobs, endpoint: `http://127.0.0.1:${port}` } };
    node = await startRunner({ ...common, open: opening(false), storage: '', concurrency: 0 });
  });
  beforeEach(() => {
    trouble = undefined;
    troubled = /^/;
    asked.length = 0;
  });
  afterEach(async () => {
    trouble = undefined;
    await worker?.close();
    worker = undefined;
  });
  after(async () => {
    await node.close();
    proxy.closeAllConnections();
    proxy.close();
    await closeServers();
  });

  const startWorking = async () => {
    worker = await startWorker({ ...common, open: opening(true), concurrency: 1 });
  };
  const zip = () => new Blob([zipSync({ 'a.js': strToU8('BAD') })]);
  const ask = (path: string, method = 'GET', body?: FormData) =>
    fetch(node.url + path, { method, ...(body && { body }) });
  const submit = (analyzer: string) => ask('/analyze-async', 'POST', form({ file: zip(), analyzers: analyzer }));
  const submitted = async (analyzer: string) => {
    const answer = await submit(analyzer);
    assert.equal(answer.status, 202, await answer.clone().text());
    return ((await answer.json()) as { job_id: string }).job_id;
  };
  const lastOf = async (id: string, look: (job: Job) => void = () => undefined) => {
    let last: Job | undefined;
    for await (const { event, data } of frames(await ask(`/events/${id}`)))
      if (event === 'message') look((last = data as Job));
    return last;
  };
  const refuses = async (paths: readonly (readonly [method: string, path: string])[]) => {
    const answers = [
      ...paths.map(async ([method, path]) => [path, await ask(path, method)] as const),
      submit('bad').then((answer) => ['/analyze-async', answer] as const),
    ];
    for (const [path, answer] of await Promise.all(answers)) {
      const text = await answer.text();
      assert.equal(answer.status, 503, `${path}: ${answer.status} ${text}`);
      assert.ok(Number(answer.headers.get('retry-after')) > 0, path);
      assert.match(text, /"code":"UNAVAILABLE","message":"The blob store cannot be used now \(.+\)/, path);
    }
    const ready = await ask('/ready');
    assert.equal(ready.status, 503);
    assert.deepEqual(((await ready.json()) as { unreachable: string[] }).unreachable, ['the blob store']);
  };
  const routesOf = (id: string, project: string) =>
    [
      ['GET', `/reports/${id}`],
      ['GET', `/reports/${id}?format=sarif`],
      ['GET', `/reports/${id}/summary`],
      ['GET', `/reports/${id}/comparison`],
      ['GET', `/reports/${id}/export?format=csv`],
      ['GET', `/jobs/${id}/log`],
      ['GET', `/projects/${project}/findings`],
      ['POST', `/jobs/${id}/rerun`],
    ] as const;

  for (const [name, answer] of Object.entries(troubles))
    it(`answers 503 wherever it needs one that ${name}`, async () => {
      await startWorking();
      const named = await fetch(`${node.url}/projects`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{"name":"Payments","kind":"zip"}',
      });
      const { id: project } = (await named.json()) as { id: string };
      const sent = await ask('/analyze-async', 'POST', form({ file: zip(), analyzers: 'bad', project_id: project }));
      const { job_id: id } = (await sent.json()) as { job_id: string };
      assert.equal((await lastOf(id))?.status, 'completed');
      trouble = answer;
      await refuses(routesOf(id, project));
      assert.ok(!logs.lines.some((line) => line.startsWith('error ')), logs.lines.join('\n'));
      trouble = undefined;
      assert.equal((await ask(`/reports/${id}`)).status, 200);
      assert.equal((await lastOf(await submitted('bad')))?.status, 'completed');
    });

  it('answers 503 once its bucket is gone, and continues when there is one again', async () => {
    await startWorking();
    const id = await submitted('bad');
    assert.equal((await lastOf(id))?.status, 'completed');
    // It packs the log of the job that has ended, in the bucket.
    await worker?.close();
    worker = undefined;
    const { bucket } = config.blobs;
    const store = new S3Client({
      ...{ endpoint: servers.s3, region: 'us-east-1', forcePathStyle: true },
      credentials: { accessKeyId: 'test-key', secretAccessKey: 'unused' },
    });
    const { Contents = [] } = await store.send(new ListObjectsV2Command({ Bucket: bucket }));
    await store.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: Contents.map(({ Key }) => ({ Key })) } }),
    );
    await store.send(new DeleteBucketCommand({ Bucket: bucket }));
    await refuses([
      ['GET', `/reports/${id}`],
      ['GET', `/jobs/${id}/log`],
      ['POST', `/jobs/${id}/rerun`],
    ]);
    assert.match(await (await ask(`/reports/${id}`)).text(), new RegExp(`has no bucket \\\\"${bucket}\\\\"`));
    await store.send(new CreateBucketCommand({ Bucket: bucket }));
    store.destroy();
    // Its contents are gone.
    assert.equal((await ask(`/reports/${id}`)).status, 404);
    assert.equal((await ask(`/jobs/${id}/rerun`, 'POST')).status, 409);
    await startWorking();
    assert.equal((await lastOf(await submitted('bad')))?.status, 'completed');
  });

  it('fails a job whose report is larger than the store takes', async () => {
    troubled = /^PUT .*report\.json/;
    trouble = (response) => xml(response, 400, 'EntityTooLarge');
    await startWorking();
    const last = await lastOf(await submitted('bad'));
    assert.equal(last?.status, 'failed');
    assert.match(last.error ?? '', /^The report could not be stored: It is larger than the blob store accepts/);
  });

  it('hands back the job of a worker that ends while the store says nothing', async () => {
    await startWorking();
    const id = await submitted('slow');
    await until(() => gate.runs.some(({ signal }) => !signal.aborted));
    trouble = troubles['says nothing'];
    await worker?.close();
    worker = undefined;
    trouble = undefined;
    const runs = gate.runs.length;
    await startWorking();
    await until(() => gate.runs.length > runs);
    assert.equal((await ask(`/jobs/${id}`, 'DELETE')).status, 202);
    assert.equal((await lastOf(id))?.status, 'canceled');
  });

  describe('shows that a job was canceled while the store is down', () => {
    const cancel = async (id: string) => assert.equal((await ask(`/jobs/${id}`, 'DELETE')).status, 202);

    it('and the upload is on its way', async () => {
      const id = await submitted('bad');
      trouble = troubles['is busy'];
      await startWorking();
      await until(() => asked.some((one) => one.startsWith('GET ') && one.includes('source.zip')));
      const last = lastOf(id);
      await cancel(id);
      assert.equal((await last)?.status, 'canceled');
    });

    it('and an analyzer runs', async () => {
      await startWorking();
      const id = await submitted('slow');
      await until(() => gate.runs.some(({ signal }) => !signal.aborted));
      trouble = troubles['says nothing'];
      const last = lastOf(id);
      await cancel(id);
      assert.equal((await last)?.status, 'canceled');
    });

    it('and the report is on its way', async () => {
      trouble = troubles['breaks connections'];
      troubled = /^PUT .*report\.json/;
      await startWorking();
      const id = await submitted('bad');
      await until(() => asked.length > 0);
      troubled = /^/;
      const last = lastOf(id);
      await cancel(id);
      assert.equal((await last)?.status, 'canceled');
    });

    it('and keeps its log and size for later', async () => {
      await startWorking();
      const id = await submitted('slow');
      await until(() => gate.runs.some(({ signal }) => !signal.aborted));
      trouble = troubles['is busy'];
      const last = lastOf(id);
      await cancel(id);
      assert.equal((await last)?.status, 'canceled');
      trouble = undefined;
      await until(async () => (await (await ask(`/jobs/${id}/log`)).text()).includes('Canceling.'));
    });
  });
});
