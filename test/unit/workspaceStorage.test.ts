import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspaceStorage } from '../../src/ui/window/workspaceStorage';

describe('the storage of a workspace', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-storage-'));
    await mkdir(join(folder, '-584bac6d', 'codeagent'), { recursive: true });
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const of = (id: string) => workspaceStorage(join(folder, id, 'codeagent')).slice(folder.length + 1);

  it('is the same for a window that VS Code gives another folder while the one before still ends', () => {
    for (const id of ['-584bac6d', '-584bac6d-1', '-584bac6d-9']) assert.equal(of(id), join('-584bac6d', 'codeagent'));
  });

  it('is that of another workspace’s id, or of one without files yet', () => {
    for (const id of ['-584bac6d-10', '-584bac6', '12345678', '12345678-1'])
      assert.equal(of(id), join(id, 'codeagent'));
  });
});
