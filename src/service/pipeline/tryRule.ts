import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExampleOutcome, FoundIssue, TryAnswer } from '../../protocol';
import type { Limits } from '../../base/limits';
import { makeTempFolder } from '../../base/tempFolder';
import type { Analyzer, CustomExample, CustomRules } from '../../engines/engine/engine';
import { Gaps } from '../../findings/coverage';
import { mergeIssues } from '../../findings/merge';
import { draftOf, readCustomFiles, type RulePackFolder } from '../../findings/policy/customFiles';
import type { SourceFile } from '../../sources/sourceFile';
import { takeInventory } from '../../sources/inventory';
import { runAnalyzer } from './analyze';
import { readFiles, type CustomRead } from './customRules';
import { openPolicy, scopeOf } from './policy';

/** Maximum time for a try, in ms: the user is waiting for it after each change. */
const analyzerTimeout = 60_000;
/** Maximum matches; more would show nothing new. */
const maxMatches = 500;

export interface TryOptions {
  /** With symbolic links resolved. */
  readonly root: string;
  /** Path of the rule's file: below the root, or below a rule pack. */
  readonly file: string;
  readonly text: string;
  /** Whether to search the folder, rather than only check the examples. */
  readonly search: boolean;
  readonly signal: AbortSignal;
}

/** Tries custom rules and models that are still being written. */
export class RuleTries {
  constructor(
    private readonly limits: Limits,
    private readonly known: {
      readonly analyzers: readonly Analyzer[];
      readonly rulePacks: readonly RulePackFolder[];
      readonly ruleIds: ReadonlySet<string> | undefined;
    },
  ) {}

  /** @throws the signal's reason; Node's error if the folder cannot be read */
  async run({ root, file, text, search, signal }: TryOptions): Promise<TryAnswer> {
    const { files: others } = await readCustomFiles(root, this.known.rulePacks);
    const draft = draftOf(file, text, others);
    const place = { folder: root, rulesets: [] };
    const own = await readFiles([draft], { ...this.known, place, signal });
    const gaps = new Gaps();
    const problems = own.problems.map((problem) => ({ ...problem, about: 'rules' as const }));
    const rules = own.rules;
    if (!rules) return { problems, files: [], gaps: [], examples: [] };
    const examples = await this.#examples(own, rules, signal);
    // The findings of all models plus this one are not the findings of this one.
    const found = search && draft.kind === 'rule' ? await this.#search(root, rules, gaps, signal) : [];
    signal.throwIfAborted();
    const files = mergeIssues(found, () => '', rules.ids);
    return { problems, files, gaps: [...gaps.coverage.gaps], examples };
  }

  async #search(root: string, rules: CustomRules, gaps: Gaps, signal: AbortSignal): Promise<FoundIssue[]> {
    const scan = await openPolicy(root, {}, new Gaps());
    const { exclude, within } = scopeOf(scan);
    const inventory = await takeInventory(root, {
      ...{ include: [], exclude, within, askGit: true, limits: this.limits, signal },
      onProgress: () => undefined,
    });
    return this.#apply(root, inventory.files, { ...rules, trying: 'workspace' }, gaps, signal, maxMatches);
  }

  async #examples({ examples }: CustomRead, rules: CustomRules, signal: AbortSignal): Promise<ExampleOutcome[]> {
    if (examples.length === 0) return [];
    const folder = makeTempFolder('examples');
    try {
      const files: SourceFile[] = [];
      const folderOf = (index: number) => `${index}/`;
      for (const [index, example] of examples.entries())
        for (const [name, code] of Object.entries(example.files)) {
          const path = `${folderOf(index)}${name}`;
          await mkdir(dirname(join(folder, path)), { recursive: true });
          await writeFile(join(folder, path), code, { mode: 0o600 });
          files.push({ path, size: Buffer.byteLength(code) });
        }
      const gaps = new Gaps();
      const found = await this.#apply(folder, files, { ...rules, trying: 'examples' }, gaps, signal, Infinity);
      return examples.map((example, index) => {
        const own = found.filter((issue) => issue.file.startsWith(folderOf(index)) && example.isFoundBy(issue));
        const why = gaps.all.find((gap) => gap.files.some((path) => path.startsWith(folderOf(index))))?.reason;
        return outcomeOf(example, own, why);
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The findings of the analyzers that support custom rules. */
  async #apply(
    root: string,
    files: readonly SourceFile[],
    own: CustomRules,
    gaps: Gaps,
    signal: AbortSignal,
    maxFindings: number,
  ): Promise<FoundIssue[]> {
    const silent = { dispatch: () => undefined, findings: () => undefined, log: () => undefined };
    const outcomes = await Promise.all(
      this.known.analyzers
        .filter(({ id }) => own.parts.has(id))
        .map((analyzer) =>
          runAnalyzer(analyzer, {
            ...{ job: silent, root, files, gaps, signal, unkept: true },
            limits: { ...this.limits, analyzerTimeout, maxFindings },
            place: { folder: root, rulesets: [], own },
            onBytes: () => undefined,
          }),
        ),
    );
    return outcomes.flatMap((outcome) => outcome.found);
  }
}

function outcomeOf(
  { about, kind, line, files }: CustomExample,
  found: readonly FoundIssue[],
  why: string | undefined,
): ExampleOutcome {
  const passed = found.length > 0 === (kind === 'bad');
  const [first] = found;
  const expected =
    kind === 'bad'
      ? `${about} finds nothing in the bad example.`
      : `${about} finds something in the good example, in line ${first?.line ?? 1}.`;
  const [language = ''] = Object.keys(files).map((name) => name.slice(name.lastIndexOf('.') + 1));
  return { about, kind, line, language, passed, message: passed ? '' : [expected, why].filter(Boolean).join(' ') };
}
