import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { unzipSync } from 'fflate';
import { languageOf } from '../../src/engines/rulePack/languages';
import { report as reportShape, type Report } from '../../src/protocol';
import { startOsv, type TestOsv } from '../integration/support/osvService';
import { patience } from '../support/patience.mjs';
import { packNpm, packVsix } from '../support/packages/pack.mjs';
import { onPath, vsixFile } from '../support/repo.mjs';
import { CiPlace } from './support/ci';
import { embedded, planted, vulnerable, writePlanted } from './support/planted';

/** The stderr of a scan, and its report. */
interface Outcome {
  readonly report: Report;
  readonly stderr: string;
}

describe('the packages, without the repository', function () {
  this.timeout(patience(120_000));
  let folder: string;
  let osv: TestOsv;
  /** What the build itself finds. */
  let expected: string[];
  const dist = () => join(folder, 'package', 'extension', 'dist');

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-packaged-'));
    await writePlanted(join(folder, 'tree'));
    osv = await startOsv(vulnerable);
    expected = findings(await scan(resolve('dist', 'cli.js')));
  });
  after(async () => {
    await osv.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Like an installer: files only, no empty folders. */
  async function unpack(file: string) {
    await rm(join(folder, 'package'), { recursive: true, force: true });
    for (const [path, content] of Object.entries(unzipSync(await readFile(file)))) {
      if (path.endsWith('/')) continue;
      const to = join(folder, 'package', path);
      await mkdir(dirname(to), { recursive: true });
      await writeFile(to, content, { mode: /\/(?:ast-grep|cli\.js)$/.test(path) ? 0o755 : 0o644 });
    }
  }

  const envWith = (path = process.env['PATH'] ?? '') => ({
    PATH: path,
    HOME: folder,
    TMPDIR: tmpdir(),
    XDG_CACHE_HOME: join(folder, 'cache'),
  });

  function scan(cli: string, path?: string): Promise<Outcome> {
    const env = envWith(path);
    const args = ['scan', join(folder, 'tree'), '--osv-url', osv.url, '--format', 'json', '--progress', 'none'];
    return new Promise((done, fail) => {
      const child = spawn(process.execPath, [cli, ...args], { cwd: folder, env });
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      child.once('error', fail);
      child.once('close', () => {
        try {
          done({ report: reportShape.parse(JSON.parse(stdout)), stderr });
        } catch (error) {
          fail(new Error(`no report: ${stderr}`, { cause: error }));
        }
      });
    });
  }

  /** A folder for PATH with git and nothing else. */
  async function onlyGit(): Promise<string> {
    const programs = await mkdtemp(join(folder, 'programs-'));
    await symlink(onPath('git') ?? '', join(programs, 'git'));
    return programs;
  }

  const findings = ({ report }: Outcome) =>
    report.files.flatMap(({ path, issues }) => issues.map((one) => `${path}:${one.line} ${one.rule_id}`)).sort();

  it('finds something in each kind of code and by each engine, as the build does', async () => {
    await unpack(vsixFile);
    const outcome = await scan(join(dist(), 'cli.js'));
    const { report } = outcome;
    assert.deepEqual(report.meta.coverage, { complete: true, gaps: [] }, outcome.stderr);
    const states = report.meta.analyzers?.map(({ id, status }) => `${id} ${status}`).sort();
    assert.deepEqual(
      states?.filter((one) => embedded.includes(one.split(' ')[0] ?? '')),
      embedded.map((id) => `${id} completed`),
    );
    const found = new Set(report.files.filter(({ issues }) => issues.length > 0).map(({ path }) => path));
    for (const path of Object.keys(planted))
      if (path !== 'package.json') assert.ok(found.has(path) || path === 'package-lock.json', path);
    const kinds = new Set(Object.keys(planted).flatMap((path) => languageOf(path) ?? []));
    assert.equal(kinds.size, 23);
    const tools = new Set(
      report.files.flatMap(({ issues }) => issues.flatMap((one) => [one.tool, ...(one.also_found_by ?? [])])),
    );
    for (const id of embedded) assert.ok(tools.has(id), `${id} found nothing`);
    assert.deepEqual(findings(outcome), expected);
  });

  it('fixes code, and writes nothing in a dry run', async () => {
    await unpack(vsixFile);
    const root = join(folder, 'to-fix');
    await mkdir(root);
    const [python, script] = ['import os\n\n\ndef f(x):\n    os.system("ls " + x)\n', planted['a.ts'] ?? ''];
    await writeFile(join(root, 'a.py'), python);
    await writeFile(join(root, 'a.ts'), script);
    const fix = (...more: string[]) =>
      spawnSync(process.execPath, [join(dist(), 'cli.js'), 'fix', root, '--unsafe', '--no-osv', ...more], {
        cwd: folder,
        env: envWith(),
        encoding: 'utf8',
      });
    const texts = () => Promise.all(['a.py', 'a.ts'].map((name) => readFile(join(root, name), 'utf8')));
    const dry = fix('--dry-run');
    assert.equal(dry.status, 0, dry.stderr);
    assert.match(dry.stdout, /^\+import subprocess$/m);
    assert.deepEqual(await texts(), [python, script]);
    const done = fix();
    assert.equal(done.status, 0, done.stderr);
    assert.deepEqual(await texts(), [
      'import os\nimport subprocess\n\n\ndef f(x):\n    subprocess.call(["ls", x])\n',
      script.replace("'md5'", "'sha256'"),
    ]);
  });

  it('explains a rule to agents', async () => {
    await unpack(vsixFile);
    const client = new Client({ name: 'test', version: '1' });
    const args = [join(dist(), 'cli.js'), 'mcp', '--root', join(folder, 'tree'), '--no-osv'];
    await client.connect(new StdioClientTransport({ command: process.execPath, args, cwd: folder, stderr: 'ignore' }));
    try {
      const result = await client.callTool({ name: 'explain', arguments: { rule_id: 'py-yaml-load' } });
      assert.match(JSON.stringify(result.structuredContent ?? result.content), /## Bad.*## Good/);
    } finally {
      await client.close();
    }
  });

  it('says which of its files are missing or damaged', async () => {
    await unpack(vsixFile);
    await truncate(join(dist(), 'ast-grep', 'patterns.json.br'), 100);
    await rm(join(dist(), 'secretlintWorker.js'));
    const { report, stderr } = await scan(join(dist(), 'cli.js'));
    for (const piece of ['ast-grep/patterns.json.br has been changed', 'secretlintWorker.js is missing']) {
      assert.ok(stderr.includes(piece), stderr);
      const gap = report.meta.coverage?.gaps.find(
        ({ kind, reason }) => kind === 'damaged_installation' && reason.includes(piece),
      );
      assert.ok(gap, JSON.stringify(report.meta.coverage));
    }
    assert.equal(report.meta.coverage?.complete, false);
  });

  let tarball: string;
  const installed = () => join(folder, 'prefix', 'bin', 'codeagent');
  it('finds the same as the npm tarball, installed in an empty folder', async () => {
    const prefix = join(folder, 'prefix');
    const place = join(folder, 'tarball');
    await mkdir(place);
    tarball = await packNpm(place, { quality: 'quick' });
    const install = ['install', '--global', '--prefix', prefix, '--prefer-offline', '--foreground-scripts', tarball];
    const { status, stdout, stderr } = spawnSync('npm', install, { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stdout + stderr, /warn|> \S+@\S+ (?:pre|post)?install/i);
    const outcome = await scan(installed());
    assert.deepEqual(outcome.report.meta.coverage, { complete: true, gaps: [] }, outcome.stderr);
    assert.deepEqual(findings(outcome), expected);
  });

  it('fails on what is new in GitHub Actions, GitLab, Azure Pipelines and Jenkins, from the tarball', async () => {
    const ci = await CiPlace.make(join(folder, 'ci'), tarball, await realpath(installed()));
    const isNewOnly = (text: string) => {
      assert.match(text, /known\.js/);
      const lines = [...text.matchAll(/known\.js\\?:(\d+)/g)].map(([, line]) => line);
      assert.deepEqual([...new Set(lines)], ['3'], text);
    };

    const github = await ci.github({ package: tarball, 'fail-on': 'high' }, '');
    assert.equal(github.code, 1, github.output);
    assert.match(github.outputs, /^sarif=.+codeagent\.sarif\nexit-code=1$/m);
    assert.match(github.output, /^::error .*file=src\/known\.js,line=3/m);
    isNewOnly(await ci.read('../runner/codeagent/comment.md'));
    assert.match(github.gh, /--method POST repos\/o\/r\/issues\/7\/comments --field body=@.+comment\.md/);
    const again = await ci.github({ package: tarball }, '55', 'comment');
    // The comment must be by the token's owner, since anyone can write the marker.
    assert.match(
      again.gh,
      /viewerDidAuthor[\s\S]*owner=o [\s\S]*name=r [\s\S]*number=7 [\s\S]*select\(\.viewerDidAuthor and/,
    );
    assert.match(again.gh, /updateIssueComment[\s\S]* --raw-field id=55 --field body=@/);
    assert.doesNotMatch(again.gh, /POST/);
    assert.equal((await ci.github({ package: tarball, comment: 'false' }, '', 'comment')).gh, '');

    const unknown = await ci.github({ package: tarball, 'new-since': 'nothing' }, '');
    assert.equal(unknown.code, 2, unknown.output);
    assert.deepEqual(
      [unknown.outputs, unknown.gh],
      ['exit-code=2\n', ''],
      'the report of the run before is told again',
    );

    const gitlab = await ci.gitlab();
    assert.equal(gitlab.code, 1, gitlab.output);
    const sast = await ci.read('gl-sast-report.json');
    assert.match(sast, /"start_line": 3/);
    assert.doesNotMatch(sast, /"start_line": 2/);
    for (const name of ['secret-detection', 'dependency-scanning', 'code-quality'])
      JSON.parse(await ci.read(`gl-${name}-report.json`));
    assert.equal(await ci.read('.codeagent-cache/.gitignore'), '*\n');

    for (const end of [await ci.azure(), await ci.jenkins()]) {
      assert.equal(end.code, 1, end.output);
      isNewOnly(await ci.read('codeagent-junit.xml'));
      JSON.parse(await ci.read('codeagent.sarif'));
    }
  });

  it('is what the CI files install, in the same version', async () => {
    const files = ['github/action.yml', 'gitlab/codeagent.gitlab-ci.yml', 'azure/codeagent.yml', 'jenkins/Jenkinsfile'];
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    for (const file of files)
      assert.match(await readFile(join('ci', file), 'utf8'), new RegExp(`codeagent-scanner@${version}\\b`), file);
  });

  it('finds the same in the universal package, by WebAssembly or by a program on PATH', async () => {
    await unpack(await packVsix('universal', { quality: 'quick' }));
    const programs = await onlyGit();
    for (const engine of ['WebAssembly', 'program']) {
      if (engine === 'program') await symlink(resolve('dist', 'ast-grep', 'ast-grep'), join(programs, 'ast-grep'));
      const outcome = await scan(join(dist(), 'cli.js'), programs);
      assert.deepEqual(outcome.report.meta.coverage, { complete: true, gaps: [] }, outcome.stderr);
      const { version } = outcome.report.meta.analyzers?.find(({ id }) => id === 'ast-grep') ?? {};
      assert.equal(version?.includes('as WebAssembly'), engine === 'WebAssembly', version ?? 'no ast-grep');
      assert.deepEqual(findings(outcome), expected);
    }
    await truncate(join(dist(), 'scripts.br'), 1000);
    const damage =
      /installation of CodeAgent Scanner is damaged: scripts\.br is missing or has been changed\. Reinstall it/;
    await assert.rejects(scan(join(dist(), 'cli.js'), programs), damage);
  });
});
