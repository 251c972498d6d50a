import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { insidePath } from '../../src/base/insidePath';

describe('a path below a folder', () => {
  let scratch: string;
  let root: string;

  before(async () => {
    scratch = await realpath(await mkdtemp(join(tmpdir(), 'codeagent-inside-')));
    root = join(scratch, 'root');
    await mkdir(join(root, 'src'), { recursive: true });
    await mkdir(join(scratch, 'root-beside'));
    await writeFile(join(root, 'src/a.js'), '');
    await writeFile(join(scratch, 'root-beside/secret.js'), '');
    await symlink(join(scratch, 'root-beside'), join(root, 'link'), 'junction');
    await symlink(join(root, 'src'), join(root, 'within'), 'junction');
  });
  after(() => rm(scratch, { recursive: true, force: true }));

  it('is found', async () => {
    assert.deepEqual(await insidePath(root, 'src/a.js'), { file: join(root, 'src/a.js') });
    assert.deepEqual(await insidePath(root, 'within/a.js'), { file: join(root, 'src/a.js') });
  });

  it('is missing', async () => {
    assert.equal(await insidePath(root, 'src/b.js'), 'missing');
    assert.equal(await insidePath(root, 'no/such/b.js'), 'missing');
  });

  it('leads outside through a link, whether the file exists or not', async () => {
    assert.equal(await insidePath(root, 'link/secret.js'), 'outside');
    assert.equal(await insidePath(root, 'link/no/such.js'), 'outside');
  });

  it('needs its folder', async () => {
    await assert.rejects(insidePath(join(scratch, 'gone'), 'a.js'), { code: 'ENOENT' });
  });
});
