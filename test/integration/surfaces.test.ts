import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { FindingsResult } from '../../src/agents/answers';
import { watchJob } from '../../src/client/jobWatcher';
import { RunnerProcess } from '../../src/client/runnerProcess';
import { isSuppressed, report as reportShape, toolSettings, type Report } from '../../src/protocol';
import { cli, codeagent } from './support/command';
import { writeTree } from './support/service';

const evil = 'const f = (req) => eval(req.query.x);\n';
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A file for each kind of decision, with a finding that it opens or hides. */
const tree = {
  'open.js': evil,
  'excluded/a.js': evil,
  'off.py': 'import yaml\nyaml.load(x)\n',
  'rated.py': 'import hashlib\nhashlib.md5(b"x")\n',
  'override/a.js': evil,
  'known.js': evil,
  'expired.js': evil,
  'comment.js': `// codeagent-ignore: reviewed\n${evil}`,
  'foreign.py': 'import subprocess\nsubprocess.call(x, shell=True)  # nosec\n',
};

describe('a folder’s decisions', () => {
  let top: string;
  let folder: string;
  /** By the command line. */
  let expected: string[];
  const openOf = ({ files }: Report) =>
    files
      .flatMap(({ issues }) => issues.filter((issue) => !isSuppressed(issue)))
      .map(({ file, line, rule_id, severity }) => `${file}:${line} ${rule_id} ${severity}`)
      .sort();
  const scan = async (args: readonly string[] = [], env: Record<string, string> = {}) => {
    const all = ['scan', folder, '--format', 'json', '--progress', 'none', ...args];
    const { code, stdout, stderr } = await codeagent(all, env);
    assert.equal(code, 0, stderr);
    return reportShape.parse(JSON.parse(stdout));
  };

  before(async () => {
    top = await realpath(await mkdtemp(join(tmpdir(), 'codeagent-surfaces-')));
    folder = join(top, 'folder');
    await writeTree(folder, tree);
    const before = (await scan(['--no-osv'])).files.flatMap(({ issues }) => issues);
    const entryOf = (path: string) => {
      const found = before.find(({ file }) => file === path);
      assert.ok(found, path);
      return { file: path, rule: found.rule_id, fingerprint: found.fingerprint };
    };
    const ruleOf = (path: string) => entryOf(path).rule;
    await writeTree(folder, {
      '.codeagent/config.json': JSON.stringify({
        exclude: ['excluded/'],
        rules: { [ruleOf('off.py')]: 'off', [ruleOf('rated.py')]: 'low' },
        overrides: [{ files: ['override/'], rules: { [ruleOf('override/a.js')]: 'low' } }],
      }),
      '.codeagent/baseline.json': JSON.stringify({
        version: 1,
        findings: [entryOf('known.js'), { ...entryOf('expired.js'), expires: '2020-01-01' }],
      }),
    });
    expected = openOf(await scan(['--no-osv']));
  });
  after(() => rm(top, { recursive: true, force: true }));

  it('apply on the command line', () => {
    const files = [...new Set(expected.map((text) => text.slice(0, text.indexOf(':'))))];
    assert.deepEqual(files, ['expired.js', 'open.js', 'override/a.js', 'rated.py']);
    assert.ok(
      expected.some((text) => /^override\/a\.js.* low$/.test(text)) &&
        expected.some((text) => /^rated.* low$/.test(text)),
    );
  });

  it('apply equally in the editor’s runner', async () => {
    const tools = () => toolSettings.parse({ osv: { enabled: false } });
    const runner = new RunnerProcess({ cli, storage: join(top, 'storage'), roots: () => [folder], tools, log: quiet });
    try {
      const client = await runner.client();
      const { job_id } = await client.submit({ source: { kind: 'path', path: folder } });
      const none = () => undefined;
      const watch = watchJob(client, job_id, { job: none, log: none, findings: none, connection: none, lost: none });
      const job = await watch.done;
      assert.ok(job !== 'lost' && job.status === 'completed');
      assert.deepEqual(openOf(await client.report(job_id)), expected);
    } finally {
      await runner.close();
    }
  });

  it('apply equally on a server that receives the folder as an upload', async () => {
    const token = 'a-token-of-this-test';
    const env = { ...process.env, CODEAGENT_TOKEN: token };
    const server = spawn(process.execPath, [cli, 'serve', '--storage', join(top, 'server'), '--no-osv'], {
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    try {
      const [line] = (await once(server.stdout, 'data')) as [Buffer];
      const { url } = JSON.parse(line.toString()) as { url: string };
      assert.deepEqual(openOf(await scan(['--server', url], { CODEAGENT_TOKEN: token })), expected);
    } finally {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
    }
  });

  it('apply equally to agents', async () => {
    const client = new Client({ name: 'test', version: '1' });
    const args = [cli, 'mcp', '--root', folder, '--no-osv'];
    await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
    try {
      const { structuredContent } = await client.callTool({ name: 'scan', arguments: {} });
      const { findings } = structuredContent as FindingsResult;
      const found = findings.map(({ file, line, rule_id, severity }) => `${file}:${line} ${rule_id} ${severity}`);
      assert.deepEqual(found.sort(), expected);
    } finally {
      await client.close();
    }
  });
});
