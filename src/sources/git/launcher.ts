import { spawn } from 'node:child_process';
import { accessSync, constants, statSync, writeSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { yieldToOthers } from '../../base/priority';
import { killTree } from '../../base/process';

// A program of its own (dist/gitLauncher.js), which simple-git starts in place of git: it runs git in a process group of its own and ends the whole group,
// transport helpers included, on a signal, and when its stdin closes. That is a pipe from the process that wants to know, so a kill -9 of it closes it too.

/** How long the group may take to end after SIGTERM before it is killed, and how long it is waited for after that. In ms. */
const grace = 150;
const lastWait = 1_000;

/** Exit codes as a shell has them. */
const notFound = 127;
const interrupted = 130;

/** Git's absolute path, so that nothing in the working directory is ever taken for it. */
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
  // The handlers stand before there is a process, so that none is left by a signal in between.
  let pid: number | undefined = undefined;
  let ending = false;

  /** Leaves once nothing of the group is there any more, or after a while all the same. */
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

  const child = spawn(git, process.argv.slice(2), {
    stdio: ['ignore', 'inherit', 'inherit'],
    // On Windows a child that is not detached ends with its parent, by a job object of Node's.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  pid = child.pid;
  yieldToOthers(child);
  child.on('error', (error) => {
    writeSync(2, `fatal: git could not be started: ${error.message}\n`);
    process.exit(notFound);
  });
  child.on('exit', (code) => leave(ending ? interrupted : (code ?? interrupted)));
}

/** Whether a process of this group is left. */
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
