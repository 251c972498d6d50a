import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { readJson, writeJson } from '../../base/jsonFile';
import { isAlive, ownIdentity, processIdentity } from '../../base/liveness';

const ownerRecord = z.object({ id: z.string(), ...processIdentity.shape });

/**
 * Identifies the runners that share a storage, and which of them are alive: each leaves a record of its process that distinguishes it from
 * a later one with the same ID.
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
    await writeJson(owners.#path(owners.id), { id: owners.id, ...ownIdentity() });
    return owners;
  }

  /** Whether the runner with this id is alive. A missing or damaged record means no. */
  async lives(id: string): Promise<boolean> {
    if (id === this.id) return true;
    const record = await readJson(this.#path(id), ownerRecord);
    return record.is === 'read' && (await isAlive(record.value));
  }

  /** Removes the records of dead runners. @returns their ids */
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

  /** Removes this process's record. */
  async release(): Promise<void> {
    await rm(this.#path(this.id), { force: true });
  }

  #path(id: string): string {
    return join(this.#folder, `${id.replace(/[^0-9a-f-]/g, '')}.json`);
  }
}
