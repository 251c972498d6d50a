// Builds what ships (dist/) and, with --tests, the test suites (out/test/), whose source maps, two thirds of their size, only debugging needs
// (`--without-maps`). `--watch` rebuilds the code on change; `--unless-built` does nothing when dist/ was built of the same sources.
import { build, context } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { parse } from 'yaml';
import { compileRules } from './src/engines/patterns/compileRules.mjs';
import { rulePages } from './src/engines/patterns/rulePages.mjs';
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
      const ofPackage = `require('node:module').createRequire(__filename).resolve('@astral-sh/ruff-wasm-nodejs/ruff_wasm_bg.wasm')`;
      const code = await readFile(path, 'utf8');
      const read = "require('fs').readFileSync(wasmPath)";
      if (!code.includes(own) || !code.includes(read))
        throw new Error(`${path} does not read its WebAssembly as before: see esbuild.mjs`);
      const reader = JSON.stringify(resolve('src/base/asset.ts'));
      const found = `(hasAsset(${own}) ? ${own} : ${ofPackage})`;
      return {
        contents: `const { hasAsset, readAssetSync } = require(${reader});\n${code.replace(own, found).replace(read, 'readAssetSync(wasmPath)')}`,
        resolveDir: dirname(path),
      };
    });
  },
};

/** tree-sitter makes itself a require(), which a CommonJS file has; the variable of that name would hide it. */
const treeSitterRequire = {
  name: 'tree-sitter-require',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]tree-sitter\.js$/ }, async ({ path }) => {
      const own =
        /const \{ createRequire \} = await import\("module"\);\s*var require = createRequire\(getCurrentScriptUrl\(\)\);/;
      const code = await readFile(path, 'utf8');
      if (!own.test(code)) throw new Error(`${path} does not make its require() as before: see esbuild.mjs`);
      return { contents: code.replace(own, ''), resolveDir: dirname(path) };
    });
  },
};

/** Libraries that most bundles use: each is a file of its own, which the bundles load, so that it is there once. */
const shared = { undici: 'undici', zod: 'zod', yaml: 'yaml', regexpp: '@eslint-community/regexpp' };

/**
 * Has a bundle load these, and VS Code's API, as one module each: of a foreign one, esbuild copies all names for each file that imports it. Both
 * the API and zod have hundreds, which took most of the time in which a window loads the extension.
 */
const loadShared = {
  name: 'load-shared',
  setup({ onResolve, onLoad }) {
    const files = Object.entries(shared).map(([file, name]) => [name, `./${file}.js`]);
    const places = new Map([...files, ['vscode', 'vscode']]);
    const filter = new RegExp(`^(?:${[...places.keys()].join('|')})$`);
    onResolve({ filter }, ({ path, kind, namespace }) =>
      kind === 'require-call' || namespace === 'shared'
        ? { path: places.get(path), external: true }
        : { path, namespace: 'shared' },
    );
    onLoad({ filter, namespace: 'shared' }, ({ path }) => ({ contents: `export * from '${path}';` }));
  },
};

/** Libraries that only a cluster needs: one file, which is loaded when one is used, and which the .vsix does not carry. */
const clusterLibraries = resolve('src/service/cluster/libraries.ts');

const loadCluster = {
  name: 'load-cluster',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/libraries$/ }, ({ resolveDir }) =>
      join(resolveDir, 'libraries.ts') === clusterLibraries
        ? { path: './clusterLibraries.js', external: true }
        : undefined,
    );
  },
};

/** zod brings its messages in fifty languages, half of its size. */
const oneLocale = {
  name: 'one-locale',
  setup({ onLoad }) {
    onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: dirname(path),
    }));
  },
};

/** Tests stay in the repository: they take packages from node_modules, except modules, which require() cannot load. */
const fromNodeModules = {
  name: 'from-node-modules',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, resolveDir }) => {
      if (path in node.alias) return undefined;
      let file;
      try {
        file = createRequire(join(resolveDir, 'any.js')).resolve(path);
      } catch {
        return undefined; // esbuild finds it by other means, or says that it is missing.
      }
      return isAbsolute(file) && !isModule(file) ? { path: file, external: true } : undefined;
    });
  },
};

