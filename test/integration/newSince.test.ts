import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identity } from '../../src/findings/compareReports';
import { known, report } from '../../src/protocol';
import { codeagent } from './support/command';
import { writeTree } from './support/service';

const evil = (name: string) => `app.get('/', (req, res) => { eval(req.query.${name}); });\n`;
const filler = Array.from({ length: 20 }, (_, index) => `export const value${index} = ${index};\n`).join('');

describe('findings that are new', () => {
  let top: string;
  let folder: string;
  const git = (...args: string[]) => {
    const env = {
      ...process.env,
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b.c',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b.c',
    };
    return execFileSync('git', ['-C', folder, ...args], { env, encoding: 'utf8' });
  };
  /** The reported findings as "src/a.js evil: line", in any folder of the repository. */
  const scan = async (args: readonly string[], path = folder, temp = top) => {
    const run = await codeagent(['scan', path, '--no-osv', '--progress', 'none', '--format', 'json', ...args], {
      TMPDIR: temp,
    });
    assert.equal(run.code, 0, run.stderr);
    const made = report.parse(JSON.parse(run.stdout));
    const found = made.files.flatMap(({ issues }) => issues.map(({ file, line }) => `${file}:${line}`)).sort();
    return { found, known: made.meta.since?.known, summary: made.summary, stderr: run.stderr };
  };

  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'codeagent-since-test-'));
    folder = join(top, 'repository');
    await writeTree(folder, {
      'src/moved.js': evil('old'),
      'src/was.js': filler + evil('old'),
      'src/untracked-rename.js': filler + evil('same'),
      'bin/tool.js': evil('old'),
      'src/untouched.js': evil('old'),
    });
    git('init', '-q', '-b', 'main');
    git('add', '-A', '-f');
    git('commit', '-q', '-m', 'one');
    git('checkout', '-q', '-b', 'feature');
    await writeTree(folder, {
      'src/moved.js': `// a line\n\n${evil('old')}${evil('added')}`,
      'bin/tool.js': `${evil('old')}${evil('old')}`,
    });
    git('mv', 'src/was.js', 'src/is.js');
    await writeFile(join(folder, 'src/is.js'), `${filler}// x\n${evil('old')}${evil('added')}`);
    git('commit', '-q', '-a', '-m', 'two');
    // Main advances, which is not a change of this branch.
    git('checkout', '-q', 'main');
    await writeTree(folder, { 'src/untouched.js': '' });
    git('commit', '-q', '-a', '-m', 'three');
    git('checkout', '-q', 'feature');
    await rename(join(folder, 'src/untracked-rename.js'), join(folder, 'src/other-name.js'));
    await writeTree(folder, { 'src/new.js': evil('new') });
  });
  after(() => rm(top, { recursive: true, force: true }));

  it('are those that the merge base does not have, whatever moved or was renamed', async () => {
    const { found, known, summary, stderr } = await scan(['--new-since', 'main']);
    assert.deepEqual(found, ['bin/tool.js:2', 'src/is.js:23', 'src/moved.js:4', 'src/new.js:1']);
    assert.equal(summary.critical + summary.high, 4);
    assert.equal(known, 4);
    assert.match(stderr, /^Left out: 4 findings that main also has\.$/m);
  });

  it('include those whose suppression was removed', async () => {
    const path = join(top, 'suppressed');
    await writeTree(path, { 'a.js': `// codeagent-ignore: reviewed\n${evil('a')}` });
    const inside = (...args: string[]) => git('-C', path, ...args);
    inside('init', '-q', '-b', 'main');
    inside('add', '-A');
    inside('commit', '-q', '-m', 'one');
    await writeTree(path, { 'a.js': evil('a') });
    assert.deepEqual((await scan(['--changed'], path)).found, ['a.js:1']);
  });

  it('are in files that changed, whatever their names mean in patterns', async () => {
    const path = join(top, 'patterns');
    await writeTree(path, { 'bar.js': evil('old'), '[a].js': evil('old') });
    const inside = (...args: string[]) => git('-C', path, ...args);
    inside('init', '-q', '-b', 'main');
    inside('add', '-A');
    inside('commit', '-q', '-m', 'one');
    await writeTree(path, { '[a].js': evil('old') + evil('added') });
    assert.deepEqual((await scan(['--new-since', 'main'], path)).found, ['[a].js:2']);
    assert.deepEqual((await scan(['--changed', '--include-known'], path)).found, ['[a].js:1', '[a].js:2']);
  });

  it('leave nothing behind, in the repository or elsewhere', async () => {
    const before = git('status', '--porcelain');
    await scan(['--new-since', 'main']);
    assert.equal(git('status', '--porcelain'), before);
    assert.equal(git('worktree', 'list').trim().split('\n').length, 1);
    assert.deepEqual(
      (await readdir(top)).filter((name) => name.startsWith('codeagent-')),
      [],
    );
  });

  it('are also determined for a folder inside a repository', async () => {
    const { found } = await scan(['--new-since', 'main'], join(folder, 'src'));
    assert.deepEqual(found, ['is.js:23', 'moved.js:4', 'new.js:1']);
  });

  it('are not those of a file that was moved into the scanned folder', async () => {
    const path = join(top, 'monorepo');
    await writeTree(path, { 'lib/one.js': filler + evil('old'), 'app/other.js': filler, 'lib/stays.js': evil('old') });
    const inside = (...args: string[]) => git('-C', path, ...args);
    inside('init', '-q', '-b', 'main');
    inside('add', '-A');
    inside('commit', '-q', '-m', 'one');
    inside('mv', 'lib/one.js', 'app/two.js');
    await writeTree(path, { 'app/two.js': `// moved\n${filler}${evil('old')}${evil('added')}` });
    assert.deepEqual((await scan(['--new-since', 'main'], join(path, 'app'))).found, ['two.js:23']);
  });

  it('are also determined in a submodule', async () => {
    const [path, sub] = [join(top, 'with-submodule'), join(top, 'submodule')];
    const inside = (...args: string[]) => git('-C', path, '-c', 'protocol.file.allow=always', ...args);
    await writeTree(sub, { 'a.js': evil('old'), 'was.js': filler + evil('same') });
    for (const args of [
      ['init', '-q', '-b', 'main'],
      ['add', '-A'],
      ['commit', '-q', '-m', 'one'],
    ])
      git('-C', sub, ...args);
    await writeTree(path, { 'x.js': '' });
    inside('init', '-q', '-b', 'main');
    inside('submodule', '--quiet', 'add', sub, 'part');
    inside('add', '-A');
    inside('commit', '-q', '-m', 'one');
    git('-C', join(path, 'part'), 'mv', 'was.js', 'is.js');
    await writeTree(path, { 'part/a.js': `// a line\n${evil('old')}` });
    git('-C', join(path, 'part'), 'commit', '-q', '-a', '-m', 'two');
    await writeTree(path, { 'part/a.js': `// a line\n${evil('old')}${evil('added')}` });
    assert.deepEqual((await scan(['--new-since', 'main'], path)).found, ['part/a.js:3']);
  });

  it('can be determined by an editor from "codeagent known", even in a folder of the repository', async () => {
    for (const path of [folder, join(folder, 'src')]) {
      const asked = await codeagent(['known', path, '--new-since', 'main'], { TMPDIR: top });
      assert.equal(asked.code, 0, asked.stderr);
      const { ref, commit, files, all, open } = known.parse(JSON.parse(asked.stdout));
      assert.deepEqual([ref, commit], ['main', git('rev-parse', 'main~1').trim()]);
      assert.deepEqual(all, open);
      const everything = await codeagent(['scan', path, '--no-osv', '--progress', 'none', '--format', 'json']);
      const issues = report.parse(JSON.parse(everything.stdout)).files.flatMap((file) => file.issues);
      const fresh = issues.filter((issue) => files.includes(issue.file) && !open.includes(identity(issue)));
      const { found } = await scan(['--new-since', 'main'], path);
      assert.ok(issues.length > fresh.length && fresh.length > 0);
      assert.deepEqual(fresh.map(({ file, line }) => `${file}:${line}`).sort(), found);
    }
  });

  it('cannot be determined by an editor without the branch, or without a merge base', async () => {
    git('branch', '-f', 'alone', git('commit-tree', '-m', 'alone', 'HEAD^{tree}').trim());
    for (const [ref, why] of [
      ['nothing', /there is no commit, branch or tag "nothing"/],
      ['alone', /"alone" and HEAD have no commit in common/],
    ] as const) {
      const { code, stdout, stderr } = await codeagent(['known', folder, '--new-since', ref], { TMPDIR: top });
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, why);
    }
    assert.deepEqual(
      (await readdir(top)).filter((name) => name.startsWith('codeagent-')),
      [],
    );
  });

  it('are determined on a detached HEAD, and not guessed in a shallow clone', async () => {
    const odd = join(top, 'räum lich');
    execFileSync('git', ['clone', '-q', '--branch', 'feature', folder, odd]);
    const inside = (...args: string[]) => git('-C', odd, ...args);
    inside('checkout', '-q', '--detach');
    const committed = ['is.js:23', 'moved.js:4'];
    assert.deepEqual((await scan(['--new-since', 'origin/main'], join(odd, 'src'))).found, committed);
    const shallow = join(top, 'shallow');
    const depth = ['--depth', '1', '--no-single-branch', '--branch', 'feature'];
    execFileSync('git', ['clone', '-q', ...depth, `file://${folder}`, shallow]);
    const run = await codeagent(['scan', shallow, '--new-since', 'origin/main']);
    assert.deepEqual([run.code, run.stdout], [2, '']);
    assert.match(run.stderr, /"origin\/main" and HEAD have no commit in common; fetch more of their history first\./);
  });

  it('are all that --changed reports, unless the others are requested', async () => {
    await writeFile(
      join(folder, 'src/moved.js'),
      `// another\n// line\n\n${evil('old')}${evil('added')}${evil('more')}`,
    );
    assert.deepEqual((await scan(['--changed'])).found, ['src/moved.js:6', 'src/new.js:1']);
    const all = await scan(['--changed', '--include-known']);
    assert.deepEqual(all.found, [
      'src/moved.js:4',
      'src/moved.js:5',
      'src/moved.js:6',
      'src/new.js:1',
      'src/other-name.js:21',
    ]);
  });

  it('need a commit that exists', async () => {
    const run = await codeagent(['scan', folder, '--new-since', 'nothing']);
    assert.equal(run.code, 2);
    assert.match(run.stderr, /there is no commit, branch or tag "nothing"/);
    assert.equal((await codeagent(['scan', top, '--new-since', 'main'])).code, 2);
    assert.equal((await codeagent(['scan', folder, '--new-since', 'main', '--changed'])).code, 2);
  });
});
