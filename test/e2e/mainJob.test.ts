import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { runnerOf, toolsOf } from './support/processes';
import { largeShop } from './support/shop';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';
import type { TreeRow } from './support/workbench';

const label = 'corner-shop';

/** Has the page note every description that a row of the Scans view ever shows: some stand for a few milliseconds only. */
async function collectDescriptions(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen = new Set<string>();
    Object.assign(window, { seenDescriptions: seen });
    const look = () => {
      for (const at of document.querySelectorAll('.sidebar .label-description')) seen.add(at.textContent);
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
}

function descriptions(page: Page): Promise<string[]> {
  return page.evaluate(() => [...(window as unknown as { seenDescriptions: Set<string> }).seenDescriptions]);
}

describe('the main job', () => {
  let code: VsCode;
  let remove: (() => Promise<void>) | undefined;

  before(async () => {
    const shop = await largeShop(1200);
    remove = shop.remove;
    code = await VsCode.open({ fixture: shop.folder });
    await code.workbench.openContainer('CodeAgent');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('main-job-failure');
  });
  after(async () => {
    await code.close();
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
  async function startAndReach(text: RegExp): Promise<void> {
    await code.workbench.runCommand('CodeAgent: Scan Workspace');
    await rowSays(text);
  }
  async function nothingLives(): Promise<void> {
    await waitFor('the tools of the scan to be gone', () => toolsOf(code.home).length === 0, 2000);
  }

  it('shows a job at once, its phases and percent in tree and panel alike, and its end once', async () => {
    const { workbench } = code;
    await collectDescriptions(workbench.page);
    await workbench.runCommand('CodeAgent: Scan Workspace');
    await waitFor('a row', newestRow, 5000);
    await workbench.toast(`Scanning ${label}`).row.waitFor();

    await workbench.treeItem('Scans', label).click();
    const panel = await workbench.webviewFrame(`Scan Progress: ${label}`);
    assert.equal(await panel.locator('h1').textContent(), 'Scan Progress');
    let alike = 0;
    await waitFor(
      'the scan to end',
      async () => {
        const shown = await panel.locator('.percent').textContent();
        const row = await newestRow();
        const running = /^(.*) · (\d+)%/.exec(row?.description ?? '');
        // Read one after the other, while both move: equal as often as not, and never apart for long.
        if (running && `${running[2] ?? ''}%` === shown) alike += 1;
        return row !== undefined && !running && !/Queued/.test(row.description);
      },
      40_000,
    );
    const seen = new Set((await descriptions(workbench.page)).flatMap((text) => /^(.*) · \d+%/.exec(text)?.[1] ?? []));
    // VS Code draws a tree now and then only: what is short may never be drawn in the job's own row, but stands below it.
    const phases = (await workbench.treeItems('Scans')).filter((row) => row.level === 2);
    assert.ok(seen.size >= 2 && phases.length >= 3, `phases: ${[...seen].join(', ')}; ${phases.length} below`);
    assert.ok(alike >= 1, 'panel and tree showed the same percent');
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
    // The list holds only what is on screen: the first problem of the first file will do.
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
  });

  for (const [way, cancel] of [
    ['the progress notification', () => code.workbench.toast(`Scanning ${label}`).click('Cancel')],
    ['the tree', () => code.workbench.treeAction('Scans', /corner-shop.*%/, 'Cancel Scan')],
    ['the palette', () => code.workbench.runCommand('CodeAgent: Cancel Scan')],
  ] as const) {
    it(`cancels from ${way}`, async () => {
      await startAndReach(/Analyzing/);
      await cancel();
      await rowSays(/^Canceled/, 2000);
      await code.workbench.toast(`Scanning ${label}`).gone(2000);
      await nothingLives();
      assert.deepEqual(
        (await code.workbench.toasts()).filter((text) => /cancel/i.test(text)),
        [],
      );
    });
  }

  it('says that a scan was interrupted when its runner dies, once, and scans again with a fresh one', async () => {
    const { workbench } = code;
    await startAndReach(/Analyzing/);
    const runner = runnerOf(code.home);
    assert.ok(runner);
    process.kill(runner.pid, 'SIGKILL');
    await rowSays(/^Failed · interrupted/);
    const toast = workbench.toast(/failed: interrupted/);
    assert.deepEqual(await toast.buttons(), ['Show Log', 'Retry']);
    assert.equal((await workbench.toasts()).filter((text) => text.includes('interrupted')).length, 1);
    await toast.click('Retry');
    await rowSays(/%/);
    await rowSays(/high/, 40_000);
    assert.notEqual(runnerOf(code.home)?.pid, runner.pid);
    await toast.gone();
  });
});
