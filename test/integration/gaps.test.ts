import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { packed, report as reportSchema, toolSettings, type Gap, type GapKind } from '../../src/protocol';
import { CodedError } from '../../src/base/errors';
import { defaultLimits } from '../../src/base/limits';
import { externalAnalyzers } from '../../src/engines/registry';
import { bandit } from '../../src/engines/tools/bandit';
import { ExternalTool } from '../../src/engines/tools/externalTool';
import { analyzer, badLines, found } from './support/analyzers';
import { cli, type CommandEnd } from './support/command';
import { startService, until, writeTree, type TestService, type Tree } from './support/service';
import { patience } from '../support/patience.mjs';

const bad = 'const { exec } = require("child_process");\nexec("ls " + process.argv[2]);\n';

/** Runs the command as a user without full read access: permissions do not bind root. */
function asNobody(args: readonly string[], home: string): Promise<CommandEnd> {
  const began = performance.now();
  const plain = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  const [command = '', ...rest] = [...plain, process.execPath, cli, ...args];
  return new Promise((done, fail) => {
    const env = { ...process.env, HOME: home, XDG_CACHE_HOME: home, GIT_CONFIG_GLOBAL: join(home, 'none') };
    const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], env });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr, ms: performance.now() - began }));
  });
}

describe('gaps on the command line', () => {
  let place = '';
  const scan = (root: string, ...args: string[]) =>
    asNobody(['scan', root, '--no-osv', '--progress', 'none', ...args], join(place, 'home'));

  before(async function () {
    if (process.platform === 'win32') this.skip();
    place = await mkdtemp(join(tmpdir(), 'codeagent-gaps-'));
    await writeTree(place, { 'home/.keep': '' });
    await chmod(place, 0o755);
    await chmod(join(place, 'home'), 0o777);
  });
  after(async () => {
    if (place !== '') await rm(place, { recursive: true, force: true });
  });

  async function tree(name: string, files: Tree, closed: readonly string[]): Promise<string> {
    const root = join(place, name);
    await writeTree(root, files);
    for (const path of closed) await chmod(join(root, path), 0);
    return root;
  }

  it('are on stderr and in every format, and fail the command only on request', async () => {
    const root = await tree('part', { 'a.js': 'let a = 1;\n', 'secret/b.js': bad, 'c.js': bad }, ['secret', 'c.js']);
    const run = await scan(root);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /^Completed with gaps: not everything was scanned \(1 gap\)\.$/m);
    assert.match(run.stderr, /^ {2}Files and folders that could not be read were not scanned\. \(c\.js, secret\)$/m);
    assert.match(run.stdout, /no findings in what was scanned in 1 file, [\d.]+ s; 1 gap/);
    assert.equal((await scan(root, '--strict')).code, 4);
    for (const format of ['md', 'html', 'json']) {
      const { stdout } = await scan(root, '--format', format);
      assert.match(stdout, /could not be read were not scanned/, format);
      assert.doesNotMatch(stdout, /No findings\./, format);
    }
  });

  it('come after findings that fail the command', async () => {
    const root = await tree('both', { 'a.js': bad, 'b.js': bad }, ['b.js']);
    assert.equal((await scan(root, '--strict', '--fail-on', 'low')).code, 1);
    assert.equal((await scan(root, '--strict', '--fail-on', 'never')).code, 4);
  });

  it('do not exist if everything was scanned', async () => {
    const root = await tree('whole', { 'a.js': 'let a = 1;\n' }, []);
    const run = await scan(root, '--strict', '--format', 'json');
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stderr, '');
    assert.deepEqual(reportSchema.parse(JSON.parse(run.stdout)).meta.coverage, { complete: true, gaps: [] });
  });

  it('fail the scan if nothing was scanned', async () => {
    const closed = ['a.js', 'b.py', 'c.go', 'd.java', 'e.rb'];
    const root = await tree('closed', Object.fromEntries(closed.map((name) => [name, bad])), closed);
    const run = await scan(root, '--fail-on', 'low');
    assert.equal(run.code, 3);
    assert.match(run.stderr, /No file could be read: all 5 files could not be opened/);
    assert.equal(run.stdout, '');
  });

  it('of an upload are reported by the packing side', async () => {
    const root = await tree(
      'upload',
      { 'a.js': bad, 'b.js': bad, 'big.js': '// a line of nothing\n'.repeat(150_000) },
      ['b.js'],
    );
    const output = join(place, 'home', 'upload.zip');
    const run = await asNobody(['pack', root, '--output', output], join(place, 'home'));
    assert.equal(run.code, 0, run.stderr);
    const answer = packed.parse(JSON.parse(run.stdout));
    assert.ok(answer.kind === 'zip', run.stderr);
    assert.deepEqual(answer.gaps.map(({ kind, examples }) => [kind, examples]).sort(), [
      ['over_limit', ['big.js']],
      ['unreadable', ['b.js']],
    ]);
  });
});

