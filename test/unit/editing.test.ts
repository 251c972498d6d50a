import assert from 'node:assert/strict';
import { issue as schema, type Issue } from '../../src/protocol';
import { ignoreComment } from '../../src/store/ignoreComment';
import { shifted } from '../../src/store/lineShift';
import { isExpired, parseBaseline, readEntries, writeBaseline } from '../../src/findings/policy/baseline';
import { commentOn, markersOf } from '../../src/findings/policy/comments';
import { readConfig } from '../../src/findings/policy/config';
import { withRule } from '../../src/findings/policy/configEdit';
import { compileConfig, noPolicy } from '../../src/findings/policy/policy';
import { decisionFor } from '../../src/store/suppressions';
import { deciding } from './support/deciding';

function issue(part: object): Issue {
  const base = { tool: 'ast-grep', type: 'security', message: 'm', severity: 'high', file: 'a.js', line: 1 };
  return schema.parse({ ...base, rule_id: 'js-eval', ...part });
}

describe('a line while its file is edited', () => {
  const edit = (startLine: number, startColumn: number, endLine: number, text: string) => ({
    startLine,
    startColumn,
    endLine,
    text,
  });
  for (const [what, change, to] of [
    ['a line before it comes', edit(2, 0, 2, 'new\n'), 11],
    ['two lines before it go', edit(2, 0, 4, ''), 8],
    ['a line after it comes', edit(11, 0, 11, '\n'), 10],
    ['a line comes at its begin', edit(10, 0, 10, '// x\n'), 11],
    ['a line comes at its first character', edit(10, 4, 10, '\n    '), 11],
    ['a line comes at its end', edit(10, 20, 10, '\n  next()'), 10],
    ['a character is typed in it', edit(10, 12, 10, 'x'), 10],
    ['the line above is joined to it', edit(9, 7, 10, ''), 9],
    ['it goes with what is around it', edit(8, 0, 13, 'x'), 8],
  ] as const) {
    it(`is tracked correctly when ${what}`, () => assert.equal(shifted(10, 4, change), to));
  }
});

describe('the comment that ignores a finding', () => {
  it('is in the language of the file, and names the rule', () => {
    const of = (file: string, rule = 'js-eval') => ignoreComment(issue({ file, rule_id: rule }), '    eval(x);');
    assert.equal(of('a.tsx'), '    // codeagent-ignore js-eval');
    assert.equal(of('x/Dockerfile', 'bash-x'), '    # codeagent-ignore bash-x');
    assert.equal(of('a.html'), '    <!-- codeagent-ignore js-eval -->');
    assert.equal(of('a.css'), '    // codeagent-ignore js-eval');
    assert.equal(of('.env.local'), '    # codeagent-ignore js-eval');
    assert.equal(of('a.sql'), '    -- codeagent-ignore js-eval');
    assert.equal(of('a.json'), undefined);
    assert.equal(of('a.unheard-of'), undefined);
  });

  it('takes effect in every language', () => {
    const files = [
      'a.js',
      'a.py',
      'a.rb',
      'a.go',
      'A.java',
      'a.php',
      'a.rs',
      'a.cs',
      'a.c',
      'a.kt',
      'a.swift',
      'a.sh',
      'a.yml',
      'a.tf',
    ];
    for (const file of [
      ...files,
      'Dockerfile',
      'a.html',
      'a.sql',
      'a.lua',
      'a.vb',
      'a.bat',
      'a.clj',
      'a.hs',
      'a.erl',
      'a.ps1',
    ]) {
      const finding = issue({ file, line: 2, rule_id: 'some-rule' });
      const markers = markersOf(file, `${ignoreComment(finding, '  bad()') ?? ''}\n  bad()\n`);
      assert.equal(commentOn(finding, markers)?.line, 1, file);
      assert.equal(commentOn({ ...finding, rule_id: 'another' }, markers), undefined, file);
    }
  });

  it('omits a rule ID that would break out of the comment', () => {
    assert.equal(ignoreComment(issue({ rule_id: 'x\nprocess.exit()' }), 'eval(x)'), '// codeagent-ignore');
  });
});

