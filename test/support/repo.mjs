// Paths, and helpers with which the scripts in this folder start commands. Only node: imports: it runs before `npm ci`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. Searched for, since the e2e tests bundle this file into out/test/. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)));
/** The harness's downloads and output. */
export const workFolder = join(root, '.vscode-test');
export const codeServerFolder = join(workFolder, 'code-server-4.139.1');
/** `linux-x64`, `darwin-arm64`, ...: the platform as vsce and the registry's Node packages name it. */
export const platform = `${process.platform}-${process.arch}`;
/** The package of a target, a platform or `universal`, that `npm run package` writes. */
export const vsixOf = (target) => join(root, 'out', `codeagent-scanner-${target}.vsix`);
/** This platform's, that `npm start` and the e2e tests install. */
export const vsixFile = vsixOf(platform);

function findRoot(folder) {
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (dirname(folder) === folder) throw new Error('no package.json above this script');
  return findRoot(dirname(folder));
}

/** The absolute path of a command on PATH, or undefined. */
export function onPath(name) {
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`] : [name];
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => names.map((file) => join(folder, file))).find((file) => existsSync(file));
}

/**
 * Runs a command to its end, showing its output.
 * @returns its exit code; 1 when a signal ended it
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    // Windows starts npm.cmd only through a shell; all arguments come from this repository.
    const shell = process.platform === 'win32' && (command === 'npm' || command.endsWith('.cmd'));
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', shell, ...options });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

const guardScript = join(root, 'test', 'support', 'guard.mjs');

/** The arguments that have Node run a command under guard.mjs, which ends all of it when its standard input closes. */
export function guarded(command, { remove } = {}) {
  return [guardScript, ...(remove === undefined ? [] : ['--remove', remove]), ...command];
}

/** Ends what {@link mustRunQuietly} runs: resolves when everything has ended. Nothing more is started. */
export async function endAll() {
  ending = true;
  await Promise.all([...underWay].map((end) => end()));
}
const underWay = new Set();
let ending = false;

/**
 * Runs a program and keeps its output, for the error if it fails. Its processes end with this process.
 * @param {string[]} command a program and its arguments
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv}} options
 * @throws Error with its last lines
 */
export async function mustRunQuietly(command, options = {}) {
  if (ending) throw new Error('ended by a signal');
  // In a process group of its own: a terminal's Ctrl-C reaches this process only.
  const child = spawn(process.execPath, guarded(command), { cwd: root, stdio: 'pipe', detached: true, ...options });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const end = async () => {
    child.stdin.end();
    await closed;
  };
  underWay.add(end);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (said = (said + text).slice(-4_000)));
  const code = await closed;
  underWay.delete(end);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with exit code ${code}:\n${said.trim()}`);
}

/** npm as a program and its first arguments, without the shell that its command on Windows needs. */
export function npm() {
  const beside = join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const script = [process.env.npm_execpath ?? '', beside].find(
    (path) => path.endsWith('npm-cli.js') && existsSync(path),
  );
  return script === undefined ? ['npm'] : [process.execPath, script];
}

/** Like `run`, but an exit code other than 0 is an error. */
export async function mustRun(command, args, options = {}) {
  const code = await run(command, args, options);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with exit code ${code}`);
}
