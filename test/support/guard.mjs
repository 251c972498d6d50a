// Runs a command and ends its whole process tree when this process's standard input closes: whoever started it has then stopped it or died,
// even by SIGKILL. With --remove, a folder is removed then or when the command ends by itself, and programs in that folder that are still
// running are ended (Linux). Use: node guard.mjs [--remove <folder>] <command> <arguments...>
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';

const given = process.argv.slice(2);
const folder = given[0] === '--remove' ? given.splice(0, 2)[1] : undefined;
const [command, ...args] = given;
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.once('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
child.once('exit', (code) => {
  if (folder !== undefined) {
    for (const pid of runningFrom(folder)) kill(pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
  process.exit(code ?? 1);
});
process.stdin.resume();
process.stdin.once('close', () => endTree(child.pid));
// The starter ends this process through standard input; a terminal's Ctrl-C reaches the starter as well.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

/** Kills a process and all its descendants, those with process groups of their own too. */
function endTree(pid) {
  if (process.platform === 'win32') {
    execFileSync('taskkill', ['/pid', String(pid), '/T', '/F']);
    return;
  }
  const parents = parentsByPid();
  const tree = [pid];
  for (const parent of tree) for (const [child, itsParent] of parents) if (itsParent === parent) tree.push(child);
  tree.forEach(kill);
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // Ended by itself in the meantime.
    if (error.code !== 'ESRCH') console.error(error.message);
  }
}

/** Processes that are no longer descendants, such as the scan runner of a closed window: their program, or their Node script, is in the folder. */
function runningFrom(folder) {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    const [program = '', ...rest] = (ofProcess(name, 'cmdline') ?? '').split('\0');
    const script = /\bnode$/.test(program) ? rest.find((argument) => !argument.startsWith('-')) : undefined;
    return [program, script].some((path) => path?.startsWith(`${folder}/`));
  });
}

/** The parent of each running process: from /proc, since `ps` is missing in small images; elsewhere from `ps`. */
function parentsByPid() {
  if (process.platform === 'linux') {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return new Map(pids.map((pid) => [Number(pid), parentOf(pid)]));
  }
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=']).toString().trim().split('\n');
  return new Map(lines.map((line) => line.trim().split(/\s+/).map(Number)));
}

function parentOf(pid) {
  // "pid (name) state ppid ...": the name may hold spaces and brackets.
  const [parent] =
    ofProcess(pid, 'stat')
      ?.replace(/^.*\) \S /s, '')
      .split(' ') ?? [];
  return parent === undefined ? undefined : Number(parent);
}

/** A file of /proc; undefined when the process has ended. */
function ofProcess(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}
