#!/usr/bin/env node
// Stands in for the `code` program in @vscode/test-electron: opens the folder in the registry's VS Code, runs the test entry in its
// extension host, and exits with the run's exit code. Use: code-shim.mjs <folder> --extensionDevelopmentPath=<path>
// --extensionTestsPath=<file>
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { format } from 'node:util';
import { chromium } from 'playwright-core';
import { browserArguments } from './browser.mjs';
import { patience } from './patience.mjs';
import { findChromium } from './setup.mjs';
import { startServer, writeSettings } from './vscodeServer.mjs';

/** How long a whole run may take, in milliseconds. */
const longestRun = patience(8 * 60_000);
/** How long the extension host may take to end after its last test, in milliseconds. */
const longestExit = patience(30_000);

const args = process.argv.slice(2);
const flag = (name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const developmentPath = flag('extensionDevelopmentPath');
const testsPath = flag('extensionTestsPath');
const folder = resolve(args.find((arg) => !arg.startsWith('-')) ?? '.');
if (!developmentPath || !testsPath) {
  console.error('use: code-shim.mjs <folder> --extensionDevelopmentPath=<path> --extensionTestsPath=<file>');
  process.exit(2);
}

const home = await mkdtemp(join(tmpdir(), 'codeagent-host-'));
/** What VS Code logs besides the tests' own lines: shown when the run failed. */
const noise = [];
/** Starts each line of the reporter. */
const mark = '\u2063';
try {
  process.exitCode = await runInHost();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  if (process.exitCode !== 0) console.error(noise.slice(-200).join('\n'));
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
}

async function runInHost() {
  // To color names and changed lines VS Code calls git, and throws in the extension host, where the tests run, if that git ends first (EPIPE).
  await writeSettings(home, { 'git.decorations.enabled': false, 'scm.diffDecorations': 'none' });
  const hostExit = withResolvers();
  const server = await startServer({
    home,
    args: ['--enable-smoke-test-driver'],
    env: { CODEAGENT_TEST_MARK: mark },
    onLine: (line) => {
      const ended = /Extension Host Process exited with (code: .*)/.exec(line);
      if (ended) hostExit.resolve(ended[1].trim());
      noise.push(line);
    },
  });
  const browser = await chromium.launch({ executablePath: findChromium(), args: browserArguments });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const run = withResolvers();
    await page.exposeFunction('codeAutomationLog', (_type, values) => {
      const text = format(...values);
      if (text.startsWith(mark)) console.log(text.slice(mark.length));
      else noise.push(text);
    });
    await page.exposeFunction('codeAutomationExit', (code) => run.resolve(code));
    page.once('crash', () => run.reject(new Error('the browser page crashed')));
    await page.goto(workbenchUrl(server));
    const code = await within(longestRun, run.promise, 'the run did not end');
    // VS Code exits with 0 even if the extension host was killed: only the host's own exit tells.
    const ending = await within(longestExit, hostExit.promise, 'the extension host did not end');
    await page.goto('about:blank');
    if (code === 0 && !/^code: 0, signal: null/.test(ending)) {
      console.error(`The extension host ended early (${ending}).`);
      return 1;
    }
    return code;
  } finally {
    await browser.close();
    await server.stop();
  }
}

function workbenchUrl({ url, port }) {
  const remote = (path) => `vscode-remote://127.0.0.1:${port}${path}`;
  const payload = [
    ['extensionDevelopmentPath', remote(developmentPath)],
    ['extensionTestsPath', remote(testsPath)],
    ['skipWelcome', 'true'],
  ];
  const query = new URLSearchParams({ folder, payload: JSON.stringify(payload) });
  return `${url}?${query}`;
}

async function within(milliseconds, promise, message) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${message} within ${milliseconds / 1000} s`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Node 20 has no Promise.withResolvers. */
function withResolvers() {
  const deferred = {};
  deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  return deferred;
}
