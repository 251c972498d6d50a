import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { readBounded, readBoundedSync } from '../../src/base/boundedFile';
import { errorCode } from '../../src/base/errors';
import { readJson, readJsonOr, withFileLock, writeJson } from '../../src/base/jsonFile';
import { identityName, isAlive, isNameAlive, ownIdentity } from '../../src/base/liveness';
import { makeTempFolder, sweepTempFolders } from '../../src/base/tempFolder';

const quiet = () => undefined;
const schema = z.object({ count: z.number() });

describe('state on disk', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-state-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is read back as it was written', async () => {
    const file = join(folder, 'a.json');
    assert.deepEqual(await readJson(file, schema), { is: 'missing' });
    await writeJson(file, { count: 3 });
    assert.deepEqual(await readJson(file, schema), { is: 'read', value: { count: 3 } });
    assert.deepEqual(await readdir(folder), ['a.json']);
  });

  it('is moved aside and reported if damaged', async () => {
    const file = join(folder, 'a.json');
    for (const text of ['', '{"count":', '[]', '{"count":"x"}', '\0\0\0', '{"count":1}'.padEnd(200)]) {
      await writeFile(file, text);
      const told: string[] = [];
      const log = { warn: (line: string) => void told.push(line) };
      assert.equal(await readJsonOr(file, schema, undefined, log, { maxBytes: 100 }), undefined);
      assert.equal(told.length, 1);
      assert.match(told[0] ?? '', /^Skipped .*a\.json and moved it to .*a\.json\.damaged: /);
      assert.equal(await readFile(`${file}.damaged`, 'utf8'), text);
      assert.ok(!existsSync(file));
    }
  });

  it('loses no change in concurrent writes', async () => {
    const file = join(folder, 'a.json');
    await writeJson(file, { count: 0 });
    const add = () =>
      withFileLock(file, async () => {
        const read = await readJson(file, schema);
        assert.ok(read.is === 'read');
        await writeJson(file, { count: read.value.count + 1 });
      });
    await Promise.all(Array.from({ length: 25 }, add));
    assert.deepEqual(await readJson(file, schema), { is: 'read', value: { count: 25 } });
    assert.deepEqual(await readdir(folder), ['a.json']);
  });

  it('is not locked forever by a killed process', async () => {
    const file = join(folder, 'a.json');
    const dead = { ...ownIdentity(), started: 'another time' };
    await writeFile(`${file}.lock`, `${identityName(dead)} 123`);
    assert.equal(await withFileLock(file, () => Promise.resolve(5)), 5);
    assert.deepEqual(await readdir(folder), []);
  });

  it('is unlocked after a failed change', async () => {
    const file = join(folder, 'a.json');
    await assert.rejects(
      withFileLock(file, () => Promise.reject(new Error('no'))),
      /^Error: no$/,
    );
    assert.equal(await withFileLock(file, () => Promise.resolve(5)), 5);
  });
});

describe('a file of a scanned folder', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-bounded-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const codeOf = async (path: string, maxBytes = 100) => {
    const thrown = await readBounded(path, { maxBytes }).then(() => undefined, errorCode);
    let sync: string | undefined;
    try {
      readBoundedSync(path, { maxBytes });
    } catch (error) {
      sync = errorCode(error);
    }
    assert.equal(sync, thrown);
    return thrown;
  };

  it('is read up to its limit', async () => {
    const file = join(folder, 'a');
    await writeFile(file, 'x'.repeat(100));
    assert.equal((await readBounded(file, { maxBytes: 100 })).toString(), 'x'.repeat(100));
    assert.equal(readBoundedSync(file, { maxBytes: 100 }).toString(), 'x'.repeat(100));
    assert.equal(await codeOf(file, 99), 'OVER_LIMIT');
  });

  it('is not read if it is a link, a pipe, a folder or a device', async function () {
    if (process.platform === 'win32') this.skip();
    await writeFile(join(folder, 'a'), 'x');
    await symlink(join(folder, 'a'), join(folder, 'link'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    assert.equal(await codeOf(join(folder, 'link')), 'ELOOP');
    assert.equal(await codeOf(join(folder, 'pipe')), 'NO_PLAIN_FILE');
    assert.equal(await codeOf(folder), 'NO_PLAIN_FILE');
    assert.equal(await codeOf('/dev/zero'), 'NO_PLAIN_FILE');
    assert.equal((await readBounded(join(folder, 'link'), { maxBytes: 9, followLinks: true })).toString(), 'x');
  });
});

describe('what a killed process leaves behind', () => {
  it('is distinguished from that of a living one with the same ID', async () => {
    const own = ownIdentity();
    assert.ok(await isAlive(own));
    assert.ok(await isNameAlive(identityName(own)));
    assert.ok(!(await isAlive({ ...own, started: `${own.started}1` })));
    assert.ok(
      await isAlive({ ...own, started: 'x', host: 'another machine' }),
      'its processes cannot be seen from here',
    );
  });

  it('is swept from the temporary folder, and nothing else', async () => {
    const own = makeTempFolder('test');
    const dead = own.replace(identityName(ownIdentity()), identityName({ ...ownIdentity(), started: 'before' }));
    const foreign = await mkdtemp(join(tmpdir(), 'codeagent-other-'));
    await writeFile(join(own, 'a'), '');
    execFileSync('cp', ['-r', own, dead]);
    await sweepTempFolders({ debug: quiet, info: quiet, warn: quiet, error: quiet });
    assert.deepEqual([own, dead, foreign].map(existsSync), [true, false, true]);
    for (const each of [own, foreign]) await rm(each, { recursive: true });
  });
});
