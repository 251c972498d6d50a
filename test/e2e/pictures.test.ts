import { join } from 'node:path';
import { runnerOf } from './support/processes';
import { alterShop, largeShop } from './support/shop';
import { VsCode, type Theme } from './support/vscode';
import { waitFor } from './support/wait';
import { patience } from '../support/patience.mjs';

const label = 'corner-shop';

/** Goes through what the README shows, in every theme. Skipped unless CODEAGENT_SCREENSHOTS names a folder: see pictures.mjs. */
const wanted: Theme[] = process.env['CODEAGENT_SCREENSHOTS'] === undefined ? [] : ['dark', 'light', 'hc'];

/** The folder for the frames of the animation. */
const film = process.env['CODEAGENT_FILM'];

describe('pictures', () => {
  let code: VsCode;
  let remove: (() => Promise<void>) | undefined;

  before(async () => {
    const shop = await largeShop(1000);
    remove = shop.remove;
    code = await VsCode.open({ fixture: shop.folder, viewport: { width: 1200, height: 720 } });
    await code.workbench.openContainer('CodeAgent');
  });
  after(async () => {
    await code.close();
    await remove?.();
  });

  async function startAndReach(text: RegExp): Promise<void> {
    await alterShop(code.folder);
    await code.workbench.runCommand('CodeAgent: Scan Workspace');
    await code.workbench.treeItem('Scans', text).waitFor();
  }

  for (const theme of wanted) {
    it(`are taken in ${theme}`, async () => {
      const { workbench } = code;
      await code.setTheme(theme);
      await startAndReach(/[2-6]\d%/);
      await workbench.toast(`Scanning ${label}`).row.waitFor();
      await code.screenshot(`notification-${theme}`);
      await workbench.treeItem('Scans', label).click();
      const panel = await workbench.webviewFrame(`Scan Progress: ${label}`);
      await panel.locator('.log .line').first().waitFor();
      await code.screenshot(`panel-running-${theme}`);
      await workbench.toast(/Scan completed/).row.waitFor({ timeout: patience(60_000) });
      await waitFor('the panel to end', async () => (await panel.locator('.percent').textContent()) === '100%');
      await code.screenshot(`panel-completed-${theme}`);
      await workbench.toast(/Scan completed/).click('Open Report');
      const report = await workbench.webviewFrame(`Scan Report: ${label}`);
      await report.locator('.issue').first().waitFor();
      await code.screenshot(`report-${theme}`);
      await workbench.runCommand('CodeAgent: Show Findings');
      await waitFor('Problems', async () => (await workbench.problems()).length > 0);
      await code.screenshot(`problems-${theme}`);
      await workbench.runCommand('View: Hide Panel');
      await workbench.runCommand('View: Close All Editors');

      await startAndReach(/[1-6]\d%/);
      await workbench.treeItem('Scans', /corner-shop.*%/).click();
      const failing = await workbench.webviewFrame(`Scan Progress: ${label}`);
      const runner = runnerOf(code.home);
      if (runner) process.kill(runner.pid, 'SIGKILL');
      await failing.locator('[data-status="failed"]').waitFor();
      await workbench.toast(/interrupted/).row.waitFor();
      await code.screenshot(`panel-failed-${theme}`);
      await workbench.runCommand('Notifications: Clear All Notifications');
      await workbench.runCommand('View: Close All Editors');
      await code.screenshot(`tree-${theme}`);
      await workbench.runCommand('CodeAgent: Clear Finished Scans');
    });
  }

  if (film !== undefined)
    it('are recorded as a ten-second film', async () => {
      const { workbench, page } = code;
      let count = 0;
      const frame = async (ms: number) => {
        count += 1;
        await page.screenshot({ path: join(film, `${String(count).padStart(2, '0')}-${ms}.png`) });
      };
      await code.setTheme('dark');
      await frame(900);
      await startAndReach(/\d%/);
      await frame(900);
      await workbench.treeItem('Scans', label).click();
      const panel = await workbench.webviewFrame(`Scan Progress: ${label}`);
      await panel.locator('.log .line').first().waitFor();
      await frame(900);
      for (const share of [40, 70]) {
        await waitFor(`${share} %`, async () => {
          return parseInt((await panel.locator('.percent').textContent()) ?? '0', 10) >= share;
        });
        await frame(900);
      }
      await workbench.toast(/Scan completed/).row.waitFor({ timeout: patience(60_000) });
      await frame(1_500);
      await workbench.runCommand('CodeAgent: Show Findings');
      await waitFor('Problems', async () => (await workbench.problems()).length > 0);
      await frame(1_500);
      await workbench.runCommand('View: Hide Panel');
      await workbench.runCommand('CodeAgent: Open Report');
      const report = await workbench.webviewFrame(`Scan Report: ${label}`);
      await report.locator('.issue').first().waitFor();
      await frame(2_500);
    });
});
