import assert from 'node:assert/strict';
import { issue as schema, type Issue } from '../../src/protocol';
import { ignoreComment } from '../../src/store/ignoreComment';
import { shifted } from '../../src/store/lineShift';
import { isExpired, parseBaseline, stateOf, writeBaseline } from '../../src/store/suppressions';

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
    it(`stands right when ${what}`, () => assert.equal(shifted(10, 4, change), to));
  }
});

describe('the comment that ignores a finding', () => {
  it('is ast-grep’s own, in the language of the file', () => {
    const of = (file: string, rule = 'js-eval') =>
      ignoreComment(issue({ file, rule_id: rule }), '    eval(x);')?.before;
    assert.equal(of('a.js'), '    // ast-grep-ignore: js-eval');
    assert.equal(of('a.tsx'), '    // ast-grep-ignore: js-eval, js-eval.tsx');
    assert.equal(of('x/Dockerfile', 'bash-x'), '    # ast-grep-ignore: bash-x');
    assert.equal(of('a.html'), undefined);
  });

  it('is noqa for ruff, added to an existing one', () => {
    const of = (line: string) => ignoreComment(issue({ tool: 'ruff', rule_id: 'S602', file: 'a.py' }), line)?.line;
    assert.equal(of('run(x)  '), 'run(x)  # noqa: S602');
    assert.equal(of('run(x)  # noqa: E501'), 'run(x)  # noqa: E501, S602');
    assert.equal(of('run(x)  # noqa'), 'run(x)  # noqa');
  });

  it('covers each engine that reported it, and does not exist if one has none', () => {
    const both = ignoreComment(issue({ file: 'a.py', rule_id: 'py-x', also_found_by: ['ruff'] }), 'run(x)');
    assert.deepEqual(both, { before: '# ast-grep-ignore: py-x', line: 'run(x)  # noqa' });
    assert.equal(ignoreComment(issue({ tool: 'gitleaks' }), 'x'), undefined);
  });

  it('is that of ast-grep for flow and redos', () => {
    const of = (also: readonly string[]) =>
      ignoreComment(
        issue({ tool: 'flow', rule_id: 'py-flow-sql', file: 'a.py', also_found_by: [...also] }),
        '  run(x)',
      );
    assert.deepEqual(of([]), { before: '  # ast-grep-ignore', line: undefined });
    assert.deepEqual(of(['ruff']), { before: '  # ast-grep-ignore', line: '  run(x)  # noqa' });
  });

  it('is secretlint’s own for secrets, on a line before', () => {
    const of = (file: string, also: string[] = []) =>
      ignoreComment(issue({ tool: 'secretlint', file, also_found_by: also }), '  key = "x"');
    assert.deepEqual(of('a.ts'), { before: '  // secretlint-disable-next-line', line: undefined });
    assert.deepEqual(of('.env.local'), { before: '  # secretlint-disable-next-line', line: undefined });
    assert.deepEqual(of('a.json'), undefined);
    assert.deepEqual(of('a.py', ['ast-grep']), {
      before: '  # ast-grep-ignore',
      line: '  key = "x"  # secretlint-disable-line',
    });
  });

  it('omits a rule ID that would break out of the comment', () => {
    const made = ignoreComment(issue({ rule_id: 'x\nprocess.exit()' }), 'eval(x)');
    assert.equal(made?.before, '// ast-grep-ignore');
  });
});

describe('baseline and ignored rules', () => {
  it('decide which findings are open', () => {
    const decided = { rules: new Set(['js-log']), baseline: new Set(['f1']) };
    assert.equal(stateOf(issue({ rule_id: 'js-log', fingerprint: 'f1' }), decided), 'ignored');
    assert.equal(stateOf(issue({ fingerprint: 'f1' }), decided), 'known');
    assert.equal(stateOf(issue({ fingerprint: 'f2' }), decided), 'open');
    assert.equal(stateOf(issue({}), decided), 'open');
    const byFormerId = { rules: new Set(['php-xpath-ldap']), baseline: new Set<string>() };
    assert.equal(stateOf(issue({ rule_id: 'php-ldap-injection' }), byFormerId), 'ignored');
    assert.equal(stateOf(issue({ rule_id: 'php-xxe' }), byFormerId), 'open');
  });

  it('apply to a file, or a folder and below', () => {
    const ignored = (path: string, file: string, rule = 'js-eval') =>
      stateOf(issue({ file, rule_id: rule }), {
        rules: new Set(),
        inFiles: new Map([[path, new Set(['js-eval', 'php-xpath-ldap'])]]),
        baseline: new Set(),
      }) === 'ignored';
    assert.ok(ignored('src/a.js', 'src/a.js'));
    assert.ok(!ignored('src/a.js', 'src/a.jsx') && !ignored('src/a.js', 'lib/src/a.js'));
    assert.ok(ignored('src/', 'src/a.js') && ignored('src/', 'src/b/c.js'));
    assert.ok(!ignored('src/', 'src2/a.js') && !ignored('src', 'src/a.js') && !ignored('src/', 'a.js'));
    assert.ok(!ignored('src/', 'src/a.js', 'js-log'));
    assert.ok(ignored('src/', 'src/a.php', 'php-ldap-injection'), 'by its former id');
  });

  it('end with the day that an entry of the baseline names', () => {
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
    assert.deepEqual(parseBaseline(text), [entries[1], entries[0]]);
    assert.equal(text.split('\n').filter((line) => line.includes('fingerprint')).length, 2);
    assert.deepEqual(parseBaseline(writeBaseline([])), []);
  });

  it('report what is wrong with an invalid file', () => {
    assert.throws(() => parseBaseline('{'), /not JSON/);
    assert.throws(() => parseBaseline('{"version":2,"findings":[]}'), /version/);
  });
});
