import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { isSuppressed, packed, report, type Report } from '../../src/protocol';
import { changeBaseline, readBaseline } from '../../src/findings/policy/baselineFile';
import { changeConfig } from '../../src/findings/policy/configEdit';
import { loadPolicy } from '../../src/findings/policy/load';
import { badLines } from './support/analyzers';
import { codeagent, type CommandEnd } from './support/command';
import { startService, writeTree } from './support/service';

const evil = `app.get('/', (req, res) => { eval(req.query.a); });\n`;
const quiet = ['--no-osv', '--progress', 'none', '--format', 'json'];

function reportOf({ stdout }: CommandEnd): Report {
  return report.parse(JSON.parse(stdout));
}

function openIssues(run: CommandEnd): number {
  return reportOf(run).files.flatMap(({ issues }) => issues.filter((issue) => !isSuppressed(issue))).length;
}

/** The paths in the zip that `codeagent pack` wrote, and its result. */
async function packedBy(folder: string, ...more: string[]) {
  const output = join(folder, '../sent.zip');
  const run = await codeagent(['pack', folder, '--always', '--output', output, ...more]);
  assert.equal(run.code, 0, run.stderr);
  const names = Object.keys(unzipSync(await readFile(output))).sort();
  return { names, result: packed.parse(JSON.parse(run.stdout)) };
}