/** Whether a file of a package is a module, rather than CommonJS: not all packages say so. @param {string} file */
function isModule(file) {
  let folder = dirname(file);
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  const { type } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return (type === 'module' && !file.endsWith('.cjs')) || /^(?:import|export)\b/m.test(readFileSync(file, 'utf8'));
}

/** Code that is kept compiled (src/base/compiledCode.ts) cannot import(): it requires instead. */
const compiled = { ...node, supported: { 'dynamic-import': false } };

const entries = {
  shared: {
    ...compiled,
    entryPoints: shared,
    outdir: 'dist',
    plugins: [oneLocale],
  },
  cluster: {
    ...compiled,
    entryPoints: { clusterLibraries },
    outdir: 'dist',
    // Optional parts that nobody uses here.
    external: ['pg-native', 'redis', 'bullmq-otel'],
    plugins: [loadShared],
  },
  extension: {
    ...node,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    plugins: [loadShared],
  },
  runner: {
    ...compiled,
    entryPoints: {
      cli: 'src/cli.ts',
      main: 'src/main.ts',
      gitLauncher: 'src/sources/git/launcher.ts',
      guardianProcess: 'src/base/guardianProcess.ts',
      // What runs in a thread or process of its own, by its file's name: src/engines/secrets/secretlintWorker.ts is dist/secretlintWorker.js.
      ...Object.fromEntries(
        globSync('src/{engines/*,findings}/*{Worker,Child}.ts').map((path) => [basename(path, '.ts'), path]),
      ),
    },
    outdir: 'dist',
    external: ['@napi-rs/nice'],
    plugins: [ruffWasm, treeSitterRequire, loadShared, loadCluster],
  },
  // Modules, so that what they have in common, zod above all, is there once.
  webview: {
    ...node,
    platform: 'browser',
    format: 'esm',
    splitting: true,
    target: 'es2022',
    define: {},
    banner: {},
    entryPoints: {
      panel: 'src/webview/panel.ts',
      report: 'src/webview/report.ts',
      detail: 'src/webview/detail.ts',
    },
    outdir: 'dist/webview',
    plugins: [oneLocale],
  },
  // The page of `codeagent serve`.
  page: {
    ...node,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    define: {},
    banner: {},
    entryPoints: ['team.ts', 'team.css'].map((name) => `src/webview/team/${name}`),
    outdir: 'dist/page',
    keepNames: false,
    plugins: [oneLocale],
  },
};

/**
 * Does `work`, unless it was done of the same inputs before and what it made is still there.
 * @param {string} name of the stamp in out/
 * @param {string[]} inputs globs
 * @param {string[]} made globs of files; each must match something
 * @param {() => Promise<void>} work
 */
async function unlessDone(name, inputs, made, work) {
  const stamp = `out/${name}.sha256`;
  const stateOf = async () => {
    const hash = createHash('sha256');
    const files = globSync([...inputs, ...made], { dot: true }).sort();
    for (const file of files) hash.update(`${file}\0${await readFile(file, 'utf8')}\0`);
    return hash.digest('hex');
  };
  const isThere = existsSync(stamp) && made.every((glob) => globSync(glob).length > 0);
  if (isThere && (await readFile(stamp, 'utf8')) === (await stateOf())) return;
  // Gone first: what a build that broke off leaves must not be taken for done.
  await rm(stamp, { force: true });
  await work();
  await mkdir('out', { recursive: true });
  await writeFile(stamp, await stateOf());
}

const ruleSources = 'src/rules/patterns';
const ruleInputs = [
  'package-lock.json',
  'src/engines/patterns/*.mjs',
  `${ruleSources}/**/*.yml`,
  'src/rules/catalogs/*.yml',
];

/** Compiles the rules and lists them in docs/rules.md. */
async function rules() {
  const made = ['languages', 'rules', 'needs', 'patterns'].map((name) => `dist/ast-grep/${name}.json`);
  await unlessDone('rules', ruleInputs, [...made, 'docs/rules.md'], async () => {
    await rm('dist/ast-grep', { recursive: true, force: true });
    await compileRules(ruleSources, 'dist/ast-grep');
    await writeFile('docs/rules.md', await rulesDoc(ruleSources));
  });
}

/** A folder of models for each language of the taint engine. */
const taintModels = 'src/rules/taint';

