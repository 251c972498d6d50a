import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import { job as jobSchema } from '../../src/protocol';
import { groupings } from '../../src/store/findings';
import { whenJob } from './support';

describe('the rows of the views', () => {
  let api: ExtensionApi;
  let file = '';

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    file = join(vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '', 'read-out.js');
    await writeFile(file, 'function f(input) {\n  eval(input);\n}\n');
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    const [started] = api.store.jobs;
    await whenJob(api, (job) => job.id === started?.id && job.report !== undefined);
  });
  after(() => rm(file));

  /** The item of every row of a tree, unfolded. */
  async function items<T>(tree: vscode.TreeDataProvider<T>, node?: T): Promise<vscode.TreeItem[]> {
    const children = (await tree.getChildren(node)) ?? [];
    const below = await Promise.all(
      children.map(async (child) => [await tree.getTreeItem(child), ...(await items(tree, child))]),
    );
    return below.flat();
  }
  function check(found: readonly vscode.TreeItem[]): void {
    for (const item of found) {
      const name = JSON.stringify(item.label ?? item.id);
      assert.ok(
        (item.accessibilityInformation?.label ?? '').trim().length > 3,
        `${name} has no label for a screen reader`,
      );
      assert.ok(item.iconPath, `${name} has no icon`);
    }
  }

  it('are accessible in the Scans view: jobs, their phases and analyzers', async () => {
    await vscode.workspace.getConfiguration().update('codeagent.server.url', 'http://127.0.0.1:9', true);
    const found = await items(api.scans);
    await vscode.workspace.getConfiguration().update('codeagent.server.url', undefined, true);
    check(found);
    const [job, ...rest] = found;
    assert.match(job?.accessibilityInformation?.label ?? '', /\d+ high/);
    const [node] = await api.scans.getChildren();
    assert.ok(job && node);
    // As VS Code does when the pointer rests on the row.
    const { tooltip } = api.scans.resolveTreeItem(job, node);
    assert.ok(tooltip instanceof vscode.MarkdownString);
    for (const name of ['Status', 'Source', 'Findings', 'Submitted', 'Duration', 'Runs on', 'Job'])
      assert.match(tooltip.value, new RegExp(`\\*\\*${name}:\\*\\*`));
    const analyzer = rest.find(({ label }) => label === 'ast-grep');
    assert.match(String(analyzer?.description), /^\d+ findings · \d/);
    assert.match(analyzer?.accessibilityInformation?.label ?? '', /^Analyzing \(ast-grep\), Done, \d+ findings/);
    assert.ok(rest.some(({ id }) => id?.startsWith('server:')));
  });

  it('keep their ID in the Scans view until all rows are asked for, or VS Code would show a scan twice', async () => {
    const id = 'ends';
    const run = (status: 'running' | 'completed') =>
      jobSchema.parse({ job_id: id, status, source: { kind: 'path', label: id } });
    const origin = { service: 'embedded', url: '' } as const;
    api.store.dispatch({ type: 'tracked', id, job: run('running'), origin, submitted: true, startedHere: Date.now() });
    try {
      const [node] = await api.scans.getChildren();
      assert.ok(node);
      const running = api.scans.getTreeItem(node);
      api.store.dispatch({ type: 'job', id, job: run('completed') });
      const alone = api.scans.getTreeItem(node);
      assert.equal(alone.label, id);
      assert.equal(alone.id, running.id);
      await api.scans.getChildren();
      const ended = api.scans.getTreeItem(node);
      assert.notEqual(ended.id, running.id);
      assert.equal(ended.collapsibleState, vscode.TreeItemCollapsibleState.Collapsed);
    } finally {
      api.store.dispatch({ type: 'removed', ids: [id] });
    }
  });

  it('are folded in the Scans view below the latest scans', async () => {
    const ids = Array.from({ length: 7 }, (_, n) => `old${n}`);
    for (const id of ids) {
      const job = jobSchema.parse({ job_id: id, status: 'canceled', source: { kind: 'path', label: id } });
      const origin = { service: 'embedded', url: '' } as const;
      api.store.dispatch({ type: 'tracked', id, job, origin, submitted: true, startedHere: Date.now() - 3_600_000 });
    }
    const roots = await api.scans.getChildren();
    const shown = roots.flatMap((node) => (node.kind === 'job' ? [node.id] : []));
    assert.deepEqual(shown, ids.toReversed().slice(0, 5));
    const earlier = roots.find(({ kind }) => kind === 'earlier');
    assert.ok(earlier);
    const item = api.scans.getTreeItem(earlier);
    assert.equal(item.collapsibleState, vscode.TreeItemCollapsibleState.Collapsed);
    const folded = await api.scans.getChildren(earlier);
    assert.equal(item.description, String(folded.length));
    assert.deepEqual(folded.slice(0, 2), [
      { kind: 'job', id: 'old1' },
      { kind: 'job', id: 'old0' },
    ]);
    const [first] = folded;
    assert.ok(first);
    assert.deepEqual(api.scans.getParent(first), earlier);
    assert.match(String(api.scans.getTreeItem(first).description), /^Canceled · 1 hr\. ago · on this machine$/);
    check(await items(api.scans, earlier));
    api.store.dispatch({ type: 'removed', ids });
  });

  it('are accessible in the Findings view, however they are grouped', async () => {
    const { grouping } = api.findings;
    for (const by of groupings) {
      api.findings.groupBy(by);
      const found = await items(api.findings);
      check(found);
      assert.ok(found.some((item) => /^high: .*line 2$/.test(item.accessibilityInformation?.label ?? '')));
    }
    api.findings.groupBy(grouping);
  });
});
