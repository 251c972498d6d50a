// Measures a cluster as processes on this machine: Redis, PostgreSQL and moto's S3 server (node test/support/setup.mjs installs them), API nodes and workers of dist/.
//   node bench/cluster.mjs NAME[=SIZE] ...    one after the other, in a small size; --full: in the size that counts
// cancels      DELETE of a running job: when its processes are gone, and when the other node says so
// kills        kill -9 of a worker at a random moment of a scan: when the job runs again, that it ends once
// stops        SIGSTOP of a worker in mid-scan for 60 s, SIZE times: the job runs again and ends once, and what the worker writes later is refused
// outages      jobs go in while Redis, PostgreSQL and the store are gone in turn, each for SIZE seconds (--jobs N: at least so many)
// store-fails  the store fails 1 in 5 requests: SIZE jobs end
// streams      SIZE streams over two nodes: log line and change of state to frame
// throughput   SIZE jobs of a small tree: two workers against one, one processor each
// fairness     one token has SIZE jobs waiting when another submits one
// keys         the same Idempotency-Key at two nodes at once, SIZE times
// restarts     SIZE rolling restarts of nodes and workers under load (--old CLI: from that build to this one and back)
// node-kills   kill -9 of the API node under a stream: the client goes on at the other
// rows         lists with SIZE jobs, by HTTP and on the team's page in a browser
// Exits with 1 when something was lost, came twice or took too long; times are only believed on a machine that does nothing else.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, get as httpGet, request as httpRequest } from 'node:http';
import { createRequire } from 'node:module';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { strToU8, zipSync } from 'fflate';
import { chromium } from 'playwright-core';
import { browserArguments } from '../test/support/browser.mjs';
import { startServers } from '../test/support/clusterServers.mjs';
import { onPath, root } from '../test/support/repo.mjs';
import { findChromium } from '../test/support/setup.mjs';

