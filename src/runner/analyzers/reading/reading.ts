import { join } from 'node:path';
import { withDeadline } from '../../../base/abort';
import { CodedError } from '../../../base/errors';
import type { SourceFile } from '../analyzer';
import { readRulePack, type RulePack } from '../astGrep/rulePack';
import { batches } from '../batches';
import { isSettled, type FileStamp } from '../cached/fileStamp';
import { WorkerPool } from '../workerPool';
import { compareResult, readResult, type CompareOrder, type ReadOrder } from './messages';

/** What reading a file once tells all who want to know. */
export interface FileFacts {
  /** SHA-256 of its content, in hexadecimal digits. */
  readonly hash: string;
  /** When reading began, in ms since 1970. */
  readonly read: number;
  readonly isUtf8: boolean;
  /** The ids of the rules of ast-grep that can match in it, by the words that it holds. */
  readonly rules: readonly string[];
}

/**
 * Reads the files of scans, each once for all analyzers, in a worker thread: there reading may wait for the disk, which takes a fifth of the time that
 * asking for it and being told takes.
 */
export class Reading {
  readonly #folder: string;
  readonly #workers: WorkerPool<ReadOrder | CompareOrder>;
  #pack: Promise<RulePack> | undefined;
  /** Remembered as long as the inventory that a file is of. */
  readonly #facts = new WeakMap<SourceFile, Promise<FileFacts | string>>();
  /** Of those who wait for files, mostly the same ones: when one stops waiting the others still do. */
  readonly #waiting = new Set<AbortSignal>();

  /** @param assets holds readingWorker.js and ast-grep/ with its rules */
  constructor(assets: string) {
    this.#folder = join(assets, 'ast-grep');
    this.#workers = new WorkerPool(join(assets, 'readingWorker.js'), 'Reading the files', 1);
  }

  /**
   * @returns what each of the files is, or why it cannot be read (Node's code)
   * @throws CodedError TIMEOUT or TOOL_FAILED; Node's error when the rules cannot be read; the signal's reason
   */
  async of(root: string, files: readonly SourceFile[], signal: AbortSignal): Promise<(FileFacts | string)[]> {
    this.#waiting.add(signal);
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
      this.#waiting.delete(signal);
    }
  }

  /**
   * Says of each file whether it has stayed as it was when it was read, so that what was found in it meanwhile is of that content.
   * @throws CodedError TIMEOUT or TOOL_FAILED; the signal's reason
   */
  async areUnchanged(
    root: string,
    files: readonly { readonly file: SourceFile; readonly stamp: FileStamp; readonly facts: FileFacts }[],
    signal: AbortSignal,
  ): Promise<boolean[]> {
    const order = files.map(({ file, stamp, facts }) => ({
      path: file.path,
      stamp: stamp.text,
      ...(!isSettled(stamp, facts.read) && { hash: facts.hash }),
    }));
    return compareResult.parse(await this.#workers.run('compare', { root, files: order }, signal));
  }

  close(): Promise<void> {
    return this.#workers.close();
  }

  async #read(root: string, files: readonly SourceFile[]): Promise<(FileFacts | string)[]> {
    if (this.#waiting.size === 0) throw new CodedError('CANCELED', 'Nobody waits for these files any more.');
    this.#pack ??= readRulePack(this.#folder);
    this.#pack.catch(() => (this.#pack = undefined));
    const order = { root, paths: files.map(({ path }) => path), folder: this.#folder, pack: await this.#pack };
    const result = readResult.parse(await this.#workers.run('read', order, new AbortController().signal));
    return result.files.map((facts) =>
      typeof facts === 'string' ? facts : { ...facts, rules: facts.rules.map((rule) => result.rules[rule] ?? '') },
    );
  }
}
