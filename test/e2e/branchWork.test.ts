import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

const rule = `id: team-legacy-call
language: JavaScript
message: legacyCall() writes to the old store.
metadata: { title: Legacy call, severity: medium }
rule:
  pattern: legacyCall($A)
examples:
  - bad: legacyCall(1);
  - good: newCall(1);
`;
const ruleFile = '.codeagent/rules/legacy.yml';
/** Where the rule's pattern is. */
const patternLine = 6;

const onMain = {
  [ruleFile]: rule,
  'src/main.js': 'eval(input);\nlegacyCall(1);\n',
  'src/store.js': 'newCall(3);\n',
};
const onBranch = { 'src/branch.js': 'eval(input);\nlegacyCall(2);\n' };

describe('work on a branch', () => {
  let code: VsCode;
  let scratch: string;

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'codeagent-branch-'));
    const folder = join(scratch, 'corner-shop');
    await write(folder, onMain);
    git(folder, 'init', '--quiet', '--initial-branch=main');
    commitAll(folder);
    git(folder, 'checkout', '--quiet', '-b', 'prices');
    await write(folder, onBranch);
    commitAll(folder);
    code = await VsCode.open({ fixture: folder, settings: { 'codeagent.notifications': 'none' } });
    const { workbench } = code;
    await workbench.openContainer('CodeAgent');
    await scan();
    await workbench.runCommand('CodeAgent: Show Findings');
    await workbench.runCommand('CodeAgent: Group Findings…');
    await workbench.pick('File');
    await shows('branch.js', 'main.js');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('branchWork-failure');
  });
  after(async () => {
    await code.close();
    await rm(scratch, { recursive: true, force: true });
  });

  async function scan(): Promise<void> {
    const { workbench } = code;
    const ended = async () =>
      (await workbench.treeItems('Scans')).filter(({ level, description }) => level === 1 && !/%/.test(description))
        .length;
    const before = await ended();
    await workbench.runCommand('CodeAgent: Scan Workspace');
    await waitFor('the scan', async () => (await ended()) > before);
  }
  /** Waits until the Findings view shows findings in these files and in no others. */
  const shows = (...files: string[]) =>
    waitFor(`the findings in ${files.join(', ') || 'no file'}`, async () => {
      const rows = await code.workbench.treeItems('Findings');
      const shown = rows.filter(({ level }) => level === 1).map(({ label }) => label);
      return shown.sort().join() === files.join();
    });
  /** Waits for the message above the view's rows. */
  const says = (text: string | RegExp) => code.page.locator('.pane .message', { hasText: text }).first().waitFor();
  const only = 'Show Only Findings New Since Main';
  const all = 'Show Findings That Main Has Too';

  it('shows only what is new since main, then everything again', async () => {
    const { workbench } = code;
    await workbench.viewMenu('Findings', only);
    await shows('branch.js');
    await says('New since main. Findings that it already had are hidden.');
    await workbench.statusBarItem(/1 high, 1 medium new since main/).waitFor();
    // Findings of the next scan are distinguished, too.
    await write(code.folder, { 'src/later.js': 'eval(input);\n' });
    await scan();
    await shows('branch.js', 'later.js');
    await rm(join(code.folder, 'src/later.js'));
    await workbench.viewMenu('Findings', all);
    await scan();
    await shows('branch.js', 'main.js');
    await workbench.statusBarItem(/new since main/).waitFor({ state: 'detached' });
  });

  it('does not offer Fix in Chat where there is no chat', async () => {
    // The settings of these tests turn off chat.
    assert.deepEqual(
      (await code.workbench.commands('CodeAgent: Fix in Chat')).filter((title) => title.includes('Fix in Chat')),
      [],
    );
  });

  it('says that nothing is new', async () => {
    const { workbench } = code;
    git(code.folder, 'checkout', '--quiet', 'main');
    await scan();
    await shows('main.js');
    await workbench.runCommand(`CodeAgent: ${only}`);
    await says(/^Nothing is new since main\.$/);
    await shows();
    await workbench.statusBarItem('no findings new since main').waitFor();
    await workbench.runCommand(`CodeAgent: ${all}`);
    await shows('main.js');
  });

  it('says why it cannot tell what is new: no merge base', async () => {
    const { workbench } = code;
    git(code.folder, 'checkout', '--quiet', '--orphan', 'alone');
    commitAll(code.folder);
    await workbench.runCommand(`CodeAgent: ${only}`);
    assert.match(await workbench.toast(/in common/).text(), /^"main" and HEAD have no commit in common; fetch more/);
    await shows('main.js');
    await workbench.runCommand('Notifications: Clear All Notifications');
  });

  it('asks for the branch if none is called main', async () => {
    const { workbench } = code;
    git(code.folder, 'branch', '--quiet', '-m', 'main', 'trunk');
    git(code.folder, 'checkout', '--quiet', 'prices');
    await scan();
    await workbench.runCommand(`CodeAgent: ${only}`);
    await workbench.pick('trunk');
    await says('New since trunk');
    await shows('branch.js');
    await workbench.runCommand(`CodeAgent: ${all}`);
    await shows('branch.js', 'main.js');
  });

  it('shows what a rule matches as it is edited, and its error in Problems', async () => {
    const { workbench, page } = code;
    const matches = (...files: string[]) =>
      waitFor(`matches in ${files.join(', ')}`, async () => {
        const rows = await workbench.treeItems('Rule Matches');
        return (
          rows
            .filter(({ level }) => level === 1)
            .map(({ label }) => label)
            .join() === files.join()
        );
      });
    const pattern = async (text: string) => {
      await workbench.runCommand('View: Focus Active Editor Group');
      await workbench.runCommand('Go to Line/Column...');
      await workbench.answer(`:${patternLine}`);
      await waitFor('its line', async () => (await workbench.activeEditor())?.line === patternLine);
      await page.keyboard.press('Home');
      await page.keyboard.press('Shift+End');
      await page.keyboard.insertText(text);
    };
    const isBroken = async () => (await workbench.problems()).some((row) => row.includes('nothing_of_it'));
    await workbench.runCommand('Go to File...');
    await page.locator('.quick-input-widget input.input').fill('legacy.yml');
    await workbench.pick('legacy.yml');
    await waitFor('the rule', async () => (await workbench.activeEditor())?.file === 'legacy.yml');
    await workbench.runCommand('CodeAgent: Try Rule');
    await matches('branch.js', 'main.js');
    await pattern('pattern: newCall($A)');
    await matches('store.js');
    await says('2 examples fail.');
    await pattern('kind: nothing_of_it');
    await waitFor('its error', isBroken);
    await says('nothing_of_it');
    await pattern('pattern: legacyCall($A)');
    await matches('branch.js', 'main.js');
    await waitFor('no error', async () => !(await isBroken()));
  });
});

function git(folder: string, ...args: string[]): void {
  const user = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  execFileSync('git', [...user, ...args], { cwd: folder, stdio: 'ignore' });
}

function commitAll(folder: string): void {
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '-m', 'all');
}

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}
