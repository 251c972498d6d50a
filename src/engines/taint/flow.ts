import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { devDependencies } from '../../../package.json';
import type { OwnFile } from '../../findings/policy/ownFiles';
import type { FoundIssue } from '../../protocol';
import { bytesOf, type SourceFile } from '../../sources/sourceFile';
import { inBatches } from '../engine/batches';
import { FileEngine } from '../engine/embeddedEngine';
import type { AnalyzerRun, OwnPart, OwnReading, Place } from '../engine/engine';
import { reportFailed } from '../engine/failedFiles';
import { WorkerPool } from '../engine/workerPool';
import { flowResult, maxHits, type FlowHit, type FlowOrder, type FlowResult } from './messages';
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
import { OwnModelReader, OwnModels } from './ownModels';
import { flowRules } from './rules';
import { taintRules } from './taintRules';

/** Whether the flow engine reads a file. */
export function isFlowLanguage(path: string): boolean {
  return /\.pyw?$/i.test(path);
}

/** The models of the team whose code is scanned. */
export function ownModelsOf({ own }: Place): OwnModels | undefined {
  const part = own?.parts.get('flow');
  return part instanceof OwnModels ? part : undefined;
}

/** Follows data from outside to where it does harm: in Python file by file, in the languages of the taint engine across files. */
export class Flow extends FileEngine<FlowResult> {
  readonly id = 'flow';
  readonly title = `Data flow (${[...languages.flatMap(({ names }) => names), 'Python'].join(', ')})`;
  override readonly scripts: readonly string[];
  protected readonly version = `${devDependencies['@lezer/python']} (rules ${rulesVersion})`;
  protected readonly action = 'analyzed for data flow';
  protected readonly result = flowResult;
  readonly #project: WorkerPool;
  readonly #own: OwnModelReader;
  /** What the last scan of a folder followed in a language, for files of it that are saved later: all paths, and the files of each flow that goes through several. */
  readonly #scanned = new Map<string, { readonly paths: string; readonly flows: readonly ReadonlySet<string>[] }>();

  /** @param assets contains flowWorker.js, projectFlowWorker.js, and taint/ with the grammars and models */
  constructor(assets: string) {
    const script = join(assets, 'flowWorker.js');
    // A single thread, so that its cached results serve both the engine and the filter.
    super(script, new WorkerPool(script, { maxThreads: 1 }));
    const project = join(assets, 'projectFlowWorker.js');
    this.#own = new OwnModelReader(assets);
    this.scripts = [script, project, ...languages.map(({ id }) => join(assets, 'taint', `${id}.json`))];
    // A single thread, since it keeps what it knows of a file for the others that import it.
    this.#project = new WorkerPool(project, { maxThreads: 1, heapMb: 512 });
  }

  handles(path: string): boolean {
    return isFlowLanguage(path) || languageOf(path) !== undefined;
  }

  readOwn(files: readonly OwnFile[], reading: OwnReading): Promise<OwnPart> {
    return this.#own.read(files, reading);
  }

  /** The findings in a file that is followed across files depend on what it imports, and on who imports it. */
  linkedBy(path: string): string | undefined {
    return languageOf(path)?.id;
  }

  override async analyze(run: AnalyzerRun): Promise<void> {
    let before = { files: 0, bytes: 0 };
    for (const language of [undefined, ...languages]) {
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
      if (language) await this.#analyzeLinked(language, part);
      else await super.analyze(part);
      before = { files: filesBefore + files.length, bytes: bytesBefore + bytesOf(files) };
    }
  }

