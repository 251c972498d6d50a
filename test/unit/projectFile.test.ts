import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProjectFile } from '../../src/service/local/projectFile';

describe('the file of projects', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'codeagent-projects-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  it('never grows beyond what can be read again', async () => {
    const file = new ProjectFile(join(folder, 'projects.json'), 1000);
    const { id } = await file.create('Payments');
    const note = { body: 'x'.repeat(300), created_at: '' };
    await file.note(id, 'a', note);
    await assert.rejects(file.note(id, 'a', { ...note, body: 'ä'.repeat(400) }), { code: 'UNAVAILABLE' });
    assert.deepEqual((await file.decisions(id))('a').notes, [note]);
  });

  it('loses no change of two services that share it', async () => {
    const path = join(folder, 'shared.json');
    const [one, two] = [new ProjectFile(path), new ProjectFile(path)];
    await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 ? one : two).create(`p${n}`)));
    assert.equal((await one.projects()).length, 10);
    const wanted = { status: 'confirmed' } as const;
    const both = await Promise.allSettled([one.decide('p', 'f', wanted, 0), two.decide('p', 'f', wanted, 0)]);
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  });
});
