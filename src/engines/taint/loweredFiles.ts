import type { Language } from './interpreter/language';
import type { Module } from './ir/ir';

/** Characters of the files that are kept; their modules take about twenty times as much memory. */
const maxSize = 4_000_000;

/** The lowered files that saves have needed lately: a file that is saved again still imports much the same files. */
export class LoweredFiles {
  /** In the order of their last use. */
  readonly #files = new Map<string, { readonly source: string; readonly module: Module }>();
  #size = 0;

  /** @param root of the file's workspace @throws as {@link Language.lower} */
  lower(language: Language, root: string, path: string, source: string): Module {
    const key = `${root}\0${path}`;
    const known = this.#files.get(key);
    this.#remove(key);
    const module = known?.source === source ? known.module : language.lower(path, source);
    this.#files.set(key, { source, module });
    this.#size += source.length;
    for (const oldest of this.#files.keys()) if (this.#size > maxSize) this.#remove(oldest);
    return module;
  }

  #remove(key: string): void {
    this.#size -= this.#files.get(key)?.source.length ?? 0;
    this.#files.delete(key);
  }
}
