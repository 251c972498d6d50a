import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Ajv from 'ajv';
import fc from 'fast-check';
import { report as reportSchema, summarize, type Gap, type Issue, type Report } from '../../src/protocol';
import { formats } from '../../src/findings/formats';
import { importSarif, type Imported } from '../../src/findings/importSarif';
import { noFile } from '../../src/findings/sarifPath';

const root = resolve(__dirname, '../../..');

/** The official schema; ajv does not support draft 4, but the schema uses nothing that draft 7 lacks. */
const { $schema, id, ...schema } = JSON.parse(
  readFileSync(join(root, 'test/fixtures/sarif/sarif-2.1.0-rtm.5.json'), 'utf8'),
) as Record<string, unknown>;
const isSarif = new Ajv({
  strict: false,
  // Its pattern for languages is invalid with the flag u.
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

/** @param files the files of the folder: their names, or their contents by name */
function imported(
  sarif: string,
  files: readonly string[] | Readonly<Record<string, string | Uint8Array>> = [],
  folder = '/work/shop',
): Imported {
  const contents = new Map(Array.isArray(files) ? files.map((path) => [path, '']) : Object.entries(files));
  return importSarif(sarif, {
    id: 'i',
    folder,
    exists: (path) => contents.has(path),
    read: (path) => Buffer.from(contents.get(path) ?? ''),
    now: '2026-01-02T03:04:05Z',
  });
}

/** The coverage of an import. */
function gapsOf(read: Imported): string[] {
  return (read.report.meta.coverage?.gaps ?? []).map(({ kind, reason }) => `${kind}: ${reason}`);
}

function issuesOf({ files }: Report): Issue[] {
  return files.flatMap((file) => file.issues);
}

/** In any order. */
function sorted(issues: readonly Issue[]): string[] {
  return issues.map((issue) => JSON.stringify(inOrder(issue))).sort();
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, inOrder(one)]));
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
const edit = fc
  .record(
    {
      file: fc.constantFrom('other/a.js', 'b#%.js'),
      start: fc.record({ line: position, column: position }),
      lines: fc.nat(3),
      columns: fc.nat(9),
      text: hostile,
    },
    { requiredKeys: ['start', 'lines', 'columns', 'text'] },
  )
  .map(({ lines, columns, ...rest }) => {
    const { line, column } = rest.start;
    return { ...rest, end: { line: line + lines, column: column + columns } };
  });
const step = fc
  .record(
    {
      file: path,
      line: position,
      column: position,
      more: fc.nat(3),
      end_column: position,
      message: hostile,
      role: fc.constantFrom('source' as const, 'propagator' as const, 'sanitizer' as const, 'sink' as const),
    },
    { requiredKeys: ['file', 'line', 'role'] },
  )
  .map(({ more, end_column, ...rest }) => ({
    ...rest,
    ...(more !== undefined && { end_line: rest.line + more }),
    ...(end_column !== undefined && { end_column: end_column + (rest.column ?? 1) }),
  }));
const gap = fc.record(
  {
    kind: fc.constantFrom('unparsed', 'analyzer_failed', 'a kind of others'),
    analyzer: fc.constantFrom(null, 'ruff', 'one that found nothing'),
    reason: hostile,
    files: fc.nat(9),
    examples: fc.array(path, { maxLength: 3 }),
  },
  { noNullPrototype: true },
);
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
    title: optional(hostile),
    aliases: optional(fc.array(hostile)),
    fix: optional(
      fc.record(
        {
          title: hostile,
          safe: fc.boolean(),
          edits: fc
            .array(edit, { minLength: 1, maxLength: 3 })
            // Those of one file follow one another.
            .map((edits) => edits.sort((a, b) => ((a.file ?? '') < (b.file ?? '') ? -1 : 1))),
        },
        { requiredKeys: ['edits'] },
      ),
    ),
    flow: optional(fc.array(step, { minLength: 1, maxLength: 4 })),
    suppression: optional(
      fc.record({
        kind: fc.constantFrom('inSource', 'external', 'false-positive'),
        reason: fc.option(hostile),
        by: fc.option(hostile),
        expires: fc.option(fc.constant('2027-01-01')),
        state: fc.constantFrom('accepted' as const, 'underReview' as const, 'rejected' as const),
      }),
    ),
  })
  .map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Issue);