const cli = join(root, 'dist', 'cli.js');
const token = 'the-token-of-the-bench';
const hookSecret = 'a-webhook-secret-of-the-bench';
const terminal = new Set(['completed', 'failed', 'canceled', 'expired']);
/** Each with its small and its full size. */
const benches = {
  cancels: [8, 50, cancels],
  kills: [4, 50, kills],
  stops: [1, 10, stops],
  outages: [5, 30, outages],
  'store-fails': [10, 200, storeFails],
  streams: [100, 1000, streams],
  throughput: [12, 200, throughput],
  fairness: [20, 200, fairness],
  keys: [20, 100, keys],
  restarts: [4, 16, restarts],
  'node-kills': [3, 20, nodeKills],
  rows: [2000, 10000, rows],
};
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { full: { type: 'boolean' }, jobs: { type: 'string' }, old: { type: 'string' } },
});
const wanted = positionals.map((one) => {
  const [name, size] = one.split('=');
  const [small, full, measure] = benches[name] ?? [];
  return { name, measure, size: size === undefined ? (values.full ? full : small) : Number(size) };
});
if (wanted.length === 0 || wanted.some(({ size }) => !(size > 0))) {
  console.error(`node bench/cluster.mjs NAME[=SIZE] ..., of ${Object.keys(benches).join(', ')}; --full`);
  process.exit(2);
}
/** Violations, one sentence each. */
const problems = [];
const children = new Set();
/** The received webhooks: the delivery ID of each POST, by job. */
const told = new Map();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void end().then(() => process.exit(130)));
console.log(`Node ${process.version}, ${availableParallelism()} processors, load ${loadavg()[0].toFixed(1)}`);
const servers = await startServers();
const receiver = createServer((request, response) => {
  const delivery = request.headers['x-codeagent-delivery'];
  void json(request).then(({ job_id: id }) => told.set(id, [...(told.get(id) ?? []), delivery]));
  response.end();
}).listen(0, '127.0.0.1');
try {
  for (const { name, size, measure } of wanted) {
    console.log(`\n${name} ${size}`);
    await run('migrate');
    await measure(size).catch((error) => problems.push(`${name} broke off: ${error.stack}`));
    await Promise.all([...children].map((child) => ended(child, 'SIGKILL')));
    await wipe();
    console.log(`load ${loadavg()[0].toFixed(1)}`);
  }
} finally {
  await end();
}
for (const problem of problems) console.log(`PROBLEM: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

async function end() {
  receiver.close();
  await Promise.all([...children].map((child) => ended(child, 'SIGKILL')));
  await servers.end();
}

// --- what is measured ---

async function cancels(count) {
  const [one, two, worker] = await Promise.all([start('serve'), start('serve'), start('worker')]);
  const file = zipOf(2000);
  await follow(two.url, await submit(one.url, zipOf(5)));
  const times = { answered: [], stopped: [], gone: [], told: [] };
  let with_ = 0;
  for (let round = 0; round < count; round += 1) {
    const id = await submit(one.url, file);
    let began;
    let gone;
    let answered;
    await follow(one.url, id, {
      job(job) {
        if (terminal.has(job.status)) times.told.push(performance.now() - began);
        if (!isAnalyzing(job)) return;
        gone ??= (async () => {
          // At a random moment of one of its processes.
          let before = [];
          for (let tries = 0; before.length === 0 && tries < 100; tries += 1) {
            await delay(Math.random() * 20);
            before = await processesOf(worker);
          }
          if (before.length > 0) with_ += 1;
          began = performance.now();
          answered = ask(two.url, `/jobs/${id}`, { method: 'DELETE' }).then(({ status }) => {
            if (status !== 202) problems.push(`DELETE was answered with ${status}`);
            times.answered.push(performance.now() - began);
          });
          while ((await processesOf(worker)).some((pid) => before.includes(pid))) await delay(5);
          times.gone.push(performance.now() - began);
        })();
      },
      log({ message }) {
        if (message === 'Canceling.') times.stopped.push(performance.now() - began);
      },
    });
    await Promise.all([gone, answered]);
  }
  atMost('DELETE to the end of all processes of the job', Math.max(...times.gone), 1_000);
  if (with_ < count) problems.push(`${count - with_} of ${count} jobs had no processes when they were canceled.`);
  console.log(`${with_} of ${count} jobs had processes of their own when they were canceled`);
  show('DELETE to its answer', times.answered);
  show('DELETE to the stop on the worker, as its log tells', times.stopped);
  show('DELETE to the end of all processes of the job', times.gone);
  show('DELETE to the frame `canceled` at the other node', times.told);
}
async function kills(count) {
  const [one, two, ...workers] = await startCluster(2, 3);
  const again = [];
  const ids = [];
  // A job may end before its worker is killed; then the round does not count.
  for (let round = 0; again.length < count && round < 2 * count; round += 1) {
    const id = await submit(one.url, zipOf(400));
    ids.push(id);
    let killed;
    const kill = async () => {
      await delay(Math.random() * 1000);
      const [{ owner, attempt, ended: isOver }] = await query('SELECT owner, attempt, ended FROM jobs WHERE id = $1', [
        id,
      ]);
      const index = workers.findIndex((worker) => worker.id === owner);
      if (isOver || index < 0) return;
      const began = performance.now();
      workers[index].child.kill('SIGKILL');
      workers[index] = await start('worker');
      const isAgain = 'SELECT ended AND attempt = $2 AS late FROM jobs WHERE id = $1 AND (attempt > $2 OR ended)';
      let rows = [];
      await until(async () => (rows = await query(isAgain, [id, attempt])).length > 0);
      // It had ended between the question and the kill.
      if (!rows[0].late) again.push(performance.now() - began);
    };
    const { last, terminals } = await follow(two.url, id, {
      job(job) {
        if (isAnalyzing(job)) killed ??= kill();
      },
    });
    await killed;
    if (terminals !== 1) problems.push(`${id}: ${terminals} frames with an end`);
    if (last?.status !== 'completed') problems.push(`${id} is ${last?.status}`);
  }
  if (again.length < count)
    problems.push(`Of ${count} workers that were to be killed in mid-scan, ${again.length} were.`);
  show('kill -9 to the next attempt', again);
  atMost('kill -9 to the next attempt', Math.max(...again), 15_000);
  await check(ids);
}

async function stops(count) {
  const [one, two, ...workers] = await startCluster(2, 3);
  const again = [];
  const ids = [];
  for (let round = 0; round < count; round += 1) {
    const id = await submit(one.url, zipOf(400));
    ids.push(id);
    let stopped;
    const stop = async () => {
      await delay(Math.random() * 1000);
      const [{ owner, attempt }] = await query('SELECT owner, attempt FROM jobs WHERE id = $1', [id]);
      const worker = workers.find((one) => one.id === owner);
      const began = performance.now();
      worker.child.kill('SIGSTOP');
      const isAgain = 'SELECT FROM jobs WHERE id = $1 AND (attempt > $2 OR ended)';
      await until(async () => (await query(isAgain, [id, attempt])).length > 0);
      again.push(performance.now() - began);
      return { worker, began, attempt };
    };
    const { last, terminals } = await follow(two.url, id, {
      job(job) {
        if (isAnalyzing(job)) stopped ??= stop();
      },
    });
    if (terminals !== 1) problems.push(`${id}: ${terminals} frames with an end`);
    if (last?.status !== 'completed') problems.push(`${id} is ${last?.status}`);
    const { worker, began, attempt } = await stopped;
    await delay(Math.max(0, began + 60_000 - performance.now()));
    const before = await allOf(one.url, id);
    worker.child.kill('SIGCONT');
    // It finishes its work, and accepts jobs again.
    const next = [];
    const isBack = 'SELECT FROM jobs WHERE id = ANY($1) AND owner = $2 AND ended';
    await until(async () => {
      next.push(await submit(one.url, zipOf(1)));
      await delay(1_000);
      return (await query(isBack, [next, worker.id])).length > 0;
    });
    await delay(10_000);
    const after = await allOf(one.url, id);
    const had = before.row.attempt > attempt;
    for (const name of ['row', 'frames', 'report', 'log'])
      if (JSON.stringify(before[name]) !== JSON.stringify(after[name]))
        problems.push(`${id}: a worker that was stopped changed the ${name} of a job that had ended`);
    console.log(`stopped at attempt ${attempt}, ended by ${had ? `attempt ${before.row.attempt}` : 'the same'}`);
    if (worker.child.exitCode !== null || worker.child.signalCode !== null)
      problems.push(`The worker ended: ${worker.output().slice(-500)}`);
    ids.push(...next);
  }
  show('SIGSTOP to the next attempt', again);
  await check(ids);
}

/** Everything stored about an ended job. */
async function allOf(url, id) {
  const [row] = await query('SELECT owner, attempt, version, status, ended, job::text AS job FROM jobs WHERE id = $1', [
    id,
  ]);
  const frames = await redis((client) => client.xrange(`{codeagent}:events:${id}`, '-', '+'));
  const [report, log] = await Promise.all(
    [`/reports/${id}`, `/jobs/${id}/log`].map(async (path) => (await ask(url, path)).text()),
  );
  return { row, frames, report, log };
}

async function outages(seconds) {
  const proxy = await startProxy();
  const nodes = await startCluster(2, 3, { s3: proxy.url });
  const urls = nodes.slice(0, 2).map(({ url }) => url);
  const load = startLoad(urls, Number(values.jobs ?? 0));
  const stop = (name) => (name === 'store' ? (proxy.failing = 1) : servers.stop(name));
  const goOn = (name) => (name === 'store' ? (proxy.failing = 0) : servers.start(name));
  for (const name of ['redis', 'postgres', 'store']) {
    await delay(2_000);
    await stop(name);
    const before = load.refused.length;
    await delay(seconds * 1000);
    await goOn(name);
    const began = performance.now();
    await until(async () => (await ask(urls[0], '/ready').catch(() => ({ status: 0 }))).status === 200);
    const ready = (performance.now() - began).toFixed(0);
    console.log(`${name} away for ${seconds} s: ${load.refused.length - before} times 503, ready ${ready} ms after`);
  }
  await load.end();
  await check(load.ids);
  if (load.refused.some((after) => !(after > 0))) problems.push('A 503 without Retry-After.');
  proxy.close();
}

async function storeFails(count) {
  const proxy = await startProxy();
  proxy.failing = 0.2;
  const nodes = await startCluster(2, 2, { s3: proxy.url });
  const load = startLoad(
    nodes.slice(0, 2).map(({ url }) => url),
    count,
  );
  await load.end();
  await check(load.ids);
  const { failed, requests } = proxy;
  console.log(`${failed} of ${requests} requests to the store failed, ${load.refused.length} times 503`);
  proxy.close();
}

async function streams(count) {
  const [one, two] = await startCluster(2, 0);
  const ids = await Promise.all(Array.from({ length: 10 }, () => submit(one.url, zipOf(100))));
  const lags = [];
  const changes = [];
  let ends = 0;
  // A hundred streams carry the same frame, which this process, all their clients in one, reads once: its own delay would count.
  const known = new Map();
  const readOnce = (frame) => {
    if (!known.has(frame)) known.set(frame, read(frame));
    return known.get(frame);
  };
  let open = 0;
  let allOpen;
  const opened = new Promise((resolve) => (allOpen = resolve));
  const each = (url, id) =>
    new Promise((resolve, reject) => {
      httpGet(`${url}/events/${id}`, { agent: false, headers: { Authorization: `Bearer ${token}` } }, (answer) => {
        answer.setEncoding('utf8');
        let rest = '';
        let last;
        open += 1;
        if (open === count) allOpen();
        answer.on('data', (piece) => {
          const now = Date.now();
          const frames = (rest + piece).split('\n\n');
          rest = frames.pop();
          for (const frame of frames) {
            const { event, data } = readOnce(frame);
            if (event === 'log') lags.push(now - Date.parse(data.ts));
            if (event !== 'message') continue;
            const at = data.finished_at ?? data.started_at;
            // A job says when it began and when it ended.
            if (data.status !== last && at !== null) changes.push(now - Date.parse(at));
            last = data.status;
            if (terminal.has(data.status)) ends += 1;
          }
        });
        answer.once('end', resolve).once('error', reject);
      }).once('error', reject);
    });
  const streams = Array.from({ length: count }, (_, n) => each((n % 2 ? one : two).url, ids[n % ids.length]));
  await Promise.race([opened, Promise.all(streams)]);
  await start('worker');
  await Promise.all(streams);
  if (ends !== count) problems.push(`${ends} ends on ${count} streams`);
  const line = 'a log line to its frame at the client';
  atMost(`p99 of ${line}`, show(line, lags), 250);
  // With what it takes to store the end of a job, which comes first.
  const change = 'a job that begins or ends to its frame at the client';
  atMost(`p99 of ${change}`, show(change, changes), 250);
  for (const { url } of [one, two]) {
    const metrics = await (await ask(url, '/metrics')).text();
    const value = (name) => Number(new RegExp(`^codeagent_events_lag_seconds_${name} (.*)$`, 'm').exec(metrics)?.[1]);
    console.log(
      `events lag of a node: mean ${((1000 * value('sum')) / value('count')).toFixed(1)} ms, n ${value('count')}`,
    );
  }
}

async function throughput(count) {
  const rates = [];
  const folder = await mkdtemp(join(tmpdir(), 'codeagent-bench-'));
  const file = join(folder, 'one.json');
  await writeFile(file, '{"concurrency": 1}');
  for (const workers of [1, 2]) {
    const [node] = await startCluster(1, 0);
    const ids = await submitAll([node.url], count);
    for (let n = 0; n < workers; n += 1)
      await start('worker', ['--cluster', file], { processor: n % availableParallelism() });
    await check(ids);
    const [{ seconds }] = await query(
      `SELECT extract(epoch FROM max((job->>'finished_at')::timestamptz) - min((job->>'started_at')::timestamptz))::float8 AS seconds
       FROM jobs WHERE id = ANY($1)`,
      [ids],
    );
    rates.push(count / seconds);
    console.log(`${workers} workers: ${seconds.toFixed(1)} s, ${((3600 * count) / seconds).toFixed(0)} jobs an hour`);
    await Promise.all([...children].map((child) => ended(child, 'SIGKILL')));
    await wipe();
    await run('migrate');
  }
  await rm(folder, { recursive: true });
  const times = rates[1] / rates[0];
  console.log(`two workers do ${times.toFixed(2)} times as much as one`);
  if (availableParallelism() < 2) console.log('With one processor, that says nothing.');
  else if (!(times >= 1.7)) problems.push(`Two workers do ${times.toFixed(2)} times as much as one, less than 1.7.`);
}

async function fairness(count) {
  const [node] = await startCluster(1, 0);
  const [many, few] = await Promise.all(
    ['many', 'few'].map((name) => run('token', 'create', name, '--scopes', 'submit,read')),
  );
  const ids = await submitAll([node.url], count, many);
  const single = await submit(node.url, zipOf(1), few);
  await start('worker');
  await check([...ids, single]);
  const order = await query(`SELECT id FROM jobs ORDER BY job->>'started_at'`);
  const place = order.findIndex(({ id }) => id === single) + 1;
  console.log(`the single job was number ${place} of ${order.length} to run`);
  // Two run concurrently, and each submitter gets its turn.
  if (place > 4) problems.push(`The single job of a token waited for ${place - 1} of another.`);
}

async function keys(count) {
  const [one, two] = await startCluster(2, 0);
  for (let round = 0; round < count; round += 1) {
    const key = randomUUID();
    const both = await Promise.all([one, two, one, two].map(({ url }) => submit(url, zipOf(1), token, key)));
    if (new Set(both).size !== 1) problems.push(`Key ${key} made jobs ${both.join(', ')}`);
  }
  const [{ jobs }] = await query('SELECT count(*)::int AS jobs FROM jobs');
  console.log(`${count} keys, each four times at once at two nodes: ${jobs} jobs`);
  if (jobs !== count) problems.push(`${jobs} jobs of ${count} keys`);
}

async function restarts(count) {
  const all = await startCluster(2, 2, { program: values.old ?? cli });
  const [nodes, workers] = [all.slice(0, 2), all.slice(2)];
  const urls = nodes.map(({ url }) => url);
  const load = startLoad(urls);
  for (let round = 0; round < count; round += 1) {
    const [group, command] = round % 2 ? [workers, 'worker'] : [nodes, 'serve'];
    const index = Math.floor(round / 2) % 2;
    const began = performance.now();
    // Like an orchestrator: a new one is ready before an old one has to stop.
    const next = await start(command, command === 'serve' ? ['--allow-private-webhooks'] : [], {
      program: values.old && round % 4 >= 2 ? values.old : cli,
    });
    const old = group[index];
    group[index] = next;
    if (command === 'serve') urls[index] = next.url;
    old.child.kill('SIGTERM');
    if (old.child.exitCode === null) await once(old.child, 'exit');
    if (old.child.exitCode !== 0)
      problems.push(
        `A ${command} ended with ${old.child.exitCode ?? old.child.signalCode}: ${old.output().slice(-500)}`,
      );
    console.log(`${command} restarted in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
  await load.end();
  await check(load.ids);
  console.log(`${load.ids.length} jobs went in, ${load.refused.length} times 503, ${load.broken()} connections broke`);
}

