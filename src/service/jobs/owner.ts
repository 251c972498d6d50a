import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';
import { errorCode } from '../../base/errors';
import { writeFileAtomic } from '../../base/files';

const ownerRecord = z.object({
  id: z.string(),
  pid: z.number().int().positive(),
  started: z.string(),
  host: z.string(),
});

/**
 * Tells runners that share one storage apart, and the living from the dead: each leaves a record with its process id and that process's
 * start time, since an id alone is given again to another process.
 */
export class Owners {
  readonly id = randomUUID();
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Leaves this process's record in `folder`. */
  static async register(folder: string): Promise<Owners> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const owners = new Owners(folder);
    const record = {
      id: owners.id,
      pid: process.pid,
      started: (await startOf(process.pid)) ?? '',
      host: hostname(),
    };
    await writeFileAtomic(owners.#path(owners.id), JSON.stringify(record));
    return owners;
  }

  /** Whether the runner with this id still lives. A record that is gone or unreadable means no. */
  async lives(id: string): Promise<boolean> {
    if (id === this.id) return true;
    let text: string;
    try {
      text = await readFile(this.#path(id), 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
    const record = ownerRecord.safeParse(parseJson(text));
    // A storage shared between machines: its processes cannot be seen from here, so they are left alone.
    if (record.success && record.data.host !== hostname()) return true;
    return record.success && (await startOf(record.data.pid)) === record.data.started;
  }

  /** Removes the records of the dead. @returns their ids */
  async sweep(): Promise<string[]> {
    const dead: string[] = [];
    for (const name of await readdir(this.#folder)) {
      const id = /^([0-9a-f-]{36})\.json$/.exec(name)?.[1];
      if (id === undefined || (await this.lives(id))) continue;
      await rm(this.#path(id), { force: true });
      dead.push(id);
    }
    return dead;
  }

  /** Takes this process's record away. */
  async release(): Promise<void> {
    await rm(this.#path(this.id), { force: true });
  }

  #path(id: string): string {
    return join(this.#folder, `${id.replace(/[^0-9a-f-]/g, '')}.json`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** When a process started, in whatever form the system tells it; undefined when it does not live. */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return linuxStart(pid);
  if (process.platform === 'win32') return isAlive(pid) ? 'alive' : undefined;
  try {
    const { stdout } = await promisify(execFile)('/bin/ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() || undefined;
  } catch (error) {
    if (typeof errorCode(error) === 'string') throw error;
    return undefined; // ps ends with 1 when there is no such process.
  }
}

async function linuxStart(pid: number): Promise<string | undefined> {
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; the state is the first field behind it and the start time the twentieth.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : `${boot} ${fields[19] ?? ''}`;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
