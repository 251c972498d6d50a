// Builds what ships (dist/) and, with --tests, the test suites (out/test/). `--watch` rebuilds the code on change; `--unless-built`
// does nothing when dist/ was built of the same sources.
import { build, context } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { compileRules } from './src/engines/patterns/compileRules.mjs';
import { rulesDoc } from './src/engines/patterns/rulesDoc.mjs';
import { generateManifest } from './src/ui/manifest/generate.mjs';
import { writeManifest } from './test/support/packages/manifest.mjs';
import { astGrepBinary } from './test/support/ruleCheck.mjs';

const require = createRequire(import.meta.url);
const watch = process.argv.includes('--watch');
const release = process.argv.includes('--release');

/** Node code: one CommonJS file each, since the extension host and fork() load it as it is. */
const node = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: release ? false : 'linked',
  minify: release,
  keepNames: release,
  logLevel: 'warning',
  // Some ESM packages ask for their own place; in a bundle that is the bundle's file.
  define: { 'import.meta.url': 'importMetaUrl' },
  inject: [],
  // Secretlint's profiler keeps all marks it makes; see the file.
  // jsonc-parser's main file loads its parts in a way that no bundler sees.
  alias: {
    '@secretlint/profiler': resolve('src/engines/secrets/noProfiler.ts'),
    'jsonc-parser': resolve('node_modules/jsonc-parser/lib/esm/main.js'),
  },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
};

/** ruff's JavaScript reads its WebAssembly beside itself: in a bundle that is beside the bundle, and in npm's tarball in ruff's own package. */
const ruffWasm = {
  name: 'ruff-wasm',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]ruff_wasm\.js$/ }, async ({ path }) => {
      const own = '`${__dirname}/ruff_wasm_bg.wasm`';
      const code = await readFile(path, 'utf8');
      if (!code.includes(own)) throw new Error(`${path} does not read its WebAssembly as before: see esbuild.mjs`);
      const ofPackage = `require('node:module').createRequire(__filename).resolve('@astral-sh/ruff-wasm-nodejs/ruff_wasm_bg.wasm')`;
      return { contents: code.replace(own, `(require('node:fs').existsSync(${own}) ? ${own} : ${ofPackage})`) };
    });
  },
};

