import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

describe('partial scans', () => {
  let code: VsCode;

  before(async () => {
    code = await VsCode.open({ settings: { 'codeagent.notifications': 'none' } });
    await code.workbench.openContainer('CodeAgent');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('scopes-failure');
  });
  after(() => code.close());

  /** Waits for the scan with a label to end. @returns the text of its row then */
  const ended = (label: string | RegExp) =>
    waitFor(`the scan of ${String(label)}`, async () => {
      const row = (await code.workbench.treeItems('Scans')).find((one) => one.level === 1);
      const fits = typeof label === 'string' ? row?.label === label : label.test(row?.label ?? '');
      return fits && /\b(?:critical|high|medium|low|no findings)\b/i.test(row?.description ?? '') && row?.description;
    });
  const explorer = async () => {
    await code.workbench.runCommand('View: Show Explorer');
    await code.workbench.treeItem('Files Explorer', 'api').waitFor();
  };
  const scans = () => code.workbench.openContainer('CodeAgent');

  it('scan a folder from the Explorer', async () => {
    await explorer();
    await code.workbench.treeMenu('Files Explorer', 'api', 'Scan Folder…');
    await scans();
    assert.match(await ended('api'), /critical/);
  });

  it('scan a file from the Explorer and from its editor', async () => {
    await explorer();
    await code.workbench.treeItem('Files Explorer', 'jobs').click();
    await code.workbench.treeMenu('Files Explorer', 'imports.py', 'Scan File');
    await scans();
    assert.match(await ended('imports.py'), /high/);
    await explorer();
    await code.workbench.treeItem('Files Explorer', 'safe.py').click();
    await waitFor('the editor', async () => (await code.workbench.activeEditor())?.file === 'safe.py');
    await code.workbench.runCommand('CodeAgent: Scan File');
    await scans();
    assert.match(await ended('safe.py'), /no findings/i);
  });

  it('scan the open editors', async () => {
    await code.workbench.runCommand('CodeAgent: Scan Open Editors');
    assert.match(await ended('1 open file'), /no findings/i);
    await code.workbench.runCommand('View: Close All Editors');
    await code.workbench.runCommand('CodeAgent: Scan Open Editors');
    assert.match(await code.workbench.toast(/No files/).text(), /No files of this workspace are open/);
  });

  it('scan the changed files', async () => {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: code.folder, stdio: 'ignore' });
    const commit = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '-m', 'all'];
    git('init', '--quiet');
    git('add', '.');
    git(...commit);
    await writeFile(join(code.folder, 'new.js'), 'eval(input);\n');
    await code.workbench.viewMenu('Scans', 'Scan Changed Files…');
    await code.workbench.pick('HEAD');
    assert.match(await ended('sample, 1 changed file'), /1 high/);
  });

  it('scan locally on request', async () => {
    await code.workbench.runCommand('CodeAgent: Scan Locally');
    assert.match(await ended('sample'), /critical/);
  });

  it('show their progress and log from the menu', async () => {
    await code.workbench.treeMenu('Scans', 'sample', 'Show Progress');
    const panel = await code.workbench.webviewFrame('Scan Progress: sample');
    await waitFor('its end', async () => (await panel.locator('.percent').textContent()) === '100%');
    await code.workbench.treeMenu('Scans', 'sample', 'Show Log');
    await waitFor('the log', async () => (await code.workbench.outputText()).includes('[info]'));
  });
});
