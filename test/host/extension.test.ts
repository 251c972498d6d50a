import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import type { JobStatus } from '../../src/protocol';
import type { StoreChange, TrackedJob } from '../../src/store/scanStore';
import { problemsOf, whenJob } from './support';

const extensionId = 'codeagent.codeagent-scanner';

function newest(api: ExtensionApi): TrackedJob {
  const [job] = api.store.jobs;
  assert.ok(job);
  return job;
}

/** Processes below a runner: its tools and children, whatever group they are in. Linux only. */
function childrenOf(pid: number): number[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        // The guardian is not part of a job.
        if (readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('guardianProcess.js')) return false;
        return readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1] === String(pid);
      } catch {
        return false; // It ended while the table was read.
      }
    })
    .map(Number);
}

describe('the extension in VS Code', () => {
  let api: ExtensionApi;
  let folder = '';

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>(extensionId);
    assert.ok(extension);
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    assert.notEqual(folder, '');
    api = await extension.activate();
  });

  it('starts nothing until a scan is requested', async () => {
    assert.equal(await api.runnerPid(), undefined);
    // Nor does saving a file of a folder that was never scanned.
    const [root] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(root);
    const file = vscode.Uri.joinPath(root.uri, 'unscanned.js');
    await writeFile(file.fsPath, '');
    const document = await vscode.workspace.openTextDocument(file);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), 'eval(input);\n');
    await vscode.workspace.applyEdit(edit);
    await document.save();
    assert.equal(await api.runnerPid(), undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(file.fsPath);
    assert.deepEqual(api.store.jobs, []);
  });

  it('scans the workspace and puts the findings next to the code', async () => {
    const changes: StoreChange[] = [];
    const listening = api.store.onChange((change) => changes.push(change));
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    assert.equal(api.store.jobs.length, 1, 'the job is there as soon as the command is done');
    const done = await whenJob(api, (job) => job.report !== undefined);
    listening.dispose();
    assert.ok(changes.every(({ action }) => action !== 'checked'));

    assert.equal(done.job.status, 'completed');
    const told = changes.filter((c) => c.from !== c.to).map((c) => c.to);
    assert.equal(told.filter((s) => s === 'completed').length, 1);
    const phases = new Set(changes.flatMap((c) => c.job?.job.progress?.phase ?? []));
    assert.ok(phases.size >= 3, [...phases].join());
    assert.ok(done.log.length > 0, 'log lines came');

    const uri = vscode.Uri.file(join(folder, 'api/orders.js'));
    // Findings received during the scan exist before those of its report, where equal ones are merged.
    const isSql = ({ range, source }: vscode.Diagnostic) =>
      range.start.line === 8 && source === 'CodeAgent (ast-grep, flow)';
    const problems = await problemsOf(uri, (found) => found.some(isSql));
    const sql = problems.find(isSql);
    assert.ok(sql, 'SQL injection at line 9');
    assert.equal(sql.severity, vscode.DiagnosticSeverity.Error);
    assert.ok(typeof sql.code === 'object' && sql.code.target.scheme === 'https');
    const safe = vscode.languages.getDiagnostics(vscode.Uri.file(join(folder, 'api/safe.js')));
    assert.deepEqual(safe, []);
  });

  it('clears fixed findings on the next scan', async () => {
    const file = join(folder, 'fixed.js');
    await writeFile(file, 'eval(input);\n');
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    const first = newest(api).id;
    await whenJob(api, (job) => job.id === first && job.report !== undefined);
    await problemsOf(vscode.Uri.file(file), (found) => found.length === 1);
    await writeFile(file, 'parse(input);\n');
    await vscode.commands.executeCommand('codeagent.rerunScan', { kind: 'job', id: first });
    const second = newest(api).id;
    assert.notEqual(second, first);
    await whenJob(api, (job) => job.id === second && job.report !== undefined);
    await problemsOf(vscode.Uri.file(file), (found) => found.length === 0);
  });

  describe('during a long scan', () => {
    const many = () => join(folder, 'many');

    before(async () => {
      await mkdir(many(), { recursive: true });
      const code = 'import os\ndef f(x):\n    os.system("ls " + x)\n'.repeat(100);
      for (let i = 0; i < 1500; i += 1) await writeFile(join(many(), `f${i}.py`), code);
    });
    after(() => rm(many(), { recursive: true, force: true }));

    async function startAndReach(fits: (job: TrackedJob) => boolean): Promise<TrackedJob> {
      await vscode.commands.executeCommand('codeagent.scanWorkspace');
      const { id } = newest(api);
      return whenJob(api, (job) => job.id === id && fits(job));
    }
    const analyzing = (job: TrackedJob) => job.job.progress?.phase.startsWith('analyze:') === true;

    it('cancels, and leaves no process of the job running', async () => {
      const { id } = await startAndReach(analyzing);
      const pid = await api.runnerPid();
      assert.ok(pid !== undefined);
      await vscode.commands.executeCommand('codeagent.cancelScan', { kind: 'job', id });
      const canceled = await whenJob(api, (job) => job.id === id && job.job.status !== 'running');
      assert.equal(canceled.job.status, 'canceled');
      assert.deepEqual(childrenOf(pid), []);
    });

    it('reports once that a scan was interrupted if its runner dies, and starts a new one', async () => {
      const statuses: JobStatus[] = [];
      const { id } = await startAndReach(analyzing);
      const listening = api.store.onChange(({ job, from, to }) => {
        if (job?.id === id && from !== to && to) statuses.push(to);
      });
      const pid = await api.runnerPid();
      assert.ok(pid !== undefined);
      process.kill(pid, 'SIGKILL');
      const failed = await whenJob(api, (job) => job.id === id && job.job.status !== 'running');
      assert.equal(failed.job.status, 'failed');
      assert.equal(failed.job.error, 'interrupted');
      await rm(many(), { recursive: true, force: true });
      await vscode.commands.executeCommand('codeagent.rerunScan', { kind: 'job', id });
      const again = newest(api).id;
      await whenJob(api, (job) => job.id === again && job.job.status === 'completed');
      assert.notEqual(await api.runnerPid(), pid);
      listening.dispose();
      assert.deepEqual(statuses, ['failed']);
    });
  });
});
