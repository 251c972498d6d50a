import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { reachedUtils } from '../../src/engines/patterns/compile.mjs';
import { readRules, type Rule } from '../../src/engines/patterns/compileRules.mjs';
import { formerRule, renamedRules, replacedRules } from '../../src/findings/renamedRules';
import { languages } from '../../src/engines/taint/languages/languages';
import { taintRules } from '../../src/engines/taint/taintRules';
import { ruffRules } from '../../src/engines/python/rules';
import { patience } from '../support/patience.mjs';

describe('rules', () => {
  it('all load, pass their fixtures, and have working fixes', async function () {
    this.timeout(patience(180_000));
    // In a separate process, since the check finds ast-grep next to its own source.
    const run = promisify(execFile)(process.execPath, ['test/support/ruleCheck.mjs', '--built'], {
      maxBuffer: 1 << 26,
    });
    const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
    assert.match(stdout, /, 0 problems\s*$/, stdout);
  });

  it('use every shared matcher', async () => {
    const used = new Map<string, Set<string>>();
    const shared = new Map<string, string[]>();
    for (const rule of await readRules('src/rules/patterns')) {
      const reached = used.get(rule.group) ?? new Set();
      used.set(rule.group, reachedUtils(rule, rule.shared, reached));
      // Used by every rule with a separate severity for request data.
      if (rule.metadata.request_severity !== undefined) reachedUtils({ matches: 'from-request' }, rule.shared, reached);
      shared.set(rule.group, Object.keys(rule.shared));
    }
    assert.ok(shared.size >= 18);
    const dead = [...shared].flatMap(([group, names]) =>
      names.filter((name) => used.get(group)?.has(name) !== true).map((name) => `${group}: ${name}`),
    );
    assert.deepEqual(dead, []);
  });

  it('have distinct titles within a language, except for variants of one defect', async () => {
    const seen = new Map<string, Rule>();
    for (const rule of await readRules('src/rules/patterns')) {
      const key = `${rule.group}: ${rule.metadata.title}`;
      const other = seen.get(key);
      if (other) assert.equal(rule.metadata.cwe[0], other.metadata.cwe[0], `${other.id} and ${rule.id}: ${key}`);
      seen.set(key, rule);
    }
  });

  it('list each rule that was split off another', async () => {
    const rules = await readRules('src/rules/patterns');
    const ids = new Set(rules.map(({ id }) => id));
    for (const [id, former] of Object.entries(renamedRules)) {
      assert.ok(ids.has(id), `${id} is not a rule`);
      assert.equal(formerRule(former), undefined, `${id} names a rule that was renamed itself`);
    }
    for (const id of Object.keys(replacedRules)) {
      const [, prefix, defect = ''] = /^(\w+)-flow-([\w-]+)$/.exec(id) ?? [];
      assert.ok(defect in taintRules && languages.some((one) => one.prefix === prefix), `${id} is not a rule`);
    }
  });

  it('can be tried on their own, with their errors', async () => {
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['test/support/rule.mjs', 'bash-ifs-global', 'test/rules/bash']);
    assert.match(stdout, /✓ invalid 1: matches/);
    assert.match(stdout, /✓ valid 1: no match/);
    assert.match(stdout, /cost: \d+ ms/);
    const failed: { code?: number; stderr?: string } = await run(process.execPath, [
      'test/support/rule.mjs',
      'bash-no-such-rule',
    ]).catch((error: unknown) => error as { code: number; stderr: string });
    assert.equal(failed.code, 2);
    assert.match(failed.stderr ?? '', /No rule bash-no-such-rule/);
  });

  it('report the faulty line of their file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'codeagent-rules-'));
    try {
      await mkdir(join(folder, 'bash'));
      const write = (text: string) => writeFile(join(folder, 'bash/bash-bad.yml'), text);
      await write('id: bash-bad\nlanguage: Bash\nmessage: short\nmetadata: { title: [] }\nrule: {}\n');
      await assert.rejects(readRules(folder), /bash-bad\.yml:3: message: .+\n.*bash-bad\.yml:4: metadata\.title: /);
      await write('id: bash-bad\nlanguage: Shell\nmessage: short\nmetadata: { title: [] }\nrule: {}\n');
      await assert.rejects(readRules(folder), /bash-bad\.yml:2: language: .*one of "Bash"\|.*"Yaml"\n/);
      const fixless = ['severity: low', 'confidence: low', 'cwe: [CWE-1]', 'owasp: ["A01:2021"]'].join(', ');
      await write(
        `id: bash-bad\nlanguage: Bash\nmessage: ${'Long enough. '.repeat(3).trim()}\nmetadata: { title: Bad thing, ${fixless}, suggestion: Do it well., help_url: https://x.example }\nrule: { kind: word }\nfix: x\n`,
      );
      await assert.rejects(readRules(folder), /bash-bad\.yml:1: fix and metadata\.fix \(title, safe\) belong together/);
      await write('id: bash-bad\nrule:\n  kind: a: b\n');
      await assert.rejects(readRules(folder), /bash-bad\.yml:3: not YAML: /);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('of ruff have complete texts', () => {
    for (const [code, rule] of Object.entries(ruffRules)) {
      assert.match(code, /^S\d{3}$/);
      assert.ok(rule.message.length >= 30, code);
      assert.ok(rule.suggestion.length >= 8, code);
      assert.match(rule.name, /^[a-z0-9-]+$/);
    }
  });

  it('compile into languages that recognize files', async () => {
    const source = await readFile('src/engines/patterns/ruleSchema.mjs', 'utf8');
    const { languageOf } = await import('../../src/engines/rulePack/languages');
    const suffixes = [...source.matchAll(/^ {2}([A-Z][A-Za-z]+): '([a-z]+)',$/gm)];
    assert.ok(suffixes.length >= 20);
    for (const [, language, suffix] of suffixes) assert.equal(languageOf(`x.${suffix ?? ''}`), language);
  });
});
