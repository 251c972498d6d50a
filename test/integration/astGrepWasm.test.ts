import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { readRules } from '../../src/engines/patterns/compileRules.mjs';
import { languageSuffix } from '../../src/engines/patterns/ruleSchema.mjs';
import { astGrepMatch } from '../../src/engines/patterns/match';
import { searchFiles, type PassEnd } from '../../src/engines/patterns/pass';
import { findProgram, type Program } from '../../src/engines/patterns/program';
import { readRulePack } from '../../src/engines/rulePack/rulePack';
import { writeLooseRules } from '../support/looseRules.mjs';
import { patience } from '../support/patience.mjs';

const dist = resolve('dist');
const snippet = z.union([z.string(), z.object({ code: z.string(), language: z.string().optional() })]);
const fixture = z.object({ invalid: z.array(snippet), valid: z.array(snippet) });
const signal = new AbortController().signal;

describe('ast-grep as WebAssembly', function () {
  this.timeout(patience(60_000));
  let folder: string;
  let loose: string;
  let own: Program;
  let webAssembly: Program;
  let byLanguage: Map<string, Record<string, string>>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-wasm-'));
    const place = { folder, rulesets: [] };
    const program = await findProgram(join(dist, 'ast-grep'), place, signal);
    assert.ok(program);
    own = program;
    // As in the packages without the program.
    await mkdir(join(folder, 'dist', 'ast-grep'), { recursive: true });
    for (const name of ['astGrepChild.js', 'zod.js', 'ast-grep/ast-grep.wasm.br'])
      await writeFile(join(folder, 'dist', name), await readFile(join(dist, name)));
    const other = await findProgram(join(folder, 'dist', 'ast-grep'), place, signal);
    assert.match(other?.version ?? '', /WebAssembly/);
    assert.ok(other);
    webAssembly = other;
    byLanguage = await examples();
    loose = join(folder, 'loose');
    await writeLooseRules(join(dist, 'ast-grep'), loose);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Files by path. */
  async function write(root: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
    }
  }

  async function configuration(language: string, limits: object = {}): Promise<string> {
    const { languages, languageGlobs } = await readRulePack(join(dist, 'ast-grep'));
    const parts = languages[language] ?? [];
    const foldersOf = (kind: string) => parts.map((part) => join(loose, kind, part));
    const config = join(folder, `${language}.yml`);
    const all = { ruleDirs: foldersOf('rules'), utilDirs: foldersOf('utils'), languageGlobs, ...limits };
    await writeFile(config, JSON.stringify(all));
    return config;
  }

  /** How a search ended, and the matches that it reported, one per line. */
  async function search(
    program: Program,
    root: string,
    config: string,
    files: readonly string[],
  ): Promise<PassEnd & { matches: string[] }> {
    const matches: string[] = [];
    const onLine = (line: string) => {
      if (line === '') return undefined;
      const match = astGrepMatch.parse(JSON.parse(line));
      const { metaVariables, ...rest } = match;
      // For a rule whose variables are all unnamed, the program prints an empty list.
      const variables = Object.entries(metaVariables?.single ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
      matches.push(JSON.stringify({ ...rest, variables }));
      return match.file;
    };
    const end = await searchFiles({ program, config, root, files, budgetMs: patience(20_000), signal, onLine });
    return { ...end, matches: matches.sort() };
  }

  /** All examples of the rules, by language and path. */
  async function examples(): Promise<Map<string, Record<string, string>>> {
    const byLanguage = new Map<string, Record<string, string>>();
    for (const { id, group, languages } of await readRules('src/rules/patterns')) {
      const all = fixture.parse(parse(await readFile(join('test/rules', group, `${id}.yml`), 'utf8')));
      for (const [at, one] of [...all.invalid, ...all.valid].entries()) {
        const { code, language } = typeof one === 'string' ? { code: one } : one;
        for (const name of language === undefined ? languages : [language]) {
          const files = byLanguage.get(name) ?? {};
          files[`${id}/${at}.${languageSuffix[name]}`] = code;
          byLanguage.set(name, files);
        }
      }
    }
    return byLanguage;
  }

  /** The languages that have rules; exactly these are tested below. */
  const languages = Object.keys(languageSuffix).filter((language) => !['Css', 'Json'].includes(language));

  it('has all languages of the rules', () => {
    assert.deepEqual([...byLanguage.keys()].toSorted(), languages.toSorted());
  });

  for (const language of languages)
    it(`finds the same as the program in the examples of all rules for ${language}`, async () => {
      const files = byLanguage.get(language);
      assert.ok(files);
      const root = join(folder, language);
      await write(root, files);
      const config = await configuration(language);
      const paths = Object.keys(files);
      const expected = await search(own, root, config, paths);
      const actual = await search(webAssembly, root, config, paths);
      assert.deepEqual(actual.warnings, []);
      assert.deepEqual(actual.done, paths);
      assert.deepEqual(actual.matches, expected.matches);
      assert.ok(actual.matches.length > 0);
    });
});