async function nodeKills(count) {
  const all = await startCluster(2, 1);
  const nodes = all.slice(0, 2);
  const away = [];
  const ids = [];
  for (let round = 0; round < count; round += 1) {
    const id = await submit(nodes[1].url, zipOf(400));
    ids.push(id);
    const frames = [];
    const seen = { log: ({ id: frame }) => frames.push(frame) };
    let killedAt;
    const first = await follow(nodes[0].url, id, {
      ...seen,
      job(job) {
        if (!isAnalyzing(job) || killedAt) return;
        killedAt = performance.now();
        nodes[0].child.kill('SIGKILL');
      },
    }).catch((error) => ({ terminals: 0, at: error.at }));
    let back;
    const second = await follow(nodes[1].url, id, {
      ...seen,
      headers: first.at === undefined ? {} : { 'Last-Event-ID': first.at },
      job: () => (back ??= performance.now()),
    });
    away.push(back - killedAt);
    if (first.terminals + second.terminals !== 1) problems.push(`${id}: ${first.terminals + second.terminals} ends`);
    nodes[0] = await start('serve', ['--allow-private-webhooks']);
    // From the start, for comparison.
    const whole = [];
    await follow(nodes[0].url, id, { headers: { 'Last-Event-ID': '0' }, log: ({ id: frame }) => whole.push(frame) });
    if (whole.join() !== frames.join()) problems.push(`${id}: ${frames.length} log frames came, of ${whole.length}`);
  }
  show('kill -9 of a node to the next frame at the other', away);
  await check(ids);
}

