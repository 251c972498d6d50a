// Holds every rule against its fixtures. `node test/support/ruleCheck.mjs [prefix ...]` prints what fails; the unit suite runs it too.
// Fixtures: test/rules/<group>/<rule id>.yml = {id, invalid: [snippet, ...], valid: [snippet, ...]} (ast-grep's own test format).
// A fixture may name its language for a rule with several: {language: Tsx, code: "..."}; a bare snippet is tried in every language of the rule.
import { spawnSync } from 'node:child_process';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { compileRules, languageSuffix, readRules } from '../../src/engines/patterns/compileRules.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const sources = join(root, 'src/rules/patterns');

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
 * @param {string[]} prefixes only rules whose id starts with one of them; all when empty
 * @returns {Promise<{rules: number, snippets: number, problems: string[]}>}
 */
export async function checkRules(prefixes = []) {
  const dir = await mkdtemp(join(tmpdir(), 'codeagent-rules-'));
  try {
    await compileRules(sources, join(dir, 'config'));
    const rules = (await readRules(sources)).filter(
      (r) => prefixes.length === 0 || prefixes.some((p) => r.id.startsWith(p)),
    );
    const problems = [];
    const cases = new Map();
    for (const rule of rules) {
      const fixture = await readFile(join(root, 'test/rules', rule.group, `${rule.id}.yml`), 'utf8').then(
        parse,
        () => null,
      );
      if (!fixture) {
        problems.push(`${rule.id}: no fixtures in test/rules/${rule.group}/${rule.id}.yml`);
        continue;
      }
      for (const kind of ['invalid', 'valid']) {
        const list = fixture[kind] ?? [];
        if (list.length < 2) problems.push(`${rule.id}: needs at least two ${kind} fixtures`);
        for (const [n, entry] of list.entries()) {
          // Indented deeper than the list, it would be text of the snippet before.
          if (rule.languages[0] !== 'Yaml' && /^\s*- \|$/m.test(entry.code ?? entry))
            problems.push(`${rule.id}: ${kind}${n} holds another snippet`);
          const languages = entry.language ? [entry.language] : rule.languages;
          for (const language of languages) {
            const path = `${rule.id}/${kind}${n}.${languageSuffix[language]}`;
            const index = rule.languages.indexOf(language);
            cases.set(path, { id: index === 0 ? rule.id : `${rule.id}.${languageSuffix[language]}`, kind });
            await mkdir(join(dir, 'src', rule.id), { recursive: true });
            await writeFile(join(dir, 'src', path), entry.code ?? entry);
          }
        }
      }
    }
    const run = spawnSync(
      astGrepBinary(),
      ['scan', '-c', join(dir, 'config/sgconfig.yml'), '--json=stream', '--no-ignore=vcs', '.'],
      {
        cwd: join(dir, 'src'),
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      },
    );
    if (run.status !== 0) problems.push(`ast-grep ended with ${run.status}: ${run.stderr}`);
    const hits = new Map();
    for (const line of run.stdout.split('\n').filter(Boolean)) {
      const match = JSON.parse(line);
      const path = match.file.replace(/^\.\//, '');
      hits.set(path, (hits.get(path) ?? new Set()).add(match.ruleId));
    }
    for (const [path, { id, kind }] of cases) {
      const hit = hits.get(path)?.has(id) ?? false;
      if (hit !== (kind === 'invalid'))
        problems.push(`${id}: ${path} ${hit ? 'matches, and must not' : 'does not match'}`);
    }
    return { rules: rules.length, snippets: cases.size, problems };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { rules, snippets, problems } = await checkRules(process.argv.slice(2));
  for (const problem of problems) console.log(problem);
  console.log(`${rules} rules, ${snippets} snippets, ${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
