import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { optionalDependencies } from '../../../package.json';
import { errorCode } from '../../base/errors';
import { nodeEnv, runProcess } from '../../base/process';
import type { RunPlace } from '../engine/engine';
import { locate } from '../engine/locate';

/** How to start ast-grep, and its version. */
export interface Program {
  readonly command: string;
  readonly version: string;
  /** The arguments to search these files with the rules of a configuration. */
  args(config: string, files: readonly string[]): string[];
  readonly env?: Readonly<Record<string, string>>;
  /** How much slower it is than ast-grep's own program. */
  readonly slowdown: number;
}

/** The version that the rules are tested with. */
const ourVersion = optionalDependencies['@ast-grep/cli-linux-x64-gnu'];
const fileName = process.platform === 'win32' ? 'ast-grep.exe' : 'ast-grep';

/** The suffixes of the program's npm packages on Linux (for glibc; there is none for musl) and Windows. */
const toolchains: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: '-gnu', win32: '-msvc' };

/** How to install it if our package does not include it. */
export const installHint = `npm install --global @ast-grep/cli@${ourVersion}`;

/**
 * Finds ast-grep: the program in `folder` (if our package is for this platform), else in its npm package (`npm install`), else on PATH if it has the
 * version with which the rules are tested, else as WebAssembly in `folder`, which takes longer.
 * @param folder the output of compileRules.mjs
 * @returns undefined if there is none
 * @throws CodedError if it cannot be started; Node's error if it must not be
 */
export async function findProgram(folder: string, place: RunPlace, signal: AbortSignal): Promise<Program | undefined> {
  for (const path of [join(folder, fileName), fromNpm(folder)])
    if (path !== undefined && (await isThere(path, constants.X_OK))) return program(path);
  const found = await locate('ast-grep', undefined, { workspacePrograms: false }, place.folder);
  if (found && (await versionOf(found.path, signal)) === ourVersion) return program(found.path);
  const [wasm, script] = [join(folder, 'ast-grep.wasm.br'), join(folder, '..', 'astGrepChild.js')];
  return (await isThere(wasm, constants.R_OK)) ? webAssembly(wasm, script) : undefined;
}

function program(path: string): Program {
  return {
    command: path,
    version: ourVersion,
    // './' keeps a name that starts with '-' from being an option. Explicit files are read even if git ignores them. With one thread, all files
    // that it has begun are done, except the last.
    args: (config, files) => [
      ...['scan', '-c', config, '--json=stream', '--threads=1', '--inspect=entity'],
      ...files.map((file) => `./${file}`),
    ],
    slowdown: 1,
  };
}

function webAssembly(wasm: string, script: string): Program {
  return {
    command: process.execPath,
    version: `${ourVersion} as WebAssembly`,
    args: (config, files) => [script, wasm, config, ...files.map((file) => `./${file}`)],
    env: nodeEnv(),
    slowdown: 5,
  };
}

/** @throws Node's error if it exists but is not accessible */
async function isThere(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return false;
  }
}

function fromNpm(folder: string): string | undefined {
  const name = `@ast-grep/cli-${process.platform}-${process.arch}${toolchains[process.platform] ?? ''}`;
  try {
    return join(dirname(createRequire(join(folder, 'x')).resolve(`${name}/package.json`)), fileName);
  } catch {
    // Not installed: npm installs an optional dependency only on its platform.
    return undefined;
  }
}

/** @returns undefined if it is not ast-grep */
async function versionOf(path: string, signal: AbortSignal): Promise<string | undefined> {
  const lines: string[] = [];
  const { exitCode } = await runProcess({
    ...{ command: path, args: ['--version'], cwd: dirname(path), signal, urgent: true },
    ...{ maxOutput: 10_000, timeoutMs: 30_000, onLine: (line: string) => lines.push(line) },
  });
  return exitCode === 0 ? /^ast-grep (\S+)/.exec(lines[0] ?? '')?.[1] : undefined;
}
