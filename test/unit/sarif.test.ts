import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv from 'ajv';
import fc from 'fast-check';
import { report as reportSchema, summarize, type Issue, type Report } from '../../src/protocol';
import { formats } from '../../src/findings/formats';
import { importSarif, noFile, type Imported } from '../../src/findings/importSarif';
import { readSarif } from '../../src/findings/readSarif';

const root = resolve(__dirname, '../../..');

/** The official schema; ajv knows no draft 4, of which it uses nothing that draft 7 has not. */
const { $schema, id, ...schema } = JSON.parse(
  readFileSync(join(root, 'test/fixtures/sarif/sarif-2.1.0-rtm.5.json'), 'utf8'),
) as Record<string, unknown>;
const isSarif = new Ajv({
  strict: false,
  // Its pattern of a language is none with the flag u.
  unicodeRegExp: false,
  formats: {
    uri: (text: string) => /^[a-z][a-z0-9+.-]*:[!-~]*$/i.test(text) && !/[<>"\\^`{|}]/.test(text),
    'uri-reference': (text: string) => /^[!-~]*$/.test(text) && !/[<>"\\^`{|}]|%(?![0-9a-f]{2})/i.test(text),
    'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
  },
}).compile(schema);

function validate(sarif: string): void {
  isSarif(JSON.parse(sarif));
  assert.deepEqual(isSarif.errors ?? [], []);
}

function imported(sarif: string, files: readonly string[] = [], folder = '/work/shop'): Imported {
  return importSarif(sarif, { id: 'i', folder, exists: (path) => files.includes(path), now: '2026-01-02T03:04:05Z' });
}

function issuesOf({ files }: Report): Issue[] {
  return files.flatMap((file) => file.issues);
}

/** In an order that does not matter. */
function sorted(issues: readonly Issue[]): string[] {
  return issues.map((issue) => JSON.stringify(Object.entries(issue).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
}

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '[x](command:workbench.action.quit)',
    '\u202eevil\u2066',
    '\u0000\u001b[31m',
    '{0} {{1}}',
    '\ufeff',
    '',
  ),
);
const position = fc.integer({ min: 1, max: 5000 });
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
const path = fc
  .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.map((part) => part.replaceAll('/', '_')).join('/'))
  .filter((text) => reportSchema.shape.files.element.shape.path.safeParse(text).success);
const issue: fc.Arbitrary<Issue> = fc
  .record({
    tool: fc.constantFrom('ast-grep', 'ruff', 'a <b> tool'),
    type: fc.constantFrom('security', 'secret'),
    message: hostile,
    severity: fc.constantFrom('critical' as const, 'high' as const, 'medium' as const, 'low' as const),
    file: path,
    line: position,
    rule_id: hostile,
    suggestion: fc.option(hostile),
    fingerprint: hostile,
    column: optional(position),
    end_line: optional(position),
    end_column: optional(position),
    cwe: optional(fc.array(fc.constantFrom('CWE-79', 'CWE-89'))),
    owasp: optional(fc.array(hostile)),
    confidence: optional(fc.constantFrom('high' as const, 'low' as const)),
    help_url: optional(
      fc.oneof(fc.webUrl(), fc.constantFrom('javascript:alert(1)', 'https://a.example/b c|d'), hostile),
    ),
    snippet: optional(hostile),
    also_found_by: optional(fc.array(hostile)),
    fix: optional(
      fc
        .array(fc.record({ start: fc.nat(999), length: fc.nat(99), text: hostile }), { minLength: 1, maxLength: 3 })
        .map((edits) => ({ edits: edits.map(({ start, length, text }) => ({ start, end: start + length, text })) })),
    ),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Issue);

function reportOf(issues: readonly Issue[], partial: boolean): Report {
  const files = [...new Set(issues.map((one) => one.file))];
  return {
    job_id: 'j',
    meta: {
      tools: ['ast-grep', 'ruff'],
      repo: { source: 'path', url: '/home/me/shop', ref: null, commit: null },
      generated_at: '2026-01-02T03:04:05.000Z',
      duration_ms: 12,
      labels: [],
      analyzers: [
        { id: 'ast-grep', version: '1', status: 'completed', reason: null, findings: 1, duration_ms: 9 },
        { id: 'ruff', version: null, status: 'failed', reason: '<b>\u202e', findings: 0, duration_ms: 9 },
      ],
      ...(partial && { partial }),
    },
    summary: summarize(issues),
    files: files.map((file) => ({ path: file, issues: issues.filter((one) => one.file === file) })),
  };
}

describe('SARIF of a report', () => {
  it('is what the schema says, and gives the same findings when it is read, whatever they say', () => {
    fc.assert(
      fc.property(fc.array(issue, { maxLength: 12 }), fc.boolean(), (issues, partial) => {
        const before = reportOf(issues, partial);
        const sarif = formats.sarif.write(before);
        validate(sarif);
        const { report: after, unreadable } = imported(sarif);
        assert.equal(unreadable, 0);
        assert.deepEqual(sorted(issuesOf(after)), sorted(issuesOf(before)));
        assert.deepEqual(after.summary, before.summary);
        assert.deepEqual(after.meta, { ...before.meta, repo: { ...before.meta.repo, url: null } });
        // And once more.
        assert.deepEqual(sorted(issuesOf(imported(formats.sarif.write(after)).report)), sorted(issuesOf(before)));
      }),
      { numRuns: 300 },
    );
  });

  it('is valid without findings and without analyzers', () => {
    const empty = reportOf([], false);
    validate(formats.sarif.write(empty));
    validate(formats.sarif.write({ ...empty, meta: { ...empty.meta, analyzers: [] } }));
  });
});

/** A log of one run of the tool `t`. */
function log(result: object | readonly object[], run: object = {}, driver: object = {}): string {
  return JSON.stringify({
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 't', ...driver } }, results: [result].flat(), ...run }],
  });
}

