import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { CustomRuleReader } from '../../src/engines/patterns/customRules';
import { findProgram } from '../../src/engines/patterns/program';
import { checkAnswer, job, report, tryAnswer, type Issue, type Report } from '../../src/protocol';
import { patience } from '../support/patience.mjs';
import { cli, codeagent, type CommandEnd } from './support/command';
import { form, writeTree, type Tree } from './support/service';

const legacy = `id: team-legacy
language: [js, TypeScript]
message: $NAME is going away.
metadata:
  title: Legacy call
  severity: low
  cwe: CWE-95
  suggestion: Call newCall instead.
  help_url: https://wiki.example.com/legacy
  fix: { title: Call newCall, safe: true }
files: [src/]
ignores: ['*.generated.js']
rule:
  any: [{ pattern: legacyCall($$$ARGS) }, { pattern: eval($$$ARGS) }]
  has: { field: function, pattern: $NAME }
fix: newCall($$$ARGS)
examples:
  - bad: legacyCall(1);
  - good: legacyCall(2);
`;
const queue = `language: javascript
sources: [{ name: '@acme/queue.receive()', origin: message, title: a job of the queue }]
sinks: [{ name: '@acme/shell.run', defect: command, args: 0 }]
sanitizers: [{ name: '@acme/shell.quote', cleans: command }]
`;
const tree: Tree = {
  'src/a.js': 'legacyCall(1);\neval(x);\n',
  'src/a.generated.js': 'legacyCall(1);\n',
  'other/b.js': 'legacyCall(1);\n',
  'src/queue.js': `import { receive } from '@acme/queue';
import { run, quote } from '@acme/shell';
run('ls ' + receive());
run('ls ' + quote(receive()));
`,
  '.codeagent/rules/js/legacy.yml': legacy,
  '.codeagent/models/javascript/queue.yml': queue,
};
const broken: Tree = {
  '.codeagent/rules/cut-off.yml': 'id: cut\nrule: [\n',
  '.codeagent/rules/kind.yml': 'id: odd-kind\nlanguage: Python\nmessage: m\nrule:\n  kind: nothing\n',
  '.codeagent/rules/typed.yml': 'id: typed\nlanguage: Klingon\nmessage: m\nrule: { kind: call }\n',
  '.codeagent/rules/taken.yml': 'id: js-eval\nlanguage: js\nmessage: m\nrule: { pattern: f() }\n',
  '.codeagent/rules/twice.yml': 'id: team-legacy\nlanguage: js\nmessage: m\nrule: { pattern: f() }\n',
  '.codeagent/rules/misspelled.yml': 'id: misspelled\nlangauge: js\nlanguage: js\nmessage: m\nrule: { pattern: g() }\n',
  '.codeagent/models/nowhere.yml': 'sinks: [{ name: a.b, defect: sql, args: 0 }]\n',
  '.codeagent/models/endless.yml':
    'language: java\nsinks:\n  - { name: a.b, defect: sql, args: 0, when: [{ arg: 0, matches: (a+)+b }] }\n',
};
/** For each language, a team's source and sink, and code with both in which nothing else introduces data. */
const inAllLanguages: Readonly<Record<string, { source: string; sink: string; file: string; code: string }>> = {
  javascript: {
    source: '@acme/queue.receive()',
    sink: '@acme/shell.run',
    file: 'a.js',
    code: "import { receive } from '@acme/queue';\nimport { run } from '@acme/shell';\nconst work = () => run(receive());\n",
  },
  python: {
    source: 'acme.queue.receive()',
    sink: 'acme.shell.run',
    file: 'a.py',
    code: 'from acme.queue import receive\nfrom acme import shell\ndef work():\n    shell.run(receive())\n',
  },
  java: {
    source: 'com.acme.Queue.receive()',
    sink: 'com.acme.Shell.run',
    file: 'A.java',
    code: 'import com.acme.Queue;\nimport com.acme.Shell;\nclass A {\n  void work() { Shell.run(Queue.receive()); }\n}\n',
  },
  go: {
    source: 'acme/queue.Receive()',
    sink: 'acme/shell.Run',
    file: 'a.go',
    code: 'package a\n\nimport (\n\t"github.com/acme/queue"\n\t"github.com/acme/shell"\n)\n\nfunc work() {\n\tshell.Run(queue.Receive())\n}\n',
  },
  csharp: {
    source: 'AcmeQueue().Receive()',
    sink: 'AcmeShell.Run',
    file: 'a.cs',
    code: 'class A {\n  void Work() {\n    AcmeShell.Run(new AcmeQueue().Receive());\n  }\n}\n',
  },
  ruby: {
    source: 'Acme::Queue.receive()',
    sink: 'Acme::Shell.run',
    file: 'a.rb',
    code: 'def work\n  Acme::Shell.run(Acme::Queue.receive)\nend\n',
  },
  php: {
    source: 'acme_receive()',
    sink: 'acme_run',
    file: 'a.php',
    code: '<?php\nfunction work() {\n  acme_run(acme_receive());\n}\n',
  },
};
const quiet = ['--no-osv', '--progress', 'none', '--format', 'json'];

