// Cancels and kills scans at random moments, and counts what they leave: `node test/support/killCheck.mjs [cancels] [kills]`, after a build. Linux only.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from 'esbuild';

const [cancels, kills] = [Number(process.argv[2] ?? 60), Number(process.argv[3] ?? 30)];
const cli = resolve('dist/cli.js');
const folder = await mkdtemp(join(tmpdir(), 'kill-check-'));
const [tree, small, temp] = [join(folder, 'tree'), join(folder, 'small'), join(folder, 'tmp')];
for (const each of [small, temp]) await mkdir(each);
for (const copy of ['a', 'b', 'c']) await cp('test/corpus', join(tree, copy), { recursive: true });
await writeFile(join(small, 'a.py'), 'import os\nos.system(x)\n');
const token = 'token';
const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: temp, CODEAGENT_TOKEN: token };
const run = (...args) => spawn(process.execPath, [cli, ...args], { env, stdio: ['ignore', 'pipe', 'ignore'] });

await build({
  ...{ entryPoints: ['src/client/runnerProcess.ts'], outfile: join(folder, 'runner.cjs'), bundle: true },
  ...{ platform: 'node', format: 'cjs', logLevel: 'error' },
});
// Not before: esbuild keeps a process, which is not to be counted.
process.env.TMPDIR = temp;
const { RunnerProcess } = createRequire(import.meta.url)(join(folder, 'runner.cjs'));
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const runnerOf = () => new RunnerProcess({ cli, storage: join(folder, 'window'), roots: () => [tree], log: quiet });

const packing = run('pack', tree, '--output', join(folder, 'tree.zip'), '--always');
packing.stdout.resume();
await once(packing, 'exit');
const zip = await import('node:fs/promises').then(({ readFile }) => readFile(join(folder, 'tree.zip')));

async function serve() {
  const child = run('serve', '--storage', join(folder, 'service'), '--root', tree);
  const [line] = await once(child.stdout, 'data');
  const { url } = JSON.parse(line.toString());
  const call = async (path, init) =>
    (await fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}` } })).json();
  const submit = async (kind) => {
    const body = new FormData();
    if (kind === 'path') body.set('path', tree);
    else body.set('file', new Blob([zip], { type: 'application/zip' }), 'tree.zip');
    return (await call('/analyze-async', { method: 'POST', body })).job_id;
  };
  return { child, call, submit };
}
const terminal = (job) => ['completed', 'failed', 'canceled'].includes(job.status);
const kindOf = (n) => (n % 2 === 0 ? 'path' : 'zip');
const soon = () => wait(randomInt(20, 2_500));
async function end(child, signal) {
  const gone = once(child, 'exit');
  if (child.exitCode === null && child.signalCode === null && child.kill(signal)) await gone;
}
const source = (n) => (n % 2 === 0 ? { kind: 'path', path: tree } : { kind: 'zip', file: join(folder, 'tree.zip') });

const done = { scan: 0, serve: 0, runner: 0 };
async function scan(signal) {
  const child = run('scan', tree);
  child.stdout.resume();
  await soon();
  await end(child, signal);
  done.scan += 1;
}
for (let n = 0; n < cancels / 3; n += 1) await scan('SIGINT');
for (let n = 0; n < kills / 3; n += 1) await scan('SIGKILL');
const service = await serve();
for (let n = 0; n < cancels / 3; n += 1) {
  const id = await service.submit(kindOf(n));
  await soon();
  await service.call(`/jobs/${id}`, { method: 'DELETE' });
  while (!terminal(await service.call(`/jobs/${id}`))) await wait(10);
  done.serve += 1;
}
await end(service.child, 'SIGTERM');
for (let n = 0; n < kills / 3; n += 1) {
  const { child, submit } = await serve();
  await submit(kindOf(n));
  await submit(kindOf(n + 1));
  await soon();
  await end(child, 'SIGKILL');
  done.serve += 1;
}
const window = runnerOf();
for (let n = 0; n < cancels / 3; n += 1) {
  const client = await window.client();
  const { job_id } = await client.submit({ source: source(n) });
  await soon();
  await client.cancel(job_id).catch(() => undefined);
  while (!terminal(await client.job(job_id))) await wait(10);
  done.runner += 1;
}
for (let n = 0; n < kills / 3; n += 1) {
  const client = await window.client();
  await client.submit({ source: source(n) });
  await soon();
  const noticed = new Promise((resolve) => window.onExit(resolve));
  process.kill(await window.pid(), 'SIGKILL');
  await noticed;
  done.runner += 1;
}

function processes() {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      const ours =
        line.includes(resolve('dist')) || readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TMPDIR=${temp}`);
      return ours && line !== '';
    } catch {
      return false;
    }
  });
}
let left = processes();
const began = performance.now();
while (left.length > 0 && performance.now() - began < 3_000) {
  await wait(20);
  left = processes();
}
const after = Math.round(performance.now() - began);
const before = readdirSync(temp).length;
const last = run('scan', small);
last.stdout.resume();
await once(last, 'exit');
const folders = readdirSync(temp);
const again = await serve();
const jobs = (await again.call('/jobs?limit=500')).jobs;
const client = await window.client();
jobs.push(...(await client.jobs({ limit: 500 })));
const open = jobs.filter((job) => !terminal(job));
await end(again.child, 'SIGTERM');
await window.close();
const work = ['service', 'window'].flatMap((name) => readdirSync(join(folder, name, 'work')));
console.log(
  JSON.stringify({
    done,
    cancels,
    kills,
    processes: left.length,
    commands: left.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')),
    after,
    foldersBefore: before,
    folders,
    jobs: jobs.length,
    open: open.length,
    work,
    atEnd: [processes().length, readdirSync(temp).length],
  }),
);
await rm(folder, { recursive: true, force: true });
process.exitCode = left.length + folders.length + open.length + work.length === 0 ? 0 : 1;
