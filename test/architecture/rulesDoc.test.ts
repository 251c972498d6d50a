import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { rulePages } from '../../src/engines/patterns/rulePages.mjs';
import { rulesDoc } from '../../src/engines/patterns/rulesDoc.mjs';
import { ruffRules } from '../../src/engines/python/rules';
import { languages } from '../../src/engines/taint/languages/languages';
import { taintRules } from '../../src/engines/taint/taintRules';
import { renamedRules, replacedRules } from '../../src/findings/renamedRules';

const root = resolve(__dirname, '../../..');

describe('docs/rules.md', () => {
  it('matches the rule files; `node esbuild.mjs` generates it', async () => {
    const text = await rulesDoc(resolve(root, 'src/rules/patterns'));
    assert.equal(readFileSync(resolve(root, 'docs/rules.md'), 'utf8'), text);
    assert.ok(text.split('\n').length > 200);
  });
});

describe('docs/rules/', () => {
  it('has exactly one current page for each rule of every engine; `node esbuild.mjs` generates them', async () => {
    const paths = { rules: 'src/rules/patterns', fixtures: 'test/rules', pages: 'src/rules/pages.yml' };
    const models = resolve(root, 'src/rules/taint');
    const made = await rulePages(
      {
        rules: resolve(root, paths.rules),
        fixtures: resolve(root, paths.fixtures),
        pages: resolve(root, paths.pages),
        models,
      },
      { ruffRules, taintRules, renamedRules, replacedRules, languages },
    );
    const folder = resolve(root, 'docs/rules');
    const names = Object.keys(made.rules);
    assert.deepEqual(readdirSync(folder).sort(), names.map((id) => `${id}.md`).sort());
    for (const id of names) assert.equal(readFileSync(resolve(folder, `${id}.md`), 'utf8'), made.rules[id], id);
    for (const id of ['js-eval', 'S608', 'py-flow-sql', 'js-flow-sql', 'java-flow-sql', 'redos-exponential'])
      assert.ok(names.includes(id), id);
    assert.deepEqual(Object.keys(made.tools), ['secretlint', 'osv']);
  });

  it('stays small in the package', () => {
    assert.ok(deflateRawSync(readFileSync(resolve(root, 'dist/rulePages.json'))).length < 400_000);
  });
});
