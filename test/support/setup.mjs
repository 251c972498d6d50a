// Installs what tests and `npm start` need: packages, VS Code from the registry, a browser. Does nothing if everything is there. Only node:
// imports, since it runs in a fresh clone.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { aptInstall } from './apt.mjs';
import { installTools } from './analyzerTools.mjs';
import { installServers } from './clusterServers.mjs';
import { codeServerFolder, mustRunQuietly, npm, onPath, platform, root, workFolder } from './repo.mjs';

/** npm's options for each call: none of its messages or lookups are needed here, and cached packages need not be revalidated. */
const npmFlags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

/** Installs the packages, which building and most checks need. */
export async function setupPackages() {
  await alone('packages', async () => {
    if (!packagesAreCurrent(readLock())) await mustRunQuietly([...npm(), 'ci', ...npmFlags]);
  });
}

/** Packages that building does without: for just starting a fresh clone, this saves three quarters of `npm ci`. */
const notForBuilding =
  /^(?:@types\/.*|@vscode\/(?!tree-sitter-wasm$).*|ajv|axe-core|fast-check|mocha|oxlint|oxlint-tsgolint|playwright-core|typescript)$/;

/** Installs the packages that the build needs, or all of them if some are already there. @returns whether anything was installed */
export async function setupBuildPackages() {
  const lock = readLock();
  const needed = packagesForBuilding(lock);
  if (packagesAreCurrent(needed)) return false;
  if (existsSync(join(root, 'node_modules'))) {
    await setupPackages();
    return true;
  }
  // Separately, since npm installs everything or nothing of the package.json that it finds. No install script is needed.
  const folder = join(workFolder, 'packages');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify(needed['']));
  const { name, version } = needed[''];
  await writeFile(
    join(folder, 'package-lock.json'),
    JSON.stringify({ name, version, lockfileVersion: 3, requires: true, packages: needed }),
  );
  await mustRunQuietly([...npm(), 'ci', '--ignore-scripts', ...npmFlags], { cwd: folder });
  await rename(join(folder, 'node_modules'), join(root, 'node_modules'));
  await rm(folder, { recursive: true, force: true });
  return true;
}

/** The part of a lockfile's packages that the build needs, with URLs so that npm need not ask the registry for each. */
export function packagesForBuilding(lock = readLock()) {
  const { name, version, dependencies, devDependencies, optionalDependencies } = lock[''];
  const wanted = Object.fromEntries(
    Object.entries({ ...dependencies, ...devDependencies }).filter(([name]) => !notForBuilding.test(name)),
  );
  const needed = { '': { name, version, dependencies: wanted, optionalDependencies } };
  const add = (path) => {
    if (path === undefined || path in needed) return;
    const { dev, devOptional, ...entry } = lock[path];
    const name = entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const resolved = `https://registry.npmjs.org/${name}/-/${name.split('/').at(-1)}-${entry.version}.tgz`;
    needed[path] = { ...entry, ...((dev || devOptional) && entry.os ? { optional: true } : {}), resolved };
    const of = { ...entry.dependencies, ...entry.optionalDependencies, ...entry.peerDependencies };
    for (const one of Object.keys(of)) add(resolvedIn(lock, path, one));
  };
  for (const one of Object.keys({ ...wanted, ...optionalDependencies })) add(resolvedIn(lock, '', one));
  return needed;
}

/** Where a package finds another in node_modules: in its own, otherwise in those of the folders above. */
function resolvedIn(lock, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (path in lock) return path;
    if (folder === '') return undefined;
  }
}

/**
 * Sets up the packages and everything else.
 * @param {{browser: boolean, tools?: boolean}} options whether a Chromium is needed, and the real analyzers for tests
 * @returns {Promise<{chromium: string | undefined}>} the browser's path
 */
export async function setup({ browser, tools = false }) {
  await setupPackages();
  return alone('setup', async () => {
    if (!editorIsThere()) console.log('Fetching VS Code ...');
    // Desktop VS Code, where it is asked for, brings itself.
    await Promise.all([fetchEditor(), tools && installTools(), tools && provideServers()]);
    return { chromium: browser ? await provideChromium() : undefined };
  });
}

/** Fetches VS Code for the browser and the Node that runs it. @returns whether anything was fetched */
export async function setupEditor() {
  return alone('setup', async () => {
    if (editorIsThere()) return false;
    await fetchEditor();
    return true;
  });
}

async function fetchEditor() {
  await Promise.all([fetchCodeServer(), fetchNode()]);
  await writeStandIns();
}

const editorIsThere = () => existsSync(codeServerFolder) && existsSync(serverNode);

/** Does something once even if several processes request it at the same time. */
async function alone(name, work) {
  await mkdir(workFolder, { recursive: true });
  const lockFile = join(workFolder, `${name}.lock`);
  await takeLock(lockFile);
  try {
    return await work();
  } finally {
    await rm(lockFile, { force: true });
  }
}

