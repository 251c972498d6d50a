import { access } from 'node:fs/promises';
import { basename } from 'node:path';
import type * as z from 'zod';
import { fileOfAsset } from '../../base/asset';
import type { SourceFile } from '../../sources/sourceFile';
import { inBatches } from './batches';
import type { Analyzer, AnalyzerRun, Availability } from './engine';
import { reportFailed, type FailedFile } from './failedFiles';
import { WorkerPool } from './workerPool';
import type { Workers } from './workers';

/** One of our own engines, which does its work in workers. */
export abstract class EmbeddedEngine implements Analyzer {
  abstract readonly id: string;
  abstract readonly title: string;
  abstract readonly scope: Analyzer['scope'];
  readonly kind = 'embedded';
  readonly scripts: readonly string[];
  /** The versions of the underlying library and of our rules for it. */
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
        await access(fileOfAsset(script));
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
 * An embedded engine that looks at each file on its own; CONTRIBUTING.md has a complete example. A subclass says which files it handles and turns
 * its worker's hits into issues. This class does the rest: availability, batches, timeouts, and a gap for each file that could not be read or that
 * made the worker hang or crash.
 */
export abstract class FileEngine<Result extends { readonly failed: readonly FailedFile[] }> extends EmbeddedEngine {
  readonly scope = 'file';
  /** What is done to a file, for gap reasons: "Files that took too long were not searched for secrets." */
  protected abstract readonly action: string;
  /** The schema of the worker's result. */
  protected abstract readonly result: z.ZodType<Result>;

  /** Reports the findings of a batch. */
  protected abstract report(result: Result, run: AnalyzerRun): void | Promise<void>;

  /** The task of the worker's `scan`. */
  protected taskFor(root: string, files: readonly SourceFile[]): unknown {
    return { root, files: files.map(({ path }) => path) };
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    if (run.files.length === 0) return;
    run.signal.throwIfAborted();
    const scan = async (files: readonly SourceFile[], ms: number) =>
      this.result.parse(await this.workers.run('scan', this.taskFor(run.root, files), run.signal, ms));
    for await (const result of inBatches(run, this.action, scan)) {
      reportFailed(run, result.failed);
      await this.report(result, run);
    }
  }
}
