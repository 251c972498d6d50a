import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../../src/base/logger';
import { fetchTrusting } from '../../src/client/caFetch';
import { watchJob } from '../../src/client/jobWatcher';
import { ScanClient } from '../../src/client/scanClient';
import { FakeService } from '../support/fakeService';
import { until } from './support/service';

const quiet: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('a service behind a certificate of its own', () => {
  let scratch: string;
  let certificate: string;
  let service: FakeService;
  let gateway: Server;
  let url: string;

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'codeagent-ca-'));
    const [key, cert] = [join(scratch, 'key.pem'), join(scratch, 'cert.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', key, '-out', cert, '-days', '2'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject], { stdio: 'pipe' });
    certificate = await readFile(cert, 'utf8');
    service = await FakeService.start('none');
    gateway = createServer({ key: await readFile(key), cert: certificate }, (incoming, outgoing) => {
      const { method, headers } = incoming;
      const onward = request(`${service.url}${incoming.url ?? ''}`, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      outgoing.on('close', () => onward.destroy());
      incoming.pipe(onward);
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    url = `https://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  });

  after(async () => {
    gateway.close();
    gateway.closeAllConnections();
    await service.close();
    await rm(scratch, { recursive: true, force: true });
  });

  const token = () => Promise.resolve('right');

  it('is not trusted, and the error says what to do', async () => {
    const client = new ScanClient({ url, token, log: quiet });
    await assert.rejects(client.health(), {
      code: 'UNREACHABLE',
      message: /its certificate is self-signed; give its CA file in the setting codeagent\.server\.caFile/,
    });
  });

  it('takes an upload, is followed and gives the report once its certificate is trusted', async () => {
    const client = new ScanClient({ url, token, log: quiet, fetch: fetchTrusting([certificate]) });
    const file = join(scratch, 'source.zip');
    await writeFile(file, Buffer.alloc(300_000));
    const sent: number[] = [];
    const { job_id } = await client.submit(
      { source: { kind: 'zip', file } },
      { onUpload: (bytes) => void sent.push(bytes) },
    );
    assert.equal(sent.at(-1), 300_000);
    const states: string[] = [];
    const watch = watchJob(client, job_id, {
      job: () => undefined,
      log: () => undefined,
      findings: () => undefined,
      connection: (state) => void states.push(state),
      lost: (reason) => assert.fail(reason),
    });
    const outcome = await watch.done;
    assert.equal(outcome !== 'lost' && outcome.status, 'completed');
    assert.ok(states.includes('streaming'), states.join());
    assert.equal((await client.report(job_id)).files.length, 1);
    await until(() => service.openStreams === 0);
  });
});