const entries = {
  extension: { ...node, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js', external: ['vscode'] },
  runner: {
    ...node,
    entryPoints: {
      cli: 'src/cli.ts',
      gitLauncher: 'src/sources/git/launcher.ts',
      guardianProcess: 'src/base/guardianProcess.ts',
      // What runs in a thread or process of its own, by its file's name: src/engines/secrets/secretlintWorker.ts is dist/secretlintWorker.js.
      ...Object.fromEntries(
        globSync('src/{engines/*,findings}/*{Worker,Child}.ts').map((path) => [basename(path, '.ts'), path]),
      ),
    },
    outdir: 'dist',
    external: ['@napi-rs/nice'],
    plugins: [ruffWasm],
  },
  webview: {
    ...node,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    define: {},
    banner: {},
    entryPoints: { panel: 'src/webview/panel.ts', report: 'src/webview/report.ts' },
    outdir: 'dist/webview',
  },
};

/** Compiles the rules and lists them in docs/rules.md, unless both were made of the same sources before. @returns what was done */
async function rules() {
  const folder = 'src/engines/patterns';
  const sources = 'src/rules/patterns';
  const made = ['dist/ast-grep/rules.json', 'dist/ast-grep/languages.json', 'docs/rules.md'];
  const stateOf = async () => {
    const hash = createHash('sha256');
    const inputs = ['package-lock.json', ...globSync([`${folder}/*.mjs`, `${sources}/**/*.yml`]).sort()];
    for (const file of [...inputs, ...made]) hash.update(`${file}\0${await readFile(file, 'utf8')}\0`);
    return hash.digest('hex');
  };
  const stamp = 'out/rules.sha256';
  if ([stamp, ...made].every(existsSync) && (await readFile(stamp, 'utf8')) === (await stateOf()))
    return 'the rules of before';
  // Gone first: what a build that broke off leaves must not be taken for done.
  await rm(stamp, { force: true });
  const count = await compileRules(sources, 'dist/ast-grep');
  await writeFile('docs/rules.md', await rulesDoc(sources));
  await mkdir('out', { recursive: true });
  await writeFile(stamp, await stateOf());
  return `${count} rules`;
}

/** Files that the bundles load beside themselves. */
async function assets() {
  await mkdir('dist/ast-grep', { recursive: true });
  const told = await rules();
  const binary = astGrepBinary();
  const target = join('dist/ast-grep', binary.endsWith('.exe') ? 'ast-grep.exe' : 'ast-grep');
  await rm(target, { force: true });
  await copyFile(binary, target);
  await chmod(target, 0o755);
  const ruff = dirname(require.resolve('@astral-sh/ruff-wasm-nodejs/package.json'));
  await cp(join(ruff, 'ruff_wasm_bg.wasm'), 'dist/ruff_wasm_bg.wasm');
  await piscinaWorker('dist');
  return told;
}

/** piscina starts its worker threads from a file of its own, beside the bundle. */
async function piscinaWorker(folder) {
  await mkdir(folder, { recursive: true });
  await build({
    ...node,
    entryPoints: [join(dirname(require.resolve('piscina')), 'worker.js')],
    outfile: join(folder, 'worker.js'),
    external: ['@napi-rs/nice'],
  });
}

const builtStamp = 'out/built.sha256';

/** Tells builds apart: a hash of all that they are made of and of what they made. */
async function builtState() {
  const hash = createHash('sha256');
  const inputs = ['esbuild.mjs', 'package.json', 'package-lock.json', ...globSync('src/**', { dot: true }).sort()];
  for (const file of [...inputs, 'dist/manifest.json']) hash.update(`${file}\0`).update(await readFile(file));
  return hash.digest('hex');
}

async function isBuilt() {
  return (
    [builtStamp, 'dist/manifest.json'].every(existsSync) &&
    (await readFile(builtStamp, 'utf8')) === (await builtState())
  );
}

if (process.argv.includes('--unless-built') && (await isBuilt())) {
  console.log('dist/ is built');
} else if (process.argv.includes('--tests')) {
  await rm('out/test', { recursive: true, force: true });
  const tests = {
    ...node,
    sourcemap: 'linked',
    minify: false,
    outbase: 'test',
    outdir: 'out/test',
    external: ['vscode', 'mocha', 'playwright-core', 'axe-core', 'esbuild', '@napi-rs/nice', 'prettier', 'typescript'],
  };
  await build({ ...tests, entryPoints: globSync(['test/{host,e2e}/**/*.test.ts', 'test/host/index.ts']) });
  await build({
    ...tests,
    entryPoints: globSync('test/{unit,integration,architecture}/**/*.test.ts'),
    // These run without VS Code; the words of src/ui ask it for their translation.
    alias: { ...tests.alias, vscode: resolve('test/unit/support/vscode.ts') },
  });
  for (const suite of ['unit', 'integration']) {
    const folder = join('out/test', suite);
    await piscinaWorker(folder);
    await build({ ...node, entryPoints: { gitLauncher: entries.runner.entryPoints.gitLauncher }, outdir: folder });
  }
} else {
  // Gone first, as with the rules.
  await rm(builtStamp, { force: true });
  for (const old of globSync('dist/*', { onlyFiles: false, ignore: 'dist/ast-grep' }))
    await rm(old, { recursive: true });
  for (const file of await generateManifest('.')) console.log(`wrote ${file}`);
  const rules = await assets();
  if (watch) {
    const relist = { name: 'manifest', setup: ({ onEnd }) => onEnd(() => writeManifest('dist')) };
    for (const options of Object.values(entries))
      await (await context({ ...options, plugins: [...(options.plugins ?? []), relist] })).watch();
    console.log(`watching; ${rules}`);
  } else {
    await Promise.all(Object.values(entries).map((options) => build(options)));
    await chmod('dist/cli.js', 0o755);
    await writeManifest('dist');
    await writeFile(builtStamp, await builtState());
    console.log(`built dist/ with ${rules}`);
  }
}
