import { access, constants, copyFile, lstat, mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readBounded } from '../base/boundedFile';
import { errorMessage } from '../base/errors';
import { writeFileAtomic } from '../base/files';
import { insidePath } from '../base/insidePath';
import { defaultLimits, maxReadSize } from '../base/limits';
import { roleOf } from '../engines/dependencies/lockfiles/kinds';
import { languageOf } from '../engines/taint/languages/languages';
import { filesOf, type Fixable } from '../findings/applyFixes';
import { takeInventory } from '../sources/inventory';
import type { FixArgs } from './args/fix';

/** The folder, and which of its files are scanned. */
type CopyRequest = Pick<FixArgs, 'path' | 'include' | 'exclude'>;

/** A file that could not be written, and why: a clause. */
export interface Unwritten {
  readonly file: string;
  readonly why: string;
}

/** Copies of the files that fixes change, in a folder where the fixes can be tried; with manifests and lockfiles, which only make sense together. */
export class Copies {
  /** The original content. */
  readonly #original = new Map<string, Buffer>();
  /** The content with the fixes that work. */
  readonly now = new Map<string, Buffer>();
  /** Files that cannot be changed, and why: a clause. */
  readonly barred = new Map<string, string>();

  private constructor(
    private readonly root: string,
    private readonly request: CopyRequest,
    readonly scratch: string,
  ) {}

  static async of(
    request: CopyRequest,
    scratch: string,
    fixes: readonly Fixable[],
    signal: AbortSignal,
  ): Promise<Copies> {
    const copies = new Copies(await realpath(request.path), request, scratch);
    for (const file of new Set(fixes.flatMap(filesOf))) {
      const why = await copies.#take(file);
      if (why !== undefined) copies.barred.set(file, why);
    }
    if (fixes.some(({ type }) => type === 'dependency'))
      await copies.#takeOthers((file) => roleOf(file) !== undefined, signal);
    return copies;
  }

  /** Copies the files through which data may flow on its way into the fixed files, only so that they are scanned. @returns whether there are any */
  async takeLinked(fixes: readonly Fixable[], signal: AbortSignal): Promise<boolean> {
    const linked = new Set(fixes.flatMap((issue) => filesOf(issue).flatMap((file) => languageOf(file) ?? [])));
    const isLinked = (file: string) => {
      const language = languageOf(file);
      return language !== undefined && linked.has(language);
    };
    return linked.size > 0 && (await this.#takeOthers(isLinked, signal)) > 0;
  }

  get count(): number {
    return this.now.size;
  }

  hasAll(files: readonly string[]): boolean {
    return files.every((file) => this.now.has(file));
  }

  /** The files that the fixes changed, with their old and new content. */
  *changed(): Generator<{ file: string; before: Buffer; after: Buffer }> {
    for (const [file, before] of [...this.#original].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const after = this.now.get(file);
      if (after && !after.equals(before)) yield { file, before, after };
    }
  }

  async write(contents: ReadonlyMap<string, Buffer>): Promise<void> {
    for (const [file, content] of contents) {
      const path = join(this.scratch, file);
      await mkdir(dirname(path), { recursive: true });
      // Replaced rather than changed in place, so that no scan mistakes it for the old file.
      await rm(path, { force: true });
      await writeFile(path, content, { mode: 0o600, flag: 'wx' });
    }
  }

  keep(contents: ReadonlyMap<string, Buffer>): void {
    for (const [file, content] of contents) this.now.set(file, content);
  }

  async restore(files: Iterable<string>): Promise<void> {
    const old = [...files].map((file) => [file, this.now.get(file)] as const);
    await this.write(new Map(old.flatMap(([file, content]) => (content ? [[file, content] as const] : []))));
  }

  /** Writes the changes back to the original files. @returns what could not be written */
  async writeBack(): Promise<Unwritten[]> {
    const failures: Unwritten[] = [];
    for (const { file, before, after } of this.changed()) {
      const path = join(this.root, file);
      try {
        if (
          (await this.#barrier(file)) !== undefined ||
          !(await readBounded(path, { maxBytes: maxReadSize })).equals(before)
        )
          throw new Error('it has changed since it was scanned');
        await writeFileAtomic(path, after, { mode: (await lstat(path)).mode & 0o7777 });
      } catch (error) {
        failures.push({ file, why: errorMessage(error) });
        this.now.set(file, before);
      }
    }
    return failures;
  }

  /** @returns why the file cannot be changed */
  async #take(file: string): Promise<string | undefined> {
    const barrier = await this.#barrier(file);
    if (barrier !== undefined) return barrier;
    try {
      const content = await readBounded(join(this.root, file), { maxBytes: maxReadSize });
      this.#original.set(file, content);
      this.now.set(file, content);
      await this.write(new Map([[file, content]]));
      return undefined;
    } catch (error) {
      return `it cannot be read: ${errorMessage(error)}`;
    }
  }

  async #barrier(file: string): Promise<string | undefined> {
    const place = await insidePath(this.root, file);
    if (place === 'missing') return 'it is not there';
    if (place === 'outside' || place.file !== join(this.root, file)) return 'it is reached through a link';
    // Root can write even to read-only files.
    if (((await lstat(place.file)).mode & 0o222) === 0) return 'it is read-only';
    try {
      await access(place.file, constants.W_OK);
      await access(dirname(place.file), constants.W_OK);
      return undefined;
    } catch {
      return 'it is read-only';
    }
  }

  async #takeOthers(isWanted: (file: string) => boolean, signal: AbortSignal): Promise<number> {
    const { include, exclude } = this.request;
    const { files } = await takeInventory(this.root, {
      include: include ?? [],
      exclude: exclude ?? [],
      askGit: true,
      limits: defaultLimits,
      signal,
      onProgress: () => undefined,
    });
    const others = files.filter(({ path }) => isWanted(path) && !this.now.has(path));
    for (const { path: file } of others) {
      await mkdir(join(this.scratch, dirname(file)), { recursive: true });
      await copyFile(join(this.root, file), join(this.scratch, file), constants.COPYFILE_FICLONE);
    }
    return others.length;
  }
}
