// Measures whether the progress of a scan tells the truth: how long the percentage stands still, whether the phase that is named moves, and how far
// off the estimates of the time left are. Give it folders whose scans take about 20 s.
//   node esbuild.mjs && node bench/progress.mjs [--keep] FOLDER ...
// Each folder is scanned twice, first without and then with speeds of an earlier scan; --keep prints every change, too.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
/** The required limits, in ms and as a factor. */
const goals = { still: 2000, factor: 2 };

const { values, positionals } = parseArgs({ options: { keep: { type: 'boolean' } }, allowPositionals: true });
if (positionals.length === 0) {
  console.error('Give the folders to scan: node bench/progress.mjs FOLDER ...');
  process.exit(2);
}
for (const folder of positionals) {
  const place = await mkdtemp(join(tmpdir(), 'codeagent-bench-'));
  try {
    for (const title of ['first', 'second']) {
      // Findings are not cached, speeds are.
      await rm(join(place, 'cache/codeagent/findings'), { recursive: true, force: true });
      show(`${basename(resolve(folder))}, ${title} scan`, await watch(folder, place));
    }
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** Scans a folder. @returns every reported job, with the time */
function watch(folder, place) {
  return new Promise((done, fail) => {
    const started = performance.now();
    const told = [];
    const child = spawn(
      process.execPath,
      [
        cli,
        'scan',
        folder,
        '--no-osv',
        '--format',
        'json',
        '--output',
        join(place, 'report.json'),
        '--progress',
        'json',
      ],
      { stdio: ['ignore', 'inherit', 'pipe'], env: { ...process.env, XDG_CACHE_HOME: join(place, 'cache') } },
    );
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      told.push({ at: performance.now() - started, job: JSON.parse(line) });
    });
    child.on('error', fail);
    child.on('close', (code) => (code === 0 ? done(told) : fail(new Error(`the scan ended with ${code}`))));
  });
}

function show(title, told) {
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
  console.log(
    `  percent stands still for at most ${still.ms.toFixed(0)} ms, at ${still.value} % ${verdict(still.ms <= goals.still)}`,
  );
  console.log(`  the named phase stands still for at most ${named.ms.toFixed(0)} ms while others move: ${named.value}`);
  console.log(
    worst
      ? `  estimates, in ${shown} changes, are off by a factor of ${worst.factor.toFixed(1)} at most: ${worst.eta} s told at ${(worst.at / 1000).toFixed(1)} s, ${worst.left.toFixed(1)} s left ${verdict(worst.factor <= goals.factor)}`
      : `  estimates, in ${shown} changes, are right ${verdict(true)}`,
  );
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

function verdict(good) {
  return good ? 'OK' : 'NOT OK';
}
