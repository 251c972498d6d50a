import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ruffRules } from '../../src/engines/python/rules';
import { patience } from '../support/patience.mjs';

describe('rules', () => {
  it('all load and pass their fixtures', async function () {
    this.timeout(patience(180_000));
    // In a process of its own, since the check finds ast-grep beside its own source.
    const run = promisify(execFile)(process.execPath, ['test/support/ruleCheck.mjs'], { maxBuffer: 1 << 26 });
    const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
    assert.match(stdout, /, 0 problems\s*$/, stdout);
  });

  it('of ruff say what they need to say', () => {
    for (const [code, rule] of Object.entries(ruffRules)) {
      assert.match(code, /^S\d{3}$/);
      assert.ok(rule.message.length >= 30, code);
      assert.ok(rule.suggestion.length >= 8, code);
      assert.match(rule.name, /^[a-z0-9-]+$/);
    }
  });

  it('compile into languages that files are told by', async () => {
    const source = await readFile('src/engines/patterns/compileRules.mjs', 'utf8');
    const { languageOf } = await import('../../src/engines/rulePack/languages');
    const suffixes = [...source.matchAll(/^ {2}([A-Z][A-Za-z]+): '([a-z]+)',$/gm)];
    assert.ok(suffixes.length >= 20);
    for (const [, language, suffix] of suffixes) assert.equal(languageOf(`x.${suffix ?? ''}`), language);
  });
});
