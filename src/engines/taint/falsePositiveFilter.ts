import { errorMessage } from '../../base/errors';
import { AnalyzerWrapper } from '../engine/analyzerWrapper';
import type { Analyzer, AnalyzerRun } from '../engine/engine';
import type { FoundIssue } from '../../protocol';
import { isFollowed, type Flow } from './flow';
import type { SourceFile } from '../../sources/sourceFile';
import type { Question } from './messages';
import { defectOf } from './rules';

const filesAtOnce = 100;

/**
 * An analyzer that looks at shapes of code, without those of its findings that following the values disproves: where what gets there
 * is a constant, escaped or checked. Such a finding is handed over once it has been checked.
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
    const doubted: FoundIssue[] = [];
    const waiting: SourceFile[] = [];
    const issues = (found: readonly FoundIssue[]) => {
      const isDoubted = (issue: FoundIssue) => isFollowed(issue.file) && defectOf(issue.cwe) !== undefined;
      doubted.push(...found.filter(isDoubted));
      const others = found.filter((issue) => !isDoubted(issue));
      if (others.length > 0) run.issues(others);
    };
    const searched = (files: readonly SourceFile[]) => {
      const open = new Set(doubted.map(({ file }) => file));
      waiting.push(...files.filter(({ path }) => open.has(path)));
      run.searched?.(files.filter(({ path }) => !open.has(path)));
    };
    try {
      await this.inner.analyze({ ...run, issues, searched });
    } finally {
      // What an ended run has no time to check is handed over as it is, and not kept as searched.
      if (run.signal.aborted) run.issues(doubted);
      else if (doubted.length > 0) {
        run.issues(await this.#harmful(doubted, run));
        run.searched?.(waiting);
      }
    }
  }

  async #harmful(doubted: readonly FoundIssue[], run: AnalyzerRun): Promise<FoundIssue[]> {
    const asked = new Map<string, { questions: Question[]; issues: FoundIssue[] }>();
    for (const issue of doubted) {
      const defect = defectOf(issue.cwe);
      if (!defect) continue;
      const { questions, issues } = asked.get(issue.file) ?? { questions: [], issues: [] };
      questions.push({ line: issue.line, endLine: issue.end_line ?? issue.line, defect });
      issues.push(issue);
      asked.set(issue.file, { questions, issues });
    }
    const files = [...asked].map(([path, { questions }]) => ({ path, questions }));
    try {
      const harmless = new Map<string, readonly boolean[]>();
      for (let at = 0; at < files.length; at += filesAtOnce) {
        const result = await this.flow.ask({ root: run.root, files: files.slice(at, at + filesAtOnce) }, run.signal);
        for (const file of result.files) harmless.set(file.path, file.harmless);
      }
      return [...asked].flatMap(([path, { issues }]) =>
        issues.filter((_, index) => harmless.get(path)?.[index] !== true),
      );
    } catch (error) {
      run.log('warning', `The findings in Python are not checked: ${errorMessage(error)}`);
      return [...doubted];
    }
  }
}