/** A lock file that names its process, so that the lock of a dead one is taken over. */
async function takeLock(lockFile) {
  for (let told = false; ; await delay(200)) {
    try {
      await writeFile(lockFile, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(await readFile(lockFile, 'utf8').catch(() => ''));
    if (holder > 0 && !isAlive(holder)) await rm(lockFile, { force: true });
    else if (!told) console.log(`Waiting for process ${holder}, which sets up the same ...`);
    told = true;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

const readLock = () => JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;

/** Whether node_modules contains the packages of a lockfile. Compares content: file times mean nothing after a checkout. */
function packagesAreCurrent(wanted) {
  const installedList = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedList)) return false;
  const installed = JSON.parse(readFileSync(installedList, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || (installed[path]?.version ?? (optional && version)) === version,
  );
}

/**
 * Packs a package of the registry and extracts a folder of it, dropping the folders above. npm checks its integrity.
 * @param {string[]} without parts of the folder that are left out
 */
async function extractPackage(name, folder, target, without = []) {
  const work = `${target}.pack`;
  await rm(work, { recursive: true, force: true });
  await rm(target, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  await mkdir(target, { recursive: true });
  await mustRunQuietly([...npm(), 'pack', ...npmFlags, '--pack-destination', work, name]);
  const [archive] = await readdir(work);
  const strip = String(folder.split('/').length);
  const excluded = without.flatMap((part) => ['--exclude', `${folder}/${part}`]);
  await mustRunQuietly([
    'tar',
    '-xzf',
    join(work, archive),
    '-C',
    target,
    '--strip-components',
    strip,
    ...excluded,
    folder,
  ]);
  await rm(work, { recursive: true });
}

/** Extensions and packages of VS Code, a third of its size, that are not used here. */
const unusedExtensions = ['extensions/copilot', 'extensions/mermaid-markdown-features'];
const unusedPackages = ['@github/copilot-sdk', '@microsoft/mxc-sdk'];

/** VS Code's server with its browser workbench: `lib/vscode` of the package code-server, without building anything. */
async function fetchCodeServer() {
  if (existsSync(codeServerFolder)) return;
  const partial = `${codeServerFolder}.partial`;
  await extractPackage('code-server@4.139.1', 'package/lib/vscode', partial, unusedExtensions);
  for (const file of ['package.json', 'npm-shrinkwrap.json']) {
    const parsed = JSON.parse(await readFile(join(partial, file), 'utf8'));
    for (const list of [parsed.dependencies, parsed.packages?.['']?.dependencies])
      for (const name of list ? unusedPackages : []) delete list[name];
    await writeFile(join(partial, file), JSON.stringify(parsed));
  }
  await mustRunQuietly([...npm(), 'install', '--omit=dev', '--ignore-scripts', ...npmFlags], { cwd: partial });
  await rename(partial, codeServerFolder);
}

async function writeStandIns() {
  for (const [name, source] of Object.entries(standIns)) {
    const folder = join(codeServerFolder, 'node_modules', name);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version: '0.0.0', main: 'index.js' }));
    await writeFile(join(folder, 'index.js'), source);
  }
}

/** Native modules that the package leaves unbuilt, in plain JavaScript. One `exports.x =` each: ESM imports need that. */
const standIns = {
  '@vscode/native-watchdog': 'exports.start = () => undefined;\nexports.exit = (code) => process.exit(code);\n',
  '@vscode/spdlog': `const { appendFileSync, mkdirSync } = require('node:fs');
const { dirname } = require('node:path');
const names = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];
class Logger {
  constructor(file) {
    Object.assign(this, { file, level: 2, formatted: true });
    mkdirSync(dirname(file), { recursive: true });
  }
  write(level, message) {
    if (level < this.level) return;
    const stamp = new Date().toISOString().replace('T', ' ').replace('Z', '');
    appendFileSync(this.file, this.formatted ? stamp + ' [' + names[level] + '] ' + message + '\\n' : message);
  }
  trace(m) { this.write(0, m); }
  debug(m) { this.write(1, m); }
  info(m) { this.write(2, m); }
  warn(m) { this.write(3, m); }
  error(m) { this.write(4, m); }
  critical(m) { this.write(5, m); }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  setPattern() {}
  clearFormatters() { this.formatted = false; }
  flush() {}
  drop() {}
}
exports.version = 0;
exports.setLevel = () => undefined;
exports.setFlushOn = () => undefined;
exports.shutdown = () => undefined;
exports.Logger = Logger;
exports.createRotatingLogger = async (name, file) => new Logger(file);
exports.createAsyncRotatingLogger = async (name, file) => new Logger(file);
`,
};

/** VS Code's server needs Node 22.15 or later. */
const [major, minor] = process.versions.node.split('.').map(Number);
const nodeIsNewEnough = major > 22 || (major === 22 && minor >= 15);
const nodeFolder = join(workFolder, 'node-24');

/** The Node that runs VS Code's server: this one, or the one that `setup` fetches. */
export const serverNode = nodeIsNewEnough ? process.execPath : join(nodeFolder, 'node');

async function fetchNode() {
  if (existsSync(serverNode)) return;
  await extractPackage(`node-${platform}@24`, 'package/bin', `${nodeFolder}.partial`);
  await rename(`${nodeFolder}.partial`, nodeFolder);
}

// The first is Chromium without a visible window: a VS Code window needs a sixth less CPU time in it.
const chromiumNames = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
];
const macBrowsers = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The browser to drive: CHROMIUM_PATH or what is installed; undefined when there is none. */
export function findChromium() {
  return process.env.CHROMIUM_PATH ?? chromiumNames.map(onPath).find(Boolean) ?? macBrowsers.find((p) => existsSync(p));
}

/** If they are not available, the tests that need them say so, and fail; all others run. */
function provideServers() {
  return installServers().catch((error) => console.error(error.message));
}

async function provideChromium() {
  const found = findChromium();
  if (found) {
    if (!existsSync(found)) throw new Error(`CHROMIUM_PATH names no file: ${found}`);
    return found;
  }
  if (!(await aptInstall(['chromium-headless-shell']))) await aptInstall(['chromium']);
  const installed = findChromium();
  if (installed) return installed;
  throw new Error(
    'The tests drive VS Code in a browser, and none was found. Install Chromium or Google Chrome ' +
      '(on Debian: apt-get install chromium), or set CHROMIUM_PATH to its program.',
  );
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  // No top-level await: the e2e tests bundle this file to CommonJS.
  setup({ browser: true, tools: true }).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
