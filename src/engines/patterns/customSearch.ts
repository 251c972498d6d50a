import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempFolder } from '../../base/tempFolder';
import type { SourceFile } from '../../sources/sourceFile';
import type { AnalyzerRun } from '../engine/engine';
import { reportFailed, type FailedFile } from '../engine/failedFiles';
import type { Reading } from '../reading/reading';
import { LanguageRules, recodedRoot, type ReadFile } from './languageRules';
import type { CustomPatterns, CustomRule } from './customRules';
import type { Program } from './program';
import { fileBudget, search, type Culprit } from './search';

/** Maximum findings of a custom rule in a scan: more of them indicate a mistake in the rule. */
const maxPerRule = 2_000;

/** For how many files a rule may time out: then the rule is to blame, and gets no more time. */
const slowFiles = 3;

interface Means {
  readonly program: Program;
  readonly reading: Reading;
  readonly onGarbage: (line: string) => void;
}

/** Searches for a team's rules in one run. A rule that takes too long is stopped without affecting the others. */
export class CustomSearch {
  /** The files that rules were not, or only partly, applied to, and why. */
  readonly #missed = new Map<CustomRule, { readonly why: Culprit['why']; readonly files: Set<string> }>();
  /** The rules that have been stopped. */
  readonly #stopped = new Set<CustomRule>();
  readonly #counts = new Map<CustomRule, number>();
  readonly #languages = new Map<string, LanguageRules>();

  constructor(
    private readonly run: AnalyzerRun,
    private readonly own: CustomPatterns,
    private readonly means: Means,
  ) {}

  /** Searches files of one language. @throws as `searchFiles` */
  async scan(language: string, files: readonly SourceFile[]): Promise<void> {
    const { run, own, means } = this;
    const rules = this.#rulesOf(language);
    if (rules.isEmpty) return;
    const { languages: pack, needs } = own.compiled;
    const task = { root: run.root, paths: files.map(({ path }) => path), version: own.version, pack, needs };
    const facts = await means.reading.matching(task, run.signal);
    const failed: FailedFile[] = [];
    const isExample = run.place.own?.trying === 'examples';
    const worthwhile = files.flatMap((file, index): ReadFile[] => {
      const one = facts[index];
      if (typeof one !== 'object') {
        failed.push({ file: file.path, reason: one ?? 'unknown' });
        return [];
      }
      const wanted = one.rules.filter((id) => isExample || own.ruleOf(id)?.isWanted(file.path) === true);
      return wanted.length > 0 ? [{ file, isPlain: one.isPlain, rules: wanted }] : [];
    });
    reportFailed(run, failed);
    for (const isPlain of [true, false])
      await this.#search(
        rules,
        worthwhile.filter((one) => one.isPlain === isPlain),
      );
  }

  /** Reports the files that rules were not applied to. */
  end(): void {
    const long = `over ${(fileBudget * this.means.program.slowdown) / 1000} s for one`;
    const reasons = {
      slow: `takes too long for some files (${long})`,
      verbose: 'matches too much on very long lines',
      crashed: 'makes ast-grep crash',
    };
    for (const [rule, { why, files }] of this.#missed) {
      const end = this.#stopped.has(rule) ? 'and was stopped' : 'and was not applied to them in full';
      this.run.gap('unfinished', `The custom rule ${rule.id} ${reasons[why]} ${end}.`, [...files]);
    }
    for (const [rule, count] of this.#counts)
      if (count > maxPerRule)
        this.run.gap(
          'findings_left_out',
          `Only the first ${maxPerRule} findings of the custom rule ${rule.id} are reported.`,
        );
  }

  async #search(rules: LanguageRules, all: readonly ReadFile[]): Promise<void> {
    // Continues after the file at which a rule was stopped.
    for (let left = this.#withoutStopped(all); left.length > 0; left = this.#withoutStopped(left))
      left = await this.#searchOnce(rules, left);
  }

  /** @returns the remaining files if a rule was stopped */
  async #searchOnce(rules: LanguageRules, files: readonly ReadFile[]): Promise<ReadFile[]> {
    const { run, own, means } = this;
    const scratch = makeTempFolder('rules');
    try {
      const config = await rules.writeFor(files, run, scratch, false);
      if (!config) return [];
      const left = await search(
        files[0]?.isPlain === false ? { ...run, root: recodedRoot(scratch) } : run,
        files.map(({ file }) => file),
        {
          ...{ program: means.program, config: config.wide, table: rules.table, onGarbage: means.onGarbage },
          leavesOut: ({ ruleId }) => this.#exceedsLimit(own.ruleOf(ruleId)),
          onCulprit: async (culprit, again) => {
            const file = files.find((one) => one.file.path === culprit.path);
            return file ? this.#tryAlone(rules, file, again, scratch) : undefined;
          },
        },
      );
      const paths = new Set(left);
      return files.filter(({ file }) => paths.has(file.path));
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  /** Applies each rule alone to a file that is too much for all of them together. */
  async #tryAlone(
    rules: LanguageRules,
    file: ReadFile,
    again: (config: string) => Promise<Culprit | undefined>,
    scratch: string,
  ): Promise<'stop' | undefined> {
    const { path } = file.file;
    const before = this.#stopped.size;
    for (const id of file.rules) {
      const rule = this.own.ruleOf(id);
      const folder = join(scratch, 'alone', id);
      await mkdir(folder, { recursive: true });
      const config = await rules.writeFor([{ ...file, rules: [id] }], this.run, folder, false);
      const culprit = config && rule ? await again(config.wide) : undefined;
      if (!culprit || !rule) continue;
      const missed = this.#missed.get(rule) ?? { why: culprit.why, files: new Set<string>() };
      missed.files.add(path);
      this.#missed.set(rule, missed);
      if (culprit.why === 'slow' && missed.files.size >= slowFiles) this.#stopped.add(rule);
    }
    return this.#stopped.size > before ? 'stop' : undefined;
  }

  /** Files with the rules that are still applied; files of stopped rules count as missed. */
  #withoutStopped(files: readonly ReadFile[]): ReadFile[] {
    if (this.#stopped.size === 0) return [...files];
    return files.flatMap((one) => {
      const kept = one.rules.filter((id) => {
        const rule = this.own.ruleOf(id);
        if (!rule || !this.#stopped.has(rule)) return true;
        this.#missed.get(rule)?.files.add(one.file.path);
        return false;
      });
      return kept.length > 0 ? [{ ...one, rules: kept }] : [];
    });
  }

  #exceedsLimit(rule: CustomRule | undefined): boolean {
    if (!rule) return true;
    const count = (this.#counts.get(rule) ?? 0) + 1;
    this.#counts.set(rule, count);
    return count > maxPerRule;
  }

  #rulesOf(language: string): LanguageRules {
    const known = this.#languages.get(language);
    if (known) return known;
    const { languages: pack, rules: table, patterns } = this.own.compiled;
    const made = LanguageRules.of(language, { pack, table, patterns, isOwn: true });
    this.#languages.set(language, made);
    return made;
  }
}
