import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { report as reportSchema, toolSettings, tools as toolsSchema, type Job, type Report } from '../../src/protocol';
import { externalAnalyzers } from '../../src/engines/registry';
import { badLines } from './support/analyzers';
import { startService, until, type TestService, type Tree } from './support/service';
import { patience } from '../support/patience.mjs';

const tree: Tree = {
  'app.py': 'import subprocess\nsubprocess.call(x, shell=True) # BAD\n',
  'lib/-odd name.py': 'y = 1\n',
  'requirements.txt': '-r https://example.invalid/more.txt\njinja2==2.4.1 # old\nunpinned>=1\n',
};
const banditResult = JSON.stringify({
  errors: [],
  results: [
    {
      filename: './app.py',
      test_id: 'B602',
      issue_text: 'subprocess call with shell=True',
      issue_severity: 'HIGH',
      issue_confidence: 'HIGH',
      line_number: 2,
      line_range: [2],
      col_offset: 0,
      end_col_offset: 30,
      issue_cwe: { id: 78 },
    },
  ],
});

describe('external tools', () => {
  let place = '';
  let temporary: string | undefined;
  let service: TestService | undefined;

  before(async function () {
    // The stand-ins are shell scripts.
    if (process.platform === 'win32') this.skip();
    place = await realpath(await mkdtemp(join(tmpdir(), 'codeagent tools-')));
    temporary = process.env['TMPDIR'];
    // So that files left behind by others are not mistaken for ours.
    process.env['TMPDIR'] = place;
  });
  afterEach(async () => {
    await service?.close();
    service = undefined;
    // Every copy and list created for a tool has been removed.
    assert.deepEqual(
      (await readdir(place)).filter((name) => name.startsWith('codeagent-tool-')),
      [],
    );
  });
  after(async () => {
    if (place === '') return;
    if (temporary === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = temporary;
    await rm(place, { recursive: true });
  });

  async function script(path: string, body: string): Promise<string> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `#!/bin/sh\n${body}\n`);
    await chmod(path, 0o755);
    return path;
  }

  /** A program that prints its version and otherwise runs `body`. */
  async function fake(name: string, body: string): Promise<string> {
    const folder = await mkdtemp(join(place, 'bin-'));
    return script(join(folder, name), `case "$1" in *version) echo "${name} 1.2.3"; exit 0;; esac\n${body}`);
  }

  async function start(
    settings: unknown,
    more: Partial<Parameters<typeof startService>[0]> = {},
  ): Promise<TestService> {
    const parsed = toolSettings.parse(settings);
    const analyzers = [badLines(), ...externalAnalyzers(parsed)];
    return (service = await startService({ analyzers, rulesets: parsed.rulesets, tree, ...more }));
  }

  async function scan(analyzers: string | undefined, fields: Record<string, string> = {}): Promise<[Job, Report]> {
    assert.ok(service);
    const { root } = service;
    const job = await service.ended(await service.submit({ path: root, ...(analyzers && { analyzers }), ...fields }));
    assert.equal(job.status, 'completed', JSON.stringify(job));
    return [job, reportSchema.parse(await (await service.get(`/reports/${job.job_id}`)).json())];
  }

  /** How an analyzer ended, according to the job's phase and to the report, which must agree. */
  function endOf(id: string, [job, report]: [Job, Report]): string {
    const phase = job.phases?.find((one) => one.phase === `analyze:${id}`);
    const reported = report.meta.analyzers?.find((one) => one.id === id);
    assert.deepEqual([reported?.status, reported?.reason], [phase?.status, phase?.reason ?? null]);
    return `${phase?.status}: ${phase?.reason ?? ''}`;
  }

  it('that runs: its findings and its version', async () => {
    const bandit = await fake('bandit', `echo '${banditResult}'; exit 1`);
    await start({ paths: { bandit } });
    const outcome = await scan('bandit,bad');
    assert.equal(endOf('bandit', outcome), 'completed: ');
    const [, { files, meta }] = outcome;
    const issue = files[0]?.issues.find(({ rule_id }) => rule_id === 'B602');
    assert.deepEqual(
      [issue?.file, issue?.line, issue?.column, issue?.end_column, issue?.severity, issue?.cwe],
      ['app.py', 2, 1, 31, 'high', ['CWE-78']],
    );
    assert.ok(issue?.fingerprint);
    assert.equal(meta.analyzers?.find(({ id }) => id === 'bandit')?.version, '1.2.3');
  });

  it('that is missing: one line with how to install it', async () => {
    await start({ paths: { bandit: join(place, 'nowhere/bandit') } });
    const outcome = await scan('bandit,bad');
    assert.match(endOf('bandit', outcome), /^skipped: Bandit was not found at .*nowhere\/bandit\.$/);
    const log = await (await service!.get(`/jobs/${outcome[0].job_id}/log`)).text();
    assert.match(log, /To install it: pipx install bandit/);
    assert.doesNotMatch(log, /error/i);
  });

  const garbage = 'wrote an unexpected result';
  const misbehaviors: Record<string, [body: string, end: RegExp]> = {
    'prints garbage': ['echo "<html>oops</html>"', new RegExp(`^failed: Bandit ${garbage}: "<html>oops</html>"$`)],
    'prints other JSON': [`echo '{"results": 7}'`, new RegExp(`^failed: Bandit ${garbage}: `)],
    'prints half of it': [`echo '${banditResult.slice(0, 60)}'`, new RegExp(`^failed: Bandit ${garbage}`)],
    'prints nothing': ['exit 0', new RegExp(`^failed: Bandit ${garbage}: nothing$`)],
    'exits non-zero': ['echo "no such option" >&2; exit 2', /^failed: Bandit ended with exit code 2: no such option$/],
    'is killed': ['kill -9 $$', /^failed: Bandit ended with a signal/],
    'floods with a gigabyte': [
      "head -c 1000000000 /dev/zero | tr '\\0' 'x'",
      /^failed: Bandit was stopped: it wrote more than 64 MB\.$/,
    ],
    'floods its errors with a gigabyte': [
      `head -c 1000000000 /dev/zero | tr '\\0' 'x' >&2; exit 3`,
      /^failed: Bandit ended with exit code 3: …x{300}$/,
    ],
  };
  for (const [what, [body, end]] of Object.entries(misbehaviors)) {
    it(`that ${what}: the job completes and says so`, async function () {
      this.timeout(patience(120_000));
      await start({ paths: { bandit: await fake('bandit', body) } });
      const outcome = await scan('bandit,bad');
      assert.match(endOf('bandit', outcome), end);
      assert.equal(endOf('bad', outcome), 'completed: ');
      assert.equal(outcome[1].files.length, 1, 'the findings of the others are there');
    });
  }

  it('that hangs along with a child process: both are killed on timeout', async () => {
    const pids = join(place, 'pids');
    const bandit = await fake('bandit', `trap '' TERM; sleep 600 & echo "$$ $!" > "${pids}"; wait; sleep 600`);
    await start({ paths: { bandit }, timeoutSec: 1 });
    const outcome = await scan('bandit,bad');
    assert.equal(endOf('bandit', outcome), 'failed: Bandit timed out after 1 s.');
    const alive = (pid: string) =>
      execFileSync('ps', ['-e', '-o', 'pid=,stat='])
        .toString()
        .split('\n')
        .some((line) => new RegExp(`^ *${pid} [^Z]`).test(line));
    const both = (await readFile(pids, 'utf8')).trim().split(' ');
    await until(() => !both.some(alive));
  });

  it('that does not report its version: is not used', async () => {
    const bandit = await script(join(place, 'mute', 'bandit'), 'echo out of order >&2; exit 7');
    await start({ paths: { bandit } });
    assert.match(
      endOf('bandit', await scan('bandit,bad')),
      /^skipped: Cannot get the version of Bandit: .*bandit ended with 7\.$/,
    );
  });

  it('is canceled with the job', async () => {
    const started = join(place, 'started');
    const bandit = await fake('bandit', `echo $$ > "${started}"; sleep 600`);
    const running = await start({ paths: { bandit } });
    const id = await running.submit({ path: running.root, analyzers: 'bandit' });
    await until(() =>
      readFile(started, 'utf8').then(
        (text) => text !== '',
        () => false,
      ),
    );
    await running.get(`/jobs/${id}`, { method: 'DELETE' });
    assert.equal((await running.ended(id)).status, 'canceled');
  });

  it('in the scanned folder is only started if allowed', async () => {
    const body = `case "$1" in *version) echo 3.0.0; exit;; esac; echo '${banditResult}'; exit 1`;
    const path = process.env['PATH'];
    for (const workspacePrograms of [false, true]) {
      const running = await start({ workspacePrograms });
      const { root } = running;
      await script(join(root, '.venv/bin/bandit'), body);
      // A folder in the tree that is on PATH is still part of the tree.
      process.env['PATH'] = `${join(root, '.venv/bin')}:/usr/bin:/bin`;
      try {
        const asked = toolsSchema.parse(await (await running.get(`/tools?path=${encodeURIComponent(root)}`)).json());
        assert.equal(asked.versions['bandit'], workspacePrograms ? '3.0.0' : undefined);
        const end = endOf('bandit', await scan('bandit,bad'));
        assert.equal(end, workspacePrograms ? 'completed: ' : 'skipped: Bandit is not installed.');
      } finally {
        process.env['PATH'] = path;
      }
      await running.close();
      service = undefined;
    }
  });

  it('is not started at all in a workspace that is not trusted', async () => {
    const ran = join(place, 'ran');
    const bandit = await script(join(place, 'distrusted', 'bandit'), `touch "${ran}"`);
    await start({ external: false, automatic: true, paths: { bandit } });
    assert.equal(endOf('bandit', await scan('bandit,bad')), 'skipped: Bandit cannot run in an untrusted workspace.');
    await assert.rejects(readFile(ran));
  });

  it('is used by default if so configured, when installed and sending nothing, for whole folders', async () => {
    const bandit = await fake('bandit', `echo '${banditResult}'; exit 1`);
    const audit = await fake('pip-audit', 'exit 9');
    // Of those that match the existing files: gosec is for others, trivy and osv-scanner send data.
    const missing = 'Not used because not installed: semgrep (pipx install semgrep), gitleaks (brew install gitleaks).';
    const ids = ({ phases }: Job) => phases?.flatMap(({ phase }) => /^analyze:(.*)/.exec(phase)?.[1] ?? []);
    const path = process.env['PATH'];
    process.env['PATH'] = '/usr/bin:/bin';
    try {
      await start({ paths: { bandit, 'pip-audit': audit } });
      assert.deepEqual(ids((await scan(undefined))[0]), ['bad']);
      await service?.close();
      await start({ automatic: true, paths: { bandit, 'pip-audit': audit } });
      const [whole] = await scan(undefined);
      assert.deepEqual(ids(whole), ['bad', 'bandit']);
      const log = await (await service!.get(`/jobs/${whole.job_id}/log`)).text();
      assert.equal(log.match(/Not used because not installed: .*/g)?.join(), missing);
      assert.deepEqual(ids((await scan(undefined, { include: '/app.py' }))[0]), ['bad']);
      const reported = toolsSchema.parse(await (await service!.get('/tools')).json());
      assert.deepEqual(
        [reported.default, reported.available],
        [
          ['bad', 'bandit'],
          ['bad', 'bandit', 'pip-audit'],
        ],
      );
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('gets arguments that no file name can change, and an environment without secrets', async () => {
    const seen = join(place, 'seen');
    const bandit = await fake('bandit', `{ pwd; printf '%s\\n' "$@"; env; } > "${seen}"; echo '${banditResult}'`);
    process.env['SOME_TOKEN'] = 'hunter2';
    await start({ paths: { bandit } });
    await scan('bandit');
    delete process.env['SOME_TOKEN'];
    const text = await readFile(seen, 'utf8');
    assert.match(text, /^\.\/lib\/-odd name\.py$/m);
    assert.match(text, /^GIT_DIR=\/dev\/null$/m);
    assert.doesNotMatch(text, /hunter2/);
  });

  it('semgrep says what it needs without rules, and uses those configured through the service', async () => {
    const seen = join(place, 'rules');
    const semgrep = await fake('semgrep', `printf '%s\\n' "$@" > "${seen}"; echo '{"results": []}'`);
    const running = await start({ paths: { semgrep } });
    assert.match(endOf('semgrep', await scan('semgrep,bad')), /^skipped: Semgrep has no rules: /);
    const rulesets = { semgrep: ['/opt/team rules.yml', '--version'] };
    const headers = { 'Content-Type': 'application/json' };
    await running.get('/config/analyzers', { method: 'PATCH', headers, body: JSON.stringify({ rulesets }) });
    assert.equal(endOf('semgrep', await scan('semgrep,bad')), 'completed: ');
    const text = await readFile(seen, 'utf8');
    assert.match(text, /^--config=\/opt\/team rules\.yml\n--config=--version$/m);
    assert.match(text, /^--metrics=off$/m);
  });

  it('gosec reports what its comments hide, so that the policy of the scan decides about them', async () => {
    const seen = join(place, 'gosec-args');
    const found = (line: string, nosec: boolean) => ({
      ...{ severity: 'MEDIUM', confidence: 'HIGH', cwe: { id: '338' }, rule_id: 'G404', details: 'Weak random' },
      ...{ file: './main.go', line, column: '1', nosec },
    });
    const result = JSON.stringify({ Issues: [found('1', true), found('2', false)] });
    const gosec = await fake('gosec', `printf '%s\\n' "$@" > "${seen}"; echo '${result}'; exit 1`);
    const more: Tree = {
      'go.mod': 'module example.invalid/m\n',
      'main.go': 'roll() // #nosec G404 -- a game\nroll()\n',
    };
    await start({ paths: { gosec } }, { tree: more });
    const states = ([, { files }]: [Job, Report]) =>
      files.flatMap(({ issues }) => issues.map((one) => `${one.line} ${one.suppression?.origin ?? 'open'}`));
    assert.deepEqual(states(await scan('gosec')), ['1 comment', '2 open']);
    assert.match(await readFile(seen, 'utf8'), /^-nosec$/m);
    assert.deepEqual(states(await scan('gosec', { policy: 'none' })), ['1 open', '2 open']);
  });

  it('pip-audit gets a list of the pinned packages, outside the scanned folder', async () => {
    const seen = join(place, 'audited');
    const result = {
      dependencies: [
        {
          name: 'jinja2',
          version: '2.4.1',
          vulns: [{ id: 'PYSEC-1', fix_versions: ['3'], aliases: ['CVE-2020-1'], description: 'bad' }],
        },
      ],
    };
    const body = `cat "$2" > "${seen}"; pwd >> "${seen}"; printf '%s\\n' "$@" >> "${seen}"; echo '${JSON.stringify(result)}'; exit 1`;
    await start({ paths: { 'pip-audit': await fake('pip-audit', body) }, osv: { url: 'http://127.0.0.1:9/' } });
    const [, { files }] = await scan('pip-audit');
    const text = await readFile(seen, 'utf8');
    assert.equal(text.split('\n')[0], 'jinja2==2.4.1');
    assert.ok(!text.includes('unpinned') && !text.includes('example.invalid') && !text.includes(service!.root));
    assert.match(text, /--disable-pip\n[^]*--osv-url\nhttp:\/\/127\.0\.0\.1:9\/v1\/query\n/);
    const issue = files[0]?.issues[0];
    assert.deepEqual([issue?.file, issue?.line, issue?.rule_id], ['requirements.txt', 2, 'CVE-2020-1']);
  });

  const gapsOf = ([, { meta }]: [Job, Report]) =>
    (meta.coverage?.gaps ?? []).map(({ analyzer, kind, reason, files, examples }) => {
      assert.equal(files, examples.length);
      return [analyzer, kind, reason, ...examples].join(' | ');
    });

  it('that reports problems although it exits successfully: a gap for each, once', async () => {
    const cases: Record<string, [analyzer: string, body: string, gaps: string[]]> = {
      'gitleaks, on standard error': [
        'gitleaks',
        `printf '\\033[90m10:21AM\\033[0m ERR could not open %s/app.py\\n10:22AM ERR could not open %s/app.py\\n10:23AM INF 1 commit\\n' "$PWD" "$PWD" >&2; echo '[]'`,
        ['gitleaks | unfinished | Gitleaks did not check everything: could not open app.py'],
      ],
      'trivy, on standard error': [
        'trivy',
        `printf '2026-11-29T10:00:00Z\\tINFO\\t[vuln] Vulnerability scanning is enabled\\n2026-11-29T10:00:00Z\\tWARN\\t[pip] Unable to parse requirements.txt\\n2026-11-29T10:00:00Z\\tERROR\\t[misconfig] no checks\\n' >&2; echo '{}'`,
        [
          'trivy | unfinished | Trivy did not check everything: [misconfig] no checks',
          'trivy | unfinished | Trivy did not check everything: [pip] Unable to parse requirements.txt',
        ],
      ],
      'osv-scanner, on standard error': [
        'osv-scanner',
        `echo 'Scanned requirements.txt file and found 1 package' >&2; echo 'Attempted to scan lockfile but failed: requirements.txt' >&2; exit 128`,
        [
          'osv-scanner | unfinished | OSV-Scanner did not check everything: Attempted to scan lockfile but failed: requirements.txt',
        ],
      ],
      'semgrep, in its result': [
        'semgrep',
        `echo '{"results": [], "skipped_rules": [{"rule_id": "x"}], "errors": [{"type": "Timeout", "spans": [{"file": "app.py"}]}, {"type": ["PartialParsing", []], "path": "app.py"}]}'`,
        [
          'semgrep | rules_ignored | Semgrep could not apply some of its rules.',
          'semgrep | unfinished | Semgrep gave up on some files. | app.py',
          'semgrep | unparsed | Semgrep could not parse some files, or parts of them. | app.py',
        ],
      ],
      'bandit, in its result': [
        'bandit',
        `echo '{"results": [], "errors": [{"filename": "./app.py", "reason": "syntax error while parsing AST from file"}]}'`,
        ['bandit | unparsed | Bandit could not parse some files. | app.py'],
      ],
    };
    for (const [what, [id, body, gaps]] of Object.entries(cases)) {
      await start({ paths: { [id]: await fake(id, body) }, rulesets: { semgrep: ['/opt/rules.yml'] } });
      const outcome = await scan(id);
      assert.equal(endOf(id, outcome), 'completed: ', what);
      assert.deepEqual(gapsOf(outcome).sort(), gaps, what);
      assert.equal(outcome[0].gaps, gaps.length);
      await service?.close();
      service = undefined;
    }
  });

  describe('that are user-defined and write SARIF', () => {
    it('report their failures as gaps of that analyzer', async () => {
      const at = (uri: string) => [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } } }];
      const log = {
        version: '2.1.0',
        runs: [
          {
            tool: { driver: { name: 'Mine' } },
            invocations: [
              {
                executionSuccessful: false,
                exitCodeDescription: 'It ran out of memory.',
                toolExecutionNotifications: [
                  { level: 'warning', message: { text: 'Half of it could not be parsed.' }, locations: at('app.py') },
                  { level: 'note', message: { text: 'All is well.' } },
                ],
                toolConfigurationNotifications: [{ message: { text: 'Rule M2 is unknown.' } }],
              },
            ],
            results: [
              { ruleId: 'M1', message: { text: 'mine' }, locations: at('app.py') },
              { ruleId: 'M1', message: { text: 'nowhere' } },
              { ruleId: 'M1', message: { text: 'elsewhere' }, locations: at('/somewhere/else.py') },
              { ruleId: 7, message: { text: 'odd' }, locations: at('app.py') },
              'no result',
            ],
          },
        ],
      };
      const program = await script(join(place, 'mine'), `cat <<'END'\n${JSON.stringify(log)}\nEND`);
      await start({ custom: [{ id: 'mine', title: 'Mine', command: [program] }] });
      const outcome = await scan('mine');
      assert.equal(endOf('mine', outcome), 'completed: ');
      assert.deepEqual(gapsOf(outcome).sort(), [
        'mine | analyzer_failed | It ran out of memory.',
        'mine | rules_ignored | Rule M2 is unknown.',
        'mine | unparsed | Half of it could not be parsed. | app.py',
        'mine | unread_report | 1 finding in files outside the scanned folder left out.',
        'mine | unread_report | 1 result could not be read: not an object.',
        'mine | unread_report | 1 result has parts that could not be read and were left out: ruleId.',
        'mine | unread_report | Results without a file were left out: 1.',
      ]);
      assert.deepEqual(
        outcome[1].files.map((file) => [file.path, file.issues.length]),
        [['app.py', 2]],
      );
    });

    it('report the first of too many problems as separate gaps, the rest together', async () => {
      const toolExecutionNotifications = Array.from({ length: 300 }, (_, at) => ({
        message: { text: `Problem ${at}.` },
      }));
      const run = { tool: { driver: { name: 'Mine' } }, invocations: [{ toolExecutionNotifications }], results: [] };
      const log = JSON.stringify({ version: '2.1.0', runs: [run] });
      const program = await script(join(place, 'many'), `cat <<'END'\n${log}\nEND`);
      await start({ custom: [{ id: 'mine', command: [program] }] });
      const gaps = gapsOf(await scan('mine'));
      assert.equal(gaps.length, 51);
      assert.ok(gaps.includes('mine | unfinished | The tool reported 250 more problems.'));
    });

    const sarif = (uri: string) =>
      JSON.stringify({
        version: '2.1.0',
        runs: [
          {
            tool: {
              driver: {
                name: 'Mine',
                rules: [
                  {
                    id: 'M1',
                    helpUri: 'https://example.com/m1',
                    properties: { tags: ['external/cwe/cwe-078'], 'security-severity': '9.8' },
                  },
                ],
              },
            },
            results: [
              {
                ruleId: 'M1',
                ruleIndex: 0,
                level: 'warning',
                message: { text: 'mine' },
                locations: [
                  { physicalLocation: { artifactLocation: { uri }, region: { startLine: 2, startColumn: 3 } } },
                ],
              },
              {
                ruleId: 'M1',
                message: { text: 'outside' },
                locations: [
                  { physicalLocation: { artifactLocation: { uri: '../../etc/passwd' }, region: { startLine: 1 } } },
                ],
              },
              {
                ruleId: 'M1',
                message: { text: 'said to be fine' },
                suppressions: [{ kind: 'inSource' }],
                locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: 1 } } }],
              },
            ],
          },
        ],
      });

    it('on its standard output', async () => {
      const program = await script(join(place, 'mine one'), `cat <<'END'\n${sarif('app.py')}\nEND`);
      await start({ custom: [{ id: 'mine', title: 'Mine', command: [program, 'a b', '$HOME'], files: ['*.py'] }] });
      const outcome = await scan('mine');
      assert.equal(endOf('mine', outcome), 'completed: ');
      const issues = outcome[1].files.flatMap((file) => file.issues);
      assert.deepEqual(
        issues.map((one) => [
          one.tool,
          one.rule_id,
          one.severity,
          one.file,
          one.line,
          one.column,
          one.suppression?.kind,
        ]),
        [
          ['mine', 'M1', 'critical', 'app.py', 1, undefined, 'inSource'],
          ['mine', 'M1', 'critical', 'app.py', 2, 3, undefined],
        ],
      );
    });

    it('into a file, with absolute addresses', async () => {
      const program = await script(
        join(place, 'mine two'),
        `cat > "$2" <<END\n${sarif('file://$1/lib/-odd%20name.py')}\nEND\nexit 1`,
      );
      await start({ custom: [{ id: 'mine', command: [program, '${folder}', '${output}'] }] });
      const [, { files }] = await scan('mine');
      assert.deepEqual(
        files.map((file) => [file.path, file.issues.length]),
        [['lib/-odd name.py', 2]],
      );
    });

    it('or does not', async () => {
      const program = await script(join(place, 'mine three'), 'exit 1');
      await start({ custom: [{ id: 'mine', command: [program, '${output}'] }] });
      assert.match(endOf('mine', await scan('mine,bad')), /^failed: The result of mine cannot be read: /);
    });
  });
});
