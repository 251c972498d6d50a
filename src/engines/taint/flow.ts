import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { devDependencies } from '../../../package.json';
import type { CustomFile } from '../../findings/policy/customFiles';
import type { FoundIssue } from '../../protocol';
import { bytesOf, type SourceFile } from '../../sources/sourceFile';
import { inBatches } from '../engine/batches';
import { EmbeddedEngine } from '../engine/embeddedEngine';
import type { AnalyzerRun, CustomPart, CustomReading, RunPlace, SavedRun } from '../engine/engine';
import { reportFailed } from '../engine/failedFiles';
import { WorkerPool } from '../engine/workerPool';
import { FileLinks, StoredLinks } from './fileLinks';
import { withFixes } from './flowFixes';
import { languageOf, languages } from './languages/languages';
import type { TaintLanguage } from './interpreter/language';
import {
  disproveResult,
  maxProjectHits,
  projectResult,
  type DisproveTask,
  type DisproveResult,
  type ProjectHit,
  type ProjectTask,
} from './projectMessages';
import { CustomModelReader, CustomModels } from './customModels';
import { taintRules } from './taintRules';

/** The models of the team whose code is scanned. */
export function customModelsOf({ own }: RunPlace): CustomModels | undefined {
  const part = own?.parts.get('flow');
  return part instanceof CustomModels ? part : undefined;
}

/** Values live as long as the function being followed: with 4 MB, garbage collection takes 7 % more CPU time in total. */
const youngMb = 24;

/** Files that are looked at because they may lead into saved ones. */
const maxLeading = 500;
/** What following them may cost, in about microseconds: a save is answered at once, and what is left may be looked at later. */
const maxCost = { quick: 150_000, thorough: 3_000_000 };

interface FollowOptions {
  /** All files of the folder in the language. */
  readonly paths: ReadonlySet<string>;
  /** Learns how they depend on each other. */
  readonly links: FileLinks | undefined;
  readonly optional?: ProjectTask['optional'];
}

/** Follows data from outside to where it does harm, across the files of a language. */
export class Flow extends EmbeddedEngine {
  readonly id = 'flow';
  readonly title = `Data flow (${languages.flatMap(({ names }) => names).join(', ')})`;
  readonly scope = 'file';
  override readonly scripts: readonly string[];
  protected readonly version = `${devDependencies['@vscode/tree-sitter-wasm']} (rules ${rulesVersion})`;
  readonly #own: CustomModelReader;
  /** Answers queries from others, file by file, while a project's files are being followed. */
  readonly #disprover: WorkerPool;
  /** What the scans of folders have learned, for files of them that are saved later. */
  readonly #links: StoredLinks;

  /**
   * @param assets contains projectFlowWorker.js, and taint/ with the grammars and models
   * @param kept folder in which later runners find what was learned of how files depend on each other; undefined to forget it
   */
  constructor(assets: string, kept?: string) {
    const script = join(assets, 'projectFlowWorker.js');
    // A single thread, since it keeps its knowledge of a file for the others that import it.
    super(script, new WorkerPool(script, { maxThreads: 1, heapMb: 512, youngMb }));
    this.#disprover = new WorkerPool(script, { maxThreads: 1, youngMb });
    this.#own = new CustomModelReader(assets);
    this.#links = new StoredLinks(kept);
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

  /** The files that data from these reaches in known flows. */
  async reachedFrom(root: string, files: readonly string[]): Promise<string[]> {
    const reached = new Set<string>();
    for (const language of languages) {
      const own = new Set(files.filter((path) => languageOf(path) === language));
      const links = own.size > 0 ? await this.#links.of(root, language.id) : undefined;
      for (const flow of links?.flowsThrough(own) ?? []) reached.add(flow.at(-1) ?? '');
    }
    return [...reached].filter((path) => !files.includes(path));
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
      if (files.length > 0 && run.saved) await this.#analyzeSaved(language, part, run.saved);
      else if (files.length > 0) await this.#analyzeAll(language, part);
      before = { files: filesBefore + files.length, bytes: bytesBefore + bytesOf(files) };
    }
  }

