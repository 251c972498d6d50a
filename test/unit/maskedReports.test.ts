import assert from 'node:assert/strict';
import { lenientJob, readFrame } from '../../src/client/dialect';
import { Gaps } from '../../src/findings/coverage';
import { formats } from '../../src/findings/formats';
import { importSarif } from '../../src/findings/importSarif';
import { readReport, unreadReport } from '../../src/findings/readReport';

/** Has the shape of a key, wherever it occurs. */
const token = `ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5`;
/** Has no particular shape: only the code shows that it is a secret. */
const password = 'Tr0ub4dor&3xyz';

const at = (uri: string) => [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } } }];

/** @param files of the code, by name */
function imported(run: object, files: Readonly<Record<string, string>> = {}) {
  const log = { version: '2.1.0', runs: [{ tool: { driver: { name: 'other' } }, ...run }] };
  return importSarif(JSON.stringify(log), {
    id: 'i',
    folder: '/work/shop',
    exists: (path) => Object.hasOwn(files, path),
    read: (path) => Buffer.from(files[path] ?? ''),
    now: '2026-01-02T03:04:05Z',
  }).report;
}

function shows(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function assertMasked(value: unknown, ...secrets: readonly string[]): void {
  for (const secret of secrets) assert.ok(!shows(value).includes(secret), shows(value));
  assert.match(shows(value), /\*{8}/);
}

describe('an imported log', () => {
  it('shows no secret in its tool’s messages about the run', () => {
    const report = imported({
      results: [],
      invocations: [
        {
          executionSuccessful: false,
          exitCodeDescription: `no access with ${token}`,
          toolExecutionNotifications: [
            { level: 'error', message: { text: `fetch failed with ${token}` } },
            // Where it would be cut.
            { level: 'error', message: { text: `${'x '.repeat(490)}${token}` } },
          ],
          toolConfigurationNotifications: [{ message: { text: `password = "${password}"` } }],
        },
      ],
    });
    assert.equal(report.meta.coverage?.gaps.length, 4);
    assertMasked(report, token, password, token.slice(0, 12));
    for (const { write } of Object.values(formats)) assertMasked(write(report).replaceAll('\\*', '*'), token, password);
  });

  it('shows no secret of the code in messages about it', () => {
    const code = { 'app.py': `password = "${password}"\n`, 'b.py': 'pass\n' };
    const result = (uri: string, text: string) => ({ ruleId: 'r', message: { text }, locations: at(uri) });
    const found = `Found the value ${password} here`;
    const { files } = imported({ results: [result('app.py', found), result('b.py', 'Nothing')] }, code);
    const messages = files.flatMap(({ issues }) => issues.map(({ message }) => message));
    assert.deepEqual(messages, ['Found the value ******** here', 'Nothing']);
  });
});

describe('gaps', () => {
  it('show no secret, and are combined if they differ in nothing else', () => {
    const gaps = new Gaps();
    for (const last of ['a', 'b']) gaps.add('unfinished', null, `failed with ${token.slice(0, -1)}${last}`, [last]);
    assert.deepEqual(
      gaps.coverage.gaps.map(({ reason, files }) => [reason, files]),
      [['failed with ********', 2]],
    );
  });
});

describe('a report of another service', () => {
  const finding = {
    tool: 't',
    type: 'security',
    title: `Hard-coded ${token}`,
    message: `Uses ${token}`,
    severity: 'critical',
    file: 'a.py',
    line: 1,
    rule_id: 'r',
    snippet: `password = "${password}"`,
    flow: [{ file: 'a.py', line: 1, role: 'source', message: token }],
    fix: { edits: [{ start: { line: 1, column: 1 }, end: { line: 1, column: 2 }, text: token }] },
  };
  const unread = (issues: readonly object[]) =>
    unreadReport.parse({
      job_id: 'j',
      summary: { critical: 0, high: 9, medium: 0, low: 0 },
      meta: {
        tools: ['t'],
        repo: { source: 'git', url: `https://me:${password}@git.example.org/x.git` },
        analyzers: [{ id: 't', status: 'failed', reason: `no access with ${token}`, findings: 1, duration_ms: 1 }],
        coverage: { complete: false, gaps: [{ kind: 'unfinished', reason: `no access with ${token}` }] },
      },
      coverage: [{ tool: 't', status: 'failed', errors: [`again ${token}`] }],
      files: [{ path: 'a.py', issues }],
    });

  it('shows no secret, and does not change when it is read again', async () => {
    const read = await readReport(unread([finding]));
    assertMasked(read.files, token, password);
    assertMasked(read.meta, token, password);
    assert.equal(read.files[0]?.issues[0]?.fix, undefined);
    assert.deepEqual(await readReport(unreadReport.parse(structuredClone(read))), read);
  });

  it('keeps the readable steps of a flow, and loses no finding because of a malformed title, fix or suppression', async () => {
    const flow = [
      { file: './b.py', line: '2', message: 'in', role: 'entry' },
      { line: 3, column: 'x', message: 7 },
      { file: '../out.py', line: 1 },
      'odd',
      { line: 1, role: 'sanitizer' },
    ];
    const odd = { title: 7, fix: { edits: [{ start: 0, end: 4, text: 'x' }] }, suppression: 'yes', flow };
    const read = await readReport(
      unread([
        { ...finding, ...odd },
        { ...finding, flow: 'a.py:1', title: ' ' },
      ]),
    );
    const [one, two] = read.files[0]?.issues ?? [];
    assert.deepEqual(one?.flow, [
      { file: 'b.py', line: 2, message: 'in', role: 'source' },
      { file: 'a.py', line: 3, role: 'propagator' },
      { file: 'a.py', line: 1, role: 'sanitizer' },
    ]);
    assert.deepEqual([one.title, one.fix, one.suppression], [undefined, undefined, undefined]);
    assert.deepEqual([two?.flow, two?.message], [undefined, one.message]);
    const told = read.meta.coverage?.gaps.map(({ reason }) => reason).join('\n') ?? '';
    for (const part of ['title', 'fix', 'suppression', 'steps of a flow']) assert.match(told, new RegExp(part));
  });

  it('shows none in its former gaps', async () => {
    const { meta, ...rest } = unread([]);
    assert.ok(meta);
    assertMasked((await readReport(unreadReport.parse({ ...rest }))).meta, token);
  });

  it('counts its open findings, whatever its summary says', async () => {
    const suppressed = { ...finding, severity: 'low', suppression: { kind: 'inSource' } };
    const { summary } = await readReport(unread([finding, suppressed]));
    assert.deepEqual(summary, { critical: 1, high: 0, medium: 0, low: 0 });
    assert.deepEqual((await readReport(unread([finding]), '', true)).summary, summary);
  });

  it('yields in between, even if all its findings are in one file', async () => {
    const many = unread(Array.from({ length: 2_000 }, (_, n) => ({ ...finding, message: `${n} ${token}` })));
    let turns = 0;
    let isRead = false;
    const count = () => {
      turns += 1;
      if (!isRead) setImmediate(count);
    };
    setImmediate(count);
    await readReport(many);
    isRead = true;
    assert.ok(turns > 3, String(turns));
  });
});

describe('a job from another service', () => {
  it('shows no secret', () => {
    const said = `no access with ${token}`;
    const job = {
      job_id: 'j',
      status: 'failed',
      error: said,
      progress: { phase: 'clone', percent: 1, message: said },
      source: { kind: 'git', url: `https://me:${password}@git.example.org/x.git` },
      phases: [{ phase: 'clone', status: 'failed', reason: said }],
    };
    assertMasked(lenientJob.parse(job), token, password);
    const issue = { tool: 't', type: 'x', message: said, severity: 'low', file: 'a', line: 1, rule_id: 'r' };
    for (const [event, data] of [
      ['message', job],
      ['update', { job_id: 'j', data: { error: said } }],
      ['finished', { status: 'failed', error: said }],
      ['log', { ts: '', level: 'info', message: said }],
      ['findings', { issues: [issue] }],
    ] as const) {
      const frame = readFrame(event, JSON.stringify(data));
      assert.notEqual(frame.kind, 'unreadable', event);
      assertMasked(frame, token);
    }
    // Cutting must not remove what identifies a key.
    assertMasked(readFrame('log', `${'-'.repeat(50)} ${token}`), token.slice(0, 12));
  });
});
