import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';

describe('tools for AI agents', () => {
  let api: ExtensionApi;
  let folder = '';
  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    await writeFile(join(folder, 'agent.py'), 'import yaml\nyaml.load(x)\n');
  });
  after(() => rm(join(folder, 'agent.py')));

  async function invoke(name: string, input: object): Promise<string[]> {
    const result = await vscode.lm.invokeTool(`codeagent_${name}`, { input, toolInvocationToken: undefined });
    return result.content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : ''));
  }

  it('are language model tools that answer with data', async () => {
    const names = vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('codeagent_'));
    const expected = ['check_code', 'check_dependency', 'explain', 'findings', 'fix', 'scan'];
    assert.deepEqual(
      names.sort(),
      expected.map((name) => `codeagent_${name}`),
    );
    const [text = '', data = ''] = await invoke('check_code', {
      filename: 'a.py',
      code: 'import yaml\nyaml.load(x)\n',
    });
    assert.match(text, /py-yaml-load/);
    assert.equal((JSON.parse(data) as { findings: object[] }).findings.length, 1);
    const [, scanned = ''] = await invoke('scan', { path: 'agent.py' });
    const [finding] = (JSON.parse(scanned) as { findings: { fingerprint: string }[] }).findings;
    const [, fixed = ''] = await invoke('fix', { fingerprints: [finding?.fingerprint], unsafe: true });
    assert.match((JSON.parse(fixed) as { diff: string }).diff, /safe_load/);
    await assert.rejects(async () => invoke('scan', { path: '/etc' }), /outside of the roots/);
  });

  it('are offered as an MCP server that starts', async function () {
    const servers = await api.agents.servers();
    if (!servers) this.skip(); // A VS Code before 1.101.
    const [server] = servers;
    assert.ok(server);
    const env = Object.fromEntries(Object.entries(server.env).map(([name, value]) => [name, String(value)]));
    const child = spawn(server.command, server.args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"ping"}\n');
    assert.equal((JSON.parse(String((await lines.next()).value)) as { id: number }).id, 1);
    child.stdin.end();
  });
});
