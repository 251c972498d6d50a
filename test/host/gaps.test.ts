import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import { noFilter } from '../../src/store/findings';
import { whenJob } from './support';

describe('a scan with gaps', () => {
  let api: ExtensionApi;
  let big = '';
  let id = '';

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    big = join(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', 'big.js');
    // Over the limit: permissions do not bind root, who may run this.
    await writeFile(big, `${'// a line of nothing\n'.repeat(60_000)}\n`);
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    id = api.store.jobs[0]?.id ?? '';
    await whenJob(api, (job) => job.id === id && job.report !== undefined);
  });
  after(async () => {
    api.findings.setFilter(noFilter);
    await rm(big);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  async function row(): Promise<[vscode.TreeItem, vscode.MarkdownString]> {
    const node = (await api.scans.getChildren()).find((one) => one.kind === 'job' && one.id === id);
    assert.ok(node);
    const item = api.scans.getTreeItem(node);
    const { tooltip } = api.scans.resolveTreeItem(item, node);
    assert.ok(tooltip instanceof vscode.MarkdownString);
    return [item, tooltip];
  }

  it('says so in its row: description, icon, label for screen readers, and the gaps in the tooltip', async () => {
    const [item, tooltip] = await row();
    assert.match(String(item.description), /^\d gaps? · .*high.* · /);
    assert.equal((item.iconPath as vscode.ThemeIcon).id, 'warning');
    assert.match(item.accessibilityInformation?.label ?? '', /Completed with gaps/);
    assert.equal(item.contextValue, 'job.completed.gaps');
    const text = tooltip.value.replaceAll('&nbsp;', ' ').replaceAll('\\', '');
    assert.match(text, /\*\*Status:\*\* Completed with gaps/);
    assert.match(text, /\*\*Not scanned:\*\* Files that are too large were not scanned\. \(big\.js\)/);
  });

  it('counts the same in the badge, the list and its message', () => {
    const { badge, message } = api.findings.view;
    assert.equal(badge?.value, api.findings.shown.length);
    assert.match(badge.tooltip, /^\d gaps? · .*\d+ high/);
    assert.match(message ?? '', /Not everything was scanned: \d gaps?\./);
    // A filter hides rows; what is open stays as it is.
    api.findings.setFilter({ ...noFilter, text: 'orders' });
    assert.equal(api.findings.view.badge?.value, badge.value);
    api.findings.setFilter(noFilter);
  });

  it('stays current after a partial scan, with its gaps', async () => {
    const before = api.findings.view.badge;
    const readme = vscode.Uri.joinPath(
      vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file('/'),
      'README.md',
    );
    await vscode.commands.executeCommand('codeagent.scanFile', readme);
    const part = api.store.jobs[0]?.id;
    assert.notEqual(part, id);
    await whenJob(api, (job) => job.id === part && job.report !== undefined);
    assert.deepEqual(api.findings.view.badge, before);
    assert.equal(api.findings.shown.length, before?.value);
  });

  it('shows them on request', async () => {
    const open = () =>
      vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ label }) => label.startsWith('Scan Progress')));
    const shown = new Promise<void>((resolve) => {
      const listening = vscode.window.tabGroups.onDidChangeTabs(() => {
        if (!open()) return;
        listening.dispose();
        resolve();
      });
    });
    await vscode.commands.executeCommand('codeagent.showGaps', { kind: 'job', id });
    await shown;
  });

  it('offers Ignore only where a comment works', () => {
    const items = api.findings.shown.map((finding) => {
      const item = api.findings.getTreeItem({ kind: 'finding', finding });
      return `${finding.issue.tool} ${item.contextValue ?? ''}`;
    });
    assert.ok(items.includes('ast-grep finding.ignorable'), items.join());
    const elsewhere = api.findings.shown[0];
    assert.ok(elsewhere);
    const cloned = { ...elsewhere, folder: undefined };
    assert.equal(api.findings.getTreeItem({ kind: 'finding', finding: cloned }).contextValue, 'finding.elsewhere');
    const json = { ...elsewhere, issue: { ...elsewhere.issue, file: 'package.json' } };
    assert.equal(api.findings.getTreeItem({ kind: 'finding', finding: json }).contextValue, 'finding');
  });
});