const message = { text: 'm' };
const at = (artifactLocation: object, region?: object) => ({
  message,
  locations: [{ physicalLocation: { artifactLocation, ...(region && { region }) } }],
});

describe('SARIF of other tools', () => {
  const fileOf = (sarif: string, files: readonly string[] = []) => issuesOf(imported(sarif, files).report)[0]?.file;

  it('is placed by URI, base, and what is there', () => {
    const src = { originalUriBaseIds: { SRC: { uri: 'file:///work/shop/' }, SUB: { uri: 'sub/', uriBaseId: 'SRC' } } };
    assert.equal(fileOf(log(at({ uri: 'src/a.js' }))), 'src/a.js');
    assert.equal(fileOf(log(at({ uri: './src/../b%20c%23.js' }))), 'b c#.js');
    assert.equal(fileOf(log(at({ uri: 'a.js', uriBaseId: 'SRC' }, {}), src)), 'a.js');
    assert.equal(fileOf(log(at({ uri: 'a.js', uriBaseId: 'SUB' }), src)), 'sub/a.js');
    assert.equal(fileOf(log(at({ uri: 'a.js', uriBaseId: '%SRCROOT%' }))), 'a.js');
    assert.equal(fileOf(log(at({ uri: 'file:///work/shop/x%20y/a.js' }))), 'x y/a.js');
    assert.equal(fileOf(log(at({ uri: 'file:///C:/build/shop/src/a.js' }), {}), ['src/a.js']), 'src/a.js');
    assert.equal(fileOf(log(at({ uri: '/home/ci/shop/src/a.js' }), {}), ['src/a.js']), 'src/a.js');
    assert.equal(fileOf(log(at({ uri: '../../etc/passwd' }))), 'etc/passwd');
    assert.equal(fileOf(log(at({ uri: 'src\\win\\a.js' }))), 'src/win/a.js');
    assert.equal(fileOf(log(at({ index: 0 }), { artifacts: [{ location: { uri: 'b.js' } }] })), 'b.js');
    assert.equal(fileOf(log(at({ uri: 'https://example.org/a.js' }))), noFile);
    const loop = { originalUriBaseIds: { A: { uri: 'a/', uriBaseId: 'B' }, B: { uri: 'b/', uriBaseId: 'A' } } };
    assert.equal(fileOf(log(at({ uri: 'x.js', uriBaseId: 'A' }), loop)), 'b/a/x.js');
  });

  it('without a file or a region is shown all the same', () => {
    const place = { message, locations: [{ logicalLocations: [{ fullyQualifiedName: 'Shop.pay' }] }] };
    const [issue] = issuesOf(imported(log(place)).report);
    assert.deepEqual([issue?.file, issue?.line, issue?.message], [noFile, 1, 'Shop.pay: m']);
    const odd = at({ uri: 'a.js' }, { startLine: 0, startColumn: -1 });
    assert.equal(issuesOf(imported(log(odd)).report)[0]?.line, 1);
    assert.equal(issuesOf(imported(log({ message })).report).length, 1);
  });

  it('tells severity, weakness and help by the rule, wherever that stands', () => {
    const rule = {
      id: 'R1',
      helpUri: 'https://example.org/r1',
      shortDescription: { text: 'Short.' },
      messageStrings: { one: { text: 'Has {0}.' } },
      defaultConfiguration: { level: 'error' },
      relationships: [{ target: { id: '89', toolComponent: { name: 'CWE' } } }],
    };
    const of = (result: object, driver: object, run: object = {}) =>
      issuesOf(imported(log({ message, ...result }, run, driver)).report)[0];
    const plain = of({ ruleId: 'R1' }, { rules: [rule] });
    assert.deepEqual(
      [plain?.severity, plain?.cwe, plain?.help_url, plain?.tool],
      ['high', ['CWE-89'], 'https://example.org/r1', 't'],
    );
    assert.equal(
      of({ ruleIndex: 0, message: { id: 'one', arguments: ['it'] } }, { rules: [rule] })?.message,
      'Has it.',
    );
    assert.equal(of({ ruleId: 'R1/sub' }, { rules: [rule] })?.severity, 'high');
    const extended = JSON.stringify({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 't' }, extensions: [{ name: 'x', rules: [rule] }] },
          results: [{ message, rule: { index: 0, toolComponent: { index: 0 } } }],
        },
      ],
    });
    assert.equal(issuesOf(imported(extended).report)[0]?.rule_id, 'R1');
    const scored = { rules: [{ ...rule, properties: { 'security-severity': '9.8', tags: ['external/cwe/cwe-079'] } }] };
    assert.deepEqual(of({ ruleId: 'R1' }, scored)?.severity, 'critical');
    assert.deepEqual(of({ ruleId: 'R1' }, scored)?.cwe, ['CWE-79', 'CWE-89']);
    assert.equal(of({ level: 'note' }, {})?.severity, 'low');
  });

  it('leaves out what is settled, and counts it', () => {
    const settled = [
      { message, kind: 'pass' },
      { message, suppressions: [{ kind: 'inSource' }] },
      { message, baselineState: 'absent' },
    ];
    const read = imported(log([...settled, { message, suppressions: [{ kind: 'external', status: 'rejected' }] }]));
    assert.deepEqual([issuesOf(read.report).length, read.settled], [1, 3]);
  });

  it('takes a byte order mark, several runs, none, and what is loose in a result', () => {
    assert.equal(issuesOf(imported(`\ufeff${log({ message })}`).report).length, 1);
    assert.deepEqual(readSarif(JSON.stringify({ version: '2.1.0', runs: [] })), []);
    const two = JSON.parse(log({ message })) as { runs: unknown[] };
    two.runs.push(...two.runs);
    assert.equal(issuesOf(imported(JSON.stringify(two)).report).length, 2);
    const loose = imported(
      log([
        { message: 7, ruleId: {} },
        { message, level: 9, fixes: 'no' },
      ] as object[]),
    );
    assert.equal(issuesOf(loose.report).length, 2);
    assert.equal(
      imported(JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: {} }, results: [7] }] })).unreadable,
      1,
    );
  });

  it('gives what came without one a fingerprint that stays when lines move', () => {
    const prints = (line: number) =>
      issuesOf(
        imported(log([at({ uri: 'a.js' }, { startLine: line }), at({ uri: 'a.js' }, { startLine: 90 })])).report,
      ).map((one) => one.fingerprint);
    assert.deepEqual(prints(3), prints(7));
    assert.equal(new Set(prints(3)).size, 2);
  });

  it('that is none is told as such', () => {
    const told = (text: string) => {
      try {
        readSarif(text);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    assert.match(told('not json'), /^it is not JSON/);
    assert.match(told('{}'), /^it is not SARIF 2\.1\.0 \(version/);
    assert.match(told('null'), /^it is not SARIF/);
    assert.match(told('{"version":"2.0.0","runs":[]}'), /its version is 2\.0\.0/);
    assert.match(told('{"version":"2.1.0","runs":[{}]}'), /runs\.0\.tool/);
    assert.ok(told(`{"version":"${'9'.repeat(5000)}"}`).length < 200);
    fc.assert(
      fc.property(fc.json(), (text) => {
        assert.ok(told(text).length < 400);
      }),
    );
  });
});
