import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { CodedError } from '../../src/base/errors';
import type { Analyzer } from '../../src/engines/engine/engine';
import type { SourceFile } from '../../src/sources/sourceFile';
import { AstGrep } from '../../src/engines/patterns/astGrep';
import { osvSettings, type FoundIssue } from '../../src/protocol';
import { embeddedAnalyzers } from '../../src/engines/registry';
import { Flow } from '../../src/engines/taint/flow';
import { FalsePositiveFilter } from '../../src/engines/taint/falsePositiveFilter';
import { fileStamp } from '../../src/sources/fileStamp';
import { Ruff } from '../../src/engines/python/ruff';
import { Reading } from '../../src/engines/reading/reading';
import { Redos } from '../../src/engines/regex/redos';
import { Secretlint } from '../../src/engines/secrets/secretlint';
import { patience } from '../support/patience.mjs';

const dist = resolve('dist');
const reading = new Reading(dist);
/** One of the pattern rules. */
const knownRule = 'js-postmessage-no-origin-check';
const secretWord = 'PRIVATE';
const awsId = ['AKIA', '7KLFYYLBEG3RHDSV'].join('');
const pem = `-----BEGIN ${secretWord} KEY-----\nMC4CAQAwBQYDK2VwBCIEIIa52k/Qs26i6cCEPBJaHEl0ll57qHYox5Kc78YWffn7\n-----END ${secretWord} KEY-----`;

/** A folder of planted files; each line marked with "!" must have a finding. */
const planted: Record<string, string> = {
  'api/orders.js': [
    "const express = require('express');",
    "const db = require('./db');",
    'const app = express();',
    "app.get('/o', async (req, res) => {",
    '  const rows = await db.query("SELECT * FROM o WHERE id = \'" + req.query.id + "\'"); // !sql',
    '  res.json(rows);',
    '});',
    `const id = '${awsId}'; // !aws`,
  ].join('\n'),
  'api/hash.ts': [
    "import { createHash } from 'node:crypto';",
    "export const weak = (text: string) => createHash('md5').update(text).digest('hex'); // !md5",
    `export const key = \`${pem}\`; // `,
  ].join('\n'),
  'web/-View.tsx': `export const id = '${awsId}'; // !aws\n`,
  'web/page.py': [
    'import os',
    'from flask import Flask, request',
    'app = Flask(__name__)',
    '@app.route("/")',
    'def page():',
    '    names = {"a": "fixed", "b": request.args["b"]}',
    '    os.system("echo " + names["a"])',
    '    os.system("echo " + names["b"])  # !command',
    '    return "done"',
    'import re',
    'slow = re.compile(r"^(a+)+$")  # !redos',
  ].join('\n'),
  'jobs/load.py': [
    'import pickle, requests, yaml',
    'def load(text, data, url):',
    '    a = yaml.load(text, Loader=yaml.Loader)  # !yaml',
    '    b = pickle.loads(data)  # !pickle',
    '    c = requests.get(url, verify=False, timeout=5)  # !tls',
    '    return a, b, c',
  ].join('\n'),
  '.env': `AWS_ACCESS_KEY_ID=${awsId}\n`,
  '.gitignore': 'jobs/\n',
  'safe.py': 'import yaml\n# Example: AKIAIOSFODNN7EXAMPLE\ndef f(text):\n    return yaml.safe_load(text)\n',
  'broken.py': 'def (:\n    eval(x)\n',
  'deep.py': `x = ${'('.repeat(30_000)}1${')'.repeat(30_000)}\n`,
};

interface Outcome {
  issues: FoundIssue[];
  progress: number[];
  log: string[];
}

