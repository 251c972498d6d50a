// Reads the rule sources (one YAML file per rule, below rules/<language>/), and writes the files that ast-grep and the runner load. A build
// step: esbuild.mjs and the rule tests call it; the runner only sees its output.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { readYamlDocuments } from '../rulePack/yamlFile.mjs';
import { withCatalogs } from './catalogs.mjs';
import { compile } from './compile.mjs';
import { ruleSource } from './ruleSchema.mjs';

/** Utility rules that every rule in the folder can use in `matches`. */
const sharedUtils = '_utils.yml';

/** Parsed YAML files, by path: a build and the tests read all rules several times. */
const parsedFiles = new Map();

/**
 * Parses a YAML file.
 * @param {string} file
 * @param {z.ZodType} [schema] of its content
 * @returns {Promise<any>} the same object each time, which must not be changed
 * @throws Error with a `file:line: reason` line for each problem
 */
async function readYaml(file, schema = z.record(z.string(), z.unknown())) {
  const text = await readFile(file, 'utf8');
  const known = parsedFiles.get(file);
  if (known?.text === text) return known.content;
  const content = parseYaml(file, text, schema);
  parsedFiles.set(file, { text, content });
  return content;
}

/**
 * @param {string} file to name in errors
 * @param {string} text
 * @param {z.ZodType} schema
 */
function parseYaml(file, text, schema) {
  const [document, second] = readYamlDocuments(text, schema);
  if (!document) throw new Error(`${file}:1: it is empty`);
  if (second) throw new Error(`${file}:${second.line}: a rule file contains a single document`);
  if (document.problems.length > 0)
    throw new Error(document.problems.map(({ line, message }) => `${file}:${line}: ${message}`).join('\n'));
  return document.content;
}

/**
 * Reads and checks the rule sources below `sourceDir`.
 * @param {string} sourceDir folder with a subfolder for each language group
 * @param {(id: string) => boolean} [wanted] which rules to read; all by default
 * @returns {Promise<(z.infer<typeof ruleSource> & { languages: string[], group: string, shared: Record<string, unknown>, file: string
 * })[]>} sorted by ID
 * @throws Error with the file and line, if a file is not a valid rule, has a name that differs from its ID, or repeats an ID
 */
export async function readRules(sourceDir, wanted = () => true) {
  const rules = [];
  const seen = new Map();
  /** @type {Map<string, any>} */
  const tables = new Map();
  for (const group of (await readdir(sourceDir)).sort()) {
    const all = (await readdir(join(sourceDir, group))).sort();
    const names = all.filter((name) => name !== sharedUtils && wanted(basename(name, '.yml')));
    if (names.length === 0) continue;
    const shared = all.includes(sharedUtils) ? await readYaml(join(sourceDir, group, sharedUtils)) : {};
    for (const name of names) {
      const file = join(sourceDir, group, name);
      let rule = await readYaml(file, ruleSource);
      if (basename(name, '.yml') !== rule.id)
        throw new Error(`${file}:1: its id is ${rule.id}; name the file ${rule.id}.yml`);
      for (const [, family] of JSON.stringify(rule.rule).matchAll(/"catalog":"(\w+)\//g)) {
        const table = join(sourceDir, '../catalogs', `${family}.yml`);
        if (!tables.has(family)) tables.set(family, await readYaml(table));
      }
      try {
        rule = withCatalogs(rule, (family) => tables.get(family));
      } catch (error) {
        throw new Error(`${file}:1: ${error instanceof Error ? error.message : String(error)}`);
      }
      if ((rule.fix === undefined) !== (rule.metadata.fix === undefined || rule.metadata.fix.code !== undefined))
        throw new Error(`${file}:1: fix and metadata.fix (title, safe) belong together`);
      if (seen.has(rule.id)) throw new Error(`${file}: id ${rule.id} is already used in ${seen.get(rule.id)}`);
      seen.set(rule.id, file);
      rules.push({ ...rule, languages: [rule.language].flat(), group, shared, file });
    }
  }
  return rules.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * Compiles the rules below `sourceDir` and writes the results to `outDir`, as `<name>.json` each: see compile.mjs.
 * @param {string} sourceDir
 * @param {string} outDir
 * @param {(id: string) => boolean} [wanted] which rules; all by default
 * @returns {Promise<number>} the number of rules read
 */
export async function compileRules(sourceDir, outDir, wanted) {
  const rules = await readRules(sourceDir, wanted);
  await mkdir(outDir, { recursive: true });
  for (const [name, content] of Object.entries(compile(rules)))
    await writeFile(join(outDir, `${name}.json`), JSON.stringify(content));
  return rules.length;
}
