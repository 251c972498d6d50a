import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { hostname } from 'node:os';
import * as z from 'zod';
import { errorCode } from './errors';
import { askSystem } from './process';

/** Identifies a process, even when a later one gets the same id. */
export const processIdentity = z.object({
  pid: z.number().int().positive(),
  /** When it started, in the system's own format. */
  started: z.string(),
  host: z.string(),
});
export type ProcessIdentity = z.infer<typeof processIdentity>;

let own: ProcessIdentity | undefined;

/** This process. */
export function ownIdentity(): ProcessIdentity {
  own ??= {
    pid: process.pid,
    started: (process.platform === 'win32' ? holdPipe() : startOf(process.pid)) ?? '',
    host: hostname(),
  };
  return own;
}

const short = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** An identity for use in file names: `<machine>-<process id>-<start>`. */
export function identityName({ pid, started, host }: ProcessIdentity): string {
  return `${short(host)}-${pid}-${short(started)}`;
}
export const identityPattern = /[0-9a-f]{8}-[1-9]\d{0,9}-[0-9a-f]{8}/;

/** Whether a process is still running. One on another machine that shares the storage cannot be checked, and counts as running. */
export function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return isNameAlive(identityName(identity));
}

/** {@link isAlive} by the process's {@link identityName}. */
export async function isNameAlive(name: string): Promise<boolean> {
  const [machine, pid, started = ''] = name.split('-');
  if (machine !== short(hostname())) return true;
  if (process.platform === 'win32') return pipeAnswers(started);
  const start = startOf(Number(pid));
  return start !== undefined && short(start) === started;
}

/** When a process started; undefined when it is not running. @throws Node's error when the system does not say */
function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') return linuxStart(pid);
  // Only if there is a process with this id at all.
  return exists(pid) ? askSystem('/bin/ps', ['-o', 'lstart=', '-p', String(pid)]) : undefined;
}

function linuxStart(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may contain spaces. The state is the first field after it, the start time the twentieth.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${boot} ${fields[19] ?? ''}`;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return undefined;
    throw error;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

const pipeOf = (name: string) => `\\\\.\\pipe\\codeagent-${name}`;

/** Windows has no quick way to get a start time, so there each process holds a named pipe that vanishes with it. @returns the pipe's name */
function holdPipe(): string {
  const name = randomUUID();
  const server = createServer((socket) => socket.destroy());
  server.listen(pipeOf(short(name))).unref();
  return name;
}

function pipeAnswers(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(pipeOf(name));
    const settle = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.once('connect', () => settle(true));
    // Busy, or another user's: the pipe exists.
    socket.once('error', (error) => settle(errorCode(error) !== 'ENOENT'));
  });
}