describe('embedded analyzers', () => {
  let root: string;
  let files: SourceFile[];

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'codeagent analyzers ü-'));
    files = [];
    for (const [path, content] of Object.entries(planted)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
      files.push({ path, size: (await stat(join(root, path))).size });
    }
  });
  after(() => rm(root, { recursive: true, force: true }));

  function analyze(
    analyzer: Analyzer,
    signal = new AbortController().signal,
    list = files,
    onIssues: () => void = () => undefined,
    folder?: string,
  ) {
    const outcome: Outcome = { issues: [], progress: [], log: [] };
    const done = analyzer.analyze({
      root,
      place: { folder, rulesets: [] },
      files: list.filter((file) => analyzer.handles(file.path)),
      signal,
      issues: (found) => {
        outcome.issues.push(...found);
        onIssues();
      },
      progress: (count) => outcome.progress.push(count),
      log: (_level, message) => outcome.log.push(message),
      gap: (_kind, reason) => outcome.log.push(reason),
    });
    return { outcome, done };
  }

  const embedded = (assets: string) => embeddedAnalyzers(assets, osvSettings.parse({}), join(root, 'cache'));

  it('are available, with their versions and rule versions', async () => {
    for (const analyzer of embedded(dist)) {
      const state = await analyzer.availability(new AbortController().signal, { rulesets: [] });
      assert.ok(
        state.available && /^\d+\.\d+\.\d+( \((rules|patterns) [0-9a-f]+\))?$/.test(state.version),
        JSON.stringify(state),
      );
    }
  });

  it('yield the CPU to others, even in the threads of this process', async function () {
    if (process.platform !== 'linux') return this.skip();
    const secretlint = new Secretlint(dist);
    await analyze(secretlint).done;
    // The thread is kept for the next scan. Field 19 of proc_pid_stat(5), counted after the name.
    const threads = await readdir('/proc/self/task');
    const stats = await Promise.all(
      threads.map((id) => readFile(`/proc/self/task/${id}/stat`, 'utf8').catch(() => '')),
    );
    const niceness = stats.map((stat) => Number(stat.split(') ').at(-1)?.split(' ')[16]));
    assert.ok(niceness.includes(5) && niceness.includes(0), niceness.join(' '));
    await secretlint.close();
  });

  it('skip a file that has grown too large since the scan began, and report it', async () => {
    const grown = await mkdtemp(join(tmpdir(), 'codeagent-grown-'));
    const padding = '\n'.repeat(1024 * 1024);
    for (const path of ['grown.js', 'grown.py'])
      await writeFile(join(grown, path), `${planted['web/page.py'] ?? ''}\nid = '${awsId}'; eval(x)\n${padding}`);
    const sources = ['grown.js', 'grown.py'].map((path) => ({ path, size: 10 }));
    for (const analyzer of embedded(dist)) {
      const list = sources.filter(({ path }) => analyzer.handles(path));
      if (list.length === 0) continue;
      const gaps: [string, readonly string[]][] = [];
      await analyzer.analyze({
        root: grown,
        place: { folder: undefined, rulesets: [] },
        files: list,
        signal: new AbortController().signal,
        issues: (found) => assert.deepEqual(found, [], analyzer.id),
        progress: () => undefined,
        log: () => undefined,
        gap: (kind, _reason, of = []) => gaps.push([kind, of]),
      });
      assert.deepEqual(new Set(gaps.map(([kind]) => kind)), new Set(['over_limit']), analyzer.id);
      assert.deepEqual(
        gaps.flatMap(([, of]) => of).toSorted(),
        list.map(({ path }) => path),
        analyzer.id,
      );
      await analyzer.close?.();
    }
    await rm(grown, { recursive: true });
  });

  it('say why they are not available', async () => {
    for (const analyzer of embedded(join(root, 'nowhere'))) {
      const state = await analyzer.availability(new AbortController().signal, { rulesets: [] });
      assert.ok(!state.available && state.reason.endsWith('.'), JSON.stringify(state));
    }
  });

  it('find the planted defects at the right lines, and not the safe look-alikes', async () => {
    const found = new Set<string>();
    for (const analyzer of embedded(dist)) {
      // The lockfile reader has nothing to do here.
      if (!files.some((file) => analyzer.handles(file.path))) continue;
      const { outcome, done } = analyze(analyzer);
      await done;
      for (const issue of outcome.issues) {
        assert.equal(issue.tool, analyzer.id);
        assert.ok(!JSON.stringify(issue).includes(awsId));
        found.add(`${issue.file}:${issue.line}`);
      }
      assert.deepEqual(outcome.progress.at(-1), files.filter((file) => analyzer.handles(file.path)).length);
    }
    const wanted = Object.entries(planted).flatMap(([path, content]) =>
      content.split('\n').flatMap((line, index) => (/(?:\/\/|#) !/.test(line) ? [`${path}:${index + 1}`] : [])),
    );
    wanted.push('.env:1', 'api/hash.ts:3');
    assert.deepEqual([...found].sort(), wanted.sort());
  });

  it('find the same in files with other encodings, at the same positions', async () => {
    const folder = await mkdtemp(join(root, 'encodings-'));
    const text = `# Größe\nimport os, re\nfrom flask import request\nos.system('ls ' + request.args['ü'])\nkey = '${awsId}'\nslow = re.compile(r'^(ü|a+)+$')\nb = eval(x)\n`;
    const mark = '\uFEFF';
    const encoded = {
      'utf8.py': Buffer.from(text),
      'mark.py': Buffer.from(mark + text),
      'latin1.py': Buffer.from(text, 'latin1'),
      'utf16le.py': Buffer.from(mark + text, 'utf16le'),
      'utf16be.py': Buffer.from(mark + text, 'utf16le').swap16(),
    };
    const list: SourceFile[] = [];
    for (const [name, content] of Object.entries(encoded)) {
      await writeFile(join(folder, name), content);
      list.push({ path: `${basename(folder)}/${name}`, size: content.length });
    }
    for (const analyzer of embedded(dist).filter((one) => one.handles('utf8.py'))) {
      const { outcome, done } = analyze(analyzer, undefined, list);
      await done;
      const places = list.map(({ path }) =>
        outcome.issues
          .filter(({ file }) => file === path)
          .map(({ rule_id, line, column, end_column }) => [rule_id, line, column, end_column].join(' '))
          .sort(),
      );
      for (const one of places) assert.deepEqual(one, places[0], analyzer.id);
      assert.ok(places[0]?.length, analyzer.id);
    }
  });

  it('rate data from a request higher than other values', async () => {
    const lines = [
      'def find(name), do: Repo.query("SELECT * FROM users WHERE name = \'#{name}\'")',
      'def show(conn, params), do: json(conn, Repo.query!("SELECT * FROM users WHERE id = #{params["id"]}"))',
      '',
    ];
    await writeFile(join(root, 'users.ex'), lines.join('\n'));
    const list = [{ path: 'users.ex', size: 100 }];
    const { outcome, done } = analyze(new AstGrep(join(dist, 'ast-grep'), reading), undefined, list);
    await done;
    const found = outcome.issues.filter((issue) => issue.rule_id === 'ex-sql-injection');
    assert.deepEqual(
      found.map(({ line, severity }) => [line, severity]),
      [
        [1, 'high'],
        [2, 'critical'],
      ],
    );
  });

  it('find everything in many files of several languages without a cache', async () => {
    const list: SourceFile[] = [];
    for (let n = 0; n < 260; n += 1) {
      const [path, code] = n % 50 === 0 ? [`many/${n}.js`, 'eval(x)\n'] : [`many/${n}.py`, 'import os\nos.system(x)\n'];
      await mkdir(join(root, 'many'), { recursive: true });
      await writeFile(join(root, path), code);
      list.push({ path, size: code.length });
    }
    const [astGrep] = embedded(dist);
    assert.ok(astGrep);
    const { outcome, done } = analyze(astGrep, undefined, list);
    await done;
    assert.equal(new Set(outcome.issues.map(({ file }) => file)).size, list.length);
  });

  /** What another secretlint installation finds in the user's own folder, where findings are cached; nothing else may be in it. */
  async function secretsBy(assets: string): Promise<Outcome> {
    const secretlint = embedded(assets).find(({ id }) => id === 'secretlint');
    assert.ok(secretlint);
    const stamped = await Promise.all(
      files.map(async (file) => ({ ...file, stamp: fileStamp(await lstat(join(root, file.path))) })),
    );
    const { outcome, done } = analyze(secretlint, undefined, stamped, undefined, root);
    await done;
    assert.ok(outcome.issues.some(({ file }) => file === '.env'));
    return outcome;
  }

  it('report what an ast-grep comment suppresses, which the policy decides, with the text of the file', async () => {
    const path = join(root, 'former.dockerfile');
    const lines = ['# ast-grep-ignore: docker-image-config', 'FROM node:latest', 'FROM ruby:latest', 'USER root'];
    await writeFile(path, `${lines.join('\n')}\n`);
    const list = [{ path: 'former.dockerfile', size: 100 }];
    const { outcome, done } = analyze(new AstGrep(join(dist, 'ast-grep'), reading), undefined, list);
    await done;
    const found = outcome.issues.filter(({ rule_id }) => rule_id === 'docker-unpinned-image');
    assert.deepEqual(
      found.map(({ line, snippet }) => [line, snippet]),
      [
        [2, 'FROM node:latest'],
        [3, 'FROM ruby:latest'],
      ],
    );
    await rm(path);
  });

  it('continue if ast-grep’s rules are damaged, which only ast-grep reports', async () => {
    const assets = await mkdtemp(join(root, 'assets-'));
    for (const name of await readdir(dist))
      if (name !== 'ast-grep') await symlink(join(dist, name), join(assets, name));
    const astGrep = embedded(assets).find(({ id }) => id === 'ast-grep');
    const state = await astGrep?.availability(new AbortController().signal, { folder: root, rulesets: [] });
    assert.ok(state && !state.available && state.reason.includes('ENOENT'), JSON.stringify(state));
    await secretsBy(assets);
    // They may disappear while it works, too.
    const folder = join(assets, 'ast-grep');
    await mkdir(folder);
    for (const name of ['languages.json', 'rules.json', 'needs.json', 'ast-grep'])
      await symlink(join(dist, 'ast-grep', name), join(folder, name));
    await assert.rejects(analyze(new AstGrep(folder, new Reading(assets)), undefined, files).done);
  });

  it('find everything even if it is unknown whether files have changed', async () => {
    const assets = await mkdtemp(join(root, 'assets-'));
    for (const name of await readdir(dist)) await symlink(join(dist, name), join(assets, name));
    await rm(join(assets, 'readingWorker.js'));
    const real = JSON.stringify(join(dist, 'readingWorker.js'));
    await writeFile(
      join(assets, 'readingWorker.js'),
      `exports.read = require(${real}).read; exports.compare = () => process.exit(1);`,
    );
    const outcome = await secretsBy(assets);
    assert.ok(outcome.log.some((line) => line.startsWith('The findings were not cached: ')));
  });

  it('continue without a file in another encoding that disappears after it was read', async () => {
    await writeFile(join(root, 'latin.py'), Buffer.from('import os\nos.system(x)  # caf\xe9\n', 'latin1'));
    const list = [{ path: 'latin.py', size: 40 }, ...files];
    await reading.of(root, list, new AbortController().signal);
    await rm(join(root, 'latin.py'));
    const { outcome, done } = analyze(new AstGrep(join(dist, 'ast-grep'), reading), undefined, list);
    await done;
    assert.ok(
      outcome.log.some((line) => line.startsWith('Files and folders that could not be read')),
      outcome.log.join('\n'),
    );
    assert.ok(outcome.issues.some((issue) => issue.file === 'jobs/load.py'));
  });

  it('continue without a file that was deleted', async () => {
    const list = [...files, { path: 'gone.py', size: 1 }];
    const { outcome, done } = analyze(new AstGrep(join(dist, 'ast-grep'), reading), undefined, list);
    await done;
    assert.ok(
      outcome.log.some((line) => line.startsWith('Files and folders that could not be read')),
      outcome.log.join('\n'),
    );
    assert.ok(outcome.issues.some((issue) => issue.file === 'api/hash.ts'));
  });

  it('survive files that ruff cannot parse, and report them', async () => {
    const { outcome, done } = analyze(new Ruff(dist));
    await done;
    assert.ok(outcome.log.includes('Files that are not valid Python 3 were not checked.'), outcome.log.join('\n'));
    assert.ok(outcome.issues.some((issue) => issue.file === 'jobs/load.py' && issue.rule_id === 'S506'));
  });

  for (const create of [
    () => new AstGrep(join(dist, 'ast-grep'), reading),
    () => new Ruff(dist),
    () => new Flow(dist),
    () => new Secretlint(dist),
    () => new Redos(dist),
  ]) {
    it(`end when canceled, with work left: ${create().id}`, async () => {
      const controller = new AbortController();
      // So many copies that it cannot be finished by then.
      const many = Array.from({ length: 4_000 }, () =>
        files.filter((file) => /orders|load|page/.test(file.path)),
      ).flat();
      const { outcome, done } = analyze(create(), controller.signal, many, () => controller.abort());
      await assert.rejects(done, { name: 'AbortError' });
      assert.ok(outcome.issues.length > 0);
      assert.ok((outcome.progress.at(-1) ?? 0) < many.length);
    });
  }

  it('fails with a clear message when ruff’s child process dies', async () => {
    const assets = await mkdtemp(join(root, 'assets-'));
    await writeFile(
      join(assets, 'ruffChild.js'),
      "process.on('message', () => { console.error('out of luck'); process.exit(7); });",
    );
    await assert.rejects(analyze(new Ruff(assets)).done, (error: CodedError) => {
      assert.equal(error.code, 'TOOL_FAILED');
      return /ruff crashed \(exit code 7\)/.test(error.message);
    });
  });

  it('fails with a clear message when secretlint’s worker dies', async () => {
    const assets = await mkdtemp(join(root, 'assets-'));
    await writeFile(join(assets, 'secretlintWorker.js'), 'exports.scan = () => process.exit(1);');
    await assert.rejects(analyze(new Secretlint(assets)).done, { code: 'TOOL_FAILED' });
  });

  it('skips a regular expression that takes too long to check, and reports it', async () => {
    const assets = await mkdtemp(join(root, 'assets-'));
    const place = '{file: files[0], line: 1, column: 1, endLine: 1, endColumn: 2, snippet: ""';
    await writeFile(
      join(assets, 'redosWorker.js'),
      `exports.scan = ({files}) => ({failed: [], hits: ['hang', 'slow'].map((source) => (${place}, expression: {source, flags: ''}}))});
       exports.judge = ({expressions}) => { for (const {source} of expressions) while (source === 'hang'); return [{part: 'part', growth: 'exponential'}]; };`,
    );
    const { outcome, done } = analyze(new Redos(assets, { group: 500, single: 500 }));
    await done;
    assert.deepEqual(
      outcome.log.filter((line) => line.startsWith('Took too long')),
      ['Took too long to check: /hang/'],
    );
    assert.equal(outcome.issues.length, 1);
  });

  it('fails with a clear message when the flow worker dies, and keeps the findings that it would have checked', async () => {
    const assets = await mkdtemp(join(root, 'assets-'));
    await writeFile(
      join(assets, 'projectFlowWorker.js'),
      'exports.scan = () => process.exit(1); exports.disprove = exports.scan;',
    );
    const flow = new Flow(assets);
    await assert.rejects(analyze(flow).done, { code: 'TOOL_FAILED' });
    const { outcome, done } = analyze(new FalsePositiveFilter(new AstGrep(join(dist, 'ast-grep'), reading), flow));
    await done;
    const lines = outcome.issues.filter((issue) => issue.file === 'web/page.py').map((issue) => issue.line);
    assert.deepEqual([...new Set(lines)], [7, 8]);
    assert.ok(
      outcome.log.some((line) => line.startsWith('Python findings could not be checked for false positives: ')),
    );
  });

  describe('with an ast-grep that', () => {
    before(function () {
      // The stand-ins are shell scripts.
      if (process.platform === 'win32') this.skip();
    });

    /** The rules without ast-grep's program. */
    async function withRules(): Promise<string> {
      const folder = await mkdtemp(join(root, 'ast-grep-'));
      for (const name of ['languages.json', 'rules.json', 'patterns.json'])
        await copyFile(join(dist, 'ast-grep', name), join(folder, name));
      return folder;
    }

    async function fake(script: string): Promise<AstGrep> {
      const folder = await withRules();
      await writeFile(join(folder, 'ast-grep'), `#!/bin/sh\n${script}\n`);
      await chmod(join(folder, 'ast-grep'), 0o755);
      return new AstGrep(folder, reading);
    }

    it('prints garbage: it fails', async () => {
      const analyzer = await fake('i=0; while [ $i -lt 100 ]; do echo "<html>"; i=$((i+1)); done');
      const { outcome, done } = analyze(analyzer);
      await assert.rejects(done, { code: 'BAD_OUTPUT' });
      assert.ok(outcome.log.length <= 25);
    });

    it('prints one bad line: it continues', async () => {
      const { outcome, done } = analyze(await fake('echo "{}"'));
      await done;
      assert.match(outcome.log.join('\n'), /not a match: \{\}/);
    });

    it('floods: it fails', async function () {
      this.timeout(patience(60_000));
      const analyzer = await fake("exec head -c 300000000 /dev/zero | tr '\\0' 'x'");
      await assert.rejects(analyze(analyzer).done, { code: 'TOO_MUCH_OUTPUT' });
    });

    /** ast-grep's output for a match in api/orders.js. */
    const matchLine = (ruleId: string, more: object = {}) =>
      JSON.stringify({
        file: './api/orders.js',
        range: { start: { line: 0, column: 0 }, end: { line: 0, column: 5 }, byteOffset: { start: 0, end: 5 } },
        lines: 'const',
        text: 'const',
        ruleId,
        message: 'said of it',
        ...more,
      });
    const begins = 'echo "sg: entity|file|./api/orders.js: language=JavaScript,appliedRuleCount=1" >&2';
    const ofOrders = (script: string) => `case "$*" in *orders.js*) ${script};; esac`;

    it('writes too much about one file: it is ended there, once, and keeps its findings', async function () {
      this.timeout(patience(60_000));
      const calls = join(root, 'calls');
      const line = join(root, 'line');
      await writeFile(line, `${matchLine(knownRule, { lines: 'x'.repeat(30_000) })}\n`);
      const script = `echo >> "${calls}"; ${begins}; i=0; while [ $i -lt 2000 ]; do cat "${line}"; i=$((i+1)); done`;
      const { outcome, done } = analyze(await fake(ofOrders(script)));
      await done;
      assert.equal(await readFile(calls, 'utf8'), '\n');
      assert.equal(outcome.issues.length, 50);
      assert.ok(outcome.log.includes('Files with too many matches on very long lines were searched only in part.'));
    });

    it('is canceled by the user: its findings with fixes stay too', async () => {
      const withFix = matchLine('js-tls-verify-off', { replacement: 'let' });
      const script = `${begins}; echo '${withFix}'; echo '${matchLine(knownRule)}'; while :; do sleep 1; done`;
      const controller = new AbortController();
      const { outcome, done } = analyze(await fake(ofOrders(script)), controller.signal, files, () =>
        controller.abort(),
      );
      await assert.rejects(done, { name: 'AbortError' });
      assert.deepEqual(
        outcome.issues.map(({ fix }) => fix?.edits[0]?.text),
        [undefined, 'let'],
      );
    });

    it('rejects a rule: it fails with its message', async () => {
      const analyzer = await fake('echo "Cannot parse rule" >&2; exit 8');
      await assert.rejects(analyze(analyzer).done, /ended with 8: Cannot parse rule/);
    });

    it('cannot be started: it fails', async () => {
      const folder = await withRules();
      await writeFile(join(folder, 'ast-grep'), '#!/there/is/no/such/program\n', { mode: 0o755 });
      await assert.rejects(analyze(new AstGrep(folder, reading)).done, { code: 'START_FAILED' });
    });

    it('hangs with a child process: both are killed', async () => {
      const pidFile = join(root, 'grandchild.pid');
      // Neither reacts to SIGTERM, and the grandchild keeps the pipe open.
      const analyzer = await fake(
        `trap '' TERM; sh -c 'trap "" TERM; echo $$ > "${pidFile}"; while :; do sleep 1; done' & wait`,
      );
      const controller = new AbortController();
      const { done } = analyze(analyzer, controller.signal);
      const pid = Number(await waitFor(() => readFile(pidFile, 'utf8').catch(() => '')));
      controller.abort();
      await assert.rejects(done, { name: 'AbortError' });
      await waitFor(async () => {
        const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({
          stdout: 'Z',
        }));
        return stdout.trim().startsWith('Z') ? 'gone' : '';
      });
    });
  });
});

/** Retries until there is an answer. */
async function waitFor(ask: () => Promise<string>): Promise<string> {
  const end = Date.now() + patience(15_000);
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== '') return answer.trim();
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('it never came');
}
