// `npm test`: sets up, builds, checks and runs every suite; the last line is the total, "N passed, N failed". The e2e suite, which waits
// for its window a third of the time, runs in parallel with everything else, and is printed once it has ended. `npm test -- unit host` runs
// only those: static, architecture, unit, integration, host, e2e. `npm test -- unit/rules` runs one file of a suite.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patience, tellSlowness } from './patience.mjs';
import { root } from './repo.mjs';
import { setup, setupPackages } from './setup.mjs';

const suitesWithFiles = ['architecture', 'unit', 'integration', 'e2e'];
/** The requested suites, and the files of those that were only requested in part. */
const files = {};
const asked = process.argv.slice(2).map((given) => {
  const [suite, ...rest] = given.split('/');
  const file = `out/test/${given.replace(/\.test\.ts$/, '')}.test.js`;
  const isFile = suitesWithFiles.includes(suite) && existsSync(join(root, file.replace(/^out\/(.*)js$/, '$1ts')));
  if (rest.length === 0 || !isFile) return given;
  (files[suite] ??= []).push(file);
  return suite;
});
const wanted = (name) => asked.length === 0 || asked.includes(name);
tellSlowness(wanted('e2e') && asked.length !== 1 ? 2.5 : 1);
const node = process.execPath;
const module = (path) => join(root, 'node_modules', path);
const support = (file) => join(root, 'test', 'support', file);
const results = join(root, 'out', 'results');

/**
 * A suite that takes longer than this hangs, in milliseconds: it is ended and counts as failed. The machine may get busier after its speed
 * was measured.
 */
const longestSuite = () => patience(25 * 60_000);

const checks = {
  'types and lint': [
    module('oxlint/bin/oxlint'),
    ...[
      '-c',
      'oxlint.config.mjs',
      '--type-aware',
      '--type-check',
      '--report-unused-disable-directives',
      '--deny-warnings',
    ],
  ],
  format: [module('oxfmt/bin/oxfmt'), '--check', '.'],
};

/** The slowest files, which start first: a slow one that starts last would run alone. */
const longest = [
  ...['cluster', 'ruleCost', 'rules', 'needs'],
  ...['git', 'cli', 'remote', 'fix', 'jobWatcher', 'runnerProcess', 'convert', 'analyzers', 'gaps', 'serviceCancel'],
  ...['corpus', 'serviceStream', 'osv', 'cliOutput', 'tools'],
].map((name) => `${name}.test.js`);

/** The built test files of a suite, {@link longest} first. */
function filesOf(suite) {
  const rank = (name) => (longest.includes(name) ? longest.indexOf(name) : longest.length);
  const sources = readdirSync(join(root, 'test', suite)).filter((name) => name.endsWith('.test.ts'));
  const names = sources.map((name) => name.replace(/ts$/, 'js')).sort();
  return names.sort((a, b) => rank(a) - rank(b)).map((name) => `out/test/${suite}/${name}`);
}

const mocha = (suite, files = [`out/test/${suite}/**/*.test.js`]) => [
  module('mocha/bin/mocha.js'),
  ...['--config', '.mocharc.json', '--reporter', support('reporter.cjs')],
  ...['--timeout', String(patience(suite === 'e2e' ? 120_000 : 60_000)), ...files],
];
/** A suite, or the requested files of it. */
const part = (suite, all) => mocha(suite, files[suite] ?? all);
const filesAtATime = (count) => ['--parallel', '--jobs', String(count)];
const suites = {
  architecture: part('architecture'),
  unit: [...part('unit', filesOf('unit')), ...filesAtATime(2)],
  // Mostly waits: for limits, for processes that end.
  integration: [...part('integration', filesOf('integration')), ...filesAtATime(3)],
  host: [support('hostTests.mjs')],
  // One window at a time: two fill both cores, and the second webview of each then takes a minute.
  e2e: part('e2e'),
};

const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed, said again at the end, where a log that was cut still has it. */
const failures = [];
const unknown = asked.filter((name) => name !== 'static' && !(name in suites));
if (unknown.length > 0) {
  const some = `static, ${Object.keys(suites).join(', ')}`;
  console.error(
    `No such suite or file: ${unknown.join(', ')}. There are: ${some}; of ${suitesWithFiles.join(', ')} also single files, as unit/rules.`,
  );
  process.exit(2);
}

