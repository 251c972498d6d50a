// Measures our default scan against semgrep and bandit, if installed, on the same trees in the same run.
//   node esbuild.mjs && node bench/engines.mjs [--semgrep-config FILE] FOLDER ...
// Semgrep is looked for on the PATH; the tools that the tests install have it: PATH="$(echo $PWD/.vscode-test/tools-*/python/bin):$PATH". Give it only the rules
// for the languages in the tree.
// Wall time is of the whole command; CPU and memory are of all its processes together, sampled every 20 ms from /proc (Linux; elsewhere left out).
// Trees are copied, since one file is changed; none of their code is run.
import { spawn } from 'node:child_process';
import { appendFile, cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const sampleMs = 20;
/** Clock ticks per second and bytes per page, as on the Linux machines that we build for. */
const ticks = 100;
const page = 4096;

const { values, positionals } = parseArgs({
  options: { 'semgrep-config': { type: 'string' } },
  allowPositionals: true,
});
if (positionals.length === 0) {
  console.error('Give the folders to scan: node bench/engines.mjs FOLDER ...');
  process.exit(2);
}
for (const folder of positionals) await measure(resolve(folder));

/** Measures every engine on a copy of the folder, and prints a line for each. */
async function measure(folder) {
  const place = await mkdtemp(join(tmpdir(), 'codeagent-bench-'));
  const tree = join(place, 'tree');
  const env = { ...process.env, XDG_CACHE_HOME: join(place, 'cache') };
  try {
    await cp(folder, tree, { recursive: true, verbatimSymlinks: true });
    console.log(`\n${basename(folder)}`);
    const ours = (...more) =>
      run(process.execPath, [cli, 'scan', tree, '--no-osv', '--format', 'json', '--progress', 'none', ...more], env);
    const count = (text) => JSON.parse(text).files.reduce((sum, file) => sum + file.issues.length, 0);
    const first = show('CodeAgent, first scan', await ours(), count);
    show('CodeAgent, second scan', await ours(), count, first);
    const file = await aSource(tree);
    if (file !== undefined) {
      await appendFile(join(tree, file), '\n');
      show('CodeAgent, one changed file', await ours('--include', `/${file}`), count, first);
    }
    const results = (text) => JSON.parse(text).results.length;
    const config = values['semgrep-config'];
    if (config === undefined) console.log('semgrep: give its rules by --semgrep-config');
    else {
      const args = ['scan', '--config', resolve(config), '--json', '--quiet', '--metrics', 'off', tree];
      show('semgrep', await run('semgrep', args, env), results, first);
    }
    show('bandit', await run('bandit', ['-r', '-q', '-f', 'json', tree], env), results, first);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** The first source file below the tree, '/'-separated. */
async function aSource(tree) {
  const names = await readdir(tree, { recursive: true });
  const source = (name) => /^\.(?:[jt]sx?|py|java|go|rb|php|cs)$/.test(extname(name)) && !/node_modules/.test(name);
  return names.sort().find(source)?.replaceAll('\\', '/');
}

/** Runs a command to its end. @returns its output and its cost; undefined if it is not installed */
function run(command, args, env) {
  return new Promise((done, fail) => {
    const started = performance.now();
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const cpu = new Map();
    let peak = 0;
    let sampling = false;
    const timer = setInterval(async () => {
      if (sampling || process.platform !== 'linux') return;
      sampling = true;
      let bytes = 0;
      for (const one of await family(child.pid)) {
        bytes += one.bytes;
        cpu.set(one.pid, one.cpu);
      }
      peak = Math.max(peak, bytes);
      sampling = false;
    }, sampleMs);
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => {
      clearInterval(timer);
      if (error.code === 'ENOENT') done(undefined);
      else fail(error);
    });
    child.on('close', () => {
      clearInterval(timer);
      const wall = performance.now() - started;
      done({ text: Buffer.concat(chunks).toString(), wall, cpu: [...cpu.values()].reduce((a, b) => a + b, 0), peak });
    });
  });
}

/** A process and all its descendants, with CPU seconds and bytes in memory. */
async function family(root) {
  const all = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => ''); // It has ended meanwhile.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields.length < 22) continue;
    const [parent, user, system, pages] = [fields[1], fields[11], fields[12], fields[21]].map(Number);
    all.push({ pid: Number(name), parent, cpu: (user + system) / ticks, bytes: pages * page });
  }
  const pids = new Set([root]);
  for (let before = 0; before !== pids.size;) {
    before = pids.size;
    for (const one of all) if (pids.has(one.parent)) pids.add(one.pid);
  }
  return all.filter(({ pid }) => pids.has(pid));
}

/** Prints a line, with the ratio to our first scan. @returns the figures */
function show(name, figures, count, first) {
  if (figures === undefined) {
    console.log(`${name}: not installed`);
    return undefined;
  }
  let findings;
  try {
    findings = count(figures.text);
  } catch {
    console.log(`${name}: wrote no report`);
    return undefined;
  }
  const ratio = first ? `, ${(figures.wall / first.wall).toFixed(2)} of our first scan's time` : '';
  const used = figures.peak > 0 ? `, CPU ${figures.cpu.toFixed(2)} s, peak ${(figures.peak / 1e6).toFixed(0)} MB` : '';
  console.log(`${name}: ${(figures.wall / 1000).toFixed(2)} s${used}, ${findings} findings${ratio}`);
  return figures;
}
