import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { job, report, type Issue, type Report } from '../../src/protocol';

const root = resolve(__dirname, '../../..');
const cli = join(root, 'dist/cli.js');
const sample = join(root, 'test/fixtures/sample');

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command as a user would; `onStderr` receives its progress as it arrives. */
function codeagent(
  args: string[],
  onStderr?: (all: string, kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Run> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      onStderr?.(stderr, (signal) => child.kill(signal));
    });
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

async function tree(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'codeagent-cli-test-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}

function issuesOf(text: string): Issue[] {
  return report.parse(JSON.parse(text)).files.flatMap((file) => file.issues);
}

describe('codeagent', () => {
  const folders: string[] = [];
  const folder = async (files: Record<string, string>) => {
    const dir = await tree(files);
    folders.push(dir);
    return dir;
  };
  after(async () => {
    for (const dir of folders) await rm(dir, { recursive: true, force: true });
  });

  it('finds the planted defects of the sample, at their lines, and nothing in the look-alikes', async () => {
    const run = await codeagent(['scan', sample, '--format', 'json', '--progress', 'none']);
    assert.equal(run.code, 0, run.stderr);
    const found = issuesOf(run.stdout);
    const table = await readFile(join(sample, 'README.md'), 'utf8');
    const planted = [...table.matchAll(/^\| (\S+) \| (\d+) \| .* \| CWE-\d+ \|$/gm)];
    assert.ok(planted.length >= 16);
    for (const [, file, line] of planted) {
      assert.ok(
        found.some((i) => i.file === file && i.line === Number(line)),
        `nothing at ${file}:${line}`,
      );
    }
    const lookAlikes = found.filter((i) => /safe\.|example\./.test(i.file));
    assert.deepEqual(lookAlikes, []);
  });

  it('prints a report that follows the contract', async () => {
    const dir = await folder({
      'a b/ünï.js': 'const h = require("crypto").createHash("md5").update(x).digest("hex");\n',
      'empty.py': '',
    });
    const run = await codeagent(['scan', dir, '--format', 'json']);
    assert.equal(run.code, 0, run.stderr);
    const parsed: Report = report.parse(JSON.parse(run.stdout));
    assert.deepEqual(
      parsed.files.map((f) => f.path),
      ['a b/ünï.js'],
    );
    assert.equal(parsed.meta.repo.source, 'path');
    assert.equal(parsed.meta.files_scanned, 2);
    const [first] = parsed.files[0]!.issues;
    assert.equal(first?.line, 1);
    assert.ok(first.fingerprint);
    assert.ok(first.cwe?.includes('CWE-328') ?? first.cwe?.includes('CWE-327'));
  });

  it('rates findings in tests lower', async () => {
    const text = 'import os\nimport sys\n\nos.system("ls " + sys.argv[1])\n';
    const dir = await folder({ 'app.py': text, 'tests/test_app.py': text });
    const run = await codeagent(['scan', dir, '--format', 'json', '--progress', 'none']);
    const rated = new Map(issuesOf(run.stdout).map((i) => [i.file, i.severity]));
    assert.ok(['critical', 'high'].includes(rated.get('app.py') ?? 'none'), run.stdout);
    assert.equal(rated.get('tests/test_app.py'), 'medium');
  });

  it('keeps fingerprints when lines move', async () => {
    const code = 'eval(input);\nconst y = 1;\neval(input);\n';
    const before = await folder({ 'a.js': code });
    const moved = await folder({ 'a.js': `// one\n\n// two\n${code}` });
    const [one, two] = await Promise.all(
      [before, moved].map(async (dir) => issuesOf((await codeagent(['scan', dir, '--format', 'json'])).stdout)),
    );
    assert.ok(one && two && one.length > 1);
    assert.deepEqual(
      two.map((i) => i.fingerprint),
      one.map((i) => i.fingerprint),
    );
    assert.equal(new Set(one.map((i) => i.fingerprint)).size, one.length);
  });

  it('exits with 1 if an issue reaches --fail-on, and with 2 if used incorrectly', async () => {
    assert.equal((await codeagent(['scan', sample, '--fail-on', 'high', '--progress', 'none'])).code, 1);
    const clean = await folder({ 'a.js': 'export const one = 1;\n' });
    const run = await codeagent(['scan', clean, '--fail-on', 'low']);
    assert.equal(run.code, 0);
    assert.match(run.stdout, /no findings in 1 file,/);
    const missing = await codeagent(['scan', join(clean, 'nowhere')]);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /is not a readable folder/);
    assert.equal((await codeagent(['scan', '--format', 'pdf'])).code, 2);
  });

  it('writes the report to a file, in every format', async () => {
    const dir = await folder({});
    for (const [format, start] of [
      ['json', '{'],
      ['sarif', '{'],
      ['html', '<!'],
      ['md', '#'],
    ] as const) {
      const output = join(dir, `report.${format}`);
      const run = await codeagent(['scan', sample, '--format', format, '--output', output, '--progress', 'none']);
      assert.equal(run.code, 0, run.stderr);
      assert.equal(run.stdout, '');
      assert.ok((await readFile(output, 'utf8')).toLowerCase().startsWith(start), format);
    }
  });

  it('reports its progress as one Job per line', async () => {
    const run = await codeagent(['scan', sample, '--format', 'json', '--progress', 'json']);
    const jobs = run.stderr
      .split('\n')
      .filter(Boolean)
      .map((line) => job.parse(JSON.parse(line)));
    assert.equal(jobs.at(-1)?.status, 'completed');
    assert.equal(jobs.at(-1)?.progress?.percent, 100);
    const percents = jobs.map((j) => j.progress?.percent ?? 0);
    assert.deepEqual(
      percents,
      [...percents].sort((a, b) => a - b),
    );
    assert.ok(new Set(jobs.map((j) => j.progress?.phase)).size >= 3);
  });

  for (const [what, signal] of [
    ['Ctrl-C', 'SIGINT'],
    ['the end of its terminal', 'SIGHUP'],
  ] as const)
    it(`cancels cleanly on ${what}, with 130`, async () => {
      const many: Record<string, string> = {};
      for (let i = 0; i < 3000; i += 1) many[`src/f${i}.py`] = 'import os\nos.system("ls " + input())\n'.repeat(40);
      const dir = await folder(many);
      let sent = false;
      const run = await codeagent(['scan', dir, '--format', 'json', '--progress', 'plain'], (all, kill) => {
        if (!sent && all.includes('running analyze')) {
          sent = true;
          kill(signal);
        }
      });
      assert.ok(sent, run.stderr);
      assert.equal(run.code, 130, run.stderr);
      assert.equal(run.stdout, '');
    });

  it('scans only what has changed', async () => {
    const dir = await folder({ 'old.js': 'eval(x);\n', 'edited.js': 'eval(x);\n' });
    const git = (...args: string[]) =>
      new Promise<void>((done, fail) => {
        const child = spawn('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: dir });
        child.on('close', (code) => (code === 0 ? done() : fail(new Error(`git ${args.join(' ')}: ${code}`))));
      });
    await git('init', '-q');
    await git('add', '.');
    await git('commit', '-qm', 'first');
    const none = await codeagent(['scan', dir, '--changed', '--format', 'json']);
    assert.equal(none.code, 0);
    assert.match(none.stderr, /nothing to scan/);
    const { files, meta, summary } = report.parse(JSON.parse(none.stdout));
    assert.deepEqual(
      [files, meta.coverage, meta.files_scanned, meta.repo.url, Object.values(summary)],
      [[], { complete: true, gaps: [] }, 0, dir, [0, 0, 0, 0]],
    );
    for (const [format, text] of Object.entries({
      text: /: no findings in 0 files/,
      sarif: /"runs":\[\]/,
      html: /^<!doctype html>/i,
      md: /^# /,
    })) {
      const output = join(await folder({}), `nothing.${format}`);
      const written = await codeagent(['scan', dir, '--changed', '--format', format, '--output', output, '--strict']);
      assert.deepEqual([written.code, written.stdout], [0, ''], written.stderr);
      assert.match(await readFile(output, 'utf8'), text);
    }
    await writeFile(join(dir, 'edited.js'), 'eval(x + 1);\n');
    await writeFile(join(dir, 'new, [one].js'), 'eval(x);\n');
    const run = await codeagent(['scan', dir, '--changed', '--format', 'json', '--progress', 'none']);
    assert.equal(run.code, 0, run.stderr);
    assert.deepEqual(
      report.parse(JSON.parse(run.stdout)).files.map((f) => f.path),
      ['edited.js', 'new, [one].js'],
    );
    await mkdir(join(dir, 'lib'));
    await writeFile(join(dir, 'lib/more.js'), 'eval(x);\n');
    const some = ['--changed', '--include', 'lib/**,ed*', '--exclude', 'edited.js'];
    const part = await codeagent(['scan', dir, ...some, '--format', 'json', '--progress', 'none']);
    assert.deepEqual(
      report.parse(JSON.parse(part.stdout)).files.map((f) => f.path),
      ['lib/more.js'],
    );
    const other = await codeagent(['scan', dir, '--changed', '--include', '*.py', '--format', 'json']);
    assert.equal(other.code, 0, other.stderr);
    assert.match(other.stderr, /nothing to scan/);
  });

  it('scans thousands of changed files', async () => {
    const dir = await folder({});
    execFileSync('git', ['init', '-q'], { cwd: dir });
    const names = Array.from({ length: 5000 }, (_, index) => `${'long-name-'.repeat(22)}${index}.js`);
    for (const name of names) await writeFile(join(dir, name), 'x();\n');
    const run = await codeagent(['scan', dir, '--changed', '--analyzers', 'ast-grep', '--format', 'json']);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(report.parse(JSON.parse(run.stdout)).meta.files_scanned, names.length);
  });
});
