import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeBaseline, readBaseline } from '../../src/findings/policy/baselineFile';
import { changeConfig } from '../../src/findings/policy/configEdit';
import { checkAnswer, isSuppressed, report, type Issue, type Report } from '../../src/protocol';
import { analyzer, badLines, found } from './support/analyzers';
import { codeagent, type CommandEnd } from './support/command';
import { form, startService, writeTree, type TestService, type Tree } from './support/service';

const evil = (name: string) => `app.get('/', (req, res) => { eval(req.query.${name}); });\n`;
const tree: Tree = {
  'src/plain.js': evil('plain'),
  'src/off.js': evil('off').replace('eval(', 'require("child_process").exec('),
  'src/commented.js': `app.get('/', (req, res) => {\n  // codeagent-ignore: agreed\n  eval(req.query.a);\n});\n`,
  'src/sonar.js': evil('b').replace(' });', ' }); // NOSONAR'),
  'gen/left-out.js': evil('c'),
  'test/rated.js': evil('d'),
  '.codeagent/config.json': `{
  // as agreed
  "exclude": ["gen/"],
  "failOn": "high",
  "unknown": true,
  "overrides": [
    { "files": ["src/off.js"], "rules": { "js-*": "off", "nothing-like-it": "low" } },
    { "files": ["src/plain.js"], "rules": { "js-*": "low" } }
  ]
}
`,
};

const quiet = ['--no-osv', '--progress', 'none', '--format', 'json'];

function issuesOf({ stdout }: CommandEnd): Issue[] {
  return report.parse(JSON.parse(stdout)).files.flatMap(({ issues }) => issues);
}

/** "src/plain.js low": open findings, or with the location of the decision. */
function told(issues: readonly Issue[]): string[] {
  return issues
    .map(({ file, severity, suppression }) => {
      const place = suppression && `${suppression.file ?? ''}:${suppression.line ?? ''}`;
      return `${file} ${place ?? severity}`;
    })
    .sort();
}

const decided = [
  'src/commented.js src/commented.js:2',
  'src/off.js .codeagent/config.json:7',
  'src/plain.js low',
  'src/sonar.js src/sonar.js:1',
  'test/rated.js medium',
];

