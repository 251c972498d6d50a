import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli, codeagent } from './support/command';

describe('the output of codeagent scan', () => {
  let folder: string;
  let scanned: string;
  /** The command's own temporary folders. */
  let temporary: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-output-test-'));
    scanned = join(folder, 'scanned');
    temporary = join(folder, 'tmp');
    await mkdir(scanned);
    await mkdir(temporary);
    for (let n = 0; n < 200; n += 1)
      await writeFile(
        join(scanned, `f${n}.js`),
        'eval(location.hash);\nrequire("crypto").createHash("md5");\n'.repeat(5),
      );
  });
  after(() => rm(folder, { recursive: true, force: true }));
  afterEach(async () => assert.deepEqual(await readdir(temporary), []));

  const scan = (...args: string[]) => codeagent(['scan', scanned, ...args], { TMPDIR: temporary });

  it('is written through a link, with the permissions of any new file', async () => {
    const target = join(folder, 'target.json');
    const link = join(folder, 'link.json');
    await writeFile(target, 'old');
    await symlink(target, link);
    const run = await scan('--format', 'json', '--output', link);
    assert.equal(run.code, 0, run.stderr);
    assert.ok((await readFile(target, 'utf8')).startsWith('{'));
    const fresh = join(folder, 'fresh.json');
    await scan('--output', fresh);
    assert.equal((await stat(fresh)).mode, (await stat(target)).mode);
  });

  it('is refused before the scan if its folder does not exist', async () => {
    const run = await scan('--output', join(folder, 'nowhere', 'x.json'));
    assert.equal(run.code, 2);
    assert.match(run.stderr, /nowhere is not a/);
    assert.doesNotMatch(run.stderr, /running/);
  });

  it('may be read only in part', async () => {
    const child = spawn(process.execPath, [cli, 'scan', scanned, '--format', 'json', '--progress', 'none'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: temporary },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.once('data', () => child.stdout.destroy());
    assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0);
    assert.equal(stderr, '');
  });

  it('survives the loss of whoever reads the progress', async () => {
    const child = spawn(process.execPath, [cli, 'scan', scanned, '--format', 'json', '--progress', 'plain'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: temporary },
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.once('data', () => child.stderr.destroy());
    assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0);
    assert.doesNotThrow(() => JSON.parse(stdout));
  });

  it('ends with 3 when it cannot be written, and leaves nothing behind', async function () {
    if (process.platform !== 'linux') this.skip();
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [cli, 'scan', scanned, '--progress', 'none'], {
      stdio: ['ignore', full, 'pipe'],
      env: { ...process.env, TMPDIR: temporary },
    });
    closeSync(full);
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    assert.equal(await new Promise((resolve) => child.on('close', resolve)), 3);
    assert.match(stderr, /cannot be written/);
  });

  it('says why a folder with a line break in its path is not scanned', async () => {
    const odd = join(folder, 'new\nline');
    await mkdir(odd);
    const run = await codeagent(['scan', odd], { TMPDIR: temporary });
    assert.equal(run.code, 2);
    assert.match(run.stderr, /line break/);
  });

  it('distinguishes an unsafe URL of a service from other failures', async () => {
    assert.equal((await codeagent(['serve', '--host', '0.0.0.0', '--no-auth', '--storage', temporary])).code, 2);
    assert.equal((await codeagent(['scan', '-h'])).code, 0);
  });
});