async function rows(count) {
  const [node] = await startCluster(1, 0);
  const id = await submit(node.url, zipOf(1));
  await query(`UPDATE jobs SET status = 'completed', ended = true, described = NULL,
    job = (job::jsonb || '{"status": "completed", "finished_at": "2026-01-01T00:00:00.000Z", "summary": {"critical": 1, "high": 2, "medium": 3, "low": 4}}')::json`);
  await query(
    `INSERT INTO jobs (id, submitted_at, status, ended, request, job)
     SELECT new.id, at, 'completed', true, request,
       (job::jsonb || jsonb_build_object('job_id', new.id, 'submitted_at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
         'source', jsonb_build_object('kind', 'git', 'url', 'https://example.org/' || n % 100 || '.git', 'label', 'r' || n % 100)))::json
     FROM jobs, (SELECT n, gen_random_uuid() AS id, now() - n * interval '1 minute' AS at FROM generate_series(2, $1) AS n) AS new
     WHERE jobs.id = $2`,
    [count, id],
  );
  for (const path of [
    '/jobs?limit=50',
    '/jobs?page=20&limit=50',
    '/jobs?q=example.org/7',
    '/jobs?status=partial',
    '/projects',
    '/dashboard/trend?days=30',
    '/dashboard/stats',
    '/reports',
  ]) {
    const times = [];
    for (let round = 0; round < 10; round += 1) {
      const began = performance.now();
      const answer = await ask(node.url, path);
      await answer.text();
      times.push(performance.now() - began);
      if (answer.status !== 200) problems.push(`${path}: ${answer.status}`);
    }
    const first = times.shift().toFixed(0);
    atMost(`p99 of GET ${path}`, show(`GET ${path} (the first time ${first} ms)`, times), 1_000);
  }
  await measurePage(node.url, count);
}

