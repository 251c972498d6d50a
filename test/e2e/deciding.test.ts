import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

describe('deciding on findings', () => {
  let code: VsCode;

  before(async () => {
    code = await VsCode.open();
    const { workbench, page } = code;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    // More than one page of rows.
    await mkdir(join(code.folder, 'many'));
    for (let n = 0; n < 12; n += 1)
      await writeFile(join(code.folder, `many/many${n}.js`), `// ${n}\n${'eval(input);\n'.repeat(50)}`);
    await workbench.openContainer('CodeAgent');
    await scan();
    await workbench.toast(/Scan completed/).click('Show Findings');
    await workbench.runCommand('CodeAgent: Group Findings…');
    await workbench.pick('File');
    await fileRow('orders.js');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('deciding-failure');
  });
  after(() => code.close());

  const rows = () => code.workbench.treeItems('Findings');
  const fileRow = (name: string) =>
    waitFor(`the file ${name}`, async () => (await rows()).find((row) => row.level === 1 && row.label === name));
  const message = (text: string) => code.page.locator('.pane', { hasText: text }).first().waitFor();
  async function scan(): Promise<void> {
    await code.workbench.runCommand('CodeAgent: Scan Workspace');
    await code.workbench.toast(/Scan completed/).row.waitFor();
  }
  /** Shows the findings of a file only. */
  async function search(words: string): Promise<void> {
    await code.workbench.runAndAnswer('CodeAgent: Search Findings…', words);
    await message(`Filter: “${words}”`);
    const file = await waitFor('only that', async () => {
      const [first, ...others] = await rows();
      return first?.label === words && others.every((row) => row.level === 2) && first;
    });
    if (file.expanded === false) {
      await code.workbench.tree('Findings').getByRole('treeitem', { level: 1 }).first().click();
      await waitFor('its findings', async () => (await rows()).some((row) => row.level === 2));
    }
  }
  const showAll = () => code.workbench.runCommand('CodeAgent: Clear Findings Filter');

  it('opens and copies a finding from its menu', async () => {
    const { workbench, page } = code;
    await search('keys.ts');
    const line = (await rows()).find((row) => row.level === 2)?.description ?? '';
    await workbench.treeMenu('Findings', line, 'Open Finding');
    const at = await waitFor('the editor', async () => {
      const now = await workbench.activeEditor();
      return now?.file === 'keys.ts' && now;
    });
    assert.equal(`Line ${at.line}`, line);
    await workbench.treeMenu('Findings', line, 'Copy Finding');
    const copied = await waitFor('the clipboard', async () => {
      const text = await page.evaluate(() => navigator.clipboard.readText());
      return text.includes('keys.ts') && text;
    });
    assert.match(copied, /^deploy\/keys\.ts:\d+: (critical|high|medium|low): Hard-coded .+ \(.+\)$/m);
  });

  it('explains a rule in a preview', async () => {
    const { workbench } = code;
    await search('orders.js');
    const line = (await rows()).find((row) => row.level === 2)?.description ?? '';
    await workbench.treeMenu('Findings', line, 'Explain Rule');
    await code.page.locator('.tab.active', { hasText: 'Preview' }).waitFor();
    await workbench.runCommand('View: Close Editor');
  });

  it('ignores a finding on its line, by a comment', async () => {
    const { workbench } = code;
    await search('files.ts');
    const before = await readFile(join(code.folder, 'api/files.ts'), 'utf8');
    const line = (await rows()).find((row) => row.level === 2)?.description ?? '';
    await workbench.treeMenu('Findings', line, 'Ignore on This Line');
    // The editor is there before the comment is.
    await code.page.locator('.monaco-editor .view-line', { hasText: 'codeagent-ignore' }).waitFor();
    await workbench.runCommand('File: Save');
    const saved = await waitFor('the file', async () => {
      const text = await readFile(join(code.folder, 'api/files.ts'), 'utf8');
      return text !== before && text;
    });
    assert.match(saved, /\/\/ codeagent-ignore js-/);
  });

  it('adds a finding to the baseline and removes it again', async () => {
    const { workbench, page } = code;
    await search('settings.py');
    const { length } = (await rows()).filter((row) => row.level === 2);
    const line = (await rows()).find((row) => row.level === 2)?.description ?? '';
    await workbench.treeMenu('Findings', line, 'Add to Baseline');
    await message('1 in the baseline');
    await waitFor('one less', async () => (await rows()).filter((row) => row.level === 2).length === length - 1);
    await workbench.viewMenu('Findings', 'Filter Findings…');
    await page
      .locator('.quick-input-widget .monaco-list-row', { hasText: 'ignored or in the baseline' })
      .locator('.monaco-checkbox')
      .click();
    await page.locator('.quick-input-widget').getByRole('button', { name: 'OK' }).click();
    await waitFor('it again', async () => (await rows()).filter((row) => row.level === 2).length === length);
    await workbench.treeMenu('Findings', line, 'Stop Ignoring');
    await showAll();
    await waitFor('nothing in the baseline', async () => !(await code.page.getByText('in the baseline').isVisible()));
  });

  it('ignores a rule in the workspace', async () => {
    const { workbench } = code;
    await search('many7.js');
    await workbench.treeMenu('Findings', 'Line 2', 'Ignore Rule in Workspace');
    await message('ignored');
    await waitFor('none of it', async () => (await rows()).length === 0);
    const settings = await readFile(join(code.folder, '.vscode/settings.json'), 'utf8');
    assert.match(settings, /"codeagent\.ignoredRules":\s*\[\s*"js-eval"/);
    await writeFile(join(code.folder, '.vscode/settings.json'), '{}');
    await waitFor('all of it', async () => (await rows()).some((row) => row.description === 'Line 2'));
    await showAll();
  });

  it('ignores a rule in a file or a folder, and undoes it', async () => {
    const { workbench } = code;
    await search('many8.js');
    const settings = () => readFile(join(code.folder, '.vscode/settings.json'), 'utf8');
    for (const [entry, key] of [
      ['Ignore Rule in This File', /"codeagent\.ignoredRulesInFiles":\s*\{\s*"many\/many8\.js":\s*\[\s*"js-eval"/],
      ['Ignore Rule in This Folder', /"codeagent\.ignoredRulesInFiles":\s*\{\s*"many\/":\s*\[\s*"js-eval"/],
    ] as const) {
      // Only a few messages are on screen at a time.
      await workbench.runCommand('Notifications: Clear All Notifications');
      await workbench.treeMenu('Findings', 'Line 2', entry);
      await waitFor('none of it', async () => (await rows()).length === 0);
      assert.match(await settings(), key);
      await workbench.toast(/Ignored in many/).click('Undo');
      await waitFor('all of it', async () => (await rows()).some((row) => row.description === 'Line 2'));
      assert.doesNotMatch(await settings(), /js-eval/);
    }
    await showAll();
  });

  it('turns a rule off for the team, says where that was decided, and undoes it', async () => {
    const { workbench, page } = code;
    const config = join(code.folder, '.codeagent/config.json');
    await search('many9.js');
    await workbench.runCommand('Notifications: Clear All Notifications');
    await workbench.treeMenu('Findings', 'Line 2', 'Turn Off Rule for the Team');
    await waitFor('none of it', async () => (await rows()).length === 0);
    const decided = await readFile(config, 'utf8');
    assert.match(decided, /"js-eval":\s*"off"/);
    const showIgnored = async () => {
      await workbench.viewMenu('Findings', 'Filter Findings…');
      const picker = page.locator('.quick-input-widget');
      await picker
        .locator('.monaco-list-row', { hasText: 'ignored or in the baseline' })
        .locator('.monaco-checkbox')
        .click();
      await picker.getByRole('button', { name: 'OK' }).click();
    };
    await showIgnored();
    await waitFor('it again', async () => (await rows()).some((row) => row.description.includes('Line 2')));
    await workbench.treeMenu('Findings', /Line 2(?!\d)/, 'Explain Why This Is Hidden');
    await workbench.toast(/\.codeagent\/config\.json/).row.waitFor();
    await workbench.toast(/Off in \.codeagent\/config\.json: js-eval/).click('Undo');
    await waitFor('all of it', async () => (await rows()).some((row) => row.description === 'Line 2'));
    assert.doesNotMatch(await readFile(config, 'utf8').catch(() => ''), /js-eval/);
    await showAll();
  });

  it('shows more of a long list', async () => {
    const { workbench, page } = code;
    await workbench.viewAction('Findings', 'Group Findings…');
    await workbench.pick('Severity');
    await workbench.runAndAnswer('CodeAgent: Search Findings…', 'many');
    await waitFor('their group', async () => (await rows())[0]?.description === '600');
    // A long group starts collapsed.
    await workbench.treeItem('Findings', 'High').click();
    await waitFor('its rows', async () => (await rows()).length > 1);
    await workbench.tree('Findings').focus();
    await page.keyboard.press('End');
    await workbench.treeItem('Findings', /Show \d+ more/).click();
    await waitFor('all rows', async () => {
      await workbench.tree('Findings').focus();
      await page.keyboard.press('End');
      return (await rows()).length > 0 && !(await workbench.treeItem('Findings', /Show \d+ more/).isVisible());
    });
    await workbench.viewAction('Findings', 'Group Findings…');
    await workbench.pick('File');
    await showAll();
  });

  it('fixes nothing on its own, but offers actions in the lightbulb, and details in the hover', async () => {
    const { workbench, page } = code;
    await search('orders.js');
    const line = (await rows()).find((row) => row.level === 2)?.description ?? '';
    await workbench.treeItem('Findings', line).dblclick();
    await waitFor('the editor', async () => (await workbench.activeEditor())?.file === 'orders.js');
    await workbench.runCommand('View: Focus Active Editor Group');
    // Away from where it chose the command: VS Code closes a hover that grows and moves out from under the mouse.
    await page.locator('.statusbar').hover();
    await page.keyboard.press('Control+K');
    await page.keyboard.press('Control+I');
    const hover = page.locator('.monaco-hover:visible', { hasText: 'confidence' }).first();
    await hover.waitFor();
    assert.match((await hover.textContent()) ?? '', /CWE-\d+/);
    await page.keyboard.press('Escape');
    await workbench.runCommand('Quick Fix...');
    const widget = page.locator('.action-widget:visible').first();
    await widget.waitFor();
    const text = (await widget.textContent()) ?? '';
    for (const action of [
      /Ignore js-\S+ on this line/,
      /Add this finding to the baseline/,
      /in this workspace/,
      /Explain/,
    ])
      assert.match(text, action);
    await page.keyboard.press('Escape');
    await showAll();
  });

  it('adds all findings to the baseline after confirmation', async () => {
    const { workbench } = code;
    await workbench.viewMenu('Findings', 'Add All Findings to Baseline');
    await workbench.dialogButton('Add').click();
    await message('in the baseline');
    await waitFor('an empty list', async () => (await rows()).length === 0);
    assert.match(await readFile(join(code.folder, '.codeagent/baseline.json'), 'utf8'), /"version":\s*1/);
  });
});
