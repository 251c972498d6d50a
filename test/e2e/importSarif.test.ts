import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';
import { patience } from '../support/patience.mjs';

const hostile = '<img src=x onerror=alert(1)> [x](command:workbench.action.quit) \u202eevil\u0007 ';

/** What another tool might have written. */
function foreignLog(): string {
  const result = (line: number, text: string, uri = 'api/files.ts') => ({
    ruleId: 'other/rule',
    level: 'error',
    message: { text },
    locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: line } } }],
  });
  const results = [result(2, `${hostile}${'x'.repeat(1_000_000)}`), result(3, 'A plain one.', hostile)];
  return JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'other' } }, results }] });
}

describe('Import SARIF', () => {
  let code: VsCode;
  /** The reports of other windows on this server. */
  let others = new Set<string>();

  /** The stored reports of this window's imports, as paths in the server's home. */
  async function kept(): Promise<string[]> {
    const all = await readdir(code.home, { recursive: true });
    return all.filter((path) => /imports\/[^/]+\.json$/.test(path) && !others.has(path));
  }

  before(async () => {
    code = await VsCode.open();
    others = new Set(await kept());
    await code.workbench.openContainer('CodeAgent');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('import-failure');
  });
  after(() => code.close());

  async function importFile(name: string): Promise<void> {
    await code.workbench.runCommand('CodeAgent: Import SARIF…');
    await answerPath(name);
  }

  /** Enters the path into the file dialog, once it has proposed its own. */
  async function answerPath(name: string): Promise<void> {
    const input = code.page.locator('.quick-input-widget input.input');
    await waitFor('the proposed folder', async () => (await input.inputValue()).startsWith(code.folder));
    await code.workbench.answer(join(code.folder, name));
  }

  it('shows what another tool found, and hostile text as text', async () => {
    await writeFile(join(code.folder, 'other.sarif'), foreignLog());
    await importFile('other.sarif');
    await code.workbench.toast('Imported other.sarif: 2 high').click('Open Report');
    const report = await code.workbench.webviewFrame('Scan Report: other.sarif');
    await report.locator('.issue').first().waitFor();
    assert.equal(await report.locator('main').locator('img, [onerror], script, a').count(), 0);
    const text = (await report.locator('.message').allTextContents()).join('\n');
    assert.ok(text.includes('<img src=x onerror=alert(1)> [x](command:workbench.action.quit)'));
    assert.doesNotMatch(text, /[\u202e\u0007]/);
    assert.ok(text.length < 10_000);
    await waitFor('Problems', async () => (await code.workbench.problems()).some((row) => row.includes('other')));
    await code.workbench.runCommand('View: Hide Panel');
  });

  it('says what is wrong with a file that is not SARIF', async () => {
    await writeFile(join(code.folder, 'bad.sarif'), '{"version":"2.0.0","runs":[]}');
    await importFile('bad.sarif');
    await code.workbench.toast('Could not import bad.sarif: its version is 2.0.0').row.waitFor();
    await code.workbench.runCommand('Notifications: Clear All Notifications');
  });

  it('restores what was exported', async () => {
    await code.workbench.runCommand('CodeAgent: Scan Workspace');
    const done = code.workbench.toast(/Scan completed/);
    const counts = /: (.+?) in \d/.exec(await done.text(patience(30_000)))?.[1];
    await code.workbench.runCommand('Notifications: Clear All Notifications');
    await code.workbench.treeMenu('Scans', /^sample/, 'Export Report…');
    await code.workbench.pick('SARIF');
    await answerPath('mine.sarif');
    await code.workbench.toast('Report saved').row.waitFor();
    await code.workbench.runCommand('Notifications: Clear All Notifications');
    await importFile('mine.sarif');
    assert.equal(await code.workbench.toast('Imported mine.sarif').text(), `Imported mine.sarif: ${counts}`);
  });

  it('comes back after a reload, and is deleted with its report', async () => {
    const loaded = code.page.waitForEvent('load');
    await code.workbench.runCommand('Developer: Reload Window');
    await loaded;
    await code.workbench.ready();
    await code.workbench.openContainer('CodeAgent');
    await code.workbench.treeMenu('Scans', 'mine.sarif', 'Open Report');
    const report = await code.workbench.webviewFrame('Scan Report: mine.sarif');
    await report.locator('.issue').first().waitFor();
    const before = await kept();
    assert.equal(before.length, 2);
    assert.ok((await readFile(join(code.home, before[0] ?? ''), 'utf8')).includes('"files"'));
    await code.workbench.treeMenu('Scans', 'mine.sarif', 'Remove Scan');
    await waitFor('its report to go', async () => (await kept()).length === 1);
  });
});
