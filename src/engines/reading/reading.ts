import { join } from 'node:path';
import { withDeadline } from '../../base/abort';
import { CodedError } from '../../base/errors';
import type { SourceFile } from '../../sources/sourceFile';
import { readRulePack } from '../rulePack/rulePack';
import { batches } from '../engine/batches';
import { isSettled, type FileStamp } from '../../sources/fileStamp';
import { WorkerPool } from '../engine/workerPool';
import { compareResult, readResult, type CompareOrder, type ReadOrder } from './messages';

/** What reading a file once tells all who want to know. */
export interface FileFacts {
  /** SHA-256 of its content, in hexadecimal digits. */
  readonly hash: string;
  /** When reading began, in ms since 1970. */
  readonly read: number;
  /** UTF-8, each line of which ends with a line feed; ast-grep gets a copy of others. */
  readonly isPlain: boolean;
  /** The ids of the rules of ast-grep that can match in it, by the words that it holds; undefined when the rules cannot be read. */
  readonly rules?: readonly string[] | undefined;
}

/** A file in the state in which it was read. */
export interface FileState {
  readonly file: SourceFile;
  readonly stamp: FileStamp;
  readonly facts: FileFacts;
}

/**
 * Hashes the files of scans and looks for the words of ast-grep's rules in them, once for all analyzers, in a worker thread: there reading may wait for
 * the disk, which takes a fifth of the time that asking for it and being told takes.
 */
export class Reading {
  /** The built worker script. */
  readonly script: string;
  readonly #folder: string;
  readonly #workers: WorkerPool;
  /** Remembered as long as the inventory that a file is of. */
  readonly #facts = new WeakMap<SourceFile, Promise<FileFacts | string>>();
  /** Those who wait for files, mostly the same ones: when one stops waiting the others still do. */
  readonly #waiting = new Set<object>();
  /** Ends what is under way when nobody waits any more. */
  #stop = new AbortController();

  /** @param assets holds readingWorker.js and ast-grep/ with its rules */
  constructor(assets: string) {
    this.script = join(assets, 'readingWorker.js');
    this.#folder = join(assets, 'ast-grep');
    this.#workers = new WorkerPool(this.script, { maxThreads: 1 });
  }

  /**
   * @returns what each of the files is, or why it cannot be read (Node's code)
   * @throws CodedError TIMEOUT or TOOL_FAILED; the signal's reason
   */
  async of(root: string, files: readonly SourceFile[], signal: AbortSignal): Promise<(FileFacts | string)[]> {
    const waiter = {};
    this.#waiting.add(waiter);
    try {
      // One batch after the other, so that a saved file need not wait for all files of another scan.
      let before: Promise<unknown> = Promise.resolve();
      for (const batch of batches(files.filter((file) => !this.#facts.has(file)))) {
        const facts = before.then(() => this.#read(root, batch));
        before = facts;
        batch.forEach((file, index) => {
          const one = facts.then((list) => list[index] ?? 'unknown');
          one.catch(() => this.#facts.delete(file));
          this.#facts.set(file, one);
        });
      }
      const all = files.map((file) => this.#facts.get(file) ?? Promise.resolve('unknown'));
      return await withDeadline(Infinity, signal, () => Promise.all(all));
    } finally {
      this.#waiting.delete(waiter);
      if (this.#waiting.size === 0) {
        this.#stop.abort(new CodedError('CANCELED', 'Nobody waits for these files any more.'));
        this.#stop = new AbortController();
      }
    }
  }

  /**
   * Tells those files that have stayed as they were when they were read, so that what was found in them meanwhile is of that content.
   * @throws CodedError TIMEOUT or TOOL_FAILED; the signal's reason
   */
  async unchanged<T extends FileState>(root: string, states: readonly T[], signal: AbortSignal): Promise<T[]> {
    const same: T[] = [];
    const byFile = new Map(states.map((state) => [state.file, state]));
    for (const batch of batches([...byFile.keys()])) {
      const known = batch.flatMap((file) => byFile.get(file) ?? []);
      const files = known.map(({ file, stamp, facts }) => ({
        path: file.path,
        stamp: stamp.text,
        ...(!isSettled(stamp, facts.read) && { hash: facts.hash }),
      }));
      const order: CompareOrder = { root, files };
      const answers = compareResult.parse(await this.#workers.run('compare', order, signal));
      same.push(...known.filter((_, index) => answers[index] === true));
    }
    return same;
  }

  close(): Promise<void> {
    return this.#workers.close();
  }

  async #read(root: string, files: readonly SourceFile[]): Promise<(FileFacts | string)[]> {
    const { signal } = this.#stop;
    // Without the rules the other analyzers still have their hashes.
    const pack = await readRulePack(this.#folder).catch(() => undefined);
    const order: ReadOrder = {
      root,
      paths: files.map(({ path }) => path),
      folder: this.#folder,
      ...(pack && { pack }),
    };
    const result = readResult.parse(await this.#workers.run('read', order, signal));
    return result.files.map((facts) =>
      typeof facts === 'string' ? facts : { ...facts, rules: facts.rules?.map((rule) => result.rules[rule] ?? '') },
    );
  }
}
