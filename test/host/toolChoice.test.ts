import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import type { TrackedJob } from '../../src/store/scanStore';
import { whenJob } from './support';

describe('the choice of analyzers in a workspace', () => {
  let api: ExtensionApi;
  let folder = '';
  let place = '';

  before(async function () {
    // The stand-in for a tool is a shell script.
    if (process.platform === 'win32') this.skip();
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    place = await mkdtemp(join(tmpdir(), 'codeagent host tools-'));
    await writeFile(join(folder, 'chosen.py'), 'value = 1\n');
    // For gosec: nothing is reported about an analyzer without files to read.
    await writeFile(join(folder, 'chosen.go'), 'package main\n');
  });
  after(async () => {
    if (place === '') return;
    for (const id of ['use', 'custom', 'timeout']) await set(id, undefined);
    await rm(place, { recursive: true });
    await rm(join(folder, 'chosen.py'));
    await rm(join(folder, 'chosen.go'));
    await rm(join(folder, '.venv'), { recursive: true, force: true });
  });

  const set = (id: string, value: unknown) =>
    vscode.workspace.getConfiguration('codeagent.analyzers').update(id, value, vscode.ConfigurationTarget.Workspace);

  async function scan(): Promise<TrackedJob> {
    const [before] = api.store.jobs;
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    const [started] = api.store.jobs;
    assert.ok(started && started.id !== before?.id, 'a scan started');
    return whenJob(api, (job) => job.id === started.id && job.report !== undefined);
  }
  const ends = ({ report }: TrackedJob) =>
    report?.meta.analyzers?.map(({ id, status, version }) => ({ id, status, version }));

  async function script(path: string, text: string): Promise<string> {
    await writeFile(path, `#!/bin/sh\n${text}\n`);
    await chmod(path, 0o755);
    return path;
  }

  it('applies to the next scan: an analyzer turned off, and a custom one', async () => {
    const result = {
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'Mine' } },
          results: [
            {
              ruleId: 'M1',
              message: { text: 'mine' },
              locations: [{ physicalLocation: { artifactLocation: { uri: 'chosen.py' }, region: { startLine: 1 } } }],
            },
          ],
        },
      ],
    };
    const mine = await script(join(place, 'mine'), `echo '${JSON.stringify(result)}'`);
    await set('custom', [{ id: 'mine', command: [mine] }, { id: 'NOT GOOD' }]);
    await set('use', { 'ast-grep': 'off', gosec: 'on' });
    const done = await scan();
    const told = ends(done) ?? [];
    assert.ok(!told.some(({ id }) => id === 'ast-grep'), JSON.stringify(told));
    assert.equal(
      told.find(({ id }) => id === 'mine')?.status,
      'completed',
      JSON.stringify(done.report?.meta.analyzers),
    );
    assert.ok(
      told.some(({ id, status }) => id === 'gosec' && status === 'skipped'),
      'one that is on is told of, also where it is missing',
    );
    assert.ok(done.report?.files.some(({ issues }) => issues.some(({ rule_id }) => rule_id === 'M1')));
    await set('custom', undefined);
    await set('use', undefined);
    assert.ok(ends(await scan())?.some(({ id }) => id === 'ast-grep'));
  });

  it('finds a tool of the workspace’s virtual environment, since the workspace is trusted', async () => {
    await mkdir(join(folder, '.venv/bin'), { recursive: true });
    await script(
      join(folder, '.venv/bin/bandit'),
      `case "$1" in *version) echo bandit 9.8.7; exit;; esac; echo '{"errors": [], "results": []}'`,
    );
    const told = ends(await scan())?.find(({ id }) => id === 'bandit');
    assert.deepEqual(told, { id: 'bandit', status: 'completed', version: '9.8.7' });
  });
});
