import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

const settings = { 'codeagent.scan.onSave': true, 'workbench.startupEditor': 'none' };

describe('the welcome view and the walkthrough', () => {
  let code: VsCode;
  let detail: Frame;

  before(async () => {
    code = await VsCode.open({ settings });
    await code.workbench.openContainer('CodeAgent');
    detail = await code.workbench.webviewFrame('Finding Detail');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('welcome-failure');
  });
  after(() => code.close());

  const sideBar = () => code.page.locator('.sidebar');
  const isDone = (step: string) =>
    code.page.locator(`[data-done-step-id$="#${step}"]`).first().getAttribute('aria-checked');
  const done = (step: string) => waitFor(`the step "${step}"`, async () => (await isDone(step)) === 'true');
  /** It goes behind other editors, and hides what it knows when it is not drawn. */
  const openWalkthrough = async () => {
    await code.workbench.viewMenu('Scans', 'Open Walkthrough');
    await code.page.getByText('Decide about the rest').first().waitFor();
  };

  it('offer to scan, to import SARIF, to sign in, and four steps', async () => {
    await sideBar().getByRole('button', { name: 'Scan Workspace' }).first().waitFor();
    for (const text of ['import SARIF', 'sign in']) await sideBar().locator('a', { hasText: text }).first().waitFor();
    await sideBar().locator('a', { hasText: 'Open the walkthrough' }).first().click();
    for (const title of [
      'Scan your workspace',
      'Understand a finding',
      'Fix it and see it disappear',
      'Decide about the rest',
    ])
      await code.page.getByText(title).first().waitFor();
    for (const step of ['scan', 'understand', 'fix', 'decide']) assert.equal(await isDone(step), 'false', step);
  });

  it('complete each step by what it is about', async () => {
    const { workbench } = code;
    await sideBar().getByRole('button', { name: 'Scan Workspace' }).first().click();
    await workbench.toast(/Scan completed/).click('Show Findings');
    await done('scan');
    assert.equal(await isDone('fix'), 'false');

    const row = () => workbench.treeItem('Findings', 'Command injection through a shell helper');
    await workbench.runCommand('CodeAgent: Search Findings…');
    await workbench.answer('path:orders.js shell');
    await row().click();
    await detail.locator('h1').waitFor();
    await openWalkthrough();
    await done('understand');

    await row().click();
    await detail.getByRole('button', { name: 'Apply Fix' }).click();
    await workbench.runCommand('File: Save All Files');
    await row().waitFor({ state: 'detached' });
    await openWalkthrough();
    await done('fix');
    assert.equal(await isDone('decide'), 'false');

    await workbench.runCommand('CodeAgent: Clear Findings Filter');
    await workbench.treeMenu('Findings', 'Code injection', 'Add to Baseline');
    await workbench.toast('Added to the baseline').row.waitFor();
    await openWalkthrough();
    await done('decide');
  });

  it('stay reachable when a server is known', async () => {
    await code.close();
    code = await VsCode.open({ settings: { ...settings, 'codeagent.server.url': 'http://127.0.0.1:9' } });
    await code.workbench.openContainer('CodeAgent');
    const { workbench } = code;
    for (const label of ['Import SARIF…', 'Open Walkthrough']) await workbench.tree('Scans').getByText(label).waitFor();
    await workbench.tree('Scans').getByText('Scan Workspace').click();
    await workbench.toast(/Scan completed/).row.waitFor();
    // It is opened for the first time, and knows what has happened before.
    await workbench.runCommand('CodeAgent: Open Walkthrough');
    await done('scan');
    assert.equal(await isDone('fix'), 'false');
  });
});
