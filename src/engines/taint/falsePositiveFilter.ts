import { errorMessage } from '../../base/errors';
import { AnalyzerWrapper } from '../engine/analyzerWrapper';
import type { Analyzer, AnalyzerRun } from '../engine/engine';
import type { FoundIssue } from '../../protocol';
import { customModelsOf, type Flow } from './flow';
import { languageOf, languages } from './languages/languages';
import type { SourceFile } from '../../sources/sourceFile';
import type { ProjectQuestion } from './projectMessages';
import { taintDefectOf } from './taintRules';

const filesAtOnce = 100;

/**
 * Drops the findings of a pattern-based analyzer that data flow disproves: the value there is a constant, or has been escaped or checked.
 * Findings that could be disproved are held back until they have been checked.
 */
export class FalsePositiveFilter extends AnalyzerWrapper {
  override readonly scripts: readonly string[];

  constructor(
    inner: Analyzer,
    private readonly flow: Flow,
  ) {
    super(inner);
    this.scripts = [...(inner.scripts ?? []), ...flow.scripts];
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    let held: FoundIssue[] = [];
    /** One at a time, since a single thread answers. */
    let checks = Promise.resolve();
    const issues = (found: readonly FoundIssue[]) => {
      // A team's rule may forbid harmless code.
      const isOwn = (issue: FoundIssue) => run.place.own?.ids.has(issue.rule_id) === true;
      const isDoubted = (issue: FoundIssue) =>
        !isOwn(issue) && languageOf(issue.file) !== undefined && taintDefectOf(issue.cwe) !== undefined;
      held.push(...found.filter(isDoubted));
      const others = found.filter((issue) => !isDoubted(issue));
      if (others.length > 0) run.issues(others);
    };
    const check = async (doubted: readonly FoundIssue[], files: readonly SourceFile[]) => {
      run.issues(await this.#harmful(doubted, run));
      // A canceled run has no time to check, so its files are not marked as done.
      if (!run.signal.aborted) run.searched?.(files);
    };
    // While other files are searched.
    const searched = (files: readonly SourceFile[]) => {
      const open = new Set(held.map(({ file }) => file));
      const done = files.filter(({ path }) => !open.has(path));
      if (done.length > 0) run.searched?.(done);
      const waiting = new Map(files.filter(({ path }) => open.has(path)).map((file) => [file.path, file]));
      if (waiting.size === 0) return;
      const doubted = held.filter(({ file }) => waiting.has(file));
      held = held.filter(({ file }) => !waiting.has(file));
      checks = checks.then(() => check(doubted, [...waiting.values()]));
      // It is awaited once all files have been searched.
      checks.catch(() => undefined);
    };
    try {
      await this.inner.analyze({ ...run, issues, searched });
    } finally {
      await checks;
      if (held.length > 0) await check(held, []);
    }
  }

  async #harmful(doubted: readonly FoundIssue[], run: AnalyzerRun): Promise<FoundIssue[]> {
    const open: FoundIssue[] = [];
    for (const language of languages) {
      const own = customModelsOf(run.place)?.of(language.id);
      const linked = doubted.filter(({ file }) => languageOf(file) === language);
      const left = await this.#open(
        language.names.join(' and '),
        linked,
        run,
        (issue): ProjectQuestion[] => {
          const defect = taintDefectOf(issue.cwe);
          return defect ? [{ line: issue.line, endLine: issue.end_line ?? issue.line, defect }] : [];
        },
        (files) => this.flow.disprove({ root: run.root, language: language.id, own, files }, run.signal),
      );
      open.push(...left);
    }
    return open;
  }

  /** The findings that are not disproved. */
  async #open<Q>(
    language: string,
    doubted: readonly FoundIssue[],
    run: AnalyzerRun,
    questionOf: (issue: FoundIssue) => Q[],
    ask: (
      files: { path: string; questions: Q[] }[],
    ) => Promise<{ files: readonly { path: string; harmless: readonly boolean[] }[] }>,
  ): Promise<FoundIssue[]> {
    if (doubted.length === 0 || isCanceled(run)) return [...doubted];
    const asked = new Map<string, { questions: Q[]; issues: FoundIssue[] }>();
    for (const issue of doubted) {
      const { questions, issues } = asked.get(issue.file) ?? { questions: [], issues: [] };
      questions.push(...questionOf(issue));
      issues.push(issue);
      asked.set(issue.file, { questions, issues });
    }
    const files = [...asked].map(([path, { questions }]) => ({ path, questions }));
    try {
      const harmless = new Map<string, readonly boolean[]>();
      for (let at = 0; at < files.length; at += filesAtOnce) {
        const result = await ask(files.slice(at, at + filesAtOnce));
        for (const file of result.files) harmless.set(file.path, file.harmless);
      }
      return [...asked].flatMap(([path, { issues }]) =>
        issues.filter((_, index) => harmless.get(path)?.[index] !== true),
      );
    } catch (error) {
      if (!isCanceled(run))
        run.log('warning', `${language} findings could not be checked for false positives: ${errorMessage(error)}`);
      return [...doubted];
    }
  }
}

function isCanceled({ signal }: AnalyzerRun): boolean {
  return signal.aborted;
}
