// Measures the scan service against a small server that is polled every 2 s, as scan dashboards usually are.
//   node bench/service.mjs                  a few minutes
//   node bench/service.mjs --ten-minutes    and one job that runs for more than ten minutes, for real
// The service runs in this process; its subscribers in another.
import { fork, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);
/** Milliseconds on a clock that all processes of this machine share. */
const now = () => performance.timeOrigin + performance.now();
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;

function show(name, values, unit = 'ms') {
  const sorted = [...values].sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((q) => quantile(sorted, q).toFixed(1));
  console.log(`${name.padEnd(58)} p50 ${p50} ${unit}, p99 ${p99} ${unit}, n ${sorted.length}`);
}

if (process.argv[2] === '--subscribers') subscribe(JSON.parse(process.argv[3]));
else await main();

/** Opens many streams, or polls, and reports to the parent how late each change arrived. */
function subscribe({ url, id, count, pollMs }) {
  const late = [];
  let open = 0;
  let ended = 0;
  let bytes = 0;
  let jobFrames = 0;
  let jobBytes = 0;
  const done = () => {
    ended += 1;
    if (ended === count) process.send({ late, bytes, jobFrames, jobBytes }, () => process.exit());
  };
  const take = (text) => {
    for (const match of text.matchAll(/"tick (\d+\.\d+)/g)) late.push(now() - Number(match[1]));
  };
  const { hostname, port } = new URL(url);
  for (let index = 0; index < count; index += 1) {
    if (pollMs) {
      let seen = '';
      const poll = async () => {
        const text = await (await fetch(`${url}/jobs/${id}`)).text();
        bytes += text.length;
        if (text !== seen) take(text);
        seen = text;
        if (text.includes('"completed"')) done();
        else setTimeout(poll, pollMs);
      };
      // Spread over the interval, like clients that connected at different times.
      setTimeout(poll, (index / count) * pollMs);
      open += 1;
      if (open === count) setTimeout(() => process.send('open'), pollMs);
      continue;
    }
    const socket = connect(Number(port), hostname);
    let rest = '';
    let first = true;
    socket.write(`GET /events/${id} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\n\r\n`);
    socket.setEncoding('utf8').on('data', (text) => {
      bytes += text.length;
      if (first && (first = false) === false && (open += 1) === count) process.send('open');
      const frames = (rest + text).split('\n\n');
      rest = frames.pop();
      for (const frame of frames) {
        take(frame);
        if (frame.includes('"status":"running","progress":{"phase":"analyze')) {
          jobFrames += 1;
          jobBytes += frame.length + 2;
        }
      }
    });
    socket.on('close', done);
  }
}

/** Starts subscribers. Resolves when all are connected. */
async function subscribers(options) {
  const child = fork(self, ['--subscribers', JSON.stringify(options)]);
  const result = new Promise((resolve) => child.on('message', (m) => m !== 'open' && resolve(m)));
  await new Promise((resolve) => child.on('message', (m) => m === 'open' && resolve()));
  return { result };
}

async function main() {
  console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model.trim()}`);
  const folder = await mkdtemp(join(tmpdir(), 'codeagent-bench-'));
  const { build } = await import('esbuild');
  await build({
    entryPoints: [join(self, '../../src/service/runner.ts')],
    outfile: join(folder, 'runner.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'warning',
  });
  const { startRunner } = createRequire(import.meta.url)(join(folder, 'runner.cjs'));
  const root = join(folder, 'root');
  await mkdir(root);
  for (let n = 0; n < 100; n += 1) await writeFile(join(root, `f${n}.js`), 'let a = 1;\n'.repeat(20));

  let script = async () => undefined;
  const children = [];
  const analyzer = (id, analyze) => ({
    id,
    title: id,
    kind: 'embedded',
    scope: 'file',
    handles: () => true,
    availability: async () => ({ available: true, version: '1' }),
    analyze,
  });
  const runner = await startRunner({
    storage: join(folder, 'storage'),
    roots: [root],
    version: 'bench',
    log: { debug() {}, info() {}, warn: console.warn, error: console.error },
    limits: { maxQueued: 1000 },
    retention: { maxJobs: 5000, maxAgeDays: 1 },
    analyzers: [
      analyzer('scripted', (run) => script(run)),
      analyzer('nothing', async (run) => run.progress(run.files.length)),
      analyzer('child', async (run) => {
        const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
        children.push(child);
        const closed = new Promise((resolve) => child.on('close', resolve));
        run.signal.addEventListener('abort', () => process.kill(-child.pid, 'SIGKILL'), { once: true });
        await closed;
        run.signal.throwIfAborted();
      }),
    ],
  });
  const submit = async (analyzers) => {
    const body = new FormData();
    body.set('path', root);
    body.set('analyzers', analyzers);
    return (await (await fetch(`${runner.url}/analyze-async`, { method: 'POST', body })).json()).job_id;
  };
  const ended = async (id) => (await fetch(`${runner.url}/events/${id}`)).text();
  const parts = { runner, submit, ended, children, setScript: (next) => (script = next) };
  try {
    for (const count of [1, 100, 1000]) await latency(parts, count);
    await polled(100);
    await cancelTimes(parts);
    await throughput(parts);
    if (process.argv.includes('--ten-minutes')) await tenMinutes(parts);
  } finally {
    await runner.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** From a change in the runner to the frame at the subscribers, and what a subscriber costs. */
async function latency({ runner, submit, setScript }, count) {
  let go;
  const started = new Promise((resolve) => (go = resolve));
  setScript(async (run) => {
    await started;
    for (let n = 1; n <= 100; n += 1) {
      run.log('info', `tick ${now().toFixed(3)}`);
      run.progress(n);
      await wait(count > 500 ? 150 : 50);
    }
  });
  const id = await submit('scripted,nothing');
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const { result } = await subscribers({ url: runner.url, id, count });
  const each = (process.memoryUsage().rss - before) / count / 1024;
  go();
  const { late, jobFrames, jobBytes } = await result;
  show(`change to frame, ${count} subscribers`, late);
  if (count > 1)
    console.log(
      `  memory ${each.toFixed(1)} KB a subscriber, ${Math.round(jobBytes / jobFrames)} bytes a percent update`,
    );
}

/** The old way: the same ticks, seen by clients that poll every 2 s. */
async function polled(count) {
  const job = { status: 'running', phases: [], message: '' };
  const server = createServer((_, response) => response.end(JSON.stringify(job)));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const { result } = await subscribers({ url, id: 'x', count, pollMs: 2000 });
  for (let n = 0; n < 5; n += 1) {
    job.message = `tick ${now().toFixed(3)}`;
    await wait(2300);
  }
  job.status = 'completed';
  show(`change to answer, ${count} clients that poll every 2 s`, (await result).late);
  server.closeAllConnections();
  server.close();
}

/** From the cancel request to the terminal frame, and to the death of the last process. */
async function cancelTimes({ runner, submit, ended, children }) {
  const told = [];
  const dead = [];
  for (let n = 0; n < 30; n += 1) {
    const from = children.length;
    const id = await submit('child');
    while (children.length === from) await wait(2);
    const gone = new Promise((resolve) => children[from].on('close', resolve));
    const stream = ended(id);
    const began = now();
    await fetch(`${runner.url}/jobs/${id}`, { method: 'DELETE' });
    await gone;
    dead.push(now() - began);
    await stream;
    told.push(now() - began);
  }
  show('cancel to dead process', dead);
  show('cancel to terminal frame', told);
}

async function throughput({ submit, ended }) {
  const count = 200;
  const began = now();
  const ids = [];
  for (let n = 0; n < count; n += 1) ids.push(await submit('nothing'));
  await Promise.all(ids.map(ended));
  console.log(
    `jobs of 100 files through the queue, two side by side:      ${(count / ((now() - began) / 1000)).toFixed(1)} a second`,
  );
}

async function tenMinutes({ submit, ended, setScript }) {
  setScript(async (run) => {
    for (let n = 1; n <= 63; n += 1) {
      await wait(10_000);
      run.progress(n);
    }
  });
  const began = now();
  const text = await ended(await submit('scripted'));
  const frames = text.split('\n\n').length;
  const good = text.includes('"status":"completed"');
  console.log(
    `a stream of ${((now() - began) / 60_000).toFixed(1)} minutes: ${frames} frames, ${good ? 'up to the end' : 'CUT OFF'}`,
  );
}
