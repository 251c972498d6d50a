import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { importFile } from '../../src/findings/importFile';
import { report as reportSchema, type Report } from '../../src/protocol';
import { cli, codeagent } from './support/command';

const result = (uri: string, startLine: number, more: object = {}) => ({
  ruleId: 'R',
  level: 'error',
  message: { text: 'Data of a [request](1) is run.' },
  locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine } } }],
  ...more,
});
const log = (results: readonly object[], run: object = {}) =>
  JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'other' } }, results, ...run }] });

describe('codeagent convert', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-convert-test-'));
    await mkdir(join(folder, 'src'));
    await writeFile(join(folder, 'src', 'a.js'), 'eval(x);\n'.repeat(9));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function convert(content: string | Uint8Array, ...args: string[]) {
    const file = join(folder, 'in.sarif');
    await writeFile(file, content);
    return codeagent(['convert', file, '--root', folder, ...args]);
  }
  const reportIn = (text: string): Report => reportSchema.parse(JSON.parse(text));

  it('converts the findings of any tool to every format', async () => {
    const sarif = log([result('file:///home/ci/shop/src/a.js', 3)]);
    const json = await convert(sarif, '--format', 'json');
    assert.deepEqual([json.code, json.stderr], [0, '']);
    assert.deepEqual(
      reportIn(json.stdout).files.map(({ path, issues }) => [path, issues[0]?.line, issues[0]?.message]),
      [['src/a.js', 3, 'Data of a request is run.']],
    );
    for (const format of ['text', 'sarif', 'html', 'md', 'csv']) {
      const run = await convert(sarif, '--format', format);
      assert.deepEqual([run.code, run.stderr], [0, ''], format);
      assert.match(run.stdout, /src\/a\\?\.js/, format);
    }
    const output = join(folder, 'out.json');
    const written = await convert(sarif, '--format', 'json', '--output', output);
    assert.deepEqual([written.code, written.stdout], [0, '']);
    assert.equal(reportIn(await readFile(output, 'utf8')).files.length, 1);
  });

  it('preserves one of our reports, even through SARIF', async () => {
    const [first] = reportIn((await convert(log([result('src/a.js', 3)]), '--format', 'json')).stdout).files;
    const [issue] = first?.issues ?? [];
    assert.ok(issue);
    const before: Report = {
      job_id: 'j',
      meta: {
        tools: ['other'],
        repo: { source: 'git', url: 'https://a.example/x.git', ref: null, commit: null },
        generated_at: '2026-01-02T03:04:05.000Z',
        duration_ms: 5,
        labels: [],
        coverage: {
          complete: false,
          gaps: [{ kind: 'unparsed', analyzer: 'other', reason: 'Not parsed', files: 1, examples: ['src/b.js'] }],
        },
      },
      summary: { critical: 0, high: 1, medium: 0, low: 0 },
      files: [
        {
          path: 'src/a.js',
          issues: [
            {
              ...issue,
              title: 'Code injection',
              flow: [
                { file: 'src/b.js', line: 1, role: 'source', message: 'read' },
                { file: 'src/a.js', line: 3, role: 'sink' },
              ],
              fix: {
                title: 'Parse it',
                edits: [{ file: 'src/b.js', start: { line: 1, column: 1 }, end: { line: 2, column: 3 }, text: 'x' }],
                safe: false,
              },
            },
            {
              ...issue,
              line: 4,
              suppression: { kind: 'inSource', reason: 'r', by: null, expires: null, state: 'accepted' },
            },
          ],
        },
      ],
    };
    const sarif = await convert(JSON.stringify(before), '--format', 'sarif');
    assert.equal(sarif.code, 0);
    assert.match(sarif.stderr, /^Gap: other: Not parsed \(1 file: src\/b\.js\)\n$/);
    const after = reportIn((await convert(sarif.stdout, '--format', 'json')).stdout);
    assert.deepEqual({ ...after, job_id: 'j' }, before);
  });

  it('exits according to --fail-on and --strict, by open findings and gaps', async () => {
    const suppressed = log([result('src/a.js', 3, { suppressions: [{ kind: 'inSource' }] })]);
    assert.equal((await convert(suppressed, '--fail-on', 'low')).code, 0);
    assert.equal((await convert(log([result('src/a.js', 3)]), '--fail-on', 'high', '--strict')).code, 1);
    const failed = log([], { invocations: [{ executionSuccessful: false, exitCodeDescription: 'out of memory' }] });
    const run = await convert(failed, '--strict', '--fail-on', 'low');
    assert.deepEqual([run.code, run.stderr], [4, 'Gap: other: out of memory\n']);
    assert.equal((await convert(failed)).code, 0);
  });

  it('shows no secret from a log or from the code anywhere', async () => {
    const token = 'ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5';
    await writeFile(join(folder, 'src', 'app.py'), 'password = "Tr0ub4dor&3xyz"\n');
    const sarif = log([result('src/app.py', 1, { message: { text: 'Found the value Tr0ub4dor&3xyz here' } })], {
      invocations: [
        { executionSuccessful: true, toolExecutionNotifications: [{ message: { text: `sent ${token}` } }] },
      ],
    });
    for (const format of ['text', 'json', 'md', 'html', 'csv', 'sarif']) {
      const { code, stdout, stderr } = await convert(sarif, '--format', format);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /Found the value/, format);
      assert.match(stderr, /sent \*{8}/);
      assert.doesNotMatch(stdout + stderr, /ghp_|Tr0ub4dor/, format);
    }
  });

  it('exits according to the findings of a report, whatever its summary says', async () => {
    const issue = { tool: 't', type: 'x', message: 'm', severity: 'critical', file: 'src/a.js', line: 1, rule_id: 'r' };
    const zeros = { critical: 0, high: 0, medium: 0, low: 0 };
    const report = JSON.stringify({ summary: zeros, files: [{ path: 'src/a.js', issues: [issue] }] });
    assert.equal((await convert(report, '--fail-on', 'critical')).code, 1);
  });

  it('keeps the rest of a report with a malformed field', async () => {
    const odd = {
      files: [{ path: 'src/a.js', issues: [{ line: 3, severity: 'HIGH', message: 'm', cwe: 'CWE-79', fix: 7 }, 8] }],
      summary: {},
    };
    const run = await convert(JSON.stringify(odd), '--format', 'json');
    const { files, summary } = reportIn(run.stdout);
    assert.deepEqual([files[0]?.issues.length, files[0]?.issues[0]?.cwe, summary.high], [1, ['CWE-79'], 1]);
    assert.match(run.stderr, /a malformed finding/);
    assert.match(run.stderr, /left out: .*fix/);
  });

  it('reads UTF-16', async () => {
    const run = await convert(Buffer.from(`\ufeff${log([result('src/a.js', 3)])}`, 'utf16le'), '--fail-on', 'high');
    assert.equal(run.code, 1, run.stderr);
  });

  it('refuses anything else, and says why', async () => {
    const told = async (content: string) => {
      const run = await convert(content);
      assert.deepEqual([run.code, run.stdout], [2, '']);
      return run.stderr;
    };
    assert.match(await told(''), /in\.sarif cannot be converted: it is empty\./);
    assert.match(await told('<xml/>'), /it is not valid JSON/);
    assert.match(await told(log([result('src/a.js', 3)]).slice(0, -20)), /it is truncated/);
    assert.match(await told('{"version":"2.0.0","runs":[]}'), /its version is 2\.0\.0/);
    assert.match(await told('{"version":"1.0.0","runs":[]}'), /its version is 1\.0\.0/);
    assert.match(await told('[1]'), /it is not SARIF/);
    assert.match(await told('{"files":3}'), /it is not SARIF/);
    const { code, stderr } = await codeagent(['convert', join(folder, 'nowhere.sarif')]);
    assert.equal(code, 2);
    assert.match(stderr, /nowhere\.sarif cannot be converted: .*ENOENT/);
    assert.equal((await codeagent(['convert', folder])).code, 2);
    assert.equal((await codeagent(['convert'])).code, 2);
    assert.equal((await codeagent(['convert', 'a', 'b'])).code, 2);
    assert.equal((await codeagent(['convert', 'a', '--format', 'pdf'])).code, 2);
  });

  it('passes a window only the worst findings that it can show, and reports the rest', async () => {
    const file = join(folder, 'many.sarif');
    const low = Array.from({ length: 700 }, (_, at) => result(`src/m${at}.js`, 1, { level: 'note' }));
    await writeFile(file, log([...low, result('src/a.js', 3)]));
    const script = join(dirname(cli), 'importWorker.js');
    const keep = join(folder, 'kept.json');
    const { report } = await importFile(script, { file, folders: [folder], id: 'i', limit: 300, keep });
    assert.deepEqual(report.summary, { critical: 0, high: 1, medium: 0, low: 299 });
    assert.equal(report.files.length, 300);
    assert.match(report.meta.coverage?.gaps[0]?.reason ?? '', /^Only the worst 300 of 701 findings/);
    assert.deepEqual((await importFile(script, { file: keep, folders: [], id: 'i' })).report, report);
    const all = await importFile(script, { file, folders: [folder], id: 'i' });
    assert.equal(all.report.files.length, 701);
  });
});