function reportOf(issues: readonly Issue[], partial: boolean, gaps: readonly Gap[] = []): Report {
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
      coverage: { complete: gaps.length === 0, gaps: [...gaps] },
      ...(partial && { partial }),
    },
    summary: summarize(issues),
    files: files.map((file) => ({ path: file, issues: issues.filter((one) => one.file === file) })),
  };
}

describe('SARIF from a report', () => {
  it('follows the schema, and yields the same findings when read back', () => {
    fc.assert(
      fc.property(fc.array(issue, { maxLength: 12 }), fc.boolean(), fc.array(gap), (issues, partial, gaps) => {
        const before = reportOf(issues, partial, gaps);
        const sarif = formats.sarif.write(before);
        validate(sarif);
        const { report: after } = imported(sarif);
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

describe('SARIF from other tools', () => {
  const fileOf = (sarif: string, files: readonly string[] = []) => issuesOf(imported(sarif, files).report)[0]?.file;

  it('is located by URI, base, and existing files', () => {
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
    assert.equal(fileOf(log(at({ uri: 'https://example.org/a.js' })), ['a.js']), 'example.org/a.js');
    const loop = { originalUriBaseIds: { A: { uri: 'a/', uriBaseId: 'B' }, B: { uri: 'b/', uriBaseId: 'A' } } };
    assert.equal(fileOf(log(at({ uri: 'x.js', uriBaseId: 'A' }), loop)), 'b/a/x.js');
  });

  it('is shown even without a file or a region', () => {
    const place = { message, locations: [{ logicalLocations: [{ fullyQualifiedName: 'Shop.pay' }] }] };
    const [issue] = issuesOf(imported(log(place)).report);
    assert.deepEqual([issue?.file, issue?.line, issue?.message], [noFile, 1, 'Shop.pay: m']);
    const odd = at({ uri: 'a.js' }, { startLine: 0, startColumn: -1 });
    assert.equal(issuesOf(imported(log(odd)).report)[0]?.line, 1);
    assert.equal(issuesOf(imported(log({ message })).report).length, 1);
  });

  it('takes severity, weakness and help from the rule, wherever that is defined', () => {
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

  it('leaves out settled results, and counts them', () => {
    const settled = [
      { message, kind: 'pass' },
      { message, kind: 'notApplicable' },
      { message, kind: 'informational' },
      { message, baselineState: 'absent' },
    ];
    const read = imported(log([...settled, { message, kind: 'open' }, { message, baselineState: 'unchanged' }]));
    assert.deepEqual([issuesOf(read.report).map(({ severity }) => severity), read.settled], [['low', 'medium'], 4]);
  });

  it('keeps suppressed results, and does not count them', () => {
    const of = (...suppressions: object[]) => issuesOf(imported(log({ message, suppressions })).report)[0]?.suppression;
    assert.deepEqual(of({ kind: 'inSource', justification: 'not reachable' }), {
      kind: 'inSource',
      reason: 'not reachable',
      by: null,
      expires: null,
      state: 'accepted',
    });
    assert.equal(of({ kind: 'external', status: 'underReview' })?.state, 'underReview');
    assert.equal(of({ kind: 'external', status: 'rejected' }, { kind: 'external' })?.state, 'accepted');
    assert.equal(of(), undefined);
    const all = [{ kind: 'inSource' }, { kind: 'external', status: 'rejected' }];
    const read = imported(log(all.map((one) => ({ message, suppressions: [one] }))));
    assert.equal(issuesOf(read.report).length, 2);
    assert.deepEqual(read.report.summary, { critical: 0, high: 0, medium: 1, low: 0 });
  });

  it('accepts a byte order mark, several runs, no runs, and sloppy results', () => {
    assert.equal(issuesOf(imported(`\ufeff${log({ message })}`).report).length, 1);
    assert.deepEqual(imported(JSON.stringify({ version: '2.1.0', runs: [] })).report.files, []);
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
    assert.deepEqual(gapsOf(loose), [
      'unread_report: 2 results have parts that could not be read and were left out: ruleId, message, level, fixes.',
    ]);
    const none = imported(JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: {} }, results: [7] }, {}, 8] }));
    assert.deepEqual(gapsOf(none), [
      'unread_report: 1 result could not be read: not an object.',
      'unread_report: Run 3 of the SARIF file could not be read: it is not an object.',
    ]);
  });

  it('has a finding at each location of a result, once', () => {
    const place = (uri: string, startLine: number) => at({ uri }, { startLine }).locations[0];
    const locations = [place('a.js', 2), place('a.js', 5), 'odd', place('b.js', 3), place('a.js', 2)];
    const read = imported(log({ message, locations }));
    assert.deepEqual(
      issuesOf(read.report).map(({ file, line }) => `${file}:${line}`),
      ['a.js:2', 'a.js:5', 'b.js:3'],
    );
    assert.equal(new Set(issuesOf(read.report).map(({ fingerprint }) => fingerprint)).size, 3);
    assert.match(gapsOf(read)[0] ?? '', /^unread_report: 1 result has parts .*: locations\.$/);
  });

  it('keeps the name of a missing file, and finds others by as much of their path as possible', () => {
    const gone: Record<string, string> = {
      'file:///d:/work/proj/src/gone.js': 'work/proj/src/gone.js',
      'file://D:/work/gone.js': 'work/gone.js',
      'file:///D%3A/work/gone.js': 'work/gone.js',
      'D:\\work\\gone.js': 'work/gone.js',
      '\\\\server\\share\\gone.js': 'server/share/gone.js',
      'file://server/share/gone.js': 'server/share/gone.js',
      'file:/work/a%20b.js': 'work/a b.js',
      'a%2.js': 'a%2.js',
      '100%.js': '100%.js',
    };
    for (const [uri, file] of Object.entries(gone)) assert.equal(fileOf(log(at({ uri }))), file, uri);
    const here: Record<string, string> = {
      'file:///work/C#/p/x.cs': 'C#/p/x.cs',
      'C%23/p/x.cs': 'C#/p/x.cs',
      'file:///home/ci/what?/x.js': 'what?/x.js',
      'file:///home/ci/50%/x.js': '50%/x.js',
      'src/a%20b.js': 'src/a%20b.js',
      'file:///C:/b/shop/src/a.js#L3': 'src/a.js',
      'checkout/src/a.js': 'src/a.js',
      'file:///WORK/SHOP/../src/a.js': 'src/a.js',
    };
    const files = [...new Set(Object.values(here))];
    for (const [uri, file] of Object.entries(here)) assert.equal(fileOf(log(at({ uri })), files), file, uri);
    const base = {
      originalUriBaseIds: { ROOT: { uri: 'file:///c:/my%20work' }, SRC: { uri: 'src', uriBaseId: 'ROOT' } },
    };
    assert.equal(fileOf(log(at({ uri: 'a b.js', uriBaseId: 'SRC' }), base)), 'src/a b.js');
    const listed = { ...base, artifacts: [{}, { location: { uri: 'a.js', uriBaseId: 'SRC' } }] };
    assert.equal(fileOf(log(at({ index: 1 }), listed)), 'src/a.js');
  });

  it('recognizes weaknesses, however its tool names them', () => {
    const of = (result: object, rule: object = {}, run: object = {}) =>
      issuesOf(imported(log({ message, ruleId: 'R', ...result }, run, { rules: [{ id: 'R', ...rule }] })).report)[0]
        ?.cwe;
    assert.deepEqual(of({ properties: { cwe: 'CWE-327: Weak cryptography' } }), ['CWE-327']);
    assert.deepEqual(of({ properties: { cwe: ['CWE-78', 79] } }), ['CWE-78', 'CWE-79']);
    assert.deepEqual(of({ properties: { CWEs: 'CWE-78, CWE-79' } }), ['CWE-78', 'CWE-79']);
    assert.deepEqual(of({ properties: { cwe: { id: 78, link: 'https://cwe.mitre.org/1' } } }), ['CWE-78']);
    assert.deepEqual(of({}, { properties: { tags: ['external/cwe/cwe-079', 'CWE-80: x', 'security'] } }), [
      'CWE-79',
      'CWE-80',
    ]);
    assert.deepEqual(of({}, { helpUri: 'https://cwe.mitre.org/data/definitions/89.html' }), ['CWE-89']);
    assert.deepEqual(of({}, { fullDescription: { text: 'Copies without a check (CWE-120).' } }), ['CWE-120']);
    assert.deepEqual(of({ ruleId: 'CWE-22' }), ['CWE-22']);
    const taxonomies = [
      { name: 'OWASP', taxa: [{ id: '1' }] },
      { name: 'CWE', guid: 'g', taxa: [{ id: '401' }, { id: '502' }] },
    ];
    const cwe = (reference: object) => ({ taxa: [reference] });
    assert.deepEqual(of(cwe({ index: 1, toolComponent: { index: 1 } }), {}, { taxonomies }), ['CWE-502']);
    assert.deepEqual(of(cwe({ id: '401', toolComponent: { guid: 'g' } }), {}, { taxonomies }), ['CWE-401']);
    assert.equal(of(cwe({ index: 0, toolComponent: { index: 0 } }), {}, { taxonomies }), undefined);
    assert.deepEqual(of({}, { relationships: [{ target: { id: 'CWE-89' }, kinds: ['superset'] }] }), ['CWE-89']);
  });

  it('has messages without links, placeholders and Markdown', () => {
    const of = (given: object, driver: object = {}) =>
      issuesOf(imported(log({ ruleId: 'R', message: given }, {}, driver)).report)[0]?.message;
    assert.equal(of({ text: 'Depends on a [value of the user](1).' }), 'Depends on a value of the user.');
    assert.equal(of({ text: 'See [the \\[docs\\]](https://a.example/x) and [b](2).' }), 'See the [docs] and b.');
    assert.equal(of({ text: 'From [query["x"]](1) in [a] and [b](2).' }), 'From query["x"] in [a] and b.');
    assert.equal(of({ text: 'Calls `handlers[name](request)`.' }), 'Calls `handlers[name](request)`.');
    assert.equal(of({ text: '{0} is {{0}} of {1}, {2}', arguments: ['a', 'b'] }), 'a is {0} of b, {2}');
    assert.equal(of({ text: 'Escape {{ name }}.' }), 'Escape {{ name }}.');
    assert.equal(of({ markdown: '**Bad** `eval` of [it](1)' }), 'Bad eval of it');
    const rules = [{ id: 'R', messageStrings: { own: { text: 'Own {0}.' } } }];
    const driver = { rules, globalMessageStrings: { all: { markdown: '*All* of `{0}`.' } } };
    assert.equal(of({ id: 'own', arguments: ['x'] }, driver), 'Own x.');
    assert.equal(of({ id: 'all', arguments: ['x'] }, driver), '*All* of x.');
    const linked = { ...driver, rules: [{ id: 'R', messageStrings: { own: { text: 'From [{0}](1).' } } }] };
    assert.equal(of({ id: 'own', arguments: ['a user'] }, linked), 'From a user.');
  });

  it('is located by its region, in any notation', () => {
    const text = 'a\nbb\r\n\u{1F600}cc eval(x)\nlast';
    const placed = (region: object, run: object = {}, content: string | Uint8Array = text) => {
      const [issue] = issuesOf(imported(log(at({ uri: 'a.js' }, region), run), { 'a.js': content }).report);
      return [issue?.line, issue?.column, issue?.end_line, issue?.end_column];
    };
    const points = { columnKind: 'unicodeCodePoints' };
    assert.deepEqual(placed({ startLine: 3, startColumn: 5, endColumn: 9 }), [3, 5, undefined, 9]);
    assert.deepEqual(placed({ startLine: 3, startColumn: 5, endColumn: 9 }, points), [3, 6, undefined, 10]);
    assert.deepEqual(placed({ charOffset: 11, charLength: 4 }), [3, 6, 3, 10]);
    assert.deepEqual(placed({ charOffset: 10, charLength: 4 }, points), [3, 6, 3, 10]);
    assert.deepEqual(placed({ byteOffset: 13, byteLength: 4 }), [3, 6, 3, 10]);
    assert.deepEqual(placed({ byteOffset: 16, byteLength: 4 }, {}, `\ufeff${text}`), [3, 6, 3, 10]);
    assert.deepEqual(
      placed({ byteOffset: 2 + 22, byteLength: 8 }, {}, Buffer.from(`\ufeff${text}`, 'utf16le')),
      [3, 6, 3, 10],
    );
    assert.deepEqual(placed({ snippet: { text: 'eval(x)' } }), [3, 6, 3, 13]);
    assert.deepEqual(placed({ endLine: 4 }), [4, undefined, undefined, undefined]);
    assert.deepEqual(placed({ startLine: '2', startColumn: 0 }), [2, undefined, undefined, undefined]);
    const inline = { artifacts: [{ location: { uri: 'gone.js' }, contents: { text: 'x\ny' } }] };
    assert.equal(issuesOf(imported(log(at({ uri: 'gone.js' }, { charOffset: 2 }), inline)).report)[0]?.line, 2);
    const unknown = imported(log(at({ uri: 'gone.js' }, { charOffset: 2 })));
    assert.equal(issuesOf(unknown.report)[0]?.line, 1);
    assert.match(gapsOf(unknown)[0] ?? '', /^unread_report: 1 result: locations given as offsets/);
  });

  it('has the level that the run gave its rule', () => {
    const of = (configuration: object, result: object = {}, rule: object = {}, top = false) => {
      const invocations = [
        { executionSuccessful: true, ruleConfigurationOverrides: [{ descriptor: { id: 'R' }, configuration }] },
      ];
      const text = log({ ruleId: 'R', message, ...result }, top ? {} : { invocations }, {
        rules: [{ id: 'R', ...rule }],
      });
      const whole = { ...(JSON.parse(text) as object), ...(top && { invocations }) };
      return issuesOf(imported(JSON.stringify(whole)).report)[0]?.severity;
    };
    assert.equal(of({ level: 'error' }), 'high');
    assert.equal(of({ level: 'error' }, {}, {}, true), 'high');
    assert.equal(of({ level: 'note' }, {}, { defaultConfiguration: { level: 'error' } }), 'low');
    assert.equal(of({ level: 'error' }, { level: 'note' }), 'low');
    assert.equal(of({ rank: 95 }), 'critical');
    assert.equal(of({}, { rank: 50 }), 'medium');
    assert.equal(of({}, { kind: 'review' }), 'low');
    assert.equal(of({}, { properties: { issue_severity: 'HIGH' } }), 'high');
    assert.equal(of({}, { properties: { 'security-severity': '9.1' }, level: 'note' }), 'critical');
  });

  it('has its flow and the fix of several files', () => {
    const place = (uri: string, startLine: number, text: string) => ({
      location: { ...at({ uri }, { startLine }).locations[0], message: { text } },
    });
    const codeFlows = [
      { threadFlows: [{ locations: [place('b.js', 1, 'from [a](1)'), { index: 0 }, place('a.js', 2, 'to')] }] },
    ];
    const change = (uri: string, deletedRegion: object, text?: string) => ({
      artifactLocation: { uri },
      replacements: [{ deletedRegion, ...(text !== undefined && { insertedContent: { text } }) }],
    });
    const fixes = [
      {
        description: { text: 'Use the safe one' },
        artifactChanges: [
          change('a.js', { startLine: 2, startColumn: 1, endColumn: 3 }, 'yy'),
          change('b.js', { charOffset: 1, charLength: 2 }),
        ],
      },
    ];
    const threadFlowLocations = [{ ...place('b.js', 2, 'through'), kinds: ['sanitizer'] }];
    const result = { ...at({ uri: 'a.js' }, { startLine: 2 }), codeFlows, fixes };
    const [issue] = issuesOf(
      imported(log(result, { threadFlowLocations }), { 'a.js': 'a\nbbb', 'b.js': 'b\nc' }).report,
    );
    assert.deepEqual(
      issue?.flow?.map(({ file, line, message: said, role }) => [file, line, said, role]),
      [
        ['b.js', 1, 'from a', 'source'],
        ['b.js', 2, 'through', 'sanitizer'],
        ['a.js', 2, 'to', 'sink'],
      ],
    );
    assert.deepEqual(issue.fix, {
      title: 'Use the safe one',
      edits: [
        { start: { line: 2, column: 1 }, end: { line: 2, column: 3 }, text: 'yy' },
        { file: 'b.js', start: { line: 1, column: 2 }, end: { line: 2, column: 2 }, text: '' },
      ],
    });
    const gone = imported(log(result));
    assert.equal(issuesOf(gone.report)[0]?.fix, undefined);
    assert.match(gapsOf(gone)[0] ?? '', /fixes/);
  });

  it('has the flows of CodeQL and semgrep, in each one’s format', () => {
    const step = (uri: string, startLine: number, more: object = {}) => ({
      location: {
        physicalLocation: { artifactLocation: { uri, index: 0 }, region: { startLine, startColumn: 3, endColumn: 9 } },
        ...more,
      },
    });
    const text = (said: string, more: object = {}) => ({ message: { text: said, ...more } });
    const wayOf = (result: object, run: object = {}) =>
      issuesOf(imported(log({ ...at({ uri: 'a.js' }, { startLine: 9 }), ...result }, run)).report)[0]?.flow?.map(
        ({ file, line, message: said, role }) => [file, line, said, role],
      );
    // CodeQL: several flows, each of one thread; the last step is the place. Steps may be listed once for the run.
    const codeql = [
      { threadFlows: [{ locations: [step('b.js', 1, text('elsewhere')), step('c.js', 4)] }] },
      {
        threadFlows: [
          {
            locations: [
              step('b.js', 2, text('req.query : ParsedQs')),
              { index: 1 },
              { index: 0, location: text('the [parameter](1) {0}', { arguments: ['q'] }) },
              step('a.js', 9, { message: { id: 'sink' } }),
            ],
          },
        ],
      },
    ];
    const run = {
      threadFlowLocations: [step('l.js', 5), step('m.js', 6, text('called'))],
      tool: { driver: { name: 't', rules: [{ id: 'R', messageStrings: { sink: { text: 'the query' } } }] } },
    };
    assert.deepEqual(wayOf({ ruleId: 'R', codeFlows: codeql }, run), [
      ['b.js', 2, 'req.query : ParsedQs', 'source'],
      ['m.js', 6, 'called', 'propagator'],
      ['l.js', 5, 'the parameter q', 'propagator'],
      ['a.js', 9, 'the query', 'sink'],
    ]);
    // semgrep: one flow with a text of its own, and its steps with nesting levels.
    const semgrep = [
      {
        message: { text: 'Untrusted dataflow from b.js:2 to a.js:9' },
        threadFlows: [
          {
            locations: [
              { ...step('b.js', 2, text("Source: 'req.query' @ 'b.js:2'")), nestingLevel: 0 },
              { ...step('a.js', 9, text("Sink: 'q' @ 'a.js:9'")), nestingLevel: 1 },
            ],
          },
        ],
      },
    ];
    assert.deepEqual(wayOf({ codeFlows: semgrep }), [
      ['b.js', 2, "Source: 'req.query' @ 'b.js:2'", 'source'],
      ['a.js', 9, "Sink: 'q' @ 'a.js:9'", 'sink'],
    ]);
    assert.equal(wayOf({ codeFlows: [{ threadFlows: [{ locations: [null, 7, {}] }] }, null] }), undefined);
  });

  describe('written by CodeQL and by semgrep', () => {
    const flows = join(root, 'test/fixtures/sarif/flows');
    const paths = ['shop/app.py', 'shop/orders.py'];
    const texts = Object.fromEntries(paths.map((path) => [path, readFileSync(join(flows, path), 'utf8')]));
    const ofTool = (name: string) => imported(readFileSync(join(flows, `${name}.sarif`), 'utf8'), texts).report;
    const wayOf = ({ flow = [] }: Issue) =>
      flow.map(({ file, line, column, role }) => `${role} ${file}:${line}:${column}`);

    it('has the steps of CodeQL over two files, and what it says of the rule', () => {
      const report = ofTool('codeql');
      const [first, second, ...more] = issuesOf(report);
      assert.ok(first && second && more.length === 0);
      assert.deepEqual(
        [first.title, first.severity, first.cwe, first.message],
        [
          'SQL query built from user-controlled sources',
          'high',
          ['CWE-89'],
          'This SQL query depends on a user-provided value.',
        ],
      );
      const way = wayOf(first);
      assert.deepEqual([way.length, way[0], way.at(-1)], [10, 'source shop/app.py:1:26', 'sink shop/orders.py:6:47']);
      assert.deepEqual(wayOf(second), [
        'source shop/orders.py:10:14',
        'propagator shop/orders.py:10:14',
        'propagator shop/orders.py:10:5',
        'propagator shop/orders.py:11:5',
        'sink shop/orders.py:12:40',
      ]);
      const help = report.meta.rule_help?.['CodeQL']?.['py/sql-injection'] ?? '';
      assert.match(help, /^# SQL query built[^]*```python\ndef find/);
      const sarif = JSON.parse(formats.sarif.write(report)) as { runs: { tool: { driver: { rules?: unknown[] } } }[] };
      assert.ok(JSON.stringify(sarif.runs[0]?.tool.driver.rules).includes('def find_safely'), 'it is handed on');
    });

    it('has the steps of semgrep, and no help that only repeats the message', () => {
      const report = ofTool('semgrep');
      const [found, ...more] = issuesOf(report);
      assert.ok(found && more.length === 0);
      assert.deepEqual(
        [found.title, found.snippet],
        ['Request to SQL', '    sqlite3.connect("shop.db").execute(text)'],
      );
      assert.deepEqual(wayOf(found), [
        'source shop/orders.py:10:14',
        'propagator shop/orders.py:10:5',
        'propagator shop/orders.py:11:5',
        'sink shop/orders.py:12:40',
      ]);
      assert.equal(report.meta.rule_help, undefined);
    });
  });

  it('keeps the help of a rule, within bounds', () => {
    const rules = Array.from({ length: 60 }, (_, n) => ({
      id: `R${n}`,
      help: { text: `${n} ${'line\n'.repeat(8000)}` },
    }));
    const results = rules.map(({ id: ruleId }) => ({ ruleId, ...at({ uri: 'a.js' }) }));
    const sarif = { version: '2.1.0', runs: [{ tool: { driver: { name: 't', rules } }, results }] };
    const { report } = imported(JSON.stringify(sarif));
    const help = Object.values(report.meta.rule_help?.['t'] ?? {});
    assert.ok(help.length < 60 && help.every((text) => text.length <= 20_010 && text.endsWith('line\n\n…')));
    assert.match(report.meta.coverage?.gaps[0]?.reason ?? '', /^The help of \d+ rules was left out: it is too long\.$/);
  });

  it('says which code it is about, as far as it does', () => {
    const fixes = [
      {
        artifactChanges: [
          {
            artifactLocation: { uri: 'a.js' },
            replacements: [{ deletedRegion: { startLine: 1, startColumn: 1, endColumn: 2 } }],
          },
        ],
      },
    ];
    const metaOf = (run: object) =>
      imported(log({ ...at({ uri: 'a.js' }), fixes }, run), { 'a.js': 'abc' }).report.meta;
    const sha = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    const artifact = { location: { uri: 'a.js' } };
    assert.deepEqual(metaOf({ artifacts: [{ ...artifact, hashes: { 'sha-256': sha.toUpperCase() } }] }).file_hashes, {
      'a.js': sha,
    });
    assert.deepEqual(metaOf({ artifacts: [{ ...artifact, contents: { text: 'abc' } }] }).file_hashes, { 'a.js': sha });
    assert.equal(metaOf({ artifacts: [{ ...artifact, hashes: { md5: 'x', 'sha-256': 'x' } }] }).file_hashes, undefined);
    const commit = '50bf5c07a1a0d92c8b59469f9ae9c121db430224';
    const provenance = (...ids: string[]) => ({ versionControlProvenance: ids.map((revisionId) => ({ revisionId })) });
    assert.equal(metaOf(provenance(commit)).repo.commit, commit);
    assert.equal(metaOf(provenance(commit, commit.replace('5', '6'))).repo.commit, null, 'two of them');
    assert.equal(metaOf(provenance('--output=x')).repo.commit, null);
  });

  it('is known again by its whole line, also where the snippet is a part of it', () => {
    const snippetOf = (text: string, line: string) =>
      issuesOf(imported(log(at({ uri: 'a.js' }, { startLine: 1, snippet: { text } })), { 'a.js': line }).report)[0]
        ?.snippet;
    assert.equal(snippetOf('f(x)', '  run(f(x));'), 'run(f(x));');
    assert.equal(snippetOf('  run(f(x));', '  run(f(x));'), '  run(f(x));');
    assert.equal(snippetOf('f(x)', 'other'), 'f(x)');
  });

  it('is titled by its rule’s description, else by its name or weakness', () => {
    const titled = (rule: object, result: object = {}) =>
      issuesOf(
        imported(
          log(
            { ...at({ uri: 'a.js' }, { startLine: 1 }), ruleId: 'R1', ...result },
            { tool: { driver: { name: 't', rules: [{ id: 'R1', ...rule }] } } },
          ),
        ).report,
      )[0]?.title;
    assert.equal(titled({ shortDescription: { text: 'Reflected XSS.' } }), 'Reflected XSS');
    assert.equal(
      titled({ name: 'UnsafeDeserialization', shortDescription: { text: 'Finding: R1' } }),
      'Unsafe deserialization',
    );
    assert.equal(titled({ properties: { tags: ['external/cwe/cwe-089'] } }), 'SQL injection');
    assert.equal(titled({}, { ruleId: 'rules.tainted-sql-string' }), 'Tainted SQL string');
    assert.equal(titled({ shortDescription: { text: 'long '.repeat(40) } })?.length, 40);
  });

  it('reports what its tool could not do', () => {
    const notification = {
      level: 'error',
      message: { text: 'Syntax error' },
      locations: [{ physicalLocation: { artifactLocation: { uri: 'src/a.js' } } }],
    };
    const quiet = { level: 'note', message: { text: 'read' } };
    const of = (invocation: object) =>
      imported(log([], { invocations: [invocation] })).report.meta.coverage?.gaps.map((one) => [
        one.kind,
        one.reason,
        one.examples,
      ]);
    assert.deepEqual(of({ executionSuccessful: true, toolExecutionNotifications: [quiet, notification] }), [
      ['unparsed', 'Syntax error', ['src/a.js']],
    ]);
    assert.deepEqual(of({ executionSuccessful: false }), [['analyzer_failed', 't reported that its run failed.', []]]);
    assert.deepEqual(of({ executionSuccessful: false, exitCodeDescription: 'out of memory' }), [
      ['analyzer_failed', 'out of memory', []],
    ]);
    assert.deepEqual(of({ toolConfigurationNotifications: [{ message: { text: 'No rule X' } }] }), [
      ['rules_ignored', 'No rule X', []],
    ]);
    assert.equal(of({ executionSuccessful: true }), undefined);
    const kinds = (run: object) =>
      gapsOf(imported(JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 't' } }, ...run }] })));
    assert.match(kinds({ results: null })[0] ?? '', /^analyzer_failed/);
    assert.match(
      kinds({
        externalPropertyFileReferences: { results: [{ location: { uri: 'r.sarif-external-properties' } }] },
      })[0] ?? '',
      /another file, which was not read: r\.sarif/,
    );
    assert.match(gapsOf(imported('{"version":"2.1.0","runs":null}'))[0] ?? '', /no runs/);
  });

  it('never loses a finding because of a malformed field', () => {
    const whole: Record<string, unknown> = {
      ...at({ uri: 'a.js' }, { startLine: 2 }),
      ruleId: 'R',
      ruleIndex: 0,
      rule: { id: 'R' },
      level: 'error',
      kind: 'fail',
      properties: { cwe: 'CWE-1' },
      fixes: [],
      codeFlows: [],
      suppressions: [],
      taxa: [],
      partialFingerprints: {},
      rank: 1,
      provenance: {},
      analysisTarget: {},
      relatedLocations: [],
    };
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(whole)), fc.jsonValue(), (key, odd) => {
        fc.pre(!(key === 'kind' && ['pass', 'informational', 'notApplicable'].some((kind) => kind === odd)));
        const read = imported(log([{ ...whole, [key]: odd }, whole]));
        assert.equal(issuesOf(read.report).length, 2);
        reportSchema.parse(read.report);
      }),
    );
  });

  it('adds missing fingerprints, which stay when lines move', () => {
    const prints = (line: number) =>
      issuesOf(
        imported(log([at({ uri: 'a.js' }, { startLine: line }), at({ uri: 'a.js' }, { startLine: 90 })])).report,
      ).map((one) => one.fingerprint);
    assert.deepEqual(prints(3), prints(7));
    assert.equal(new Set(prints(3)).size, 2);
  });

  it('that is not SARIF is reported as such', () => {
    const told = (text: string) => {
      try {
        imported(text);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    assert.match(told('not json'), /^it is not valid JSON/);
    assert.match(told('{}'), /^it is not SARIF 2\.1\.0 \(it has no version/);
    assert.match(told('null'), /^it is not SARIF/);
    assert.match(told('{"version":"2.0.0","runs":[]}'), /its version is 2\.0\.0/);
    assert.ok(told(`{"version":"${'9'.repeat(5000)}"}`).length < 200);
    fc.assert(
      fc.property(fc.json(), (text) => {
        assert.ok(told(text).length < 400);
      }),
    );
  });
});
