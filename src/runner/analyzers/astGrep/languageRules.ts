import { isUtf8 } from 'node:buffer';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, errorMessage } from '../../../base/errors';
import type { AnalyzerRun, SourceFile } from '../analyzer';
import { inParallel } from '../inParallel';
import { decodeSource } from '../readSource';
import type { RuleTable } from './match';
import { Needs, needTable } from './needs';

/** What one run of ast-grep needs. */
export interface Prepared {
  readonly config: string;
  /** Folder with copies in UTF-8 of those files that are in another encoding, which ast-grep does not read. */
  readonly recodedRoot: string;
  readonly recoded: ReadonlySet<string>;
}

/** The rules for files of one language, with those for what stands inside such files. */
export class LanguageRules {
  private constructor(
    /** Each rule as compileRules.mjs wrote it. */
    private readonly texts: ReadonlyMap<string, string>,
    private readonly needs: readonly Needs[],
    /** For ast-grep: where the matchers are that rules share, and which files are of which language. */
    private readonly config: { readonly utilDirs: readonly string[]; readonly languageGlobs: object },
  ) {}

  /** @param folder what compileRules.mjs writes */
  static async read(folder: string, language: string, table: RuleTable): Promise<LanguageRules> {
    const texts = new Map<string, string>();
    const needs: Needs[] = [];
    const parts = table.languages[language] ?? [];
    for (const part of parts) {
      const rules = await readFile(join(folder, 'rules', part, 'rules.yml'), 'utf8');
      for (const text of rules.split(/^---\n/m)) {
        const id = /^id: (\S+)$/m.exec(text)?.[1];
        // Rules of low confidence are noisy, so they stay off.
        if (id !== undefined && table.rules[id]?.confidence !== 'low') texts.set(id, text);
      }
      const text = await readFile(join(folder, 'rules', part, 'needs.json'), 'utf8');
      needs.push(new Needs(needTable.parse(JSON.parse(text))));
    }
    const utilDirs = parts.map((part) => join(folder, 'utils', part));
    return new LanguageRules(texts, needs, { utilDirs, languageGlobs: table.languageGlobs });
  }

  /**
   * Writes the rules that can match in some of the files, each for those files alone: most rules are about libraries that a file does not use, and
   * searching its tree for all of them takes several times as long.
   * @param folder is there, and empty
   * @returns undefined when no rule can match
   */
  async writeFor(files: readonly SourceFile[], run: AnalyzerRun, folder: string): Promise<Prepared | undefined> {
    const globs = new Map<string, string[]>();
    const recoded = new Set<string>();
    const recodedRoot = join(folder, 'recoded');
    await inParallel(files, async ({ path }) => {
      run.signal.throwIfAborted();
      let content: Buffer;
      try {
        content = await readFile(join(run.root, path));
      } catch (error) {
        run.log('warning', `${path} cannot be read: ${errorCode(error) ?? errorMessage(error)}`);
        return;
      }
      const isPlain = isUtf8(content);
      if (!isPlain) content = Buffer.from(decodeSource(content));
      const ids = this.needs.flatMap((one) => one.rulesFor(content));
      if (!isPlain && ids.length > 0) {
        recoded.add(path);
        await mkdir(dirname(join(recodedRoot, path)), { recursive: true });
        await writeFile(join(recodedRoot, path), content);
      }
      for (const id of ids) {
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
    // Not above any file: ast-grep takes globs relative to the folder of its configuration there.
    const config = join(folder, 'config', 'sgconfig.yml');
    await mkdir(join(folder, 'config', 'rules'), { recursive: true });
    await writeFile(join(folder, 'config', 'rules', 'rules.yml'), rules.join('---\n'));
    // YAML reads JSON.
    await writeFile(config, JSON.stringify({ ruleDirs: ['rules'], ...this.config }));
    return { config, recodedRoot, recoded };
  }
}

/** A glob for this path alone. */
function globOf(path: string): string {
  return path.replace(/[*?[\]{}\\]/g, '[$&]');
}
