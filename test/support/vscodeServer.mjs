// Starts the VS Code server that setup.mjs fetched: a real VS Code whose window is a browser page.
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeServerFolder, guarded, mustRunQuietly, root } from './repo.mjs';
import { serverNode } from './setup.mjs';

const serverMain = join(codeServerFolder, 'out', 'server-main.js');

/** Settings that keep VS Code quiet: no welcome page, no AI chat side bar, no requests to its vendor. */
const quietSettings = {
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.reduceMotion': 'on',
  'telemetry.telemetryLevel': 'off',
  // Git's own extension fails unseen when a repository of a test is gone before it has asked what is ignored there.
  'git.decorations.enabled': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
};

/** Writes the user settings of a server's folder, in addition to the quiet ones. */
export async function writeSettings(home, settings = {}) {
  const folder = join(home, 'data', 'User');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'settings.json'), JSON.stringify({ ...quietSettings, ...settings }, undefined, 2));
}

function folderArguments(home) {
  return [
    ...['--user-data-dir', join(home, 'data')],
    ...['--extensions-dir', join(home, 'extensions')],
    ...['--server-data-dir', join(home, 'server')],
    '--accept-server-license-terms',
  ];
}

/** This process's environment without what a VS Code, Electron or npm around it has put there. */
function environment(extra = {}) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$|npm_)/i.test(name),
  );
  return { ...Object.fromEntries(inherited), EXTENSIONS_GALLERY: '{"serviceUrl":""}', ...extra };
}

/** Installs a packaged extension below `home`. */
export async function installExtension(home, vsix) {
  const command = [serverNode, serverMain, ...folderArguments(home), '--install-extension', vsix, '--force'];
  await mustRunQuietly(command, { env: environment() });
}

/**
 * Starts a server on a free loopback port.
 * @param {{home: string, env?: Record<string, string>, args?: string[], removeHome?: boolean, onLine?: (line: string) => void}} options
 * `home` contains all its files; `removeHome` removes it once the server has ended; `onLine` receives each line of its log
 * @returns {Promise<{url: string, port: number, exited: Promise<'server'>, stop(): Promise<void>, unref(): void}>} `stop` ends the server's
 * whole process tree, like the end of this process does
 */
export async function startServer({ home, env, args = [], removeHome = false, onLine = () => undefined }) {
  const command = [
    ...[serverNode, serverMain, ...folderArguments(home)],
    ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--disable-workspace-trust'],
    ...['--telemetry-level', 'off', ...args],
  ];
  // In a process group of its own: a terminal's Ctrl-C reaches this process only, which then stops the server.
  const guard = spawn(process.execPath, guarded(command, removeHome ? { remove: home } : {}), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: environment(env),
    detached: true,
  });
  const exited = new Promise((resolve) => guard.once('close', () => resolve('server')));
  const log = [];
  const port = await new Promise((resolve, reject) => {
    const read = (line) => {
      const listening = /Extension host agent listening on (\d+)/.exec(line);
      if (listening) resolve(Number(listening[1]));
      log.push(line);
      if (log.length > 50) log.shift();
      onLine(line);
    };
    eachLine(guard.stdout, read);
    eachLine(guard.stderr, read);
    void exited.then(() => reject(new Error(`VS Code's server ended:\n${log.join('\n')}`)));
  });
  const stop = async () => {
    guard.stdin.end();
    await exited;
  };
  // For a server that should end with this process, which need not wait for it.
  const unref = () => {
    for (const part of [guard, guard.stdin, guard.stdout, guard.stderr]) part.unref();
  };
  return { url: `http://127.0.0.1:${port}/`, port, exited, stop, unref };
}

function eachLine(stream, read) {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    lines.forEach(read);
  });
}
