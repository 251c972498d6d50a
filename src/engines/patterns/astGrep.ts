import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import { inParallel } from '../../base/inParallel';
import type { Analyzer, AnalyzerRun, Availability, Place } from '../engine/engine';
import { reportFailed, type FailedFile } from '../engine/failedFiles';
import { FileText } from '../../base/fileText';
import { readBytes } from '../engine/readSource';
import { bytesOf, type SourceFile } from '../../sources/sourceFile';
import type { FoundIssue } from '../../protocol';
import { makeTempFolder } from '../../base/tempFolder';
import { ChunkProgress } from './chunkProgress';
import { searchFiles } from './pass';
import { findProgram, installHint, type Program } from './program';
import { isLockfile } from '../../sources/lockfileNames';
import type { Reading } from '../reading/reading';
import { languageOf } from '../rulePack/languages';
import { LanguageRules, ofOriginal, readCompiled, recodedRoot } from './languageRules';
import type { CompiledRules, Configurations, ReadFile } from './languageRules';
import { Marks } from './markers';
import { astGrepMatch, fixOf, isHarmless, issueOf, type AstGrepMatch } from './match';
import { readRulePack, type RulePack } from '../rulePack/rulePack';

/** Characters of paths on one command line: Windows allows 32,767 in all. */
const chunkCharacters = process.platform === 'win32' ? 24_000 : 100_000;
/** Files in one run of ast-grep, and their bytes: few enough for steady progress, many enough that loading the rules does not matter. */
const chunkFiles = 1_000;
const chunkBytes = 3_000_000;
/** Concurrent runs of ast-grep, each of which uses one CPU core. */
const runsAtMost = 8;
/** How long one file may take ast-grep's own program, in ms of CPU time. */
const fileBudget = 2_000;
/** More findings of one rule in one file say nothing new. */
const maxPerRuleAndFile = 50;
/** Tolerated lines of unreadable output. */
const maxGarbage = 20;

/** What files are searched with. */
interface Search {
  readonly program: Program;
  readonly rules: LanguageRules;
  /** Called with a line of output that is not a match; throws if there are too many. */
  readonly onGarbage: (line: string) => void;
  readonly progress: ChunkProgress;
}

const noProgram = `This package has no ast-grep for this platform, and none of the right version is on PATH. To install it: ${installHint}.`;

/** Gap reasons of files that were not, or only partly, searched. */
const givenUp = ({ slowdown }: Program) => {
  const long = `too long (over ${(fileBudget * slowdown) / 1000} s each)`;
  return {
    slow: `Files that take the pattern rules ${long} were skipped.`,
    partly: `Files that take ${long} were searched only in part: values were not followed in long functions.`,
    verbose: 'Files with too many matches on very long lines were searched only in part.',
    crashed: 'Files that crashed ast-grep were skipped.',
  };
};

/** Searches syntax trees for our own rules with ast-grep. */
export class AstGrep implements Analyzer {
  readonly id = 'ast-grep';
  readonly title = 'ast-grep with the CodeAgent rules';
  readonly kind = 'embedded';
  readonly scope = 'file';
  readonly #folder: string;
  #pack: Promise<RulePack> | undefined;
  #compiled: Promise<CompiledRules> | undefined;
  readonly #languages = new Map<string, Promise<LanguageRules>>();

  /** @param folder the output of compileRules.mjs, with ast-grep's program if our package includes it */
  constructor(
    folder: string,
    private readonly reading: Reading,
  ) {
    this.#folder = folder;
  }

  handles(path: string): boolean {
    return languageOf(path) !== undefined && !isLockfile(path);
  }

