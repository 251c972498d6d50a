// Checks every rule against its fixtures. `node test/support/ruleCheck.mjs [--built] [prefix ...]` prints failures; --built: with the rules
// in `dist/`. The unit suite runs it too. `npm run rule` (rule.mjs) tries single rules, with more details about each. Fixtures:
// test/rules/<group>/<rule id>.yml = {id, invalid: [snippet, ...], valid: [snippet, ...]} (ast-grep's own test format). fixCheck.mjs
// explains how they test a rule's fix. A fixture may name its language for a rule with several: {language: Tsx, code: "..."}; a plain
// snippet is tried in every language of the rule.
import { spawnSync } from 'node:child_process';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { compileRules, readRules } from '../../src/engines/patterns/compileRules.mjs';
import { languageSuffix } from '../../src/engines/patterns/ruleSchema.mjs';
import { tryFixes } from './fixCheck.mjs';
import { writeLooseRules } from './looseRules.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const sources = join(root, 'src/rules/patterns');

/** The location of a rule's fixtures, from the root of the checkout. */
export const fixturePath = (rule) => `test/rules/${rule.group}/${rule.id}.yml`;

/** The ast-grep binary that npm installed for this machine. */
export function astGrepBinary() {
  const require = createRequire(import.meta.url);
  const exe = process.platform === 'win32' ? 'ast-grep.exe' : 'ast-grep';
  const platform = {
    linux: `linux-${process.arch}-gnu`,
    darwin: `darwin-${process.arch}`,
    win32: `win32-${process.arch}-msvc`,
  }[process.platform];
  return join(dirname(require.resolve(`@ast-grep/cli-${platform}/package.json`, { paths: [root] })), exe);
}

/**
 * The matches of compiled rules.
 * @param {string} config path of ast-grep's configuration
 * @param {string[]} paths
 * @param {string} cwd
 * @returns {any[]} ast-grep's matches
 * @throws Error with ast-grep's message, if it rejects a rule
 */
export function matchesIn(config, paths, cwd) {
  const args = ['scan', '-c', config, '--json=stream', '--no-ignore=vcs', ...paths];
  const run = spawnSync(astGrepBinary(), args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(`ast-grep ended with ${run.status}: ${run.stderr}`);
  return run.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/**
 * Tries each rule on its fixtures, and what it does to fix the bad ones.
 * @param {Awaited<ReturnType<typeof readRules>>} rules
 * @param {string} dir holds the compiled rules, of these languages as many as shall find nothing new in what is fixed, in config/; the fixtures are written into src/
 * @returns {Promise<{ rule: object, problems: string[], snippets: { kind: 'invalid' | 'valid', number: number, language: string, code: string, isHit: boolean, fixed?: string }[] }[]>}
 * @throws Error with what ast-grep said, when it rejects a rule
 */
export async function tryFixtures(rules, dir) {
  const tried = [];
  for (const rule of rules) {
    const problems = [];
    const snippets = [];
    const text = await readFile(join(root, fixturePath(rule)), 'utf8').catch(() => undefined);
    if (text === undefined) problems.push(`no fixtures in ${fixturePath(rule)}`);
    let fixture = {};
    try {
      fixture = parse(text ?? '{}') ?? {};
    } catch (error) {
      problems.push(`${fixturePath(rule)}: not YAML: ${error.message}`);
    }
    for (const kind of ['invalid', 'valid']) {
      const list = fixture[kind] ?? [];
      if (list.length < 2) problems.push(`needs at least two ${kind} fixtures`);
      for (const [number, entry] of list.entries()) {
        const { code, fixed, no_fix } = typeof entry === 'string' ? { code: entry } : entry;
        if (no_fix !== undefined && !/\w \w/.test(no_fix))
          problems.push(`${kind}${number} does not say why it has no fix`);
        // Indented deeper than the list, it would belong to the previous snippet.
        if (rule.languages[0] !== 'Yaml' && /^\s*- \|$/m.test(code))
          problems.push(`${kind}${number} holds another snippet`);
        for (const language of entry.language ? [entry.language] : rule.languages) {
          const path = `${rule.id}/${kind}${number}.${languageSuffix[language]}`;
          const id = language === rule.languages[0] ? rule.id : `${rule.id}.${languageSuffix[language]}`;
          snippets.push({ id, path, kind, number, language, code, expected: fixed, noFix: no_fix });
          await mkdir(join(dir, 'src', rule.id), { recursive: true });
          await writeFile(join(dir, 'src', path), code);
        }
      }
    }
    tried.push({ rule, problems, snippets });
  }
  await mkdir(join(dir, 'src'), { recursive: true });
  const hits = new Set();
  const matches = matchesIn(join(dir, 'config/sgconfig.yml'), ['.'], join(dir, 'src'));
  for (const { file, ruleId } of matches) hits.add(`${file.replaceAll('\\', '/').replace(/^\.\//, '')} ${ruleId}`);
  for (const { problems, snippets } of tried) {
    for (const snippet of snippets) {
      snippet.isHit = hits.has(`${snippet.path} ${snippet.id}`);
      if (snippet.isHit !== (snippet.kind === 'invalid'))
        problems.push(`${snippet.path} ${snippet.isHit ? 'matches, and must not' : 'does not match'}`);
    }
  }
  await tryFixes(tried, { matches, dir, root, scan: (config, folder) => matchesIn(config, ['.'], folder) });
  return tried;
}

/**
 * @param {string[]} prefixes only rules whose id starts with one of them; all when empty
 * @param {{ built?: boolean }} [options] whether all rules are compiled in dist/ already
 * @returns {Promise<{rules: number, snippets: number, problems: string[]}>}
 */
export async function checkRules(prefixes = [], { built = false } = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'codeagent-rules-'));
  const wanted = (id) => prefixes.length === 0 || prefixes.some((prefix) => id.startsWith(prefix));
  try {
    const rules = await readRules(sources, wanted);
    // The fixed code must satisfy all rules of its language.
    const isFixed = rules.some((rule) => rule.metadata.fix !== undefined);
    const compiled = built ? join(root, 'dist/ast-grep') : join(dir, 'config');
    if (!built) await compileRules(sources, compiled, isFixed ? undefined : wanted);
    await writeLooseRules(compiled, join(dir, 'config'));
    const tried = await tryFixtures(rules, dir);
    return {
      rules: tried.length,
      snippets: tried.flatMap((one) => one.snippets).length,
      problems: tried.flatMap(({ rule, problems }) => problems.map((problem) => `${rule.id}: ${problem}`)),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const prefixes = args.filter((arg) => arg !== '--built');
  const { rules, snippets, problems } = await checkRules(prefixes, { built: prefixes.length < args.length });
  for (const problem of problems) console.log(problem);
  console.log(`${rules} rules, ${snippets} snippets, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