describe('the files of a policy', () => {
  let scratch: string;
  let folder: string;
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'codeagent-policy-files-'));
    folder = join(scratch, 'project');
    await writeTree(folder, { 'src/a.js': evil });
  });
  afterEach(() => rm(scratch, { recursive: true, force: true }));

  describe('behind a linked .codeagent', () => {
    const config = '{ "rules": { "js-*": "off" } }';
    const baseline = '{ "version": 1, "findings": [] }\n';
    let outside: string;
    beforeEach(async () => {
      outside = join(scratch, 'outside');
      await writeTree(outside, { 'config.json': config, 'baseline.json': baseline });
      await symlink('../outside', join(folder, '.codeagent'));
    });

    it('are ignored, which a scan reports', async () => {
      const run = await codeagent(['scan', folder, ...quiet]);
      assert.equal(openIssues(run), 1);
      assert.match(run.stderr, /^error \.codeagent:1: .*link/m);
      assert.ok(reportOf(run).meta.coverage?.gaps.some(({ kind }) => kind === 'unread_policy'));
      assert.equal(run.code, 2);
    });

    it('are ignored by a server, where a scan ends the same way', async () => {
      const service = await startService({ token: 'right', analyzers: [badLines()] });
      try {
        const args = ['scan', folder, '--server', service.url, ...quiet.slice(1), '--analyzers', 'bad'];
        assert.equal((await codeagent(args, { CODEAGENT_TOKEN: 'right' })).code, 2);
      } finally {
        await service.close();
      }
    });

    it('are not sent, which is a gap', async () => {
      const { names, result } = await packedBy(folder);
      assert.deepEqual(names, ['src/a.js']);
      assert.ok(result.kind === 'zip' && result.gaps.some(({ kind }) => kind === 'unread_policy'));
    });

    it('are not written', async () => {
      await assert.rejects(readBaseline(folder), /\.codeagent is a link/);
      await assert.rejects(
        changeBaseline(folder, () => [{ fingerprint: 'f', rule: 'r', file: 'a' }]),
        /\.codeagent is a link/,
      );
      await assert.rejects(changeConfig(folder, 'js-eval', 'off'), /\.codeagent is a link/);
      assert.deepEqual((await readdir(outside)).sort(), ['baseline.json', 'config.json']);
      assert.equal(await readFile(join(outside, 'config.json'), 'utf8'), config);
      assert.equal(await readFile(join(outside, 'baseline.json'), 'utf8'), baseline);
    });
  });

  it('are reported as unreadable if .codeagent is a file or a dangling link, and may be missing', async () => {
    assert.deepEqual((await loadPolicy(folder)).problems, []);
    await writeFile(join(folder, '.codeagent'), '');
    assert.match((await loadPolicy(folder)).problems[0]?.message ?? '', /\.codeagent is not a folder/);
    await rm(join(folder, '.codeagent'));
    await symlink('../nowhere', join(folder, '.codeagent'));
    assert.match((await loadPolicy(folder)).problems[0]?.message ?? '', /\.codeagent is a link/);
    await assert.rejects(changeConfig(folder, 'js-eval', 'off'), /\.codeagent is a link/);
    assert.deepEqual(await readdir(scratch), ['project']);
    await rm(join(folder, '.codeagent'));
    await mkdir(join(folder, '.codeagent'));
    assert.equal(await changeConfig(folder, 'js-eval', 'off'), undefined);
    assert.deepEqual((await loadPolicy(folder)).problems, []);
  });

  it('leave what is sent to a server to the configuration given instead', async () => {
    await writeTree(folder, {
      'src/a.js': 'BAD',
      'lib/b.js': 'BAD',
      '.codeagent/config.json': '{ "exclude": ["src/"] }',
    });
    const given = join(scratch, 'given.json');
    await writeFile(given, '{ "exclude": ["lib/"] }');
    const service = await startService({ token: 'right', analyzers: [badLines()] });
    try {
      const args = [
        'scan',
        folder,
        '--server',
        service.url,
        ...quiet.slice(1),
        '--config',
        given,
        '--analyzers',
        'bad',
      ];
      const run = await codeagent(args, { CODEAGENT_TOKEN: 'right' });
      assert.equal(run.code, 0, run.stderr);
      assert.deepEqual(
        reportOf(run).files.map(({ path }) => path),
        ['src/a.js'],
      );
    } finally {
      await service.close();
    }
  });

  it('are rewritten if there is only white space', async () => {
    for (const text of ['', ' \n\t\r\n']) {
      await writeTree(folder, { '.codeagent/config.json': text });
      assert.equal(await changeConfig(folder, 'js-eval', 'off'), undefined);
      const written = await readFile(join(folder, '.codeagent/config.json'), 'utf8');
      assert.deepEqual(JSON.parse(written), { rules: { 'js-eval': 'off' } });
    }
  });

  describe('with mistakes', () => {
    const broken = '{ "failOn": "hgih" }';
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], { cwd: folder });
    const commit = async (tree: Record<string, string>) => {
      await writeTree(folder, tree);
      git('init', '-q');
      git('add', '.');
      git('commit', '-qm', 'first');
    };

    it('abort a scan of changes like any other, even if nothing has changed', async () => {
      await commit({ '.codeagent/config.json': broken });
      const run = await codeagent(['scan', folder, ...quiet, '--changed', '--strict']);
      assert.equal(run.code, 2, run.stderr);
      assert.match(run.stderr, /^error \.codeagent\/config\.json:1: "failOn"/m);
      const { coverage, policy } = reportOf(run).meta;
      assert.deepEqual(
        coverage?.gaps.map(({ kind, examples }) => [kind, examples]),
        [['unread_policy', ['.codeagent/config.json']]],
      );
      assert.equal(policy?.problems.length, 1);
      assert.equal((await codeagent(['scan', folder, ...quiet, '--changed', '--strict', '--no-config'])).code, 0);
    });

    it('are gaps of a scan without changes, which the configuration may make a failure', async () => {
      await commit({ '.codeagent/config.json': '{ "strict": true }', '.codeagent/baseline.json': '{' });
      const run = await codeagent(['scan', folder, ...quiet, '--changed']);
      assert.equal(run.code, 4, run.stderr);
      assert.match(run.stderr, /^error \.codeagent\/baseline\.json:1: /m);
    });

    for (const option of [[], ['--prune']])
      it(`keep codeagent baseline ${option.join('')} from writing`, async () => {
        const before = '{ "version": 1, "findings": [{ "fingerprint": "gone", "rule": "r", "file": "a" }] }';
        await writeTree(folder, { '.codeagent/config.json': broken, '.codeagent/baseline.json': before });
        const run = await codeagent(['baseline', folder, '--no-osv', ...option]);
        assert.equal(run.code, 2, run.stderr);
        assert.match(run.stderr, /^error \.codeagent\/config\.json:1: "failOn"/m);
        assert.equal(await readFile(join(folder, '.codeagent/baseline.json'), 'utf8'), before);
      });
  });
});
