import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

describe('Choose Analyzers', () => {
  let code: VsCode;

  before(async () => {
    const paths = { bandit: '/nowhere/bandit' };
    code = await VsCode.open({ settings: { 'codeagent.analyzers.paths': paths } });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('analyzers-failure');
  });
  after(() => code.close());

  const rows = () => code.page.locator('.quick-input-widget .monaco-list-row');
  const settings = async () =>
    JSON.parse(await readFile(join(code.folder, '.vscode/settings.json'), 'utf8').catch(() => '{}')) as Record<
      string,
      unknown
    >;

  it('lists each with its version or why it is missing, and saves the choice', async () => {
    const { workbench, page } = code;
    await workbench.runCommand('CodeAgent: Choose Analyzers…');
    const ruff = rows()
      .filter({ hasText: /^\s*Ruff/i })
      .first();
    await ruff.waitFor();
    assert.match((await ruff.textContent()) ?? '', /automatic · \d+\.\d+/);
    const input = page.locator('.quick-input-widget input.input').first();
    await input.fill('bandit');
    const bandit = rows().filter({ hasText: 'Bandit was not found at /nowhere/bandit' }).first();
    await bandit.waitFor();
    await input.fill('ruff');
    await workbench.pick(/Ruff/i);
    await workbench.pick(/^\s*off/);
    await waitFor('the setting', async () => 'codeagent.analyzers.use' in (await settings()));
    assert.deepEqual((await settings())['codeagent.analyzers.use'], { ruff: 'off' });
    // The list appears again, with the change.
    await rows().filter({ hasText: 'Turned off.' }).first().waitFor();
    await page.keyboard.press('Escape');
  });

  it('types the command that installs one into a terminal, without running it', async () => {
    const { workbench, page } = code;
    await workbench.runCommand('CodeAgent: Choose Analyzers…');
    const bandit = rows().filter({ hasText: '/nowhere/bandit' }).first();
    await page.locator('.quick-input-widget input.input').first().fill('bandit');
    await bandit.waitFor();
    await bandit.hover();
    await bandit.getByRole('button', { name: 'Open a terminal with "pipx install bandit"' }).click();
    const terminal = page.locator('.terminal-wrapper').first();
    await terminal.waitFor();
  });
});
