import assert from 'node:assert/strict';
import { Gate } from './support/gate';
import { leftBy, runnerOf } from './support/processes';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';
import { patience } from '../support/patience.mjs';

const label = 'sample';

describe('a window that is reloaded during a scan', () => {
  let code: VsCode;
  let gate: Gate;

  before(async () => {
    gate = await Gate.make();
    code = await VsCode.open({ settings: { 'codeagent.analyzers.custom': gate.custom } });
    await code.workbench.openContainer('CodeAgent');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('reload-failure');
  });
  after(async () => {
    await code.close();
    await gate.remove();
  });

  const row = async () => (await code.workbench.treeItems('Scans')).find((one) => one.level === 1);

  it('shows the running scan in tree, panel and notification, and reports its end once', async () => {
    const { workbench } = code;
    await gate.close();
    await workbench.runCommand('CodeAgent: Scan Workspace');
    await waitFor('the analyzers', async () => /Analyzing/.test((await row())?.description ?? ''));
    const runner = runnerOf(code.home);
    assert.ok(runner);
    await workbench.treeItem('Scans', label).click();
    await workbench.webviewFrame(`Scan Progress: ${label}`);
    // Like a user: only then does VS Code immediately save which editors are open.
    const loaded = code.page.waitForEvent('load');
    await workbench.runCommand('Developer: Reload Window');
    await loaded;
    await workbench.ready();
    await workbench.openContainer('CodeAgent');
    await waitFor('the row', async () => / · \d+%/.test((await row())?.description ?? ''));
    assert.equal(runnerOf(code.home)?.pid, runner.pid, 'the same runner');
    await workbench.toast(`Scanning ${label}`).row.waitFor();
    const panel = await workbench.webviewFrame(`Scan Progress: ${label}`);
    await waitFor('the percent', async () => /^\d+%$/.test((await panel.locator('.percent').textContent()) ?? ''));
    await gate.open();
    await workbench.toast(/Scan completed/).row.waitFor({ timeout: patience(60_000) });
    await waitFor('the panel to say so', async () => (await panel.locator('.percent').textContent()) === '100%');
    assert.equal((await workbench.toasts()).filter((text) => text.includes('Scan completed')).length, 1);
    await waitFor('the row to say so', async () => /high/.test((await row())?.description ?? ''));
    await code.reload();
    await workbench.openContainer('CodeAgent');
    await waitFor('the row again', async () => /high/.test((await row())?.description ?? ''));
    assert.equal((await workbench.toasts()).filter((text) => text.includes('Scan completed')).length, 0);
    await waitFor('the end of all that the scan has started', () => Promise.resolve(leftBy(code.home).length === 0));
  });
});
