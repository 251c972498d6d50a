import assert from 'node:assert/strict';
import fc from 'fast-check';
import { reportAsText } from '../../src/commandLine/text';
import { report as reportSchema, type Report } from '../../src/protocol';
import { writeCsv } from '../../src/findings/csv';
import { writeHtml } from '../../src/findings/html';
import { escapeMarkdown, renderMarkdown } from '../../src/findings/markdown';
import { readSarif } from '../../src/findings/readSarif';
import { writeSarif } from '../../src/findings/sarif';
import { found } from '../integration/support/analyzers';

const evil = `</pre><script>alert(1)</script> "onload='x' [a](javascript:b) | \`c\` <img src=x onerror=y>`;

function report(text = evil): Report {
  const issue = found('src/a b#1.js', 3, {
    tool: 'ast-grep',
    // As long as it is a title at all.
    ...(text.length < 80 && { title: `Title ${text}` }),
    flow: [
      { file: 'src/a b#1.js', line: 1, message: text, role: 'source' },
      { file: 'src/a b#1.js', line: 3, message: text, role: 'sink' },
    ],
    fix: { title: text, edits: [{ start: { line: 3, column: 1 }, end: { line: 3, column: 2 }, text }], safe: false },
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
  it('html: loads nothing and runs nothing, whatever the code contains', () => {
    const html = writeHtml(report());
    assert.equal(/<script|<img|javascript:[^b]|onload=.x/i.test(html.replace(/&#39;|&quot;/g, '')), false);
    assert.match(html, /default-src 'none'/);
    assert.equal(html.includes('href='), false);
    assert.match(html, /a b#1\.js/);
  });

  it('html: no text in a report becomes a tag', () => {
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

  it('shows control and bidirectional characters, and handles a megabyte', () => {
    const text = `\u202eevil\u2066\u0000\u001b[31m\u0007 ${'x'.repeat(1_000_000)}`;
    for (const written of [writeHtml(report(text)), renderMarkdown(report(text))]) {
      assert.doesNotMatch(written, /[\u202a-\u202e\u2066-\u2069\u0000\u0007\u001b]/);
      assert.match(written, /\ufffdevil\ufffd/);
    }
  });

  it('distinguish suppressed findings from open ones, and count them', () => {
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
    assert.match(text(accepted), /high +Title Text: Text .*\(suppressed: Test <data>, .*only\)$/m);
    assert.match(text(accepted), /^shop: no open findings, 1 suppressed in 3 files/m);
    assert.match(
      renderMarkdown(accepted),
      /- \*\*Title Text\*\*, high, line 3: Text .* \\\(suppressed\\: Test .*only\\\)$/m,
    );
    assert.match(renderMarkdown(accepted), /^Not counted: 1 suppressed\.$/m);
    assert.match(writeHtml(accepted), /<strong>Title Text<\/strong> \(suppressed: Test &lt;data&gt;, .*only\)/);
    assert.match(writeHtml(accepted), /Not counted: 1 suppressed\./);
    assert.match(writeCsv(accepted), /,"suppressed: Test <data>, [^"]*only"\r\n/);
    assert.doesNotMatch(text(accepted), /\u001b/);
    assert.match(text(having({})), /\(suppressed\)$/m);
    for (const write of [text, renderMarkdown, writeHtml])
      for (const open of [one, having({ state: 'rejected' }), having({ state: 'underReview' })])
        assert.doesNotMatch(write(open).replace(/<style>[^]*<\/style>/, ''), /suppressed/);
    assert.doesNotMatch(writeCsv(one).split('\r\n')[1] ?? '', /suppressed/);
  });

  it('markdown: text stays text', () => {
    const md = renderMarkdown(report());
    assert.equal(/(^|[^\\])<(script|img|\/pre)/.test(md), false);
    assert.equal(/[^\\]\]\(javascript/.test(md), false);
    assert.equal(md.includes('Learn more'), false);
    assert.equal(escapeMarkdown('a\n# b|c'), 'a \\# b\\|c');
    for (const line of md.split('\n').filter((l) => l.startsWith('|')))
      assert.ok([6, 7].includes(line.split(/(?<!\\)\|/).length) || line.split(/(?<!\\)\|/).length === 6, line);
  });

  it('sarif: one run per analyzer, with what code hosts read', () => {
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
    assert.equal(log.runs[0]!.tool.driver.informationUri, 'https://ast-grep.github.io/');
    assert.equal(rule.fullDescription?.text, evil);
    assert.match(rule.help?.markdown ?? '', /\[CWE-79\]\(https:\/\/cwe\.mitre\.org\/data\/definitions\/79\.html\)$/);
    assert.doesNotMatch(rule.help?.markdown ?? '', /(^|[^\\])<(script|img)|[^\\]\]\(javascript/);
    const [taxonomy] = log.runs[0]!.taxonomies ?? [];
    assert.deepEqual([taxonomy?.name, taxonomy?.taxa?.map(({ id }) => id)], ['CWE', ['79']]);
    assert.deepEqual(rule.relationships?.[0]?.target, { id: '79', index: 0, toolComponent: { name: 'CWE', index: 0 } });
    assert.deepEqual(
      result.codeFlows?.[0]?.threadFlows[0]?.locations.map(({ kinds }) => kinds),
      [['source'], ['sink']],
    );
    assert.deepEqual(result.fixes?.[0]?.artifactChanges[0]?.replacements[0]?.deletedRegion, {
      startLine: 3,
      startColumn: 1,
      endLine: 3,
      endColumn: 2,
    });
  });

  it('say which findings are rated lower because of their files’ purpose', () => {
    const one = report('Text');
    const lowered = [
      { purpose: 'test', findings: 7, examples: ['test/<a>.js', 'test/b.js'] },
      { purpose: 'documentation', findings: 1, examples: ['docs/c.md'] },
      { purpose: 'vendored', findings: 2, examples: [] },
    ];
    const given: Report = { ...one, meta: { ...one.meta, lowered } };
    const line =
      'Rated lower: 7 findings in tests (such as test/<a>.js, test/b.js); 1 finding in documentation (docs/c.md); 2 findings in vendored files.';
    assert.ok(reportAsText(given, 'shop').split('\n').includes(line));
    assert.ok(renderMarkdown(given).split('\n').includes(escapeMarkdown(line)));
    assert.ok(writeHtml(given).includes(`<p>${line.replace('<a>', '&lt;a&gt;')}</p>`));
    const log = writeSarif(given);
    const notes = log.runs.flatMap((run) =>
      (run.invocations ?? []).flatMap((one) => one.toolExecutionNotifications ?? []),
    );
    assert.deepEqual(
      notes.filter(({ level }) => level === 'note').map(({ message }) => message.text),
      [line],
    );
    // Ratings that were lowered do not become gaps when the log is read again.
    const read = readSarif(JSON.stringify(log), { placed: ({ name }) => name, textOf: () => undefined });
    assert.deepEqual(read.meta?.lowered, lowered);
    assert.ok(!read.gaps.all.some(({ reason }) => reason.includes('Rated lower')));
    for (const none of [[], undefined]) {
      const plain: Report = { ...one, meta: { ...one.meta, lowered: none } };
      for (const text of [reportAsText(plain, 's'), renderMarkdown(plain), writeHtml(plain)])
        assert.doesNotMatch(text, /Rated lower/);
      assert.equal(writeSarif(plain).runs.length, 2);
    }
  });

  it('start with a summary and the worst findings, with flow and fix', () => {
    const one = report('Text');
    const [file] = one.files;
    const [issue] = file?.issues ?? [];
    assert.ok(file && issue);
    const as = (title: string, part: object) => ({ ...issue, title, ...part });
    const several: Report = {
      ...one,
      files: [
        { path: 'a.js', issues: [as('Third', { severity: 'low' })] },
        { path: 'b.js', issues: [as('Second', { confidence: 'low' }), as('First', { line: 9, confidence: 'high' })] },
      ],
    };
    for (const written of [
      reportAsText(several, 's'),
      renderMarkdown(several),
      writeHtml(several),
      writeCsv(several),
    ]) {
      const at = ['First', 'Second', 'Third'].map((title) => written.indexOf(title));
      assert.deepEqual(
        at,
        at.toSorted((a, b) => a - b),
        written,
      );
      assert.ok(!at.includes(-1));
    }
    assert.match(renderMarkdown(one), /^  1\. source src\/a b\\#1\.js\\:1\\: Text$/m);
    assert.match(writeHtml(one), /<ol><li>source src\/a b#1\.js:1: Text<\/li><li>sink/);
    assert.match(
      writeHtml(one),
      /Fix: Text \(may change what the code does\)<\/p><p class="meta">src\/a b#1\.js, line 3: replace column 1 to column 2 with<\/p><pre class="diff"><ins>\+ Text<\/ins><\/pre>/,
    );
  });

  it('html: show a fix as a diff where the code is known, without its secrets', () => {
    const one = report('Text');
    const key = ['AKIA', 'Q7RZ4LMK9W2X8V5T'].join('');
    const text = `import os\nkey = "${key}"\nrun(<cmd>)\nend()\n`;
    const [issue] = one.files[0]?.issues ?? [];
    assert.ok(issue);
    const fix = {
      edits: [
        { start: { line: 1, column: 1 }, end: { line: 1, column: 1 }, text: 'import safe\n' },
        { start: { line: 3, column: 1 }, end: { line: 3, column: 4 }, text: 'safe.run' },
      ],
    };
    const fixed = { ...one, files: [{ path: issue.file, issues: [{ ...issue, fix }] }] };
    const html = writeHtml(fixed, { texts: new Map([[issue.file, text]]) });
    assert.match(html, /<p class="meta">src\/a b#1\.js, line 1<\/p><pre class="diff">/);
    for (const line of [
      '<ins>+ import safe</ins>',
      '<del>- run(&lt;cmd&gt;)</del>',
      '<ins>+ safe.run(&lt;cmd&gt;)</ins>',
    ])
      assert.ok(html.includes(line), html);
    assert.ok(html.includes('import os') && !html.includes(key));
    // Places that lie apart are named one by one.
    const long = `${text}${'more()\n'.repeat(20)}end()\n`;
    const apart = {
      edits: [...fix.edits, { start: { line: 25, column: 1 }, end: { line: 25, column: 4 }, text: 'stop' }],
    };
    const both = writeHtml(
      { ...one, files: [{ path: issue.file, issues: [{ ...issue, fix: apart }] }] },
      { texts: new Map([[issue.file, long]]) },
    );
    assert.deepEqual(
      [...both.matchAll(/#1\.js, line (\d+)<\/p><pre class="diff">/g)].map(([, line]) => line),
      ['1', '25'],
    );
    // A file that is another now.
    assert.match(writeHtml(fixed, { texts: new Map([[issue.file, 'x']]) }), /line 1: insert/);
  });

  it('html: show the latest scans, and how the page is printed', () => {
    const scan = (when: string, high: number, isThis: boolean) => ({
      when,
      summary: { critical: 0, high, medium: 1, low: 0 },
      isThis,
    });
    const html = writeHtml(report('Text'), { trend: [scan('<Monday>', 4, false), scan('Tuesday', 1, true)] });
    assert.match(html, /<th scope="row">&lt;Monday&gt;<\/th><td>0<\/td><td>4<\/td><td>1<\/td><td>0<\/td><td>5 <svg/);
    assert.match(html, /Tuesday \(this report\)/);
    assert.match(html, /@media print\{:root\{color-scheme:light\}/);
    assert.doesNotMatch(writeHtml(report('Text'), { trend: [scan('Tuesday', 1, true)] }), /Latest scans/);
  });
});
