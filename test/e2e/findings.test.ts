import assert from 'node:assert/strict';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

describe('the Findings view', () => {
  let code: VsCode;

  before(async () => {
    code = await VsCode.open({ settings: { 'codeagent.scan.onSave': true } });
    const { workbench } = code;
    await workbench.openContainer('CodeAgent');
    await workbench.runCommand('CodeAgent: Scan Workspace');
    await workbench.toast(/Scan completed/).click('Show Findings');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('findings-failure');
  });
  after(() => code.close());

  const rows = () => code.workbench.treeItems('Findings');
  const shown = (text: RegExp) =>
    waitFor(`a row ${String(text)}`, async () => (await rows()).find((row) => text.test(row.label)));

  it('is opened by the notification, worst findings first', async () => {
    await shown(/^Critical$/);
    const all = await rows();
    assert.equal(all[0]?.label, 'Critical');
    assert.ok(all.every((row) => row.ariaLabel !== ''));
  });

  it('opens a finding at its line by keyboard', async () => {
    const { workbench, page } = code;
    await workbench.runCommand('CodeAgent: Group Findings…');
    await workbench.pick('File');
    // In other groupings, the findings' rows name their files too: a click on one would open it, and the typed text would go into the code.
    await waitFor('the files', async () => (await rows()).some((row) => row.level === 1 && row.label === 'orders.js'));
    const tree = workbench.tree('Findings');
    await tree.getByRole('treeitem', { level: 1 }).filter({ hasText: 'orders.js' }).click();
    if ((await rows()).find((row) => row.label === 'orders.js')?.expanded !== true) {
      await page.keyboard.press('ArrowRight');
    }
    // The title says what it is; what the group already says is left out.
    await waitFor('the SQL injection', async () =>
      (await rows()).some(({ label, description }) => /SQL/.test(label) && description === 'Line 9'),
    );
    await page.keyboard.press('ArrowDown');
    await tree.locator('.monaco-list-row.focused', { hasText: 'Line 9' }).waitFor();
    await page.keyboard.press('Enter');
    const at = await waitFor('the editor', async () => {
      const now = await workbench.activeEditor();
      return now?.file === 'orders.js' && now;
    });
    assert.equal(at.line, 9);
  });

  it('searches, says so, and clears the filter', async () => {
    const { workbench } = code;
    await workbench.viewAction('Findings', 'Search Findings…');
    await workbench.answer('sql orders');
    await waitFor('only what fits', async () => {
      const files = (await rows()).filter((row) => row.level === 1);
      return files.length === 1 && files[0]?.label === 'orders.js';
    });
    await code.page.locator('.pane', { hasText: 'Filter: “sql orders”' }).first().waitFor();
    await code.screenshot('findings-filtered');
    await workbench.viewAction('Findings', 'Clear Findings Filter');
    await waitFor('all of them', async () => (await rows()).filter((row) => row.level === 1).length > 1);
  });

  it('filters by severity', async () => {
    const { workbench, page } = code;
    await workbench.runCommand('CodeAgent: Filter Findings…');
    for (const name of ['medium', 'low'])
      await page
        .locator('.quick-input-widget .monaco-checkbox')
        .and(page.getByRole('checkbox', { name, exact: true }))
        .click();
    await page.locator('.quick-input-widget').getByRole('button', { name: 'OK' }).click();
    await waitFor('only the worst', async () =>
      (await rows()).filter((row) => row.level === 1).every((row) => !/medium|low/.test(row.description)),
    );
    await workbench.runCommand('CodeAgent: Clear Findings Filter');
    await waitFor('all of them', async () => (await rows()).some((row) => /medium/.test(row.description)));
  });

  it('restores everything after a reload: the findings of a saved file’s scan, and of the previous scan', async () => {
    const { workbench, page } = code;
    await workbench.runCommand('Go to File...');
    await page.keyboard.type('orders.js');
    await workbench.pick('orders.js');
    await waitFor('the editor', async () => (await workbench.activeEditor())?.file === 'orders.js');
    await page.locator('.editor-instance .view-line').first().click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('eval(location.hash);\n');
    await page.keyboard.press('Control+S');
    // Three from the whole scan, and the new one.
    const both = async () =>
      (await workbench.problems()).some((text) => text.startsWith('4 problems in file orders.js'));
    await waitFor('the new finding', both);
    // The Findings view is hidden while the window opens.
    await workbench.runCommand('View: Show Explorer');
    await code.reload();
    await waitFor('the problems after the reload', both);
    await workbench.openContainer('CodeAgent');
    // Grouped as before.
    await shown(/^orders\.js$/);
  });

  it('renders correctly in every theme', async () => {
    await code.setTheme('dark');
    await code.screenshot('findings-dark');
    await code.setTheme('light');
    await code.screenshot('findings-light');
    await code.setTheme('hc');
    await code.screenshot('findings-hc');
  });
});