describe('gaps of a job', () => {
  let service: TestService | undefined;
  afterEach(async () => {
    await service?.close();
    service = undefined;
  });

  async function gapsOf(running: TestService, fields: Readonly<Record<string, string | Blob>>): Promise<Gap[]> {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const answer = await running.get('/analyze-async', { method: 'POST', body });
    const { job_id: id } = (await answer.json()) as { job_id: string };
    const job = await running.ended(id);
    assert.equal(job.status, 'completed', job.error ?? '');
    const report = reportSchema.parse(await (await running.get(`/reports/${id}`)).json());
    const { complete, gaps } = report.meta.coverage ?? { complete: true, gaps: [] };
    assert.equal(complete, gaps.length === 0);
    assert.equal(job.gaps, gaps.length);
    // Readers of the log see each of them.
    const log = await (await running.get(`/jobs/${id}/log`)).text();
    for (const { reason } of gaps) assert.ok(log.includes(`warning`) && log.includes(reason), reason);
    return gaps;
  }

  it('name the kind, the analyzer and files', async () => {
    const limits = { ...defaultLimits, maxFindings: 3, analyzerTimeout: patience(1_000), stopGrace: 50 };
    service = await startService({
      tree: { 'a.js': 'BAD', 'b.js': '1' },
      limits,
      rulesets: { good: ['/opt/rules.yml'] },
      damage: ['The installation is damaged: x.js is missing.'],
      analyzers: [
        badLines('good'),
        analyzer('fails', () => Promise.reject(new CodedError('TOOL_FAILED', 'It fell over.'))),
        analyzer('offline', () => Promise.reject(new CodedError('SKIPPED', 'The service is out of reach.'))),
        analyzer('hangs', () => new Promise(() => undefined)),
        analyzer('floods', (run) => {
          run.issues([1, 2, 3, 4, 5].map((line) => found('a.js', line)));
          return Promise.resolve();
        }),
        analyzer('odd', (run) => {
          run.issues([found('../etc/passwd', 1)]);
          run.gap('unparsed', 'It was too odd.', ['b.js']);
          return Promise.resolve();
        }),
        analyzer('missing', () => Promise.resolve(), {
          availability: () => Promise.resolve({ available: false, reason: 'It is not installed.' }),
        }),
      ],
    });
    const gaps = await gapsOf(service, {
      path: service.root,
      analyzers: 'good,fails,offline,hangs,floods,odd,missing',
    });
    const reported = gaps.map(({ kind, analyzer: who, files }) => `${kind} ${who ?? '-'} ${files}`).sort();
    assert.deepEqual(reported, [
      'analyzer_failed fails 2',
      'analyzer_unavailable missing 2',
      'damaged_installation - 0',
      'findings_left_out floods 0',
      'findings_left_out odd 0',
      'lookup_failed offline 2',
      'rules_ignored good 0',
      'timed_out hangs 2',
      'unparsed odd 1',
    ]);
  });

  it('include links in a zip', async () => {
    service = await startService({ analyzers: [badLines()] });
    const link: [Uint8Array, { os: number; attrs: number }] = [
      strToU8('/etc/passwd'),
      { os: 3, attrs: 0o120777 << 16 },
    ];
    const file = new Blob([new Uint8Array(zipSync({ 'link.js': link, 'a.js': strToU8('BAD') }))]);
    const gaps = await gapsOf(service, { file });
    assert.deepEqual(
      gaps.map(({ kind, examples }) => [kind, examples]),
      [['partial_source', ['link.js']]],
    );
  });

  it('of a canceled job: its report says that it is partial', async () => {
    const running = (service = await startService({
      tree: { 'a.js': 'BAD' },
      analyzers: [badLines('good'), analyzer('hangs', () => new Promise(() => undefined))],
      limits: { ...defaultLimits, stopGrace: 50 },
    }));
    const get = (path: string, init?: RequestInit) => running.get(path, init);
    const id = await service.submit({ path: service.root });
    await until(async () => {
      const { phases } = (await (await get(`/jobs/${id}`)).json()) as { phases: { status: string }[] };
      return phases.some(({ status }) => status === 'completed');
    });
    const ended = service.ended(id);
    await get(`/jobs/${id}`, { method: 'DELETE' });
    assert.equal((await ended).status, 'canceled');
    const { meta } = reportSchema.parse(await (await get(`/reports/${id}`)).json());
    assert.equal(meta.partial, true);
    assert.equal(meta.coverage?.complete, false);
    assert.match(await (await get(`/reports/${id}?format=md`)).text(), /\*\*Partial:\*\*/);
  });
});

