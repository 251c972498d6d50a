import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import type { TrackedJob } from '../../src/store/scanStore';
import { whenJob } from './support';

describe('the lookup of dependencies', () => {
  let api: ExtensionApi;
  let folder = '';
  let osv: Server;
  let asked = 0;

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    await writeFile(join(folder, 'requirements.txt'), 'requests==2.19.0\n');
    osv = createServer((request, response) => {
      asked += 1;
      request.resume();
      const isBatch = request.url === '/v1/querybatch';
      response.setHeader('Content-Type', 'application/json');
      response.end(
        JSON.stringify(isBatch ? { results: [{ vulns: [{ id: 'TEST-1' }] }] } : { id: 'TEST-1', summary: 'A hole' }),
      );
    });
    await new Promise<void>((resolve) => osv.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    for (const id of ['url', 'enabled', 'database']) await set(id, undefined);
    await rm(join(folder, 'requirements.txt'));
    osv.close();
  });

  const set = (id: string, value: unknown) =>
    vscode.workspace.getConfiguration('codeagent.osv').update(id, value, vscode.ConfigurationTarget.Workspace);

  async function scan(): Promise<TrackedJob> {
    const [before] = api.store.jobs;
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    const [started] = api.store.jobs;
    assert.ok(started && started.id !== before?.id, 'a scan started');
    return whenJob(api, (job) => job.id === started.id && job.report !== undefined);
  }
  const osvOf = ({ report }: TrackedJob) => report?.meta.analyzers?.find(({ id }) => id === 'osv');
  const found = ({ report }: TrackedJob) =>
    report?.files.flatMap(({ path, issues }) => issues.filter(({ tool }) => tool === 'osv').map(() => path));

  it('queries the configured service, or none if it is turned off', async () => {
    await set('url', `http://127.0.0.1:${(osv.address() as AddressInfo).port}/`);
    const done = await scan();
    assert.deepEqual([osvOf(done)?.status, found(done)], ['completed', ['requirements.txt']]);
    assert.equal(asked, 2);
    await set('enabled', false);
    const off = await scan();
    assert.deepEqual([osvOf(off)?.status, found(off)], ['skipped', []]);
    assert.equal(asked, 2);
  });

  it('uses a downloaded database, and says if it is missing', async () => {
    await set('enabled', undefined);
    await set('database', join(folder, 'no such folder'));
    const done = await scan();
    assert.equal(osvOf(done)?.status, 'skipped');
    assert.match(osvOf(done)?.reason ?? '', /no such folder cannot be read/);
    assert.equal(asked, 2);
  });
});
