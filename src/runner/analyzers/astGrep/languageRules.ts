import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnalyzerRun, SourceFile } from '../analyzer';
import { inParallel } from '../inParallel';
import type { RuleTable } from './match';
import { Needs, needTable } from './needs';

/** The rules for files of one language, with those for what stands inside such files. */
export class LanguageRules {
  private constructor(
    /** Each rule as compileRules.mjs wrote it. */
    private readonly texts: ReadonlyMap<string, string>,
    private readonly needs: Needs,
    /** For ast-grep: where the matchers are that rules share, and which files are of which language. */
    private readonly config: { readonly utilDirs: readonly string[]; readonly languageGlobs: object },
  ) {}

  /** @param folder what compileRules.mjs writes */
  static async read(folder: string, language: string, table: RuleTable): Promise<LanguageRules> {
    const texts = new Map<string, string>();
    const needs = {};
    const parts = table.languages[language] ?? [];
    for (const part of parts) {
      const rules = await readFile(join(folder, 'rules', part, 'rules.yml'), 'utf8');
      for (const text of rules.split(/^---\n/m)) {
        const id = /^id: (\S+)$/m.exec(text)?.[1];
        // Rules of low confidence are noisy, so they stay off.
        if (id !== undefined && table.rules[id]?.confidence !== 'low') texts.set(id, text);
      }
      const text = await readFile(join(folder, 'rules', part, 'needs.json'), 'utf8');
      Object.assign(needs, needTable.parse(JSON.parse(text)));
    }
    const utilDirs = parts.map((part) => join(folder, 'utils', part));
    return new LanguageRules(texts, new Needs(needs), { utilDirs, languageGlobs: table.languageGlobs });
  }

  /**
   * Writes the rules that can match in some of the files, each for those files alone: most rules are about libraries that a file does not use, and
   * searching its tree for all of them takes several times as long.
   * @param folder is there, and empty
   * @returns the configuration for ast-grep; undefined when no rule can match
   */
  async writeFor(files: readonly SourceFile[], run: AnalyzerRun, folder: string): Promise<string | undefined> {
    const globs = new Map<string, string[]>();
    await inParallel(files, async ({ path }) => {
      run.signal.throwIfAborted();
      for (const id of this.needs.rulesFor(await readFile(join(run.root, path)))) {
        const list = globs.get(id) ?? [];
        list.push(globOf(path));
        globs.set(id, list);
      }
    });
    const rules = [...globs].flatMap(([id, list]) => {
      const text = this.texts.get(id);
      return text === undefined ? [] : [`files: ${JSON.stringify(list)}\n${text}`];
    });
    if (rules.length === 0) return undefined;
    const config = join(folder, 'sgconfig.yml');
    await mkdir(join(folder, 'rules'));
    await writeFile(join(folder, 'rules', 'rules.yml'), rules.join('---\n'));
    // YAML reads JSON.
    await writeFile(config, JSON.stringify({ ruleDirs: ['rules'], ...this.config }));
    return config;
  }
}

/** A glob for this path alone. */
function globOf(path: string): string {
  return path.replace(/[*?[\]{}\\]/g, '[$&]');
}
