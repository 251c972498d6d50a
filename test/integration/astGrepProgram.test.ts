import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { optionalDependencies } from '../../package.json';
import { findProgram } from '../../src/engines/patterns/program';

const ourVersion = optionalDependencies['@ast-grep/cli-linux-x64-gnu'];

describe('the location of ast-grep’s program', () => {
  const path = process.env['PATH'];
  let root: string;
  let rules: string;

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'codeagent-program-')));
    rules = join(root, 'dist', 'ast-grep');
    await mkdir(rules, { recursive: true });
    process.env['PATH'] = join(root, 'bin');
  });
  afterEach(async () => {
    process.env['PATH'] = path;
    await rm(root, { recursive: true, force: true });
  });

  async function program(file: string, says = 'ast-grep 9.8.7', mode = 0o755): Promise<string> {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `#!/bin/sh\necho "${says}"\n`, { mode });
    return file;
  }
  const webAssembly = () => writeFile(join(rules, 'ast-grep.wasm.br'), '');
  const find = (folder?: string) => findProgram(rules, { folder, rulesets: [] }, new AbortController().signal);

  it('is next to the rules, in a package for this platform', async () => {
    const own = await program(join(rules, 'ast-grep'));
    await program(join(root, 'bin', 'ast-grep'));
    assert.equal((await find())?.command, own);
  });

  it('is in the npm package for this platform', async () => {
    const toolchain = process.platform === 'linux' ? '-gnu' : '';
    const folder = join(root, 'node_modules', '@ast-grep', `cli-${process.platform}-${process.arch}${toolchain}`);
    const own = await program(join(folder, 'ast-grep'));
    await writeFile(join(folder, 'package.json'), '{}');
    await program(join(root, 'bin', 'ast-grep'));
    assert.equal((await find())?.command, own);
  });

  it('is otherwise on PATH, with the version that the rules are tested with', async () => {
    const own = await program(join(root, 'bin', 'ast-grep'), `ast-grep ${ourVersion}`);
    await webAssembly();
    assert.equal((await find())?.command, own);
  });

  it('is WebAssembly if there is none, or none of that version', async () => {
    assert.equal(await find(), undefined);
    await webAssembly();
    const isWebAssembly = async () => assert.equal((await find())?.version, `${ourVersion} as WebAssembly`);
    await isWebAssembly();
    for (const says of ['ast-grep 9.8.7', 'something else']) {
      await program(join(root, 'bin', 'ast-grep'), says);
      await isWebAssembly();
    }
  });

  it('is never in the scanned folder, even if that is on PATH', async () => {
    await program(join(root, 'bin', 'ast-grep'), `ast-grep ${ourVersion}`);
    assert.equal(await find(root), undefined);
    assert.equal(await find(join(root, 'bin')), undefined);
  });

  it('is not searched for elsewhere if our own must not be started', async () => {
    await program(join(rules, 'ast-grep'), 'ast-grep 9.8.7', 0o644);
    await program(join(root, 'bin', 'ast-grep'));
    await assert.rejects(find(), { code: 'EACCES' });
  });
});
