import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

describe('actions of the Scans view', () => {
  let code: VsCode;

  before(async () => {
    code = await VsCode.open({ settings: { 'codeagent.history.keep': 2 } });
    await code.workbench.openContainer('CodeAgent');
    await scan();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('scans-view-failure');
  });
  after(() => code.close());

  async function scan(): Promise<void> {
    await code.workbench.runCommand('CodeAgent: Scan Workspace');
    const toast = code.workbench.toast(/Scan completed/);
    await toast.row.waitFor();
    await toast.row.hover();
    await toast.row.getByRole('button', { name: /Clear Notification/ }).click();
  }
  const jobs = async () => (await code.workbench.treeItems('Scans')).filter((row) => row.level === 1);

  for (const [format, extension, has] of [
    ['SARIF', 'sarif', /"version":\s*"2\.1\.0"/],
    ['HTML', 'html', /<!doctype html>/i],
    ['Markdown', 'md', /^# Scan report/],
    ['JSON', 'json', /"job_id"/],
    ['CSV', 'csv', /^severity,title,file,line/],
  ] as const) {
    it(`exports the report as ${format}`, async () => {
      const { workbench, page } = code;
      const file = `sample-scan.${extension}`;
      await workbench.treeMenu('Scans', 'sample', 'Export Report…');
      await workbench.pick(new RegExp(`^${format}`));
      const input = page.locator('.quick-input-widget input.input');
      await waitFor('the proposed name', async () => (await input.inputValue()).endsWith(file));
      await page.keyboard.press('Enter');
      await waitFor('the file', async () => has.test(await readFile(join(code.folder, file), 'utf8')));
      await workbench.toast(/Report saved/).click('Open');
      await waitFor('it in an editor', () =>
        page.locator(`.editor-group-container.active .tab.active[data-resource-name="${file}"]`).isVisible(),
      );
    });
  }

  it('shows and changes the scan options', async () => {
    const { workbench, page } = code;
    await workbench.viewAction('Scans', 'Scan Options…');
    const row = (text: string) => page.locator('.quick-input-widget .monaco-list-row', { hasText: text });
    await row('Where to scan').filter({ hasText: 'on this machine' }).waitFor();
    await row('Scan files on save').filter({ hasText: 'yes' }).click();
    await row('Scan files on save').filter({ hasText: 'no' }).waitFor();
    await row('Scan files on save').click();
    await row('Scan files on save').filter({ hasText: 'yes' }).waitFor();
    // No server is configured: it asks for one, and without an answer nothing changes.
    await row('Where to scan').click();
    await page.locator('.quick-input-widget', { hasText: 'The URL of your team' }).waitFor();
    await page.keyboard.press('Escape');
    await row('Where to scan').filter({ hasText: 'on this machine' }).waitFor();
    await row('Choose Analyzers…').click();
    await row('ast-grep').waitFor();
    await page.keyboard.press('Escape');
    await row('All settings').click();
    await page.locator('.settings-editor', { hasText: 'Scan: Mode' }).waitFor();
    await page.keyboard.press('Control+F4');
  });

  it('folds a scan that has ended, and compares it with the previous one', async () => {
    const { workbench, page } = code;
    await writeFile(join(code.folder, 'fresh.js'), 'function f(input) {\n  eval(input);\n}\n');
    await scan();
    const row = await waitFor('what is new', async () =>
      (await jobs()).find((one) => / · 1 new · /.test(one.description)),
    );
    assert.match(row.description, / · 1 new · now · all files · on this machine · [\d.]+ s$/);
    assert.equal(row.expanded, false);
    await workbench.runCommand('CodeAgent: Compare with Previous Scan');
    const picked = page.locator('.quick-input-widget .monaco-list-row', { hasText: 'fresh.js:2' });
    await picked.click();
    await waitFor('the editor', async () => (await workbench.activeEditor())?.file === 'fresh.js');
    await rm(join(code.folder, 'fresh.js'));
    await scan();
    await waitFor('what is fixed', async () => / · 1 fixed · /.test((await jobs())[0]?.description ?? ''));
  });

  it('keeps the configured number of scans, and removes one', async () => {
    await scan();
    await scan();
    await waitFor('two rows', async () => (await jobs()).length === 2);
    await code.workbench.treeMenu('Scans', 'sample', 'Remove Scan');
    await waitFor('one row', async () => (await jobs()).length === 1);
  });

  it('shows the worst counts in the status bar, where a click opens the findings', async () => {
    const item = code.workbench.statusBarItem(/\d+ critical, \d+ high/);
    await item.click();
    const findings = code.workbench.tree('Findings');
    await waitFor('the focus', () => findings.evaluate((tree) => tree.contains(document.activeElement)));
  });

  it('clears all, and shows the welcome view again', async () => {
    await code.workbench.viewAction('Scans', 'Clear Finished Scans');
    await code.page.locator('.pane', { hasText: 'Find vulnerabilities in this workspace' }).first().waitFor();
    await code.page
      .locator('.statusbar')
      .getByRole('button', { name: /Not scanned yet/ })
      .waitFor();
  });
});
