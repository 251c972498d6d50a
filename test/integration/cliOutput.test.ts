import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../src/protocol';
import { cli, codeagent, commandsIn } from './support/command';

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

  it('goes to several files, each in its own format, and to stdout', async () => {
    const formats = ['json', 'gitlab-sast', 'junit', 'codeclimate', 'rdjson'];
    const file = (format: string) => join(folder, `report.${format}`);
    const run = await scan('--format', 'csv', ...formats.flatMap((one) => ['--report', `${one}=${file(one)}`]));
    assert.equal(run.code, 0, run.stderr);
    const open = (JSON.parse(await readFile(file('json'), 'utf8')) as Report).summary;
    const count = Object.values(open).reduce((sum, n) => sum + n, 0);
    assert.ok(count > 200);
    const readJson = async (format: string): Promise<unknown> => JSON.parse(await readFile(file(format), 'utf8'));
    const gitlab = (await readJson('gitlab-sast')) as { vulnerabilities: object[] };
    const rdjson = (await readJson('rdjson')) as { diagnostics: { location: { range: { start: object } } }[] };
    assert.equal(gitlab.vulnerabilities.length, count);
    assert.equal(((await readJson('codeclimate')) as object[]).length, count);
    assert.equal(rdjson.diagnostics.length, count);
    assert.ok('column' in (rdjson.diagnostics[0]?.location.range.start ?? {}));
    assert.ok((await readFile(file('junit'), 'utf8')).includes(`failures="${count}"`));
    assert.match(run.stdout, /^severity,title,file/);
  });

  it('is refused when two reports would be the same file, or a format is unknown', async () => {
    for (const [args, said] of [
      [['--output', 'x.json', '--report', 'json=./x.json'], /same file/],
      [['--report', 'pdf=x'], /--report must be one of text, json/],
      [['--report', 'x.json'], /FORMAT=FILE/],
      [['--report', `json=${join(folder, 'nowhere', 'x')}`], /nowhere is not a folder/],
    ] as const) {
      const run = await scan(...args);
      assert.equal(run.code, 2);
      assert.match(run.stderr, said);
    }
  });

  it('annotates files in a GitHub Actions run, on stderr', async () => {
    const env = { TMPDIR: temporary, GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: folder };
    const run = await codeagent(['scan', scanned, '--format', 'json'], env);
    const lines = commandsIn(run.stderr);
    assert.ok(lines.length > 0 && lines.length <= 30);
    for (const line of lines) assert.match(line, /^::(error|warning|notice) file=scanned\/f\d+\.js,line=\d+/);
    assert.ok(run.stdout.startsWith('{'));
  });

  it('contains no GitHub Actions commands other than our own, whatever the files are called', async function () {
    if (process.platform === 'win32') this.skip();
    const odd = join(folder, 'odd');
    const name = '::error file=x::forged ##[add-mask]x.js';
    await mkdir(odd);
    await writeFile(join(odd, name), 'eval(location.hash);\n');
    await writeFile(join(odd, '::warning::forged.js'), Buffer.from('eval(1);\n'.repeat(3) + '\0'));
    const env = { TMPDIR: temporary, GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: odd };
    const run = await codeagent(['scan', odd], env);
    assert.equal(run.code, 0, run.stderr);
    assert.ok(run.stdout.includes(`\n${name}\n`), run.stdout);
    assert.deepEqual(commandsIn(run.stdout), []);
    const own = commandsIn(run.stderr);
    assert.ok(own.length > 0);
    for (const line of own) assert.match(line, /^::(?:error|warning|notice) (?:file=%3A%3A|title=Not everything)/);
    assert.deepEqual(commandsIn(run.stderr + run.stdout), [...own]);

    const failed = await codeagent(['scan', join(odd, '\n::error::forged')], env);
    assert.equal(failed.code, 2);
    assert.match(failed.stderr, /^::error::forged/m);
    assert.deepEqual(commandsIn(failed.stderr), []);

    const entry = { file: '::error::forged', rule: 'r', fingerprint: 'f', expires: '2020-01-01' };
    await mkdir(join(odd, '.codeagent'));
    await writeFile(join(odd, '.codeagent', 'baseline.json'), JSON.stringify({ version: 1, findings: [entry] }));
    const expired = await codeagent(['baseline', odd, '--check'], env);
    assert.match(expired.stdout, /^::error::forged: r/m, expired.stderr);
    assert.deepEqual([commandsIn(expired.stdout), commandsIn(expired.stderr)], [[], []]);
    await rm(join(odd, '.codeagent'), { recursive: true });

    const plain = await codeagent(['scan', odd], { ...env, GITHUB_ACTIONS: '' });
    assert.doesNotMatch(plain.stdout + plain.stderr, /stop-commands/);

    const files = ['out', 'err'].map((one) => join(folder, one));
    const [out, err] = files.map((one) => openSync(one, 'w'));
    const child = spawn(process.execPath, [cli, 'scan', odd], {
      stdio: ['ignore', out, err],
      env: { ...process.env, ...env },
    });
    for (const one of [out, err]) closeSync(one ?? -1);
    assert.equal(await new Promise((resolve) => child.on('close', resolve)), 0);
    for (const one of files) assert.doesNotMatch(await readFile(one, 'utf8'), /stop-commands/);
  });

  it('is refused before the scan if its folder does not exist', async () => {
    const run = await scan('--output', join(folder, 'nowhere', 'x.json'));
    assert.equal(run.code, 2);
    assert.match(run.stderr, /nowhere is not a/);
    assert.doesNotMatch(run.stderr, /running/);
  });

  it('is refused before the scan if it is a folder', async () => {
    for (const args of [
      ['--output', folder],
      ['--report', `sarif=${folder}`],
    ]) {
      const run = await scan(...args);
      assert.deepEqual([run.code, run.stdout], [2, '']);
      assert.match(run.stderr, /is a folder/);
      assert.doesNotMatch(run.stderr, /running/);
    }
  });

  it('is written as far as possible when a report cannot be written', async function () {
    if (process.platform !== 'linux') this.skip();
    const other = join(folder, 'other.json');
    const run = await scan('--report', 'sarif=/dev/full', '--report', `json=${other}`);
    assert.equal(run.code, 3);
    assert.match(run.stderr, /ENOSPC/);
    assert.match(run.stdout, /f0\.js/);
    assert.ok((await readFile(other, 'utf8')).startsWith('{'));
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

  it('survives the loss of the progress reader', async () => {
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
