import type { Frame, Locator, Page } from 'playwright-core';
import { patience } from '../../support/patience.mjs';
import { waitFor } from './wait';

/** The position in the active editor. */
export interface EditorPosition {
  /** The name on the active tab. */
  file: string;
  /** From 1. */
  line: number;
  /** From 1. */
  column: number;
}

/** One row of a tree. */
export interface TreeRow {
  label: string;
  /** The description after the label. */
  description: string;
  /** Its text for screen readers. */
  ariaLabel: string;
  /** From 1. */
  level: number;
  expanded: boolean | undefined;
}

/** The parts of VS Code's window, found as a user or a screen reader finds them. */
export class Workbench {
  constructor(readonly page: Page) {}

  /** Waits until the window is usable: the activity bar is there and extensions run. */
  async ready(): Promise<void> {
    await this.page
      .locator('.monaco-workbench .activitybar .action-item')
      .first()
      .waitFor({ timeout: patience(30_000) });
    await this.page.locator('#status\\.host, .statusbar-item').first().waitFor();
    // By one of the quiet settings: a slow window opens before it has read them, and its extensions before it passes them on.
    await this.page
      .locator('.monaco-reduce-motion')
      .first()
      .waitFor({ state: 'attached', timeout: patience(30_000) });
    // Comes last: a panel that is shown before may be closed again when the window restores its layout.
    await this.page.locator('.statusbar-item[id*="keyboardLayout" i]').waitFor({ timeout: patience(30_000) });
  }

