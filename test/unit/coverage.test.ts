import assert from 'node:assert/strict';
import type { Gap, Report } from '../../src/protocol';
import { reportAsText } from '../../src/commandLine/text';
import { gapLine, Gaps, nothingFound, withGaps } from '../../src/findings/coverage';
import { writeCsv } from '../../src/findings/csv';
import { writeHtml } from '../../src/findings/html';
import { renderMarkdown } from '../../src/findings/markdown';

const gap: Gap = {
  kind: 'unparsed',
  analyzer: 'ast-grep',
  reason: 'Not parsed.',
  files: 2,
  examples: ['a.js', 'b.js'],
};

function report(gaps: Gap[], partial = false): Report {
  return {
    job_id: 'j',
    meta: {
      tools: ['ast-grep'],
      repo: { source: 'path', url: '/shop', ref: null, commit: null },
      generated_at: '2026-01-01T00:00:00Z',
      duration_ms: 1000,
      labels: [],
      analyzers: [
        { id: 'ast-grep', version: '1', status: 'failed', reason: 'Not parsed.', findings: 0, duration_ms: 1 },
      ],
      files_scanned: 3,
      coverage: { complete: gaps.length === 0, gaps },
      ...(partial && { partial }),
    },
    summary: { critical: 0, high: 0, medium: 0, low: 0 },
    files: [],
  };
}

describe('gaps as text', () => {
  it('of the same kind, analyzer and reason are combined, with each file once', () => {
    const gaps = new Gaps();
    gaps.add('unparsed', 'ast-grep', 'Not parsed.', ['b.js', 'a.js']);
    gaps.add('unparsed', 'ast-grep', 'Not parsed.', ['a.js']);
    gaps.add('unparsed', 'ruff', 'Not parsed.');
    assert.deepEqual(gaps.coverage, {
      complete: false,
      gaps: [gap, { kind: 'unparsed', analyzer: 'ruff', reason: 'Not parsed.', files: 0, examples: [] }],
    });
  });

  it('are one line each: who, why, how many files and some of them', () => {
    assert.equal(gapLine(gap), 'ast-grep: Not parsed. (a.js, b.js)');
    assert.equal(gapLine({ ...gap, files: 9 }), 'ast-grep: Not parsed. (9 files, such as a.js, b.js)');
    assert.equal(gapLine({ ...gap, analyzer: null, files: 1, examples: [] }), 'Not parsed. (1 file)');
    assert.equal(gapLine({ ...gap, files: 0, examples: [] }), 'ast-grep: Not parsed.');
  });

  it('keep a report without findings from claiming that there are no findings', () => {
    assert.equal(nothingFound(report([])), 'No findings.');
    assert.equal(nothingFound(report([gap])), 'No findings in what was scanned; 1 gap.');
    assert.equal(nothingFound(report([], true)), 'No findings before the scan ended early.');
  });

  it('that only the client knows come before those of the service', () => {
    const mine = { ...gap, analyzer: null, kind: 'over_limit' };
    assert.deepEqual(withGaps(report([gap]), [mine]).meta.coverage, { complete: false, gaps: [mine, gap] });
    const whole = report([]);
    assert.equal(withGaps(whole, []), whole);
  });

  it('are in every format, if there are any', () => {
    const formats = { text: (one: Report) => reportAsText(one, 'shop'), renderMarkdown, writeHtml, writeCsv };
    const hostile = { ...gap, reason: 'Odd <b>[x](y)</b>\u001b[2J.', files: 7, examples: ['=1+1.js'] };
    for (const [name, write] of Object.entries(formats)) {
      const text = write(report([gap]));
      assert.match(text.replaceAll('\\', ''), /Not parsed\..*a\.js, b\.js/, name);
      assert.doesNotMatch(text, /[Nn]o issues(?! in what was scanned)/, name);
      assert.doesNotMatch(write(report([])).replace(/<style>[^]*<\/style>/, ''), /gap|not everything/i, name);
      assert.doesNotMatch(write(report([hostile])), name === 'writeCsv' ? /^=|,=/m : /\u001b/, name);
    }
    for (const write of [renderMarkdown, writeHtml]) assert.doesNotMatch(write(report([hostile])), /<b>/);
    assert.equal(
      writeCsv(report([gap])).split('\r\n')[1],
      'gap,,a.js,,,unparsed,"Not parsed. (a.js, b.js)",,,,,ast-grep,,,,',
    );
    assert.match(
      reportAsText(report([gap]), 'shop'),
      /^shop: no findings in what was scanned in 3 files, 1\.0 s; 1 gap$/m,
    );
  });
});
