import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, statSync, writeSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { yieldToOthers } from '../../base/priority';
import { killTree } from '../../base/process';
import { inputVariable } from './inputVariable';

// A separate program (dist/gitLauncher.js) that simple-git starts instead of git. It runs git in its own process group and ends the whole group,
// including transport helpers, on a signal or when its stdin closes. That is a pipe from the calling process, so a kill -9 of that closes it too.

/** How long to wait for the group to end after SIGTERM, and again after SIGKILL, in ms. */
const grace = 150;
const lastWait = 1_000;

/** Exit codes as in a shell. */
const notFound = 127;
const interrupted = 130;

/** git's absolute path, so that nothing in the working directory is mistaken for it. */
function findGit(): string | undefined {
  const name = process.platform === 'win32' ? 'git.exe' : 'git';
  const folders = (process.env['PATH'] ?? process.env['Path'] ?? '').split(delimiter).filter(isAbsolute);
  return folders
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });
}

function start(git: string): void {
  // The handlers are installed before the process starts, so that a signal in between leaves none behind.
  let pid: number | undefined = undefined;
  let ending = false;

  /** Exits once the whole group is gone, or after a timeout. */
  const leave = (code: number, until = performance.now() + lastWait) => {
    if (pid === undefined || process.platform === 'win32' || !isAlive(pid) || performance.now() > until)
      process.exit(code);
    killTree(pid, 'SIGKILL');
    setTimeout(() => leave(code, until), 5);
  };
  const end = () => {
    if (ending) return;
    ending = true;
    if (pid === undefined) process.exit(interrupted);
    killTree(pid, 'SIGTERM');
    setTimeout(() => leave(interrupted), grace);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  process.stdin.on('close', end).on('error', end).resume();

  const file = process.env[inputVariable];
  const input = file === undefined ? undefined : openSync(file, 'r');
  const child = spawn(git, process.argv.slice(2), {
    stdio: [input ?? 'ignore', 'inherit', 'inherit'],
    env: { ...process.env, [inputVariable]: undefined },
    // On Windows a child that is not detached ends with its parent, through Node's job object.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  pid = child.pid;
  if (input !== undefined) closeSync(input);
  yieldToOthers(child);
  child.on('error', (error) => {
    writeSync(2, `fatal: git could not be started: ${error.message}\n`);
    process.exit(notFound);
  });
  child.on('exit', (code) => leave(ending ? interrupted : (code ?? interrupted)));
}

/** Whether any process of this group is left. */
function isAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

const git = findGit();
if (git === undefined) {
  writeSync(2, 'fatal: git is not installed\n');
  process.exitCode = notFound;
} else start(git);
