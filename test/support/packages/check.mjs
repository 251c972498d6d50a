import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { build } from 'esbuild';
import { unzipSync } from 'fflate';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { platform, root } from '../repo.mjs';
import { binaryOf } from './binary.mjs';
import { programName, targets } from './targets.mjs';

/** Targets without their own program run wherever Node does. */
const runsHere = (target) => target === platform || targets[target].binary === undefined;

/**
 * Unpacks a package and checks that it contains exactly what its target needs; runs it on a file of each kind of code if possible.
 * @throws AssertionError that says what is wrong
 */
export async function checkVsix(target, file) {
  const entries = new Map(
    Object.entries(unzipSync(await readFile(file)))
      .filter(([path]) => !path.endsWith('/'))
      .map(([path, content]) => [path, Buffer.from(content.buffer, content.byteOffset, content.length)]),
  );
  checkAbout(target, entries);
  checkPieces(target, entries);
  const ran = runsHere(target) ? await checkScan(target, entries) : 'not run: it is for another machine';
  console.log(`${target}: ${entries.size} files, checked; ${ran}`);
}

/** Its metadata: name, version, platform, texts, pictures. */
function checkAbout(target, entries) {
  const text = (path) => {
    const content = entries.get(path);
    assert.ok(content, `${target}: ${path} is missing`);
    return content.toString('utf8');
  };
  const platformSaid = /TargetPlatform="([^"]*)"/.exec(text('extension.vsixmanifest'))?.[1];
  assert.equal(platformSaid, target === 'universal' ? undefined : target);
  const manifest = JSON.parse(text('extension/package.json'));
  const words = JSON.parse(text('extension/package.nls.json'));
  for (const [, key] of JSON.stringify(manifest).matchAll(/"%([\w.]+)%"/g))
    assert.ok(key in words, `${target}: package.nls.json has no ${key}`);
  for (const path of [manifest.main, manifest.icon, 'LICENSE.txt', 'readme.md', 'changelog.md', 'package.nls.de.json'])
    text(join('extension', path).replaceAll('\\', '/'));
  text('extension/l10n/bundle.l10n.de.json');
  for (const path of entries.keys())
    assert.match(path, /^(?:extension\/|extension\.vsixmanifest$|\[Content_Types\]\.xml$)/, `${target}: ${path}`);
}

/** Its contents: as listed in its manifest, with only the program of its target. */
function checkPieces(target, entries) {
  const dist = 'extension/dist/';
  const listed = JSON.parse(entries.get(`${dist}manifest.json`).toString('utf8'));
  const there = [...entries.keys()].flatMap((path) => (path.startsWith(dist) ? [path.slice(dist.length)] : []));
  assert.deepEqual(there.sort(), [...Object.keys(listed), 'manifest.json'].sort(), target);
  for (const [path, { sha256 }] of Object.entries(listed)) {
    const actual = createHash('sha256')
      .update(entries.get(dist + path))
      .digest('hex');
    assert.equal(actual, sha256, `${target}: ${path}`);
  }
  const programs = [...entries].flatMap(([path, content]) => {
    const binary = binaryOf(content);
    return binary ? [[path, binary]] : [];
  });
  const { binary } = targets[target];
  assert.deepEqual(programs, binary ? [[`${dist}ast-grep/${programName(target)}`, binary]] : [], target);
  for (const path of ['ast-grep/ast-grep.wasm.br', 'astGrepChild.js'])
    assert.equal(entries.has(dist + path), binary === undefined, `${target}: ${path}`);
  const needed = [
    'ruff_wasm_bg.wasm',
    'taint/tree-sitter.wasm',
    'taint/tree-sitter-javascript.wasm',
    'ast-grep/patterns.json',
    'texts',
  ];
  if (target === 'universal') needed.push('scripts', 'undici.js');
  else needed.push('projectFlowWorker.js');
  for (const name of needed) assert.ok(entries.has(`${dist}${name}.br`), `${target}: ${name} is missing`);
}

/** Runs it without the repository. @returns the results */
async function checkScan(target, entries) {
  const folder = await mkdtemp(join(tmpdir(), 'codeagent-package-'));
  try {
    for (const [path, content] of entries) {
      const to = join(folder, 'package', path);
      await mkdir(dirname(to), { recursive: true });
      await writeFile(to, content, { mode: path.endsWith('/ast-grep') ? 0o755 : 0o644 });
    }
    const tree = join(folder, 'tree');
    const { planted, writePlanted } = await plantedFiles();
    await writePlanted(tree);
    const args = [join(folder, 'package', 'extension', 'dist', 'cli.js'), 'scan', tree];
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [...args, '--no-osv', '--format', 'json', '--progress', 'none'],
      // Without this machine's programs: what the package does by itself.
      { cwd: folder, env: { HOME: folder, PATH: '' }, encoding: 'utf8', maxBuffer: 64_000_000 },
    );
    assert.equal(status, 0, `${target}: ${stderr}`);
    const { files, meta } = JSON.parse(stdout);
    const states = Object.fromEntries(meta.analyzers.map(({ id, status }) => [id, status]));
    for (const id of ['ast-grep', 'flow', 'redos', 'ruff', 'secretlint'])
      assert.equal(states[id], 'completed', `${target}: ${id}: ${stderr}`);
    const gap = meta.coverage.gaps.find(({ kind }) => kind === 'analyzer_unavailable');
    assert.equal(gap, undefined, JSON.stringify(meta.coverage));
    const version = meta.analyzers.find(({ id }) => id === 'ast-grep')?.version ?? '';
    assert.equal(/WebAssembly/.test(version), targets[target].binary === undefined, `${target}: ${version}`);
    const found = files.filter(({ issues }) => issues.length > 0).map(({ path }) => path);
    // In the lockfile, only a lookup finds something, which would contact another machine.
    const expected = Object.keys(planted).filter((path) => !/^package/.test(path));
    assert.deepEqual(found.sort(), expected.sort(), target);
    return `run: findings in ${found.length} of ${expected.length} files`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The tree of the e2e tests: a file of each kind of code. */
async function plantedFiles() {
  const entry = join(root, 'test/e2e/support/planted.ts');
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