/** Where the texts of rules stand that are no pattern rules, with the one that says what a rule's id was. */
const ruleTables = {
  ruffRules: 'src/engines/python/rules.ts',
  taintRules: 'src/engines/taint/taintRules.ts',
  renamedRules: 'src/findings/renamedRules.ts',
  replacedRules: 'src/findings/renamedRules.ts',
  languages: 'src/engines/taint/languages/languages.ts',
};

/** What our sources export, by name. @param {Readonly<Record<string, string>>} files each name's file */
async function exported(files) {
  const contents = Object.entries(files).map(([name, path]) => `export { ${name} } from './${path}';`);
  const stdin = { contents: contents.join('\n'), resolveDir: '.' };
  const { outputFiles } = await build({
    stdin,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    alias: node.alias,
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}

/** Writes a page for each rule: docs/rules/<id>.md, and all in one file for the extension, which lasts from one build to the next in out/. */
async function pages() {
  const paths = {
    rules: ruleSources,
    fixtures: 'test/rules',
    pages: 'src/rules/pages.yml',
    models: taintModels,
  };
  const inputs = [
    ...ruleInputs,
    `${paths.fixtures}/**/*.yml`,
    `${paths.models}/*/*.yml`,
    paths.pages,
    ...Object.values(ruleTables),
    'src/engines/taint/languages/*/*.ts',
  ];
  await unlessDone('pages', inputs, ['docs/rules/*.md', 'out/rulePages.json'], async () => {
    const made = await rulePages(paths, await exported(ruleTables));
    await rm('docs/rules', { recursive: true, force: true });
    await mkdir('docs/rules', { recursive: true });
    for (const [id, page] of Object.entries(made.rules)) await writeFile(`docs/rules/${id}.md`, page);
    await mkdir('out', { recursive: true });
    await writeFile('out/rulePages.json', JSON.stringify(made));
  });
  await copyFile('out/rulePages.json', 'dist/rulePages.json');
  await configSchema();
}

/** Writes the titles of our rules, and the JSON schemas of .codeagent/: of config.json, in which each rule completes with its title, of rules and models. */
async function configSchema() {
  const { rules } = JSON.parse(await readFile('out/rulePages.json', 'utf8'));
  const { jsonSchemaOfConfig, secretTitles, renamedRules, replacedRules, ...own } = await exported({
    jsonSchemaOfRule: 'src/findings/policy/customSchema.ts',
    jsonSchemaOfModel: 'src/findings/policy/customSchema.ts',
    customModelFile: 'src/engines/taint/customMessages.ts',
    customRuleSource: 'src/engines/patterns/ruleSchema.mjs',
    languageSuffix: 'src/engines/patterns/ruleSchema.mjs',
    languages: ruleTables.languages,
    jsonSchemaOfConfig: 'src/findings/policy/jsonSchema.ts',
    secretTitles: 'src/engines/secrets/titles.ts',
    renamedRules: ruleTables.renamedRules,
    replacedRules: ruleTables.replacedRules,
  });
  const titles = {
    ...Object.fromEntries(Object.entries(rules).map(([id, page]) => [id, titleOf(page)])),
    ...secretTitles(),
  };
  for (const [id, former] of Object.entries(renamedRules)) titles[former] ??= titles[id];
  for (const [id, formers] of Object.entries(replacedRules))
    for (const former of formers) titles[former] ??= titles[id];
  await writeFile('dist/ruleTitles.json', JSON.stringify(titles));
  await writeFile('dist/config.schema.json', JSON.stringify(jsonSchemaOfConfig(titles)));
  const ruleSchema = own.jsonSchemaOfRule(own.customRuleSource, Object.keys(own.languageSuffix));
  await writeFile('dist/rule.schema.json', JSON.stringify(ruleSchema));
  const modelSchema = own.jsonSchemaOfModel(
    own.customModelFile,
    own.languages.map(({ id }) => id),
  );
  await writeFile('dist/model.schema.json', JSON.stringify(modelSchema));
}

/** The title of a rule's page. @param {string} page */
function titleOf(page) {
  return /^# (.+)$/m.exec(page)?.[1] ?? '';
}

/** Files that the bundles load beside themselves. */
async function assets() {
  await rules();
  await pages();
  const binary = astGrepBinary();
  const target = join('dist/ast-grep', binary.endsWith('.exe') ? 'ast-grep.exe' : 'ast-grep');
  await rm(target, { force: true });
  await copyFile(binary, target);
  await chmod(target, 0o755);
  await copyFile('src/engines/patterns/wasm/ast-grep.wasm.br', 'dist/ast-grep/ast-grep.wasm.br');
  const ruff = dirname(require.resolve('@astral-sh/ruff-wasm-nodejs/package.json'));
  await cp(join(ruff, 'ruff_wasm_bg.wasm'), 'dist/ruff_wasm_bg.wasm');
  await taintAssets('dist/taint');
  await mkdir('dist/page', { recursive: true });
  await copyFile('src/webview/team/index.html', 'dist/page/index.html');
  await copyFile('src/webview/team/icon.svg', 'dist/page/icon.svg');
  await piscinaWorker();
}

/** The grammars and models of the taint engine. */
async function taintAssets(folder) {
  await mkdir(folder, { recursive: true });
  const wasm = dirname(require.resolve('@vscode/tree-sitter-wasm'));
  await copyFile(join(wasm, 'tree-sitter.wasm'), join(folder, 'tree-sitter.wasm'));
  const { languages } = await exported({ languages: ruleTables.languages });
  for (const { id, grammars } of languages) {
    for (const name of Object.keys(grammars).map((grammar) => `tree-sitter-${grammar}.wasm`))
      await copyFile(join(wasm, name), join(folder, name));
    const models = globSync(`${taintModels}/${id}/*.yml`).sort();
    if (models.length === 0) throw new Error(`${taintModels}/${id} has no models`);
    const contents = await Promise.all(models.map(async (path) => parse(await readFile(path, 'utf8'))));
    // The examples are tests and documentation.
    for (const one of contents) delete one.examples;
    await writeFile(join(folder, `${id}.json`), JSON.stringify(contents));
  }
}

/** piscina starts its worker threads from a file of its own, beside the bundle; ours keeps the code that they compile. */
async function piscinaWorker() {
  const worker = join(dirname(require.resolve('piscina')), 'worker.js');
  const kept = "import { keepCompiledCode } from './src/base/compiledCode';\nkeepCompiledCode(__dirname, true);\n";
  await build({
    ...node,
    stdin: {
      contents: `${kept}require(${JSON.stringify(worker)});`,
      resolveDir: '.',
      loader: 'ts',
    },
    outfile: 'dist/worker.js',
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
    sourcemap: process.argv.includes('--without-maps') ? false : 'linked',
    minify: false,
    outbase: 'test',
    outdir: 'out/test',
    external: ['vscode', 'mocha', 'oxfmt', 'typescript'],
    plugins: [fromNodeModules],
  };
  await build({ ...tests, entryPoints: globSync(['test/{host,e2e}/**/*.test.ts', 'test/host/index.ts']) });
  await build({
    ...tests,
    entryPoints: globSync('test/{unit,integration,architecture}/**/*.test.ts'),
    // These run without VS Code; the words of src/ui ask it for their translation.
    alias: { ...tests.alias, vscode: resolve('test/unit/support/vscode.ts') },
  });
  for (const suite of ['unit', 'integration'])
    await build({
      ...node,
      entryPoints: { gitLauncher: entries.runner.entryPoints.gitLauncher },
      outdir: join('out/test', suite),
    });
} else {
  // Gone first, as with the rules.
  await rm(builtStamp, { force: true });
  for (const old of globSync('dist/*', { onlyFiles: false, ignore: 'dist/ast-grep' }))
    await rm(old, { recursive: true });
  for (const file of await generateManifest('.')) console.log(`wrote ${file}`);
  await assets();
  if (watch) {
    const relist = { name: 'manifest', setup: ({ onEnd }) => onEnd(() => writeManifest('dist')) };
    for (const options of Object.values(entries))
      await (await context({ ...options, plugins: [...(options.plugins ?? []), relist] })).watch();
    console.log('watching');
  } else {
    await Promise.all(Object.values(entries).map((options) => build(options)));
    await chmod('dist/cli.js', 0o755);
    await writeManifest('dist');
    await writeFile(builtStamp, await builtState());
    console.log('built dist/');
  }
}
