import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import type * as z from 'zod';
import type { SourceFile } from '../../sources/sourceFile';
import { inBatches } from './batches';
import type { Analyzer, AnalyzerRun, Availability } from './engine';
import { reportFailed, type FailedFile } from './failedFiles';
import { WorkerPool } from './workerPool';
import type { Workers } from './workers';

/** An engine of ours whose work is done in workers. */
export abstract class EmbeddedEngine implements Analyzer {
  abstract readonly id: string;
  abstract readonly title: string;
  abstract readonly scope: Analyzer['scope'];
  readonly kind = 'embedded';
  readonly scripts: readonly string[];
  /** The version of the library that does the work, and of our rules for it. */
  protected abstract readonly version: string;

  /** @param script the built worker script */
  constructor(
    script: string,
    protected readonly workers: Workers = new WorkerPool(script),
  ) {
    this.scripts = [script];
  }

  abstract handles(path: string): boolean;
  abstract analyze(run: AnalyzerRun): Promise<void>;

  async availability(): Promise<Availability> {
    for (const script of this.scripts) {
      try {
        await access(script);
      } catch {
        return { available: false, reason: `${basename(script)} is missing from this installation. Reinstall it.` };
      }
    }
    return { available: true, version: this.version };
  }

  prepare(): void {
    this.workers.prepare();
  }

  close(): Promise<void> {
    return this.workers.close();
  }
}

/**
 * An embedded engine that looks at each file on its own. How to add one, say `comments`:
 *
 * 1. `src/engines/comments/messages.ts`: a zod schema of a finding (`hit`), and of the answer: `scanResult(hit)`.
 * 2. `src/engines/comments/commentsWorker.ts`: `export { ready } from '../engine/workerScript'`, and
 *    `export const scan = scanFiles((path, source) => hits)`. The build finds scripts by their ending and writes `dist/commentsWorker.js`.
 * 3. `src/engines/comments/comments.ts`: a subclass of this one that says what it handles, and turns hits into issues in `report`.
 * 4. One line in `registry.ts`. There it gets its cache (findings are kept until its worker's script or `version` changes) and its secrets masked.
 *
 * Everything else is here: availability, batches, timeouts, and a gap for each file that could not be read or that made the worker hang or crash.
 */
export abstract class FileEngine<Result extends { readonly failed: readonly FailedFile[] }> extends EmbeddedEngine {
  readonly scope = 'file';
  /** What is done to a file, for its gaps: "Files that took too long were not searched for secrets." */
  protected abstract readonly action: string;
  /** What the worker answers. */
  protected abstract readonly result: z.ZodType<Result>;

  /** Hands over what was found in a batch. */
  protected abstract report(result: Result, run: AnalyzerRun): void | Promise<void>;

  /** What the worker's `scan` is called with. */
  protected orderFor(root: string, files: readonly SourceFile[]): unknown {
    return { root, files: files.map(({ path }) => path) };
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    if (run.files.length === 0) return;
    run.signal.throwIfAborted();
    const scan = async (files: readonly SourceFile[], ms: number) =>
      this.result.parse(await this.workers.run('scan', this.orderFor(run.root, files), run.signal, ms));
    for await (const result of inBatches(run, this.action, scan)) {
      reportFailed(run, result.failed);
      await this.report(result, run);
    }
  }
}
