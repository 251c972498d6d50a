import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { report } from '../../src/protocol';
import { codeagent, commandsIn } from './support/command';

/** A linter that offers good and bad fixes: words in a file are replaced as listed here. It ignores strings. */
const linter = String.raw`
import { readFileSync, readdirSync } from 'node:fs';
const words = {
  WEAK: 'STRONG',
  // The finding stays.
  STUBBORN: '(STUBBORN)',
  // It disappears, but another one appears.
  BREEDER: 'NOFIX',
  // Not valid in any language.
  BROKEN: ')(]',
  NOFIX: undefined,
};
const results = [];
for (const path of readdirSync('.', { recursive: true, withFileTypes: true })) {
  if (!path.isFile()) continue;
  const uri = (path.parentPath + '/' + path.name).replace(/^\.\//, '');
  const bytes = readFileSync(uri);
  const text = (bytes[0] === 0xff ? bytes.toString('utf16le') : bytes.toString('latin1')).replace(/^\ufeff|^\xef\xbb\xbf/, '');
  text.split(/\r\n|\n/).forEach((line, index) => {
    const add = (word, from, to, insert) => results.push({
      ruleId: word.toLowerCase() + '-word', level: 'error', message: { text: word + ' is not to be used.' },
      locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: index + 1, startColumn: from + 1, endColumn: to + 1 } } }],
      ...(insert !== undefined && { fixes: [{ artifactChanges: [{ artifactLocation: { uri }, replacements: [
        { deletedRegion: { startLine: index + 1, startColumn: from + 1, endColumn: to + 1 }, insertedContent: { text: insert } },
      ] }] }] }),
    });
    for (const match of line.matchAll(/\b[A-Z]+\b/g))
      if (Object.hasOwn(words, match[0])) add(match[0], match.index, match.index + match[0].length, words[match[0]]);
    const around = /outer\((.*)\)/.exec(line);
    if (around) add('OUTER', around.index, around.index + around[0].length, around[1]);
  });
}
console.log(JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'words' } }, results }] }));
`;