try {
  await main();
} catch (error) {
  failures.push(error.message);
  total.failed++;
}
if (failures.length > 0) console.log(`\nFailed:\n${failures.map((text) => `- ${text}`).join('\n')}\n`);
if (total.skipped > 0) console.log(`${total.skipped} skipped`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

async function main() {
  await setupPackages();
  // Mostly waits for downloads, while running what does not need them.
  const rest = setup({ browser: wanted('host') || wanted('e2e'), tools: wanted('integration') });
  rest.catch(() => undefined);
  await rm(results, { recursive: true, force: true });
  const { e2e, ...others } = suites;
  const selected = Object.entries(others).filter(([name]) => wanted(name));
  const isBuilt = (selected.length > 0 || wanted('e2e')) && (await build());
  const beside = isBuilt && wanted('e2e') ? inWindow(e2e, rest) : undefined;
  beside?.catch(() => undefined);
  if (wanted('static')) for (const [name, command] of Object.entries(checks)) await check(name, command);
  if (isBuilt)
    for (const [name, command] of selected) {
      const { chromium } = name === 'host' || name === 'integration' ? await rest : {};
      await suite(name, command, { CHROMIUM_PATH: chromium });
    }
  await beside;
  await rest;
}

/** Builds for the package if a suite needs one, so that nothing is built while the suites run. */
async function build() {
  await mkdir(results, { recursive: true });
  const built = wanted('e2e') ? ['package', [support('package.mjs'), '--quick']] : ['build', ['esbuild.mjs']];
  return (await check(...built)) && (await check('build tests', ['esbuild.mjs', '--tests', '--without-maps']));
}

/** Runs a suite in parallel with others. @param rest what is set up meanwhile */
async function inWindow(command, rest) {
  const { chromium } = await rest;
  await suite('e2e', command, { CHROMIUM_PATH: chromium }, { later: true });
}

/** Runs a command that counts as one test. */
async function check(name, command) {
  const { code, seconds } = await timed(name, command);
  const passed = code === 0;
  console.log(`${name}: ${passed ? 'passed' : 'FAILED'} in ${seconds} s`);
  total[passed ? 'passed' : 'failed']++;
  if (!passed) failures.push(name);
  return passed;
}

/** Runs a suite and adds its counts. One that ran nothing, crashed or hung counts as one failure. */
async function suite(name, command, env, options) {
  const file = join(results, `${name}.json`);
  const { code, seconds } = await timed(name, command, { CODEAGENT_TEST_RESULTS: file, ...env }, options);
  const counts = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : { passed: 0, failed: 0, skipped: 0 };
  failures.push(...(counts.failedTests ?? []).map((test) => `${name}: ${test}`));
  const ranNothing = counts.passed + counts.failed === 0;
  if (counts.failed === 0 && (ranNothing || code !== 0)) {
    failures.push(`The ${name} suite ${ranNothing ? 'ran no test' : 'broke off'} (exit code ${code}).`);
    counts.failed = 1;
  }
  for (const key of Object.keys(total)) total[key] += counts[key];
  console.log(`${name}: ${counts.passed} passed, ${counts.failed} failed in ${seconds} s`);
}

/**
 * Runs a Node program under the guard: its processes never outlive it, this process, or the time limit.
 * @param {{ later?: boolean }} options `later`: prints its output when it has ended, since others are printing
 */
async function timed(name, command, env = {}, { later = false } = {}) {
  if (!later) console.log(`\n> ${name}`);
  const start = Date.now();
  // What a killed run leaves behind is removed with its folder.
  const scratch = await mkdtemp(join(tmpdir(), 'codeagent-test-'));
  // Some tests run a command as another user.
  await chmod(scratch, 0o1777);
  const defined = Object.entries({ ...process.env, TMPDIR: scratch, ...env }).filter(
    ([, value]) => value !== undefined,
  );
  const guard = spawn(node, [support('guard.mjs'), '--remove', scratch, node, ...command], {
    cwd: root,
    env: Object.fromEntries(defined),
    stdio: later ? ['pipe', 'pipe', 'pipe'] : ['pipe', 'inherit', 'inherit'],
  });
  const said = [];
  for (const stream of later ? [guard.stdout, guard.stderr] : []) stream.on('data', (chunk) => said.push(chunk));
  const timer = setTimeout(() => guard.stdin.end(), longestSuite());
  const code = await new Promise((resolve) => guard.once('close', resolve));
  clearTimeout(timer);
  if (later) process.stdout.write(`\n> ${name}\n${Buffer.concat(said).toString()}`);
  return { code: code ?? 1, seconds: ((Date.now() - start) / 1000).toFixed(1) };
}
