import { execFileSync, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../support/repo.mjs';

/** `codeagent serve`, as a team runs it. */
export interface ScanServer {
  readonly url: string;
  /** All it printed. */
  output(): string;
  /** Freezes the service, as a machine that is asleep. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** Starts the service with this token; it keeps its jobs in `storage`. */
export async function startScanServer(storage: string, token: string): Promise<ScanServer> {
  const args = [join(root, 'dist/cli.js'), 'serve', '--storage', storage, '--allow-file-urls'];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CODEAGENT_TOKEN: token, CODEAGENT_DEBUG: '1' },
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`serve ended with ${String(code)}: ${output}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += line;
      resolve((JSON.parse(line) as { url: string }).url);
    });
  });
  return {
    url,
    output: () => output,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** A service behind a certificate that nobody trusts. @param scratch gets its key and certificate */
export async function startSelfSigned(scratch: string): Promise<{ url: string; stop(): void }> {
  const key = join(scratch, 'key.pem');
  const cert = join(scratch, 'cert.pem');
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    '-days',
    '2',
    ...subject,
  ];
  execFileSync('openssl', args, { stdio: 'pipe' });
  const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (request, response) => {
    const body = request.url === '/tools' ? { available: ['one'], default: [], versions: {} } : { status: 'ok' };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