  async availability(signal: AbortSignal, place: Place): Promise<Availability> {
    try {
      this.#pack ??= readRulePack(this.#folder);
      const rules = await this.#pack;
      const program = await findProgram(this.#folder, place, signal);
      if (!program) return { available: false, reason: noProgram, installHint };
      return { available: true, version: `${program.version} (rules ${rules.version})` };
    } catch (error) {
      this.#pack = undefined;
      return { available: false, reason: `The ast-grep program cannot be used: ${errorMessage(error)}.` };
    }
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    const program = await findProgram(this.#folder, run.place, run.signal);
    if (!program) throw new CodedError('TOOL_FAILED', noProgram);
    // Each language has its own rules. The longest work comes first, so that all cores finish at about the same time.
    const groups = groupBy(run.files, (file) => languageOf(file.path));
    const work = [...groups].flatMap(([language, files]) => [...chunks(files)].map((chunk) => ({ language, chunk })));
    work.sort((a, b) => bytesOf(b.chunk) - bytesOf(a.chunk));
    const progress = new ChunkProgress(
      run,
      work.map(({ chunk }) => chunk),
    );
    for (const { language, chunk } of work) if ((await this.#rulesOf(language)).isEmpty) progress.begin(chunk, []);
    let garbage = 0;
    const onGarbage = (line: string) => {
      garbage += 1;
      run.log('warning', `ast-grep wrote something that is not a match: ${line.slice(0, 200)}`);
      if (garbage > maxGarbage)
        throw new CodedError('BAD_OUTPUT', 'ast-grep wrote too many lines that are not matches');
    };
    await inParallel(work, Math.min(availableParallelism(), runsAtMost), async ({ language, chunk }) => {
      await this.#scan(run, chunk, { program, rules: await this.#rulesOf(language), onGarbage, progress });
      run.searched?.(chunk);
      progress.end(chunk);
    });
  }

  async #scan(run: AnalyzerRun, files: readonly SourceFile[], search: Search): Promise<void> {
    const { rules } = search;
    if (rules.isEmpty) return;
    const facts = await this.reading.of(run.root, files, run.signal);
    const failed: FailedFile[] = [];
    const worthwhile = files.flatMap((file, index): ReadFile[] => {
      const one = facts[index];
      if (typeof one !== 'object') {
        failed.push({ file: file.path, reason: one ?? 'unknown' });
        return [];
      }
      if (!one.rules) throw new CodedError('TOOL_FAILED', `The rules of ast-grep cannot be read in ${this.#folder}`);
      return one.rules.length > 0 ? [{ file, isPlain: one.isPlain, rules: one.rules }] : [];
    });
    reportFailed(run, failed);
    const scratch = makeTempFolder('rules');
    try {
      const config = await rules.writeFor(worthwhile, run, scratch);
      search.progress.begin(files, config === undefined ? [] : worthwhile.map(({ file }) => file));
      if (config === undefined) return;
      const filesOf = (isPlain: boolean) => worthwhile.filter((one) => one.isPlain === isPlain).map(({ file }) => file);
      const onDone = (file: SourceFile) => search.progress.done(files, file);
      await this.#search(run, filesOf(true), config, { ...search, onDone });
      await this.#search({ ...run, root: recodedRoot(scratch) }, filesOf(false), config, { ...search, onDone });
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  async #search(
    run: AnalyzerRun,
    files: readonly SourceFile[],
    config: Configurations,
    { program, rules, onGarbage, onDone }: Search & { readonly onDone: (file: SourceFile) => void },
  ): Promise<void> {
    if (files.length === 0) return;
    const allowed = new Set(files.map((file) => file.path));
    const open = new Map(files.map((file) => [file.path, file]));
    let current = '';
    const onFile = (path: string) => {
      const before = open.get(current);
      // A file that is searched again counts once.
      open.delete(current);
      current = path;
      if (before) onDone(before);
    };
    const marks = new Marks();
    const counts = new Map<string, number>();
    const held: { match: AstGrepMatch; issue: FoundIssue }[] = [];
    const onLine = (line: string) => {
      if (line === '') return undefined;
      const match = parseMatch(ofOriginal(line));
      if (match && marks.take(match)) return undefined;
      const issue = match && issueOf(match, rules.table);
      if (!issue || !allowed.has(issue.file)) {
        onGarbage(line);
        return undefined;
      }
      if (isHarmless(match)) return issue.file;
      const key = `${issue.rule_id}\0${issue.file}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count === maxPerRuleAndFile + 1)
        run.gap('findings_left_out', `Only the first ${maxPerRuleAndFile} findings of a rule in a file are reported.`, [
          issue.file,
        ]);
      if (count > maxPerRuleAndFile) return issue.file;
      const isPlain = match.replacement === undefined && rules.table[match.ruleId]?.fix?.code === undefined;
      if (isPlain) run.issues([issue]);
      else held.push({ match, issue });
      return issue.file;
    };
    // A file that takes too long or crashes the program is skipped on its own: the files before it are done, and those after it get another run.
    let left = files.map(({ path }) => path);
    const pass = { program, root: run.root, budgetMs: fileBudget, signal: run.signal, onLine, onFile };
    try {
      while (left.length > 0) {
        const { done, culprit, warnings } = await searchFiles({ ...pass, config: config.wide, files: left });
        for (const line of warnings.slice(0, 20)) run.log('warning', line.trim());
        if (culprit) {
          // Searching with fewer rules would write just as much.
          const again =
            culprit.why === 'verbose' ||
            (await searchFiles({ ...pass, config: config.narrow, files: [culprit.path] })).culprit;
          const reasons = givenUp(program);
          run.gap('unfinished', again ? reasons[culprit.why] : reasons.partly, [culprit.path]);
        }
        const gone = new Set([...done, culprit?.path]);
        left = left.filter((path) => !gone.has(path));
      }
    } finally {
      // Of an ended run, too: what was found is kept.
      this.#withContent(run, held, rules);
    }
    for (const file of files) for (const { kind, reason } of marks.gapsOf(file)) run.gap(kind, reason, [file.path]);
  }

  /** Reports the findings that need the file's content, since a fix is given in lines and columns. */
  #withContent(
    run: AnalyzerRun,
    found: readonly { match: AstGrepMatch; issue: FoundIssue }[],
    rules: LanguageRules,
  ): void {
    for (const [file, list] of groupBy(found, ({ issue }) => issue.file)) {
      let content: FileText | undefined;
      try {
        content = new FileText(readBytes(join(run.root, file)));
      } catch (error) {
        run.log('warning', `The fixes for ${file} were left out: ${errorCode(error) ?? errorMessage(error)}`);
      }
      if (!content) {
        run.issues(list.map(({ issue }) => issue));
        continue;
      }
      for (const { match, issue } of list) {
        run.issues([{ ...issue, ...fixOf(match, rules.table, content) }]);
      }
    }
  }

  #rulesOf(language: string): Promise<LanguageRules> {
    const known = this.#languages.get(language);
    if (known) return known;
    const rules = this.#readRules(language);
    rules.catch(() => this.#languages.delete(language));
    this.#languages.set(language, rules);
    return rules;
  }

  async #readRules(language: string): Promise<LanguageRules> {
    this.#compiled ??= readCompiled(this.#folder);
    this.#compiled.catch(() => (this.#compiled = undefined));
    return LanguageRules.of(language, await this.#compiled);
  }
}

function parseMatch(line: string): AstGrepMatch | undefined {
  try {
    return astGrepMatch.safeParse(JSON.parse(line)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The groups, in the order of their first items. Items without a key are left out. */
function groupBy<T>(list: readonly T[], keyOf: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function* chunks(files: readonly SourceFile[]): Generator<SourceFile[]> {
  let chunk: SourceFile[] = [];
  let characters = 0;
  let bytes = 0;
  for (const file of files) {
    // The length in bytes counts, including './' and the separator.
    const length = Buffer.byteLength(file.path) + 3;
    const isFull =
      chunk.length === chunkFiles || characters + length > chunkCharacters || bytes + file.size > chunkBytes;
    if (chunk.length > 0 && isFull) {
      yield chunk;
      chunk = [];
      characters = 0;
      bytes = 0;
    }
    chunk.push(file);
    characters += length;
    bytes += file.size;
  }
  if (chunk.length > 0) yield chunk;
}
