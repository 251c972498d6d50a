import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { violations } from './support/axe';
import { VsCode, type Theme } from './support/vscode';
import { waitFor } from './support/wait';

/** Pictures of every view are taken if a folder for them is given. */
const wanted: Theme[] = process.env['CODEAGENT_SCREENSHOTS'] === undefined ? [] : ['dark', 'light', 'hc'];

describe('a scan with gaps', () => {
  let code: VsCode;

  before(async () => {
    code = await VsCode.open();
    const { workbench, folder } = code;
    await mkdir(join(folder, 'generated'));
    // Over the size limit for files: an unreadable file would not stop root, who may run this.
    for (const name of ['schema.js', 'tables.ts'])
      await writeFile(join(folder, 'generated', name), '// a line of nothing\n'.repeat(60_000));
    await workbench.openContainer('CodeAgent');
    await workbench.runCommand('CodeAgent: Scan Workspace');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('gaps-failure');
  });
  after(() => code.close());

  async function check(frame: Frame): Promise<void> {
    const section = frame.locator('.gaps');
    await section.waitFor();
    const text = (await section.innerText()).replace(/\s+/g, ' ');
    assert.match(text, /Not everything was scanned/);
    assert.match(text, /Limit exceeded 2 files Files that are too large were not scanned\./);
    assert.match(text, /generated\/schema\.js generated\/tables\.ts/);
    assert.deepEqual(await violations(frame), []);
  }

  it('says so in its toast, and shows them from there', async () => {
    const { workbench } = code;
    const toast = workbench.toast(/Scan completed with gaps: .*high/);
    await toast.row.waitFor();
    assert.deepEqual(await toast.buttons(), ['Show Gaps', 'Show Findings', 'Open Report']);
    await toast.click('Show Gaps');
    const panel = await workbench.webviewFrame('Scan Progress: sample');
    await waitFor('the end', async () => (await panel.locator('.current').textContent()) === 'Completed with gaps');
    await check(panel);
  });

  it('says so in its row, the status bar and the Findings view', async () => {
    const { workbench, page } = code;
    await workbench.treeItem('Scans', /sample.*\d gaps? · /).waitFor();
    const item = workbench.statusBarItem(/\d+ critical, \d+ high/);
    assert.match((await item.getAttribute('aria-label')) ?? '', /gap/);
    await page
      .locator('.pane', { hasText: /Not everything was scanned: \d gaps?\./ })
      .first()
      .waitFor();
  });

  it('shows them at the top of its report, and by command', async () => {
    const { workbench } = code;
    await workbench.runCommand('View: Close All Editors');
    await workbench.runCommand('CodeAgent: Open Report');
    await check(await workbench.webviewFrame('Scan Report: sample'));
    await workbench.runCommand('View: Close All Editors');
    await workbench.runCommand('CodeAgent: Show Gaps');
    await check(await workbench.webviewFrame('Scan Progress: sample'));
  });

  it('undoes a decision from its message', async () => {
    const { workbench, page } = code;
    await workbench.runCommand('CodeAgent: Group Findings…');
    await workbench.pick('File');
    await workbench.runAndAnswer('CodeAgent: Search Findings…', 'settings.py');
    await page.locator('.pane', { hasText: 'Filter: “settings.py”' }).first().waitFor();
    const lines = async () => (await workbench.treeItems('Findings')).filter((row) => row.level === 2);
    const [first, ...others] = await waitFor('its findings only', async () => {
      const rows = await workbench.treeItems('Findings');
      return rows.filter((row) => row.level === 1).length === 1 && rows.length > 2 && (await lines());
    });
    await workbench.treeMenu('Findings', first?.description ?? '', 'Add to Baseline');
    await page.locator('.pane', { hasText: '1 in the baseline' }).first().waitFor();
    await workbench.toast('Added to the baseline: 1 finding.').click('Undo');
    await waitFor('it again', async () => (await lines()).length === others.length + 1);
    await workbench.runCommand('CodeAgent: Clear Findings Filter');
  });

  for (const theme of wanted)
    it(`is pictured in ${theme}`, async () => {
      const { workbench } = code;
      await code.setTheme(theme);
      await workbench.runCommand('Notifications: Clear All Notifications');
      await workbench.runCommand('View: Close All Editors');
      await workbench.runCommand('CodeAgent: Clear Finished Scans');
      await workbench.runCommand('CodeAgent: Scan Workspace');
      await workbench.toast(/Scan completed with gaps/).click('Show Gaps');
      await (await workbench.webviewFrame('Scan Progress: sample')).locator('.gap').first().waitFor();
      await code.screenshot(`gaps-panel-${theme}`);
      await workbench.runCommand('View: Close All Editors');
      await workbench.runCommand('CodeAgent: Open Report');
      await (await workbench.webviewFrame('Scan Report: sample')).locator('.gap').first().waitFor();
      await code.screenshot(`gaps-report-${theme}`);
      await workbench.treeItem('Scans', /sample.*\d gaps? · /).hover();
      await code.page.locator('.monaco-hover', { hasText: 'Not scanned' }).first().waitFor();
      await code.screenshot(`gaps-row-${theme}`);
    });
});
