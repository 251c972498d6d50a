import { join } from 'node:path';
import { withDeadline } from '../../base/abort';
import { CodedError } from '../../base/errors';
import type { SourceFile } from '../../sources/sourceFile';
import { readRulePack } from '../rulePack/rulePack';
import { batches } from '../engine/batches';
import { isSettled, type FileStamp } from '../../sources/fileStamp';
import { WorkerPool } from '../engine/workerPool';
import {
  compareResult,
  matchResult,
  readResult,
  type CompareTask,
  type MatchTask,
  type MatchResult,
  type ReadTask,
} from './messages';

/** What all analyzers need to know about a file, gathered in a single read. */
export interface FileFacts {
  /** SHA-256 of its content, in hexadecimal. */
  readonly hash: string;
  /** When reading began, in ms since 1970. */
  readonly read: number;
  /** UTF-8 without lone carriage returns; ast-grep gets a converted copy of other files. */
  readonly isPlain: boolean;
  /** The ids of the ast-grep rules that can match in it, by its words; undefined if the rules cannot be read. */
  readonly rules?: readonly string[] | undefined;
}

/** A file, and its state when it was read. */
export interface FileState {
  readonly file: SourceFile;
  readonly stamp: FileStamp;
  readonly facts: FileFacts;
}

/**
 * Hashes the files of scans and searches them for the words of ast-grep's rules, once for all analyzers. It does so in a worker thread that can
 * block on the disk, which takes a fifth of the time of asynchronous reading.
 */
export class Reading {
  /** The built worker script. */
  readonly script: string;
  readonly #folder: string;
  readonly #workers: WorkerPool;
  /** Lives as long as the file's inventory. */
  readonly #facts = new WeakMap<SourceFile, Promise<FileFacts | string>>();
  /** Callers that are waiting for files, often the same ones: if one is canceled, the others keep waiting. */
  readonly #waiting = new Set<object>();
  /** Aborts reading when nobody is waiting any more. */
  #stop = new AbortController();

  /** @param assets holds readingWorker.js and ast-grep/ with its rules */
  constructor(assets: string) {
    this.script = join(assets, 'readingWorker.js');
    this.#folder = join(assets, 'ast-grep');
    this.#workers = new WorkerPool(this.script, { maxThreads: 1 });
  }

  /**
   * @param onRead called with each file that has been read
   * @returns facts about each file, or Node's error code if it cannot be read
   * @throws CodedError TIMEOUT or TOOL_FAILED; the signal's reason
   */
  async of(
    root: string,
    files: readonly SourceFile[],
    signal: AbortSignal,
    onRead: (file: SourceFile) => void = () => undefined,
  ): Promise<(FileFacts | string)[]> {
    const waiter = {};
    this.#waiting.add(waiter);
    try {
      // In batches, so that the scan of a saved file need not wait for all files of another scan.
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
      const all = files.map(async (file) => {
        const facts = (await this.#facts.get(file)) ?? 'unknown';
        onRead(file);
        return facts;
      });
      return await withDeadline(Infinity, signal, () => Promise.all(all));
    } finally {
      this.#waiting.delete(waiter);
      if (this.#waiting.size === 0) {
        this.#stop.abort(new CodedError('CANCELED', 'Nobody is waiting for these files any more.'));
        this.#stop = new AbortController();
      }
    }
  }

  /**
   * The files that have not changed since they were read, so that their findings belong to that content.
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
      const task: CompareTask = { root, files };
      const answers = compareResult.parse(await this.#workers.run('compare', task, signal));
      same.push(...known.filter((_, index) => answers[index] === true));
    }
    return same;
  }

  /**
   * Finds the rules of a team that can match in files, by the words that these contain.
   * @throws CodedError TIMEOUT or TOOL_FAILED; the signal's reason
   */
  async matching(task: MatchTask, signal: AbortSignal): Promise<MatchResult> {
    return matchResult.parse(await this.#workers.run('match', task, signal));
  }

  close(): Promise<void> {
    return this.#workers.close();
  }

  async #read(root: string, files: readonly SourceFile[]): Promise<(FileFacts | string)[]> {
    const { signal } = this.#stop;
    // The other analyzers need the hashes even if the rules cannot be read.
    const pack = await readRulePack(this.#folder).catch(() => undefined);
    const task: ReadTask = {
      root,
      paths: files.map(({ path }) => path),
      folder: this.#folder,
      ...(pack && { pack }),
    };
    const result = readResult.parse(await this.#workers.run('read', task, signal));
    return result.files.map((facts) =>
      typeof facts === 'string' ? facts : { ...facts, rules: facts.rules?.map((rule) => result.rules[rule] ?? '') },
    );
  }
}
