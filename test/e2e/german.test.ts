import assert from 'node:assert/strict';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

describe('VS Code in German', () => {
  let code: VsCode;

  before(async () => {
    code = await VsCode.open({ language: 'de' });
    await code.workbench.openContainer('CodeAgent');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('german-failure');
  });
  after(() => code.close());

  it('welcomes and scans in German', async () => {
    const { workbench, page } = code;
    await page.locator('.pane', { hasText: 'Finden Sie Schwachstellen' }).first().waitFor();
    await workbench.runCommand('CodeAgent: Arbeitsbereich scannen');
    const toast = workbench.toast(/Scan abgeschlossen: \d+ kritisch, \d+ hoch, .* in \d+,\d s/);
    await toast.text();
    assert.deepEqual(await toast.buttons(), ['Befunde anzeigen', 'Bericht öffnen']);
    // VS Code renders a tree a moment after a change is reported.
    await waitFor('the row of the ended scan', async () => {
      const [row] = await workbench.treeItems('Scans');
      return /^\d+ kritisch, .* · \d+,\d s$/.test(row?.description ?? '');
    });
    await toast.click('Befunde anzeigen');
    await waitFor('groups', async () => (await workbench.treeItems('Befunde')).some(({ label }) => label === 'Hoch'));
  });

  it('shows the panel in German', async () => {
    await code.workbench.runCommand('CodeAgent: Fortschritt anzeigen');
    const panel = await code.workbench.webviewFrame('Scanfortschritt: sample');
    await panel.locator('.step', { hasText: 'Dateien erfassen' }).waitFor();
    const buttons = await panel.getByRole('button').allTextContents();
    assert.ok(buttons.includes('Bericht exportieren…') && buttons.includes('Kopieren'), buttons.join());
    assert.equal(await panel.locator('html').getAttribute('lang'), 'de');
    await code.screenshot('german');
  });
});
