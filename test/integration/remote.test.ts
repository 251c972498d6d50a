import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { unzipSync } from 'fflate';
import { packFolder } from '../../src/client/packProcess';
import { packed, report, type Report, type ScanRequest } from '../../src/protocol';
import { scopePattern } from '../../src/store/scope';
import { cli, codeagent, type CommandEnd } from './support/command';
import { makeRepository, type TestRepository } from './support/repository';
import { startService, until, writeTree } from './support/service';
import { filesWith } from '../support/filesWith';
import { patience } from '../support/patience.mjs';

const sources = {
  'app/run.js': 'const { exec } = require("child_process");\nmodule.exports = (req) => exec("ls " + req.query.dir);\n',
  'app/ok.js': 'module.exports = 1;\n',
  '.gitignore': 'private/\n',
};
const finding = 'app/run.js';

/** `codeagent serve`, as a team runs it. */
interface Served {
  readonly url: string;
  readonly storage: string;
  /** Its output so far. */
  output(): string;
  stop(): Promise<void>;
}

async function serve(storage: string, token: string): Promise<Served> {
  const child: ChildProcess = spawn(process.execPath, [cli, 'serve', '--storage', storage, '--allow-file-urls'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, CODEAGENT_TOKEN: token, CODEAGENT_DEBUG: '1' },
  });
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`serve ended with ${String(code)}: ${output}`)));
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += line;
      resolve((JSON.parse(line) as { url: string }).url);
    });
  });
  return {
    url,
    storage,
    output: () => output,
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Repeatedly checks the command lines of all processes, until told to stop. */
function watchProcesses(text: string): () => Promise<{ rounds: number; seen: string[] }> {
  const seen: string[] = [];
  let rounds = 0;
  let over = false;
  const look = async () => {
    while (!over) {
      for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
        // A process may end during the check.
        const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        if (line.includes(text)) seen.push(line);
      }
      rounds += 1;
    }
  };
  const looking = look();
  return async () => {
    over = true;
    await looking;
    return { rounds, seen };
  };
}

function readReport(end: CommandEnd): Report {
  assert.equal(end.code, 0, end.stderr);
  return report.parse(JSON.parse(end.stdout));
}

