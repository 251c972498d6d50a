import assert from 'node:assert/strict';
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import fc from 'fast-check';
import { osvSettings, foundIssue, type FoundIssue } from '../../src/protocol';
import { type Analyzer, type AnalyzerRun } from '../../src/engines/engine/engine';
import type { SourceFile } from '../../src/sources/sourceFile';
import { Cached } from '../../src/engines/cached/cached';
import { fileStamp } from '../../src/sources/fileStamp';
import { Reading } from '../../src/engines/reading/reading';
import { embeddedAnalyzers } from '../../src/engines/registry';

/** Finds every line that contains "bad", and records which files it was given. */
class Lines implements Analyzer {
  readonly id = 'lines';
  readonly title = 'Lines';
  readonly kind = 'embedded';
  readonly scope = 'file';
  readonly given: string[] = [];
  version = '1';
  during: () => Promise<void> = () => Promise.resolve();

  handles(): boolean {
    return true;
  }

  availability() {
    return Promise.resolve({ available: true, version: this.version } as const);
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    for (const [index, file] of run.files.entries()) {
      this.given.push(file.path);
      const lines = (await readFile(join(run.root, file.path), 'utf8')).split('\n');
      const issue = {
        tool: 'lines',
        type: 'security',
        message: 'Bad.',
        severity: 'low',
        rule_id: 'bad',
        suggestion: null,
      } as const;
      run.issues(
        lines.flatMap((text, at) => (text === 'bad' ? [{ ...issue, file: file.path, line: at + 1, column: 1 }] : [])),
      );
      run.progress(index + 1);
    }
    await this.during();
  }
}

