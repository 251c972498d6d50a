import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { CodedError, errorMessage } from '../../base/errors';
import { groupBy } from '../../base/groupBy';
import { inParallel } from '../../base/inParallel';
import type { CustomFile } from '../../findings/policy/customFiles';
import type { Analyzer, AnalyzerRun, Availability, CustomPart, CustomReading, RunPlace } from '../engine/engine';
import { reportFailed, type FailedFile } from '../engine/failedFiles';
import { bytesOf, type SourceFile } from '../../sources/sourceFile';
import { makeTempFolder } from '../../base/tempFolder';
import { ChunkProgress } from './chunkProgress';
import { findProgram, installHint, type Program } from './program';
import { isLockfile } from '../../base/lockfileNames';
import type { Reading } from '../reading/reading';
import { languageOf } from '../rulePack/languages';
import { LanguageRules, readCompiled, recodedRoot, type CompiledRules, type ReadFile } from './languageRules';
import { isHarmless } from './match';
import { CustomPatterns, CustomRuleReader } from './customRules';
import { CustomSearch } from './customSearch';
import { readRulePack, type RulePack } from '../rulePack/rulePack';
import { fileBudget, search } from './search';

/** Characters of paths on one command line: Windows allows 32,767 in all. */
const chunkCharacters = process.platform === 'win32' ? 24_000 : 100_000;
/** Files in one run of ast-grep, and their bytes: few enough for steady progress, many enough that loading the rules does not matter. */
const chunkFiles = 1_000;
const chunkBytes = 3_000_000;
/** Concurrent runs of ast-grep, each of which uses one CPU core. */
const maxRuns = 8;
/** Tolerated lines of unreadable output. */
const maxGarbage = 20;

/** What to search a chunk of files with. */
interface ChunkSearch {
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

/** Searches syntax trees for the built-in rules with ast-grep. */
export class AstGrep implements Analyzer {
  readonly id = 'ast-grep';
  readonly title = 'ast-grep with the CodeAgent rules';
  readonly kind = 'embedded';
  readonly scope = 'file';
  readonly #folder: string;
  readonly #own: CustomRuleReader;
  #pack: Promise<RulePack> | undefined;
  #compiled: Promise<CompiledRules> | undefined;
  readonly #languages = new Map<string, Promise<LanguageRules>>();

  /** @param folder the output of compileRules.mjs, with ast-grep's program if our package includes it */
  constructor(
    folder: string,
    private readonly reading: Reading,
  ) {
    this.#folder = folder;
    this.#own = new CustomRuleReader(folder);
  }

  handles(path: string): boolean {
    return languageOf(path) !== undefined && !isLockfile(path);
  }

  async availability(signal: AbortSignal, place: RunPlace): Promise<Availability> {
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

  readCustom(files: readonly CustomFile[], reading: CustomReading): Promise<CustomPart> {
    return this.#own.read(files, reading);
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
    const part = run.place.own?.parts.get(this.id);
    // In a separate search, so that a problem with a team's rules never affects the built-in ones.
    const own =
      part instanceof CustomPatterns
        ? new CustomSearch(run, part, { program, reading: this.reading, onGarbage })
        : undefined;
    const isAlone = run.place.own?.trying !== undefined;
    await inParallel(work, Math.min(availableParallelism(), maxRuns), async ({ language, chunk }) => {
      if (!isAlone)
        await this.#scan(run, chunk, { program, rules: await this.#rulesOf(language), onGarbage, progress });
      await own?.scan(language, chunk);
      run.searched?.(chunk);
      progress.end(chunk);
    });
    own?.end();
  }

  async #scan(run: AnalyzerRun, files: readonly SourceFile[], how: ChunkSearch): Promise<void> {
    const { rules, program, onGarbage } = how;
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
      how.progress.begin(files, config === undefined ? [] : worthwhile.map(({ file }) => file));
      if (config === undefined) return;
      const filesOf = (isPlain: boolean) => worthwhile.filter((one) => one.isPlain === isPlain).map(({ file }) => file);
      for (const isPlain of [true, false]) {
        const inRoot = isPlain ? run : { ...run, root: recodedRoot(scratch) };
        await search(inRoot, filesOf(isPlain), {
          ...{ program, config: config.wide, table: rules.table, onGarbage, leavesOut: isHarmless },
          onDone: (file) => how.progress.done(files, file),
          onCulprit: async (culprit, again) => {
            // Searching with fewer rules would write just as much.
            const isOver = culprit.why === 'verbose' || (await again(config.narrow)) !== undefined;
            const reasons = givenUp(program);
            run.gap('unfinished', isOver ? reasons[culprit.why] : reasons.partly, [culprit.path]);
            return undefined;
          },
        });
      }
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    await this.#own.close();
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
