import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  isSuppressed,
  report as reportSchema,
  toolSettings,
  tools as toolsSchema,
  type Issue,
  type Job,
  type Report,
} from '../../src/protocol';
import { embeddedAnalyzers, externalAnalyzers } from '../../src/engines/registry';
import { toolPaths } from '../support/analyzerTools.mjs';
import { startService, type TestService } from './support/service';
import { patience } from '../support/patience.mjs';

const key = ['AKIA', '7KLFYYLBEG3RHDSV'].join('');
const marker = join(tmpdir(), `codeagent-ran-${process.pid}`);
const leave = `open(${JSON.stringify(marker)}, 'a').write(__file__)\n`;

/** Each line marked with an analyzer's ID must have a finding of that analyzer. */
const tree = {
  'app/run.py': [
    'import subprocess',
    'from flask import request',
    'def run():',
    '    cmd = request.args["c"]',
    '    subprocess.call(cmd, shell=True)  # semgrep bandit',
    '    return eval(cmd)  # bandit',
    '',
  ].join('\n'),
  // The scan's policy, not the tool, must decide what these comments hide.
  'app/marked.py': [
    'import subprocess',
    'def run(a, b):',
    '    subprocess.call(a, shell=True)  # nosem # semgrep bandit',
    '    subprocess.call(b, shell=True)  # nosec # semgrep bandit',
    '',
  ].join('\n'),
  'app/allowed.py': `AWS_ID = "${key}"  # gitleaks:allow # gitleaks\n`,
  'app/settings.py': `AWS_ID = "${key}"  # gitleaks\n`,
  'requirements.txt':
    '# what we need\nJinja2==2.4.1  # pip-audit\nrequests[socks]==2.32.0 ; python_version > "3"\nflask>=1\n',
  // Code in the scanned folder that carelessly starting a tool would run.
  'setup.py': leave,
  'pip.py': leave,
  'bandit.py': leave,
  'semgrep.py': leave,
  'sitecustomize.py': leave,
  'usercustomize.py': leave,
  '.bandit': '[bandit]\nskips: B602\n',
};

const rules = `rules:
  - id: team.shell-true
    languages: [python]
    severity: ERROR
    message: A shell reads this command.
    pattern: subprocess.call(..., shell=True)
    metadata: { cwe: ['CWE-78: OS Command Injection'], owasp: ['A03:2021 - Injection'], confidence: HIGH }
`;

/** Responds like OSV's /v1/query: https://google.github.io/osv.dev/post-v1-query/ */
function osvServer(asked: unknown[]): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const query = JSON.parse(body) as { package: { name: string }; version: string };
      asked.push(query);
      const vulnerable = {
        schema_version: '1.6.0',
        id: 'GHSA-462w-v97r-4m45',
        aliases: ['CVE-2019-10906', 'PYSEC-2019-217'],
        summary: 'Jinja2 sandbox escape via string formatting',
        affected: [
          {
            package: { name: 'jinja2', ecosystem: 'PyPI' },
            ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.10.1' }] }],
          },
        ],
      };
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(query.package.name === 'jinja2' ? { vulns: [vulnerable] } : {}));
    });
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