describe('baseline and ignored rules', () => {
  const stateOf = (...args: Parameters<typeof decisionFor>) => decisionFor(...args).state;

  it('decide which findings are open', () => {
    const decided = deciding({ rules: ['js-log'], baseline: ['f1', 'f3'] });
    assert.equal(stateOf(issue({ rule_id: 'js-log', fingerprint: 'f2' }), decided), 'ignored');
    assert.equal(stateOf(issue({ fingerprint: 'f1' }), decided), 'known');
    assert.equal(stateOf(issue({ fingerprint: 'f2' }), decided), 'open');
    assert.equal(stateOf(issue({}), decided), 'open');
    const byFormerId = deciding({ rules: ['php-xpath-ldap'] });
    assert.equal(stateOf(issue({ rule_id: 'php-ldap-injection' }), byFormerId), 'ignored');
    assert.equal(stateOf(issue({ rule_id: 'php-xxe' }), byFormerId), 'open');
  });

  it('follow the folder’s current state rather than the report, except for comments', () => {
    const now = deciding({ baseline: ['f1'] });
    const said = (origin: string | undefined, fingerprint: string) =>
      stateOf(issue({ fingerprint, suppression: { kind: 'external', state: 'accepted', origin } }), now);
    assert.equal(said('baseline', 'f1'), 'known');
    assert.equal(said('baseline', 'f2'), 'open', 'no longer in the baseline');
    assert.equal(said('config', 'f2'), 'open', 'no longer off');
    assert.equal(said('comment', 'f2'), 'ignored');
    assert.equal(said(undefined, 'f2'), 'ignored', 'as the tool says');
    assert.equal(
      stateOf(issue({ suppression: { kind: 'accepted', origin: 'baseline' } }), { ...now, policy: undefined }),
      'known',
    );
  });

  it('leave the choice of analyzers to the scan, except for overrides by path', () => {
    const text = `{
      "analyzers": { "bandit": "off" },
      "rules": { "B101": "off" },
      "overrides": [{ "files": ["tests/"], "analyzers": { "bandit": "off" } }]
    }`;
    const policy = { config: compileConfig(readConfig(text)), baseline: new Map() };
    const state = (part: Partial<Issue>) => stateOf(issue({ tool: 'bandit', ...part }), { ...deciding({}), policy });
    assert.equal(state({ rule_id: 'B602', file: 'app.py' }), 'open', 'a person has turned it on');
    assert.equal(state({ rule_id: 'B602', file: 'tests/app.py' }), 'ignored');
    assert.equal(state({ rule_id: 'B101', file: 'app.py' }), 'ignored');
  });

  it('are ignored in Restricted Mode', () => {
    const restricted = { ...deciding({ baseline: ['f1'] }), isTrusted: false, policy: noPolicy };
    for (const origin of ['baseline', 'config', 'comment'])
      assert.equal(
        stateOf(issue({ fingerprint: 'f1', suppression: { kind: 'external', origin } }), restricted),
        'open',
      );
  });

  it('are changed in a configuration that keeps its comments', () => {
    const text = '{\n  // why\n  "rules": {\n    "a": "low" // here\n  }\n}\n';
    const off = withRule(text, 'js-eval', 'off');
    assert.equal(off, '{\n  // why\n  "rules": {\n    "js-eval": "off",\n    "a": "low" // here\n  }\n}\n');
    assert.deepEqual(JSON.parse(withRule('', 'js-eval', 'off')), { rules: { 'js-eval': 'off' } });
    assert.ok(!withRule(off, 'js-eval', undefined).includes('js-eval'));
  });

  it('apply to a file, or a folder and below', () => {
    const ignored = (path: string, file: string, rule = 'js-eval') =>
      stateOf(issue({ file, rule_id: rule }), {
        ...deciding({}),
        inFiles: new Map([[path, new Set(['js-eval', 'php-xpath-ldap'])]]),
      }) === 'ignored';
    assert.ok(ignored('src/a.js', 'src/a.js'));
    assert.ok(!ignored('src/a.js', 'src/a.jsx') && !ignored('src/a.js', 'lib/src/a.js'));
    assert.ok(ignored('src/', 'src/a.js') && ignored('src/', 'src/b/c.js'));
    assert.ok(!ignored('src/', 'src2/a.js') && !ignored('src', 'src/a.js') && !ignored('src/', 'a.js'));
    assert.ok(!ignored('src/', 'src/a.js', 'js-log'));
    assert.ok(ignored('src/', 'src/a.php', 'php-ldap-injection'), 'by its former id');
  });

  it('expire at the end of the day that a baseline entry names', () => {
    const expired = (expires: string | undefined, now: string) =>
      isExpired(expires === undefined ? {} : { expires }, Date.parse(now));
    assert.ok(!expired(undefined, '2030-01-01T00:00:00Z'));
    assert.ok(!expired('2026-12-31', '2026-12-31T23:59:59Z'));
    assert.ok(expired('2026-12-31', '2027-01-01T00:00:00Z'));
    assert.ok(!expired('2026-12-31T12:00:00Z', '2026-12-31T11:59:59Z'));
    assert.ok(expired('2026-12-31T12:00:00Z', '2026-12-31T12:00:00Z'));
    assert.ok(expired('next year', '2026-01-01T00:00:00Z'), 'a mistake hides nothing');
  });

  it('are written sorted and without duplicates, and read back', () => {
    const entries = [
      { file: 'b.js', rule: 'r', fingerprint: '2' },
      { file: 'a.js', rule: 'r', fingerprint: '1' },
      { file: 'b.js', rule: 'r', fingerprint: '2' },
    ];
    const text = writeBaseline(entries);
    assert.deepEqual(parseBaseline(text), [
      { ...entries[1], line: 4 },
      { ...entries[0], line: 5 },
    ]);
    assert.equal(text.split('\n').filter((line) => line.includes('fingerprint')).length, 2);
    assert.deepEqual(parseBaseline(writeBaseline([])), []);
  });

  it('report what is wrong with an invalid file', () => {
    assert.throws(() => parseBaseline('{'), /line 1: .*not JSON/);
    assert.throws(() => parseBaseline('{\n"version":2,"findings":[]}'), /line 2: .*version/);
    assert.throws(
      () => parseBaseline('{"version":1,"findings":[\n{"fingerprint":"1"},\n{"fingerprint":7}]}'),
      /line 3: /,
    );
  });

  it('apply as far as they can be read', () => {
    const text = `{ "version": 1, "findings": [
      { "fingerprint": "1", "expire": "2020-01-01", "ticket": "T-1" },
      { "fingerprint": 2 },
      7,
      { "fingerprint": "4", "kind": "wrong", "ticket": "T-2" }
    ] }`;
    const { entries: read, problems } = readEntries(text);
    assert.deepEqual(
      read.map(({ fingerprint, line }) => [fingerprint, line]),
      [
        ['1', 2],
        ['4', 5],
      ],
    );
    const told = problems.map(({ level, line, message }) => `${level} ${line} ${message}`);
    assert.equal(told.length, 5, told.join('\n'));
    for (const piece of [
      /^error 3 .*fingerprint/m,
      /^error 4 /m,
      /^warning 5 .*"wrong"/m,
      /^warning 2 "expire" is an unknown key/m,
      /^warning 2 "ticket" is an unknown key of 2 entries/m,
    ])
      assert.match(told.join('\n'), piece);
    const { line: _, ...first } = read[0] ?? assert.fail();
    assert.match(writeBaseline([first]), /"ticket":"T-1"/, 'what people add stays');
  });

  it('are reported with the line if they contain merge conflicts', () => {
    const { entries: read, problems } = readEntries('{ "version": 1, "findings": [\n<<<<<<< HEAD\n] }');
    assert.deepEqual([read.length, problems[0]?.line], [0, 2]);
  });
});
