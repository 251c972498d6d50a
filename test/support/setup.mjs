// Brings what tests and `npm start` need: packages, a VS Code of the registry, a browser. Does nothing when all is there.
// Only node: imports, since it runs in a clean clone.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { installTools } from './analyzerTools.mjs';
import { codeServerFolder, mustRun, onPath, platform, root, run, workFolder } from './repo.mjs';

/** Installs the packages, which building and most checks need. */
export async function setupPackages() {
  await alone(async () => {
    if (!packagesAreCurrent()) await mustRun('npm', ['ci']);
  });
}

/**
 * Sets up the packages and all else.
 * @param {{browser: boolean, tools?: boolean}} options whether a Chromium is needed, and the analyzers that tests run for real
 * @returns {Promise<{chromium: string | undefined}>} the browser's path
 */
export async function setup({ browser, tools = false }) {
  await setupPackages();
  return alone(async () => {
    // Desktop VS Code, where it is asked for, brings itself.
    const editor = async () => {
      await fetchCodeServer();
      await writeStandIns();
      await fetchNode();
    };
    await Promise.all([editor(), tools && installTools()]);
    return { chromium: browser ? await provideChromium() : undefined };
  });
}

/** Does something once even if several processes ask for it at the same time. */
async function alone(work) {
  await mkdir(workFolder, { recursive: true });
  await takeLock();
  try {
    return await work();
  } finally {
    await rm(lockFile, { force: true });
  }
}

const lockFile = join(workFolder, 'setup.lock');

/** A lock file that names its process, so that the lock of a dead one is taken over. */
async function takeLock() {
  for (let told = false; ; await delay(200)) {
    try {
      await writeFile(lockFile, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(await readFile(lockFile, 'utf8').catch(() => ''));
    if (holder > 0 && !isAlive(holder)) await rm(lockFile, { force: true });
    else if (!told) console.log(`Waiting for another setup (process ${holder}) ...`);
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

/** Whether node_modules holds what the lockfile names. Compares content: file times mean nothing after a checkout. */
function packagesAreCurrent() {
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installedList = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedList)) return false;
  const installed = JSON.parse(readFileSync(installedList, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || (installed[path]?.version ?? (optional && version)) === version,
  );
}

/** Packs a package of the registry and extracts a folder of it, dropping the folders above. npm checks its integrity. */
async function extractPackage(name, folder, target) {
  const work = `${target}.pack`;
  await rm(work, { recursive: true, force: true });
  await rm(target, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  await mkdir(target, { recursive: true });
  await mustRun('npm', ['pack', '--silent', '--pack-destination', work, name], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [archive] = await readdir(work);
  const strip = String(folder.split('/').length);
  await mustRun('tar', ['-xzf', join(work, archive), '-C', target, '--strip-components', strip, folder]);
  await rm(work, { recursive: true });
}

/** VS Code's server with its browser workbench: `lib/vscode` of the package code-server, without building anything. */
async function fetchCodeServer() {
  if (existsSync(codeServerFolder)) return;
  console.log('Fetching VS Code (code-server 4.139.1) ...');
  const partial = `${codeServerFolder}.partial`;
  await extractPackage('code-server@4.139.1', 'package/lib/vscode', partial);
  await mustRun('npm', ['install', '--omit=dev', '--ignore-scripts', '--silent'], { cwd: partial });
  for (const unused of unusedParts) await rm(join(partial, unused), { recursive: true, force: true });
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

/** Large parts that no test uses; without them 308 MB remain. */
const unusedParts = [
  `node_modules/@github/copilot-sdk-${platform}`,
  'node_modules/@microsoft/mxc-sdk',
  'extensions/copilot',
  'extensions/mermaid-markdown-features',
];

/** VS Code's server needs Node 22.15 or later. */
const [major, minor] = process.versions.node.split('.').map(Number);
const nodeIsNewEnough = major > 22 || (major === 22 && minor >= 15);
const nodeFolder = join(workFolder, 'node-24');

/** The Node that runs VS Code's server: this one, or the one that `setup` fetches. */
export const serverNode = nodeIsNewEnough ? process.execPath : join(nodeFolder, 'node');

async function fetchNode() {
  if (existsSync(serverNode)) return;
  console.log('Fetching Node 24 for the VS Code server ...');
  await extractPackage(`node-${platform}@24`, 'package/bin', `${nodeFolder}.partial`);
  await rename(`${nodeFolder}.partial`, nodeFolder);
}

const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const macBrowsers = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** The browser to drive: CHROMIUM_PATH or what is installed; undefined when there is none. */
export function findChromium() {
  return process.env.CHROMIUM_PATH ?? chromiumNames.map(onPath).find(Boolean) ?? macBrowsers.find((p) => existsSync(p));
}

async function provideChromium() {
  const found = findChromium();
  if (found) {
    if (!existsSync(found)) throw new Error(`CHROMIUM_PATH names no file: ${found}`);
    return found;
  }
  if (process.getuid?.() === 0 && onPath('apt-get')) {
    console.log('Installing Chromium ...');
    const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    await run('apt-get', ['update', '-qq'], options);
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
    const installed = findChromium();
    if (installed) return installed;
  }
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
