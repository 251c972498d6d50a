// Measures whether the progress of a scan tells the truth, as the extension hears it from its runner: when the first finding comes, how long the
// percentage stands still, whether the phase that is named moves, and how far off the estimates of the time left are. Exits with 1 when a goal is missed.
// Give it folders whose scans take about 20 s.
//   node esbuild.mjs && node bench/progress.mjs [--keep] FOLDER ...
// Each folder is scanned twice, first without and then with speeds of an earlier scan; --keep prints every change, too.
import { spawn } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Verdict } from './verdict.mjs';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
/** What the issue asks for: as a part of the scan's time, in ms and as a factor. */
const goals = { firstFinding: 0.5, still: 2000, factor: 2 };

const { values, positionals } = parseArgs({ options: { keep: { type: 'boolean' } }, allowPositionals: true });
if (positionals.length === 0) {
  console.error('Give the folders to scan: node bench/progress.mjs FOLDER ...');
  process.exit(2);
}
const verdict = new Verdict();
for (const name of positionals) {
  const folder = await realpath(name);
  const place = await mkdtemp(join(tmpdir(), 'codeagent-bench-'));
  try {
    for (const title of ['first', 'second']) {
      // Findings are not cached, speeds are.
      await rm(join(place, 'cache/codeagent/findings'), { recursive: true, force: true });
      show(`${basename(folder)}, ${title} scan`, await watch(folder, place));
    }
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
verdict.end();

/**
 * Scans a folder with a service of its own.
 * @returns every job that was told, and when, in ms since it was submitted, and when the first finding came
 */
async function watch(folder, place) {
  const service = spawn(
    process.execPath,
    [cli, 'serve', '--no-auth', '--no-osv', '--storage', join(place, 'storage'), '--root', folder],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, XDG_CACHE_HOME: join(place, 'cache') } },
  );
  const ended = new Promise((done) => service.once('exit', done));
  let said = '';
  service.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  try {
    const url = await new Promise((done, fail) => {
      createInterface({ input: service.stdout }).once('line', (line) => done(JSON.parse(line).url));
      void ended.then((code) => fail(new Error(`the service ended with ${code}: ${said}`)));
    });
    const started = performance.now();
    const form = new FormData();
    form.set('path', folder);
    const submitted = await fetch(`${url}/analyze-async`, { method: 'POST', body: form });
    if (!submitted.ok) throw new Error(await submitted.text());
    const { job_id } = await submitted.json();
    const told = [];
    let firstFinding;
    for await (const { event, data } of eventsOf(await fetch(`${url}/events/${job_id}`))) {
      const at = performance.now() - started;
      if (event === 'findings' && data.issues.length > 0) firstFinding ??= at;
      if (event === 'message') told.push({ at, job: data });
    }
    const { status, error } = told.at(-1)?.job ?? {};
    if (status !== 'completed') throw new Error(`the scan ended as ${status}: ${error}`);
    return { told, firstFinding };
  } finally {
    service.kill();
    await ended;
  }
}

/** The frames of an event stream. */
async function* eventsOf(response) {
  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + text).split('\n\n');
    rest = frames.pop();
    for (const frame of frames) {
      const fields = new Map(
        frame.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.replace(/^\w*: ?/, '')]),
      );
      if (fields.has('data')) yield { event: fields.get('event') ?? 'message', data: JSON.parse(fields.get('data')) };
    }
  }
}

function show(title, { told, firstFinding }) {
  const end = told.at(-1).at;
  const running = told.filter(({ job }) => job.status === 'running');
  const still = standstill(
    running.map(({ at, job }) => [at, job.progress?.percent]),
    end,
  );
  const named = namedStill(running, end);
  const factors = running.flatMap(({ at, job }) => {
    const eta = job.progress?.eta_sec;
    const left = (end - at) / 1000;
    // In whole seconds, so a second more or less is none.
    return eta === undefined || Math.abs(eta - left) <= 1
      ? []
      : [{ at, eta, left, factor: Math.max(eta / left, left / eta) }];
  });
  const shown = running.filter(({ job }) => job.progress?.eta_sec !== undefined).length;
  const worst = factors.toSorted((a, b) => b.factor - a.factor)[0];
  console.log(`\n${title}: ${(end / 1000).toFixed(1)} s, ${running.length} changes`);
  verdict.line('first finding after', firstFinding && firstFinding / 1000, {
    unit: 's',
    goal: (goals.firstFinding * end) / 1000,
  });
  verdict.line('percent stands still for at most', still.ms, { goal: goals.still, notes: [`at ${still.value} %`] });
  verdict.line('the named phase stands still while others move', named.ms, { notes: [named.value] });
  verdict.line('estimates of the time left are off by at most', worst?.factor ?? 1, {
    unit: 'times',
    goal: goals.factor,
    notes: [
      `${shown} changes tell one`,
      worst && `${worst.eta} s told at ${(worst.at / 1000).toFixed(1)} s, ${worst.left.toFixed(1)} s left`,
    ],
  });
  if (values.keep)
    for (const { at, job } of running) {
      const phases = job.phases
        .filter(({ status }) => status === 'running')
        .map((one) => `${one.phase} ${one.percent}`);
      console.log(
        `    ${(at / 1000).toFixed(2)} ${job.progress?.percent} % eta ${job.progress?.eta_sec ?? '-'}: ${job.progress?.phase} (${phases.join(', ')})`,
      );
    }
}

/** The longest time without a change of a value. */
function standstill(list, end) {
  let longest = { ms: 0, value: undefined };
  let since = list[0];
  for (const [at, value] of [...list, [end, undefined]]) {
    if (value === since[1]) continue;
    if (at - since[0] > longest.ms) longest = { ms: at - since[0], value: since[1] };
    since = [at, value];
  }
  return longest;
}

/** The longest time for which the named phase did not advance, although the job's percentage did. */
function namedStill(running, end) {
  let longest = { ms: 0, value: '' };
  let since;
  for (const { at, job } of [...running, { at: end }]) {
    const phase = job?.phases.find((one) => one.phase === current(job));
    const key = phase && `${phase.phase} ${phase.percent} ${phase.files_done} ${phase.status}`;
    if (job && since && key === since.key) {
      since.moved ||= job.progress.percent !== since.percent;
      continue;
    }
    if (since?.moved && at - since.at > longest.ms) longest = { ms: at - since.at, value: since.key };
    since = { at, key, percent: job?.progress.percent, moved: false };
  }
  return longest;
}

/** As the views name it. */
function current({ phases, progress }) {
  const running = phases.filter(({ status }) => status === 'running');
  const named = running.find(({ phase }) => phase === progress?.phase);
  return (named ?? running[0] ?? phases.find(({ status }) => status === 'pending'))?.phase;
}
