import { bytesOf, type SourceFile } from '../../sources/sourceFile';
import type { AnalyzerRun } from '../engine/engine';

/** The cost of starting the program and loading the rules, and of starting a file, in bytes that could be searched in the meantime. */
const startCost = 100_000;
const fileCost = 500;

type Chunk = readonly SourceFile[];

/**
 * The progress of a run that searches files in chunks. It advances with every file, in proportion to the work: files in which no rule can
 * match cost nothing, and a chunk of a few small files costs more than its size suggests.
 */
export class ChunkProgress {
  readonly #chunks: Map<Chunk, { cost: number; done: number; files: number }>;
  readonly #bytes: number;
  #files = 0;

  /** @param chunks all of the run's files */
  constructor(
    private readonly run: Pick<AnalyzerRun, 'progress'>,
    chunks: readonly Chunk[],
  ) {
    this.#chunks = new Map(chunks.map((chunk) => [chunk, { cost: costOf(chunk), done: 0, files: 0 }]));
    this.#bytes = chunks.reduce((sum, chunk) => sum + bytesOf(chunk), 0);
  }

  /** @param worthwhile the files of the chunk that are searched */
  begin(chunk: Chunk, worthwhile: Chunk): void {
    const state = this.#chunks.get(chunk);
    if (state) state.cost = worthwhile.length === 0 ? 0 : costOf(worthwhile);
  }

  done(chunk: Chunk, file: SourceFile): void {
    const state = this.#chunks.get(chunk);
    if (!state) return;
    // The program is started by then.
    if (state.done === 0) state.done = startCost;
    state.done = Math.min(state.cost, state.done + file.size + fileCost);
    state.files += 1;
    this.#report();
  }

  end(chunk: Chunk): void {
    const state = this.#chunks.get(chunk);
    if (!state) return;
    this.#files += chunk.length;
    state.files = 0;
    state.done = state.cost;
    this.#report();
  }

  #report(): void {
    let [cost, done, files] = [0, 0, this.#files];
    for (const state of this.#chunks.values()) {
      cost += state.cost;
      done += state.done;
      files += state.files;
    }
    this.run.progress(files, cost === 0 ? this.#bytes : Math.floor((this.#bytes * done) / cost));
  }
}

function costOf(files: Chunk): number {
  return startCost + files.length * fileCost + bytesOf(files);
}