/** How long the team's page takes to show scans, and how long its thread is busy at a stretch meanwhile. */
async function measurePage(url, count) {
  const browser = await chromium.launch({ executablePath: findChromium(), args: browserArguments });
  try {
    const tab = await browser.newPage();
    await tab.addInitScript(() => {
      window.stretches = [0];
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.stretches.push(duration);
      }).observe({ type: 'longtask', buffered: true });
    });
    await tab.goto(`${url}/#/scans`);
    await tab.getByLabel('Token').fill(token);
    const times = [];
    const shows = async (act, text) => {
      const began = performance.now();
      await act();
      await tab.getByText(text).waitFor();
      times.push(performance.now() - began);
    };
    const pages = (total) => new RegExp(`^Page \\d+ of ${Math.ceil(total / 50).toLocaleString('en')} `);
    await shows(() => tab.getByRole('button', { name: 'Sign In' }).click(), pages(count));
    const search = tab.getByRole('searchbox', { name: 'Search scans' });
    for (let round = 0; round < 5; round += 1) {
      await shows(() => tab.getByRole('button', { name: 'Next' }).click(), new RegExp(`^Page ${round + 2} of`));
    }
    await shows(() => search.fill('example.org/7.git'), pages(count / 100));
    await shows(() => search.fill(''), pages(count));
    show('the team’s page: from a click to its rows', times);
    const stretches = await tab.evaluate(() => window.stretches);
    const longest = show('the team’s page: its thread busy for over 50 ms', stretches);
    atMost('its thread busy at a stretch', longest, 200);
  } finally {
    await browser.close();
  }
}

