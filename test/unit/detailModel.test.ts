import assert from 'node:assert/strict';
import { FileText } from '../../src/base/fileText';
import { writeFinding } from '../../src/findings/markdown';
import { issue as schema, type Issue } from '../../src/protocol';
import { detailModel } from '../../src/protocol/detailPanel';
import type { Finding } from '../../src/store/findings';
import { detailModelOf, pathsOf, type DetailSource } from '../../src/ui/detail/model';

const source = "query = request.args['q']\nrun(f'select {query}')\n";

function issue(part: object = {}): Issue {
  return schema.parse({
    tool: 'flow',
    type: 'security',
    title: 'SQL injection',
    message: 'A query is put together from request data.',
    severity: 'high',
    file: 'b.py',
    line: 2,
    rule_id: 'py-flow-sql',
    snippet: "run(f'select {query}')",
    fingerprint: 'f1',
    ...part,
  });
}

const file = (now: FileText, scanned = now) => ({ now, scanned, counted: scanned, isUnsure: false });

function model(part: object = {}, more: Partial<Finding> = {}, rest: Partial<DetailSource> = {}) {
  const finding: Finding = {
    id: 'j:0',
    job: 'j',
    source: 's',
    folder: '/w',
    issue: issue(part),
    state: 'open',
    ...more,
  };
  const text = new FileText(source);
  const made = detailModelOf({
    finding,
    fileOf: (path) => (path === 'b.py' ? file(text) : undefined),
    examples: { bad: '', good: '' },
    reason: undefined,
    gone: false,
    isTrusted: true,
    ...rest,
  });
  // The webview parses it.
  return detailModel.parse(made);
}

const flow = [
  { file: 'b.py', line: 1, column: 9, message: 'Comes from the request', role: 'source' },
  { file: 'gone.py', line: 9, role: 'propagator' },
  { file: 'b.py', line: 2, message: 'Runs as SQL', role: 'sink' },
];

