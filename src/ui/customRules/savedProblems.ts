import { join } from 'node:path';
import type { PolicyProblem } from '../../protocol';

/** The problems in a file. */
export interface FileProblems {
  /** The folder whose `.codeagent` contains it; undefined for a file in a rule pack, which applies to every folder. */
  readonly folder: string | undefined;
  readonly problems: readonly PolicyProblem[];
}

/** The problems in saved custom rules and models, by path, according to the latest scan that read them. */
export class SavedProblems {
  readonly #byPath = new Map<string, FileProblems>();

  get(path: string): FileProblems | undefined {
    return this.#byPath.get(path);
  }

  set(path: string, problems: FileProblems): void {
    this.#byPath.set(path, problems);
  }

  /**
   * Takes over the results of a folder's scan.
   * @param readsPacks whether the scan read this window's rule packs; a server has its own
   * @returns the files that have, or had, problems
   */
  ofScan(folder: string, readsPacks: boolean, all: readonly PolicyProblem[]): string[] {
    const before = [...this.#byPath].filter(
      ([, one]) => one.folder === folder || (readsPacks && one.folder === undefined),
    );
    for (const [path] of before) this.#byPath.delete(path);
    const now = new Set<string>();
    for (const problem of all) {
      const owner = ownerOf(folder, problem.file);
      if (problem.about !== 'rules' || (owner === undefined && !readsPacks)) continue;
      const path = pathOf(folder, problem.file);
      const known = now.has(path) ? (this.#byPath.get(path)?.problems ?? []) : [];
      this.#byPath.set(path, { folder: owner, problems: [...known, problem] });
      now.add(path);
    }
    return [...new Set([...before.map(([path]) => path), ...now])];
  }
}

/** The folder that a file with custom rules belongs to; undefined for one in a rule pack. @param file as the service names it */
export function ownerOf(folder: string, file: string): string | undefined {
  return file.startsWith('.codeagent') ? folder : undefined;
}

function pathOf(folder: string, file: string): string {
  return ownerOf(folder, file) === undefined ? file : join(folder, file);
}