describe('a service with a token', function () {
  this.timeout(patience(60_000));
  const token = randomBytes(24).toString('hex');
  let scratch: string;
  let folder: string;
  let served: Served;
  let repository: TestRepository;
  let stopWatching: ReturnType<typeof watchProcesses>;
  const said: string[] = [];

  /** `codeagent scan` with the token, reporting as JSON. */
  const scan = async (args: readonly string[], env: Record<string, string> = {}): Promise<CommandEnd> => {
    const all = ['scan', ...args, '--server', served.url, '--format', 'json'];
    const end = await codeagent(all, { CODEAGENT_TOKEN: token, CODEAGENT_DEBUG: '1', TMPDIR: scratch, ...env });
    said.push(end.stdout, end.stderr);
    return end;
  };

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'codeagent-remote-'));
    folder = join(scratch, 'folder');
    await mkdir(folder);
    await writeTree(folder, sources);
    repository = await makeRepository();
    served = await serve(join(scratch, 'storage'), token);
    if (process.platform === 'linux') stopWatching = watchProcesses(token);
  });

  after(async () => {
    await served.stop();
    await repository.dispose();
    await rm(scratch, { recursive: true, force: true });
  });

  it('scans a folder that is sent as a zip', async () => {
    const { meta, files } = readReport(await scan([folder]));
    assert.equal(meta.repo.source, 'zip');
    assert.ok(files.some((file) => file.path === finding));
    const left = (await readdir(scratch)).filter((name) => name.startsWith('codeagent-upload-'));
    assert.deepEqual(left, [], 'the zip is gone');
  });

  it('sends only what a local scan would include', async () => {
    const same = join(scratch, 'same');
    await writeTree(same, { ...sources, 'private/key.js': 'eval(location.hash);\n', 'logo.bin': new Uint8Array(4) });
    repository.git('init', '--quiet', same);
    const remote = readReport(await scan([same]));
    const here = await codeagent(['scan', same, '--format', 'json', '--progress', 'none']);
    const paths = (one: Report) => one.files.map((file) => file.path).sort();
    assert.deepEqual(paths(remote), paths(readReport(here)));
    assert.ok(!paths(remote).some((path) => path.startsWith('private/')));
  });

  it('accepts a file that compresses very well', async () => {
    const dense = join(scratch, 'dense');
    await writeTree(dense, { ...sources, 'data.js': `${'0,'.repeat(400_000)}\n` });
    assert.ok(readReport(await scan([dense])).files.some((file) => file.path === finding));
  });

  it('scans a repository at the requested commit', async () => {
    const first = await repository.commit(sources);
    await repository.commit({ [finding]: 'module.exports = 2;\n' });
    repository.git('branch', 'before', first);
    const now = readReport(await scan(['--git', repository.url]));
    assert.deepEqual(now.files, []);
    const then = readReport(await scan(['--git', repository.url, '--ref', 'before']));
    assert.ok(then.files.some((file) => file.path === finding));
    assert.equal(then.meta.repo.commit, first);
  });

  it('packs only what is requested, as for a window', async () => {
    const scope = join(scratch, 'scope');
    const names = [
      'a.js',
      'lib/b.js',
      'lib/deep/c.py',
      'lib/package-lock.json',
      'package-lock.json',
      'x, [1].js',
      '.npmrc',
    ];
    await writeTree(scope, Object.fromEntries(names.map((name) => [name, 'eval(x);\n'])));
    const { signal } = new AbortController();
    const zip = join(scratch, 'scope.zip');
    const pack = async (options: Pick<ScanRequest, 'include' | 'exclude'>) => {
      const answer = await packFolder(cli, scope, zip, { ...options, always: false, signal });
      const held = Object.keys(unzipSync(await readFile(zip))).sort();
      assert.ok(answer.kind === 'zip');
      assert.equal(answer.files, held.length);
      return held;
    };
    assert.deepEqual(await pack({}), [...names].sort());
    assert.deepEqual(await pack({ include: [scopePattern('lib', 'folder')] }), names.slice(1, 4).sort());
    assert.deepEqual(await pack({ include: [scopePattern('x, [1].js', 'file')] }), ['x, [1].js']);
    assert.deepEqual(await pack({ include: [scopePattern('lib', 'folder')], exclude: ['*.json', '*.py'] }), [
      'lib/b.js',
    ]);
    const many = Array.from({ length: 9_000 }, (_, at) => scopePattern(`${'folder-'.repeat(20)}${at}.js`, 'file'));
    assert.deepEqual(await pack({ include: [...many, '/a.js'] }), ['a.js']);
    await assert.rejects(pack({ include: ['/not-there.js'] }), {
      code: 'PACK',
      message: /nothing to scan .* that was requested/,
    });

    const end = await codeagent([
      'pack',
      scope,
      '--output',
      zip,
      '--include',
      'lib/**,a.js',
      '--exclude',
      'package-lock.json',
    ]);
    assert.equal(end.code, 0, end.stderr);
    assert.deepEqual(Object.keys(unzipSync(await readFile(zip))).sort(), ['a.js', 'lib/b.js', 'lib/deep/c.py']);
    await writeFile(join(scratch, 'empty'), '\n');
    const none = await codeagent(['pack', scope, '--output', zip, '--include-from', join(scratch, 'empty')]);
    assert.deepEqual([none.code, none.stdout], [2, '']);
    assert.match(none.stderr, /contains no patterns/);
  });

  it('stops packing when canceled, and says so', async () => {
    const hung = join(scratch, 'hung');
    await writeTree(hung, sources);
    for (const stop of ['at once', 'while it runs']) {
      const canceled = new AbortController();
      const packing = packFolder(cli, hung, join(scratch, 'hung.zip'), { always: false, signal: canceled.signal });
      const ended = assert.rejects(packing, { name: 'AbortError' });
      const running = () => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(`pack ${hung}`);
      if (stop !== 'at once') await until(running);
      canceled.abort();
      await ended;
      assert.equal(running(), false);
    }
  });

  it('distinguishes a folder whose commit is on a remote from a changed one', async () => {
    const clone = join(scratch, 'clone');
    const bare = join(scratch, 'bare.git');
    repository.git('init', '--quiet', '--bare', bare);
    repository.git('clone', '--quiet', repository.folder, clone);
    const git = (...args: string[]) => repository.git('-C', clone, ...args);
    git('checkout', '--quiet', '-b', 'feature/one');
    const url = 'https://git.example.org/team/app.git';
    git('remote', 'set-url', 'origin', url);
    git('config', `url.${bare}.insteadOf`, url);
    const pack = async () => {
      const end = await codeagent(['pack', clone, '--output', join(scratch, 'packed.zip')]);
      assert.equal(end.code, 0, end.stderr);
      return packed.parse(JSON.parse(end.stdout));
    };

    await writeTree(clone, { 'app/new.js': 'eval(location.hash);\n' });
    git('add', '--all');
    git('commit', '--quiet', '-m', 'not pushed');
    assert.equal((await pack()).kind, 'zip', 'the commit is nowhere else');

    git('push', '--quiet', 'origin', 'feature/one');
    const commit = git('rev-parse', 'HEAD');
    assert.deepEqual(await pack(), { kind: 'git', url, ref: 'feature/one', commit });

    await writeTree(clone, { 'app/untracked.js': 'x\n' });
    assert.equal((await pack()).kind, 'zip', 'a file that git does not know');
    await rm(join(clone, 'app/untracked.js'));
    assert.equal((await pack()).kind, 'git');

    await writeTree(clone, { 'app/new.js': 'eval(location.href);\n' });
    assert.equal((await pack()).kind, 'zip', 'a changed file');
    git('checkout', '--quiet', '--', '.');

    for (const remove of [() => rm(join(clone, 'app/new.js')), () => git('rm', '--quiet', 'app/new.js')]) {
      await remove();
      assert.equal((await pack()).kind, 'zip', 'a deleted file, which the commit still has');
      git('reset', '--quiet', '--hard');
      assert.equal((await pack()).kind, 'git');
    }

    git('remote', 'set-url', 'origin', `https://me:${token}@git.example.org/team/app.git`);
    assert.equal((await pack()).kind, 'zip', 'an address with a password is not given away');
    const sent = readReport(await scan([clone]));
    assert.equal(sent.meta.repo.source, 'zip');
    git('remote', 'remove', 'origin');
  });

  it('rejects a wrong token and a missing one', async () => {
    for (const wrong of ['wrong', '']) {
      const end = await scan([folder], { CODEAGENT_TOKEN: wrong });
      assert.equal(end.code, 3);
      assert.match(end.stderr, /could not be submitted: A bearer token is required/);
      assert.equal(end.stdout, '');
    }
  });

  it('reports a repository that cannot be cloned', async () => {
    const end = await scan(['--git', `${repository.url}-not-there`]);
    assert.equal(end.code, 3);
    assert.match(end.stderr, /The scan failed: Failed to clone repository/);
  });

  it('rejects a folder over its limit before anything is sent', async () => {
    const small = await startService({ analyzers: [], token, limits: { maxUpload: 100 } });
    try {
      const end = await codeagent(['scan', folder, '--server', small.url], { CODEAGENT_TOKEN: token });
      assert.equal(end.code, 3);
      assert.match(end.stderr, /the compressed folder is \d+ B, but the server accepts at most 100 B/);
      assert.ok(!small.log.lines.some((line) => line.includes('analyze-async')));
      said.push(end.stderr, ...small.log.lines);
    } finally {
      await small.close();
    }
  });

  it('shows its token nowhere', async function () {
    const processes = process.platform === 'linux' ? await stopWatching() : undefined;
    assert.ok(!said.join('\n').includes(token), 'in what the command printed');
    assert.ok(!served.output().includes(token), 'in what the service printed');
    assert.deepEqual(await filesWith(scratch, token), []);
    if (!processes) return;
    assert.ok(processes.rounds > 10);
    assert.deepEqual(processes.seen, []);
  });

  it('reveals its limit and its jobs only with the token', async () => {
    await until(async () => (await fetch(`${served.url}/health`)).ok);
    assert.equal((await fetch(`${served.url}/jobs`)).status, 401);
    const answer = await fetch(`${served.url}/jobs`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 200);
    assert.ok(!(await answer.text()).includes(token));
  });
});
