import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, errorMessage } from '../../base/errors';
import { reportFailed } from '../engine/failedFiles';
import type { AnalyzerRun } from '../engine/engine';
import type { SourceFile } from '../../sources/sourceFile';
import { readSource } from '../engine/readSource';
import { markersOf } from './markers';
import { readPatterns, readRulePack, readRuleTable } from '../rulePack/rulePack';
import type { PatternTable, RulePack, RuleTable } from '../rulePack/rulePack';

/**
 * Where {@link LanguageRules.writeFor} puts converted copies of files that ast-grep would misread: those not in UTF-8, with lone carriage returns
 * as line ends, or with comments that it obeys.
 */
export function recodedRoot(folder: string): string {
  return join(folder, 'recoded');
}

/** A file, whether it can be searched as it is, and the rules that can match in it. */
export interface ReadFile {
  readonly file: SourceFile;
  readonly isPlain: boolean;
  readonly rules: readonly string[];
}

/** Paths of ast-grep configurations: the usual one, and one for files that take too long with it. */
export interface Configurations {
  readonly wide: string;
  readonly narrow: string;
}

/** The output of compileRules.mjs. */
export interface CompiledRules {
  readonly pack: RulePack;
  readonly table: RuleTable;
  readonly patterns: PatternTable;
  /** Whether these are a team's rules. */
  readonly isOwn?: boolean;
}

/** @throws Node's error when a file cannot be read */
export async function readCompiled(folder: string): Promise<CompiledRules> {
  const [pack, table, patterns] = await Promise.all([
    readRulePack(folder),
    readRuleTable(folder),
    readPatterns(folder),
  ]);
  return { pack, table, patterns };
}

/** The rules for files of one language, including those for embedded languages. */
export class LanguageRules {
  private constructor(
    private readonly language: string,
    readonly table: RuleTable,
    /** Each rule as compileRules.mjs wrote it. */
    private readonly texts: ReadonlyMap<string, string>,
    /** For ast-grep: which files belong to which language. */
    private readonly config: { readonly languageGlobs: object },
    /** The matchers that the rules share: those of any search, and those of each kind. */
    private readonly utils: { readonly [kind in 'shared' | 'wide' | 'narrow']: Matchers },
  ) {}

  static of(language: string, { pack, table, patterns, isOwn }: CompiledRules): LanguageRules {
    const parts = (pack.languages[language] ?? []).flatMap((part) => patterns[part] ?? []);
    const entries = (kind: 'rules' | 'utils' | 'narrow') => parts.flatMap((part) => Object.entries(part[kind]));
    // Built-in rules with low confidence are noisy, so they stay off; a team wants the rules that it has written.
    const texts = new Map(entries('rules').filter(([id]) => isOwn || table[id]?.confidence !== 'low'));
    const narrow = new Map(entries('narrow'));
    const [wide, shared] = [true, false].map((isWide) => entries('utils').filter(([id]) => narrow.has(id) === isWide));
    const utils = { shared: new Map(shared), wide: new Map(wide), narrow };
    return new LanguageRules(language, table, texts, { languageGlobs: pack.languageGlobs }, utils);
  }

  /** Whether there are no rules. */
  get isEmpty(): boolean {
    return this.texts.size === 0;
  }

  /**
   * Writes the rules that can match in some of the files, each restricted to those files: most rules are about libraries that a file does
   * not use, and searching its tree for all of them takes several times as long.
   * @param folder an existing empty folder
   * @param marked whether to mark the parts of files that cannot be searched
   * @returns the paths of ast-grep's configuration, and of one that follows values only in short functions; undefined if no rule can match
   * @throws Node's error if something cannot be written
   */
  async writeFor(
    files: readonly ReadFile[],
    run: AnalyzerRun,
    folder: string,
    marked = true,
  ): Promise<Configurations | undefined> {
    const globs = new Map<string, string[]>();
    for (const { file, isPlain, rules } of files) {
      run.signal.throwIfAborted();
      if (!isPlain) {
        try {
          await recode(file.path, run.root, recodedRoot(folder));
        } catch (error) {
          reportFailed(run, [{ file: file.path, reason: errorCode(error) ?? errorMessage(error) }]);
          continue;
        }
      }
      for (const id of rules) {
        const list = globs.get(id) ?? [];
        list.push(globOf(file.path));
        globs.set(id, list);
      }
    }
    const chosen = [...globs].flatMap(([id, list]) => {
      const text = this.texts.get(id);
      return text === undefined ? [] : [`files: ${JSON.stringify(list)}\n${text}`];
    });
    if (chosen.length === 0) return undefined;
    if (marked)
      chosen.push(...markersOf(this.language, [...new Set([...globs.values()].flat())]).map((text) => `${text}\n`));
    return writeConfiguration(folder, chosen, this.utils, this.config);
  }
}

/** Matchers, by id, as ast-grep's YAML. */
type Matchers = ReadonlyMap<string, string>;

/**
 * Writes a configuration of ast-grep with its rules.
 * @param folder contains none of the files to search: otherwise ast-grep resolves globs relative to the folder of its configuration
 */
export async function writeConfiguration(
  folder: string,
  rules: readonly string[],
  utils: { readonly [kind in 'shared' | 'wide' | 'narrow']: Matchers },
  config: { readonly languageGlobs: object },
): Promise<Configurations> {
  await mkdir(join(folder, 'config', 'rules'), { recursive: true });
  await writeFile(join(folder, 'config', 'rules', 'rules.yml'), rules.join('---\n'));
  for (const [kind, texts] of Object.entries(utils)) {
    await mkdir(join(folder, 'config', kind));
    // ast-grep reads one matcher per file.
    for (const [id, text] of texts) await writeFile(join(folder, 'config', kind, `${id}.yml`), text);
  }
  const write = async (kind: 'wide' | 'narrow') => {
    const path = join(folder, 'config', `${kind}.yml`);
    // JSON is valid YAML.
    await writeFile(
      path,
      JSON.stringify({ ruleDirs: ['rules'], utilDirs: ['shared', kind], languageGlobs: config.languageGlobs }),
    );
    return path;
  };
  return { wide: await write('wide'), narrow: await write('narrow') };
}

async function recode(path: string, from: string, to: string): Promise<void> {
  await mkdir(dirname(join(to, path)), { recursive: true });
  // ast-grep does not treat a lone CR as a line end.
  const text = readSource(join(from, path)).replace(/\r(?!\n)/g, '\n');
  await writeFile(join(to, path), text.replaceAll('ast-grep-ignore', noticed));
}

/** Replaces `ast-grep-ignore` in a copy: src/findings/policy decides what such a comment hides, and keeps it in the report. */
const noticed = 'ast-grep-ign0re';

/** Translates ast-grep's output about a copy back to the original file. */
export function toOriginal(output: string): string {
  return output.replaceAll(noticed, 'ast-grep-ignore');
}

/** A glob that matches only this path. */
function globOf(path: string): string {
  return path.replace(/[*?[\]{}\\]/g, '[$&]');
}
