import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createProxy, request, type Server as Proxy } from 'node:http';
import { createServer, type Server } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { dropCertificates } from '../../src/base/certificates';
import { fetchThrough, proxyEnvironment } from '../../src/base/http';
import type { Logger } from '../../src/base/logger';
import type { Network } from '../../src/base/network';
import { watchJob } from '../../src/client/jobWatcher';
import { ScanClient } from '../../src/client/scanClient';
import { OsvService } from '../../src/engines/dependencies/service';
import { FakeService } from '../support/fakeService';
import { until } from './support/service';

const quiet: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const cli = resolve(__dirname, '../../../dist/cli.js');

describe('a service with a private certificate', () => {
  let scratch: string;
  let caFile: string;
  let service: FakeService;
  let gateway: Server;
  let url: string;

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'codeagent-ca-'));
    const [key, cert] = [join(scratch, 'key.pem'), join(scratch, 'cert.pem')];
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', key, '-out', cert, '-days', '2'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject], { stdio: 'pipe' });
    caFile = cert;
    service = await FakeService.start('none');
    gateway = createServer({ key: await readFile(key), cert: await readFile(cert) }, (incoming, outgoing) => {
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
      message: /its certificate is self-signed; name its CA file in the setting codeagent\.server\.caFile/,
    });
  });

  it('takes an upload, can be followed, and returns the report once its certificate is trusted', async () => {
    const client = new ScanClient({ url, token, log: quiet, fetch: fetchThrough({ caFile }) });
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

  it('names a CA file that cannot be used', async () => {
    const other = join(scratch, 'no.pem');
    const client = () => new ScanClient({ url, token, log: quiet, fetch: fetchThrough({ caFile: other }) });
    await assert.rejects(client().health(), { message: /the CA file .*no\.pem cannot be read: ENOENT/ });
    await writeFile(other, 'hello');
    await assert.rejects(client().health(), { message: /the CA file .*no\.pem contains no PEM certificate/ });
  });

  describe('and a proxy that requires a password', () => {
    let proxy: Proxy;
    let address: string;
    /** The requests that it received, with method and target. */
    let asked: string[] = [];
    /** Its response to requests with the password; undefined: it acts as a proxy. */
    let refusal: number | undefined;

    before(async () => {
      const wanted = `Basic ${Buffer.from('user name:p@ss:word').toString('base64')}`;
      const statusFor = (header: string | undefined) => (header === wanted ? refusal : 407);
      proxy = createProxy((incoming, outgoing) => {
        asked.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
        const status = statusFor(incoming.headers['proxy-authorization']);
        if (status !== undefined) {
          outgoing.writeHead(status).end();
          return;
        }
        const { method, headers } = incoming;
        incoming.pipe(
          request(incoming.url ?? '', { method, headers }, (answer) => {
            outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
            answer.pipe(outgoing);
          }),
        );
      });
      proxy.on('connect', (incoming, socket) => {
        asked.push(`CONNECT ${incoming.url ?? ''}`);
        const status = statusFor(incoming.headers['proxy-authorization']);
        if (status !== undefined) {
          socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
          return;
        }
        // It resolves names that nothing else can.
        const onward = connect(Number(new URL(url).port), '127.0.0.1', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          socket.pipe(onward).pipe(socket);
        });
        for (const one of [socket, onward]) one.on('error', () => undefined);
        socket.on('close', () => onward.destroy());
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    });
    after(() => {
      proxy.close();
      proxy.closeAllConnections();
    });
    beforeEach(() => {
      asked = [];
      refusal = undefined;
    });

    const password = 'user%20name:p%40ss%3Aword';
    const through = (network: Network, at = url) =>
      new ScanClient({ url: at, token, log: quiet, fetch: fetchThrough({ caFile, ...network }) });

    it('is reached through it, including an upload and a stream', async () => {
      const client = through({ httpsProxy: `http://${password}@${address}` });
      const file = join(scratch, 'source.zip');
      await writeFile(file, Buffer.alloc(300_000));
      const { job_id } = await client.submit({ source: { kind: 'zip', file } });
      const states: string[] = [];
      const watch = watchJob(client, job_id, {
        ...{ job: () => undefined, log: () => undefined, findings: () => undefined },
        connection: (state) => void states.push(state),
        lost: (reason) => assert.fail(reason),
      });
      const outcome = await watch.done;
      assert.equal(outcome !== 'lost' && outcome.status, 'completed');
      assert.ok(states.includes('streaming'), states.join());
      assert.ok(asked.length > 0 && asked.every((one) => one === `CONNECT ${new URL(url).host}`), asked.join());
    });

    it('is reached with a configured header', async () => {
      const proxyAuthorization = `Basic ${Buffer.from('user name:p@ss:word').toString('base64')}`;
      assert.equal((await through({ httpsProxy: address, proxyAuthorization }).health()).status, 'ok');
    });

    it('is reached by the command line with the environment’s settings', async () => {
      const env = {
        ...{ PATH: process.env['PATH'], HOME: scratch, TMPDIR: scratch, CODEAGENT_TOKEN: 'right' },
        ...{ HTTPS_PROXY: `http://${password}@${address}`, NODE_EXTRA_CA_CERTS: caFile },
      };
      const args = [cli, 'scan', '--git', 'https://example.org/a.git', '--server', url];
      const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
      assert.deepEqual([await once(child, 'exit'), asked.length > 0], [[0, null], true], said);
      assert.ok(
        asked.every((one) => one === `CONNECT ${new URL(url).host}`),
        asked.join(),
      );
    });

    it('leads to the vulnerability service, and is passed on to git and to tools', async () => {
      const before = { ...process.env };
      Object.assign(process.env, { https_proxy: `http://${password}@${address}`, CODEAGENT_CA_FILE: caFile });
      try {
        const osv = new OsvService(`${url}/osv`);
        await osv.reach(new AbortController().signal);
        const { problem } = await osv.query(
          [{ ecosystem: 'npm', name: 'a', version: '1.0.0' }],
          new AbortController().signal,
        );
        assert.ok(problem !== undefined, 'what listens there is no vulnerability service');
        assert.deepEqual(asked, [`CONNECT ${new URL(url).host}`]);
        assert.deepEqual(
          ['https_proxy', 'HTTPS_PROXY'].map((name) => proxyEnvironment()[name]),
          Array(2).fill(`http://${password}@${address}`),
        );
        const authorities = await readFile(proxyEnvironment()['GIT_SSL_CAINFO'] ?? '', 'utf8');
        assert.ok(authorities.includes((await readFile(caFile, 'utf8')).trim()));
        assert.ok(authorities.split('BEGIN CERTIFICATE').length > 50, 'the usual authorities are still trusted');
      } finally {
        process.env = before;
        await dropCertificates();
      }
    });

    it('is reached in plain http without a tunnel', async () => {
      assert.equal((await through({ httpProxy: `http://${password}@${address}` }, service.url).health()).status, 'ok');
      assert.deepEqual(asked, [`GET ${service.url}/health`]);
    });

    it('is not used for hosts in NO_PROXY', async () => {
      for (const noProxy of [['127.0.0.1'], ['127.0.0.0/8'], ['*'], [`127.0.0.1:${new URL(url).port}`]])
        await through({ httpsProxy: `http://${address}`, noProxy }).health();
      assert.deepEqual(asked, []);
    });

    it('is named in its errors, without the password', async () => {
      const errorOf = async (network: Network) => {
        const error: unknown = await through(network)
          .health()
          .then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
        assert.ok(error instanceof Error);
        assert.ok(!/secret/.test(error.message), error.message);
        return error.message.replaceAll(address, 'PROXY').replace(url, 'URL');
      };
      const cannot = 'The scan service at URL cannot be reached: ';
      const wrong = { httpsProxy: `http://user:secret@${address}` };
      assert.equal(
        await errorOf(wrong),
        `${cannot}the proxy http://PROXY requires a user name and password, or rejected the ones that are set.`,
      );
      refusal = 403;
      assert.equal(
        // Another network than that of above, whose connection is still open.
        await errorOf({ httpsProxy: `http://${password}@${address}`, noProxy: ['other'] }),
        `${cannot}the proxy http://PROXY refused the connection (status 403).`,
      );
      assert.equal(
        await errorOf({ httpsProxy: 'http://user:secret@127.0.0.1:9' }),
        `${cannot}through the proxy http://127.0.0.1:9: the connection was refused.`,
      );
      assert.match(
        await errorOf({ httpsProxy: 'socks5://user:secret@127.0.0.1:9' }),
        /is set to "socks5:\/\/127\.0\.0\.1:9"/,
      );
      refusal = undefined;
      const untrusted = new ScanClient({
        ...{ url, token, log: quiet },
        fetch: fetchThrough({ httpsProxy: `http://${password}@${address}` }),
      });
      await assert.rejects(untrusted.health(), { message: /through the proxy .*: its certificate is self-signed/ });
      const trusting = { httpsProxy: `http://${password}@${address}`, proxyStrictSsl: false };
      assert.equal(
        (await new ScanClient({ url, token, log: quiet, fetch: fetchThrough(trusting) }).health()).status,
        'ok',
      );
    });
  });
});
