import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patience } from '../support/patience.mjs';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

const bad = 'function f(input) {\n  eval(input);\n}\n';

describe('workspaces other than a single folder', () => {
  let fixture = '';
  let code: VsCode | undefined;

  before(async () => {
    fixture = await mkdtemp(join(tmpdir(), 'codeagent-roots-'));
    for (const name of ['one', 'two']) {
      await mkdir(join(fixture, name));
      await writeFile(join(fixture, name, 'a.js'), bad);
    }
    const folders = [{ path: 'one' }, { path: 'two' }];
    await writeFile(join(fixture, 'both.code-workspace'), JSON.stringify({ folders }));
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code?.screenshot('workspaces-failure');
    await code?.close();
    code = undefined;
  });
  after(() => rm(fixture, { recursive: true, force: true }));

  /** Opens both folders, with the view that lists their findings. */
  async function openBoth(settings: Record<string, unknown> = {}): Promise<VsCode> {
    const opened = (code = await VsCode.open({
      fixture,
      open: (folder) => ({ workspace: join(folder, 'both.code-workspace') }),
      // The rows of three scans with their phases are all visible.
      viewport: { width: 1280, height: 1400 },
      settings,
    }));
    const { workbench, page } = opened;
    await workbench.openContainer('CodeAgent');
    const welcome = (text: string) => page.locator('.pane', { hasText: text }).first();
    await waitFor(
      'the folders of the workspace',
      async () => {
        // Occasionally VS Code in a browser opens a workspace file without its folders: after a reload it has them.
        if (await welcome('Open a folder to scan it').isVisible()) {
          await opened.reload();
          await workbench.openContainer('CodeAgent');
        }
        return welcome('Find vulnerabilities in this workspace').isVisible();
      },
      patience(90_000),
    );
    return opened;
  }

  it('with several folders: scans the selected ones, one job each', async () => {
    const { workbench, page } = await openBoth();
    const jobs = async () =>
      (await workbench.treeItems('Scans')).filter(({ level }) => level === 1).map(({ label }) => label);
    await workbench.runCommand('CodeAgent: Scan Workspace');
    const rows = page.locator('.quick-input-widget .monaco-list-row');
    await rows.filter({ hasText: 'two' }).waitFor();
    assert.equal(await rows.count(), 2);
    await page.keyboard.press('Enter');
    await workbench.toast(/2 scans completed: 2 high/).text();
    assert.deepEqual((await jobs()).sort(), ['one', 'two']);
    await workbench.runCommand('CodeAgent: Scan Workspace');
    await rows.filter({ hasText: 'one' }).click();
    await page.keyboard.press('Enter');
    await waitFor('one more', async () => (await jobs()).length === 3);
    assert.deepEqual((await jobs()).sort(), ['one', 'two', 'two']);
    const found = await workbench.treeItems('Findings');
    assert.deepEqual(
      found.map(({ description }) => description).filter((description) => description === 'a.js:2'),
      ['a.js:2', 'a.js:2'],
    );
  });

  it('virtual: says that it cannot be scanned', async () => {
    // VS Code in a browser keeps such a folder in its memory.
    code = await VsCode.open({ fixture, open: () => ({ folder: 'tmp:/' }) });
    const { workbench, page } = code;
    await workbench.openContainer('CodeAgent');
    await page.locator('.pane', { hasText: 'Virtual folders cannot be scanned' }).first().waitFor();
    const offered = await workbench.commands('CodeAgent: Scan');
    assert.ok(offered.includes('CodeAgent: Scan Git Repository…'));
    assert.ok(!offered.includes('CodeAgent: Scan Workspace'), offered.join());
    await code.screenshot('virtual');
  });

  it('empty: offers to open a folder', async () => {
    code = await VsCode.open({ fixture, open: () => ({ ew: 'true' }) });
    await code.workbench.openContainer('CodeAgent');
    await code.page.locator('.pane', { hasText: 'Open a folder to scan it' }).first().waitFor();
    await code.page.locator('.pane').getByRole('button', { name: 'Scan Git Repository…' }).waitFor();
  });

  it('with several folders: shows what is new in one, and all of one without git', async () => {
    const one = join(fixture, 'one');
    git(one, 'init', '--quiet', '--initial-branch=main');
    git(one, 'add', '.');
    git(one, 'commit', '--quiet', '-m', 'all');
    await writeFile(join(one, 'new.js'), bad);
    const { workbench, page } = await openBoth({ 'codeagent.notifications': 'none' });
    await workbench.runCommand('CodeAgent: Scan Workspace');
    await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'two' }).waitFor();
    await page.keyboard.press('Enter');
    const shown = async () =>
      (await workbench.treeItems('Findings')).map(({ description }) => description).filter((text) => /js:2/.test(text));
    const shows = (...places: string[]) =>
      waitFor(places.join(), async () => (await shown()).sort().join() === places.join());
    await shows('a.js:2', 'a.js:2', 'new.js:2');
    await workbench.runCommand('CodeAgent: Show Only Findings New Since Main');
    assert.match(
      await workbench.toast(/All findings of some folders/).text(),
      /^All findings of some folders are shown: two is not in a Git repository\./,
    );
    await shows('a.js:2', 'new.js:2');
    await page.locator('.pane .message', { hasText: /New since main\. .* All findings of two are shown\./ }).waitFor();
    await workbench.statusBarItem(/2 high new since main/).waitFor();
  });
});

function git(folder: string, ...args: string[]): void {
  const user = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  execFileSync('git', [...user, ...args], { cwd: folder, stdio: 'ignore' });
}
