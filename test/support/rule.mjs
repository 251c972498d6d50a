// Tries single rules: `npm run rule -- ID ... [FILE or FOLDER ...]`. An unknown ID is a prefix of rule IDs. Compiles the rules alone, runs
// their fixtures (test/rules/<group>/<id>.yml), and prints what they cost and what they find in the files.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import { compileRules, readRules } from '../../src/engines/patterns/compileRules.mjs';
import { ruleError } from '../../src/engines/patterns/ruleError.mjs';
import { languageSuffix } from '../../src/engines/patterns/ruleSchema.mjs';
import { writeLooseRules } from './looseRules.mjs';
import { fixturePath, matchesIn, sources, tryFixtures } from './ruleCheck.mjs';
import { costOf, languages, machineMade } from './ruleCost.mjs';

/** Characters of code for measuring the cost. */
const measured = 250_000;

/** ast-grep's error, and the affected line of the rule's file. */
async function explained(message, rule) {
  const { line, reason } = ruleError(message, await readFile(rule.file, 'utf8'));
  return `${relative('.', rule.file)}:${line}: ${reason}`;
}

/** Runs `work` on the compiled rules. @returns its result; undefined if ast-grep rejects one of them, which is reported */
async function withCompiled(rules, work) {
  const dir = await mkdtemp(join(tmpdir(), 'codeagent-rule-'));
  const ids = new Set(rules.map((rule) => rule.id));
  try {
    await compileRules(sources, join(dir, 'config'), (id) => ids.has(id));
    await writeLooseRules(join(dir, 'config'), join(dir, 'config'));
    return await work(dir);
  } catch (error) {
    if (!error.message.startsWith('ast-grep ended')) throw error;
    if (rules.length === 1) console.log(await explained(error.message, rules[0]));
    // If they are compiled together, it is unclear which one is wrong.
    else for (const rule of rules) await withCompiled([rule], (own) => tryFixtures([rule], own));
    return undefined;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function tell({ rule, problems, snippets }) {
  console.log(`\n${rule.id}: ${rule.metadata.title}`);
  console.log(`  rule      ${relative('.', rule.file)}`);
  console.log(`  examples  ${fixturePath(rule)}`);
  for (const { kind, number, language, code, isHit } of snippets) {
    const isRight = isHit === (kind === 'invalid');
    const place = `${kind} ${number + 1}${rule.languages.length > 1 ? ` (${language})` : ''}`;
    const what = isHit ? 'matches' : 'no match';
    console.log(`  ${isRight ? '✓' : '✗'} ${place}: ${what}${isRight ? '' : `:\n${code.replace(/^/gm, '      ')}`}`);
  }
  if (rule.metadata.fix !== undefined)
    console.log(`\n  fix       ${rule.metadata.fix.title}${rule.metadata.fix.safe ? ', safe' : ''}`);
  for (const { number, language, fixed, noFix } of snippets.filter((one) => (one.fixed ?? one.noFix) !== undefined))
    console.log(
      `  invalid ${number + 1} (${language}) ${fixed === undefined ? `has none: ${noFix}` : `becomes:\n${fixed.replace(/^/gm, '      ')}`}`,
    );
  for (const problem of problems.filter((one) => !/ matches, and must not$| does not match$/.test(one)))
    console.log(`  ✗ ${problem}`);
}

/** Prints the CPU time of the rules on code of each of their languages. */
async function tellCost(rules, dir) {
  for (const group of new Set(rules.map((rule) => rule.group))) {
    const config = join(dir, 'config/sgconfig.yml');
    const times = [];
    for (const size of [0, measured]) {
      const file = join(dir, `cost-${size}.${languageSuffix[languages[group].language]}`);
      await writeFile(file, size === 0 ? '' : await machineMade(group, size));
      times.push(costOf(config, file, 30_000));
    }
    const [start, whole] = times;
    console.log(`\ncost: ${whole - start} ms for ${measured / 1000} kB of ${group}, parsing included`);
  }
}

function tellMatches(dir, paths) {
  const matches = matchesIn(join(dir, 'config/sgconfig.yml'), paths, process.cwd());
  console.log(`\n${matches.length} matches in ${paths.join(', ')}`);
  for (const { file, range, lines, ruleId } of matches)
    console.log(
      `  ${file}:${range.start.line + 1}: ${ruleId.split('.')[0]}: ${lines.split('\n')[0].trim().slice(0, 160)}`,
    );
}

const args = process.argv.slice(2);
const known = new Set(globSync('*/*.yml', { cwd: sources }).map((path) => basename(path, '.yml')));
const isId = (arg) => known.has(arg) || [...known].some((id) => id.startsWith(arg));
const asked = args.filter((arg) => isId(arg) || !existsSync(arg));
const paths = args.filter((arg) => !asked.includes(arg)).map((path) => resolve(path));
const unknown = asked.filter((arg) => !isId(arg));
if (asked.length === 0 || unknown.length > 0) {
  for (const one of unknown)
    console.error(`No rule ${one}, and no file. A rule is src/rules/patterns/<language>/<id>.yml.`);
  if (asked.length === 0) console.error('Usage: npm run rule -- ID or beginning of ids ... [FILE or FOLDER ...]');
  process.exit(2);
}
const wanted = (id) => asked.some((arg) => (known.has(arg) ? id === arg : id.startsWith(arg)));
try {
  const rules = await readRules(sources, wanted);
  const tried = await withCompiled(rules, async (dir) => {
    const all = await tryFixtures(rules, dir);
    for (const one of all) tell(one);
    await tellCost(rules, dir);
    if (paths.length > 0) tellMatches(dir, paths);
    return all;
  });
  if (tried === undefined || tried.some((one) => one.problems.length > 0)) process.exitCode = 1;
} catch (error) {
  console.error(error.message.replaceAll(join(process.cwd(), '/'), ''));
  process.exitCode = 1;
}
