import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readSource } from '../engine/readSource';
import type { Language } from './interpreter/language';
import type { DeclaredNames } from './interpreter/project';

interface Known {
  readonly mtimeMs: number;
  readonly size: number;
  readonly names: readonly string[];
}

/** The names that files declare, by absolute path, for later scans. */
const known = new Map<string, Known>();
const maxKnown = 50_000;

/** The names that a workspace's files declare for all others. The files are read on first use. */
export class WorkspaceNames implements DeclaredNames {
  #files: Map<string, string[]> | undefined;

  constructor(
    private readonly root: string,
    private readonly paths: Iterable<string>,
    private readonly language: Language,
  ) {}

  filesOf(specifier: string): readonly string[] {
    this.#files ??= this.#read();
    return this.#files.get(specifier) ?? [];
  }

  #read(): Map<string, string[]> {
    const files = new Map<string, string[]>();
    for (const path of this.paths)
      if (this.language.handles(path))
        for (const name of this.#namesIn(path)) {
          const list = files.get(name);
          if (list) list.push(path);
          else files.set(name, [path]);
        }
    return files;
  }

  #namesIn(path: string): readonly string[] {
    const file = join(this.root, path);
    try {
      const { mtimeMs, size } = statSync(file);
      const old = known.get(file);
      if (old?.mtimeMs === mtimeMs && old.size === size) return old.names;
      const names = this.language.declaredIn?.(readSource(file)) ?? [];
      if (known.size >= maxKnown) known.clear();
      known.set(file, { mtimeMs, size, names });
      return names;
    } catch {
      return []; // Such a file gets a gap when it is analyzed itself.
    }
  }
}