  /** Runs a command through the palette. @param title as the palette shows it, for example "CodeAgent: Scan Workspace" */
  async runCommand(title: string): Promise<void> {
    const exactly = new RegExp(`^\\s*${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
    const label = this.page.locator('.label-name').filter({ hasText: exactly });
    const row = this.page.locator('.quick-input-widget .monaco-list-row', { has: label }).first();
    await waitFor(`the command "${title}" in the palette`, async () => {
      // An open palette does not notice commands that are registered later: open it again.
      await this.openPalette(`>${title}`);
      await row.click({ timeout: patience(2_000) });
      return true;
    });
  }

  /** The titles that the palette offers for a text. Closes the palette again. */
  async commands(text: string): Promise<string[]> {
    await this.openPalette(`>${text}`);
    const rows = this.page.locator('.quick-input-widget .monaco-list-row');
    await rows.first().waitFor();
    const titles = await rows.locator('.quick-input-list-row:first-child .label-name').allTextContents();
    await this.page.keyboard.press('Escape');
    return titles;
  }

  /** Picks the entry with a text in the quick pick that is open. */
  async pick(text: string | RegExp): Promise<void> {
    await this.page.locator('.quick-input-widget .monaco-list-row', { hasText: text }).first().click();
  }

  /** Fills and accepts the input box that is open. */
  async answer(text: string): Promise<void> {
    await this.page.locator('.quick-input-widget input').fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Runs a command that asks for a text, and answers. Rendering occasionally takes the focus, which closes the box: then it is retried. */
  async runAndAnswer(title: string, text: string): Promise<void> {
    await waitFor(
      `the box of "${title}"`,
      async () => {
        await this.runCommand(title);
        await this.page.locator('.quick-input-widget input').fill(text, { timeout: patience(4_000) });
        await this.page.keyboard.press('Enter');
        return true;
      },
      patience(60_000),
    );
  }

  /** Shows a view container in the side bar. */
  async openContainer(title: string): Promise<void> {
    const tab = this.page.locator('.activitybar').getByRole('tab', { name: title });
    const heading = this.page.locator('.sidebar').getByRole('heading', { name: title }).first();
    await waitFor(`the container "${title}"`, async () => {
      if (await heading.isVisible()) return true;
      // Clicking the open one closes it, and a window that has just loaded may be about to open it: check again after each click.
      if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click({ timeout: patience(2_000) });
      await heading.waitFor({ timeout: patience(2_000) });
      return true;
    });
  }

  /** The tree of a view, by the view's name. */
  tree(viewName: string): Locator {
    return this.page.getByRole('tree', { name: viewName });
  }

  /** The rows of a view's tree that are on screen, in order. */
  async treeItems(viewName: string): Promise<TreeRow[]> {
    return this.tree(viewName)
      .getByRole('treeitem')
      .evaluateAll((rows) =>
        rows
          // The list reuses elements: their order in the document has no meaning.
          .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
          .map((row) => {
            const text = (selector: string) => row.querySelector(selector)?.textContent ?? '';
            const expanded = row.getAttribute('aria-expanded');
            return {
              label: text('.label-name'),
              description: text('.label-description'),
              ariaLabel: row.getAttribute('aria-label') ?? '',
              level: Number(row.getAttribute('aria-level') ?? 1),
              expanded: expanded === null ? undefined : expanded === 'true',
            };
          }),
      );
  }

  /** A row of a view's tree, by its text. */
  treeItem(viewName: string, text: string | RegExp): Locator {
    return this.tree(viewName).getByRole('treeitem').filter({ hasText: text }).first();
  }

  /** Clicks an inline action of a tree's row. @param action the action's title */
  async treeAction(viewName: string, text: string | RegExp, action: string): Promise<void> {
    const row = this.treeItem(viewName, text);
    // Inline actions are only shown under the pointer.
    await row.hover();
    await row.getByRole('button', { name: action }).click();
  }

  /** Clicks an entry of the context menu of a tree's row. */
  async treeMenu(viewName: string, text: string | RegExp, entry: string): Promise<void> {
    // A menu opened while the rows are rendered closes immediately, or belongs to another row: open it again.
    await waitFor(
      `"${entry}" in the menu`,
      async () => {
        await this.page.keyboard.press('Escape');
        await this.treeItem(viewName, text).click({ button: 'right', timeout: patience(3_000) });
        await this.menuEntry(entry, { timeout: patience(4_000) });
        return true;
      },
      patience(60_000),
    );
  }

  /** Clicks an entry of the menu behind the three dots in a view's title bar. */
  async viewMenu(viewName: string, entry: string): Promise<void> {
    const open = () => this.viewAction(viewName, 'More Actions...');
    await open();
    await this.menuEntry(entry, { again: open });
  }

  /**
   * Chooses an entry of the open menu.
   * @param again opens it again: a change in the view, such as an additional action, closes the menu of its title bar
   */
  async menuEntry(
    entry: string,
    { timeout = patience(30_000), again }: { timeout?: number; again?: () => Promise<void> } = {},
  ): Promise<void> {
    // The first one, since "Copy Finding" is above "Copy Finding as Markdown".
    const item = this.page.getByRole('menuitem', { name: entry }).first();
    // By keyboard: a VS Code menu ignores a click while it considers the opening click unfinished.
    if (!again) await item.waitFor({ timeout });
    const focused = this.page.locator('.monaco-menu .action-item.focused', { hasText: entry });
    await waitFor(
      `the menu entry "${entry}"`,
      async () => {
        if (await focused.isVisible()) return true;
        if (again && !(await item.isVisible())) await again();
        await this.page.keyboard.press('ArrowDown');
        return false;
      },
      timeout,
    );
    await this.page.keyboard.press('Enter');
  }

  /** Clicks an action in a view's title bar. */
  async viewAction(viewName: string, action: string): Promise<void> {
    const header = this.page.locator('.pane-header', { hasText: viewName });
    await header.hover();
    await header.getByRole('button', { name: action }).click();
  }

  /** A notification on screen, by its text. */
  toast(text: string | RegExp): Toast {
    return new Toast(this.page.locator('.notifications-toasts .monaco-list-row').filter({ hasText: text }).first());
  }

  /** The texts of all notifications on screen. */
  async toasts(): Promise<string[]> {
    return this.page.locator('.notifications-toasts .notification-list-item-message').allTextContents();
  }

  /** A modal dialog's button. */
  dialogButton(name: string): Locator {
    return this.page.locator('.monaco-dialog-box').getByRole('button', { name });
  }

  /** The inner document of a webview, by its panel's title; waits for it. */
  async webviewFrame(title: string, timeout = patience(30_000)): Promise<Frame> {
    return waitFor(`the webview "${title}"`, () => this.findWebview(title), timeout);
  }

  /** An entry of the status bar, by its text. */
  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text }).first();
  }

  /** Shows the Problems panel. @returns the rows of its tree, files and problems, as text */
  async problems(): Promise<string[]> {
    const panel = this.page.locator('.panel .markers-panel');
    if (!(await panel.isVisible())) await this.runCommand('View: Focus Problems (Errors, Warnings, Infos)');
    await panel.waitFor();
    return panel.getByRole('treeitem').evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label') ?? ''));
  }

  /** Like {@link problems}, but all rows: scrolls through the list, and stays at its end. */
  async allProblems(): Promise<string[]> {
    const all = new Set(await this.problems());
    const press = async (key: string) => {
      await this.page.keyboard.press(key);
      await this.page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    };
    await this.page.locator('.panel .markers-panel').getByRole('tree').focus();
    await press('Home');
    // Rows outside the view are not in the document. The first press goes to the last visible row, the second beyond it.
    for (let nothingNew = 0; nothingNew < 3; nothingNew += 1) {
      const rows = await this.problems();
      if (rows.some((row) => !all.has(row))) nothingNew = 0;
      for (const row of rows) all.add(row);
      await press('PageDown');
    }
    return [...all];
  }

  /** The text on screen of the output channel that is shown. */
  async outputText(): Promise<string> {
    // The editor renders spaces as no-break spaces.
    return (await this.page.locator('.panel .view-lines').innerText()).replaceAll('\u00a0', ' ');
  }

  /** The position in the active editor; undefined while none is shown. */
  async activeEditor(): Promise<EditorPosition | undefined> {
    const status = this.page.locator('.statusbar-item').filter({ hasText: /Ln \d+, Col \d+/ });
    const tab = this.page.locator('.editor-group-container.active .tab.active');
    if ((await status.count()) === 0 || (await tab.count()) === 0) return undefined;
    const at = /Ln (\d+), Col (\d+)/.exec((await status.first().textContent()) ?? '');
    const file = (await tab.first().getAttribute('data-resource-name')) ?? '';
    return at ? { file, line: Number(at[1]), column: Number(at[2]) } : undefined;
  }

  private async openPalette(text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input.input');
    await this.page.keyboard.press('Escape');
    await this.page.keyboard.press('F1');
    // The palette of the previous command may still be closing: better to retry than to wait for it.
    await input.waitFor({ timeout: patience(2_000) });
    await input.fill(text, { timeout: patience(2_000) });
  }

  private async findWebview(title: string): Promise<Frame | undefined> {
    for (const frame of this.page.frames()) {
      if (!frame.url().includes('/webview/browser/pre/fake.html') || frame.isDetached()) continue;
      const element = await frame.frameElement();
      const [id, name] = await Promise.all([element.getAttribute('id'), element.getAttribute('title')]);
      // Several panels may have the same title: only one is in front.
      if (id === 'active-frame' && name === title && (await element.isVisible())) return frame;
    }
    return undefined;
  }
}

/** A notification. */
export class Toast {
  constructor(readonly row: Locator) {}

  /** Waits until it shows. @returns its text */
  async text(timeout = patience(30_000)): Promise<string> {
    await this.row.waitFor({ timeout });
    return (await this.row.locator('.notification-list-item-message').textContent()) ?? '';
  }

  /** The names of its action buttons, in order. */
  async buttons(): Promise<string[]> {
    await this.row.waitFor();
    return this.row.locator('.notification-list-item-buttons-container .monaco-button').allTextContents();
  }

  /** Clicks one of its buttons. */
  async click(name: string): Promise<void> {
    await this.row.getByRole('button', { name }).click();
  }

  /** The progress bar in it. */
  get progress(): Locator {
    return this.row.locator('.monaco-progress-container');
  }

  /** Waits until it is gone. */
  async gone(timeout = patience(30_000)): Promise<void> {
    await this.row.waitFor({ state: 'detached', timeout });
  }
}