function reportOf({ stdout, stderr }: CommandEnd): Report {
  assert.notEqual(stdout, '', stderr);
  return report.parse(JSON.parse(stdout));
}
const issuesOf = ({ files }: Pick<Report, 'files'>): Issue[] => files.flatMap(({ issues }) => issues);
const placesOf = (found: readonly Issue[], rule: string) =>
  found.filter(({ rule_id }) => rule_id === rule).map(({ file, line }) => `${file}:${line}`);

describe('custom rules and models', function () {
  this.timeout(patience(60_000));
  let top: string;
  let cache: Readonly<Record<string, string>>;
  const folderOf = async (name: string, files: Tree) => {
    const folder = join(top, name);
    await mkdir(folder);
    await writeTree(folder, files);
    return folder;
  };
  before(async () => {
    top = await mkdtemp(join(tmpdir(), 'codeagent-own-rules-'));
    cache = { XDG_CACHE_HOME: join(top, 'cache') };
  });
  after(() => rm(top, { recursive: true }));

  describe('on the command line', () => {
    it('define sources, in every language', async () => {
      const files: [string, string][] = Object.entries(inAllLanguages).flatMap(
        ([language, { source, sink, file, code }]) => [
          [
            `.codeagent/models/${language}/queue.yml`,
            `sources: [{ name: '${source}', origin: message, title: a job of the queue }]\nsinks: [{ name: '${sink}', defect: command, args: 0 }]\n`,
          ],
          [file, code],
        ],
      );
      const folder = await folderOf('languages', Object.fromEntries(files));
      const run = await codeagent(['scan', folder, '--analyzers', 'flow', ...quiet], cache);
      const found = issuesOf(reportOf(run)).map(({ file, rule_id }) => `${file} ${rule_id.replace(/^.*-flow-/, '')}`);
      assert.deepEqual(
        found.sort(),
        Object.values(inAllLanguages)
          .map(({ file }) => `${file} command`)
          .sort(),
      );
    });

    it('apply in addition to the built-in ones, and broken ones are reported without stopping anything', async () => {
      const folder = await folderOf('broken', { ...tree, ...broken });
      const run = await codeagent(['scan', folder, '--strict', ...quiet], cache);
      assert.equal(run.code, 4, run.stderr);
      const made = reportOf(run);
      const found = issuesOf(made);
      assert.deepEqual(placesOf(found, 'team-legacy'), ['src/a.js:1', 'src/a.js:2']);
      assert.deepEqual(placesOf(found, 'js-eval'), ['src/a.js:2'], 'neither hides the other');
      assert.deepEqual(placesOf(found, 'js-flow-command'), ['src/queue.js:3']);
      const own = found.find(({ rule_id, line }) => rule_id === 'team-legacy' && line === 1);
      assert.ok(own);
      assert.equal(own.title, 'Legacy call');
      assert.equal(own.message, 'legacyCall is going away.');
      assert.equal(own.severity, 'low');
      assert.deepEqual(own.cwe, ['CWE-95']);
      assert.equal(own.suggestion, 'Call newCall instead.');
      assert.equal(own.help_url, 'https://wiki.example.com/legacy');
      assert.deepEqual(
        [own.fix?.title, own.fix?.safe, own.fix?.edits.map(({ text }) => text)],
        ['Call newCall', true, ['newCall']],
      );
      const errors = (made.meta.policy?.problems ?? []).map(
        ({ level, file, line }) => `${level} ${file.replace('.codeagent/', '')}:${line}`,
      );
      assert.deepEqual(errors.sort(), [
        'error models/endless.yml:3',
        'error models/nowhere.yml:1',
        'error rules/cut-off.yml:3',
        'error rules/kind.yml:5',
        'error rules/taken.yml:1',
        'error rules/twice.yml:1',
        'error rules/typed.yml:2',
        'warning rules/misspelled.yml:2',
      ]);
      const told = (made.meta.coverage?.gaps ?? []).filter(({ kind }) => kind === 'unread_policy');
      assert.equal(told.length, 7);
      assert.ok(
        told.some(
          ({ reason, examples }) => /^Line 5: .*`nothing`/.test(reason) && examples[0] === '.codeagent/rules/kind.yml',
        ),
      );
      assert.match(run.stderr, /error \.codeagent\/rules\/kind\.yml:5: The rule odd-kind was refused/);
    });

    it('in a pack are used in each scan, and a missing pack is an error', async () => {
      const pack = await folderOf('pack', { 'x/legacy.yml': legacy, 'queue.yml': queue });
      const folder = await folderOf('packed', {
        'src/a.js': 'legacyCall(1);\n',
        'src/queue.js': tree['src/queue.js'] ?? '',
      });
      const { code, stderr, ...run } = await codeagent(['scan', folder, '--rules', pack, ...quiet], cache);
      assert.equal(code, 0, stderr);
      const found = issuesOf(reportOf({ code, stderr, ...run }));
      assert.deepEqual(placesOf(found, 'team-legacy'), ['src/a.js:1']);
      assert.deepEqual(placesOf(found, 'js-flow-command'), ['src/queue.js:3']);
      const missing = await codeagent(['scan', folder, '--rules', join(top, 'nowhere'), ...quiet], cache);
      assert.equal(missing.code, 2);
      assert.match(missing.stderr, /--rules .*nowhere is not a folder/);
    });

    it('that are untrusted find defects, but declare nothing harmless', async () => {
      const folder = await folderOf('untrusted', tree);
      const made = reportOf(await codeagent(['scan', folder, '--no-config', ...quiet], cache));
      assert.deepEqual(placesOf(issuesOf(made), 'team-legacy'), ['src/a.js:1', 'src/a.js:2']);
      const gap = made.meta.coverage?.gaps.find(({ kind }) => kind === 'rules_ignored');
      assert.deepEqual(gap?.examples, ['.codeagent/models/javascript/queue.yml']);
      assert.deepEqual(placesOf(issuesOf(made), 'js-flow-command'), []);
    });

    it('of a folder are also applied to earlier versions of its files', async () => {
      const { execFileSync } = await import('node:child_process');
      const folder = await folderOf('since', tree);
      const git = (...args: string[]) =>
        execFileSync('git', ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args]);
      git('init', '-q');
      git('add', '-A');
      git('commit', '-qm', 'all');
      await writeFile(join(folder, 'src/a.js'), 'legacyCall(1);\nlegacyCall(2);\n');
      const made = reportOf(await codeagent(['scan', folder, '--changed', ...quiet], cache));
      assert.deepEqual(placesOf(issuesOf(made), 'team-legacy'), ['src/a.js:2']);
    });

    it('that take too long do not affect others', async () => {
      const slow = `id: team-slow
language: js
message: m
rule:
  kind: identifier
  inside: { stopBy: end, kind: program, has: { stopBy: end, kind: identifier, regex: ^neverThere$ } }
`;
      const code = `neverTHERE;\n${'use(some, names, of, things);\n'.repeat(2_500)}legacyCall(1);\neval(x);\n`;
      const folder = await folderOf('slow', {
        'src/big.js': code.replace('neverTHERE', '"neverThere"'),
        '.codeagent/rules/slow.yml': slow,
        '.codeagent/rules/legacy.yml': legacy,
      });
      const made = reportOf(await codeagent(['scan', folder, '--analyzers', 'ast-grep', ...quiet], cache));
      const found = issuesOf(made);
      assert.deepEqual(placesOf(found, 'js-eval'), ['src/big.js:2503']);
      assert.deepEqual(placesOf(found, 'team-legacy'), ['src/big.js:2502', 'src/big.js:2503']);
      const gaps = made.meta.coverage?.gaps.filter(({ kind }) => kind === 'unfinished') ?? [];
      assert.deepEqual(
        gaps.map(({ examples }) => examples),
        [['src/big.js']],
      );
      assert.match(gaps[0]?.reason ?? '', /^The custom rule team-slow takes too long/);
    });
  });

  describe('over HTTP', () => {
    let folder: string;
    let server: ChildProcess;
    let url: string;
    before(async () => {
      folder = await folderOf('served', tree);
      const args = ['serve', '--no-auth', '--no-osv', '--storage', join(top, 'storage'), '--root', folder];
      server = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      assert.ok(server.stdout);
      for await (const line of createInterface({ input: server.stdout })) {
        url = (JSON.parse(line) as { url: string }).url;
        break;
      }
    });
    after(async () => {
      const ended = new Promise((done) => server.once('exit', done));
      server.kill('SIGTERM');
      await ended;
    });
    const post = async (path: string, body: object) => {
      const answer = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) });
      assert.equal(answer.status, 200, await answer.clone().text());
      return (await answer.json()) as unknown;
    };
    const scan = async () => {
      const submitted = await fetch(`${url}/analyze-async`, {
        method: 'POST',
        body: form({ path: folder, analyzers: 'ast-grep' }),
      });
      const { job_id } = (await submitted.json()) as { job_id: string };
      const events = await fetch(`${url}/events/${job_id}`);
      await events.text();
      assert.equal(job.parse(await (await fetch(`${url}/jobs/${job_id}`)).json()).status, 'completed');
      return issuesOf(report.parse(await (await fetch(`${url}/reports/${job_id}`)).json()));
    };

    it('apply in their current state, whatever is cached', async () => {
      assert.deepEqual(placesOf(await scan(), 'team-legacy'), ['src/a.js:1', 'src/a.js:2']);
      await writeFile(join(folder, '.codeagent/rules/js/legacy.yml'), legacy.replace('src/', 'other/'));
      assert.deepEqual(placesOf(await scan(), 'team-legacy'), ['other/b.js:1']);
      await rm(join(folder, '.codeagent/rules'), { recursive: true });
      assert.deepEqual(placesOf(await scan(), 'team-legacy'), []);
      await writeTree(folder, tree);
    });

    it('are applied to saved files', async () => {
      const answer = checkAnswer.parse(await post('/check', { path: folder, files: ['src/a.js'] }));
      assert.deepEqual(placesOf(issuesOf(answer), 'team-legacy'), ['src/a.js:1', 'src/a.js:2']);
    });

    it('are tried while being written, with their examples', async () => {
      const file = '.codeagent/rules/new.yml';
      const tried = tryAnswer.parse(
        await post('/rules/try', { path: folder, file, text: legacy.replace('id: team-legacy', 'id: new') }),
      );
      assert.deepEqual(placesOf(issuesOf(tried), 'new'), ['src/a.js:1', 'src/a.js:2']);
      assert.deepEqual([...new Set(issuesOf(tried).map(({ rule_id }) => rule_id))], ['new'], 'no other rule');
      assert.deepEqual(
        tried.examples.map(({ kind, language, line, passed }) => `${kind} ${language} ${line} ${passed}`),
        ['bad js 18 true', 'bad ts 18 true', 'good js 19 false', 'good ts 19 false'],
      );
      const wrong = tryAnswer.parse(await post('/rules/try', { path: folder, file, text: 'id: new\nrule: 1\n' }));
      assert.deepEqual(wrong.files, []);
      assert.ok(wrong.problems.some(({ line }) => line === 2));
      const doc = await readFile('docs/custom-rules.md', 'utf8');
      const documented = [...doc.matchAll(/^`(\.codeagent\/\S+)`:\n\n```yaml\n([^]*?)```$/gm)];
      assert.equal(documented.length, 2);
      for (const [, path, text] of documented) {
        const { problems, examples } = tryAnswer.parse(await post('/rules/try', { path: folder, file: path, text }));
        assert.deepEqual(problems, []);
        assert.deepEqual(
          [...new Set(examples.map(({ kind, passed }) => `${kind} ${passed}`))],
          ['bad true', 'good true'],
        );
      }
      const model = `${queue}examples:
  - defect: command
    bad: "import { receive } from '@acme/queue'; import { run } from '@acme/shell'; run(receive());"
    good: "import { receive } from '@acme/queue'; import { run, quote } from '@acme/shell'; run(quote(receive()));"
`;
      const models = tryAnswer.parse(
        await post('/rules/try', { path: folder, file: '.codeagent/models/x.yml', text: model }),
      );
      assert.deepEqual(
        models.examples.map(({ kind, passed }) => `${kind} ${passed}`),
        ['bad true', 'good true'],
      );
      const ruby = `language: ruby
sinks: [{ name: AcmeShell.run, defect: command, args: 0 }]
examples:
  - defect: command
    bad: "require 'sinatra'\\nget '/x' do\\n  AcmeShell.run(params[:x])\\nend\\n"
    good: "require 'sinatra'\\nget '/x' do\\n  AcmeShell.run('x')\\nend\\n"
`;
      const inRuby = tryAnswer.parse(
        await post('/rules/try', { path: folder, file: '.codeagent/models/x.yml', text: ruby }),
      );
      assert.deepEqual(
        inRuby.examples.map(({ kind, passed }) => `${kind} ${passed}`),
        ['bad true', 'good true'],
      );
    });
  });

  it('also work with ast-grep as WebAssembly', async () => {
    // A package without the program.
    const folder = join(top, 'dist');
    await mkdir(join(folder, 'ast-grep'), { recursive: true });
    const dist = resolve('dist');
    for (const name of await readdir(dist))
      if (name !== 'ast-grep') await symlink(join(dist, name), join(folder, name));
    await symlink(join(dist, 'ast-grep/ast-grep.wasm.br'), join(folder, 'ast-grep/ast-grep.wasm.br'));
    const place = { folder: top, rulesets: [] };
    const { signal } = new AbortController();
    assert.match((await findProgram(join(folder, 'ast-grep'), place, signal))?.version ?? '', /WebAssembly/);
    const reader = new CustomRuleReader(join(folder, 'ast-grep'));
    const files = Object.entries({ 'good.yml': legacy, 'kind.yml': broken['.codeagent/rules/kind.yml'] ?? '' });
    const read = await reader.read(
      files.map(([file, text]) => ({ kind: 'rule' as const, file, text: String(text) })),
      { place, signal, isTaken: () => false },
    );
    assert.deepEqual(read.ids, ['team-legacy']);
    assert.deepEqual(
      read.problems.map(({ file, line }) => `${file}:${line}`),
      ['kind.yml:5'],
    );
    await reader.close();
  });
});

describe('reading custom rules', () => {
  it('is tried again after it failed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'codeagent-own-reader-'));
    const reader = new CustomRuleReader(join(folder, 'ast-grep'));
    try {
      await writeTree(folder, {
        'customRulesWorker.js': `let calls = 0;
          exports.read = () => {
            calls += 1;
            if (calls === 1) throw new Error('no memory');
            return { rules: [], problems: [] };
          };`,
      });
      const read = async () => {
        const place = { folder, rulesets: [] };
        const { signal } = new AbortController();
        const files = [{ kind: 'rule' as const, file: 'a.yml', text: 'id: a' }];
        return (await reader.read(files, { place, signal, isTaken: () => false })).problems.map(
          ({ message }) => message,
        );
      };
      assert.match((await read()).join(), /no memory/);
      assert.deepEqual(await read(), []);
    } finally {
      await reader.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
