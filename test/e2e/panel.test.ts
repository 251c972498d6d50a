import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { violations } from './support/axe';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

describe('the Scan Progress panel', () => {
  let code: VsCode;
  let panel: Frame;

  before(async () => {
    code = await VsCode.open();
    const { workbench } = code;
    await workbench.openContainer('CodeAgent');
    await workbench.runCommand('CodeAgent: Scan Workspace');
    // VS Code opens a webview late while both cores are busy.
    await waitFor('the end of the scan', async () =>
      /high/.test((await workbench.treeItems('Scans'))[0]?.description ?? ''),
    );
    await workbench.treeItem('Scans', 'sample').click();
    panel = await workbench.webviewFrame('Scan Progress: sample');
    await panel.getByRole('button', { name: 'Show Findings' }).waitFor();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('panel-failure');
  });
  after(() => code.close());

  const shown = () => panel.locator('.log .line:visible').count();

  it('shows each analyzer with its files and findings', async () => {
    const rows = await panel.locator('.analyzer').allTextContents();
    assert.ok(
      rows.some((row) => /^ast-grepDone\d+ files · \d+ findings/.test(row)),
      rows.join('\n'),
    );
  });

  it('searches the log and shows levels', async () => {
    const all = await shown();
    assert.ok(all > 3);
    await panel.getByRole('searchbox', { name: 'Search the log' }).fill('ruff');
    await waitFor('fewer lines', async () => (await shown()) < all && (await shown()) > 0);
    assert.match((await panel.locator('.matches').textContent()) ?? '', /^\d+ of \d+$/);
    await panel.getByRole('searchbox', { name: 'Search the log' }).fill('');
    await panel.getByRole('combobox', { name: 'Level' }).selectOption('error');
    await waitFor('no error', async () => (await shown()) === 0);
    await panel.getByRole('combobox', { name: 'Level' }).selectOption('debug');
    assert.equal(await shown(), all);
  });

  it('copies the visible lines', async () => {
    await code.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await panel.getByRole('searchbox', { name: 'Search the log' }).fill('ast-grep');
    await panel.getByRole('button', { name: 'Copy' }).click();
    const lines = await waitFor('the clipboard', async () => {
      const text = await code.page.evaluate(() => navigator.clipboard.readText());
      return text.includes('ast-grep') && text.split('\n');
    });
    assert.equal(lines.length, await shown(), lines.join('\n'));
    assert.ok(
      lines.every((line) => line.includes('ast-grep')),
      lines.join('\n'),
    );
    await panel.getByRole('searchbox', { name: 'Search the log' }).fill('');
  });

  it('can be used by keyboard', async () => {
    await panel.getByRole('button', { name: 'Show Findings' }).focus();
    const names: string[] = [];
    for (let i = 0; i < 8; i += 1) {
      names.push(
        await panel.evaluate(() => {
          const at = document.activeElement;
          return at?.getAttribute('aria-label') ?? at?.textContent ?? '';
        }),
      );
      await code.page.keyboard.press('Tab');
    }
    const expected = ['Show Findings', 'Open Report', 'Export Report…', 'Rerun Scan', 'Search the log', 'Level'];
    assert.deepEqual(names, [...expected, 'Follow', 'Copy']);
  });

  it('comes back after a reload', async () => {
    // Like a user: only then does VS Code immediately save which editors are open.
    const loaded = code.page.waitForEvent('load');
    await code.workbench.runCommand('Developer: Reload Window');
    await loaded;
    await code.workbench.ready();
    panel = await code.workbench.webviewFrame('Scan Progress: sample');
    await waitFor('its percent', async () => (await panel.locator('.percent').textContent()) === '100%');
    // The log comes from the scan's storage, with levels and analyzers.
    await waitFor('its log', async () => (await panel.locator('.log .line .who', { hasText: 'ruff' }).count()) > 0);
    assert.ok((await shown()) > 3);
  });

  it('says so if the log is no longer stored', async () => {
    // Those of earlier windows are there, too.
    const logs = (await readdir(code.home, { recursive: true })).filter((name) => name.endsWith('log.txt'));
    assert.ok(logs.length > 0);
    for (const log of logs) await rm(join(code.home, log));
    await code.reload();
    panel = await code.workbench.webviewFrame('Scan Progress: sample');
    await panel
      .locator('.log .line', { hasText: 'Could not read the log of this scan: This scan is no longer stored.' })
      .waitFor();
  });

  for (const theme of ['dark', 'light', 'hc'] as const) {
    it(`passes axe-core (${theme})`, async () => {
      await code.setTheme(theme);
      await code.screenshot(`panel-${theme}`);
      assert.deepEqual(await violations(panel), []);
    });
  }
});
