import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { optionalDependencies } from '../../../package.json';
import { CodedError, errorCode } from '../../base/errors';
import { runProcess } from '../../base/process';
import type { Place } from '../engine/engine';
import { locate } from '../engine/locate';

/** The ast-grep program, and its version. */
export interface Program {
  readonly path: string;
  readonly version: string;
}

/** The version with which the rules are tested. */
const ourVersion = optionalDependencies['@ast-grep/cli-linux-x64-gnu'];
const fileName = process.platform === 'win32' ? 'ast-grep.exe' : 'ast-grep';

/** The suffixes of the program's npm packages on Linux (for glibc; there is none for musl) and Windows. */
const toolchains: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: '-gnu', win32: '-msvc' };

/** How to install it where our package does not include it. */
export const installHint = [
  `npm install --global @ast-grep/cli@${ourVersion}`,
  'apk add ast-grep (Alpine)',
  'cargo install ast-grep --locked',
].join(', or ');

/**
 * Finds ast-grep: in `folder` (if our package is for this platform), else in its npm package (`npm install`), else on PATH.
 * @param folder the output of compileRules.mjs
 * @returns undefined if there is none
 * @throws CodedError if it cannot be started; Node's error if it must not be
 */
export async function findProgram(folder: string, place: Place, signal: AbortSignal): Promise<Program | undefined> {
  for (const path of [join(folder, fileName), fromNpm(folder)]) {
    if (path === undefined) continue;
    try {
      await access(path, constants.X_OK);
      return { path, version: ourVersion };
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
  const found = await locate('ast-grep', undefined, { workspacePrograms: false }, place.folder);
  return found && { path: found.path, version: await versionOf(found.path, signal) };
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

async function versionOf(path: string, signal: AbortSignal): Promise<string> {
  const lines: string[] = [];
  const { exitCode } = await runProcess({
    ...{ command: path, args: ['--version'], cwd: dirname(path), signal, urgent: true },
    ...{ maxOutput: 10_000, timeoutMs: 30_000, onLine: (line: string) => lines.push(line) },
  });
  const version = /^ast-grep (\S+)/.exec(lines[0] ?? '')?.[1];
  if (exitCode !== 0 || version === undefined)
    throw new CodedError('TOOL_FAILED', `${path} does not report an ast-grep version`);
  return version;
}
