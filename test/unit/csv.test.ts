import assert from 'node:assert/strict';
import { report as schema } from '../../src/protocol';
import { writeCsv } from '../../src/findings/csv';

const issue = {
  tool: 'ast-grep',
  type: 'security',
  message: 'Text',
  severity: 'high',
  file: 'a.js',
  line: 3,
  rule_id: 'js-rule',
};

function csv(...issues: object[]): string[] {
  const report = schema.parse({
    job_id: '1',
    meta: { tools: [], repo: { source: 'path' }, generated_at: '', duration_ms: 0 },
    summary: { critical: 0, high: issues.length, medium: 0, low: 0 },
    files: [{ path: 'a.js', issues }],
  });
  return writeCsv(report).split('\r\n');
}

describe('a report as CSV', () => {
  it('has a row for each finding', () => {
    const step = (line: number) => ({ file: 'b.js', line, role: 'source' });
    const fix = { title: 'Bind it', edits: [{ start: { line: 1, column: 1 }, end: { line: 1, column: 2 }, text: '' }] };
    const more = { title: 'SQL injection', flow: [step(1), step(2)], fix };
    const [head, row, end] = csv({ ...issue, cwe: ['CWE-89', 'CWE-90'], column: 7, ...more });
    assert.equal(
      head,
      'severity,title,file,line,column,rule,message,suggestion,cwe,owasp,confidence,analyzer,fingerprint,flow,fix,suppression',
    );
    assert.equal(
      row,
      'high,SQL injection,a.js,3,7,js-rule,Text,,CWE-89 CWE-90,,,ast-grep,,b.js:1 → b.js:2,Fix: Bind it,',
    );
    assert.equal(end, '');
  });

  it('quotes values, and keeps formulas as text', () => {
    assert.match(csv({ ...issue, message: 'say "a", b' })[1] ?? '', /,"say ""a"", b",/);
    for (const message of ['=HYPERLINK("x")', '+1', '-1', '@SUM(A1)'])
      assert.ok((csv({ ...issue, message })[1] ?? '').includes(`'${message.slice(0, 2)}`), message);
  });
});
