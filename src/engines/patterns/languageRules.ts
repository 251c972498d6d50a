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
 * Where {@link LanguageRules.writeFor} puts copies, as ast-grep reads them, of files that are in another encoding than UTF-8, or in which a carriage
 * return alone ends a line.
 */
export function recodedRoot(folder: string): string {
  return join(folder, 'recoded');
}

/** A file with what reading it told, and the rules that can match in it. */
export interface ReadFile {
  readonly file: SourceFile;
  readonly isPlain: boolean;
  readonly rules: readonly string[];
}

/** Paths of configurations of ast-grep: of the usual one, and of one for files that are too much work by that. */
export interface Configurations {
  readonly wide: string;
  readonly narrow: string;
}

/** The rules for files of one language, with those for what stands inside such files. */
export class LanguageRules {
  private constructor(
    private readonly language: string,
    readonly table: RuleTable,
    /** Each rule as compileRules.mjs wrote it. */
    private readonly texts: ReadonlyMap<string, string>,
    /** For ast-grep: where the matchers are that rules share, and which files are of which language. */
    private readonly config: { readonly languageGlobs: object },
    private readonly utils: { readonly wide: readonly string[]; readonly narrow: readonly string[] },
  ) {}

  /** @param folder what compileRules.mjs writes */
  static async read(folder: string, language: string, pack: RulePack, table: RuleTable): Promise<LanguageRules> {
    const texts = new Map<string, string>();
    const parts = pack.languages[language] ?? [];
    for (const part of parts) {
      const rules = await readFile(join(folder, 'rules', part, 'rules.yml'), 'utf8');
      for (const text of rules.split(/^---\n/m)) {
        const id = /^id: (\S+)$/m.exec(text)?.[1];
        // Rules of low confidence are noisy, so they stay off.
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

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.texts.size === 0;
  }

  /**
   * Writes the rules that can match in some of the files, each for those files alone: most rules are about libraries that a file does not use, and
   * searching its tree for all of them takes several times as long.
   * @param folder is there, and empty
   * @returns the paths of ast-grep's configuration, and of one that follows values in short functions only; undefined when no rule can match
   * @throws Node's error when something cannot be written
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
    // Not above any file: ast-grep takes globs relative to the folder of its configuration there.
    await mkdir(join(folder, 'config', 'rules'), { recursive: true });
    await writeFile(join(folder, 'config', 'rules', 'rules.yml'), chosen.join('---\n'));
    // YAML reads JSON.
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
  // ast-grep takes a lone CR for no end of a line.
  await writeFile(join(to, path), readSource(join(from, path)).replace(/\r(?!\n)/g, '\n'));
}

/** A glob for this path alone. */
function globOf(path: string): string {
  return path.replace(/[*?[\]{}\\]/g, '[$&]');
}