describe('the decisions of a team', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-policy-test-'));
    await writeTree(folder, tree);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('apply where they are, and say so where they do not', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'codeagent-policy-nested-'));
    try {
      await writeTree(parent, {
        'one/.codeagent/config.json': '{ "rules": { "*": "off" } }',
        'one/.codeagent/baseline.json': '{ "version": 1, "findings": [] }',
        'two/.codeagent/config.json': '{}',
        'one/a.js': 'app.get("/", (req) => eval(req.query.a));',
      });
      const run = await codeagent(['scan', parent, ...quiet]);
      assert.deepEqual(told(issuesOf(run)), ['one/a.js critical']);
      assert.equal(run.stderr.match(/^warning /gm)?.length, 1, run.stderr);
      assert.match(run.stderr, /^warning one\/\.codeagent\/\S+:1: This has no effect here.* two/m);
      assert.doesNotMatch((await codeagent(['scan', join(parent, 'one'), ...quiet])).stderr, /no effect/);
    } finally {
      await rm(parent, { recursive: true, force: true });
    }
  });

  it('apply to codeagent scan, and are reported with their locations, in SARIF as well', async () => {
    const run = await codeagent(['scan', folder, ...quiet]);
    assert.deepEqual(told(issuesOf(run)), decided);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /^warning \.codeagent\/config\.json:5: "unknown" is an unknown key/m);
    assert.match(run.stderr, /^warning \.codeagent\/config\.json:7: There is no rule "nothing-like-it"/m);
    const text = (await codeagent(['scan', folder, ...quiet, '--format', 'sarif'])).stdout;
    const sarif = JSON.parse(text) as { runs: { results: { suppressions?: { kind: string }[] }[] }[] };
    const places = sarif.runs.flatMap(({ results }) => results.flatMap(({ suppressions = [] }) => suppressions));
    assert.deepEqual(places.map(({ kind }) => kind).sort(), ['external', 'inSource', 'inSource']);
    assert.ok(JSON.stringify(places).includes('"startLine":7'));
    const again = join(folder, '../sarif.json');
    await writeFile(again, text);
    const converted = await codeagent(['convert', again, '--root', folder, '--format', 'json']);
    await rm(again);
    assert.deepEqual(told(issuesOf(converted)), decided);
  });

  it('fail a build only for open findings, and are ignored with --no-config', async () => {
    const all = await codeagent(['scan', folder, ...quiet, '--no-config']);
    assert.deepEqual(
      told(issuesOf(all)),
      ['gen/left-out.js', 'src/commented.js', 'src/off.js', 'src/plain.js', 'src/sonar.js']
        .map((file) => `${file} critical`)
        .concat('test/rated.js medium'),
    );
    assert.equal(all.code, 0, 'failOn is the configuration’s');
    const failing = ['scan', folder, ...quiet, '--fail-on'];
    assert.equal((await codeagent([...failing, 'high', '--no-config'])).code, 1);
    assert.equal((await codeagent([...failing, 'high'])).code, 0);
    assert.equal((await codeagent([...failing, 'medium'])).code, 1);
  });

  it('may come from another file, whose mistakes abort the command', async () => {
    const other = join(folder, 'other.jsonc');
    await writeFile(other, '{ "rules": { "js-*": "off" }, // all\n "failOn": "low" }');
    const run = await codeagent(['scan', folder, ...quiet, '--config', other]);
    assert.equal(run.code, 0, run.stderr);
    assert.ok(issuesOf(run).every(isSuppressed));
    assert.ok(issuesOf(run).some(({ suppression }) => suppression?.file === other && suppression.line === 1));
    await writeFile(other, '{\n "failOn": "hgih" }');
    const wrong = await codeagent(['scan', folder, ...quiet, '--config', other]);
    assert.equal(wrong.code, 2);
    assert.ok(wrong.stderr.includes(`${other}:2: "failOn"`), wrong.stderr);
    assert.equal((await codeagent(['scan', folder, ...quiet, '--config', join(folder, 'none')])).code, 2);
    await rm(other);
  });

  it('are a gap where unreadable, and the readable parts apply', async () => {
    const broken = await mkdtemp(join(tmpdir(), 'codeagent-policy-test-'));
    await writeTree(broken, {
      ...tree,
      '.codeagent/config.json': '{ "exclude": ["gen/", "test/", "src/[a-o]*"]\n "failOn": 7 }',
    });
    await writeTree(broken, { '.codeagent/baseline.json': '{' });
    const run = await codeagent(['scan', broken, ...quiet]);
    assert.deepEqual(told(issuesOf(run)), ['src/plain.js critical', 'src/sonar.js src/sonar.js:1']);
    assert.equal(run.code, 2);
    assert.match(run.stderr, /config\.json:2: This is not JSON: comma expected/);
    assert.match(run.stderr, /config\.json:2: "failOn"/);
    assert.match(run.stderr, /baseline\.json:1: .*not JSON/);
    assert.match(run.stderr, /Completed with gaps/);
    await rm(broken, { recursive: true });
  });

  it('are written by codeagent baseline, expire, and are pruned', async () => {
    const own = await mkdtemp(join(tmpdir(), 'codeagent-policy-test-'));
    await writeTree(own, { 'a.js': evil('a'), 'b.js': evil('b') });
    const add = await codeagent([
      'baseline',
      own,
      '--no-osv',
      '--reason',
      'later',
      '--kind',
      'accepted',
      '--by',
      'us',
      '--expires',
      '2999-01-01',
    ]);
    assert.equal(add.code, 0, add.stderr);
    const file = join(own, '.codeagent/baseline.json');
    assert.deepEqual(new Set((await readBaseline(own)).map(({ tool }) => tool)), new Set(['flow']));
    const failing = ['scan', own, ...quiet, '--fail-on', 'low'];
    const run = await codeagent(failing);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(
      issuesOf(run).map(({ suppression }) => [
        suppression?.origin,
        suppression?.line,
        suppression?.reason,
        suppression?.by,
      ]),
      [
        ['baseline', 4, 'later', 'us'],
        ['baseline', 5, 'later', 'us'],
      ],
    );
    assert.equal((await codeagent(['baseline', own, '--check'])).code, 0);
    await writeFile(file, (await readFile(file, 'utf8')).replace('2999', '2020'));
    const over = await codeagent(failing);
    assert.equal(over.code, 1);
    assert.match(
      over.stderr,
      /warning \.codeagent\/baseline\.json:4: .* in a\.js expired on 2020-01-01: the finding counts again/,
    );
    const check = await codeagent(['baseline', own, '--check']);
    assert.equal(check.code, 1);
    assert.match(check.stdout, /^a\.js: js-\S+ expired on 2020-01-01 \(later\)$/m);
    await rm(join(own, 'b.js'));
    assert.equal((await codeagent(['baseline', own, '--no-osv', '--prune'])).code, 0);
    assert.equal((await readFile(file, 'utf8')).split('\n').filter((line) => line.includes('fingerprint')).length, 1);
    await rm(own, { recursive: true });
  });
});

