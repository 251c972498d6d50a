import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { report, type Issue, type Report } from '../../src/protocol';
import { parseChanges } from '../../src/sources/git/history';
import { cli, codeagent } from './support/command';
import { writeTree } from './support/service';

// Made up, in parts, so that no scanner takes this file for a leak.
const aws = (letter: string) => `AKIA${letter}3EGRZUA7QKSDJH${letter}`;
const github = ['ghp', '9aZk3LmQ8xVb2NcR7tYw5PsD1fGh4JkLq0Xe'].join('_');
const line = (name: string, key: string) => `${name} = "${key}"\n`;

describe('keys in git history', () => {
  let top: string;
  let folder: string;
  const gitIn = (where: string, args: readonly string[], date = '2025-03-04T05:06:07Z') => {
    const names = {
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b.c',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a',
    };
    const env = { ...process.env, ...names, GIT_AUTHOR_DATE: date };
    return execFileSync('git', ['-C', where, ...args], { env, encoding: 'utf8' }).trim();
  };
  const git = (...args: string[]) => gitIn(folder, args);
  const commit = (message: string, date?: string) => {
    git('add', '-A', '-f');
    gitIn(folder, ['commit', '-q', '--allow-empty', '-m', message], date);
    return git('rev-parse', 'HEAD');
  };
  const run = (args: readonly string[]) => codeagent(['scan', ...args, '--progress', 'none'], { TMPDIR: top });
  const search = async (args: readonly string[] = [], where = folder): Promise<Report> => {
    const ended = await run([where, '--format', 'json', '--history', ...args]);
    assert.equal(ended.code, 0, ended.stderr);
    assert.doesNotMatch(ended.stdout, /AKIA\w{16}|ghp_\w{20}/, 'a secret is shown');
    return report.parse(JSON.parse(ended.stdout));
  };
  const issuesOf = ({ files }: Report) => files.flatMap(({ issues }) => issues);
  const placeOf = ({ file, line: at, committed }: Issue) => `${file}:${at} ${committed?.commit ?? ''}`;
  const ids: Record<string, string> = {};

  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'codeagent-history-test-'));
    folder = join(top, 'repository');
    await writeTree(folder, { 'src/a.py': `import os\n${line('KEY', aws('Q'))}`, 'docs/readme.txt': 'text\n' });
    git('init', '-q', '-b', 'main');
    ids['first'] = commit('a key', '2024-01-02T03:04:05+01:00');
    await writeTree(folder, { 'src/a.py': `import os\n\n\n${line('KEY', aws('Q'))}` });
    commit('its line moves');
    git('mv', 'src/a.py', 'src/b.py');
    commit('its file is renamed');
    git('checkout', '-q', '-b', 'side');
    await writeTree(folder, { 'src/side.js': line('const TOKEN', github) });
    ids['side'] = commit('a key on a branch, gone before it is merged');
    await writeTree(folder, { 'src/side.js': 'const TOKEN = process.env.TOKEN;\n' });
    ids['sideGone'] = commit('it is gone');
    git('checkout', '-q', 'main');
    await writeTree(folder, { 'src/b.py': 'import os\n' });
    ids['gone'] = commit('the key is removed');
    git('merge', '-q', '--no-commit', 'side');
    await writeTree(folder, { 'docs/readme.txt': line('key', aws('W')) });
    ids['merge'] = commit('a merge with a key that neither side has');
    await writeTree(folder, { 'docs/readme.txt': 'text\n', 'src/known.py': line('KEY', aws('E')) });
    commit('one more');
    await writeTree(folder, { 'src/known.py': `# codeagent-ignore: never was a real key\n${line('KEY', aws('E'))}` });
    ids['still'] = commit('a decision');
  });

  after(() => rm(top, { recursive: true, force: true }));

  it('are found once in all refs, with the commits that introduced and removed them', async () => {
    const made = await search();
    const found = issuesOf(made);
    assert.deepEqual(found.map(placeOf).sort(), [
      `docs/readme.txt:1 ${ids['merge']}`,
      `src/a.py:2 ${ids['first']}`,
      `src/side.js:1 ${ids['side']}`,
    ]);
    const inA = found.find(({ file }) => file === 'src/a.py');
    assert.deepEqual(inA?.committed, {
      ...{ commit: ids['first'], date: '2024-01-02T03:04:05+01:00', removed_in: ids['gone'] },
    });
    assert.match(inA.message, /committed in \w{10} on 2024-01-02 and was removed in \w{10}/);
    assert.equal(made.meta.history?.still_there, 1);
    assert.deepEqual(made.meta.coverage?.gaps, []);
    const names = (await readdir(top)).filter((name) => name.startsWith('codeagent-'));
    assert.deepEqual(names, [], 'temporary folders are left');
  });

  it('are those of a range if given, without keys that its commits only kept', async () => {
    assert.deepEqual(issuesOf(await search([`${ids['first']}..${ids['gone']}`])).map(placeOf), []);
    assert.deepEqual(issuesOf(await search([`${ids['first']}..side`])).map(placeOf), [`src/side.js:1 ${ids['side']}`]);
    const refused = await run([folder, '--history', 'no-such-branch']);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /the commit range "no-such-branch"/);
    assert.equal((await run([folder, '--history', '--upload-pack=x'])).code, 2);
  });

  it('have paths relative to the searched folder', async () => {
    const found = issuesOf(await search([], join(folder, 'src')));
    assert.deepEqual(found.map(({ file }) => file).sort(), ['a.py', 'side.js']);
  });

  it('keep their fingerprints, can be baselined, and obey the configuration', async () => {
    const [one, ...others] = issuesOf(await search());
    const entry = { file: one?.file, rule: one?.rule_id, fingerprint: one?.fingerprint, reason: 'revoked' };
    await writeTree(folder, {
      '.codeagent/baseline.json': JSON.stringify({ version: 1, findings: [entry] }),
      '.codeagent/config.json': '{ "exclude": ["src/side.js"], "failOn": "high" }',
    });
    try {
      const ended = await run([folder, '--format', 'json', '--history']);
      assert.equal(ended.code, 1, ended.stderr);
      const found = issuesOf(report.parse(JSON.parse(ended.stdout)));
      assert.deepEqual(
        found.map(({ file, suppression, fingerprint }) => [file, suppression?.origin, fingerprint]),
        [
          ['docs/readme.txt', 'baseline', one?.fingerprint],
          ['src/a.py', undefined, others.find(({ file }) => file === 'src/a.py')?.fingerprint],
        ],
      );
      assert.equal(issuesOf(await search(['--no-config'])).length, 3);
    } finally {
      await rm(join(folder, '.codeagent'), { recursive: true });
    }
  });

  it('stay in the baseline when it is pruned by a scan of the files', async () => {
    const [one] = issuesOf(await search());
    const findings = [
      { file: one?.file, rule: one?.rule_id, fingerprint: one?.fingerprint, tool: one?.tool },
      { file: 'src/none.py', rule: one?.rule_id, fingerprint: 'f'.repeat(32), tool: one?.tool },
    ];
    await writeTree(folder, { '.codeagent/baseline.json': JSON.stringify({ version: 1, findings }) });
    try {
      const pruned = await codeagent(['baseline', folder, '--prune', '--no-osv'], { TMPDIR: top });
      assert.equal(pruned.code, 0, pruned.stderr);
      assert.match(pruned.stderr, /^Dropped from the baseline: 1 entry\.$/m);
      assert.match(pruned.stderr, /^Kept without a finding, because git's history was not searched: 1 entry\.$/m);
      const hidden = issuesOf(await search()).filter(({ suppression }) => suppression);
      assert.deepEqual(
        hidden.map(({ fingerprint }) => fingerprint),
        [one?.fingerprint],
      );
    } finally {
      await rm(join(folder, '.codeagent'), { recursive: true });
    }
  });

  it('are in every format', async () => {
    const formats = [
      'sarif',
      'html',
      'md',
      'csv',
      'gitlab-secrets',
      'junit',
      'codeclimate',
      'rdjson',
      'comment',
      'text',
    ];
    const files = formats.map((format) => join(top, `report.${format}`));
    const reports = formats.flatMap((format, index) => ['--report', `${format}=${files[index] ?? ''}`]);
    await search(reports);
    for (const file of files) {
      const text = execFileSync('cat', [file], { encoding: 'utf8' });
      assert.match(text, /a\.py/, file);
      assert.match(text, new RegExp(ids['first']?.slice(0, 10) ?? ''), file);
      assert.doesNotMatch(text, /AKIA\w{16}|ghp_\w{20}/, file);
    }
  });

  it('are not searched for in missing objects, which are a gap', async () => {
    const clone = join(top, 'clone');
    await writeTree(folder, {
      'large.txt': 'x'.repeat(1024 * 1024 + 1),
      'model.txt': 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n',
    });
    commit('large files');
    execFileSync('git', ['clone', '-q', '--depth', '1', `file://${folder}`, clone]);
    const { coverage } = (await search([], clone)).meta;
    assert.deepEqual(coverage?.gaps.map(({ kind, examples }) => [kind, ...examples]).sort(), [
      ['over_limit', 'large.txt'],
      ['partial_source'],
      ['partial_source', 'model.txt'],
    ]);
    const bare = await run([top, '--history']);
    assert.equal(bare.code, 2);
    assert.match(bare.stderr, /it is not in a git repository/);
  });

  it('are searched for without starting programs that the repository names', async () => {
    const proof = join(top, 'started');
    const program = join(top, 'program.sh');
    await writeFile(program, `#!/bin/sh\ntouch ${proof}\ncat\n`, { mode: 0o755 });
    git('config', 'diff.evil.textconv', program);
    git('config', 'diff.external', program);
    git('config', 'filter.evil.smudge', program);
    git('config', 'core.fsmonitor', program);
    await writeTree(folder, { '.gitattributes': '* diff=evil filter=evil\n' });
    assert.equal(issuesOf(await search()).length, 3);
    assert.ok(!(await readdir(top)).includes('started'), 'a program of the repository ran');
  });

  it('are no longer searched for after Ctrl-C, and no git is left behind', async () => {
    const child = spawn(process.execPath, [cli, 'scan', folder, '--history', '--progress', 'plain'], {
      env: { ...process.env, TMPDIR: top },
    });
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    await new Promise<void>((resolve) => child.stderr.once('data', () => resolve()));
    child.kill('SIGINT');
    assert.equal(await ended, 130);
    const names = (await readdir(top)).filter((name) => name.startsWith('codeagent-'));
    assert.deepEqual(names, []);
  });

  it('are read from the raw format of merges, odd paths, and submodules', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(40));
    const none = '0'.repeat(40);
    const raw = [
      ...[a, '2024-01-01T00:00:00Z', `\n:000000 100644 ${none} ${b} A`, `sub/x\n${a}`],
      ...[`:100644 000000 ${b} ${none} D`, 'other/y', `:000000 160000 ${none} ${c} A`, 'sub/module'],
      ...[b, '2024-01-02T00:00:00Z', '', `::100644 100644 100644 ${a} ${b} ${c} MM`, 'sub/z'],
      ...[c, '2024-01-03T00:00:00Z'],
    ].join('\0');
    assert.deepEqual(parseChanges(raw, 'sub/'), [
      {
        ...{ commit: a, date: '2024-01-01T00:00:00Z' },
        changes: [
          { path: `x\n${a}`, before: [], after: b, isSubmodule: false },
          { path: 'module', before: [], after: c, isSubmodule: true },
        ],
      },
      {
        ...{ commit: b, date: '2024-01-02T00:00:00Z' },
        changes: [{ path: 'z', before: [a, b], after: c, isSubmodule: false }],
      },
      { commit: c, date: '2024-01-03T00:00:00Z', changes: [] },
    ]);
  });
});