describe('gaps of the embedded analyzers', () => {
  let service: TestService | undefined;
  let cache = '';
  afterEach(async () => {
    await service?.close();
    service = undefined;
    if (cache !== '') await rm(cache, { recursive: true, force: true });
  });

  /** Changes the tree after the inventory and before the analyzers read it. */
  async function scanAfter(tree: Tree, change: (root: string) => Promise<void>) {
    const { embeddedAnalyzers } = await import('../../src/engines/registry');
    cache = await mkdtemp(join(tmpdir(), 'codeagent-gaps-cache-'));
    const osv = { ...toolSettings.parse({}).osv, enabled: false };
    const all = embeddedAnalyzers(join(__dirname, '../../../dist'), osv, cache).filter(({ id }) => id !== 'osv');
    let changed: Promise<void> | undefined;
    const analyzers = all.map((inner) => ({
      id: inner.id,
      title: inner.title,
      kind: inner.kind,
      scope: inner.scope,
      handles: (path: string) => inner.handles(path),
      availability: async (...args: Parameters<typeof inner.availability>) => {
        await (changed ??= running.then(({ root }) => change(root)));
        return inner.availability(...args);
      },
      analyze: (...args: Parameters<typeof inner.analyze>) => inner.analyze(...args),
      close: async () => inner.close?.(),
    }));
    const running = startService({ analyzers, tree });
    service = await running;
    const id = await service.submit({ path: service.root, analyzers: analyzers.map((one) => one.id).join(',') });
    const job = await service.ended(id);
    const answer = await service.get(`/reports/${id}`);
    for (const one of all) await one.close?.();
    return { job, report: answer.ok ? reportSchema.parse(await answer.json()) : undefined };
  }

  it('name files that vanished or became folders, pipes or links during the scan, once', async () => {
    const { job, report } = await scanAfter(
      { 'a.js': bad, 'b.py': 'import os\n', 'c.js': bad, 'd.js': bad, 'e.js': bad },
      async (root) => {
        await rm(join(root, 'b.py'));
        await rm(join(root, 'c.js'));
        await writeTree(root, { 'c.js/x.txt': '' });
        await rm(join(root, 'd.js'));
        await symlink('/etc/passwd', join(root, 'd.js'));
      },
    );
    assert.equal(job.status, 'completed', job.error ?? '');
    assert.deepEqual(
      report?.meta.coverage?.gaps.map(({ kind, analyzer: who, examples }) => [kind, who, examples]),
      [['unreadable', null, ['b.py', 'c.js', 'd.js']]],
    );
    assert.deepEqual([...new Set(report.files.map(({ path }) => path))], ['a.js', 'e.js']);
  });

  it('fail the job if its folder was renamed', async () => {
    const { job } = await scanAfter({ 'a.js': bad, 'b.py': 'import os\n' }, (root) => rename(root, `${root}-2`));
    assert.equal(job.status, 'failed');
    assert.match(job.error ?? '', /No file could be read/);
  });

  it('say that findings were left out', async () => {
    const many = `const { exec } = require("child_process");\n${'exec("ls " + process.argv[2]);\n'.repeat(60)}`;
    const { report } = await scanAfter({ 'a.js': many }, () => Promise.resolve());
    const kinds: GapKind[] = ['findings_left_out'];
    assert.deepEqual([...new Set(report?.meta.coverage?.gaps.map(({ kind }) => kind))], kinds);
    assert.deepEqual(report?.meta.coverage?.gaps[0]?.examples, ['a.js']);
  });
});

