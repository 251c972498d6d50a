import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, errorMessage } from '../../base/errors';
import type { AnalyzerRun } from '../engine';
import type { SourceFile } from '../../sources/sourceFile';
import { decodeSource } from '../readSource';
import type { RulePack, RuleTable } from './rulePack';

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

/** The rules for files of one language, with those for what stands inside such files. */
export class LanguageRules {
  private constructor(
    readonly table: RuleTable,
    /** Each rule as compileRules.mjs wrote it. */
    private readonly texts: ReadonlyMap<string, string>,
    /** For ast-grep: where the matchers are that rules share, and which files are of which language. */
    private readonly config: { readonly utilDirs: readonly string[]; readonly languageGlobs: object },
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
    const utilDirs = withUtils.map((part) => join(folder, 'utils', part));
    return new LanguageRules(table, texts, { utilDirs, languageGlobs: pack.languageGlobs });
  }

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.texts.size === 0;
  }

  /**
   * Writes the rules that can match in some of the files, each for those files alone: most rules are about libraries that a file does not use, and
   * searching its tree for all of them takes several times as long.
   * @param folder is there, and empty
   * @returns the path of ast-grep's configuration; undefined when no rule can match
   * @throws Node's error when something cannot be written
   */
  async writeFor(files: readonly ReadFile[], run: AnalyzerRun, folder: string): Promise<string | undefined> {
    const globs = new Map<string, string[]>();
    for (const { file, isPlain, rules } of files) {
      run.signal.throwIfAborted();
      if (!isPlain) {
        try {
          await recode(file.path, run.root, recodedRoot(folder));
        } catch (error) {
          run.log('info', `${file.path} cannot be read: ${errorCode(error) ?? errorMessage(error)}`);
          run.gap('unreadable', 'Files that cannot be read were not searched.', [file.path]);
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
    // Not above any file: ast-grep takes globs relative to the folder of its configuration there.
    const config = join(folder, 'config', 'sgconfig.yml');
    await mkdir(join(folder, 'config', 'rules'), { recursive: true });
    await writeFile(join(folder, 'config', 'rules', 'rules.yml'), chosen.join('---\n'));
    // YAML reads JSON.
    await writeFile(config, JSON.stringify({ ruleDirs: ['rules'], ...this.config }));
    return config;
  }
}

async function recode(path: string, from: string, to: string): Promise<void> {
  await mkdir(dirname(join(to, path)), { recursive: true });
  const text = decodeSource(await readFile(join(from, path)));
  await writeFile(join(to, path), text.replace(/\r(?!\n)/g, '\n'));
}

/** A glob for this path alone. */
function globOf(path: string): string {
  return path.replace(/[*?[\]{}\\]/g, '[$&]');
}
