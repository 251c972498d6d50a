import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentTools } from '../../src/agents/tools';
import { errorCode } from '../../src/base/errors';
import { AgentProcess } from '../../src/client/agentProcess';
import { cli } from './support/command';
import { MemoryLog } from './support/service';

describe('the agent tool process', () => {
  let root: string;
  let agent: AgentProcess;
  const { signal } = new AbortController();
  const check = (code: string) => agent.call('check_code', { filename: 'a.py', code }, signal);
  const failsWith = (code: string, said: RegExp) => (error: unknown) =>
    errorCode(error) === code && error instanceof Error && said.test(error.message);
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'codeagent-agents-test-'));
    agent = new AgentProcess(cli, ['--root', root, '--no-osv'], {}, new MemoryLog());
  });
  afterEach(async () => {
    await agent.end();
    await rm(root, { recursive: true, force: true });
  });

  it('answers a call whose message it cannot read, and the next one', async () => {
    await assert.rejects(check('x'.repeat(9 * 1024 * 1024)), failsWith('TOOL', /larger than 8 MB/));
    assert.match((await check('import yaml\nyaml.load(x)\n')).text, /py-yaml-load/);
  });

  it('fails a call if it cannot be started, and is started by the next one', async () => {
    const { execPath } = process;
    process.execPath = join(root, 'missing');
    try {
      await assert.rejects(check('x = 1'), failsWith('AGENTS', /could not be started: .*ENOENT/));
    } finally {
      process.execPath = execPath;
    }
    assert.match((await check('x = 1')).text, /No open findings/);
  });

  it('receives no input that is too large for its tool', () => {
    const tool = agentTools.find(({ name }) => name === 'check_code');
    assert.ok(tool);
    assert.throws(
      () => tool.check({ filename: 'a.py', code: 'x'.repeat(1024 * 1024 + 1) }),
      failsWith('INVALID_INPUT', /check_code: code: /),
    );
    // Escaped, it is six times as long, and still fits into a message.
    const largest = { filename: 'a.py', code: '\u0001'.repeat(1024 * 1024) };
    tool.check(largest);
    assert.ok(JSON.stringify(largest).length < 8 * 1024 * 1024);
  });
});
