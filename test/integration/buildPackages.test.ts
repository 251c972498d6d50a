import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../support/repo.mjs';
import { packagesForBuilding } from '../support/setup.mjs';

describe('the build', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'codeagent-build-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  // `npm start` in a fresh clone has no others: it does not install packages that only tests and checks need.
  it('needs only the packages that npm start installs', async () => {
    const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    });
    const paths = tracked.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
    for (const path of paths) await cp(join(root, path), join(folder, path));
    const packages = Object.keys(packagesForBuilding()).filter((path) => path !== '' && existsSync(join(root, path)));
    const top = packages.filter((path) => path.lastIndexOf('node_modules/') === 0);
    for (const path of top) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await symlink(join(root, path), join(folder, path), 'junction');
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, ['esbuild.mjs'], { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
    assert.ok(existsSync(join(folder, 'dist', 'cli.js')));
  });
});
