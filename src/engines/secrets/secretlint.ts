import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { version } from '@secretlint/core/package.json';
import type { Analyzer, AnalyzerRun, Availability } from '../engine/engine';
import type { FoundIssue } from '../../protocol';
import type { SourceFile } from '../../sources/sourceFile';
import { inBatches } from '../engine/batches';
import { tellFailed } from '../engine/failedFiles';
import { isLockfile } from '../../sources/lockfileNames';
import { WorkerPool } from '../engine/workerPool';
import { maxPerFile, secretResult, type SecretBatch, type SecretHit } from './messages';
import { patterns, settingPattern } from './patterns';

/** Searches every text file for keys, tokens and passwords, in a worker thread. */
export class Secretlint implements Analyzer {
  readonly id = 'secretlint';
  readonly title = 'secretlint with the CodeAgent patterns';
  readonly kind = 'embedded';
  readonly scope = 'file';
  readonly #worker: string;
  readonly #workers: WorkerPool<SecretBatch>;

  /** @param assets holds secretlintWorker.js */
  constructor(assets: string) {
    this.#worker = join(assets, 'secretlintWorker.js');
    this.#workers = new WorkerPool(this.#worker, 'secretlint');
  }

  handles(path: string): boolean {
    return !notText.test(path) && !isLockfile(path);
  }

  async availability(): Promise<Availability> {
    try {
      await access(this.#worker);
    } catch {
      return { available: false, reason: 'The secretlint program is missing from this installation.' };
    }
    return { available: true, version: `${version} (patterns ${patternsVersion})` };
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    if (run.files.length === 0) return;
    run.signal.throwIfAborted();
    const search = async (files: readonly SourceFile[], ms: number) => {
      const order = { root: run.root, files: files.map((file) => file.path) };
      return secretResult.parse(await this.#workers.run('search', order, run.signal, ms));
    };
    for await (const { hits, failed } of inBatches(run, 'searched for secrets', search)) {
      tellFailed(run, failed);
      const counts = new Map<string, number>();
      for (const { file } of hits) counts.set(file, (counts.get(file) ?? 0) + 1);
      const full = [...counts].flatMap(([file, count]) => (count >= maxPerFile ? [file] : []));
      if (full.length > 0)
        run.gap('findings_left_out', `Of a file, ${maxPerFile} secrets are told; the rest is left out.`, full);
      run.issues(hits.map(toIssue));
    }
  }

  prepare(): void {
    this.#workers.prepare();
  }

  close(): Promise<void> {
    return this.#workers.close();
  }
}

const notText =
  /\.(?:png|jpe?g|gif|webp|avif|ico|bmp|tiff?|svg|psd|pdf|docx?|xlsx?|pptx?|zip|gz|tgz|bz2|xz|7z|rar|jar|war|class|so|dylib|dll|exe|o|a|lib|wasm|woff2?|ttf|otf|eot|mp[34]|m4a|wav|ogg|flac|avi|mov|webm|mkv|pyc|pyo|node|map|sqlite3?|db|bin|dat|parquet|npy|pkl|snap)$/i;

const patternsVersion = createHash('sha256')
  .update([...patterns, settingPattern].map((p) => `${p.id} ${p.pattern} ${p.accept?.toString() ?? ''}`).join('\n'))
  .digest('hex')
  .slice(0, 8);

function toIssue(hit: SecretHit): FoundIssue {
  return {
    tool: 'secretlint',
    type: 'secret',
    title: `Hard-coded ${hit.kind}`,
    message: `A hard-coded ${hit.kind}: everyone who can read this file can use it, also in all older versions.`,
    severity: hit.severity,
    confidence: hit.confidence,
    file: hit.file,
    line: hit.line,
    column: hit.column,
    end_line: hit.endLine,
    end_column: hit.endColumn,
    rule_id: hit.id,
    suggestion: 'Revoke it where it was issued, and read the new one from the environment or a secret store.',
    cwe: ['CWE-798'],
    owasp: ['A07:2021'],
    help_url: 'https://cwe.mitre.org/data/definitions/798.html',
    snippet: hit.snippet,
  };
}
