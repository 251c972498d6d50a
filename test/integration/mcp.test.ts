import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { LATEST_PROTOCOL_VERSION, type Progress } from '@modelcontextprotocol/sdk/types.js';
import type {
  AgentFinding,
  DependencyResult,
  ExplainAnswer,
  FindingsResult,
  FixResult,
} from '../../src/agents/answers';
import { cli } from './support/command';
import { writeTree, type Tree } from './support/service';

const unsafe = [
  'import subprocess',
  'from flask import request',
  '',
  'def f():',
  '    subprocess.call("ls " + request.args["x"], shell=True)',
  '',
].join('\n');

describe('codeagent mcp', () => {
  let folder: string;
  let root: string;
  let temporary: string;
  let client: Client;
  let raw: RawClient | undefined;
  afterEach(() => raw?.kill());
  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'codeagent-mcp-test-')));
    root = join(folder, 'root');
    temporary = join(folder, 'tmp');
    for (const each of [join(root, 'src'), temporary]) await mkdir(each, { recursive: true });
    await writeFile(join(root, 'src', 'a.py'), unsafe);
    await writeFile(join(root, 'src', 'b.py'), 'import hashlib\nhashlib.md5(b"x")\n'.repeat(60));
    await writeFile(join(folder, 'secret.py'), unsafe);
    await symlink(folder, join(root, 'out'));
    client = new Client({ name: 'test', version: '1' });
    const env = { ...process.env, TMPDIR: temporary } as Record<string, string>;
    const args = [cli, 'mcp', '--root', root, '--no-osv'];
    await client.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: 'ignore' }));
  });
  after(async () => {
    await client.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function call(
    name: string,
    input: Record<string, unknown> = {},
  ): Promise<{ data: unknown; text: string; failed: boolean }> {
    const result = await client.callTool({ name, arguments: input });
    const [first] = result.content as { text: string }[];
    return { data: result.structuredContent, text: first?.text ?? '', failed: result.isError === true };
  }
  async function ok<T>(name: string, input: Record<string, unknown> = {}): Promise<T> {
    const { data, text, failed } = await call(name, input);
    assert.equal(failed, false, text);
    return data as T;
  }
  async function refused(name: string, input: Record<string, unknown>, said: RegExp): Promise<void> {
    const { text, failed } = await call(name, input);
    assert.ok(failed, text);
    assert.match(text, said);
  }
  const injection = ({ findings }: FindingsResult): AgentFinding => {
    const found = findings.find(({ rule_id }) => rule_id === 'py-flow-command');
    assert.ok(found);
    return found;
  };

  it('offers six tools, one of which writes', async () => {
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint]),
      [
        ['scan', true],
        ['check_code', true],
        ['findings', true],
        ['explain', true],
        ['fix', false],
        ['check_dependency', true],
      ],
    );
  });

  it('scans, and pages through the findings, worst first', async () => {
    const first = await ok<FindingsResult>('scan');
    assert.equal(first.root, root);
    assert.equal(first.findings.length, 50);
    assert.equal(injection(first).file, 'src/a.py');
    assert.ok(first.more > 0 && first.cursor !== undefined);
    const rest = await ok<FindingsResult>('findings', { cursor: first.cursor });
    assert.equal(rest.findings.length, Math.min(50, first.more));
    const seen = new Set([...first.findings, ...rest.findings].map(({ fingerprint }) => fingerprint));
    assert.equal(seen.size, 50 + rest.findings.length);
    const one = await ok<FindingsResult>('findings', { file: 'src/a.py', min_severity: 'high' });
    assert.deepEqual([one.findings.length, one.more], [1, 0]);
    const scoped = await ok<FindingsResult>('scan', { path: 'src/a.py' });
    assert.ok(scoped.findings.every(({ file }) => file === 'src/a.py'));
    assert.equal(scoped.findings.length > 0, true);
    await refused('findings', { cursor: first.cursor }, /earlier scan/);
  });

  it('checks code that is not saved, and says what a scan would not read', async () => {
    const answer = await ok<FindingsResult>('check_code', { filename: 'new/x.py', code: unsafe });
    assert.equal(injection(answer).file, 'new/x.py');
    assert.deepEqual((await ok<FindingsResult>('check_code', { filename: 'new/x.py', code: 'x = 1\n' })).findings, []);
    const binary = await ok<FindingsResult>('check_code', { filename: 'x.py', code: 'a\u0000b\u0000' });
    assert.match(binary.gaps[0]?.reason ?? '', /A scan skips files/);
    for (const filename of ['../x.py', '/etc/x.py', 'C:\\x.py', 'a/../../x.py', '', 'folder/', `${'y'.repeat(300)}.py`])
      await refused('check_code', { filename, code: unsafe }, /filename|path/);
    await refused('check_code', { filename: 'x.py', code: 'x'.repeat(2 * 1024 * 1024) }, /code|big|characters/i);
  });

  it('explains a rule, and a finding with its flow', async () => {
    const scanned = await ok<FindingsResult>('scan', { path: 'src/a.py' });
    const { fingerprint } = injection(scanned);
    const explained = await ok<ExplainAnswer>('explain', { fingerprint });
    assert.match(explained.page, /## Bad[^]*## Good/);
    assert.equal(explained.finding?.fingerprint, fingerprint);
    assert.equal((await ok<ExplainAnswer>('explain', { rule_id: 'py-yaml-load' })).rule_id, 'py-yaml-load');
    await refused('explain', { rule_id: '__proto__' }, /no page/);
    await refused('explain', { fingerprint: 'x' }, /Call scan again/);
    await refused('explain', {}, /either/);
  });

  it('fixes as a dry run, then for real, and reports the rescan', async () => {
    const { fingerprint } = injection(await ok<FindingsResult>('scan'));
    const dry = await ok<FixResult>('fix', { fingerprints: [fingerprint], unsafe: true });
    assert.equal(dry.written, false);
    assert.match(dry.diff, /^\+.*subprocess\.call\(\["ls", request\.args\["x"\]\]\)$/m);
    assert.equal(await readFile(join(root, 'src/a.py'), 'utf8'), unsafe);
    const wet = await ok<FixResult>('fix', { fingerprints: [fingerprint], dry_run: false, unsafe: true });
    assert.deepEqual([wet.written, wet.fixed.length, wet.diff], [true, 1, dry.diff]);
    assert.ok(wet.after);
    const left = wet.after.findings.map(({ rule_id }) => rule_id);
    for (const gone of ['py-flow-command', 'py-subprocess-shell-true']) assert.ok(!left.includes(gone), gone);
    assert.match(await readFile(join(root, 'src/a.py'), 'utf8'), /\["ls", request/);
    await refused('fix', { fingerprints: [fingerprint] }, /Call scan again/);
    await refused('fix', { fingerprints: [] }, /fingerprints/);
  });

  it('stays within its roots, by name and through links', async () => {
    for (const path of ['/etc', '..', '../secret.py', 'out', 'out/secret.py', folder])
      await refused('scan', { path }, /outside of the roots/);
    await refused('scan', { path: 'nowhere' }, /cannot be read \(ENOENT\)/);
    await refused('scan', { changed: '--output=x' }, /Cannot list/);
    await refused('scan', { paths: 'src' }, /^Invalid input of scan: input: Unrecognized key/);
    await refused('scan', { path: 5 }, /^Invalid input of scan: path: /);
  });

  it('says why a dependency cannot be checked', async () => {
    await refused('check_dependency', { ecosystem: 'npm', name: 'lodash', version: '1.0.0' }, /turned off/);
    await refused('check_dependency', { ecosystem: 'apt', name: 'x' }, /ecosystem must be one of/);
  });

  it('leaves nothing behind, and writes only the protocol, whatever it receives', async () => {
    const own = join(folder, 'own');
    await mkdir(own);
    const one = (raw = new RawClient(root, own));
    const expectError = async (text: string | Buffer, code: number, id: number | null = null) => {
      one.write(text);
      const { error, id: of } = await one.next();
      assert.deepEqual([error?.code, of], [code, id]);
    };
    await expectError('garbage\n', -32700);
    await expectError(Buffer.from([0xff, 0xfe, 0x00, 0x0a]), -32700);
    await expectError('{"a":1}\n', -32600);
    await expectError('[]\n', -32600);
    await expectError(`${'x'.repeat(9 * 1024 * 1024)}\n`, -32600);
    await expectError('{"jsonrpc":"2.0","id":5,"method":"tools/call","params":[1]}\n', -32600, 5);
    await expectError('{"jsonrpc":"1.0","id":6,"method":"ping"}\n', -32600, 6);
    await expectError('{"jsonrpc":"2.0","id":7,"method":"no/such"}\n', -32601, 7);
    one.write('\n{"jsonrpc":"2.0","id":8,"method":"ping"}\n');
    assert.equal((await one.next()).id, 8);
    // Bytes that are not UTF-8 become characters of three bytes.
    one.write('{"jsonrpc":"2.0","id":9,"method":"ping","params":{"x":"');
    one.write(Buffer.alloc(5 * 1024 * 1024, 0xff));
    one.write('"}}\n');
    assert.equal((await one.next()).id, 9);
    one.write('{"jsonrpc":"2.0","id":10,"meth');
    assert.equal(await one.end(), 0);
    assert.deepEqual(await readdir(own), []);
  });

  it('answers protocol violations with errors, and failing tools with a result', async () => {
    const one = (raw = new RawClient(root, temporary));
    const errorOf = async (method: string, params: object) => (await one.request(method, params)).error;
    for (const [method, params, said] of [
      ['tools/call', { name: 'nope' }, /no tool with this name/],
      ['tools/call', { name: '__proto__' }, /no tool with this name/],
      ['tools/call', {}, /tools\/call: name: /],
      ['tools/call', { name: 'scan', arguments: 'x' }, /tools\/call: arguments: /],
      ['tools/list', { cursor: 'x' }, /no cursor/],
    ] as const) {
      const error = await errorOf(method, params);
      assert.equal(error?.code, -32602, JSON.stringify(params));
      assert.match(error.message, said);
    }
    const failed = (await one.request('tools/call', { name: 'findings', arguments: null })).result;
    assert.equal((failed as { isError?: boolean }).isError, true);
    const info = { capabilities: {}, clientInfo: { name: 'test', version: '1' } };
    for (const [asked, answered] of [
      ['2025-03-26', '2025-03-26'],
      ['1999-01-01', LATEST_PROTOCOL_VERSION],
    ]) {
      const { result } = await one.request('initialize', { protocolVersion: asked, ...info });
      assert.equal((result as { protocolVersion: string }).protocolVersion, answered);
    }
    one.write('[{"jsonrpc":"2.0","id":"a","method":"ping"},{"jsonrpc":"2.0","id":"b","method":"ping"}]\n');
    assert.deepEqual([(await one.next()).id, (await one.next()).id], ['a', 'b']);
    assert.equal(await one.end(), 0);
  });

  it('reports the progress of a scan, if requested', async () => {
    const told: number[] = [];
    const onprogress = ({ progress, total }: Progress) => {
      assert.equal(total, 100);
      told.push(progress);
    };
    await client.callTool({ name: 'scan', arguments: {} }, undefined, { onprogress });
    assert.ok(told.length > 0);
    assert.ok(
      told.every((percent, at) => at === 0 || percent > (told[at - 1] ?? Infinity)),
      told.join(),
    );
  });

  it('lists the findings of a file however it is spelled, and says which it does not know', async () => {
    await ok<FindingsResult>('scan');
    for (const file of ['src/b.py', './src/b.py', 'src//b.py', join(root, 'src/b.py'), 'out/root/src/b.py'])
      assert.ok((await ok<FindingsResult>('findings', { file })).findings.length > 0, file);
    for (const file of ['.', 'src', 'src/', root])
      assert.equal((await ok<FindingsResult>('findings', { file })).findings.length, 50, file);
    await refused('findings', { file: '../secret.py' }, /outside of the roots/);
    await refused('findings', { file: 'src/nowhere.py' }, /cannot be read \(ENOENT\)/);
    await ok<FindingsResult>('scan', { path: 'src/b.py' });
    await refused('findings', { file: 'src/a.py' }, /did not cover src\/a\.py/);
    assert.ok((await ok<FindingsResult>('findings', { file: 'src' })).findings.length > 0);
  });

  it('names only a few of many unknown fingerprints', async () => {
    await ok<FindingsResult>('scan');
    const fingerprints = Array.from({ length: 500 }, (_, index) => `none${index}`);
    await refused('fix', { fingerprints }, /fingerprint none0, none1, none2, none3, none4 and 495 more\. Call/);
  });
});

