import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits } from '../../src/base/limits';
import { matcher, patterns } from '../../src/base/globs';
import { takeInventory, type InventoryOptions } from '../../src/sources/inventory';
import { writeTree } from '../integration/support/service';

describe('the inventory', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'codeagent-inventory-'));
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  const take = async (options: Partial<InventoryOptions> = {}) => {
    const { signal } = new AbortController();
    const rest = { include: [], exclude: [], askGit: true, limits: defaultLimits, signal, onProgress: () => undefined };
    const { files, skipped } = await takeInventory(root, { ...rest, ...options });
    return { paths: files.map((file) => file.path), skipped };
  };
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, stdio: 'ignore' });

  it('includes source and hidden files, and counts what it leaves out', async () => {
    const text = 'let a = 1;\n';
    await writeTree(root, {
      'a.js': text,
      '.env': 'KEY=1\n',
      'b.min.js': text,
      'packed.js': `var x="${'a'.repeat(20_000)}"`,
      'big.py': 'x = 1\n'.repeat(200_000),
      'pic.png': new Uint8Array([137, 80, 0, 0, 1]),
      'utf16.ps1': Buffer.from('\ufeffpassword', 'utf16le'),
      'node_modules/x/index.js': text,
      'web/vendor/x.js': text,
      'dist/a.js': text,
      'build/a.js': text,
      '.venv/lib/x.py': text,
      'src/__pycache__/x.pyc': text,
      'empty.ts': '',
    });
    const { paths, skipped } = await take();
    assert.deepEqual(paths, ['.env', 'a.js', 'empty.ts', 'utf16.ps1']);
    assert.deepEqual(skipped, { minified: 2, too_large: 1, binary: 1, vendored: 3, build_output: 3 });
  });

  it('respects .gitignore files outside repositories, inner ones first', async () => {
    await writeTree(root, {
      '.gitignore': '*.log\nsecret/\n/only-here.js\n',
      'a.log': '',
      'keep/.gitignore': '!b.log\n',
      'keep/b.log': '',
      'keep/only-here.js': '',
      'only-here.js': '',
      'secret/x.js': '',
    });
    const { paths, skipped } = await take();
    assert.deepEqual(paths, ['.gitignore', 'keep/.gitignore', 'keep/b.log', 'keep/only-here.js']);
    assert.deepEqual(skipped, { ignored: 3 });
  });

  it('lists a repository like git: tracked and new files, not ignored ones; tracked files in build/ are source', async () => {
    await writeTree(root, {
      '.gitignore': 'ignored.js\n',
      'ignored.js': '',
      'tracked.js': '',
      'build/tool.js': '',
      'new file.js': '',
      'sub/ü.js': '',
    });
    git('init', '-q');
    git('add', 'tracked.js', 'build', '.gitignore');
    const { paths } = await take();
    assert.deepEqual(paths, ['.gitignore', 'build/tool.js', 'new file.js', 'sub/ü.js', 'tracked.js']);
  });

  it('handles one pattern per file like few patterns', async () => {
    await writeTree(root, {
      'a b.js': '',
      'a.js': '',
      'lib/in.js': '',
      'lib/deep/in.js': '',
      'libs.js': '',
      'A.js': '',
    });
    const lists = [
      ['/a.js'],
      ['/lib'],
      ['/lib/'],
      ['/a.js/'],
      ['/a.j?', '/libs.js'],
      ['/lib', '!/lib/in.js'],
      ['/a b.js'],
    ];
    for (const include of lists) {
      const expected = (await take()).paths.filter((path) => patterns(include).ignores(path));
      assert.deepEqual((await take({ include })).paths, expected, include.join());
    }
    const many = Array.from({ length: 20_000 }, (_, index) => `/src/file-${index}.js`);
    const isChosen = matcher(many);
    assert.ok(many.every((pattern) => isChosen(pattern.slice(1))));
    assert.ok(!many.some((pattern) => isChosen(`x${pattern}`)));
    assert.ok(isChosen('src/file-7.js/inner') && !isChosen('src/file-7.jsx') && !isChosen('src'));
  });

  it('runs no program that a hostile repository names', async () => {
    const proof = join(root, 'proof');
    await writeTree(root, { 'a.js': '', 'evil.sh': `#!/bin/sh\ntouch ${proof}\n` });
    await chmod(join(root, 'evil.sh'), 0o755);
    git('init', '-q');
    for (const key of [
      'core.fsmonitor',
      'core.sshCommand',
      'core.pager',
      'core.editor',
      'filter.x.clean',
      'diff.external',
    ])
      git('config', key, join(root, 'evil.sh'));
    await mkdir(join(root, '.git/hooks'), { recursive: true });
    await writeFile(join(root, '.git/hooks/post-index-change'), `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 });
    await writeTree(root, { '.gitattributes': '* filter=x\n' });
    const { paths } = await take();
    assert.deepEqual(paths, ['.gitattributes', 'a.js', 'evil.sh']);
    assert.equal(existsSync(proof), false);
  });

  it('follows no links, opens no pipes, and leaves out odd names', async () => {
    await writeTree(root, { 'a.js': '', 'new\nline.js': '', 'back\\slash.js': '' });
    await symlink('/etc/passwd', join(root, 'out.js'));
    await symlink('a.js', join(root, 'in.js'));
    await symlink('/etc', join(root, 'folder'));
    await symlink('.', join(root, 'loop'));
    execFileSync('mkfifo', [join(root, 'pipe.js')]);
    await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.js')]), '');
    const { paths, skipped } = await take();
    assert.deepEqual(paths, ['a.js']);
    assert.deepEqual(skipped, { link: 4, not_a_file: 1, bad_name: 3 });
  });

  it('supports include and exclude patterns', async () => {
    await writeTree(root, { 'a.js': '', 'src/b.js': '', 'src/c.py': '', 'test/d.js': '' });
    assert.deepEqual((await take({ include: ['src/'] })).paths, ['src/b.js', 'src/c.py']);
    assert.deepEqual((await take({ include: ['*.js'], exclude: ['test'] })).paths, ['a.js', 'src/b.js']);
    assert.deepEqual((await take({ exclude: ['*'] })).skipped, { excluded: 4 });
  });

  it('has limits on depth and on the number of files', async () => {
    const deep = Array.from({ length: 200 }, () => 'd').join('/');
    await mkdir(join(root, deep), { recursive: true });
    await writeTree(root, { [`${deep}/x.js`]: '', 'd/y.js': '', 'a.js': '', 'b.js': '' });
    assert.deepEqual(await take(), { paths: ['a.js', 'b.js', 'd/y.js'], skipped: { too_deep: 1 } });
    const { paths, skipped } = await take({ limits: { ...defaultLimits, maxFiles: 2 } });
    assert.equal(paths.length, 2);
    assert.equal(skipped.too_many, 1);
  });

  it('reports an unreadable folder, and stops when canceled', async () => {
    await assert.rejects(
      takeInventory(join(root, 'none'), {
        include: [],
        exclude: [],
        askGit: true,
        limits: defaultLimits,
        signal: new AbortController().signal,
        onProgress: () => undefined,
      }),
    );
    await writeTree(root, { 'a.js': '' });
    await assert.rejects(take({ signal: AbortSignal.abort() }), { name: 'AbortError' });
  });
});