describe('the detail of a finding', () => {
  it('says what it is, where and why', () => {
    const { title, facts, place, notes, snippet, can } = model({ confidence: 'medium' });
    assert.equal(title, 'SQL injection');
    assert.deepEqual(facts, ['High', 'medium confidence', 'py-flow-sql', 'flow']);
    assert.equal(place, 'b.py:2');
    assert.deepEqual(notes, []);
    assert.equal(snippet, "run(f'select {query}')");
    assert.deepEqual(can, {
      baseline: true,
      ignoreHere: true,
      ignoreRule: true,
      ignoreInFolder: false,
      restore: false,
      explainDecision: false,
    });
    assert.ok(model({ file: 'a/b.py' }).can.ignoreInFolder, 'as the lightbulb');
  });

  it('shows the steps of a flow with their code', () => {
    const shown = model({ flow }).flow;
    assert.deepEqual(
      shown.map(({ roleText, place, code }) => [roleText, place, code]),
      [
        ['Source', 'b.py:1', "query = request.args['q']"],
        ['Step', 'gone.py:9', ''],
        ['Sink', 'b.py:2', "run(f'select {query}')"],
      ],
    );
    assert.deepEqual(pathsOf(issue({ flow })), ['b.py', 'b.py', 'gone.py', 'b.py']);
  });

  it('shows the steps where their lines are now', () => {
    const now = new FileText(`import os\n\n${source.replace("run(f'select {query}')", "run(f'SELECT {query}')")}`);
    const shown = model(
      { flow },
      {},
      { fileOf: (path) => (path === 'b.py' ? file(now, new FileText(source)) : undefined) },
    );
    assert.deepEqual(
      shown.flow.map(({ place, code }) => [place, code]),
      [
        ['b.py:3', "query = request.args['q']"],
        ['gone.py:9', ''],
        ['b.py:2 (changed since the scan)', "run(f'select {query}')"],
      ],
    );
  });

  it('says which steps may be on other lines', () => {
    const now = new FileText(`import os\n${source}`);
    const unsure = { now, scanned: undefined, counted: now, isUnsure: true };
    const shown = model({ flow }, {}, { fileOf: (path) => (path === 'b.py' ? unsure : undefined) });
    assert.equal(shown.flowNote, 'b.py has changed since the scan: its steps may be on other lines now.');
    assert.equal(shown.flow.at(-1)?.place, 'b.py:3', 'the own line is known by its code');
  });

  it('says which of the findings on its line it is', () => {
    assert.equal(model({}, {}, { here: { index: 0, count: 1 } }).here, null);
    assert.deepEqual(model({}, {}, { here: { index: 1, count: 2 } }).here, { index: 1, count: 2 });
  });

  it('says why a fix of an imported report is not offered', () => {
    const edits = [{ start: { line: 1, column: 1 }, end: { line: 1, column: 6 }, text: 'text' }];
    const now = new FileText(source);
    const shown = model(
      { fix: { edits } },
      {},
      { fileOf: () => ({ now, scanned: undefined, counted: now, isUnsure: false }) },
    );
    assert.equal(shown.fix?.canApply, false);
    assert.equal(
      shown.fix.note,
      'It cannot be applied: the imported report does not say which version of b.py was scanned.',
    );
  });

  it("shows a tool's help as text and links to the web", () => {
    const help =
      '# SQL *injection*\nA query `a_b` from [data](https://example.org/a_(b)) is **bad**,\nsee [x](javascript:alert(1)).\n\n- one\n- two ![img](https://evil.example/a.png)\n\n```python\n# <b>code</b>\n  run()\n```\n<img src=x onerror=alert(1)>\u202e';
    assert.deepEqual(model({}, {}, { help }).help, [
      { kind: 'heading', parts: [{ text: 'SQL injection' }] },
      {
        kind: 'text',
        parts: [
          { text: 'A query ' },
          { text: 'a_b', code: true },
          { text: ' from ' },
          { text: 'data', url: 'https://example.org/a_(b)' },
          { text: ' is bad, see ' },
          { text: 'x' },
          { text: '.' },
        ],
      },
      { kind: 'item', parts: [{ text: 'one' }] },
      { kind: 'item', parts: [{ text: 'two img' }] },
      { kind: 'code', parts: [{ text: '# <b>code</b>\n  run()' }] },
      { kind: 'text', parts: [{ text: '<img src=x onerror=alert(1)>\ufffd' }] },
    ]);
    const long = model({}, {}, { help: '[`(**<'.repeat(100_000) }).help;
    assert.ok(long.flatMap(({ parts }) => parts).reduce((sum, { text }) => sum + text.length, 0) <= 20_000);
  });

  it('says how many steps are left out', () => {
    const long = model({ flow: Array.from({ length: 230 }, () => flow[0]) });
    assert.equal(long.flow.length, 200);
    assert.equal(long.flowNote, '30 more steps are not shown.');
  });

  it('shows the fix as a diff, and whether it can be applied', () => {
    const edits = [{ start: { line: 2, column: 5 }, end: { line: 2, column: 22 }, text: "'select ?', query" }];
    const shown = model({ fix: { title: 'Pass parameters', edits, safe: false } }).fix;
    assert.ok(shown?.canApply);
    assert.equal(shown.note, 'It may change what the code does.');
    assert.deepEqual(shown.files, [
      {
        path: 'b.py',
        rows: [
          { kind: 'same', text: "query = request.args['q']" },
          { kind: 'removed', text: "run(f'select {query}')" },
          { kind: 'added', text: "run('select ?', query)" },
        ],
      },
    ]);
    const other = new FileText(source.replace('select', 'SELECT'));
    const scanned = new FileText(source);
    const changed = model({ fix: { edits } }, {}, { fileOf: () => file(other, scanned) });
    assert.equal(changed.fix?.canApply, false);
    assert.match(changed.fix.note, /^It cannot be applied/);
    assert.deepEqual(changed.fix.files[0]?.rows, [{ kind: 'added', text: "'select ?', query" }]);
    assert.deepEqual(changed.notes, ['The code has changed since the scan.']);
  });

  it('masks secrets in code that the scan did not show', () => {
    const token = ['ghp', '_x7Kq2LmN8pRt4VwY6zBc1DfG3hJk5MnP7qRs'].join('');
    const text = new FileText(`use('${token}')\nuse('${token}', 1)\n`);
    const edits = [{ start: { line: 2, column: 1 }, end: { line: 2, column: 4 }, text: 'call' }];
    const shown = model(
      { flow: [{ file: 'b.py', line: 1, role: 'source' }], fix: { edits }, snippet: undefined, line: 2 },
      {},
      { fileOf: () => file(text) },
    );
    const all = JSON.stringify(shown);
    assert.ok(!all.includes(token.slice(6, 30)), all);
    assert.match(shown.flow[0]?.code ?? '', /^use\('/);
    assert.equal(shown.fix?.files[0]?.rows.length, 3);
  });

  it('makes hostile text plain and short', () => {
    const evil = '<img src=x onerror=alert(1)>\u202e\u0007';
    const shown = model({
      title: evil,
      message: `${evil}${'x'.repeat(1_000_000)}`,
      rule_id: evil.repeat(50),
      suggestion: evil,
      flow: [{ file: `a/${evil}`, line: 1, message: evil.repeat(1000), role: 'sink' }],
      fix: { title: evil, edits: [{ start: { line: 1, column: 1 }, end: { line: 1, column: 1 }, text: evil }] },
      cwe: ['CWE-89', 'CWE-1"><script>', 'x'],
      help_url: 'javascript:alert(1)',
    });
    const all = JSON.stringify(shown);
    assert.doesNotMatch(all, /[\u202e\u0007]|javascript:/);
    assert.ok(all.length < 20_000);
    assert.deepEqual(shown.links, [
      { text: 'CWE-89: SQL injection', url: 'https://cwe.mitre.org/data/definitions/89.html' },
    ]);
  });

  it('says what has been decided, and why', () => {
    const known = model({}, { state: 'known' }, { reason: 'Only admins' });
    assert.deepEqual(known.notes, ['In the baseline: Only admins']);
    assert.deepEqual(known.can, {
      baseline: false,
      ignoreHere: false,
      ignoreRule: false,
      ignoreInFolder: false,
      restore: true,
      explainDecision: true,
    });
    const decision = { kind: 'inSource', reason: 'Checked', by: null, expires: null, file: 'b.py', line: 1 };
    const suppressed = model({}, { state: 'ignored', decision: { ...decision, state: 'accepted' } });
    assert.deepEqual(suppressed.notes, ['Ignored: Checked', 'Decided in b.py:1.']);
    assert.equal(suppressed.can.restore, false, 'a comment says so, not a setting');
    assert.deepEqual(model({}, {}, { gone: true }).notes, ['The latest scan no longer finds this.']);
    assert.deepEqual(model({}, {}, { isTrusted: false }).can, {
      baseline: false,
      ignoreHere: true,
      ignoreRule: false,
      ignoreInFolder: false,
      restore: false,
      explainDecision: false,
    });
  });

  it('shows as much as possible of code that is elsewhere', () => {
    const shown = model({ flow }, { folder: undefined }, { fileOf: () => undefined });
    assert.equal(shown.canOpen, false);
    assert.deepEqual(shown.notes, ['Its code is not open in this window.']);
    assert.equal(shown.flow.at(-1)?.code, "run(f'select {query}')");
  });

  it('is copied as Markdown in which nothing is markup', () => {
    const edits = [{ start: { line: 2, column: 1 }, end: { line: 2, column: 1 }, text: '~~~\nx' }];
    const text = writeFinding(issue({ flow, fix: { edits }, message: '[x](command:evil) <b>', cwe: ['CWE-89'] }));
    assert.match(text, /^### SQL injection\n\nb\.py\\:2 · high · py\\-flow\\-sql · CWE\\-89\n/);
    assert.match(text, /\n1\. source b\.py\\:1\\: Comes from the request\n2\. /);
    assert.match(text, /\n~~~~\n~~~\nx\n~~~~\n/);
    assert.doesNotMatch(text, /\]\(command|<b>/);
  });
});
