// Measures the taint engine alone, stage by stage, in this process: MB per second of CPU time for reading, choosing, parsing, copying the tree, lowering and
// following, the slowest files, and what was found.
//   node bench/taint.mjs [--of CHECKOUT] [--findings FILE] [--slowest N] FOLDER ...
// --of measures the sources of another checkout; --findings writes what was found, one a line, to compare two checkouts with diff. With
// `node --cpu-prof` it makes a profile. Times are of this thread's and its helpers' CPU, so that other work on the machine matters little.
import { build } from 'esbuild';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const entry = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { join } from 'node:path';
  import { parse } from 'yaml';
  import { Models } from './src/engines/taint/models/models';
  import { modelFile } from './src/engines/taint/models/schema';
  export { takeInventory } from './src/sources/inventory';
  export { defaultLimits } from './src/base/limits';
  export { readSource } from './src/engines/engine/readSource';
  export { WorkspaceNames } from './src/engines/taint/declaredNames';
  export { Project } from './src/engines/taint/interpreter/project';
  export { languages } from './src/engines/taint/languages/languages';
  export { SyntaxParser } from './src/engines/taint/syntax/parser';
  export { Grammar } from './src/engines/taint/syntax/tree';
  export const modelsOf = (folder: string) =>
    new Models(readdirSync(folder).map((name) => modelFile.parse(parse(readFileSync(join(folder, name), 'utf8')))));
`;
const own = fileURLToPath(new URL('..', import.meta.url));
const { values, positionals } = parseArgs({
  options: { of: { type: 'string' }, findings: { type: 'string' }, slowest: { type: 'string', default: '3' } },
  allowPositionals: true,
});
if (positionals.length === 0) {
  console.error('Give the folders to measure: node bench/taint.mjs FOLDER ...');
  process.exit(2);
}
const root = resolve(values.of ?? own);
const engine = await load(root);
const require = createRequire(import.meta.url);
const grammars = join(require.resolve('@vscode/tree-sitter-wasm/package.json'), '../wasm');
const parser = await engine.SyntaxParser.start(grammars);
const tools = new Map();
for (const language of engine.languages) {
  await parser.load(language.grammars);
  tools.set(language.id, { language, models: engine.modelsOf(join(root, 'src/rules/taint', language.id)) });
}
/** Seconds of CPU time by stage, of the folder that is being measured. */
let spent;
timed(engine.SyntaxParser.prototype, 'parse', 'parse');
timed(engine.Grammar.prototype, 'copy', 'copy');

const all = [];
for (const folder of positionals) await measure(resolve(folder));
if (values.findings !== undefined) writeFileSync(values.findings, all.map((line) => `${line}\n`).join(''));

async function measure(folder) {
  const { files } = await engine.takeInventory(folder, {
    include: [],
    exclude: [],
    askGit: false,
    limits: engine.defaultLimits,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  for (const { language, models } of tools.values()) {
    const mine = files.filter(({ path }) => language.handles(path));
    const bytes = mine.reduce((sum, { size }) => sum + size, 0);
    if (mine.length === 0) continue;
    spent = { read: 0, choose: 0, parse: 0, copy: 0, lower: 0, follow: 0 };
    const tool = language.create(parser);
    timed(tool, 'lower', 'lower');
    timed(tool, 'mayBegin', 'choose');
    const io = { read: (path) => engine.readSource(join(folder, path)) };
    timed(io, 'read', 'read');
    const paths = new Set(mine.map(({ path }) => path));
    const declared = new engine.WorkspaceNames(folder, paths, tool);
    const project = new engine.Project(tool, models, paths, io.read, declared);
    const slow = [];
    const tooComplex = [];
    let begun = 0;
    const follow = { follow: (path) => project.follow(path, false) };
    timed(follow, 'follow', 'follow');
    for (const { path } of mine) {
      const before = cpu();
      const source = io.read(path);
      if (!tool.mayBegin(source, models)) continue;
      begun += 1;
      if (follow.follow(path) === 'too complex') tooComplex.push(path);
      slow.push([cpu() - before, path]);
    }
    const found = project.take().flatMap(({ file, from, defect, taint }) => {
      if (!taint) return [];
      const line = engine.readSource(join(folder, file)).slice(0, from).split('\n').length;
      return [
        `${basename(folder)}/${file}:${line} ${defect} ${['low', 'medium', 'high'][taint.confidence]} ${taint.origin}`,
      ];
    });
    all.push(
      ...[...new Set(found)].sort(),
      ...tooComplex.sort().map((path) => `${basename(folder)}/${path} too complex`),
    );
    const mb = bytes / 1e6;
    const total = Object.values(spent).reduce((sum, one) => sum + one, 0);
    const stages = Object.entries({ ...spent, total }).map(([stage, s]) => `${stage} ${s.toFixed(2)}`);
    console.log(
      `${basename(folder)} ${language.id}: ${mine.length} files, ${mb.toFixed(1)} MB, ${begun} begun; s: ${stages.join(', ')}; ` +
        `${(mb / total).toFixed(2)} MB/s; ${found.length} findings, ${tooComplex.length} too complex, ${Math.round(process.memoryUsage.rss() / 1e6)} MB`,
    );
    slow.sort(([a], [b]) => b - a);
    for (const [s, path] of slow.slice(0, Number(values.slowest))) console.log(`    ${s.toFixed(2)} s ${path}`);
  }
}

/** Adds the CPU time of a method, without that of others that are timed inside it, to a stage. */
function timed(target, method, stage) {
  const inner = target[method];
  target[method] = function (...args) {
    const before = cpu();
    const others = Object.values(spent).reduce((sum, one) => sum + one, 0);
    try {
      return inner.apply(this, args);
    } finally {
      const inside = Object.values(spent).reduce((sum, one) => sum + one, 0) - others;
      spent[stage] += cpu() - before - inside;
    }
  };
}

function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Builds the engine of a checkout, and loads it. */
async function load(checkout) {
  const place = await mkdtemp(join(tmpdir(), 'codeagent-bench-'));
  const outfile = join(place, 'engine.cjs');
  try {
    await build({
      stdin: { contents: entry, resolveDir: checkout, loader: 'ts' },
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      outfile,
      logLevel: 'warning',
    });
    return createRequire(import.meta.url)(outfile);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
