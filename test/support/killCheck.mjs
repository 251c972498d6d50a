// Cancels and kills scans at random moments, in every way that one can be started, and counts what they leave behind: `node
// test/support/killCheck.mjs [cancels] [kills] [seed]`, after a build. Linux only.
import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { patience } from './patience.mjs';

const cli = resolve('dist/cli.js');
const terminal = (job) => ['completed', 'failed', 'canceled'].includes(job.status);

await check(Number(process.argv[2] ?? 200), Number(process.argv[3] ?? 100), Number(process.argv[4] ?? Date.now()));

async function check(cancels, kills, seed) {
  const { build } = await import('esbuild');
  const folder = await mkdtemp(join(tmpdir(), 'kill-check-'));
  const [tree, hung, pushed, small, temp] = ['tree', 'hung', 'pushed', 'small', 'tmp'].map((name) =>
    join(folder, name),
  );
  for (const each of [hung, pushed, small, temp]) await mkdir(each);
  for (const copy of ['a', 'b', 'c']) await cp('test/corpus', join(tree, copy), { recursive: true });
  for (const each of [small, hung, pushed]) await writeFile(join(each, 'a.py'), 'import os\nos.system(x)\n');
  const git = (at, ...args) =>
    execFileSync('git', ['-C', at, '-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], { stdio: 'pipe' });
  for (const each of [tree, hung, pushed]) {
    git(each, 'init', '--quiet', '--initial-branch=main');
    git(each, 'add', '--all');
    git(each, 'commit', '--quiet', '-m', 'x');
  }
  git(pushed, 'remote', 'add', 'origin', 'https://git.example.org/app.git');
  git(pushed, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
  for (const copy of ['a', 'b']) await writeFile(join(tree, copy, 'new.py'), 'import os\nos.system(x)\n');
  // Git waits for its other end.
  execFileSync('mkfifo', [join(hung, '.gitignore')]);

  const bundled = { bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' };
  const window = join(folder, 'window.cjs');
  await build({ entryPoints: ['test/support/killWindow.ts'], outfile: window, ...bundled });
  const serverBundle = join(folder, 'server.cjs');
  await build({ entryPoints: ['test/integration/support/gitServer.ts'], outfile: serverBundle, ...bundled });
  const server = await createRequire(import.meta.url)(serverBundle).startGitServer(folder);
  const urls = { git: `${server.origin}/tree`, stalled: `${server.origin}/stall/app.git` };

  const random = mulberry32(seed);
  const below = (end) => Math.floor(random() * end);
  const oneOf = (list) => list[below(list.length)];
  // Half of them early, during startup.
  const soon = () => wait(below(random() < 0.5 ? 600 : 3_000));

  const token = 'token';
  const envOf = (tmp) => ({
    ...{ PATH: process.env.PATH, HOME: folder, TMPDIR: tmp, CODEAGENT_TOKEN: token },
    ...{ GIT_SSL_CAINFO: server.certificate, CODEAGENT_LINGER_MS: '500' },
  });
  const run = (tmp, ...args) =>
    spawn(process.execPath, [cli, ...args], { env: envOf(tmp), stdio: ['ignore', 'pipe', 'ignore'] });
  const zip = join(folder, 'tree.zip');
  const packing = run(temp, 'pack', tree, '--output', zip, '--always');
  packing.stdout.resume();
  await once(packing, 'exit');
  const zipped = await readFile(zip);

  const faults = [];
  /** Fails whatever takes longer than anything should, so that it is counted instead of waited for. */
  const bounded = async (what, promise) => {
    const limit = new AbortController();
    const late = wait(patience(60_000), 'late', { signal: limit.signal }).catch(() => 'in time');
    const first = await Promise.race([promise, late]);
    limit.abort();
    if (first === 'late') faults.push(`${what}: not in time`);
    return first;
  };
  async function end(what, child, signal) {
    const gone = once(child, 'exit');
    if (child.exitCode !== null || child.signalCode !== null || !child.kill(signal)) return;
    if ((await bounded(what, gone)) === 'late') child.kill('SIGKILL');
  }

  /** One service, and one window, that trials use one after another. */
  class Lane {
    constructor(name) {
      this.name = name;
      this.storage = join(folder, `service-${name}`);
      this.windowStorage = join(folder, `window-${name}`);
      this.temp = join(temp, name);
    }

    async service() {
      if (this.running?.child.exitCode === null && this.running.child.signalCode === null) return this.running;
      const child = run(this.temp, 'serve', '--storage', this.storage, '--root', tree);
      const [line] = await once(child.stdout, 'data');
      child.stdout.resume();
      const { url } = JSON.parse(line.toString());
      const headers = { authorization: `Bearer ${token}` };
      const call = async (path, init = {}) =>
        (await fetch(url + path, { ...init, headers: { ...headers, ...init.headers } })).json();
      const body = JSON.stringify({ allow_list: ['127.0.0.1'] });
      await call('/config/analyzers', { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body });
      const submit = async (kind) => {
        const form = new FormData();
        if (kind === 'path') form.set('path', tree);
        else if (kind === 'zip') form.set('file', new Blob([zipped], { type: 'application/zip' }), 'tree.zip');
        else form.set('github_url', urls[kind]);
        const answer = await call('/analyze-async', { method: 'POST', body: form });
        if (answer.job_id === undefined) faults.push(`serve ${kind}: ${JSON.stringify(answer)}`);
        return answer.job_id;
      };
      return (this.running = { child, url, call, submit });
    }

    window() {
      if (this.host?.exitCode === null && this.host.signalCode === null) return this.host;
      return (this.host = fork(window, [cli, this.windowStorage, tree], {
        env: envOf(this.temp),
        execArgv: [],
      }));
    }

    async ask(call, value) {
      const host = this.window();
      const answered = new Promise((done) => {
        const answer = (message) => {
          if ('packed' in message) return;
          host.off('message', answer).off('exit', onExit);
          done(message);
        };
        const onExit = () => answer({ error: 'the window is gone' });
        host.on('message', answer).once('exit', onExit);
      });
      host.send({ call, value });
      const message = await bounded(`window ${call}`, answered);
      if (message.error !== undefined) faults.push(`window ${call}: ${message.error}`);
      return message.answer;
    }
  }

  let trial = 0;
  /** A command that is ended, or killed. */
  const command =
    (...args) =>
    async (lane, kill) => {
      const tmp = kill ? lane.temp : join(temp, `trial-${(trial += 1)}`);
      await mkdir(tmp, { recursive: true });
      const child = run(tmp, ...args.map((arg) => (typeof arg === 'function' ? arg(lane) : arg)));
      child.stdout.resume();
      await soon();
      const what = args.filter((arg) => typeof arg === 'string').join(' ');
      await end(what, child, kill ? 'SIGKILL' : oneOf(['SIGINT', 'SIGTERM', 'SIGHUP']));
      if (kill) return;
      if (![0, 3, 130, null].includes(child.exitCode)) faults.push(`${what}: exit code ${child.exitCode}`);
      const left = readdirSync(tmp);
      if (left.length > 0) faults.push(`${what}: left ${left.join(', ')}`);
    };
  const output = (lane) => join(folder, `packed-${lane.name}.zip`);
  const serve = (kind) => async (lane, kill) => {
    const service = await lane.service();
    const id = await service.submit(kind);
    if (kill) await service.submit(oneOf(['path', 'zip', 'git', 'stalled']));
    await soon();
    if (kill || below(4) === 0) {
      await end(`serve ${kind}`, service.child, kill ? 'SIGKILL' : 'SIGTERM');
      return;
    }
    await service.call(`/jobs/${id}`, { method: 'DELETE' });
    const ended = (async () => {
      while (!terminal(await service.call(`/jobs/${id}`))) await wait(20);
    })();
    await bounded(`serve ${kind}`, ended);
  };
  const sourceOf = (kind) =>
    kind === 'path' ? { kind, path: tree } : kind === 'zip' ? { kind, file: zip } : { kind: 'git', url: urls[kind] };
  const extension = (kind) => async (lane, kill) => {
    const id = await lane.ask('submit', { source: sourceOf(kind) });
    await soon();
    if (!kill) {
      if (below(4) > 0) return void (await lane.ask('cancel', id));
      // The window is closed, or reloaded: the next one connects to the runner, or starts one.
      await lane.ask('release');
      return end(`window ${kind}`, lane.host, 'SIGTERM');
    }
    if (below(2) === 0) return end(`window ${kind}`, lane.host, 'SIGKILL');
    await lane.ask('killRunner');
  };
  const extensionPack = (packed) => async (lane, kill) => {
    const host = lane.window();
    const over = new Promise((done) => host.on('message', (message) => 'packed' in message && done(undefined)));
    await lane.ask('pack', { folder: packed, output: output(lane) });
    await soon();
    if (kill) return end('window pack', host, 'SIGKILL');
    await lane.ask('stopPacking');
    await bounded('window pack', over);
    await lane.ask('close');
    return end('window pack', host, 'SIGTERM');
  };

  const ways = {
    'scan path': command('scan', tree),
    'scan zip': async (lane, kill) => {
      const { url } = await lane.service();
      await command('scan', tree, '--server', () => url)(lane, kill);
    },
    'scan git': command('scan', '--git', urls.git),
    'scan stalled': command('scan', '--git', urls.stalled),
    'scan --changed path': command('scan', tree, '--changed'),
    'scan --changed stalled': command('scan', hung, '--changed'),
    'pack path': command('pack', tree, '--output', output),
    'pack git': command('pack', pushed, '--output', output),
    'pack stalled': command('pack', hung, '--output', output),
    ...Object.fromEntries(['path', 'zip', 'git', 'stalled'].map((kind) => [`serve ${kind}`, serve(kind)])),
    ...Object.fromEntries(['path', 'zip', 'git', 'stalled'].map((kind) => [`extension ${kind}`, extension(kind)])),
    'extension pack': extensionPack(tree),
    'extension pack stalled': extensionPack(hung),
  };
  const done = Object.fromEntries(Object.keys(ways).map((way) => [way, [0, 0]]));
  const lanes = ['one', 'two'].map((name) => new Lane(name));
  for (const lane of lanes) await mkdir(lane.temp);
  async function rounds(count, kill) {
    const names = Object.keys(ways);
    const queue = Array.from({ length: count }, (_, at) => names[at % names.length]);
    for (let at = queue.length - 1; at > 0; at -= 1) {
      const other = below(at + 1);
      [queue[at], queue[other]] = [queue[other], queue[at]];
    }
    const work = async (lane) => {
      for (let way = queue.pop(); way !== undefined; way = queue.pop()) {
        try {
          await ways[way](lane, kill);
        } catch (error) {
          faults.push(`${way}: ${String(error)}`);
        }
        done[way][Number(kill)] += 1;
      }
    };
    await Promise.all(lanes.map(work));
  }
  /** Processes of this check, except for services and windows that are still needed. */
  function processes() {
    return readdirSync('/proc').filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return line !== '' && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TMPDIR=${temp}`);
      } catch {
        return false; // It has just ended.
      }
    });
  }
  const commandOf = (pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  };
  async function leftProcesses() {
    const began = performance.now();
    // A runner whose window was killed waits a moment for the next one.
    while (processes().length > 0 && performance.now() - began < patience(15_000)) await wait(50);
    return processes().map(commandOf);
  }
  async function stopAll() {
    for (const lane of lanes) {
      if (lane.running) await end('serve', lane.running.child, 'SIGTERM');
      if (lane.host?.exitCode === null && lane.host.signalCode === null) {
        await lane.ask('close');
        await end('window', lane.host, 'SIGTERM');
      }
    }
  }

  await rounds(cancels, false);
  await stopAll();
  const afterCancels = await leftProcesses();
  const foldersAfterCancels = lanes.flatMap((lane) => readdirSync(lane.temp));
  await rounds(kills, true);
  // The services and windows are no longer needed; those that the last trial did not kill are ended.
  await stopAll();
  const afterKills = await leftProcesses();

  const jobs = [];
  for (const lane of lanes) {
    // Any later command removes the folders of killed ones.
    const last = run(lane.temp, 'scan', small);
    last.stdout.resume();
    await once(last, 'exit');
    jobs.push(...(await (await lane.service()).call('/jobs?limit=500')).jobs, ...(await lane.ask('jobs')));
  }
  await stopAll();
  const open = jobs.filter((job) => !terminal(job));
  const folders = lanes.flatMap((lane) => readdirSync(lane.temp));
  const work = lanes.flatMap((lane) =>
    [lane.storage, lane.windowStorage].flatMap((storage) => readdirSync(join(storage, 'work'))),
  );
  const left = [...afterCancels, ...afterKills, ...(await leftProcesses())];
  await server.close();
  const leftFolders = [...foldersAfterCancels, ...folders, ...work];
  console.log(JSON.stringify({ done, faults, processes: left, folders: leftFolders, open }, null, 1));
  console.log(
    `seed ${seed}: ${cancels} cancels, ${kills} kills in ${Object.keys(ways).length} ways; ${jobs.length} jobs; left: ` +
      `${left.length} processes, ${leftFolders.length} temp folders, ${open.length} non-terminal jobs; ${faults.length} faults`,
  );
  await rm(folder, { recursive: true, force: true });
  process.exit(left.length + leftFolders.length + open.length + faults.length === 0 ? 0 : 1);
}

/** Seeded numbers from 0 up to, but excluding, 1. */
function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
