import assert from 'node:assert/strict';
import { writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import type { FindingNode } from '../../src/ui/findings/findingsTree';
import { noFilter } from '../../src/store/findings';
import { whenJob } from './support';

describe('the Findings view', () => {
  let api: ExtensionApi;
  let folder = '';

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    const [started] = api.store.jobs;
    assert.ok(started);
    await whenJob(api, (job) => job.id === started.id && job.report !== undefined);
  });
  after(() => {
    api.findings.setFilter(noFilter);
    api.findings.groupBy('severity');
  });

  const labels = (nodes: readonly FindingNode[]) =>
    nodes.map((node) => {
      const { label } = api.findings.getTreeItem(node);
      return typeof label === 'string' ? label : label?.label;
    });

  it('lists what the latest scan found, worst first', () => {
    const groups = api.findings.getChildren();
    assert.equal(labels(groups)[0], 'Critical');
    const [worst] = groups;
    const [first] = api.findings.getChildren(worst);
    assert.equal(first?.kind, 'finding');
    for (const node of [...groups, ...groups.flatMap((group) => api.findings.getChildren(group))])
      assert.ok(api.findings.getTreeItem(node).accessibilityInformation?.label);
    assert.equal(api.findings.shown.length, api.store.jobs[0]?.report?.files.flatMap((f) => f.issues).length);
  });

  it('groups and filters', () => {
    api.findings.groupBy('file');
    assert.ok(labels(api.findings.getChildren()).includes('orders.js'));
    api.findings.setFilter({ ...noFilter, hiddenSeverities: ['medium', 'low'], text: 'orders sql' });
    assert.deepEqual(labels(api.findings.getChildren()), ['orders.js']);
    assert.ok(api.findings.shown.every(({ issue }) => issue.severity === 'critical' || issue.severity === 'high'));
    assert.match(api.findings.view.description ?? '', /^\d+ of \d+$/);
    assert.match(api.findings.view.message ?? '', /orders sql/);
  });

  it('clears the filter by its command', async () => {
    await vscode.commands.executeCommand('codeagent.clearFindingsFilter');
    assert.equal(api.findings.view.message, '');
    assert.ok(api.findings.getChildren().length > 1);
  });

  it('opens a finding at its line, also after the line has moved', async () => {
    const finding = api.findings.shown.find(({ issue }) => issue.file === 'api/orders.js' && issue.line === 9);
    assert.ok(finding);
    const node = { kind: 'finding' as const, finding };
    await vscode.commands.executeCommand('codeagent.openFinding', node);
    const editor = vscode.window.activeTextEditor;
    assert.ok(editor);
    assert.equal(editor.selection.start.line, 8);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '// one\n// two\n'));
    await vscode.commands.executeCommand('codeagent.openFinding', node);
    assert.equal(vscode.window.activeTextEditor?.selection.start.line, 10);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('copies a finding as one line of text', async () => {
    const finding = api.findings.shown.find(({ issue }) => issue.file === 'api/orders.js' && issue.line === 9);
    assert.ok(finding);
    await vscode.commands.executeCommand('codeagent.copyFinding', { kind: 'finding', finding });
    assert.match(await vscode.env.clipboard.readText(), /^api\/orders\.js:9: (critical|high): .+ \(js-[\w-]+\)$/);
  });

  it('shows the findings of an earlier scan on request, and says so', async () => {
    const [first] = api.store.jobs;
    assert.ok(first);
    const file = join(folder, 'later.js');
    await writeFile(file, 'eval(input);\n');
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    const [second] = api.store.jobs;
    assert.ok(second && second.id !== first.id);
    await whenJob(api, (job) => job.id === second.id && job.report !== undefined);
    const has = () => api.findings.shown.some(({ issue }) => issue.file === 'later.js');
    assert.ok(has());
    await vscode.commands.executeCommand('codeagent.showFindings', { kind: 'job', id: first.id });
    assert.ok(!has());
    assert.match(api.findings.view.message ?? '', /^An earlier scan of sample/);
    await vscode.commands.executeCommand('codeagent.showFindings');
    assert.ok(has());
    await rm(file);
  });
});
