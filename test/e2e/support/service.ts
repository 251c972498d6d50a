import { execFileSync, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startServers } from '../../support/clusterServers.mjs';
import { root } from '../../support/repo.mjs';

const cli = join(root, 'dist/cli.js');

/** The scan service, as a team runs it. */
export interface ScanServer {
  readonly url: string;
  /** Its output so far. */
  output(): string;
  /** Freezes the service, like a machine that is asleep. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** Starts the service with this token and the settings for analyzers in the file `tools`; it keeps its jobs in `storage`. */
export async function startScanServer(storage: string, token: string, tools: string): Promise<ScanServer> {
  const process = await startProcess(['serve', '--storage', storage, '--tools', tools, '--allow-file-urls'], token);
  return { ...process, url: process.url ?? '' };
}

/** Starts a cluster of one node and two workers with this token and these settings for analyzers, and the servers that it needs. */
export async function startScanCluster(token: string, tools: string): Promise<ScanServer> {
  const servers = await startServers();
  const environment = {
    CODEAGENT_REDIS: servers.redis,
    CODEAGENT_POSTGRES: servers.postgres,
    CODEAGENT_S3_ENDPOINT: servers.s3,
    CODEAGENT_S3_BUCKET: 'codeagent',
    CODEAGENT_S3_ACCESS_KEY_ID: 'test-key',
    CODEAGENT_S3_SECRET_ACCESS_KEY: 'a-secret-of-the-blob-store',
  };
  const all: Awaited<ReturnType<typeof startProcess>>[] = [];
  const stop = async () => {
    await Promise.all(all.map((one) => one.stop()));
    await servers.end();
  };
  try {
    execFileSync(process.execPath, [cli, 'migrate', '--cluster', '-'], { env: { ...process.env, ...environment } });
    for (const command of ['serve', 'worker', 'worker'])
      all.push(
        await startProcess([command, '--cluster', '-', '--tools', tools, '--allow-file-urls'], token, environment),
      );
  } catch (error) {
    await stop();
    throw error;
  }
  const each = (act: (one: (typeof all)[number]) => void) => () => {
    for (const one of all) act(one);
  };
  return {
    url: all[0]?.url ?? '',
    output: () => all.map((one) => one.output()).join(''),
    pause: each((one) => one.pause()),
    resume: each((one) => one.resume()),
    stop,
  };
}

/** Starts one process of a service. Its `url` is that of a node. */
async function startProcess(args: readonly string[], token: string, environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [cli, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment, CODEAGENT_TOKEN: token, CODEAGENT_DEBUG: '1' },
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const url = await new Promise<string | undefined>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args[0] ?? ''} ended with ${String(code)}: ${output}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += line;
      resolve((JSON.parse(line) as { url?: string }).url);
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

/** A service with an untrusted certificate. @param scratch gets its key and certificate */
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
