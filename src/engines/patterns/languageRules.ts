import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, errorMessage } from '../../base/errors';
import { reportFailed } from '../engine/failedFiles';
import type { AnalyzerRun } from '../engine/engine';
import type { SourceFile } from '../../sources/sourceFile';
import { readSource } from '../engine/readSource';
import { markersOf } from './markers';
import type { RulePack, RuleTable } from '../rulePack/rulePack';

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

/** The rules for files of one language, including those for embedded languages. */
export class LanguageRules {
  private constructor(
    private readonly language: string,
    readonly table: RuleTable,
    /** Each rule as compileRules.mjs wrote it. */
    private readonly texts: ReadonlyMap<string, string>,
    /** For ast-grep: which files belong to which language. */
    private readonly config: { readonly languageGlobs: object },
    private readonly utils: { readonly wide: readonly string[]; readonly narrow: readonly string[] },
  ) {}

  /** @param folder the output of compileRules.mjs */
  static async read(folder: string, language: string, pack: RulePack, table: RuleTable): Promise<LanguageRules> {
    const texts = new Map<string, string>();
    const parts = pack.languages[language] ?? [];
    for (const part of parts) {
      const rules = await readFile(join(folder, 'rules', part, 'rules.yml'), 'utf8');
      for (const text of rules.split(/^---\n/m)) {
        const id = /^id: (\S+)$/m.exec(text)?.[1];
        // Rules with low confidence are noisy, so they stay off.
        if (id !== undefined && table[id]?.confidence !== 'low') texts.set(id, text);
      }
    }
    const withUtils = parts.filter((part) => pack.languagesWithUtils.includes(part));
    const utils = {
      wide: withUtils.map((part) => join(folder, 'utils', part)),
      narrow: withUtils.map((part) => join(folder, 'narrow', part)),
    };
    return new LanguageRules(language, table, texts, { languageGlobs: pack.languageGlobs }, utils);
  }

  /** Whether there are no rules. */
  get isEmpty(): boolean {
    return this.texts.size === 0;
  }

  /**
   * Writes the rules that can match in some of the files, restricting each to those files: most rules are about libraries that a file does not use,
   * and searching its tree for all of them takes several times as long.
   * @param folder an existing empty folder
   * @returns the paths of ast-grep's configuration, and of one that follows values only in short functions; undefined if no rule can match
   * @throws Node's error if something cannot be written
   */
  async writeFor(files: readonly ReadFile[], run: AnalyzerRun, folder: string): Promise<Configurations | undefined> {
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
    chosen.push(...markersOf(this.language, [...new Set([...globs.values()].flat())]).map((text) => `${text}\n`));
    // In a folder that contains none of the files: otherwise ast-grep resolves globs relative to the folder of its configuration.
    await mkdir(join(folder, 'config', 'rules'), { recursive: true });
    await writeFile(join(folder, 'config', 'rules', 'rules.yml'), chosen.join('---\n'));
    // JSON is valid YAML.
    const write = async (name: string, utilDirs: readonly string[]) => {
      const path = join(folder, 'config', name);
      await writeFile(path, JSON.stringify({ ruleDirs: ['rules'], utilDirs, ...this.config }));
      return path;
    };
    return {
      wide: await write('sgconfig.yml', this.utils.wide),
      narrow: await write('narrow.yml', this.utils.narrow),
    };
  }
}

async function recode(path: string, from: string, to: string): Promise<void> {
  await mkdir(dirname(join(to, path)), { recursive: true });
  // ast-grep does not treat a lone CR as a line end.
  const text = readSource(join(from, path)).replace(/\r(?!\n)/g, '\n');
  await writeFile(join(to, path), text.replaceAll('ast-grep-ignore', noticed));
}

/** Stands for `ast-grep-ignore` in a copy: what such a comment hides is decided by src/findings/policy, and stays in the report. */
const noticed = 'ast-grep-ign0re';

/** What ast-grep wrote about a copy, as if about the file. */
export function ofOriginal(output: string): string {
  return output.replaceAll(noticed, 'ast-grep-ignore');
}

/** A glob that matches only this path. */
function globOf(path: string): string {
  return path.replace(/[*?[\]{}\\]/g, '[$&]');
}
