import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { readRules } from '../../src/engines/patterns/compileRules.mjs';
import { languageSuffix } from '../../src/engines/patterns/ruleSchema.mjs';
import { neededWords } from '../../src/engines/patterns/neededWords.mjs';
import { Needs, needTables } from '../../src/engines/rulePack/needs';
import { WordSearch } from '../../src/engines/engine/wordSearch';

describe('WordSearch', () => {
  function find(words: string[], text: string): string[] {
    const found = new WordSearch(words).find(Buffer.from(text));
    return words.filter((_, number) => found[number] === 1);
  }

  it('finds words that overlap or contain others', () => {
    const words = ['she', 'hers', 'he', 'his', 'ushers'];
    assert.deepEqual(find(words, 'ushers'), ['she', 'hers', 'he', 'ushers']);
    assert.deepEqual(find(words, 'this'), ['his']);
    assert.deepEqual(find(words, 'h e'), []);
  });

  it('ignores the case of letters, and does not confuse other bytes', () => {
    assert.deepEqual(find(['k8s.io', 'naïve', 'x'], 'K8S.IO'), ['k8s.io']);
    assert.deepEqual(find(['eval('], 'é\u212a eVaL ( eval('), ['eval(']);
    assert.deepEqual(find(['\u202e', '\u2066'], 'a\u202eb'), ['\u202e']);
  });

  it('agrees with a separate search for each word', () => {
    const alphabet = 'ab_';
    const texts = Array.from({ length: 300 }, (_, n) =>
      Array.from({ length: (n % 9) + 1 }, (_, k) => alphabet[(n * 7 + k * k * 5 + ((n * k) >> 2)) % 3]).join(''),
    );
    const words = [...new Set(texts.filter((_, n) => n % 3 === 0))];
    for (const text of texts)
      assert.deepEqual(
        find(words, text),
        words.filter((word) => text.includes(word)),
      );
  });
});

describe('neededWords', () => {
  const none = () => true as const;

  it('reads texts from regular expressions', () => {
    const of = (regex: string) => neededWords({ regex }, none);
    assert.equal(of('^subprocess\\.run$'), 'subprocess.run');
    assert.deepEqual(of('^(eval|exec)$'), { any: ['eval', 'exec'] });
    assert.deepEqual(of('(?i)Pass(word)?\\s*=\\s*abc'), { all: ['pass', 'abc'] });
    assert.equal(of('(foo)?'), true);
    assert.equal(of('[Pp]assword'), 'password');
    assert.equal(of('[BP]assword'), 'assword');
    assert.deepEqual(of('[\\x{2066}-\\x{2067}]'), { any: ['\u2066', '\u2067'] });
    assert.equal(of('\\x27key'), "'key");
    assert.equal(of('foobar|[a-z]'), true);
    assert.equal(of('\\x{41}bcd'), 'abcd');
    assert.equal(of('\\pLbcd'), true);
    assert.equal(of('not (closed'), true);
  });

  it('joins the parts of a rule', () => {
    const rule = {
      all: [{ pattern: 'eval($X)' }, { not: { regex: 'never' } }],
      has: { field: 'function', any: [{ regex: 'run' }, { matches: 'known' }] },
    };
    assert.deepEqual(
      neededWords(rule, () => 'call'),
      { all: ['eval', { any: ['run', 'call'] }] },
    );
    assert.equal(neededWords(rule, none), 'eval');
    assert.equal(neededWords({ kind: 'assert_statement' }, none), 'assert');
  });
});

describe('needs of the rules', () => {
  it('are met by every fixture that a rule matches', async () => {
    const tables = new Map<string, Needs>();
    const built = needTables.parse(JSON.parse(await readFile('dist/ast-grep/needs.json', 'utf8')));
    const problems: string[] = [];
    const fixtures = z.object({
      invalid: z.array(z.union([z.string(), z.object({ code: z.string(), language: z.string().optional() })])),
    });
    let snippets = 0;
    for (const rule of await readRules('src/rules/patterns')) {
      const file = join('test/rules', rule.group, `${rule.id}.yml`);
      const { invalid } = fixtures.parse(parse(await readFile(file, 'utf8')));
      for (const entry of invalid) {
        const [code, named] = typeof entry === 'string' ? [entry] : [entry.code, entry.language];
        for (const language of named === undefined ? rule.languages : [named]) {
          const needs = tables.get(language) ?? new Needs(built[language] ?? { nodes: [], rules: {} });
          tables.set(language, needs);
          const suffix = rule.languages.indexOf(language) === 0 ? '' : `.${languageSuffix[language]}`;
          const active = needs.rulesFor(Buffer.from(code));
          snippets += 1;
          if (!active.includes(rule.id + suffix)) problems.push(`${rule.id} in ${language}: ${code}`);
        }
      }
    }
    assert.deepEqual(problems, []);
    assert.ok(snippets > 1_000);
  });
});