// --- shared by all of them ---

/** Starts nodes, then workers, with a webhook that the receiver hears of. */
async function startCluster(nodes, workers, how = {}) {
  const all = await Promise.all([
    ...Array.from({ length: nodes }, () => start('serve', ['--allow-private-webhooks'], how)),
    ...Array.from({ length: workers }, () => start('worker', [], how)),
  ]);
  const hook = { url: `http://127.0.0.1:${receiver.address().port}/`, secret: hookSecret, events: ['report.created'] };
  const answer = await ask(all[0].url, '/webhooks/register', { method: 'POST', body: JSON.stringify(hook) });
  if (!answer.ok) throw new Error(`The webhook was not taken: ${await answer.text()}`);
  return all;
}

/** A store that fails this share of the requests, from 0 to 1. */
async function startProxy() {
  const target = new URL(servers.s3);
  const state = { failing: 0, requests: 0, failed: 0 };
  const proxy = createServer((request, response) => {
    state.requests += 1;
    if (Math.random() < state.failing) {
      state.failed += 1;
      // Like real stores: a response, or none.
      if (state.failed % 2) request.socket.destroy();
      else response.writeHead(503, { 'Content-Type': 'application/xml' }).end('<Error><Code>SlowDown</Code></Error>');
      return;
    }
    const { method, url: path, headers } = request;
    const onward = httpRequest({ hostname: target.hostname, port: target.port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.once('error', () => response.destroy());
    request.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return Object.assign(state, { url: `http://127.0.0.1:${proxy.address().port}`, close: () => proxy.close() });
}

/**
 * Submits small jobs continuously, like a client that retries. `end` resolves when the last one is accepted.
 * @param least the minimum number of jobs
 */
function startLoad(urls, least = 0) {
  const ids = [];
  const refused = [];
  let broken = 0;
  let ending = false;
  const one = async (number) => {
    const key = randomUUID();
    for (let tries = number; ; tries += 1) {
      try {
        return await submit(urls[tries % urls.length], zipOf(1), token, key);
      } catch (error) {
        if (error.status === undefined) broken += 1;
        else if (error.status === 503) refused.push(error.retryAfter);
        // More may wait than the service accepts.
        else if (error.status !== 429) problems.push(`A submission was answered with ${error.message}`);
        await delay(Math.min(error.retryAfter || 1, 2) * 1000);
      }
    }
  };
  const clients = Array.from({ length: 2 }, async (_, client) => {
    while (!ending || ids.length < least) {
      ids.push(await one(client));
      await delay(500);
    }
  });
  return {
    ids,
    refused,
    broken: () => broken,
    async end() {
      ending = true;
      await Promise.all(clients);
    },
  };
}

async function submitAll(urls, count, bearer) {
  const ids = [];
  for (let n = 0; n < count; n += 1) ids.push(await submit(urls[n % urls.length], zipOf(1), bearer));
  return ids;
}

/** Waits until jobs have ended, and checks the result of each: one end, one webhook, a report. */
async function check(ids) {
  const began = performance.now();
  let open = ids.length;
  while (open > 0) {
    await delay(200);
    const [{ count }] = await query('SELECT count(*)::int AS count FROM jobs WHERE id = ANY($1) AND NOT ended', [ids]);
    if (count < open) open = count;
    if (performance.now() - began > 30 * 60_000) throw new Error(`${open} jobs do not end.`);
  }
  const done = await query(`SELECT id, status, attempt, job->>'error' AS error FROM jobs WHERE id = ANY($1)`, [ids]);
  if (done.length !== ids.length) problems.push(`${ids.length - done.length} jobs are lost.`);
  const [{ all }] = await query('SELECT count(*)::int AS all FROM jobs');
  if (all > done.length) problems.push(`${all - done.length} jobs were made twice.`);
  const url = [...children].find(({ url }) => url)?.url;
  const completed = done.filter(({ status }) => status === 'completed');
  // What is left there is posted again.
  const isDelivered = async () => (await query('SELECT FROM deliveries')).length === 0;
  await until(isDelivered, 120_000).catch(() => problems.push('Deliveries to webhooks are left.'));
  const wrong = (what, all) =>
    all.length > 0 && problems.push(`${all.length} jobs ${what}: ${all.slice(0, 3).join(', ')}`);
  const finished = completed.map(({ id }) => id);
  wrong(
    'without a webhook',
    finished.filter((id) => !told.has(id)),
  );
  wrong(
    'with two deliveries to a webhook',
    finished.filter((id) => new Set(told.get(id)).size > 1),
  );
  wrong(
    'posted to a webhook more than once',
    finished.filter((id) => told.get(id)?.length > 1),
  );
  const lost = [];
  for (const id of !url ? [] : finished) {
    const answer = await ask(url, `/reports/${id}`);
    if (answer.status !== 200) lost.push(id);
    await answer.body?.cancel();
  }
  wrong('without a report', lost);
  const others = done.filter(({ status }) => status !== 'completed');
  wrong(
    'not completed',
    others.map(({ id, status, error }) => `${id} ${status} (${error})`),
  );
  const attempts = Math.max(0, ...done.map(({ attempt }) => attempt));
  console.log(
    `${completed.length} of ${ids.length} jobs completed, at most ${attempts} attempts${others
      .map(({ error }) => `; ${error}`)
      .slice(0, 3)
      .join('')}`,
  );
}

async function until(what, ms = 120_000) {
  const last = performance.now() + ms;
  while (!(await what())) {
    if (performance.now() > last) throw new Error(`Not within ${ms} ms: ${what}`);
    await delay(20);
  }
}

// --- the cluster ---

function environment(s3 = servers.s3) {
  return {
    ...process.env,
    CODEAGENT_TOKEN: token,
    CODEAGENT_REDIS: servers.redis,
    CODEAGENT_POSTGRES: servers.postgres,
    CODEAGENT_S3_ENDPOINT: s3,
    CODEAGENT_S3_BUCKET: 'codeagent',
    CODEAGENT_S3_ACCESS_KEY_ID: 'bench',
    CODEAGENT_S3_SECRET_ACCESS_KEY: 'a-secret-of-the-bench',
  };
}

/** Starts a node or a worker. @param how `s3`: another endpoint, `processor`: the only one that it may use, `program`: of another build */
async function start(command, args = [], { s3, processor, program: file = cli } = {}) {
  const program = [process.execPath, file, command, ...(args.includes('--cluster') ? [] : ['--cluster', '-']), ...args];
  if (processor !== undefined) program.unshift(onPath('taskset') ?? 'taskset', '-c', String(processor));
  const child = spawn(program[0], program.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], env: environment(s3) });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-100_000)));
  const line = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}: ${output}`)));
    createInterface({ input: child.stdout }).once('line', resolve);
  });
  Object.assign(child, JSON.parse(line));
  return { child, output: () => output, ...JSON.parse(line) };
}

async function run(...args) {
  const child = spawn(process.execPath, [cli, ...args, '--cluster', '-'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment(),
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return output.trim();
}

async function ended(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

/** Lets the next bench start with an empty cluster. */
async function wipe() {
  await query('DROP SCHEMA codeagent CASCADE');
  await redis((client) => client.flushall());
}

/** Runs one statement. @returns its rows */
async function query(text, given = []) {
  const { pg } = libraries();
  const client = new pg.Client({ connectionString: servers.postgres, options: '-c search_path=codeagent' });
  // Without a listener, a broken connection ends this process; the statement reports it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text, given)).rows;
  } finally {
    await client.end();
  }
}

async function redis(work) {
  const { Redis } = libraries();
  const client = new Redis(servers.redis);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

function libraries() {
  return createRequire(import.meta.url)(join(root, 'dist', 'clusterLibraries.js'));
}

/** A worker's child processes and their descendants; without the guardian, which outlives jobs. */
async function processesOf({ pid }) {
  const parents = new Map();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state !== undefined && state !== 'Z') parents.set(Number(name), Number(parent));
  }
  const isBelow = (one) => one !== undefined && (one === pid || isBelow(parents.get(one)));
  const below = [...parents.keys()].filter((one) => one !== pid && isBelow(parents.get(one)));
  const all = await Promise.all(
    below.map(async (one) => [one, await readFile(`/proc/${one}/cmdline`, 'latin1').catch(() => '')]),
  );
  return all.filter(([, command]) => !command.includes('guardian')).map(([one]) => one);
}

// --- a client ---

function ask(url, path, init = {}, bearer = token) {
  return fetch(url + path, { ...init, headers: { ...init.headers, Authorization: `Bearer ${bearer}` } });
}

/** @throws an Error with `status` and `retryAfter`; without them, the connection broke */
async function submit(url, file, bearer = token, key = randomUUID()) {
  const body = new FormData();
  body.set('file', file, 'a.zip');
  const answer = await ask(
    url,
    '/analyze-async',
    { method: 'POST', body, headers: { 'Idempotency-Key': key } },
    bearer,
  );
  const text = await answer.text();
  if (answer.status === 202) return JSON.parse(text).job_id;
  const retryAfter = Number(answer.headers.get('retry-after'));
  throw Object.assign(new Error(`${answer.status}: ${text}`), { status: answer.status, retryAfter });
}

/**
 * Follows a job to the end of the stream.
 * @returns the last Job, how many frames said that it has ended, the last ID.
 * @throws an Error with that ID as `at`
 */
async function follow(url, id, { job = () => undefined, log = () => undefined, headers = {} } = {}) {
  let [at, last, terminals, rest] = [undefined, undefined, 0, ''];
  try {
    const answer = await ask(url, `/events/${id}`, { headers });
    for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
      const frames = (rest + piece).split('\n\n');
      rest = frames.pop();
      for (const frame of frames) {
        const { event, data, id: number } = read(frame);
        at = number ?? at;
        if (event === 'message') {
          last = data;
          if (terminal.has(data.status)) terminals += 1;
          job(data);
        } else if (event === 'log') log({ ...data, id: number });
      }
    }
  } catch (error) {
    throw Object.assign(error, { at });
  }
  return { last, terminals, at };
}

/** One frame of a stream; without an event for a comment. */
function read(frame) {
  const lines = frame.split('\n');
  const value = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  const data = value('data');
  return data === undefined ? {} : { id: value('id'), event: value('event') ?? 'message', data: JSON.parse(data) };
}

function isAnalyzing({ status, phases = [] }) {
  return status === 'running' && phases.some((one) => one.phase.startsWith('analyze:') && one.status === 'running');
}

/** A zip with this many files, each with a finding. */
function zipOf(count) {
  const text = 'const { exec } = require("child_process");\nmodule.exports = (req) => exec("ls " + req.query.dir);\n';
  const files = {};
  for (let index = 0; index < count; index += 1) files[`a${index}.js`] = strToU8(`${text}// ${index}\n`);
  files['a.py'] = strToU8('import os\nos.system(input())\n');
  return new Blob([zipSync(files)]);
}

/** What takes longer than it may is a problem; so is what was never measured. */
function atMost(name, ms, limit) {
  if (!(ms <= limit))
    problems.push(`${name}: ${Number.isFinite(ms) ? `${ms.toFixed(0)} ms` : 'never'}, at most ${limit} ms`);
}

function quantile(sorted, q) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
}

function show(name, all, unit = 'ms') {
  const sorted = [...all].sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((q) => quantile(sorted, q).toFixed(0));
  const top = (sorted.at(-1) ?? NaN).toFixed(0);
  console.log(`${name.padEnd(58)} p50 ${p50} ${unit}, p99 ${p99} ${unit}, most ${top} ${unit}, n ${sorted.length}`);
  return Number(p99);
}
