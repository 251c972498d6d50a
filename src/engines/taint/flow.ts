import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { devDependencies } from '../../../package.json';
import type { CustomFile } from '../../findings/policy/customFiles';
import type { FoundIssue } from '../../protocol';
import { bytesOf, type SourceFile } from '../../sources/sourceFile';
import { inBatches } from '../engine/batches';
import { EmbeddedEngine } from '../engine/embeddedEngine';
import type { AnalyzerRun, CustomPart, CustomReading, Place } from '../engine/engine';
import { reportFailed } from '../engine/failedFiles';
import { WorkerPool } from '../engine/workerPool';
import { withFixes } from './flowFixes';
import { languageOf, languages } from './languages/languages';
import type { TaintLanguage } from './interpreter/language';
import {
  disproveResult,
  maxProjectHits,
  projectResult,
  type DisproveOrder,
  type DisproveResult,
  type ProjectHit,
} from './projectMessages';
import { CustomModelReader, CustomModels } from './customModels';
import { taintRules } from './taintRules';

/** The models of the team whose code is scanned. */
export function customModelsOf({ own }: Place): CustomModels | undefined {
  const part = own?.parts.get('flow');
  return part instanceof CustomModels ? part : undefined;
}

/** Values live as long as the function being followed: with 4 MB, garbage collection takes 7 % more CPU time in total. */
const youngMb = 24;

/** Follows untrusted data to where it does harm, across the files of a language. */
export class Flow extends EmbeddedEngine {
  readonly id = 'flow';
  readonly title = `Data flow (${languages.flatMap(({ names }) => names).join(', ')})`;
  readonly scope = 'file';
  override readonly scripts: readonly string[];
  protected readonly version = `${devDependencies['@vscode/tree-sitter-wasm']} (rules ${rulesVersion})`;
  readonly #own: CustomModelReader;
  /** Answers queries from others, file by file, while a project's files are being followed. */
  readonly #disprover: WorkerPool;
  /**
   * What the last scan of a folder followed in a language, for files that are saved later: all paths, and the files of each flow that spans several.
   */
  readonly #scanned = new Map<string, { readonly paths: string; readonly flows: readonly ReadonlySet<string>[] }>();

  /** @param assets contains projectFlowWorker.js, and taint/ with the grammars and models */
  constructor(assets: string) {
    const script = join(assets, 'projectFlowWorker.js');
    // A single thread, since it keeps its knowledge of a file for the others that import it.
    super(script, new WorkerPool(script, { maxThreads: 1, heapMb: 512, youngMb }));
    this.#disprover = new WorkerPool(script, { maxThreads: 1, youngMb });
    this.#own = new CustomModelReader(assets);
    this.scripts = [script, ...languages.map(({ id }) => join(assets, 'taint', `${id}.json`))];
  }

  handles(path: string): boolean {
    return languageOf(path) !== undefined;
  }

  readCustom(files: readonly CustomFile[], reading: CustomReading): Promise<CustomPart> {
    return this.#own.read(files, reading);
  }

  /** The findings in a file that is followed across files depend on its imports, and on the files that import it. */
  linkedBy(path: string): string | undefined {
    return languageOf(path)?.id;
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    let before = { files: 0, bytes: 0 };
    for (const language of languages) {
      const files = run.files.filter(({ path }) => languageOf(path) === language);
      const { files: filesBefore, bytes: bytesBefore } = before;
      const part: AnalyzerRun = {
        ...run,
        files,
        progress: (done, size) =>
          run.progress(
            filesBefore + Math.min(done, files.length),
            bytesBefore + (size ?? bytesOf(files.slice(0, done))),
          ),
      };
      await this.#analyzeLanguage(language, part);
      before = { files: filesBefore + files.length, bytes: bytesBefore + bytesOf(files) };
    }
  }

