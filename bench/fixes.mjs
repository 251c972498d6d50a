// Measures fixes on code that is not ours: the share of the open findings that offer one, and what `codeagent fix --unsafe` leaves behind.
//   node bench/fixes.mjs [--sample N] [--without N] FOLDER ...    after `npm run build`; --no-osv unless --osv-url URL
// Works on copies. For each folder: how many fixes were offered, applied and taken back; findings that offered a fix and are still there, that are new, and
// files with more syntax errors than before, by language; whether --dry-run wrote anything. --sample prints the diffs of N fixes taken at random (--seed),
// --without the N rules with the most findings and no fix. Exits with 1 if a fix did not hold or --dry-run wrote something.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createTwoFilesPatch } from 'diff';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { values, positionals } = parseArgs({
  options: {
    sample: { type: 'string', default: '0' },
    without: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    'osv-url': { type: 'string' },
    verbose: { type: 'boolean', short: 'v', default: false },
    'share-only': { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
if (positionals.length === 0) {
  console.error('Give folders: node bench/fixes.mjs FOLDER ...');
  process.exit(2);
}
const osv = values['osv-url'] === undefined ? ['--no-osv'] : ['--osv-url', values['osv-url']];

const stdin = {
  contents: `export { applyFixes } from './src/findings/applyFixes'; export { syntaxErrors } from './src/engines/patterns/syntax';`,
  resolveDir: root,
  loader: 'ts',
};
const place = await mkdtemp(join(tmpdir(), 'codeagent-fixes-'));
const bundle = join(place, 'product.cjs');
await build({ stdin, bundle: true, outfile: bundle, format: 'cjs', platform: 'node', logLevel: 'error' });
const { default: product } = await import(bundle);

const totals = { findings: 0, offered: 0 };
const samples = [];
const without = new Map();
try {
  for (const folder of positionals.map((path) => resolve(path))) {
    const work = await mkdtemp(join(place, 'tree-'));
    const tree = join(work, basename(folder));
    await cp(folder, tree, { recursive: true, verbatimSymlinks: true });
    await measure(folder, tree, work);
    await rm(work, { recursive: true, force: true });
  }
  console.log(`All: ${share(totals)}`);
  const most = [...without].sort(([, a], [, b]) => b - a).slice(0, Number(values.without));
  for (const [rule, count] of most) console.log(`${String(count).padStart(6)} ${rule}`);
  for (const text of drawn(samples, Number(values.sample))) console.log(text);
} finally {
  await rm(place, { recursive: true, force: true });
}

async function measure(folder, tree, work) {
  const before = await findingsOf(tree, work);
  const offering = before.filter(({ fix }) => fix !== undefined);
  totals.findings += before.length;
  totals.offered += offering.length;
  console.log(`${basename(folder)}: ${share({ findings: before.length, offered: offering.length })}`);
  for (const { tool, rule_id, fix } of before)
    if (fix === undefined) without.set(`${tool} ${rule_id}`, (without.get(`${tool} ${rule_id}`) ?? 0) + 1);
  for (const issue of offering) samples.push(await diffOf(issue, tree));
  if (values['share-only']) return;
  const hash = await hashOf(tree);
  run(['fix', tree, '--unsafe', '--dry-run', ...osv], work);
  if ((await hashOf(tree)) !== hash) fail('  --dry-run wrote something');
  const files = [...new Set(offering.flatMap(({ file, fix }) => fix.edits.map((edit) => edit.file ?? file)))];
  const syntax = () => product.syntaxErrors(join(root, 'dist'), tree, files, new AbortController().signal);
  const errors = await syntax();
  const { stderr } = run(['fix', tree, '--unsafe', ...osv], work);
  for (const line of stderr.split('\n')) {
    if (/^(?:Fixed|Not fixed|\d+ (?:fix|finding))/.test(line)) console.log(`  ${line}`);
    if (line.startsWith('Reverted')) fail(`  ${line}`);
  }
  for (const [file, count] of await syntax())
    if (count > (errors.get(file) ?? 0)) fail(`  ${extname(file)}: ${file} has ${count} syntax errors`);
  const after = await findingsOf(tree, work);
  const counts = new Map();
  const count = (language, what) => {
    const row = counts.get(language) ?? { offered: 0, gone: 0, left: 0, new: 0 };
    counts.set(language, row);
    row[what] += 1;
  };
  const now = new Set(after.map(identity));
  for (const issue of offering) {
    count(kindOf(issue.file), 'offered');
    count(kindOf(issue.file), now.has(identity(issue)) ? 'left' : 'gone');
    if (now.has(identity(issue))) fail(`  still there: ${placeOf(issue)}`);
  }
  // An edit on the line of another finding changes its fingerprint, so findings are counted by rule and file.
  const group = ({ rule_id, file }) => `${rule_id} ${file}`;
  const rest = new Map();
  for (const issue of before) rest.set(group(issue), (rest.get(group(issue)) ?? 0) + 1);
  for (const issue of after) {
    rest.set(group(issue), (rest.get(group(issue)) ?? 0) - 1);
    if (rest.get(group(issue)) >= 0) continue;
    count(kindOf(issue.file), 'new');
    fail(`  new: ${placeOf(issue)}`);
  }
  for (const [kind, row] of [...counts].sort())
    console.log(`  ${kind.padEnd(14)} offered ${row.offered}  gone ${row.gone}  left ${row.left}  new ${row.new}`);
}

function fail(text) {
  console.log(text);
  process.exitCode = 1;
}

function share({ findings, offered }) {
  return `${offered} of ${findings} findings offer a fix (${((100 * offered) / Math.max(1, findings)).toFixed(1)} %)`;
}

function identity({ fingerprint, rule_id, file, line }) {
  return fingerprint ?? `${rule_id} ${file} ${line}`;
}

function placeOf({ file, line, tool, rule_id }) {
  return `${file}:${line} ${tool} ${rule_id}`;
}

function kindOf(file) {
  return extname(file) || basename(file);
}

function run(args, work) {
  // Separate copies of every cache, so that a scan sees nothing of an earlier build's.
  const env = { ...process.env, XDG_CACHE_HOME: join(work, 'cache') };
  const cli = join(root, 'dist/cli.js');
  const ended = spawnSync(process.execPath, [cli, ...args], { env, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (ended.status !== 0)
    throw new Error(`codeagent ${args.join(' ')} ended with ${ended.status ?? ended.signal}: ${ended.stderr}`);
  return ended;
}

/** The open findings of the embedded analyzers. */
async function findingsOf(tree, work) {
  const output = join(work, 'report.json');
  run(['scan', tree, '--format', 'json', '--output', output, '--progress', 'none', ...osv], work);
  const report = JSON.parse(await readFile(output, 'utf8'));
  return report.files.flatMap(({ issues }) => issues).filter(({ suppression }) => !suppression);
}

/** A hash of all names and contents of a folder. */
async function hashOf(folder) {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  for (const file of files.sort()) hash.update(`${file}\0`).update(await readFile(file));
  return hash.digest('hex');
}

async function diffOf(issue, tree) {
  const files = [...new Set(issue.fix.edits.map((edit) => edit.file ?? issue.file))];
  const contents = new Map(await Promise.all(files.map(async (file) => [file, await readFile(join(tree, file))])));
  const made = product.applyFixes([issue], contents);
  const diffs = [...made.files].map(([file, { content }]) =>
    createTwoFilesPatch(file, file, contents.get(file).toString(), content.toString(), '', '', { context: 4 }),
  );
  const refused = made.refused.map(({ why }) => `refused: ${why}`);
  return [`==== ${placeOf(issue)}: ${issue.title}; ${issue.fix.title}`, ...refused, ...diffs].join('\n');
}

/** A random selection from a list that is the same in each run. */
function drawn(list, count) {
  const keyed = list.map((text, index) => ({
    text,
    key: createHash('sha256').update(`${values.seed} ${index} ${text}`).digest('hex'),
  }));
  return keyed
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, count)
    .map(({ text }) => text);
}