describe('codeagent fix', () => {
  let folder: string;
  let tools: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-fixing-'));
    await writeFile(join(folder, 'linter.mjs'), linter);
    tools = join(folder, 'tools.json');
    const command = [process.execPath, join(folder, 'linter.mjs')];
    await writeFile(tools, JSON.stringify({ custom: [{ id: 'words', command }] }));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  let count = 0;
  async function tree(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
    const root = join(folder, `tree${++count}`);
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), content);
    }
    return root;
  }

  const fix = (root: string, ...more: string[]) =>
    codeagent(['fix', root, '--tools', tools, '--analyzers', 'words,ruff,ast-grep', '--unsafe', ...more]);
  const text = (root: string, name: string) => readFile(join(root, name), 'utf8');

  it('applies fixes, and reverts those after which the finding is still there, another appears, or the file does not parse', async () => {
    const root = await tree({
      'a.py': 'x = WEAK\ny = STUBBORN\nz = BREEDER\nw = WEAK\n',
      'b.py': 'x = WEAK\ny = BROKEN\n',
      'c.py': 'NOFIX\n',
    });
    const { code, stdout, stderr } = await fix(root);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, '');
    assert.equal(await text(root, 'a.py'), 'x = STRONG\ny = STUBBORN\nz = BREEDER\nw = STRONG\n');
    assert.equal(await text(root, 'c.py'), 'NOFIX\n');
    assert.match(stderr, /^Fixed \d findings in \d files\.$/m);
    assert.match(stderr, /^Reverted: a\.py:2 stubborn-word \(.*\): the finding is still there\.$/m);
    assert.match(
      stderr,
      /^Reverted: a\.py:3 breeder-word \(.*\): it introduces a new finding, nofix-word on line 3 of a\.py\.$/m,
    );
    assert.match(stderr, /^Reverted: b\.py:2 broken-word \(.*\): the file no longer parses\.$/m);
    assert.match(await text(root, 'b.py'), /^x = (?:WEAK|STRONG)\ny = BROKEN\n$/);
    assert.match(stderr, /^1 finding offered no fix\.$/m);
  });

  it('--dry-run writes nothing, and its diff does what a run without it would', async () => {
    const files = { 'sub dir/a.py': 'x = 1\nx = WEAK\ny = STUBBORN\n', 'b.js': 'f(WEAK);\r\ng(1);' };
    const root = await tree(files);
    const before = await stat(join(root, 'b.js'));
    const { code, stdout, stderr } = await fix(root, '--dry-run');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Would fix 2 findings in 2 files; nothing was written\./);
    for (const [name, content] of Object.entries(files)) assert.equal(await text(root, name), content);
    assert.equal((await stat(join(root, 'b.js'))).mtimeMs, before.mtimeMs);
    assert.deepEqual((await readdir(root)).sort(), ['b.js', 'sub dir']);
    assert.match(stdout, /^--- "?a\/sub dir\/a\.py"?\s*$/m);
    assert.match(stdout, /^-x = WEAK\n\+x = STRONG$/m);
    execFileSync('git', ['apply', '--unsafe-paths', '-'], { cwd: root, input: stdout });
    const other = await tree(files);
    assert.equal((await fix(other)).code, 0);
    for (const name of Object.keys(files)) assert.equal(await text(root, name), await text(other, name));
  });

  it('--dry-run forges no commands for GitHub Actions, and its diff still applies', async () => {
    const content = '::error::forged\nx = WEAK\n ::stop-commands::forged\ny = "##[error]forged"\r::notice::z\n';
    const root = await tree({ 'a.txt': content });
    const { code, stdout, stderr } = await codeagent(
      ['fix', root, '--tools', tools, '--analyzers', 'words', '--unsafe', '--dry-run'],
      { GITHUB_ACTIONS: 'true' },
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ ::error::forged$/m);
    assert.deepEqual([commandsIn(stdout), commandsIn(stderr)], [[], []]);
    execFileSync('git', ['apply', '--unsafe-paths', '-'], { cwd: root, input: stdout });
    assert.equal(await text(root, 'a.txt'), content.replace('WEAK', 'STRONG'));
  });

  it('keeps line ends, byte order mark, encoding and mode', async () => {
    const wide = (content: string) => Buffer.from(`\ufeff${content}`, 'utf16le');
    const root = await tree({
      'crlf.js': '\ufefff(WEAK);\r\n// ümlaut 😀 \r\ng(WEAK)',
      'latin.js': Buffer.from('// \xfc\nf(WEAK); // \xe9\n', 'latin1'),
      'wide.js': wide('// ü\r\nf(WEAK);\r\n'),
    });
    await chmod(join(root, 'crlf.js'), 0o751);
    const { code, stderr } = await fix(root);
    assert.equal(code, 0, stderr);
    assert.equal(await text(root, 'crlf.js'), '\ufefff(STRONG);\r\n// ümlaut 😀 \r\ng(STRONG)');
    assert.deepEqual(await readFile(join(root, 'latin.js')), Buffer.from('// \xfc\nf(STRONG); // \xe9\n', 'latin1'));
    assert.deepEqual(await readFile(join(root, 'wide.js')), wide('// ü\r\nf(STRONG);\r\n'));
    assert.equal((await stat(join(root, 'crlf.js'))).mode & 0o7777, 0o751);
  });

  it('applies what overlaps in rounds', async () => {
    const root = await tree({ 'a.js': 'f(outer(WEAK));\n' });
    const { code, stderr } = await fix(root);
    assert.equal(code, 0, stderr);
    assert.equal(await text(root, 'a.js'), 'f(STRONG);\n');
  });

  it('skips and reports read-only files, and writes through no link', async () => {
    const root = await tree({ 'a.js': 'f(WEAK);\n', 'b.js': 'f(WEAK);\n' });
    const outside = await tree({ 'out.js': 'f(WEAK);\n' });
    await chmod(join(root, 'a.js'), 0o444);
    await symlink(join(outside, 'out.js'), join(root, 'link.js'));
    await symlink(outside, join(root, 'folder'));
    const { code, stderr } = await fix(root);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Not fixed: a\.js:1 weak-word \(.*\): a\.js cannot be changed: it is read-only\.$/m);
    assert.equal(await text(root, 'a.js'), 'f(WEAK);\n');
    assert.equal(await text(root, 'b.js'), 'f(STRONG);\n');
    assert.equal(await text(outside, 'out.js'), 'f(WEAK);\n');
  });

  it('applies only fixes marked safe without --unsafe, and only those of the given rules', async () => {
    const root = await tree({ 'a.js': 'f(WEAK, outer(1));\n' });
    const safe = await codeagent(['fix', root, '--tools', tools, '--analyzers', 'words']);
    assert.equal(safe.code, 0, safe.stderr);
    assert.match(safe.stderr, /^2 fixes may change what correct code does; --unsafe applies them as well\.$/m);
    assert.equal(await text(root, 'a.js'), 'f(WEAK, outer(1));\n');
    assert.equal((await fix(root, '--rules', 'outer-word')).code, 0);
    assert.equal(await text(root, 'a.js'), 'f(WEAK, 1);\n');
  });

  const vulnerable = (id: string, ecosystem: string, name: string, fixed: string, introduced = '0') => ({
    id,
    summary: `A hole in ${name}`,
    affected: [{ package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced }, { fixed }] }] }],
  });
  const mixed = {
    'web/package.json': '{\n\t"dependencies": {\n\t\t"lodash": "^4.17.0",\n\t\t"mkdirp": "0.5.1"\n\t}\n}\n',
    'web/package-lock.json': JSON.stringify({
      lockfileVersion: 3,
      packages: {
        '': { dependencies: { lodash: '^4.17.0', mkdirp: '0.5.1' } },
        'node_modules/lodash': { version: '4.17.20' },
        'node_modules/mkdirp': { version: '0.5.1' },
        'node_modules/minimist': { version: '0.0.8' },
      },
    }),
    'web/app.js': 'f(WEAK);\n',
    'api/requirements.txt': 'django==3.2.1\r\nflask==1.0\r\n',
    'api/app.py': 'x = WEAK\n',
    'svc/go.mod': 'module x\n\ngo 1.20\n\nrequire golang.org/x/text v0.3.5\n',
    'svc/main.go': 'package main\n\nvar x = WEAK\n',
    'java/pom.xml':
      '<project>\n  <properties><y>1.26</y></properties>\n  <dependencies>\n    <dependency><groupId>org.yaml</groupId><artifactId>snakeyaml</artifactId><version>${y}</version></dependency>\n  </dependencies>\n</project>\n',
    'java/A.java': 'class A { int x = WEAK; }\n',
    'deploy.yaml': 'a: WEAK\n',
    Dockerfile: 'FROM WEAK\n',
  };

  it('fixes code and updates dependencies in a mixed tree, and says which lockfiles to refresh', async () => {
    const database = join(folder, 'database');
    await mkdir(database, { recursive: true });
    const records = [
      vulnerable('V-1', 'npm', 'lodash', '4.17.21'),
      vulnerable('V-2', 'npm', 'lodash', '4.17.19'),
      vulnerable('V-3', 'npm', 'minimist', '0.2.4'),
      vulnerable('V-4', 'PyPI', 'django', '3.2.4'),
      vulnerable('V-5', 'PyPI', 'django', '3.2.9', '3.2'),
      vulnerable('V-6', 'PyPI', 'flask', '2.2.5'),
      vulnerable('V-7', 'Go', 'golang.org/x/text', '0.3.8'),
      vulnerable('V-8', 'Maven', 'org.yaml:snakeyaml', '1.31'),
    ];
    for (const record of records) await writeFile(join(database, `${record.id}.json`), JSON.stringify(record));
    const root = await tree(mixed);
    const more = ['--analyzers', 'words,osv,ruff,ast-grep', '--osv-database', database];
    const dry = await fix(root, ...more, '--dry-run');
    assert.equal(dry.code, 0, dry.stderr);
    for (const [name, content] of Object.entries(mixed)) assert.equal(await text(root, name), content);
    const { code, stderr } = await fix(root, ...more);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /Reverted|Not fixed/);
    assert.equal(
      await text(root, 'web/package.json'),
      '{\n\t"dependencies": {\n\t\t"lodash": "^4.17.21",\n\t\t"mkdirp": "0.5.1"\n\t},\n\t"overrides": {\n\t\t"minimist": "^0.2.4"\n\t}\n}\n',
    );
    assert.equal(await text(root, 'web/package-lock.json'), mixed['web/package-lock.json']);
    assert.equal(await text(root, 'api/requirements.txt'), 'django==3.2.9\r\nflask==2.2.5\r\n');
    assert.match(await text(root, 'svc/go.mod'), /text v0\.3\.8$/m);
    assert.match(await text(root, 'java/pom.xml'), /<y>1\.31<\/y>/);
    for (const name of ['web/app.js', 'api/app.py', 'svc/main.go', 'java/A.java', 'deploy.yaml', 'Dockerfile'])
      assert.match(await text(root, name), /STRONG/);
    assert.match(stderr, /^Update lodash to 4\.17\.21 in web\/package\.json, then run npm install\.$/m);
    assert.match(stderr, /^Override minimist with 0\.2\.4 in web\/package\.json, then run npm install\.$/m);
    const again = await codeagent(['scan', root, ...more, '--tools', tools, '--format', 'json']);
    const issues = report.parse(JSON.parse(again.stdout)).files.flatMap((file) => file.issues);
    assert.deepEqual(issues.map((issue) => [issue.file, issue.fix, issue.rule_id]).sort(), [
      ['web/package-lock.json', undefined, 'V-3'],
      ['web/package.json', undefined, 'V-1'],
    ]);
    assert.match(
      issues.map((issue) => issue.suggestion).join(' '),
      /web\/package\.json asks for lodash 4\.17\.21 or later already: run npm install\./,
    );
  });

  it('fixes sinks that data reaches through other files, which stay unchanged', async () => {
    const files = {
      'views.py':
        "from flask import Flask, request\nfrom audit import note\napp = Flask(__name__)\n\n@app.route('/a')\ndef page():\n    note(request.args['a'])\n    return ''\n",
      'audit.py':
        'import logging\nlog = logging.getLogger(__name__)\n\ndef note(name):\n    log.info(f"seen {name}")\n',
    };
    const root = await tree(files);
    const { code, stderr } = await fix(root, '--analyzers', 'flow');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Fixed 1 finding in 1 file\.$/m);
    assert.equal(await text(root, 'audit.py'), files['audit.py'].replace('{name}', '{name!r}'));
    assert.equal(await text(root, 'views.py'), files['views.py']);
  });

  it('adds an import once, for all findings that need it', async () => {
    const java =
      'package a;\n\nimport java.util.List;\nimport java.util.Random;\n\nclass A {\n  Random sessionToken = new Random();\n  Random resetToken = new Random();\n}\n';
    const root = await tree({ 'A.java': java, 'B.java': java.replaceAll('\n', '\r\n').replace('class A', 'class B') });
    const { code, stderr } = await fix(root, '--analyzers', 'ast-grep');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Fixed 4 findings in 2 files\.$/m);
    for (const name of ['A.java', 'B.java']) {
      const made = await text(root, name);
      assert.equal(made.match(/import java\.security\.SecureRandom;/g)?.length, 1, made);
      assert.equal(made.match(/new SecureRandom\(\)/g)?.length, 2, made);
      assert.equal(made.includes('\r\n'), name === 'B.java');
    }
  });

  it('ends with 2 where there is no folder', async () => {
    assert.equal((await fix(join(folder, 'nowhere'))).code, 2);
  });
});