  async #analyzeAll(language: TaintLanguage, run: AnalyzerRun): Promise<void> {
    const paths = new Set(run.files.map(({ path }) => path));
    const known = await this.#links.of(run.root, language.id);
    // A scan of some files adds to what is known of all.
    const isPart =
      known !== undefined && paths.size < known.paths.size && [...paths].every((path) => known.paths.has(path));
    const links = isPart ? known : new FileLinks(paths);
    await this.#follow(language, run, { paths, links });
    const isUsers = run.place.folder !== undefined && run.unkept !== true;
    if (isUsers) await this.#links.set(run.root, language.id, links, (text) => run.log('warning', text));
  }

  /** Follows saved files, and those that lead into them, whose data may do harm there. */
  async #analyzeSaved(language: TaintLanguage, run: AnalyzerRun, saved: SavedRun): Promise<void> {
    const asked = new Set(run.files.map(({ path }) => path));
    const listed = [...saved.all].filter((path) => languageOf(path) === language);
    const links = await this.#links.of(run.root, language.id);
    const flows = links?.flowsThrough(asked).flat() ?? [];
    // What newer files use is unknown.
    const leading = links
      ? [...links.usersOf([...asked, ...flows]), ...listed.filter((path) => !links.paths.has(path))]
      : listed;
    const more = [...new Set(leading)].filter((path) => !asked.has(path));
    const optional = more.slice(0, maxLeading);
    const skipped = await this.#follow(language, run, {
      paths: new Set([...listed, ...asked]),
      links,
      optional: { files: optional, cost: saved.isThorough ? maxCost.thorough : maxCost.quick },
    });
    const left = new Set([...more.slice(maxLeading), ...skipped]);
    const isAlone = (path: string) =>
      left.size > 0 && (!links || [...links.usersOf([path])].some((one) => left.has(one)));
    saved.alone([...asked].filter(isAlone));
  }

  /** Follows the files of a run, and optional ones as far as there is time. @returns those that were not followed */
  async #follow(
    language: TaintLanguage,
    run: AnalyzerRun,
    { paths, links, optional }: FollowOptions,
  ): Promise<readonly string[]> {
    run.signal.throwIfAborted();
    const task = {
      root: run.root,
      run: randomUUID(),
      language: language.id,
      own: customModelsOf(run.place)?.of(language.id),
      paths: [...paths].join('\n'),
      optional,
    };
    const scan = async (files: readonly SourceFile[], ms: number) =>
      projectResult.parse(
        await this.workers.run('scan', { ...task, files: files.map(({ path }) => path) }, run.signal, ms),
      );
    const more = (optional?.files ?? []).map((path): SourceFile => ({ path, size: 0 }));
    // In the order of a scan, which decides whether a function is followed by itself before it is by those that call it.
    const files = [...run.files, ...more].sort((a, b) => (a.path < b.path ? -1 : 1));
    const isOptional = new Set(optional?.files);
    const own = (paths: readonly string[]) => paths.filter((path) => !isOptional.has(path));
    const counts = new Map<string, number>();
    const left: string[] = [];
    for await (const result of inBatches({ ...run, files }, 'analyzed for data flow', scan)) {
      const { hits, failed, uses, skipped } = result;
      left.push(...skipped);
      links?.addUses(uses);
      reportFailed(
        run,
        failed.filter(({ file }) => !isOptional.has(file)),
      );
      const tooComplex = own(result.tooComplex);
      if (tooComplex.length > 0)
        run.gap('unfinished', 'Functions that are too complex were not analyzed for data flow.', tooComplex);
      for (const { file } of hits) counts.set(file, (counts.get(file) ?? 0) + 1);
      for (const { file, steps } of hits)
        links?.addFlow([...new Set(steps.map((step) => step.file).filter((path) => path !== file)), file]);
      run.issues(
        withFixes(
          run,
          hits.map((hit) => toIssue(language, hit)),
        ),
      );
    }
    const full = own([...counts].flatMap(([file, count]) => (count >= maxProjectHits ? [file] : [])));
    if (full.length > 0)
      run.gap('findings_left_out', `Only the first ${maxProjectHits} data flow findings in a file are reported.`, full);
    return left;
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
  async disprove(task: DisproveTask, signal: AbortSignal, ms?: number): Promise<DisproveResult> {
    return disproveResult.parse(await this.#disprover.run('disprove', task, signal, ms));
  }
}

function toIssue(
  { prefix }: TaintLanguage,
  { defect, confidence, isOfCaller, steps, endLine, endColumn, ...hit }: ProjectHit,
): FoundIssue {
  const rule = taintRules[defect];
  return {
    ...hit,
    tool: 'flow',
    type: 'security',
    title: rule.title,
    message: rule.message,
    severity: isOfCaller ? 'medium' : rule.severity,
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

const rulesVersion = createHash('sha256')
  .update(JSON.stringify([taintRules, devDependencies['@vscode/tree-sitter-wasm']]))
  .digest('hex')
  .slice(0, 8);