  async #analyzeLanguage(language: TaintLanguage, run: AnalyzerRun): Promise<void> {
    if (run.files.length === 0) return;
    run.signal.throwIfAborted();
    const scanned = `${language.id} ${run.root}`;
    // With saved files, the files at the other ends of their flows are followed again, too.
    const known = run.unkept === true ? this.#scanned.get(scanned) : undefined;
    const saved = new Set(run.files.map(({ path }) => path));
    const linked = (known?.flows ?? []).filter((flow) => [...saved].some((path) => flow.has(path)));
    const more = new Set(linked.flatMap((flow) => [...flow]).filter((path) => !saved.has(path)));
    const files = [...run.files, ...[...more].map((path): SourceFile => ({ path, size: 0 }))];
    const paths = known?.paths ?? [...saved].join('\n');
    const order = {
      root: run.root,
      run: randomUUID(),
      language: language.id,
      own: customModelsOf(run.place)?.of(language.id),
      paths,
    };
    const scan = async (files: readonly SourceFile[], ms: number) =>
      projectResult.parse(
        await this.workers.run('scan', { ...order, files: files.map(({ path }) => path) }, run.signal, ms),
      );
    const counts = new Map<string, number>();
    const flows: ReadonlySet<string>[] = [];
    for await (const { hits, tooComplex, failed } of inBatches({ ...run, files }, 'analyzed for data flow', scan)) {
      reportFailed(run, failed);
      if (tooComplex.length > 0)
        run.gap('unfinished', 'Functions that are too complex were not analyzed for data flow.', tooComplex);
      for (const { file } of hits) counts.set(file, (counts.get(file) ?? 0) + 1);
      for (const { steps } of hits) {
        const through = new Set(steps.map(({ file }) => file));
        if (through.size > 1) flows.push(through);
      }
      run.issues(
        withFixes(
          run,
          hits.map((hit) => toIssue(language, hit)),
        ),
      );
    }
    if (run.unkept !== true) {
      for (const oldest of this.#scanned.keys()) if (this.#scanned.size >= maxScanned) this.#scanned.delete(oldest);
      this.#scanned.set(scanned, { paths, flows });
    }
    const full = [...counts].flatMap(([file, count]) => (count >= maxProjectHits ? [file] : []));
    if (full.length > 0)
      run.gap('findings_left_out', `Only the first ${maxProjectHits} data flow findings in a file are reported.`, full);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#disprover.close();
    await this.#own.close();
  }

  /**
   * Determines which findings of other engines data flow disproves.
   * @throws CodedError TIMEOUT or TOOL_FAILED; the signal's reason
   */
  async disprove(order: DisproveOrder, signal: AbortSignal, ms?: number): Promise<DisproveResult> {
    return disproveResult.parse(await this.#disprover.run('disprove', order, signal, ms));
  }
}

function toIssue(
  { prefix }: TaintLanguage,
  { defect, confidence, steps, endLine, endColumn, ...hit }: ProjectHit,
): FoundIssue {
  const rule = taintRules[defect];
  return {
    ...hit,
    tool: 'flow',
    type: 'security',
    title: rule.title,
    message: rule.message,
    severity: rule.severity,
    confidence,
    end_line: endLine,
    end_column: endColumn,
    rule_id: `${prefix}-flow-${defect}`,
    suggestion: rule.suggestion,
    cwe: [`CWE-${rule.cwe[0]}`],
    owasp: [rule.owasp],
    help_url: rule.help,
    ...(steps.length > 0 && {
      flow: steps.map(({ endLine: lastLine, endColumn: lastColumn, ...step }) => ({
        ...step,
        end_line: lastLine,
        end_column: lastColumn,
      })),
    }),
  };
}

/** Maximum number of remembered folders, times languages. */
const maxScanned = 8 * languages.length;

const rulesVersion = createHash('sha256')
  .update(JSON.stringify([taintRules, devDependencies['@vscode/tree-sitter-wasm']]))
  .digest('hex')
  .slice(0, 8);