describe('the real tools', () => {
  let place: string;
  let service: TestService;
  let osv: Server;
  let job: Job;
  let report: Report;
  const asked: unknown[] = [];

  before(async function () {
    this.timeout(patience(180_000));
    for (const [id, path] of Object.entries(toolPaths))
      assert.ok(
        existsSync(path),
        `${id} is not installed at ${path}: "npm test" installs it, or "node test/support/setup.mjs"`,
      );
    place = await mkdtemp(join(tmpdir(), 'codeagent-real-'));
    await writeFile(join(place, 'rules.yml'), rules);
    // Requests to loopback addresses do not use a proxy.
    process.env['NO_PROXY'] = '127.0.0.1';
    osv = await osvServer(asked);
    const settings = toolSettings.parse({
      paths: toolPaths,
      rulesets: { semgrep: [join(place, 'rules.yml')] },
      osv: { url: `http://127.0.0.1:${(osv.address() as AddressInfo).port}` },
      workspacePrograms: true,
    });
    service = await startService({
      analyzers: [...embeddedAnalyzers(resolve('dist'), settings.osv, place), ...externalAnalyzers(settings)],
      rulesets: settings.rulesets,
      tree,
    });
    // A repository whose own configuration names a program.
    await mkdir(join(service.root, '.git/objects'), { recursive: true });
    await mkdir(join(service.root, '.git/refs'));
    await writeFile(join(service.root, '.git/HEAD'), 'ref: refs/heads/main\n');
    const config = `[core]\n\trepositoryformatversion = 0\n\tfsmonitor = "touch ${marker}"\n`;
    await writeFile(join(service.root, '.git/config'), config);
    const analyzers = 'ast-grep,secretlint,semgrep,bandit,pip-audit,gitleaks';
    job = await service.ended(await service.submit({ path: service.root, analyzers }));
    report = reportSchema.parse(await (await service.get(`/reports/${job.job_id}`)).json());
  });
  after(async () => {
    await service.close();
    osv.close();
    await rm(place, { recursive: true });
    await rm(marker, { force: true });
  });

  const issuesOf = (file: string): readonly Issue[] => report.files.find(({ path }) => path === file)?.issues ?? [];
  const toolsOf = ({ tool, also_found_by = [] }: Issue) => [tool, ...also_found_by];

  it('all run to their end', () => {
    const ends = job.phases?.filter(({ phase }) => phase.startsWith('analyze:'));
    assert.deepEqual(
      ends?.map(({ phase, status, reason }) => [phase, status, reason ?? null]),
      ['ast-grep', 'secretlint', 'semgrep', 'bandit', 'pip-audit', 'gitleaks'].map((id) => [
        `analyze:${id}`,
        'completed',
        null,
      ]),
    );
    assert.equal(job.status, 'completed');
  });

  it('find the planted defects, on their lines', () => {
    for (const [file, text] of Object.entries(tree)) {
      for (const [index, line] of text.split('\n').entries()) {
        const wanted = /# ((?:semgrep|bandit|gitleaks|pip-audit)(?: \w+)*)$/.exec(line)?.[1]?.split(' ') ?? [];
        const found = issuesOf(file).filter((issue) => issue.line === index + 1);
        for (const id of wanted)
          assert.ok(
            found.some((issue) => toolsOf(issue).includes(id)),
            `${id} at ${file}:${index + 1}: ${JSON.stringify(found)}`,
          );
      }
    }
  });

  it('leave it to the policy whether a comment hides a finding', async () => {
    const hidden = ({ files }: Report) =>
      ['app/marked.py', 'app/allowed.py'].flatMap((file) =>
        (files.find(({ path }) => path === file)?.issues ?? []).flatMap((issue) =>
          isSuppressed(issue) ? [`${file}:${issue.line} ${issue.suppression?.origin}`] : [],
        ),
      );
    assert.deepEqual(hidden(report), [
      'app/marked.py:3 comment',
      'app/marked.py:4 comment',
      'app/allowed.py:1 comment',
    ]);
    const id = await service.submit({ path: service.root, analyzers: 'semgrep,bandit,gitleaks', policy: 'none' });
    await service.ended(id);
    const all = reportSchema.parse(await (await service.get(`/reports/${id}`)).json());
    assert.deepEqual(hidden(all), []);
    for (const line of [3, 4]) {
      const found = all.files.find(({ path }) => path === 'app/marked.py')?.issues.filter((one) => one.line === line);
      assert.deepEqual([...new Set(found?.flatMap(toolsOf))].sort(), ['bandit', 'semgrep'], String(line));
    }
    assert.equal(all.files.find(({ path }) => path === 'app/allowed.py')?.issues.length, 1);
  });

  it('share findings with each other and with built-in rules, whose texts win', () => {
    const shell = issuesOf('app/run.py').filter(({ line, cwe }) => line === 5 && cwe?.includes('CWE-78'));
    assert.equal(shell.length, 1, JSON.stringify(shell));
    assert.equal(shell[0]?.tool, 'ast-grep');
    assert.deepEqual(shell[0].also_found_by, ['bandit', 'semgrep']);
    const secret = issuesOf('app/settings.py');
    assert.equal(secret.length, 1, JSON.stringify(secret));
    assert.deepEqual(toolsOf(secret[0]!).sort(), ['gitleaks', 'secretlint']);
    assert.ok(!JSON.stringify(report).includes(key));
  });

  it('report a vulnerable package with its fixed version, and look up only pinned ones', () => {
    const [issue] = issuesOf('requirements.txt');
    assert.deepEqual([issue?.rule_id, issue?.type, issue?.line], ['GHSA-462w-v97r-4m45', 'dependency', 2]);
    assert.match(issue?.message ?? '', /^jinja2 2\.4\.1 has a known vulnerability: Jinja2 sandbox escape/);
    assert.match(issue?.suggestion ?? '', /2\.10\.1/);
    const names = asked.map((query) => (query as { package: { name: string } }).package.name);
    assert.deepEqual(names.sort(), ['jinja2', 'requests']);
  });

  it('run nothing from the scanned folder', () => {
    assert.ok(!existsSync(marker));
  });

  it('report their versions', async () => {
    const { versions } = toolsSchema.parse(await (await service.get('/tools')).json());
    for (const id of ['semgrep', 'bandit', 'pip-audit']) assert.match(versions[id] ?? '', /^\d+\.\d+\.\d+/);
    assert.ok(versions['gitleaks']);
  });
});
