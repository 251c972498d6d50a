import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { preCommitPath } from '../support/analyzerTools.mjs';
import { cli } from './support/command';
import { writeTree } from './support/service';

const evil = (name: string) => `app.get('/', (req, res) => { eval(req.query.${name}); });\n`;

describe('the real pre-commit', () => {
  let top: string;
  let folder: string;
  const env = () => ({
    ...process.env,
    PATH: [join(top, 'bin'), process.env['PATH'] ?? ''].join(delimiter),
    PRE_COMMIT_HOME: join(top, 'cache'),
    ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b.c', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b.c' },
  });
  const git = (where: string, ...args: string[]) =>
    execFileSync('git', ['-C', where, ...args], { env: env(), encoding: 'utf8' }).trim();
  const commit = (where: string) => {
    git(where, 'add', '-A');
    git(where, 'commit', '-q', '-m', 'a commit');
    return git(where, 'rev-parse', 'HEAD');
  };
  const run = () => {
    const { status, stdout, stderr } = spawnSync(preCommitPath, ['run'], { cwd: folder, env: env(), encoding: 'utf8' });
    return { code: status, output: stdout + stderr };
  };

  before(async () => {
    assert.ok(
      existsSync(preCommitPath),
      `${preCommitPath} is missing. "npm test" installs it with pip; so does: node -e "import('./test/support/analyzerTools.mjs').then((m) => m.installPreCommit())"`,
    );
    top = await mkdtemp(join(tmpdir(), 'codeagent-pre-commit-'));
    await mkdir(join(top, 'bin'));
    await writeFile(join(top, 'bin', 'codeagent'), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`, {
      mode: 0o755,
    });
    const hooks = join(top, 'hooks');
    await mkdir(hooks);
    await copyFile(resolve('.pre-commit-hooks.yaml'), join(hooks, '.pre-commit-hooks.yaml'));
    git(hooks, 'init', '-q', '-b', 'main');
    const rev = commit(hooks);
    folder = join(top, 'repository');
    await writeTree(folder, {
      '.pre-commit-config.yaml': `repos:\n  - repo: ${hooks}\n    rev: ${rev}\n    hooks: [{ id: codeagent }]\n`,
      'src/known.js': evil('known'),
    });
    git(folder, 'init', '-q', '-b', 'main');
    commit(folder);
  });
  after(() => top && rm(top, { recursive: true, force: true }));

  it('passes on a known finding, and fails on a new one', async () => {
    await writeTree(folder, { 'src/known.js': `// A comment.\n${evil('known')}` });
    git(folder, 'add', '-A');
    const passed = run();
    assert.match(passed.output, /CodeAgent Scanner\.+Passed/);
    assert.equal(passed.code, 0, passed.output);

    await writeTree(folder, { 'src/known.js': `// A comment.\n${evil('known')}${evil('fresh')}` });
    git(folder, 'add', '-A');
    const failed = run();
    assert.match(failed.output, /CodeAgent Scanner\.+Failed/);
    assert.match(failed.output, /src\/known\.js\n +3:/);
    assert.doesNotMatch(failed.output, /^ +2:/m);
    assert.equal(failed.code, 1);
  });
});
