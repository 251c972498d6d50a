import assert from 'node:assert/strict';
import { Gate } from './support/gate';
import { leftBy, pauseScan, resumeScan, runnerOf } from './support/processes';
import { largeShop } from './support/shop';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';
import { shownTexts, watchText } from './support/watch';
import type { TreeRow } from './support/workbench';
import { patience } from '../support/patience.mjs';

const label = 'corner-shop';
/** The description of the Scans view's first row: the newest job. */
const newest = '[role="tree"][aria-label="Scans"] .monaco-list-row[data-index="0"] .label-description';

/** What a running job's row says. */
function running(description: string): { phase: string; percent: number } | undefined {
  const [, phase, percent] = /^(.+?) · (\d+)%/.exec(description) ?? [];
  return phase === undefined ? undefined : { phase, percent: Number(percent) };
}

describe('the main job', () => {
  let code: VsCode;
  let gate: Gate;
  let remove: (() => Promise<void>) | undefined;

  before(async () => {
    gate = await Gate.make();
    const shop = await largeShop(200);
    remove = shop.remove;
    code = await VsCode.open({
      fixture: shop.folder,
      settings: { 'codeagent.analyzers.custom': gate.custom },
    });
    await code.workbench.openContainer('CodeAgent');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('main-job-failure');
  });
  after(async () => {
    await code.close();
    await gate.remove();
    await remove?.();
  });

  async function newestRow(): Promise<TreeRow | undefined> {
    return (await code.workbench.treeItems('Scans')).find((row) => row.level === 1);
  }
  async function rowSays(text: RegExp, timeout?: number): Promise<TreeRow> {
    return waitFor(
      `the row to say ${String(text)}`,
      async () => {
        const row = await newestRow();
        return row && text.test(row.description) ? row : undefined;
      },
      timeout,
    );
  }
  /** Starts a scan that is held up while its analyzers run. */
  async function startAndHold(): Promise<void> {
    await gate.close();
    await code.workbench.runCommand('CodeAgent: Scan Workspace');
    await waitFor('an analyzer at work', () => gate.isHolding());
    await rowSays(/Analyzing/);
  }
  it('shows a job at once, its phases and percent in tree and panel alike, and its end once', async () => {
    const { workbench, page } = code;
    // Before the scan, since its first phases are over within a second.
    await watchText(page, newest);
    await workbench.runCommand('CodeAgent: Scan Workspace');
    await waitFor('a row', newestRow);
    await rowSays(/Analyzing/);
    // A panel may take ten seconds to open on a busy machine.
    pauseScan(code.home);
    await workbench.toast(`Scanning ${label}`).row.waitFor();

    await workbench.treeItem('Scans', label).click();
    const panel = await workbench.webviewFrame(`Scan Progress: ${label}`);
    await panel.locator('.percent').waitFor();
    await watchText(panel, '.percent');
    assert.equal(await panel.locator('h1').textContent(), 'Scan Progress');
    resumeScan(code.home);
    await rowSays(/high/, patience(40_000));

    const texts = await shownTexts(page, newest);
    const rows = texts.flatMap(({ at, text }) => {
      const state = running(text);
      return state ? [{ at, ...state }] : [];
    });
    const phases = new Set(rows.map(({ phase }) => phase));
    assert.ok(phases.size >= 3, `phases of the row: ${[...phases].join(', ')}`);

    const percents = (await shownTexts(panel, '.percent')).map(({ at, text }) => ({
      at,
      percent: Number.parseInt(text),
    }));
    const told = JSON.stringify({ rows, percents });
    for (const shown of [rows, percents]) assert.ok(new Set(shown.map(({ percent }) => percent)).size >= 3, told);
    for (const shown of [rows, percents])
      assert.deepEqual(
        shown.map(({ percent }) => percent),
        shown.map(({ percent }) => percent).sort((a, b) => a - b),
        `no percent goes back: ${told}`,
      );
    await waitFor('the panel to say 100%', async () => (await panel.locator('.percent').textContent()) === '100%');
    assert.deepEqual(await panel.locator('.step .state').allTextContents(), ['Done', 'Done', 'Done', 'Done']);
    assert.ok((await panel.locator('.log .line').count()) > 0, 'log lines');

    const toast = workbench.toast(/Scan completed: .*high/);
    await toast.row.waitFor();
    assert.deepEqual(await toast.buttons(), ['Show Findings', 'Open Report']);
    assert.equal((await workbench.toasts()).filter((text) => text.includes('Scan completed')).length, 1);
    await workbench.toast(`Scanning ${label}`).gone();
    await code.screenshot('main-job-completed');
  });

  it('opens the findings from the notification, and a finding at its line', async () => {
    const { workbench, page } = code;
    await workbench.toast(/Scan completed/).click('Show Findings');
    await workbench.treeItem('Findings', 'Critical').waitFor();
    const panel = page.locator('.panel .markers-panel');
    const rows = await waitFor('Problems to list them', async () => {
      const all = await workbench.problems();
      return all.some((text) => text.includes('orders.js')) && all;
    });
    assert.ok(
      rows.some((text) => text.includes('CodeAgent')),
      rows.join('\n'),
    );
    // The list only contains what is on screen: the first problem of the first file will do.
    await code.screenshot('problems');
    const problem = panel.getByRole('treeitem', { level: 2 }).first();
    const [, line] = /\[Ln (\d+), Col \d+\]/.exec((await problem.textContent()) ?? '') ?? [];
    assert.ok(line, 'a problem tells its line');
    await problem.dblclick();
    const at = await waitFor('the editor at the finding', async () => {
      const position = await workbench.activeEditor();
      return position?.line === Number(line) && position;
    });
    assert.match(at.file, /\.(js|ts|tsx|py)$/);
    await workbench.runCommand('View: Close All Editors');
  });

  describe('while it runs', () => {
    for (const [way, cancel] of [
      ['the progress notification', () => code.workbench.toast(`Scanning ${label}`).click('Cancel')],
      ['the tree', () => code.workbench.treeAction('Scans', /corner-shop.*%/, 'Cancel Scan')],
      ['the palette', () => code.workbench.runCommand('CodeAgent: Cancel Scan')],
    ] as const) {
      it(`cancels from ${way}`, async () => {
        const { workbench } = code;
        await startAndHold();
        await workbench.treeItem('Scans', /corner-shop.*%/).click();
        const panel = await workbench.webviewFrame(`Scan Progress: ${label}`);
        await panel.getByRole('button', { name: 'Cancel Scan' }).waitFor();
        await cancel();
        await rowSays(/^Canceled/);
        await waitFor(
          'the panel to say so',
          async () => (await panel.locator('.current').textContent()) === 'Canceled',
        );
        assert.deepEqual([leftBy(code.home), gate.isHolding()], [[], false]);
        await workbench.toast(`Scanning ${label}`).gone();
        assert.deepEqual(
          (await workbench.toasts()).filter((text) => /cancel/i.test(text)),
          [],
        );
        await workbench.runCommand('View: Close All Editors');
      });
    }
  });

  it('reports once that a scan was interrupted if its runner dies, and scans again with a new one', async () => {
    const { workbench } = code;
    await startAndHold();
    const runner = runnerOf(code.home);
    assert.ok(runner);
    process.kill(runner.pid, 'SIGKILL');
    await rowSays(/^Failed · interrupted/);
    const toast = workbench.toast(/failed: interrupted/);
    assert.deepEqual(await toast.buttons(), ['Show Log', 'Retry']);
    await waitFor('the tools of the dead runner to be gone', () => leftBy(code.home).length === 0 && !gate.isHolding());
    await toast.click('Retry');
    await toast.gone();
    await rowSays(/%/);
    await gate.open();
    await rowSays(/high/, patience(40_000));
    assert.notEqual(runnerOf(code.home)?.pid, runner.pid);
    await workbench.toast(/Scan completed/).row.waitFor();
    // Retry removed the only notification of the failure: a second one would still be listed now.
    await workbench.runCommand('Notifications: Show Notifications');
    const listed = await workbench.page
      .locator('.notifications-center .notification-list-item-message')
      .allTextContents();
    assert.deepEqual(
      listed.filter((text) => text.includes('interrupted')),
      [],
    );
    assert.ok(
      listed.some((text) => text.includes('Scan completed')),
      listed.join('; '),
    );
  });
});
