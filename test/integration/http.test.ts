import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fetchLoopback } from '../../src/base/http';
import { send, ServiceError, type Transport } from '../../src/client/http';
import { ScanClient } from '../../src/client/scanClient';

describe('a call to a service', () => {
  let server: Server;
  let transport: Transport;
  const open = new Set<string>();
  const key = 'ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5';
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

  before(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? '';
      if (path === '/busy') {
        response.writeHead(429, { 'retry-after': new Date(Date.now() + 30_000).toUTCString() }).end();
        return;
      }
      if (path === '/health') {
        response.writeHead(400).end(JSON.stringify({ detail: `no access with ${key}` }));
        return;
      }
      if (path.startsWith('/jobs/')) {
        response.end(`cloned with ${key}\n`);
        return;
      }
      open.add(path);
      request.socket.on('close', () => open.delete(path));
      if (path === '/half') response.writeHead(200, { 'content-type': 'application/json' }).write('{');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    transport = {
      url: `http://127.0.0.1:${port}`,
      fetch: fetchLoopback,
      isOwn: false,
      headers: () => Promise.resolve({}),
    };
  });
  after(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });

  it('ends in time despite garbage collection, and so does its connection', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const collecting = setInterval(collect, 20);
    try {
      for (const path of ['/silent', '/half']) {
        await assert.rejects(send(transport, path, { timeoutMs: 500 }), (error) => {
          assert.ok(error instanceof ServiceError);
          assert.match(error.message, /it timed out/);
          return true;
        });
      }
      while (open.size > 0) await new Promise(setImmediate);
    } finally {
      clearInterval(collecting);
    }
  });

  it('ends at once when its caller cancels it', async () => {
    const caller = new AbortController();
    const call = send(transport, '/silent', { signal: caller.signal });
    while (!open.has('/silent')) await new Promise(setImmediate);
    caller.abort(new Error('not wanted any more'));
    await assert.rejects(call, /not wanted any more/);
  });

  it('shows no secret from the service in an error or a log', async () => {
    const client = new ScanClient({ url: transport.url, fetch: fetchLoopback, log });
    await assert.rejects(client.health(), /no access with \*{8}$/);
    assert.equal(await client.jobLog('a'), 'cloned with ********\n');
  });

  it('does not show a configured header that cannot be sent', async () => {
    for (const [headers, says] of [
      [{ 'x-key': 'secret-1\nx' }, /The value of x-key .* line break/],
      [{ 'x key': 'secret-1' }, /invalid header name: “x key”/],
    ] as const) {
      await assert.rejects(new ScanClient({ url: transport.url, headers, log }).health(), (error: Error) => {
        assert.match(error.message, says);
        assert.doesNotMatch(`${error.message} ${error.stack ?? ''}`, /secret-1/);
        return true;
      });
    }
  });

  it('reads a Retry-After that is a date', async () => {
    await assert.rejects(send(transport, '/busy'), (error) => {
      assert.ok(error instanceof ServiceError);
      const { retryAfterSec = 0 } = error;
      assert.ok(retryAfterSec > 25 && retryAfterSec <= 31, String(retryAfterSec));
      return true;
    });
  });
});
