import { join } from 'node:path';
import type { Frame, Page } from 'playwright-core';
import { runnerOf } from './support/processes';
import { alterShop, largeShop } from './support/shop';
import { narrow } from './support/narrow';
import { VsCode, type Theme } from './support/vscode';
import { waitFor } from './support/wait';
import { root } from '../support/repo.mjs';
import { patience } from '../support/patience.mjs';

const label = 'corner-shop';
/** What the pictures of a finding show: it has a flow and a fix. */
const finding = 'Command injection through a shell helper';
const fixed = 'execFile(';

/** Goes through what the README shows, in every theme. Where CODEAGENT_SCREENSHOTS names no folder nobody wants pictures: see pictures.mjs. */
const wanted: Theme[] = process.env['CODEAGENT_SCREENSHOTS'] === undefined ? [] : ['dark', 'light', 'hc'];

/** Where the frames of the moving picture go. */
const film = process.env['CODEAGENT_FILM'];
const walkthrough = join(root, 'media', 'walkthrough');

async function openShop(viewport: {
  width: number;
  height: number;
}): Promise<{ code: VsCode; detail: Frame; close: () => Promise<void> }> {
  const shop = await largeShop(500);
  const code = await VsCode.open({
    fixture: shop.folder,
    viewport,
    settings: { 'workbench.startupEditor': 'none', 'codeagent.scan.onSave': true },
  });
  await code.workbench.openContainer('CodeAgent');
  const detail = await code.workbench.webviewFrame('Finding Detail');
  await narrow(code);
  const close = async () => {
    await code.close();
    await shop.remove();
  };
  return { code, detail, close };
}

async function startAndReach({ workbench, folder }: VsCode, text: RegExp): Promise<void> {
  await alterShop(folder);
  await workbench.runCommand('CodeAgent: Scan Workspace');
  await workbench.treeItem('Scans', text).waitFor();
}

/** The windows in which a JavaScript file was opened. */
const opened = new WeakSet<Page>();

/** Shows the finding in list, editor and detail. */
async function showFinding(code: VsCode, detail: Frame): Promise<void> {
  const { workbench, page } = code;
  await workbench.treeItem('Findings', finding).click();
  await detail.locator('h1', { hasText: finding }).waitFor();
  await page.locator('.view-line', { hasText: 'lp -d' }).first().waitFor();
  if (!opened.has(page)) {
    opened.add(page);
    await dismissTypeScript(code);
    await workbench.treeItem('Findings', finding).click();
  }
  // The pointer shows a tooltip where it rests.
  await page.mouse.move(900, 600);
}

/** The VS Code of the tests may have no TypeScript, and says so once, after a JavaScript file was opened. */
async function dismissTypeScript({ workbench }: VsCode): Promise<void> {
  const { row } = workbench.toast(/tsserver/);
  const told = row.waitFor({ timeout: patience(5_000) });
  if (
    await told.then(
      () => false,
      () => true,
    )
  )
    return;
  await row.hover();
  await row.getByRole('button', { name: 'Clear Notification' }).click();
  await row.waitFor({ state: 'detached' });
}

/** Folds or unfolds a view of the side bar. */
async function fold({ page }: VsCode, view: string, folded: boolean): Promise<void> {
  const header = page.locator('.sidebar .pane-header', { hasText: view }).first();
  if ((await header.getAttribute('aria-expanded')) === String(folded)) await header.click();
  await waitFor(
    `${view} to be folded or not`,
    async () => (await header.getAttribute('aria-expanded')) === String(!folded),
  );
}

