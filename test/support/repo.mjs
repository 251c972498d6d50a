// Where things are, and how the scripts of this folder start a command. Only node: imports: it runs before `npm ci`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. Searched for, since the e2e tests bundle this file into out/test/. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)));
/** What the harness fetches and writes. */
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
 * Runs a command to its end, its output shown.
 * @returns its exit code; 1 when a signal ended it
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    // Windows starts npm.cmd through a shell only; no argument here comes from outside this repository.
    const shell = process.platform === 'win32' && (command === 'npm' || command.endsWith('.cmd'));
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', shell, ...options });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** Like `run`, but an exit code other than 0 is an error. */
export async function mustRun(command, args, options = {}) {
  const code = await run(command, args, options);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with exit code ${code}`);
}