describe('codeagent baseline --prune', () => {
  let own: string;
  beforeEach(async () => {
    own = await mkdtemp(join(tmpdir(), 'codeagent-policy-test-'));
  });
  afterEach(() => rm(own, { recursive: true }));

  const entry = (file: string, rule: string, more: object = {}) => ({
    ...{ file, rule, fingerprint: `${file} ${rule}` },
    ...more,
  });
  const writeEntries = (...findings: object[]) =>
    writeTree(own, { '.codeagent/baseline.json': JSON.stringify({ version: 1, findings }) });
  const entries = async () => (await readBaseline(own)).map(({ file, rule }) => `${file} ${rule}`);
  const prune = async (...args: string[]) => {
    const end = await codeagent(['baseline', own, '--prune', ...(args.length > 0 ? args : ['--no-osv'])], {
      PATH: '/nowhere',
    });
    assert.equal(end.code, 0, end.stderr);
    return end.stderr;
  };

  it('keeps the entries of analyzers that did not run, and says why', async () => {
    await writeTree(own, {
      'a.py': 'x = 1\n',
      'a.js': 'let a;\n',
      Dockerfile: 'USER me\n',
      'package-lock.json': '{}\n',
    });
    await writeEntries(
      entry('a.py', 'B602'),
      entry('a.py', 'B603', { tool: 'bandit' }),
      entry('Dockerfile', 'DS-0002'),
      entry('a.py', 'team.shell-true', { tool: 'semgrep' }),
      entry('a.py', 'team.unknown'),
      entry('package-lock.json', 'GHSA-aaaa-bbbb-cccc'),
      entry('package-lock.json', 'GHSA-aaaa-bbbb-dddd', { tool: 'osv' }),
      entry('gone.py', 'B602'),
      entry('a.py', 'S602'),
      entry('a.js', 'js-eval'),
      entry('a.js', 'js-former', { tool: 'ast-grep' }),
      entry('gone.js', 'js-eval'),
    );
    const told = await prune();
    assert.deepEqual(await entries(), [
      'Dockerfile DS-0002',
      'a.py B602',
      'a.py B603',
      'a.py team.shell-true',
      'a.py team.unknown',
      'gone.py B602',
      'package-lock.json GHSA-aaaa-bbbb-cccc',
      'package-lock.json GHSA-aaaa-bbbb-dddd',
    ]);
    assert.match(told, /^Dropped from the baseline: 4 entries\.$/m);
    assert.match(told, /^Kept without a finding, because bandit did not run: 3 entries\.$/m);
    assert.match(told, /^Kept without a finding, because trivy did not run: 1 entry\.$/m);
    assert.match(told, /^Kept without a finding, because osv did not run: 2 entries\.$/m);
    assert.match(told, /^Kept without a finding, because the analyzer that found them is unknown: 1 entry\.$/m);
  });

  it('drops those of an external analyzer that has run', async function () {
    if (process.platform === 'win32') this.skip();
    const bandit = join(own, '../', `bandit-${process.pid}`);
    await writeFile(
      bandit,
      `#!/bin/sh\ncase "$1" in --version) echo bandit 1.2.3; exit;; esac\necho '{"errors": [], "results": []}'\n`,
    );
    await chmod(bandit, 0o755);
    const tools = `${bandit}.json`;
    await writeFile(tools, JSON.stringify({ paths: { bandit } }));
    await writeTree(own, { 'a.py': 'x = 1\n', '.codeagent/config.json': '{ "analyzers": { "bandit": "on" } }' });
    await writeEntries(entry('a.py', 'B602'), entry('a.py', 'B603', { tool: 'bandit' }), entry('a.py', 'G101'));
    await prune('--no-osv', '--tools', tools);
    assert.deepEqual(await entries(), ['a.py G101']);
    await Promise.all([rm(bandit), rm(tools)]);
  });

  it('keeps those of analyzers and files that the configuration leaves out', async () => {
    await writeTree(own, {
      'a.js': 'let a;\n',
      'a.py': 'x = 1\n',
      'gen/b.js': 'let b;\n',
      'few/c.js': 'let c;\n',
      '.codeagent/config.json': `{
        "analyzers": { "redos": "off" },
        "exclude": ["gen/"],
        "overrides": [{ "files": ["few/"], "analyzers": { "ast-grep": "off" } }]
      }`,
    });
    await writeEntries(
      entry('a.js', 'redos-exponential', { tool: 'redos' }),
      entry('gen/b.js', 'js-eval', { tool: 'ast-grep' }),
      entry('gen/gone.js', 'js-eval', { tool: 'ast-grep' }),
      entry('few/c.js', 'js-eval', { tool: 'ast-grep' }),
      entry('a.js', 'js-eval', { tool: 'ast-grep' }),
      entry('a.js', 'js-eval-too', { tool: 'flow' }),
    );
    const told = await prune();
    assert.deepEqual(await entries(), ['a.js redos-exponential', 'few/c.js js-eval', 'gen/b.js js-eval']);
    assert.match(told, /because redos did not run: 1 entry\./);
    assert.match(told, /because their files were not scanned: 1 entry\./);
    assert.match(told, /because ast-grep is off for their files: 1 entry\./);
  });
});