  async #analyzeLinked(language: TaintLanguage, run: AnalyzerRun): Promise<void> {
    if (run.files.length === 0) return;
    run.signal.throwIfAborted();
    const scanned = `${language.id} ${run.root}`;
    // Of saved files, the others that lead into them or that they lead into are followed again, too.
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
      own: ownModelsOf(run.place)?.of(language.id),
      paths,
    };
    const scan = async (files: readonly SourceFile[], ms: number) =>
      projectResult.parse(
        await this.#project.run('scan', { ...order, files: files.map(({ path }) => path) }, run.signal, ms),
      );
    const counts = new Map<string, number>();
    const flows: ReadonlySet<string>[] = [];
    for await (const { hits, tooComplex, failed } of inBatches({ ...run, files }, this.action, scan)) {
      reportFailed(run, failed);
      if (tooComplex.length > 0)
        run.gap('unfinished', 'Functions that are too complex were not analyzed for data flow.', tooComplex);
      for (const { file } of hits) counts.set(file, (counts.get(file) ?? 0) + 1);
      for (const { steps } of hits) {
        const through = new Set(steps.map(({ file }) => file));
        if (through.size > 1) flows.push(through);
      }
      run.issues(hits.map((hit) => toProjectIssue(language, hit)));
    }
    if (run.unkept !== true) {
      for (const oldest of this.#scanned.keys()) if (this.#scanned.size >= maxScanned) this.#scanned.delete(oldest);
      this.#scanned.set(scanned, { paths, flows });
    }
    const full = [...counts].flatMap(([file, count]) => (count >= maxProjectHits ? [file] : []));
    if (full.length > 0)
      run.gap('findings_left_out', `Only the first ${maxProjectHits} data flow findings in a file are reported.`, full);
  }

  override prepare(): void {
    super.prepare();
    this.#project.prepare();
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#project.close();
    await this.#own.close();
  }

  /**
   * Finds out which findings of other engines the data flow disproves.
   * @throws CodedError TIMEOUT or TOOL_FAILED; the signal's reason
   */
  async ask(order: FlowOrder, signal: AbortSignal, ms?: number): Promise<FlowResult> {
    return flowResult.parse(await this.workers.run('scan', order, signal, ms));
  }

  /** The same for a language of the taint engine. @throws likewise */
  async disprove(order: DisproveOrder, signal: AbortSignal, ms?: number): Promise<DisproveResult> {
    return disproveResult.parse(await this.#project.run('disprove', order, signal, ms));
  }

  protected override orderFor(root: string, files: readonly SourceFile[]): FlowOrder {
    return { root, files: files.map(({ path }) => ({ path, questions: [] })) };
  }

  protected report({ files }: FlowResult, run: AnalyzerRun): void {
    const tooComplex = files.flatMap(({ path, isKnown }) => (isKnown ? [] : [path]));
    if (tooComplex.length > 0)
      run.gap('unfinished', 'Files that are too complex were not analyzed for data flow.', tooComplex);
    const full = files.flatMap(({ path, hits }) => (hits.length >= maxHits ? [path] : []));
    if (full.length > 0)
      run.gap('findings_left_out', `Only the first ${maxHits} data flow findings in a file are reported.`, full);
    run.issues(files.flatMap(({ path, hits }) => hits.map((hit) => toIssue(path, hit))));
  }
}

function toProjectIssue(
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
    flow: steps.map(({ endLine: lastLine, endColumn: lastColumn, ...step }) => ({
      ...step,
      end_line: lastLine,
      end_column: lastColumn,
    })),
  };
}

/** Folders that are remembered, times languages. */
const maxScanned = 8 * languages.length;

const rulesVersion = createHash('sha256')
  .update(JSON.stringify([flowRules, taintRules, devDependencies['@vscode/tree-sitter-wasm']]))
  .digest('hex')
  .slice(0, 8);

function toIssue(file: string, hit: FlowHit): FoundIssue {
  const rule = flowRules[hit.defect];
  return {
    tool: 'flow',
    type: 'security',
    title: rule.title,
    message: rule.message,
    severity: rule.severity,
    confidence: 'medium',
    file,
    line: hit.line,
    column: hit.column,
    end_line: hit.endLine,
    end_column: hit.endColumn,
    rule_id: `py-flow-${hit.defect}`,
    suggestion: rule.suggestion,
    cwe: [`CWE-${rule.cwe[0]}`],
    owasp: [rule.owasp],
    help_url: rule.help,
    snippet: hit.snippet,
    ...(hit.steps.length > 0 && {
      flow: hit.steps.map(({ endLine, endColumn, ...step }) => ({
        ...step,
        file,
        end_line: endLine,
        end_column: endColumn,
      })),
    }),
  };
}