describe('codeagent mcp without its root', () => {
  it('says that it is missing, a file, or a link to elsewhere', async () => {
    await withServer({ 'a.py': 'import yaml\nyaml.load(x)\n' }, [], async ({ root, ok, refusal }) => {
      const { findings } = await ok<FindingsResult>('scan');
      const fingerprints = findings.flatMap(({ fingerprint }) => fingerprint ?? []);
      const said = async (): Promise<string[]> => [
        await refusal('scan', {}),
        await refusal('scan', { changed: 'HEAD' }),
        await refusal('check_code', { filename: 'a.py', code: 'x = 1' }),
        await refusal('fix', { fingerprints, unsafe: true, dry_run: false }),
      ];
      const moved = `${root}-moved`;
      await rename(root, moved);
      try {
        assert.deepEqual([...new Set(await said())], [`${root} cannot be read (ENOENT).`]);
        await writeFile(root, '');
        assert.deepEqual([...new Set(await said())], [`${root} is no longer a folder.`]);
        await rm(root);
        await symlink(moved, root);
        assert.deepEqual([...new Set(await said())], [`${root} is outside of the roots: ${root}.`]);
        assert.equal(await readFile(join(moved, 'a.py'), 'utf8'), 'import yaml\nyaml.load(x)\n');
      } finally {
        await rm(root, { force: true });
        await rename(moved, root);
      }
      assert.equal((await ok<FindingsResult>('scan')).findings.length, 1);
    });
  });
});

