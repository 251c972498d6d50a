import assert from 'node:assert/strict';
import { Gate } from './support/gate';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';
import { patience } from '../support/patience.mjs';

describe('the main job by keyboard alone', () => {
  let code: VsCode;
  let gate: Gate;

  before(async () => {
    gate = await Gate.make();
    code = await VsCode.open({ settings: { 'codeagent.analyzers.custom': gate.custom } });
    // The pointer is out of the way, and is not used below.
    for (const way of ['click', 'dblclick', 'move', 'down', 'up', 'wheel'] as const)
      code.page.mouse[way] = () => Promise.reject(new Error('no mouse here'));
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('keyboard-failure');
  });
  after(async () => {
    await code.close();
    await gate.remove();
  });

  /** @param part a selector for part of the focused element; the whole element by default */
  const focusedText = (part?: string) =>
    code.page.evaluate((selector) => {
      const { activeElement: active } = document;
      const id = active?.getAttribute('aria-activedescendant');
      const element = id ? document.getElementById(id) : active;
      return (selector === undefined ? element : element?.querySelector(selector))?.textContent ?? '';
    }, part);

  /** Runs a command through the palette, typed and accepted. */
  async function command(title: string): Promise<void> {
    const { page } = code;
    const input = page.locator('.quick-input-widget input.input');
    const row = page.locator('.quick-input-widget .monaco-list-row.focused', { hasText: title });
    await waitFor(`the command "${title}"`, async () => {
      // An open palette does not notice commands that are registered later: open it again.
      await page.keyboard.press('Escape');
      await page.keyboard.press('F1');
      await input.waitFor({ timeout: patience(2000) });
      await page.keyboard.type(title);
      await row.waitFor({ timeout: patience(2000) });
      await page.keyboard.press('Enter');
      await input.waitFor({ state: 'hidden', timeout: patience(2000) });
      return true;
    });
  }

  it('starts a scan with its keybinding, and shows it in the tree', async () => {
    const { page, workbench } = code;
    // The end notification disappears after some seconds: the next test opens the panel before that.
    await gate.close();
    await command('CodeAgent: Focus on Scans View');
    await page.keyboard.press('Control+Alt+Shift+S');
    const row = await waitFor('a row', async () => (await workbench.treeItems('Scans'))[0]);
    assert.match(row.ariaLabel, /sample/);
  });

  it('shows its progress with Enter on its row', async () => {
    const { page, workbench } = code;
    await waitFor('the analyzers', async () =>
      /Analyzing/.test((await workbench.treeItems('Scans'))[0]?.description ?? ''),
    );
    // Again, since it showed its welcome text before. A key press while the rows are being rendered has no effect, so a person would press again.
    const panel = await waitFor(
      'the panel',
      async () => {
        await command('CodeAgent: Focus on Scans View');
        await page.keyboard.press('Home');
        await page.keyboard.press('Enter');
        return workbench.webviewFrame('Scan Progress: sample', 4_000);
      },
      30_000,
    );
    await gate.open();
    await waitFor('the end', async () => (await panel.locator('.percent').textContent()) === '100%', patience(40_000));
  });

  it('goes from the notification to the findings', async () => {
    const { page, workbench } = code;
    await workbench.toast(/Scan completed/).row.waitFor();
    // Escape, pressed before opening the palette, has moved it to the center.
    await command('Notifications: Show Notifications');
    await waitFor('the button', async () => {
      await page.keyboard.press('Tab');
      return (await focusedText()) === 'Show Findings';
    });
    await page.keyboard.press('Enter');
    await waitFor('the findings', async () => (await workbench.treeItems('Findings')).length > 0);
  });

  it('opens a finding at its line', async () => {
    const { page, workbench } = code;
    await command('CodeAgent: Focus on Findings View');
    await page.keyboard.press('Home');
    const focusedPlace = async () => /^([\w.]+):(\d+)/.exec(await focusedText('.label-description'));
    const [place, file, line] = await waitFor('a finding', async () => {
      // The tree updates its focused row some frames after the key press.
      const found = await focusedPlace();
      if (!found) await page.keyboard.press('ArrowDown');
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      return found && (await focusedPlace())?.[0] === found[0] && found;
    });
    await page.keyboard.press('Enter');
    await waitFor(`the editor at ${place}`, async () => {
      const at = await workbench.activeEditor();
      return at?.file === file && at?.line === Number(line);
    });
  });

  it('cancels a scan, and removes its row', async () => {
    const { page, workbench } = code;
    // It must not end while the command is being typed.
    await gate.close();
    await command('CodeAgent: Scan Workspace');
    await waitFor('the analyzers', async () =>
      /Analyzing/.test((await workbench.treeItems('Scans'))[0]?.description ?? ''),
    );
    await command('CodeAgent: Cancel Scan');
    await command('CodeAgent: Focus on Scans View');
    await waitFor('the row to say so', async () => {
      // The view keeps the previous row in sight: the new one may be above it.
      await page.keyboard.press('Home');
      return /^Canceled/.test((await workbench.treeItems('Scans'))[0]?.description ?? '');
    });
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+F10');
    const focused = page.locator('.monaco-menu .action-item.focused', { hasText: 'Remove Scan' });
    await waitFor('the menu', async () => {
      await page.keyboard.press('ArrowDown');
      return focused.isVisible();
    });
    await page.keyboard.press('Enter');
    await waitFor(
      'one row less',
      async () => (await workbench.treeItems('Scans')).filter((row) => row.level === 1).length === 1,
    );
  });
});
