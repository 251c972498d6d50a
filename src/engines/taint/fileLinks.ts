import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { errorMessage } from '../../base/errors';
import { readJson, writeJson } from '../../base/jsonFile';

/** Folders whose links are remembered, times languages. */
const maxKept = 64;
/** Bytes of a file with links. */
const maxBytes = 32 * 1024 * 1024;

/** Each path stands for itself once; everywhere else its index does. */
const stored = z.object({
  paths: z.array(z.string()),
  /** A file, then those that it uses. */
  uses: z.array(z.array(z.number().int().nonnegative())),
  /** The files of a flow, that of its sink last. */
  flows: z.array(z.array(z.number().int().nonnegative())),
});

/** How the files of a folder in one language depend on each other, as far as data was followed. */
export class FileLinks {
  readonly #users = new Map<string, Set<string>>();
  readonly #flows = new Map<string, readonly string[]>();

  /** @param paths all files in the language when they were last followed */
  constructor(readonly paths: ReadonlySet<string>) {}

  addUses(uses: Readonly<Record<string, readonly string[]>>): void {
    for (const [path, used] of Object.entries(uses))
      for (const one of used) {
        const users = this.#users.get(one);
        if (users) users.add(path);
        else this.#users.set(one, new Set([path]));
      }
  }

  /** @param files those that data goes through, that of the sink last */
  addFlow(files: readonly string[]): void {
    if (new Set(files).size > 1) this.#flows.set(files.join('\n'), files);
  }

  /** The files that use any of these, directly or not; the nearest first. */
  usersOf(files: Iterable<string>): Set<string> {
    const all = new Set(files);
    for (const path of all) for (const user of this.#users.get(path) ?? []) all.add(user);
    return all;
  }

  /** The flows through any of these files: all files of each, that of its sink last. */
  flowsThrough(files: ReadonlySet<string>): (readonly string[])[] {
    return [...this.#flows.values()].filter((flow) => flow.some((path) => files.has(path)));
  }

  /** @see {@link stored} */
  toJson(): z.infer<typeof stored> {
    const index = new Map([...this.paths].map((path, at) => [path, at]));
    const at = (path: string) => {
      const known = index.get(path) ?? index.size;
      index.set(path, known);
      return known;
    };
    const used = new Map<string, string[]>();
    for (const [path, users] of this.#users)
      for (const user of users) used.set(user, [...(used.get(user) ?? []), path]);
    const uses = [...used].map(([path, list]) => [at(path), ...list.map(at)]);
    const flows = [...this.#flows.values()].map((flow) => flow.map(at));
    return { paths: [...index.keys()], uses, flows };
  }

  static fromJson({ paths, uses, flows }: z.infer<typeof stored>): FileLinks {
    const links = new FileLinks(new Set(paths));
    const at = (index: number) => paths[index] ?? '';
    for (const [user = 0, ...used] of uses) links.addUses({ [at(user)]: used.map(at) });
    for (const flow of flows) links.addFlow(flow.map(at));
    return links;
  }
}

/** The links of the folders that were scanned, in memory, and in a folder for later runners. */
export class StoredLinks {
  /** In the order of their last use. */
  readonly #known = new Map<string, Promise<FileLinks | undefined>>();

  /** @param folder undefined to forget them with the process */
  constructor(private readonly folder: string | undefined) {}

  /** What is known about a folder; undefined if nothing is. */
  of(root: string, language: string): Promise<FileLinks | undefined> {
    const path = this.#pathOf(root, language);
    const known = this.#known.get(path) ?? this.#read(path);
    this.#remember(path, known);
    return known;
  }

  /** @param warn called if they cannot be written, after which a later runner knows nothing of them */
  async set(root: string, language: string, links: FileLinks, warn: (text: string) => void): Promise<void> {
    const path = this.#pathOf(root, language);
    this.#remember(path, Promise.resolve(links));
    if (this.folder === undefined) return;
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await writeJson(path, links.toJson());
    } catch (error) {
      warn(`The dependencies between files could not be saved: ${errorMessage(error)}`);
    }
  }

  #remember(path: string, links: Promise<FileLinks | undefined>): void {
    this.#known.delete(path);
    this.#known.set(path, links);
    for (const oldest of this.#known.keys()) if (this.#known.size > maxKept) this.#known.delete(oldest);
  }

  async #read(path: string): Promise<FileLinks | undefined> {
    if (this.folder === undefined) return undefined;
    // What cannot be read is not known, as after an update.
    const read = await readJson(path, stored, { maxBytes }).catch(() => undefined);
    return read?.is === 'read' ? FileLinks.fromJson(read.value) : undefined;
  }

  #pathOf(root: string, language: string): string {
    const name = createHash('sha256').update(root).digest('hex').slice(0, 24);
    return join(this.folder ?? '', `links-${language}-${name}.json`);
  }
}
