import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { SourceFile } from '../../src/sources/sourceFile';
import { Reading } from '../../src/engines/reading/reading';

describe('reading the files of a scan', () => {
  const reading = new Reading(resolve('dist'));
  const never = () => new AbortController().signal;
  let root: string;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'codeagent reading-'));
  });
  after(async () => {
    await reading.close();
    await rm(root, { recursive: true, force: true });
  });

  async function file(path: string, content: string | Buffer): Promise<SourceFile> {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), content);
    return { path, size: content.length };
  }

  it('describes each file, and which rules can match in it, whatever its encoding', async () => {
    const code = 'import pickle\npickle.loads(x)\n';
    const files = [
      await file('a.py', code),
      await file('utf16.py', Buffer.from(`\uFEFF${code}`, 'utf16le')),
      await file('plain.txt', code),
      { path: 'gone.py', size: 1 },
    ];
    const [a, utf16, plain, gone] = await reading.of(root, files, never());
    assert.ok(typeof a === 'object' && a.rules && typeof utf16 === 'object' && typeof plain === 'object');
    assert.deepEqual([a.isPlain, utf16.isPlain], [true, false]);
    assert.ok(
      a.rules.some((rule) => rule.includes('pickle') || rule.includes('deserial')),
      a.rules.join(),
    );
    assert.deepEqual(utf16.rules, a.rules);
    assert.deepEqual(plain.rules, []);
    assert.equal(plain.hash, a.hash);
    assert.equal(gone, 'ENOENT');
  });

  it('reads a file once for all callers', async () => {
    const one = await file('once.js', 'eval(x)');
    const [first] = await reading.of(root, [one], never());
    await writeFile(join(root, 'once.js'), 'other');
    const [again] = await reading.of(root, [one], never());
    assert.equal(again, first);
    const [fresh] = await reading.of(root, [{ ...one }], never());
    assert.ok(typeof fresh === 'object' && typeof first === 'object' && fresh.hash !== first.hash);
  });

  it('continues for the others if one caller is canceled', async () => {
    const files = await Promise.all(Array.from({ length: 300 }, (_, n) => file(`many/${n}.js`, `f(${n})`)));
    const stop = new AbortController();
    const stopped = reading.of(root, files, stop.signal);
    const other = reading.of(root, files, never());
    stop.abort(new Error('stopped'));
    await assert.rejects(stopped, /stopped/);
    assert.equal(new Set((await other).map((facts) => (typeof facts === 'object' ? facts.hash : facts))).size, 300);
  });

  it('ends when no caller is waiting, and can be called again', async () => {
    const files = await Promise.all(Array.from({ length: 300 }, (_, n) => file(`again/${n}.js`, `g(${n})`)));
    const stop = new AbortController();
    const stopped = reading.of(root, files, stop.signal);
    stop.abort(new Error('stopped'));
    await assert.rejects(stopped, /stopped/);
    // Pending work is released a few turns later.
    let facts: unknown[] = [];
    while (facts.length === 0) facts = await reading.of(root, files, never()).catch(() => []);
    assert.ok(facts.every((one) => typeof one === 'object'));
  });
});