describe('pictures', () => {
  let code: VsCode;
  let detail: Frame;
  let close: (() => Promise<void>) | undefined;

  before(async () => {
    ({ code, detail, close } = await openShop({ width: 1440, height: 900 }));
  });
  after(() => close?.());

  for (const theme of wanted) {
    it(`are taken in ${theme}`, async () => {
      const { workbench, page } = code;
      const picture = async (name: string) => {
        await page.mouse.move(900, 600);
        await code.screenshot(`${name}-${theme}`);
      };
      const clear = async () => {
        await workbench.runCommand('Notifications: Clear All Notifications');
        await workbench.runCommand('View: Close All Editors');
      };
      await code.setTheme(theme);
      await page.locator('.sidebar').getByRole('button', { name: 'Scan Workspace' }).first().waitFor();
      await picture('welcome');

      await startAndReach(code, /[2-6]\d%/);
      await workbench.toast(`Scanning ${label}`).row.waitFor();
      await workbench.treeItem('Scans', label).click();
      const panel = await workbench.webviewFrame(`Scan Progress: ${label}`);
      await panel.locator('.log .line').first().waitFor();
      await picture('panel-running');
      if (theme === 'dark')
        await page.screenshot({ path: join(walkthrough, 'scan.png'), clip: { x: 0, y: 0, width: 1100, height: 620 } });
      await workbench.toast(/Scan completed/).row.waitFor({ timeout: patience(60_000) });
      await waitFor('the panel to end', async () => (await panel.locator('.percent').textContent()) === '100%');
      await picture('panel-completed');
      await workbench.toast(/Scan completed/).click('Show Findings');
      await clear();
      await workbench.treeItem('Findings', finding).waitFor();
      await fold(code, 'Scans', true);
      await showFinding(code, detail);
      await picture('findings');
      await fold(code, 'Findings', true);
      await page.keyboard.press('Alt+F7');
      await detail.locator('[aria-current="step"]').waitFor();
      await picture('detail');
      if (theme === 'dark') {
        const clip = { x: 0, y: 0, width: 1100, height: 900 };
        await page.screenshot({ path: join(walkthrough, 'understand.png'), clip });
        await detail.getByRole('button', { name: 'Apply Fix' }).scrollIntoViewIfNeeded();
        await page.screenshot({ path: join(walkthrough, 'fix.png'), clip });
      }
      await fold(code, 'Findings', false);
      await fold(code, 'Scans', false);
      await workbench.runCommand('CodeAgent: Open Walkthrough');
      await page.locator('.getting-started-step', { hasText: 'Understand a finding' }).first().click();
      await page.locator('[data-done-step-id$="#understand"][aria-checked="true"]').first().waitFor();
      await picture('walkthrough');
      await clear();

      await workbench.runCommand('CodeAgent: Open Report');
      const report = await workbench.webviewFrame(`Scan Report: ${label}`);
      await report.locator('.issue').first().waitFor();
      await picture('report');
      await waitFor('Problems', async () => (await workbench.problems()).length > 0);
      await workbench.runCommand('View: Close All Editors');
      await showFinding(code, detail);
      await picture('problems');
      await workbench.runCommand('View: Hide Panel');
      await clear();

      await startAndReach(code, /[1-6]\d%/);
      await workbench.treeItem('Scans', /corner-shop.*%/).click();
      const failing = await workbench.webviewFrame(`Scan Progress: ${label}`);
      const runner = runnerOf(code.home);
      if (runner) process.kill(runner.pid, 'SIGKILL');
      await failing.locator('[data-status="failed"]').waitFor();
      await workbench.toast(/interrupted/).row.waitFor();
      await page.locator('.sidebar').getByText('Partial: ').first().waitFor();
      await picture('panel-failed');
      await clear();
      await workbench.runCommand('CodeAgent: Clear Finished Scans');
    });
  }
});

if (film !== undefined)
  describe('the moving picture', () => {
    let code: VsCode;
    let detail: Frame;
    let close: (() => Promise<void>) | undefined;

    before(async () => {
      ({ code, detail, close } = await openShop({ width: 1200, height: 760 }));
    });
    after(() => close?.());

    it('shows a scan, a finding, its detail and its fix', async () => {
      const { workbench, page } = code;
      let count = 0;
      const frame = async (ms: number) => {
        count += 1;
        await page.mouse.move(900, 640);
        await page.screenshot({ path: join(film, `${String(count).padStart(2, '0')}-${ms}.png`) });
      };
      await code.setTheme('dark');
      await page.locator('.sidebar').getByRole('button', { name: 'Scan Workspace' }).first().waitFor();
      await frame(900);
      await startAndReach(code, /[1-4]\d%/);
      await frame(700);
      await workbench.treeItem('Scans', /[5-9]\d%/).waitFor();
      await frame(700);
      await workbench.toast(/Scan completed/).row.waitFor({ timeout: patience(60_000) });
      await frame(1_200);
      await workbench.toast(/Scan completed/).click('Show Findings');
      await workbench.runCommand('Notifications: Clear All Notifications');
      await workbench.treeItem('Findings', finding).waitFor();
      await fold(code, 'Scans', true);
      await showFinding(code, detail);
      await frame(1_300);
      for (const step of ['1', '2']) {
        await page.keyboard.press('Alt+F7');
        await detail.locator('[aria-current="step"] .number', { hasText: step }).waitFor();
        await frame(700);
      }
      const apply = detail.getByRole('button', { name: 'Apply Fix' });
      await apply.scrollIntoViewIfNeeded();
      await frame(1_200);
      await apply.click();
      await page.locator('.view-line', { hasText: fixed }).first().waitFor();
      await frame(1_000);
      await workbench.runCommand('File: Save All Files');
      await workbench.treeItem('Findings', finding).waitFor({ state: 'detached' });
      await detail.locator('h1').scrollIntoViewIfNeeded();
      await detail.locator('.note').first().waitFor();
      await frame(1_600);
    });
  });
