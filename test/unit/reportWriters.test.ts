import assert from 'node:assert/strict';
import fc from 'fast-check';
import { reportAsText } from '../../src/commandLine/text';
import { report as reportSchema, type Report } from '../../src/protocol';
import { writeCsv } from '../../src/findings/csv';
import { writeHtml } from '../../src/findings/html';
import { escapeMarkdown, writeMarkdown } from '../../src/findings/markdown';
import { writeSarif } from '../../src/findings/sarif';
import { found } from '../integration/support/analyzers';

const evil = `</pre><script>alert(1)</script> "onload='x' [a](javascript:b) | \`c\` <img src=x onerror=y>`;

function report(text = evil): Report {
  const issue = found('src/a b#1.js', 3, {
    tool: 'ast-grep',
    message: text,
    suggestion: text,
    snippet: text,
    rule_id: 'js/<b>',
    cwe: ['CWE-79'],
    owasp: ['A03:2021'],
    help_url: 'javascript:alert(1)',
    column: 2,
    end_line: 3,
    end_column: 9,
  });
  return {
    job_id: 'j',
    meta: {
      tools: ['ast-grep'],
      repo: { source: 'path', url: `/x/${text}`, ref: null, commit: null },
      generated_at: '2026-01-02T03:04:05.000Z',
      duration_ms: 1234,
      labels: [],
      analyzers: [
        { id: 'ast-grep', version: '1', status: 'completed', reason: null, findings: 1, duration_ms: 9 },
        { id: 'ruff', version: null, status: 'failed', reason: text, findings: 0, duration_ms: 9 },
      ],
      files_scanned: 3,
      files_skipped: { binary: 2 },
    },
    summary: { critical: 0, high: 1, medium: 0, low: 0 },
    files: [{ path: issue.file, issues: [{ ...issue, fingerprint: 'f' }] }],
  };
}

describe('report writers', () => {
  it('html: loads nothing, runs nothing, whatever the code says', () => {
    const html = writeHtml(report());
    assert.equal(/<script|<img|javascript:[^b]|onload=.x/i.test(html.replace(/&#39;|&quot;/g, '')), false);
    assert.match(html, /default-src 'none'/);
    assert.equal(html.includes('href='), false);
    assert.match(html, /a b#1\.js/);
  });

  it('html: no text of a report becomes a tag', () => {
    const tags = (html: string) => html.match(/<[a-z!/][^>]*>/gi)?.length;
    const plain = tags(writeHtml(report('x')));
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', '/', '!', '-', ' ', '=') }),
        (text) => {
          assert.equal(tags(writeHtml(report(`x${text}`))), plain);
        },
      ),
    );
  });

  it('shows control characters and those that turn the direction of writing, and takes a megabyte', () => {
    const text = `\u202eevil\u2066\u0000\u001b[31m\u0007 ${'x'.repeat(1_000_000)}`;
    for (const written of [writeHtml(report(text)), writeMarkdown(report(text))]) {
      assert.doesNotMatch(written, /[\u202a-\u202e\u2066-\u2069\u0000\u0007\u001b]/);
      assert.match(written, /\ufffdevil\ufffd/);
    }
  });

  it('tell a suppressed finding from an open one, and how many there are', () => {
    const one = report('Text');
    const [file] = one.files;
    const [issue] = file?.issues ?? [];
    assert.ok(file && issue);
    const having = (suppression: object): Report =>
      reportSchema.parse({
        ...one,
        summary: { critical: 0, high: 0, medium: 0, low: 0 },
        files: [{ ...file, issues: [{ ...issue, suppression: { kind: 'external', ...suppression } }] }],
      });
    const text = (given: Report) => reportAsText(given, 'shop');
    const accepted = having({ reason: 'Test <data>, \u001b[2Jonly' });
    assert.match(text(accepted), /high +Text .*\(suppressed: Test <data>, .*only\)$/m);
    assert.match(text(accepted), /^shop: no open issues, 1 suppressed in 3 files/m);
    assert.match(writeMarkdown(accepted), /\*\*high\*\*, line 3: Text .* \\\(suppressed\\: Test .*only\\\)$/m);
    assert.match(writeMarkdown(accepted), /^Not counted: 1 suppressed\.$/m);
    assert.match(writeHtml(accepted), /<strong>Text<\/strong> \(suppressed: Test &lt;data&gt;, .*only\)/);
    assert.match(writeHtml(accepted), /Not counted: 1 suppressed\./);
    assert.match(writeCsv(accepted), /,f,"suppressed: Test <data>, [^"]*only"\r\n/);
    assert.doesNotMatch(text(accepted), /\u001b/);
    assert.match(text(having({})), /\(suppressed\)$/m);
    for (const write of [text, writeMarkdown, writeHtml])
      for (const open of [one, having({ state: 'rejected' }), having({ state: 'underReview' })])
        assert.doesNotMatch(write(open).replace(/<style>[^]*<\/style>/, ''), /suppressed/);
    assert.doesNotMatch(writeCsv(one).split('\r\n')[1] ?? '', /suppressed/);
  });

  it('markdown: text stays text', () => {
    const md = writeMarkdown(report());
    assert.equal(/(^|[^\\])<(script|img|\/pre)/.test(md), false);
    assert.equal(/[^\\]\]\(javascript/.test(md), false);
    assert.equal(md.includes('Learn more'), false);
    assert.equal(escapeMarkdown('a\n# b|c'), 'a \\# b\\|c');
    for (const line of md.split('\n').filter((l) => l.startsWith('|')))
      assert.ok([6, 7].includes(line.split(/(?<!\\)\|/).length) || line.split(/(?<!\\)\|/).length === 6, line);
  });

  it('sarif: one run an analyzer, with what code hosts read', () => {
    const log = writeSarif(report());
    assert.equal(log.version, '2.1.0');
    assert.deepEqual(
      log.runs.map((run) => [run.tool.driver.name, run.invocations?.[0]?.executionSuccessful, run.results?.length]),
      [
        ['ast-grep', true, 1],
        ['ruff', false, 0],
      ],
    );
    const result = log.runs[0]!.results![0]!;
    assert.equal(result.level, 'error');
    assert.deepEqual(result.locations?.[0]?.physicalLocation?.artifactLocation?.uri, 'src/a%20b%231.js');
    assert.deepEqual(result.locations[0].physicalLocation.region?.startColumn, 2);
    const rule = log.runs[0]!.tool.driver.rules![0]!;
    assert.equal(rule.helpUri, undefined);
    assert.deepEqual(rule.properties?.tags, ['security', 'external/cwe/cwe-079', 'A03:2021']);
    assert.deepEqual(result.partialFingerprints, { 'codeagent/v1': 'f' });
  });
});
