import assert from 'node:assert/strict';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

describe('the sound at the end of a scan', () => {
  let code: VsCode;

  before(async () => {
    code = await VsCode.open({ settings: { 'codeagent.completionSound': true } });
  });
  after(() => code.close());

  async function scan(): Promise<void> {
    await code.workbench.runCommand('CodeAgent: Scan Workspace');
    const toast = code.workbench.toast(/Scan completed/);
    await toast.text();
    await toast.row.hover();
    await toast.row.getByRole('button', { name: /Clear Notification/ }).click();
  }

  it('is played by an open panel, even that of an earlier scan behind another tab', async () => {
    const { workbench } = code;
    await scan();
    await workbench.runCommand('CodeAgent: Show Progress');
    const panel = await workbench.webviewFrame('Scan Progress: sample');
    await panel.locator('.step').first().waitFor();
    await panel.evaluate(() => {
      // Closed once its tones have been played to the end.
      globalThis.AudioContext = class extends AudioContext {
        override async close(): Promise<void> {
          document.body.dataset['heard'] = this.currentTime > 0.4 ? 'yes' : 'no';
          await super.close();
        }
      };
    });
    await workbench.runCommand('Help: Welcome');
    await scan();
    const heard = await waitFor('the sound', () => panel.evaluate(() => document.body.dataset['heard']));
    assert.equal(heard, 'yes');
  });
});
