import assert from 'node:assert/strict';
import { writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { violations } from './support/axe';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

describe('the report', () => {
  let code: VsCode;
  let report: Frame;

  before(async () => {
    code = await VsCode.open();
    await code.workbench.openContainer('CodeAgent');
    await code.workbench.runCommand('CodeAgent: Scan Workspace');
    await code.workbench.toast(/Scan completed/).click('Open Report');
    report = await code.workbench.webviewFrame('Scan Report: sample');
    await report.locator('.issue').first().waitFor();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('report-failure');
  });
  after(() => code.close());

  const issues = () => report.locator('.issue:visible').count();

  it('shows counts, files and findings', async () => {
    const rows = await report.locator('.bar-row .value').allTextContents();
    const total = rows.reduce((sum, text) => sum + Number(text), 0);
    assert.ok(total > 0);
    assert.equal(await report.locator('.matches').textContent(), `${total} of ${total} findings`);
    assert.ok((await report.locator('.file').count()) > 0);
  });

  it('filters by text, analyzer and severity', async () => {
    const all = await issues();
    const search = report.getByRole('searchbox', { name: 'Search the findings' });
    await search.fill('no such finding at all');
    await report.getByText('No findings match the filter.').waitFor();
    await search.fill('');
    await waitFor('all findings', async () => (await issues()) === all);
    const high = report.getByRole('button', { name: /^High \d+/ });
    await high.click();
    await waitFor('fewer findings', async () => (await issues()) < all);
    assert.equal(await high.getAttribute('aria-pressed'), 'false');
    await high.click();
    const analyzer = report.getByRole('combobox', { name: 'Analyzers' });
    await analyzer.selectOption({ index: 1 });
    await waitFor('one analyzer', async () => (await issues()) > 0 && (await issues()) < all);
    await analyzer.selectOption({ index: 0 });
    await waitFor('all findings', async () => (await issues()) === all);
  });

  it('filters by rule, CWE, path and the file in the editor', async () => {
    const all = await issues();
    for (const name of ['Rules', 'CWE']) {
      const choice = report.getByRole('combobox', { name, exact: true });
      await choice.selectOption({ index: 1 });
      await waitFor('fewer findings', async () => (await issues()) > 0 && (await issues()) < all);
      await choice.selectOption({ index: 0 });
      await waitFor('all findings', async () => (await issues()) === all);
    }
    const search = report.getByRole('searchbox', { name: 'Search the findings' });
    await search.fill('path:orders.js');
    await waitFor('one file', async () => (await report.locator('.file').count()) === 1);
    const found = await issues();
    await report.locator('.issue .link').first().click();
    await waitFor('the editor', async () => (await code.workbench.activeEditor())?.file === 'orders.js');
    await code.workbench.runCommand('CodeAgent: Open Report');
    report = await code.workbench.webviewFrame('Scan Report: sample');
    await report.getByRole('searchbox', { name: 'Search the findings' }).fill('');
    const current = report.getByRole('button', { name: 'Current File' });
    await current.click();
    await waitFor('its findings', async () => (await issues()) === found);
    assert.equal(await current.getAttribute('aria-pressed'), 'true');
    await current.click();
    await waitFor('all findings', async () => (await issues()) === all);
  });

  it('collapses a file and opens a finding by keyboard', async () => {
    const fold = report.locator('.fold').first();
    await fold.focus();
    await code.page.keyboard.press('Enter');
    assert.equal(await fold.getAttribute('aria-expanded'), 'false');
    await code.page.keyboard.press('Space');
    assert.equal(await fold.getAttribute('aria-expanded'), 'true');
    await code.page.keyboard.press('Tab');
    const name = await report.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
    const [, file, line] = /^Open (.+) at line (\d+)$/.exec(name) ?? [];
    await code.page.keyboard.press('Enter');
    await waitFor('the editor', async () => {
      const at = await code.workbench.activeEditor();
      return at?.line === Number(line) && file?.endsWith(at.file);
    });
  });

  it('opens from the palette and from its row, and says what has changed since', async () => {
    await code.workbench.runCommand('CodeAgent: Open Report');
    report = await code.workbench.webviewFrame('Scan Report: sample');
    await report.locator('.fold').first().waitFor();
    const [path = ''] = await report.locator('.fold .name').allTextContents();
    const file = join(code.folder, path);
    await writeFile(file, (await readFile(file, 'utf8')).replace(/\S/g, '#'));
    await code.workbench.runCommand('View: Close All Editors');
    await code.workbench.treeMenu('Scans', 'sample', 'Open Report');
    report = await code.workbench.webviewFrame('Scan Report: sample');
    await report.locator('.stale').first().waitFor();
  });

  it('shows the findings of the latest scans', async () => {
    await code.workbench.runCommand('CodeAgent: Scan Workspace');
    await code.workbench.toast(/Scan completed/).click('Open Report');
    // The file was overwritten: the newest report is the one with fewer findings.
    await waitFor('two columns', async () => {
      report = await code.workbench.webviewFrame('Scan Report: sample');
      return (await report.locator('.column:visible').count()) === 2;
    });
    const labels = await report
      .locator('.column svg')
      .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
    assert.match(labels[1] ?? '', /, this report, .*high/);
    await code.screenshot('report-trend');
  });

  it('prints black on white, all of it, without what is only to be clicked', async () => {
    await code.setTheme('dark');
    await report.getByRole('button', { name: 'Collapse All' }).click();
    assert.equal(await issues(), 0);
    await code.page.emulateMedia({ media: 'print' });
    await report.evaluate(() => dispatchEvent(new Event('beforeprint')));
    assert.ok((await issues()) > 0);
    assert.equal(await report.locator('button:visible', { hasText: /Export|All$/ }).count(), 0);
    assert.equal(await report.locator('select:visible, input:visible').count(), 0);
    const colors = await report.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body);
      return { color, backgroundColor, message: getComputedStyle(document.querySelector('.message') as Element).color };
    });
    const black = 'rgb(0, 0, 0)';
    assert.deepEqual(colors, { color: black, backgroundColor: 'rgb(255, 255, 255)', message: black });
    await code.page.emulateMedia({ media: null });
  });

  it('comes back after a reload, with its filter', async () => {
    await report.getByRole('button', { name: /^High \d+/ }).click();
    const loaded = code.page.waitForEvent('load');
    await code.workbench.runCommand('Developer: Reload Window');
    await loaded;
    await code.workbench.ready();
    report = await code.workbench.webviewFrame('Scan Report: sample');
    const high = report.getByRole('button', { name: /^High \d+/ });
    await high.waitFor();
    assert.equal(await high.getAttribute('aria-pressed'), 'false');
    await high.click();
  });

  for (const theme of ['dark', 'light', 'hc', 'hcLight'] as const) {
    it(`passes axe-core (${theme})`, async () => {
      await code.setTheme(theme);
      await code.screenshot(`report-${theme}`);
      assert.deepEqual(await violations(report), []);
    });
  }
});