describe('gaps of external tools', () => {
  let place = '';
  let service: TestService | undefined;
  before(async function () {
    // The stand-ins are shell scripts.
    if (process.platform === 'win32') this.skip();
    place = await mkdtemp(join(tmpdir(), 'codeagent-gap-tools-'));
  });
  afterEach(async () => {
    await service?.close();
    service = undefined;
  });
  after(async () => {
    if (place !== '') await rm(place, { recursive: true, force: true });
  });

  async function gapsOf(id: string, result: unknown, tree: Tree, rulesets: string[] = []) {
    const path = join(place, id);
    await writeFile(join(place, `${id}.json`), JSON.stringify(result));
    await writeFile(path, `#!/bin/sh\ncase "$1" in *version) echo "${id} 1.2.3"; exit 0;; esac\ncat "${path}.json"\n`);
    await chmod(path, 0o755);
    const settings = toolSettings.parse({ paths: { [id]: path }, rulesets: { [id]: rulesets } });
    service = await startService({ analyzers: externalAnalyzers(settings), rulesets: settings.rulesets, tree });
    const job = await service.submit({ path: service.root, analyzers: id });
    assert.equal((await service.ended(job)).status, 'completed');
    const report = reportSchema.parse(await (await service.get(`/reports/${job}`)).json());
    return report.meta.coverage?.gaps.map(({ kind, examples }) => `${kind} ${examples.join()}`).sort();
  }

  it('are the files that they could not parse or finish, and rules that they ignored', async () => {
    const errors = [
      { type: 'Syntax error', message: 'odd', path: 'a.js' },
      { type: ['PartialParsing', []], message: 'odd', path: './b.js' },
      { type: 'Timeout', message: 'slow', path: 'a.js' },
      { type: 'Rule parse error', message: 'no such operator' },
    ];
    const tree = { 'a.js': '1', 'b.js': '2' };
    const reported = await gapsOf('semgrep', { results: [], errors }, tree, ['/opt/rules.yml']);
    assert.deepEqual(reported, ['rules_ignored ', 'unfinished a.js', 'unparsed a.js,b.js']);
  });

  it('are rule sets for a tool that does not support them', async () => {
    const errors = [{ filename: './a.py', reason: 'syntax error while parsing AST from file' }];
    const reported = await gapsOf('bandit', { errors, results: [] }, { 'a.py': '(' }, ['/opt/rules.yml']);
    assert.deepEqual(reported, ['rules_ignored ', 'unparsed a.py']);
  });
});

describe('the version of a tool', () => {
  it('may take long, and is determined at the priority of the scan itself', async function () {
    if (process.platform === 'win32') this.skip();
    const place = await mkdtemp(join(tmpdir(), 'codeagent-version-'));
    const path = join(place, 'bandit');
    const version = `nice > "${place}/nice"; sleep 60; exit 0`;
    await writeFile(path, `#!/bin/sh\ncase "$1" in *version) ${version};; esac\necho '{"errors":[],"results":[]}'\n`);
    await chmod(path, 0o755);
    const tool = new ExternalTool(bandit, toolSettings.parse({ paths: { bandit: path } }), 500);
    const service = await startService({ analyzers: [tool], tree: { 'a.py': '1' } });
    try {
      const id = await service.submit({ path: service.root, analyzers: 'bandit' });
      assert.equal((await service.ended(id)).gaps, 0);
      const { meta } = reportSchema.parse(await (await service.get(`/reports/${id}`)).json());
      assert.deepEqual(
        meta.analyzers?.map(({ version: reported, status }) => [reported, status]),
        [['unknown', 'completed']],
      );
      assert.equal(Number(await readFile(join(place, 'nice'), 'utf8')), getPriority());
    } finally {
      await service.close();
      await rm(place, { recursive: true, force: true });
    }
  });
});
