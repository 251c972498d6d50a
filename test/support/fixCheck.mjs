// Tests the rules' fixes on their bad examples: the fixed file parses, the finding is gone, and no rule of the pack finds anything new in
// it. An example in test/rules/<group>/<id>.yml may specify the result, {code, fixed}, or why its rule cannot fix it: {code, no_fix: "a
// reason"}.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { stringify } from 'yaml';
import { languageSuffix } from '../../src/engines/patterns/ruleSchema.mjs';

const exports = `
export { fixOf } from './src/engines/patterns/match';
export { FileText } from './src/base/fileText';`;

/** The product's own code, which creates the edits. */
async function productCode(root) {
  const stdin = { contents: exports, resolveDir: root, loader: 'ts' };
  const { outputFiles } = await build({ stdin, bundle: true, write: false, format: 'esm', platform: 'node' });
  return await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}

/** The text with the edits applied. */
function applied(edits, content) {
  const list = edits.map(({ start, end, text }) => ({
    from: content.offsetOf(start.line, start.column),
    to: content.offsetOf(end.line, end.column),
    text,
  }));
  list.sort((a, b) => b.from - a.from || b.to - a.to);
  return list.reduce((text, edit) => text.slice(0, edit.from) + edit.text + text.slice(edit.to), content.text);
}

const overlaps = (one, other) => {
  const before = (a, b) => a.line < b.line || (a.line === b.line && a.column <= b.column);
  return !before(one.end, other.start) && !before(other.end, one.start);
};

/** Counts by file and rule. */
function counted(matches) {
  const counts = new Map();
  for (const { file, ruleId } of matches) {
    const key = `${cleaned(file)} ${ruleId}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

const cleaned = (file) => file.replaceAll('\\', '/').replace(/^\.\//, '');

/** Rules that find syntax errors. */
async function writeParseRules(dir) {
  const rules = Object.keys(languageSuffix).map((language) =>
    stringify({ id: `unparsed.${languageSuffix[language]}`, language, severity: 'warning', rule: { kind: 'ERROR' } }),
  );
  await mkdir(join(dir, 'parse/rules'), { recursive: true });
  await writeFile(join(dir, 'parse/rules/rules.yml'), rules.join('---\n'));
  await writeFile(join(dir, 'parse/sgconfig.yml'), stringify({ ruleDirs: ['rules'] }));
}

/**
 * Fixes the bad examples of rules that have a fix, and adds what is wrong with it to their problems, and `fixed` (the text) to their snippets.
 * @param {Awaited<ReturnType<import('./ruleCheck.mjs').tryFixtures>>} tried
 * @param {object} with
 * @param {any[]} with.matches ast-grep's, of all rules in the snippets
 * @param {(config: string, folder: string) => any[]} with.scan
 * @param {string} with.dir as of tryFixtures; the fixed files are written into fixed/
 * @param {string} with.root of the checkout
 */
export async function tryFixes(tried, { matches, scan, dir, root }) {
  const fixing = tried.filter(({ rule }) => rule.metadata.fix !== undefined);
  for (const { rule, problems, snippets } of tried)
    if (rule.metadata.fix === undefined && snippets.some((one) => one.fixed !== undefined || one.noFix !== undefined))
      problems.push('says `fixed` or `no_fix`, and its rule has no fix');
  if (fixing.length === 0) return;
  const table = JSON.parse(await readFile(join(dir, 'config/rules.json'), 'utf8'));
  const { fixOf, FileText } = await productCode(root);
  const byFile = byFileOf(matches);
  const checked = [];
  for (const { rule, problems, snippets } of fixing) {
    for (const snippet of snippets.filter((one) => one.kind === 'invalid')) {
      const content = new FileText(snippet.code);
      const edits = [];
      let known = 0;
      for (const match of byFile.get(snippet.path) ?? []) {
        if (match.ruleId !== snippet.id) continue;
        const fix = fixOf({ ...match, file: snippet.path }, table, content).fix;
        if (!fix) continue;
        known += 1;
        for (const edit of fix.edits) {
          const same = edits.some((other) => JSON.stringify(other) === JSON.stringify(edit));
          if (!same && !edits.some((other) => overlaps(edit, other))) edits.push(edit);
        }
      }
      if (snippet.noFix !== undefined) {
        if (known > 0) problems.push(`${snippet.path} has a fix, and says no_fix`);
        continue;
      }
      if (edits.length === 0) {
        if (snippet.isHit) problems.push(`${snippet.path} has no fix; where there can be none, say why: no_fix`);
        continue;
      }
      const text = applied(edits, content);
      if (snippet.expected !== undefined && text !== snippet.expected)
        problems.push(`${snippet.path} becomes, other than \`fixed\` says:\n${text}`);
      snippet.fixed = text;
      checked.push({ rule, problems, snippet });
      await mkdir(dirname(join(dir, 'fixed', snippet.path)), { recursive: true });
      await writeFile(join(dir, 'fixed', snippet.path), text);
    }
  }
  if (checked.length === 0) return;
  await writeParseRules(dir);
  const config = join(dir, 'parse/sgconfig.yml');
  const scans = (folder, from) => counted(scan(from, join(dir, folder)));
  const errors = { before: scans('src', config), after: scans('fixed', config) };
  const found = { before: counted(matches), after: scans('fixed', join(dir, 'config/sgconfig.yml')) };
  const newly = ({ before, after }) => [...after].filter(([key, count]) => count > (before.get(key) ?? 0));
  const problemsOf = new Map(checked.map(({ problems, snippet }) => [snippet.path, { problems, snippet }]));
  const tell = (key, why) => {
    const [path] = key.split(' ');
    const { problems, snippet } = problemsOf.get(path);
    problems.push(`${path}, when fixed, ${why}:\n${snippet.fixed}`);
  };
  for (const [key] of newly(errors)) tell(key, 'does not parse');
  for (const [key] of newly(found)) tell(key, `has something new: ${key.split(' ')[1]}`);
  for (const { snippet } of checked)
    if (found.after.has(`${snippet.path} ${snippet.id}`)) tell(snippet.path, 'still has the finding');
}

function byFileOf(matches) {
  const groups = new Map();
  for (const match of matches) {
    const file = cleaned(match.file);
    const group = groups.get(file);
    if (group) group.push(match);
    else groups.set(file, [match]);
  }
  return groups;
}
