// Runs a command and ends its whole process tree when this process's standard input closes: whoever started it has then
// stopped it or died, even by SIGKILL. With --remove, a folder is removed then or when the command ends by itself.
// Use: node guard.mjs [--remove <folder>] <command> <arguments...>
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
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
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
  for (const member of tree) {
    try {
      process.kill(member, 'SIGKILL');
    } catch (error) {
      // Ended by itself meanwhile.
      if (error.code !== 'ESRCH') console.error(error.message);
    }
  }
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
  try {
    // "pid (name) state ppid ...": the name may hold spaces and brackets.
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) \S /s, '')
        .split(' ')[0],
    );
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}
