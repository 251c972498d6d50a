import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { version } from '@astral-sh/ruff-wasm-nodejs/package.json';
import { abortReason } from '../../base/abort';
import { CodedError } from '../../base/errors';
import type { Analyzer, AnalyzerRun, Availability } from '../engine/engine';
import type { FoundIssue } from '../../protocol';
import type { SourceFile } from '../../sources/sourceFile';
import { inBatches } from '../engine/batches';
import { tellFailed } from '../engine/failedFiles';
import { yieldToOthers } from '../../base/priority';
import { endNode, isRunning, startNode } from '../../base/process';
import { showsSecret, snippetOf, snippetOfSecret } from '../engine/text';
import { ruffResult, type RuffBatch, type RuffHit, type RuffResult } from './messages';
import { ruffRules } from './rules';
import { Spare } from '../engine/spare';

/** How long it may take to end after SIGTERM, which it takes at once: it has nothing to put in order. In ms. */
const endGrace = 100;

/** What ruffChild.js loads: beside itself, else from the npm package (see esbuild.mjs). */
const wasm = 'ruff_wasm_bg.wasm';
const ofNpm = `@astral-sh/ruff-wasm-nodejs/${wasm}`;

/** Checks Python by ruff's flake8-bandit rules, compiled to WebAssembly, in a child process. */
export class Ruff implements Analyzer {
  readonly id = 'ruff';
  readonly title = 'ruff (flake8-bandit rules)';
  readonly kind = 'embedded';
  readonly scope = 'file';
  readonly #child: string;
  readonly #children: Spare<RuffChild>;

  /** @param assets holds ruffChild.js, and ruff_wasm_bg.wasm where no npm package has it */
  constructor(assets: string) {
    this.#child = join(assets, 'ruffChild.js');
    this.#children = new Spare(
      () => new RuffChild(this.#child),
      (child) => child.end(),
    );
  }

  handles(path: string): boolean {
    return /\.pyw?$/i.test(path);
  }

  async availability(): Promise<Availability> {
    try {
      await access(this.#child);
      await access(join(dirname(this.#child), wasm)).catch(() => createRequire(this.#child).resolve(ofNpm));
    } catch {
      return { available: false, reason: 'The ruff program is missing from this installation.' };
    }
    return { available: true, version: `${version} (rules ${rulesVersion})` };
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    if (run.files.length === 0) return;
    run.signal.throwIfAborted();
    const take = () => {
      const one = this.#children.take(({ alive }) => alive);
      one.hold();
      return one;
    };
    let child = take();
    const check = async (files: readonly SourceFile[], ms: number) => {
      if (!child.alive) child = take();
      try {
        return await child.check({ root: run.root, files: files.map((file) => file.path) }, run.signal, ms);
      } catch (error) {
        await child.end();
        throw error;
      }
    };
    for await (const { hits, failed, unparsed } of inBatches(run, 'checked by ruff', check)) {
      tellFailed(run, failed);
      if (unparsed.length > 0) run.gap('unparsed', 'Files that are not valid Python 3 were not checked.', unparsed);
      run.issues(hits.flatMap(toIssue));
    }
    if (!child.alive) return;
    child.release();
    await this.#children.giveBack(child);
  }

  prepare(): void {
    this.#children.prepare();
  }

  close(): Promise<void> {
    return this.#children.close();
  }
}

/** One process of ruff, that checks one batch at a time. */
class RuffChild {
  readonly #process: ReturnType<typeof startNode>;
  #stderr = '';

  constructor(file: string) {
    this.#process = startNode({ file, execArgv: ['--liftoff-only'], stdout: 'ignore' });
    yieldToOthers(this.#process);
    // Without a listener of its own an error between two batches would end the runner; `check` sees that the child is gone.
    this.#process.on('error', (error) => (this.#stderr = error.message));
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4_000);
    });
    this.release();
  }

  check(batch: RuffBatch, signal: AbortSignal, ms: number): Promise<RuffResult> {
    const child = this.#process;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        child.off('message', onMessage).off('exit', onExit).off('error', onError);
        act();
      };
      const fail = (code: string, message: string) => settle(() => reject(new CodedError(code, message)));
      const onAbort = () => settle(() => reject(abortReason(signal)));
      const onMessage = (message: unknown) => {
        const parsed = ruffResult.safeParse(message);
        if (parsed.success) settle(() => resolve(parsed.data));
        else fail('BAD_OUTPUT', 'ruff answered something that is not a result');
      };
      const onExit = (code: number | null, by: string | null) =>
        fail(
          'TOOL_FAILED',
          `ruff ended in the middle of the scan (${by ?? `exit code ${code ?? 'unknown'}`})${this.#why()}`,
        );
      const onError = (error: Error) => fail('TOOL_FAILED', `ruff could not be started or reached: ${error.message}`);
      const late = () => fail('TIMEOUT', `ruff took over ${ms / 1000} s for ${batch.files.length} files`);
      const timer = setTimeout(late, ms);
      signal.addEventListener('abort', onAbort, { once: true });
      child.on('message', onMessage).on('exit', onExit).on('error', onError);
      if (signal.aborted) onAbort();
      else if (!this.alive) onExit(child.exitCode, child.signalCode);
      else child.send(batch, (error) => error && onError(error));
    });
  }

  get alive(): boolean {
    return isRunning(this.#process);
  }

  /** From now on this process waits for it. */
  hold(): void {
    this.#process.ref();
    this.#process.channel?.ref();
    if (this.#process.stderr instanceof Socket) this.#process.stderr.ref();
  }

  /** This process may end without it; it ends itself then. */
  release(): void {
    this.#process.unref();
    this.#process.channel?.unref();
    if (this.#process.stderr instanceof Socket) this.#process.stderr.unref();
  }

  /** Kills it, and waits until it is gone. */
  async end(): Promise<void> {
    if (!this.alive) return;
    this.hold();
    await endNode(this.#process, endGrace);
  }

  #why(): string {
    const last = this.#stderr.trim().split('\n').at(-1) ?? '';
    return last === '' ? '' : `: ${last.slice(0, 300)}`;
  }
}

const rulesVersion = createHash('sha256').update(JSON.stringify(ruffRules)).digest('hex').slice(0, 8);

function toIssue(hit: RuffHit): FoundIssue[] {
  const rule = ruffRules[hit.code];
  if (!rule) return [];
  const secret = showsSecret([rule.cwe]);
  return [
    {
      tool: 'ruff',
      type: secret ? 'secret' : 'security',
      message: rule.message,
      severity: rule.severity,
      confidence: rule.confidence,
      file: hit.file,
      line: hit.line,
      column: hit.column,
      end_line: hit.endLine,
      end_column: hit.endColumn,
      rule_id: hit.code,
      suggestion: rule.suggestion,
      cwe: [rule.cwe],
      owasp: [rule.owasp],
      help_url: `https://docs.astral.sh/ruff/rules/${rule.name}/`,
      snippet: secret ? snippetOfSecret(hit.text, hit.column) : snippetOf(hit.text, hit.column),
    },
  ];
}
