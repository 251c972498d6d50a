import assert from 'node:assert/strict';
import type { ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { githubAnnotations } from '../../src/findings/annotations';
import { commentMark } from '../../src/findings/comment';
import { writers, type WriteContext, type WriterFormat } from '../../src/findings/formats';
import { report as schema, summarize, type FoundIssue, type Issue, type Report } from '../../src/protocol';
import { found } from '../integration/support/analyzers';
import { codeClimateShape, gitlabShape, rdjsonShape } from './support/reportShapes';

const context: WriteContext = { version: '1.2.3', lineOf: () => '', texts: new Map() };
const write = (format: WriterFormat, report: Report, more: Partial<WriteContext> = {}) =>
  writers[format](report, { ...context, ...more });
const read = (format: WriterFormat, report: Report): unknown => JSON.parse(write(format, report));

function reportOf(issues: readonly (FoundIssue & { fingerprint?: string })[], meta: Partial<Report['meta']> = {}) {
  const files = new Map<string, Issue[]>();
  for (const [at, issue] of issues.entries())
    files.set(issue.file, [...(files.get(issue.file) ?? []), { fingerprint: `f${at}`, ...issue }]);
  return schema.parse({
    job_id: 'j',
    meta: {
      tools: ['ast-grep'],
      repo: { source: 'path' },
      generated_at: '2026-01-02T03:04:05.678Z',
      duration_ms: 1500,
      analyzers: [{ id: 'ast-grep', status: 'completed', findings: 1, duration_ms: 3 }],
      ...meta,
    },
    summary: summarize(issues),
    files: [...files].map(([path, some]) => ({ path, issues: some })),
  });
}

const flow = [
  { file: 'src/b.js', line: 1, column: 2, message: 'Read', role: 'source' as const },
  { file: 'src/a.js', line: 3, column: 4, role: 'sink' as const },
];
const injection = found('src/a.js', 3, {
  title: 'SQL injection',
  severity: 'critical',
  cwe: ['CWE-89'],
  owasp: ['A03:2021'],
  help_url: 'https://example.com/a|b',
  suggestion: 'Bind it.',
  column: 4,
  end_line: 3,
  end_column: 9,
  flow,
});
const secret = found('src/c.js', 1, { type: 'secret', severity: 'high', rule_id: 'aws-key' });
const vulnerable = found('package.json', 7, {
  type: 'dependency',
  severity: 'medium',
  rule_id: 'GHSA-1',
  aliases: ['CVE-2020-1'],
  package: { ecosystem: 'npm', name: 'lodash', version: '4.0.0' },
});
const hidden = found('src/d.js', 2, {
  suppression: { kind: 'external', reason: 'A test <key>', by: null, expires: null, state: 'accepted' },
});
const gaps = [{ kind: 'unparsed', analyzer: 'ast-grep', reason: 'Not "parsed" & left', files: 1, examples: ['x.js'] }];
const all = reportOf([injection, secret, vulnerable, hidden], { coverage: { complete: false, gaps } });

function assertValid(validate: ValidateFunction, value: unknown): void {
  assert.ok(validate(value), JSON.stringify(validate.errors));
}

/** XML as events; throws where it is not well-formed. */
function xmlOf(text: string): { name: string; attributes: Record<string, string> }[] {
  const parser = new SaxesParser();
  const tags: { name: string; attributes: Record<string, string> }[] = [];
  parser.on('opentag', ({ name, attributes }) => tags.push({ name, attributes }));
  parser.on('error', (error) => {
    throw error;
  });
  parser.write(text).close();
  return tags;
}

interface GitlabReport {
  scan: { start_time: string; end_time: string; messages: { level: string; value: string }[] };
  vulnerabilities: { name: string; identifiers: { type: string; value: string }[]; location: object }[];
  dependency_files?: object[];
}

describe('report formats of CI services', () => {
  it('gitlab: times of any report are limited to years that the format can express', () => {
    for (const [meta, start, end] of [
      [{ duration_ms: 1e17 }, '0000-01-01T00:00:00', '2026-01-02T03:04:05'],
      [{ duration_ms: 1e14 }, '0000-01-01T00:00:00', '2026-01-02T03:04:05'],
      [{ generated_at: '+275760-09-13T00:00:00Z' }, '9999-12-31T23:59:59', '9999-12-31T23:59:59'],
      [{ generated_at: '-271821-04-20T00:00:00Z' }, '0000-01-01T00:00:00', '0000-01-01T00:00:00'],
      [{ generated_at: 'yesterday' }, '1970-01-01T00:00:00', '1970-01-01T00:00:00'],
    ] as const) {
      const report = reportOf([injection], meta);
      const document = read('gitlab-sast', report) as GitlabReport;
      assertValid(gitlabShape('sast'), document);
      assert.deepEqual([document.scan.start_time, document.scan.end_time], [start, end]);
    }
  });

  it('gitlab: three reports, each with its own findings, and one with all', () => {
    const named = (format: WriterFormat) =>
      (read(format, all) as GitlabReport).vulnerabilities.map(({ identifiers }) => identifiers[0]?.value);
    assert.deepEqual(named('gitlab-sast'), ['bad-line']);
    assert.deepEqual(named('gitlab-secrets'), ['aws-key']);
    assert.deepEqual(named('gitlab-dependencies'), ['GHSA-1']);
    assert.deepEqual(named('gitlab'), ['bad-line', 'aws-key', 'GHSA-1']);
    assertValid(gitlabShape('sast'), read('gitlab', all));
    assertValid(gitlabShape('sast'), read('gitlab-sast', all));
    assertValid(gitlabShape('secret_detection'), read('gitlab-secrets', all));
    const dependencies = read('gitlab-dependencies', all) as GitlabReport;
    assertValid(gitlabShape('dependency_scanning'), dependencies);
    const dependency = { package: { name: 'lodash' }, version: '4.0.0' };
    assert.deepEqual(dependencies.vulnerabilities[0]?.location, { file: 'package.json', dependency });
    assert.deepEqual(dependencies.dependency_files, [
      { path: 'package.json', package_manager: 'npm', dependencies: [dependency] },
    ]);
  });

  it('gitlab: includes the times, the gaps and what is suppressed', () => {
    const { scan } = read('gitlab-sast', all) as GitlabReport;
    assert.deepEqual([scan.start_time, scan.end_time], ['2026-01-02T03:04:04', '2026-01-02T03:04:05']);
    assert.deepEqual(scan.messages, [
      { level: 'warn', value: 'ast-grep: Not "parsed" & left (x.js)' },
      { level: 'info', value: 'Not listed: 1 suppressed.' },
    ]);
  });

  it('junit: a failed test for each open finding, a skipped one for anything suppressed or not scanned', () => {
    const tags = xmlOf(write('junit', all));
    const count = (name: string) => tags.filter((tag) => tag.name === name).length;
    const [root] = tags;
    assert.deepEqual([count('failure'), count('skipped'), count('testcase')], [3, 2, 6]);
    assert.deepEqual(
      [root?.attributes['tests'], root?.attributes['failures'], root?.attributes['time']],
      ['6', '3', '1.500'],
    );
    for (const { name, attributes } of tags)
      if (name === 'testcase') assert.ok(attributes['name'] && attributes['classname'], JSON.stringify(attributes));
    assert.ok(tags.some(({ attributes }) => attributes['message'] === 'suppressed: A test <key>'));
    assert.ok(tags.some(({ attributes }) => attributes['message'] === 'ast-grep: Not "parsed" & left (x.js)'));
  });

  it('junit: a report without findings says that its analyzers passed', () => {
    const tags = xmlOf(write('junit', reportOf([])));
    assert.deepEqual(
      tags.map(({ name }) => name),
      ['testsuites', 'testsuite', 'testcase'],
    );
  });

  it('codeclimate: open findings, each with a unique fingerprint', () => {
    const issues = read('codeclimate', all) as { fingerprint: string; severity: string }[];
    assertValid(codeClimateShape, issues);
    assert.deepEqual(
      issues.map(({ severity }) => severity),
      ['blocker', 'critical', 'major'],
    );
    assert.equal(new Set(issues.map(({ fingerprint }) => fingerprint)).size, 3);
  });

  it('rdjson: columns count bytes, and a fix is suggested if its lines are known', () => {
    const edits = [{ start: { line: 3, column: 4 }, end: { line: 3, column: 5 }, text: 'x' }];
    const report = reportOf([{ ...injection, fix: { edits } }]);
    const known = JSON.parse(write('rdjson', report, { lineOf: () => 'äö😀bcdefg' })) as {
      diagnostics: { location: object; suggestions?: object[] }[];
    };
    assertValid(rdjsonShape, known);
    assert.deepEqual(known.diagnostics[0]?.location, {
      path: 'src/a.js',
      range: { start: { line: 3, column: 8 }, end: { line: 3, column: 13 } },
    });
    assert.equal(known.diagnostics[0].suggestions?.length, 1);
    const unknown = read('rdjson', report) as typeof known;
    assertValid(rdjsonShape, unknown);
    assert.deepEqual(unknown.diagnostics[0]?.location, {
      path: 'src/a.js',
      range: { start: { line: 3 }, end: { line: 3 } },
    });
    assert.equal(unknown.diagnostics[0].suggestions, undefined);
  });

  it('comment: the worst first, short, and marked as ours', () => {
    const text = write('comment', all);
    assert.ok(text.startsWith(commentMark));
    assert.match(text, /^### CodeAgent Scanner: 1 critical, 1 high, 1 medium$/m);
    assert.match(
      text,
      /^\| critical \| \*\*\[SQL injection\]\(<https:\/\/example.com\/a%7Cb>\)\*\*: Bind it\. \| src\/a\.js\\:3 \|$/m,
    );
    assert.match(text, /Not everything was scanned.*1 gap/);
    const many = reportOf(Array.from({ length: 5000 }, (_, at) => found('a.js', at + 1, { message: 'x'.repeat(900) })));
    assert.match(write('comment', many), /And 4970 more/);
    assert.ok(write('comment', many).length < 65_536);
  });

  it('annotations: commands that GitHub reads, up to its limit', () => {
    const lines = githubAnnotations(all, 'web').split('\n');
    assert.match(
      lines[0] ?? '',
      /^::warning title=Not everything was scanned::ast-grep: Not "parsed" & left \(x.js\)$/,
    );
    assert.equal(
      lines[1],
      '::error file=web/src/a.js,line=3,col=4,endColumn=9,title=SQL injection (bad-line)::SQL injection: A bad line.%0ABind it.',
    );
    assert.equal(lines.length, 5);
    const many = reportOf(
      Array.from({ length: 30 }, (_, at) => found('a,b:c.js', at + 1, { message: '50%\r\n::error::x' })),
    );
    const shown = githubAnnotations(many, '').trimEnd().split('\n');
    assert.equal(shown.length, 10);
    for (const line of shown) assert.match(line, /^::error file=a%2Cb%3Ac\.js,.*50%25%0D%0A::error::x$/);
  });

  it('stay valid whatever a report contains', () => {
    const text = fc.string({
      unit: fc.constantFrom('\ud800', '\u0000', '\u001b', '<', ']]>', '&', '"', '\n', ':', ',', '|', '\ufffe', 'a'),
    });
    fc.assert(
      fc.property(text, text, text, (message, rule, reason) => {
        const odd = {
          message,
          rule_id: rule,
          suggestion: reason,
          title: reason,
          cwe: [rule],
          owasp: [rule],
          aliases: [rule],
        };
        const report = reportOf(
          [
            { ...injection, ...odd, end_line: 1 },
            { ...secret, ...odd, tool: '' },
            { ...vulnerable, ...odd, package: undefined },
            { ...hidden, suppression: { kind: '', reason, by: null, expires: null, state: 'accepted' } },
          ],
          {
            generated_at: reason,
            coverage: {
              complete: false,
              gaps: [{ ...gaps[0], kind: rule, reason: `x${reason}` }],
            } as Report['meta']['coverage'],
          },
        );
        assertValid(gitlabShape('sast'), read('gitlab', report));
        assertValid(gitlabShape('secret_detection'), read('gitlab-secrets', report));
        assertValid(gitlabShape('dependency_scanning'), read('gitlab-dependencies', report));
        if (rule !== '') assertValid(codeClimateShape, read('codeclimate', report));
        assertValid(rdjsonShape, read('rdjson', report));
        xmlOf(write('junit', report));
        for (const line of githubAnnotations(report, '').trimEnd().split('\n'))
          assert.match(line, /^::(error|warning|notice) /);
      }),
      { numRuns: 60 },
    );
  });
});
