import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serverNode } from '../support/setup.mjs';

const dist = resolve(__dirname, '../../../dist');
const scripts = ['cli.js', 'main.js', 'zod.js', 'undici.js', 'yaml.js', 'regexpp.js'];

describe('compiled code', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'codeagent-compiled-'));
    for (const name of scripts) copyFileSync(join(dist, name), join(folder, name));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a command that loads the whole program, and exits immediately because it is wrong. */
  const run = (node = process.execPath) => {
    const { status, stderr } = spawnSync(node, [join(folder, 'cli.js'), 'scan', '--no-such-option'], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    return { status, stderr };
  };
  const kept = () => readdirSync(join(folder, 'compiled')).map((name) => join(folder, 'compiled', name));

  const isWhole = (content: Buffer) =>
    createHash('sha256').update(content.subarray(32)).digest().equals(content.subarray(0, 32));

  it('is reused by the next start', () => {
    const first = run();
    assert.equal(first.status, 2);
    const files = kept();
    assert.ok(files.length >= 2);
    const contents = files.map((file) => readFileSync(file));
    assert.deepEqual(run(), first);
    assert.deepEqual(kept(), files);
    assert.deepEqual(
      files.map((file) => readFileSync(file)),
      contents,
      'nothing is written when all is there',
    );
  });

  it('is also cached by other Node versions, whose V8 has other flags', () => {
    const first = run();
    assert.deepEqual(run(serverNode), first);
    assert.deepEqual(run(serverNode), first);
  });

  it('is compiled again if damaged', () => {
    const first = run();
    const damages: ((content: Buffer) => Buffer)[] = [
      () => Buffer.alloc(0),
      (content) => content.subarray(0, content.length / 2),
      (content) => {
        const changed = Buffer.from(content);
        for (let at = 40; at < changed.length; at += 97) changed[at] = (changed[at] ?? 0) ^ 0xff;
        return changed;
      },
      (content) => Buffer.alloc(content.length, 'x'),
    ];
    for (const damage of damages) {
      const files = kept();
      for (const file of files) writeFileSync(file, damage(readFileSync(file)));
      assert.deepEqual(run(), first);
      assert.deepEqual(kept(), files);
      for (const file of files) assert.ok(isWhole(readFileSync(file)));
      assert.deepEqual(run(), first);
    }
  });

  it('is never that of an earlier version of a script', () => {
    run();
    const main = join(folder, 'main.js');
    writeFileSync(main, 'process.exitCode = 7;');
    assert.equal(run().status, 7);
  });

  it('is not required if nothing can be written', () => {
    const first = run();
    rmSync(join(folder, 'compiled'), { recursive: true });
    writeFileSync(join(folder, 'compiled'), 'a file');
    assert.deepEqual(run(), first);
    assert.equal(readFileSync(join(folder, 'compiled'), 'utf8'), 'a file');
  });

  it('contains no import(), which its scripts would not support', () => {
    for (const name of readdirSync(dist).filter(
      (one) => one.endsWith('.js') && one !== 'worker.js' && one !== 'extension.js',
    ))
      // Comments stay in a build for developers, with the types that they import.
      assert.doesNotMatch(
        readFileSync(join(dist, name), 'utf8').replace(/\/\*[^]*?\*\//g, ''),
        /(?<![.\w$#])import\(\s*["'`]/,
        name,
      );
  });
});
