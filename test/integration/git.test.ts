import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits } from '../../src/base/limits';
import { changedFiles } from '../../src/sources/changedFiles';
import { cloneRepository, type CloneOptions } from '../../src/sources/git';
import { takeInventory, type InventoryOptions } from '../../src/sources/inventory';
import { cli, codeagent } from './support/command';
import { startGitServer, type GitServer } from './support/gitServer';
import { until, writeTree } from './support/service';

const isRoot = process.getuid?.() === 0;

describe('git', () => {
  let scratch: string;
  let tree: string;
  const env = { ...process.env };
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'codeagent-git-'));
    tree = join(scratch, 'tree');
    await mkdir(tree);
  });
  afterEach(async () => {
    for (const name of Object.keys(process.env)) if (!(name in env)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, env);
    await rm(scratch, { recursive: true, force: true });
  });

  const { signal } = new AbortController();
  const take = async (options: Partial<InventoryOptions> = {}) => {
    const rest = { include: [], exclude: [], askGit: true, limits: defaultLimits, signal, onProgress: () => undefined };
    const { files, skipped, gaps } = await takeInventory(tree, { ...rest, ...options });
    return { paths: files.map((file) => file.path), skipped, gaps };
  };
  const gitIn = (folder: string, ...args: string[]) => {
    const who = ['-c', 'user.name=T', '-c', 'user.email=t@example.org', '-c', 'protocol.file.allow=always'];
    return execFileSync('git', [...who, '-C', folder, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();
  };
  const git = (...args: string[]) => gitIn(tree, ...args);
  const commitAll = (folder: string) => {
    gitIn(folder, 'add', '--all');
    gitIn(folder, 'commit', '--quiet', '-m', 'x');
  };
  /** A repository with these files, committed. */
  const repository = async (name: string, files: Record<string, string>) => {
    const folder = join(scratch, name);
    await mkdir(folder, { recursive: true });
    gitIn(folder, 'init', '--quiet', '--initial-branch=main');
    await writeTree(folder, files);
    commitAll(folder);
    return folder;
  };
  /** Running commands with this text in their arguments. */
  const running = (text: string) =>
    execFileSync('ps', ['-eo', 'stat,args'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(text) && !line.startsWith('Z'));
  const noneRuns = (text: string) => until(() => running(text).length === 0, 60_000);

  describe('lists', () => {
    it('submodules and nested repositories by their own rules, and says what is not there', async () => {
      const lib = await repository('lib', { 'in.js': 'x', '.gitignore': 'made.js\n' });
      await repository('tree', { 'top.js': 'x' });
      git('submodule', '--quiet', 'add', lib, 'libs/lib');
      git('submodule', '--quiet', 'add', lib, 'libs/other');
      git('submodule', '--quiet', 'add', lib, 'vendor/lib');
      commitAll(tree);
      git('submodule', '--quiet', 'deinit', '--force', 'libs/other', 'vendor/lib');
      await writeTree(tree, {
        'libs/lib/made.js': 'x',
        'libs/lib/new.js': 'x',
        'own/build/a.js': 'x',
        'own/b.js': 'x',
      });
      gitIn(join(tree, 'own'), 'init', '--quiet');
      gitIn(join(tree, 'own'), 'add', 'build');
      const { paths, skipped, gaps } = await take();
      const inside = ['libs/lib/.gitignore', 'libs/lib/in.js', 'libs/lib/new.js', 'own/b.js', 'own/build/a.js'];
      assert.deepEqual(paths, ['.gitmodules', ...inside, 'top.js']);
      assert.deepEqual(skipped, { vendored: 1 });
      assert.deepEqual(
        gaps.map(({ kind, files }) => [kind, files]),
        [['nested_repository', ['libs/other']]],
      );
      assert.deepEqual((await take({ include: ['/top.js'] })).gaps, []);
      assert.deepEqual((await take({ include: ['*.js'] })).paths, inside.slice(1).concat('top.js'));
      assert.deepEqual((await take({ exclude: ['libs/'] })).gaps, []);
    });

    it('a folder of repositories, one of them broken', async () => {
      await repository('tree/one', { 'build/a.js': 'x', '.gitignore': 'no.js\n' });
      await repository('tree/two', { 'b.js': 'x' });
      await writeTree(tree, { '.gitignore': 'b.js\n', 'one/no.js': 'x', 'c.js': 'x' });
      await writeFile(join(tree, 'two/.git/index'), 'damaged');
      await writeTree(tree, { 'two/.git/info/exclude': 'd.js\n', 'two/d.js': 'x' });
      const { paths, gaps } = await take();
      assert.deepEqual(paths, ['.gitignore', 'c.js', 'one/.gitignore', 'one/build/a.js', 'two/b.js']);
      assert.deepEqual(
        gaps.map(({ kind, files }) => [kind, files]),
        [['nested_repository', ['two']]],
      );
      assert.match(gaps[0]?.reason ?? '', /index/);
    });

    it('no file that a sparse checkout omits or that was deleted', async () => {
      const one = await repository('one', { 'app/a.js': 'x', 'app/b.js': 'x', 'other/c.js': 'x' });
      await rm(tree, { recursive: true });
      gitIn(scratch, 'clone', '--quiet', one, tree);
      git('sparse-checkout', 'set', 'app');
      await rm(join(tree, 'app/b.js'));
      const { paths, skipped, gaps } = await take();
      assert.deepEqual([paths, skipped], [['app/a.js'], { not_checked_out: 1 }]);
      const reason = 'Files that a sparse checkout leaves out were not scanned.';
      assert.deepEqual(gaps, [{ kind: 'partial_source', reason, files: ['other/c.js'] }]);
      assert.deepEqual((await take({ include: ['/app'] })).gaps, []);
    });

    it('second work trees, and a bare repository with work trees beside it', async () => {
      const one = await repository('one', { 'a.js': 'x', 'build/b.js': 'x' });
      gitIn(one, 'worktree', 'add', '--quiet', join(tree, 'second'));
      gitIn(scratch, 'clone', '--quiet', '--bare', one, join(tree, '.bare'));
      await writeFile(join(tree, '.git'), 'gitdir: ./.bare\n');
      const { paths, skipped, gaps } = await take();
      assert.deepEqual(paths, ['.git', 'second/a.js', 'second/build/b.js']);
      assert.deepEqual([skipped, gaps], [{ vendored: 1 }, []]);
    });

    it('nothing through a link that replaced a folder', async () => {
      await repository('tree', { 'dir/passwd': 'x', 'a.js': 'x' });
      await rm(join(tree, 'dir'), { recursive: true });
      await symlink('/etc', join(tree, 'dir'));
      assert.deepEqual((await take()).paths, ['a.js']);
    });

    it('another user’s repository, if its owner allows it', async function () {
      if (!isRoot) this.skip();
      await repository('tree', { 'build/a.js': 'x', '.gitignore': 'no.js\n' });
      await writeTree(tree, { 'no.js': 'x', 'b.js': 'x' });
      execFileSync('chown', ['-R', '12345:12345', tree]);
      process.env['HOME'] = join(scratch, 'home');
      delete process.env['XDG_CONFIG_HOME'];
      await mkdir(process.env['HOME']);
      const refused = await take();
      assert.deepEqual(refused.paths, ['.gitignore', 'b.js'], 'walked');
      assert.equal(refused.gaps[0]?.kind, 'partial_source');
      assert.match(refused.gaps[0].reason, /belongs to another user.*safe\.directory/);
      await assert.rejects(changedFiles(tree, 'HEAD', signal), { code: 'GIT_REFUSED' });

      await writeFile(join(scratch, 'home/.gitconfig'), '[safe]\n\tdirectory = *\n');
      assert.deepEqual(await take(), { paths: ['.gitignore', 'b.js', 'build/a.js'], skipped: {}, gaps: [] });
      await rm(join(scratch, 'home/.gitconfig'));
      Object.assign(process.env, {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: tree,
      });
      assert.deepEqual((await take()).gaps, []);
      assert.ok((await changedFiles(tree, 'HEAD', signal)).includes('b.js'));
    });

    it('a folder on which git hangs, by walking it instead', async function () {
      this.timeout(60_000);
      await repository('tree', { 'a.js': 'x' });
      await writeTree(tree, { 'new.js': 'x' });
      execFileSync('mkfifo', [join(tree, '.gitignore')]);
      const { paths, skipped, gaps } = await take();
      assert.deepEqual([paths, skipped], [['a.js', 'new.js'], { vendored: 1, not_a_file: 1 }]);
      assert.deepEqual(
        gaps.map(({ kind }) => kind),
        ['partial_source'],
      );
      assert.match(gaps[0]?.reason ?? '', /git timed out after/);
      await noneRuns(tree);
    });

    it('without git if it is not installed, and only says so for a repository', async () => {
      await writeTree(tree, { 'a.js': 'x' });
      process.env['PATH'] = join(scratch, 'nothing');
      assert.deepEqual((await take()).gaps, []);
      process.env['PATH'] = env['PATH'];
      git('init', '--quiet');
      process.env['PATH'] = join(scratch, 'nothing');
      assert.match((await take()).gaps[0]?.reason ?? '', /git is not installed/);
    });

    it('without running a git from the folder itself', async () => {
      const proof = join(scratch, 'proof');
      await writeTree(tree, { git: `#!/bin/sh\ntouch ${proof}\n` });
      await chmod(join(tree, 'git'), 0o755);
      process.env['PATH'] = `.:${env['PATH']}`;
      await take();
      assert.equal(existsSync(proof), false);
    });
  });

  describe('reports what has changed', () => {
    it('in a repository without a commit: everything', async () => {
      git('init', '--quiet');
      await writeTree(tree, { 'a.js': 'x', 'b.js': 'x' });
      git('add', 'b.js');
      assert.deepEqual((await changedFiles(tree, 'HEAD', signal)).sort(), ['a.js', 'b.js']);
      await assert.rejects(changedFiles(tree, 'main', signal), { code: 'NO_COMMIT' });
    });

    it('in submodules and nested repositories', async () => {
      const lib = await repository('lib', { 'in.js': 'x', 'same.js': 'x' });
      await repository('tree', { 'top.js': 'x' });
      git('submodule', '--quiet', 'add', lib, 'lib');
      commitAll(tree);
      git('branch', 'before');
      const own = await repository('tree/own', { 'a.js': 'x', 'b.js': 'x' });
      assert.deepEqual(await changedFiles(tree, 'HEAD', signal), []);
      await writeTree(tree, { 'lib/in.js': 'longer', 'lib/new.js': 'x' });
      await writeFile(join(own, 'b.js'), 'longer');
      assert.deepEqual((await changedFiles(tree, 'HEAD', signal)).sort(), ['lib/in.js', 'lib/new.js', 'own/b.js']);
      commitAll(join(tree, 'lib'));
      git('add', 'lib');
      git('commit', '--quiet', '-m', 'moved');
      assert.deepEqual(await changedFiles(tree, 'HEAD', signal), ['own/b.js']);
      const since = (await changedFiles(tree, 'before', signal)).sort();
      assert.deepEqual(since, ['lib', 'lib/in.js', 'lib/new.js', 'own/b.js']);
    });

    it('and starts no filters of a repository', async () => {
      const proof = join(scratch, 'proof');
      await repository('tree', { 'a.js': 'x', '.gitattributes': '* filter=evil\n' });
      for (const key of ['clean', 'smudge', 'process']) git('config', `filter.evil.${key}`, `touch ${proof}; cat`);
      git('config', 'filter.evil.required', 'true');
      // As old as the index: git cannot tell from the stamps, and compares the content.
      await writeFile(join(tree, 'a.js'), 'y');
      const now = new Date();
      await utimes(join(tree, 'a.js'), now, now);
      await utimes(join(tree, '.git/index'), new Date(now.getTime() - 5_000), new Date(now.getTime() - 5_000));
      assert.ok((await changedFiles(tree, 'HEAD', signal)).includes('a.js'));
      assert.equal(existsSync(proof), false);
    });

    it('or a clear reason why not, with exit code 2', async () => {
      await repository('tree', { 'a.js': 'x' });
      for (const [args, sentence] of [
        [[tree, '--changed', 'nowhere'], /there is no commit, branch or tag "nowhere"/],
        [[tree, '--changed=--output=x'], /there is no commit, branch or tag/],
        [[scratch, '--changed'], /it is not in a git repository/],
      ] as const) {
        const end = await codeagent(['scan', ...args]);
        assert.equal(end.code, 2, end.stderr);
        assert.match(end.stderr, sentence);
        assert.equal(end.stderr.trim().split('\n').length, 1, end.stderr);
      }
    });
  });

  describe('clones', () => {
    let server: GitServer;
    const secret = 'p4ss%40word';
    beforeEach(async () => {
      const one = await repository('one', { 'a.js': 'x' });
      gitIn(scratch, 'clone', '--quiet', '--bare', one, join(scratch, 'served/app.git'));
      gitIn(join(scratch, 'served/app.git'), 'config', 'uploadpack.allowAnySHA1InWant', 'true');
      server = await startGitServer(join(scratch, 'served'));
      process.env['GIT_SSL_CAINFO'] = server.certificate;
    });
    afterEach(() => server.close());
    const clone = (path: string, options: Partial<CloneOptions> = {}) =>
      cloneRepository({
        url: `${server.origin.replace('//', `//me:${secret}@`)}${path}`,
        transport: 'https',
        ref: null,
        commit: null,
        folder: join(scratch, 'clone'),
        signal,
        onProgress: () => undefined,
        ...options,
      });

    it('with a login that appears in no argument', async () => {
      const seen: string[] = [];
      const looking = setInterval(() => seen.push(...running('127.0.0.1')), 5);
      try {
        assert.equal(await clone('/app.git'), gitIn(join(scratch, 'one'), 'rev-parse', 'HEAD'));
      } finally {
        clearInterval(looking);
      }
      assert.deepEqual(await readdir(join(scratch, 'clone')), ['.git', 'a.js']);
      assert.ok(server.logins.includes(`Basic ${Buffer.from('me:p4ss@word').toString('base64')}`));
      const line = seen.join('\n');
      for (const text of [secret, 'p4ss@word', Buffer.from('me:p4ss@word').toString('base64')])
        assert.ok(!line.includes(text), line);
      // Grep exits with 1 if it finds nothing.
      const grep = spawnSync('grep', ['-rl', '-e', 'p4ss', '-e', 'bWU6cDRzc', scratch], { encoding: 'utf8' });
      assert.deepEqual([grep.status, grep.stdout], [1, '']);
    });

    it('from a redirect on the same host, but on no other', async () => {
      await clone('/moved/app.git', { commit: gitIn(join(scratch, 'one'), 'rev-parse', 'HEAD') });
      assert.ok(existsSync(join(scratch, 'clone/a.js')));
      await assert.rejects(clone('/elsewhere/app.git', { folder: join(scratch, 'other') }), {
        message: /^Failed to clone repository: the server redirects to another host \(localhost:1\)/,
      });
    });

    it('over ssh from the verified address, identifying the host by its name', async () => {
      const source = await repository('by ssh', { 'a.js': 'x' });
      const told = join(scratch, 'told');
      await mkdir(join(scratch, 'bin'));
      // The last argument is the command to run there.
      await writeFile(
        join(scratch, 'bin/ssh'),
        `#!/bin/sh\nprintf '%s\\n' "$@" >> '${told}'\nfor last; do :; done\nexec sh -c "$last"\n`,
        { mode: 0o755 },
      );
      process.env['PATH'] = `${join(scratch, 'bin')}:${process.env['PATH'] ?? ''}`;
      const path = encodeURI(source);
      for (const [host, addresses, options] of [
        ['git.example.com', ['203.0.113.9', '2001:db8::9'], 'HostName=203.0.113.9 HostKeyAlias=git.example.com'],
        ['git.example.com:22', ['2001:db8::9'], 'HostName=2001:db8::9 HostKeyAlias=git.example.com'],
        ['git.example.com:2222', ['203.0.113.9'], 'HostName=203.0.113.9 HostKeyAlias=[git.example.com]:2222'],
        ['203.0.113.9', ['203.0.113.9'], ''],
        ['git.example.com', [], ''],
      ] as const) {
        await rm(told, { force: true });
        const folder = join(scratch, 'cloned');
        const url = `ssh://git@${host}${path}`;
        await cloneRepository({
          ...{ url, transport: 'ssh', addresses, ref: null, commit: null, folder, signal },
          onProgress: () => undefined,
        });
        assert.equal(await readFile(join(folder, 'a.js'), 'utf8'), 'x');
        const said = (await readFile(told, 'utf8')).split('\n');
        assert.equal(said.filter((one) => /^Host(?:Name|KeyAlias)=/.test(one)).join(' '), options);
        assert.ok(said.includes('BatchMode=yes') && said.includes(`git@${host.replace(/:.*/, '')}`));
        await rm(folder, { recursive: true });
      }
    });

    it('not forever from a silent server', async () => {
      await assert.rejects(clone('/stall/app.git', { silentMs: 500 }), {
        message: /^Failed to clone repository: the server timed out after/,
      });
      await noneRuns(`${server.origin}/stall`);
      await assert.rejects(clone('/none.git', { folder: join(scratch, 'none') }), (error: Error) => {
        assert.match(error.message, /^Failed to clone repository: .*none\.git.*not found/);
        assert.ok(!error.message.includes('p4ss'), error.message);
        return true;
      });
    });

    it('without its login in any output, verbose or not', async () => {
      const url = `${server.origin.replace('//', `//me:${secret}@`)}/none.git`;
      const end = await codeagent(['scan', '--git', url], { DEBUG: '*', CODEAGENT_DEBUG: '1' });
      assert.equal(end.code, 3);
      const said = end.stdout + end.stderr;
      for (const text of ['p4ss', Buffer.from('me:p4ss@word').toString('base64')])
        assert.ok(!said.includes(text), said.slice(0, 2_000));
    });
  });

  describe('leaves no process', () => {
    const children: ChildProcess[] = [];
    afterEach(() => {
      for (const child of children.splice(0)) child.kill('SIGKILL');
    });
    /** Starts the command with a separate temporary folder, and waits until git works with what `text` names. */
    const start = async (args: string[], text: string) => {
      const temp = join(scratch, 'tmp');
      await mkdir(temp, { recursive: true });
      const child = spawn(process.execPath, [cli, ...args], { stdio: 'ignore', env: { ...process.env, TMPDIR: temp } });
      children.push(child);
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
      await until(() => running(text).some((line) => /\bgit (-C|remote-https) /.test(line)), 60_000);
      return { child, ended, temp };
    };
    /** Git blocks here until someone opens the other end of the pipe. */
    const hanging = async () => {
      await repository('tree', { 'a.js': 'x' });
      execFileSync('mkfifo', [join(tree, '.gitignore')]);
    };

    it('and no folder when a command is ended', async function () {
      this.timeout(120_000);
      await hanging();
      const output = join(scratch, 'out.zip');
      for (const [args, signalName] of [
        [['scan', tree, '--changed'], 'SIGINT'],
        [['scan', tree], 'SIGTERM'],
        [['pack', tree, '--output', output], 'SIGTERM'],
      ] as const) {
        const { child, ended, temp } = await start([...args], tree);
        child.kill(signalName);
        assert.equal(await ended, 130);
        await noneRuns(tree);
        assert.deepEqual(await readdir(temp), []);
      }
      assert.equal(existsSync(output), false);
    });

    it('when a command is killed', async function () {
      this.timeout(120_000);
      await hanging();
      for (const args of [
        ['scan', tree, '--changed'],
        ['scan', tree],
        ['pack', tree, '--output', join(scratch, 'x')],
      ]) {
        const { child, ended } = await start(args, tree);
        child.kill('SIGKILL');
        await ended;
        await noneRuns(tree);
      }
    });

    it('when a clone from a server that hangs is ended, or its runner killed', async function () {
      this.timeout(120_000);
      const silent = createServer();
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      try {
        const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/x.git`;
        const stopped = await start(['scan', '--git', url], url);
        stopped.child.kill('SIGINT');
        assert.equal(await stopped.ended, 130);
        await noneRuns(url);
        assert.deepEqual(await readdir(stopped.temp), []);
        const killed = await start(['scan', '--git', url], url);
        killed.child.kill('SIGKILL');
        await killed.ended;
        await noneRuns(url);
      } finally {
        silent.close();
      }
    });
  });

  it('is not needed to match its case handling and excludes', async () => {
    await writeTree(tree, { '.gitignore': 'Debug/\n', 'debug/a.js': 'x', 'Debug2/b.js': 'x' });
    await appendFile(join(tree, '.gitignore'), '*.LOG\n');
    await writeTree(tree, { 'a.log': 'x' });
    const { paths } = await take({ askGit: false, exclude: ['debug2/'] });
    const onLinux = ['.gitignore', 'Debug2/b.js', 'a.log', 'debug/a.js'];
    assert.deepEqual(paths, process.platform === 'linux' ? onLinux : ['.gitignore']);
  });
});
