import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { strToU8, zipSync } from 'fflate';
import { isTerminal, type Job } from '../../../src/protocol';
import { cli } from './command';
import { clusterEnvironment } from './inCluster';
import { form, frames, type TestFrame } from './service';

export const adminToken = 'the-first-token-of-the-cluster';

/** A process of a cluster: `codeagent serve` or `codeagent worker`. */
export interface ClusterProcess {
  readonly child: ChildProcess;
  /** Of a node. */
  readonly url: string;
  /** Of a worker. */
  readonly id: string;
  /** Its output on stderr. */
  output(): string;
}

const children = new Set<ChildProcess>();

/** @param args a command and its options; without `--cluster` among them, the environment says where the cluster is */
export async function startProcess(...args: string[]): Promise<ClusterProcess> {
  const cluster = args.includes('--cluster') ? [] : ['--cluster', '-'];
  const child = spawn(process.execPath, [cli, ...args, ...cluster], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...clusterEnvironment(), CODEAGENT_TOKEN: adminToken },
  });
  children.add(child);
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const line = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args[0] ?? ''} ended with ${String(code)}: ${output}`)));
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  const { url = '', id = '' } = JSON.parse(line) as { url?: string; id?: string };
  return { child, url, id, output: () => output };
}

/** Runs a command to its end. @returns its stdout */
export async function runCommand(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [cli, ...args, '--cluster', '-'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...clusterEnvironment() },
  });
  let [output, told] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}: ${told}`);
  return output;
}

export async function endProcesses(): Promise<void> {
  await Promise.all(
    [...children].map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }),
  );
}

/** A zip with this many vulnerable files. */
export function zipOf(count: number): Blob {
  const text = 'const { exec } = require("child_process");\nmodule.exports = (req) => exec("ls " + req.query.dir);\n';
  const files: Record<string, Uint8Array> = {};
  for (let index = 0; index < count; index += 1) files[`a${index}.js`] = strToU8(`${text}// ${index}\n`);
  return new Blob([zipSync(files)]);
}

export function ask(url: string, path: string, init: RequestInit = {}, token = adminToken): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('Authorization', `Bearer ${token}`);
  return fetch(url + path, { ...init, headers });
}

export function submit(url: string, file: Blob, token = adminToken, headers: Record<string, string> = {}) {
  return ask(url, '/analyze-async', { method: 'POST', body: form({ file }), headers }, token);
}

export async function submitted(url: string, file: Blob, token = adminToken): Promise<string> {
  const answer = await submit(url, file, token);
  if (answer.status !== 202) throw new Error(await answer.text());
  return ((await answer.json()) as { job_id: string }).job_id;
}

/** Follows a job to its end. @param look is called with each Job */
export async function follow(
  url: string,
  id: string,
  look: (job: Job) => void = () => undefined,
): Promise<TestFrame[]> {
  const all: TestFrame[] = [];
  for await (const frame of frames(await ask(url, `/events/${id}`))) {
    all.push(frame);
    if (frame.event === 'message') look(frame.data as Job);
  }
  return all;
}

export function endsOf(all: readonly TestFrame[]): Job[] {
  return all.flatMap(({ event, data }) =>
    event === 'message' && isTerminal((data as Job).status) ? [data as Job] : [],
  );
}