describe('codeagent mcp with a database of vulnerabilities', () => {
  it('lists a dependency’s vulnerabilities, and the nearest version without any', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'codeagent-mcp-test-'));
    const record = {
      id: 'GHSA-aaaa-bbbb-cccc',
      summary: 'Bad',
      affected: [
        {
          package: { ecosystem: 'npm', name: 'left' },
          ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.2.0' }] }],
        },
      ],
    };
    await mkdir(join(folder, 'db', 'npm'), { recursive: true });
    await writeFile(join(folder, 'db', 'npm', 'one.json'), JSON.stringify(record));
    const client = new Client({ name: 'test', version: '1' });
    const args = [cli, 'mcp', '--root', folder, '--osv-database', join(folder, 'db')];
    await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
    try {
      const ask = async (version: string) =>
        (await client.callTool({ name: 'check_dependency', arguments: { ecosystem: 'NPM', name: 'left', version } }))
          .structuredContent as DependencyResult;
      const bad = await ask('1.0.0');
      assert.deepEqual(
        [bad.vulnerabilities.map(({ id, fixed_in }) => [id, fixed_in]), bad.safe_version],
        [[['GHSA-aaaa-bbbb-cccc', '1.2.0']], '1.2.0'],
      );
      assert.deepEqual((await ask('1.2.0')).vulnerabilities, []);
    } finally {
      await client.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('codeagent mcp and a team’s decisions', () => {
  const evil = 'const cp = require("child_process");\nmodule.exports = (req) => cp.exec(`ls ${req.query.x}`);\n';
  const decided: Tree = {
    '.codeagent/config.json': '{ "rules": { "*": "off" }, "exclude": ["gen/"] }',
    'a.js': evil,
    'gen/b.js': evil,
  };

  it('apply to a check of unsaved code as to a scan', async () => {
    await withServer(decided, [], async ({ ok }) => {
      const scanned = await ok<FindingsResult>('scan');
      const checked = await ok<FindingsResult>('check_code', { filename: 'a.js', code: evil });
      assert.ok(scanned.suppressed > 0);
      assert.deepEqual([scanned.findings, checked.findings], [[], []]);
      assert.ok(checked.suppressed > 0);
      const excluded = await ok<FindingsResult>('check_code', { filename: 'gen/b.js', code: evil });
      assert.match(excluded.gaps[0]?.reason ?? '', /A scan skips files/);
    });
  });

  it('explains custom rules with the findings of the latest scan', async () => {
    const rule = [
      'id: team-legacy-call',
      'language: JavaScript',
      'message: legacyCall() writes to the old store.',
      'metadata: { title: Legacy call, severity: medium, suggestion: Call newCall. }',
      'rule: { pattern: legacyCall($A) }',
    ];
    const tree = { '.codeagent/rules/legacy.yml': rule.join('\n'), 'a.js': 'legacyCall(1);\n' };
    await withServer(tree, [], async ({ ok, refusal }) => {
      const unknown = /no page for rule "team-\w+(?:-\w+)?"[^]*Call scan first/;
      assert.match(await refusal('explain', { rule_id: 'team-legacy-call' }), unknown);
      await ok('scan');
      const { page, finding } = await ok<ExplainAnswer>('explain', { rule_id: 'team-legacy-call' });
      assert.match(page, /^# Legacy call\n\nlegacyCall\(\) writes to the old store\.\n\nCall newCall\.$/);
      assert.equal(finding, undefined);
      assert.match(await refusal('explain', { rule_id: 'team-other' }), unknown);
    });
  });

  it('are reported if unreadable, even by a check', async () => {
    await withServer({ '.codeagent/config.json': '{ "exclude": 1 }' }, [], async ({ ok }) => {
      const { gaps } = await ok<FindingsResult>('check_code', { filename: 'a.js', code: 'x' });
      assert.deepEqual(
        gaps.map(({ kind, examples }) => [kind, examples]),
        [['unread_policy', ['.codeagent/config.json']]],
      );
    });
  });

  it('are ignored with --no-config, even after a fix', async () => {
    const hidden = '# codeagent-ignore: agreed\nrequests.get(u, verify=False)  # nosec\n';
    const tree = { ...decided, 'c.py': `import requests\n${hidden}import yaml\nyaml.load(x)\n` };
    await withServer(tree, ['--no-config'], async ({ ok }) => {
      const scanned = await ok<FindingsResult>('scan');
      assert.deepEqual([...new Set(scanned.findings.map(({ file }) => file))].sort(), ['a.js', 'c.py', 'gen/b.js']);
      assert.equal(scanned.suppressed, 0);
      const checked = await ok<FindingsResult>('check_code', { filename: 'gen/b.js', code: evil });
      assert.deepEqual([checked.findings.length > 0, checked.suppressed, checked.gaps], [true, 0, []]);
      const fingerprints = scanned.findings.flatMap(({ rule_id, fingerprint }) =>
        rule_id === 'py-yaml-load' ? (fingerprint ?? []) : [],
      );
      const { after } = await ok<FixResult>('fix', { fingerprints, dry_run: false, unsafe: true });
      assert.equal(after?.suppressed, 0);
      assert.ok(after.findings.some(({ line }) => line === 3));
    });
  });
});

describe('codeagent mcp and what it cannot see', () => {
  const bad = 'import yaml\nyaml.load(x)\n';

  it('says so for a path without scanned files, whether all or only changed files were requested', async () => {
    const tree: Tree = {
      '.gitignore': 'ignored.py\nlocal/\n',
      '.codeagent/config.json': '{ "exclude": ["gen/"] }',
      'ignored.py': bad,
      'local/deep/a.py': bad,
      'gen/b.py': bad,
      'node_modules/x/c.py': bad,
      'empty.py': '',
      'clean.py': 'x = 1\n',
    };
    await withServer(tree, [], async ({ root, ok }) => {
      git(root, 'init', '--quiet');
      git(root, 'add', '-A');
      git(root, '-c', 'user.name=T', '-c', 'user.email=t@example.com', 'commit', '--quiet', '-m', 'x');
      for (const path of ['ignored.py', 'local', 'local/deep/a.py', 'gen', 'gen/b.py', join(root, 'node_modules')])
        for (const changed of [undefined, 'HEAD']) {
          const { gaps } = await ok<FindingsResult>('scan', { path, ...(changed && { changed }) });
          const named = path.replace(`${root}/`, '');
          const label = `${path} ${changed ?? ''}`;
          assert.deepEqual(
            gaps.filter(({ reason }) => reason.startsWith('Nothing')).map(({ examples }) => examples),
            [[named]],
            label,
          );
          const listed = await ok<FindingsResult>('findings');
          assert.deepEqual(listed.gaps, gaps, label);
        }
      for (const path of ['clean.py', 'empty.py', undefined])
        for (const changed of [undefined, 'HEAD']) {
          const { gaps } = await ok<FindingsResult>('scan', { ...(path && { path }), ...(changed && { changed }) });
          assert.deepEqual(gaps, [], `${path ?? 'all'} ${changed ?? ''}`);
        }
    });
  });

  it('rejects a cursor from before a fix, since the order of findings has changed', async () => {
    const tree: Tree = { 'a.py': bad, 'b.py': 'import hashlib\nhashlib.md5(b"x")\n'.repeat(60) };
    await withServer(tree, [], async ({ ok, refusal }) => {
      const scanned = await ok<FindingsResult>('scan');
      const fingerprints = scanned.findings.flatMap(({ rule_id, fingerprint }) =>
        rule_id === 'py-yaml-load' ? (fingerprint ?? []) : [],
      );
      assert.equal(fingerprints.length, 1);
      assert.equal((await ok<FixResult>('fix', { fingerprints, dry_run: false, unsafe: true })).written, true);
      assert.match(await refusal('findings', { cursor: scanned.cursor }), /earlier scan/);
      const now = await ok<FindingsResult>('findings');
      assert.equal(now.findings.length + now.more, scanned.findings.length + scanned.more - 1);
      const rest = await ok<FindingsResult>('findings', { cursor: now.cursor });
      assert.equal(rest.findings.length, Math.min(50, now.more));
    });
  });
});

interface Answer {
  readonly id: number | string | null;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** Writes arbitrary text to the process. */
class RawClient {
  readonly #child;
  readonly #lines: AsyncIterator<string>;
  #last = 1000;

  constructor(root: string, temporary: string) {
    this.#child = spawn(process.execPath, [cli, 'mcp', '--root', root, '--no-osv'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, TMPDIR: temporary },
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  write(text: string | Buffer): void {
    this.#child.stdin.write(text);
  }

  /** The next line of its output. */
  async next(): Promise<Answer> {
    return JSON.parse(String((await this.#lines.next()).value)) as Answer;
  }

  async request(method: string, params: object): Promise<Answer> {
    const id = (this.#last += 1);
    this.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    const answer = await this.next();
    assert.equal(answer.id, id);
    return answer;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Closes its input. @returns its exit code */
  async end(): Promise<number | null> {
    const exit = once(this.#child, 'exit');
    this.#child.stdin.end();
    return ((await exit) as [number | null])[0];
  }
}

function git(folder: string, ...args: string[]): void {
  execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
}

interface TestAgent {
  readonly root: string;
  readonly ok: <T>(name: string, input?: Record<string, unknown>) => Promise<T>;
  /** A tool's error message. */
  readonly refusal: (name: string, input: Record<string, unknown>) => Promise<string>;
}

/** Runs `use` with a server on a separate folder. */
async function withServer(
  tree: Tree,
  more: readonly string[],
  use: (agent: TestAgent) => Promise<void>,
): Promise<void> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'codeagent-mcp-test-')));
  const client = new Client({ name: 'test', version: '1' });
  try {
    await writeTree(root, tree);
    const args = [cli, 'mcp', '--root', root, '--no-osv', ...more];
    await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
    const call = async (name: string, input: Record<string, unknown> = {}) => {
      const { content, structuredContent, isError } = await client.callTool({ name, arguments: input });
      return {
        text: (content as { text: string }[])[0]?.text ?? '',
        data: structuredContent,
        failed: isError === true,
      };
    };
    await use({
      root,
      async ok<T>(name: string, input?: Record<string, unknown>) {
        const { text, data, failed } = await call(name, input);
        assert.equal(failed, false, text);
        return data as T;
      },
      async refusal(name, input) {
        const { text, failed } = await call(name, input);
        assert.ok(failed, text);
        return text;
      },
    });
  } finally {
    await client.close();
    await rm(root, { recursive: true, force: true });
  }
}