describe('the committed files of a team', () => {
  const entry = (fingerprint: string) => ({ file: 'a.js', rule: 'js-eval', fingerprint });
  for (const [name, change] of [
    ['baseline.json', (folder, id) => changeBaseline(folder, (known) => [...known, entry(id)])],
    ['config.json', (folder, id) => changeConfig(folder, id, 'off')],
  ] as const satisfies readonly [string, (folder: string, id: string) => Promise<unknown>][])
    it(`keep their permissions when they are changed: ${name}`, async function () {
      if (process.platform === 'win32') this.skip();
      const folder = await mkdtemp(join(tmpdir(), 'codeagent-policy-test-'));
      const file = join(folder, '.codeagent', name);
      const mode = async () => ((await stat(file)).mode & 0o777).toString(8);
      await change(folder, 'one');
      assert.equal(await mode(), '644', 'new');
      for (const kept of [0o644, 0o664, 0o640, 0o600]) {
        await chmod(file, kept);
        await change(folder, `at-${kept.toString(8)}`);
        assert.equal(await mode(), kept.toString(8));
        assert.match(await readFile(file, 'utf8'), new RegExp(`at-${kept.toString(8)}`));
      }
      await rm(folder, { recursive: true });
    });
});

describe('a service', () => {
  let service: TestService;
  const other = analyzer('other', (run) => {
    run.issues(run.files.map(({ path }) => found(path, 2, { rule_id: 'other-rule' })));
    return Promise.resolve();
  });
  before(async () => {
    service = await startService({
      analyzers: [badLines(), { ...other, kind: 'external' }],
      tree: {
        'a.js': 'BAD\nBAD // codeagent-ignore\n',
        'b.js': 'BAD\nBAD\n',
        'left/c.js': 'BAD\n',
        '.codeagent/config.json':
          '{ "include": ["*.js"], "exclude": ["left/"], "analyzers": { "other": "on" }, "overrides": [{ "files": ["b.js"], "analyzers": { "bad": "off" } }] }',
      },
    });
  });
  after(() => service.close());

  const scan = async (fields: Readonly<Record<string, string>> = {}): Promise<Report> => {
    const id = await service.submit({ path: service.root, ...fields });
    const job = await service.ended(id);
    assert.equal(job.status, 'completed', job.error ?? '');
    return report.parse(await (await service.get(`/reports/${id}`)).json());
  };
  const openIn = ({ files }: Report) =>
    files
      .flatMap(({ issues }) => issues)
      .filter((one) => !isSuppressed(one))
      .map(({ tool, file, line }) => `${tool} ${file}:${line}`)
      .sort();

  it('applies the decisions of the folder: files, analyzers and comments', async () => {
    const made = await scan();
    assert.deepEqual(openIn(made), ['bad a.js:1', 'other b.js:2']);
    assert.deepEqual(made.meta.tools.sort(), ['bad', 'other']);
    assert.equal(made.summary.high + made.summary.medium + made.summary.low + made.summary.critical, 2);
  });

  it('keeps chosen analyzers, and accepts another configuration or none', async () => {
    assert.deepEqual(openIn(await scan({ analyzers: 'bad' })), ['bad a.js:1']);
    const config = '{ "include": ["*.js"], "analyzers": { "bad": "off", "other": "on" } }';
    assert.deepEqual(openIn(await scan({ config })), ['other b.js:2', 'other left/c.js:2']);
    const none = await scan({ policy: 'none' });
    assert.equal(none.meta.policy?.applied, false);
    assert.deepEqual(openIn(none), ['bad a.js:1', 'bad a.js:2', 'bad b.js:1', 'bad b.js:2', 'bad left/c.js:1']);
  });

  it('applies them to files that were just saved', async () => {
    const check = async (fields: object) => {
      const body = JSON.stringify({ path: service.root, files: ['a.js', 'b.js', 'left/c.js'], ...fields });
      const answer = await service.get('/check', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      return checkAnswer.parse(await answer.json());
    };
    const { files, left_out } = await check({});
    assert.deepEqual(left_out, ['left/c.js']);
    assert.deepEqual(
      files.flatMap(({ issues }) => issues.map((one) => `${one.file}:${one.line} ${isSuppressed(one)}`)),
      ['a.js:1 false', 'a.js:2 true'],
    );
    const all = await check({ policy: 'none' });
    assert.deepEqual(
      all.files.map(({ issues }) => issues.filter((one) => !isSuppressed(one)).length),
      [2, 2, 1],
    );
  });

  it('rejects a policy that it does not know', async () => {
    const answer = await service.get('/analyze-async', {
      method: 'POST',
      body: form({ path: service.root, policy: 'all' }),
    });
    assert.equal(answer.status, 400);
  });
});