describe('cached findings', () => {
  let place: string;
  let root: string;

  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'codeagent cached-'));
    root = join(place, 'project');
  });
  afterEach(() => rm(place, { recursive: true, force: true }));

  async function write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }

  async function list(): Promise<SourceFile[]> {
    const names = await readdir(root, { recursive: true, withFileTypes: true });
    const paths = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    return await Promise.all(
      paths.sort().map(async (path) => {
        const stats = await lstat(path);
        return {
          path: path.slice(root.length + 1).replaceAll('\\', '/'),
          size: stats.size,
          stamp: fileStamp(stats),
        };
      }),
    );
  }

  async function scan(analyzer: Analyzer, own = true) {
    const issues: FoundIssue[] = [];
    const progress: number[] = [];
    const files = (await list()).filter((file) => analyzer.handles(file.path));
    if (files.length === 0) return [];
    await analyzer.analyze({
      root,
      files,
      place: { folder: own ? root : undefined, rulesets: [] },
      signal: new AbortController().signal,
      issues: (found) => issues.push(...found),
      progress: (done) => progress.push(done),
      log: () => undefined,
      gap: () => undefined,
    });
    assert.equal(progress.at(-1), files.length);
    assert.deepEqual(
      progress,
      progress.toSorted((a, b) => a - b),
    );
    return issues.map((issue) => JSON.stringify(foundIssue.parse(issue))).sort();
  }

  const reading = new Reading(resolve('dist'));
  after(() => reading.close());

  /** The cache of a runner that has just started. */
  const cached = (inner: Analyzer) => new Cached(inner, join(place, 'cache'), reading);

  it('are those of a full scan, whatever happened to the files', async () => {
    const path = fc.constantFrom('a.js', 'b.js', 'sub/a.js', 'sub/c.js');
    const content = fc.constantFrom('bad', 'good', 'good\nbad', 'bad\nbad', '');
    const step = fc.oneof(
      fc.record({ act: fc.constant('write' as const), path, content }),
      fc.record({ act: fc.constant('remove' as const), path }),
      fc.record({ act: fc.constant('move' as const), path, to: path }),
      fc.record({ act: fc.constant('backdate' as const), path }),
      fc.record({ act: fc.constant('scan' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        await rm(place, { recursive: true, force: true });
        await mkdir(join(root, 'sub'), { recursive: true });
        for (const one of [...steps, { act: 'scan' as const }]) {
          if (one.act === 'write') await write(one.path, one.content);
          else if (one.act === 'remove') await rm(join(root, one.path), { force: true });
          else if (one.act === 'move') await rename(join(root, one.path), join(root, one.to)).catch(() => undefined);
          else if (one.act === 'backdate') await utimes(join(root, one.path), 1e9, 1e9).catch(() => undefined);
          else assert.deepEqual(await scan(cached(new Lines())), await scan(new Lines()));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('stay valid as long as no file with the same link changes', async () => {
    class Linked extends Lines {
      linkedBy(path: string): string | undefined {
        return /\.(?:js|java)$/.exec(path)?.[0];
      }
    }
    for (const name of ['a.js', 'b.js', 'a.java', 'b.java', 'a.md']) await write(name, 'bad');
    const given = async () => {
      const lines = new Linked();
      await scan(cached(lines));
      return lines.given;
    };
    assert.equal((await given()).length, 5);
    await write('a.java', 'good');
    assert.deepEqual(await given(), ['a.java', 'b.java']);
    await rm(join(root, 'b.js'));
    assert.deepEqual(await given(), ['a.js']);
    assert.deepEqual(await given(), []);
  });

  it('spare the engine unchanged files', async () => {
    for (const name of ['a', 'b', 'c']) await write(`${name}.js`, 'bad');
    const lines = new Lines();
    const first = await scan(cached(lines));
    assert.deepEqual(lines.given.splice(0), ['a.js', 'b.js', 'c.js']);
    assert.deepEqual(await scan(cached(lines)), first);
    assert.deepEqual(lines.given, []);
    await write('b.js', 'good');
    assert.equal((await scan(cached(lines))).length, 2);
    assert.deepEqual(lines.given.splice(0), ['b.js']);
    await rename(join(root, 'c.js'), join(root, 'd.js'));
    assert.ok((await scan(cached(lines))).every((issue) => !issue.includes('c.js')));
    assert.deepEqual(lines.given.splice(0), ['d.js']);
    lines.version = '2';
    await scan(cached(lines));
    assert.equal(lines.given.length, 3);
  });

  it('are not those of a file that changes while it is read', async () => {
    await write('a.js', 'bad');
    const lines = new Lines();
    lines.during = () => write('a.js', 'was');
    assert.equal((await scan(cached(lines))).length, 1);
    lines.during = () => Promise.resolve();
    assert.equal((await scan(cached(lines))).length, 0);
  });

  it('do not exist if the scan failed', async () => {
    await write('a.js', 'bad');
    const lines = new Lines();
    lines.during = () => Promise.reject(new Error('broken'));
    await assert.rejects(scan(cached(lines)), /broken/);
    lines.during = () => Promise.resolve();
    assert.equal((await scan(cached(lines))).length, 1);
  });

  it('are replaced if the cache is broken', async () => {
    await write('a.js', 'bad');
    const lines = new Lines();
    await scan(cached(lines));
    const [name] = await readdir(join(place, 'cache'));
    const file = join(place, 'cache', name ?? '');
    const whole = await readFile(file, 'utf8');
    for (const text of ['', '{', 'null', '[]', whole.slice(0, -20), whole.replace('"a.js","line"', '"b.js","line"')]) {
      await writeFile(file, text);
      lines.given.length = 0;
      assert.equal((await scan(cached(lines))).length, 1);
      assert.deepEqual(lines.given, ['a.js'], text);
      lines.given.length = 0;
      assert.equal((await scan(cached(lines))).length, 1);
      assert.deepEqual(lines.given, []);
    }
  });

  it('coexist with those of other runners, which may write at the same time', async () => {
    for (let index = 0; index < 20; index++) await write(`${index}.js`, 'bad');
    const all = await Promise.all(Array.from({ length: 6 }, () => scan(cached(new Lines()))));
    for (const issues of all) assert.equal(issues.length, 20);
    const lines = new Lines();
    assert.equal((await scan(cached(lines))).length, 20);
    assert.deepEqual(lines.given, []);
    assert.equal((await readdir(join(place, 'cache'))).length, 1);
  });

  it('are not kept for clones and uploads', async () => {
    await write('a.js', 'bad');
    const lines = new Lines();
    await scan(cached(lines), false);
    await scan(cached(lines), false);
    assert.equal(lines.given.length, 2);
  });

  it('are the same with the embedded engines, the first and second time', async () => {
    await write('a.js', "import { createHash } from 'crypto';\nexport const f = (t) => createHash('md5').update(t);\n");
    await write('test/a.js', `const awsKey = '${['AKIA', '7KLFYYLBEG3RHDSV'].join('')}';\n`);
    await write('load.py', 'import pickle, os\ndef f(x):\n    os.system(x)\n    return pickle.loads(x)\n');
    await write('slow.js', 'export const slow = /^(a+)+$/;\n');
    await write(
      'page.py',
      'import os\nfrom flask import Flask, request\napp = Flask(__name__)\n@app.route("/")\ndef page():\n    os.system("echo " + request.args["x"])\n',
    );
    const engines = () =>
      embeddedAnalyzers(resolve('dist'), osvSettings.parse({}), join(place, 'cache')).filter(
        ({ scope }) => scope === 'file',
      );
    assert.equal(engines().length, 5);
    for (const [index] of engines().entries()) {
      const run = (own: boolean) => scan(engines()[index] as Analyzer, own);
      const plain = await run(false);
      assert.ok(plain.length > 0);
      assert.deepEqual(await run(true), plain);
      assert.deepEqual(await run(true), plain);
    }
  });
});
