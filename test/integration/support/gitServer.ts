import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A git server on loopback, over https with its own certificate. */
export interface GitServer {
  /** `https://127.0.0.1:PORT` */
  readonly origin: string;
  /** The file with its certificate. */
  readonly certificate: string;
  /** `Authorization` of each request so far. */
  readonly logins: (string | undefined)[];
  /** Requests for /stall/..., which are never answered. */
  readonly stalled: () => number;
  close(): Promise<void>;
}

/**
 * Serves the repositories below a folder: /NAME with git http-backend; /moved/NAME redirects to /NAME, /elsewhere/NAME to another host; /stall never
 * answers.
 */
export async function startGitServer(root: string): Promise<GitServer> {
  const scratch = await mkdtemp(join(tmpdir(), 'codeagent-git-server-'));
  const [key, certificate] = [join(scratch, 'key.pem'), join(scratch, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject], { stdio: 'pipe' });
  const logins: (string | undefined)[] = [];
  let stalled = 0;
  const tls = { key: await readFile(key), cert: await readFile(certificate) };
  const server = createServer(tls, (request, response) => {
    const url = request.url ?? '';
    logins.push(request.headers.authorization);
    if (url.startsWith('/stall/')) stalled += 1;
    else if (url.startsWith('/moved/')) response.writeHead(301, { Location: url.slice('/moved'.length) }).end();
    else if (url.startsWith('/elsewhere/'))
      response.writeHead(302, { Location: `https://localhost:1${url.slice('/elsewhere'.length)}` }).end();
    else backend(root, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate,
    logins,
    stalled: () => stalled,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

function backend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '', 'https://127.0.0.1');
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.on('close', () => {
    const all = Buffer.concat(parts);
    const end = all.indexOf('\r\n\r\n');
    const head = all.subarray(0, end).toString().split('\r\n');
    let status = 200;
    for (const line of head) {
      const [name = '', value = ''] = line.split(/: (.*)/s);
      if (name === 'Status') status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status).end(all.subarray(end + 4));
  });
}
