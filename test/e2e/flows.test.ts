import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { violations } from './support/axe';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

// What was written by which tool: test/fixtures/sarif/README.md.
describe('flows of imported logs', () => {
  let code: VsCode;
  let detail: Frame;

  before(async () => {
    code = await VsCode.open({ fixture: 'sarif/flows', settings: { 'workbench.startupEditor': 'none' } });
    await code.workbench.openContainer('CodeAgent');
    detail = await code.workbench.webviewFrame('Finding Detail');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('flows-failure');
  });
  after(() => code.close());

  async function importLog(name: string): Promise<void> {
    const { workbench, page } = code;
    await workbench.runCommand('CodeAgent: Import SARIF…');
    const input = page.locator('.quick-input-widget input.input');
    await waitFor('the proposed folder', async () => (await input.inputValue()).startsWith(code.folder));
    await workbench.answer(join(code.folder, name));
    await workbench.toast(`Imported ${name}`).click('Show Findings');
  }
  const heading = () => detail.locator('h1').textContent();
  const places = () => detail.locator('.step-place').allTextContents();
  const editorLine = (text: string) => code.page.locator('.monaco-editor .view-line', { hasText: text }).first();

  /** Goes through all steps by key, and checks that each is current in turn, with its line in the editor. */
  async function stepThrough(expected: readonly (readonly [place: string, line: string])[]): Promise<void> {
    assert.deepEqual(
      await places(),
      expected.map(([place]) => place),
    );
    for (const [at, [place, line]] of expected.entries()) {
      await code.page.keyboard.press('Alt+F7');
      const current = detail.locator('[aria-current="step"]');
      await waitFor(`step ${at + 1}`, async () => (await current.locator('.number').textContent()) === String(at + 1));
      assert.equal(await current.locator('.step-place').textContent(), place);
      assert.equal(await current.locator('.step-code').textContent(), line);
      await editorLine(line).waitFor();
    }
  }

  const [imported, read, call] = [
    'from flask import Flask, request',
    'name = request.args["name"]',
    'return find(name)',
  ];
  const [take, build, run] = [
    'def find(name):',
    `text = f"select * from orders where name = '{name}'"`,
    'return sqlite3.connect("shop.db").execute(text).fetchall()',
  ];

  it('of CodeQL are stepped through, over two files', async () => {
    await importLog('codeql.sarif');
    await code.workbench.treeItem('Findings', 'orders.py:6').click();
    await waitFor('the finding', async () => (await heading()) === 'SQL query built from user-controlled sources');
    await waitFor('its steps', async () => (await places()).length === 10);
    await stepThrough([
      ['shop/app.py:1', imported],
      ['shop/app.py:1', imported],
      ['shop/app.py:10', read],
      ['shop/app.py:10', read],
      ['shop/app.py:10', read],
      ['shop/app.py:10', read],
      ['shop/app.py:11', call],
      ['shop/orders.py:4', take],
      ['shop/orders.py:5', build],
      ['shop/orders.py:6', run],
    ]);
  });

  it("show the tool's help as text, with links to the web alone", async () => {
    await detail.getByRole('heading', { name: 'About this rule' }).waitFor();
    const part = detail.locator('section', { has: detail.getByRole('heading', { name: 'About this rule' }) });
    assert.deepEqual(await part.locator('h3').allTextContents(), [
      'SQL query built from user-controlled sources',
      'Recommendation',
      'Example',
      'References',
    ]);
    assert.match(
      (await part.locator('pre').textContent()) ?? '',
      /# GOOD: the driver passes it as a value\n {4}return/,
    );
    assert.deepEqual(await part.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))), [
      'https://cwe.mitre.org/data/definitions/89.html',
    ]);
    assert.ok(((await part.textContent()) ?? '').includes('<img src=x onerror=alert(1)> a command'));
    assert.equal(await detail.locator('img, [onerror]').count(), 0);
    assert.deepEqual(await violations(detail), []);
  });

  it('move with what is typed above, in any file, and stay so when that is saved', async () => {
    const { page, workbench } = code;
    await detail.locator('.step-button').nth(2).click();
    await editorLine(read).click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('import os\n');
    await waitFor('the steps', async () => (await places())[2] === 'shop/app.py:11');
    assert.equal(await detail.locator('.step-code').nth(2).textContent(), read);
    assert.equal((await places())[9], 'shop/orders.py:6');
    const marked = page.locator('.view-line', { has: page.locator('[class*="ced-"]') });
    const areMarked = async () => {
      const lines = (await marked.allTextContents()).map((text) => text.replace(/\u00a0/g, ' ').trim());
      return [imported, read, call].every((line) => lines.includes(line)) && lines.length === 3;
    };
    await waitFor('the marks', areMarked);
    await page.keyboard.press('Control+S');
    await page.locator('.tab.active:not(.dirty)').waitFor();
    await workbench.treeItem('Findings', 'orders.py:12').click();
    await waitFor('the other finding', async () => (await places()).length === 5);
    await workbench.treeItem('Findings', 'orders.py:6').click();
    await waitFor('the finding', async () => (await places())[2] === 'shop/app.py:11');
    await page.keyboard.press('Alt+F7');
    await editorLine(imported).waitFor();
    await waitFor('the marks', areMarked);
  });

  it('of semgrep are stepped through', async () => {
    await importLog('semgrep.sarif');
    await code.workbench.treeItem('Findings', 'Request to SQL').click();
    await waitFor('the finding', async () => (await heading()) === 'Request to SQL');
    await waitFor('its steps', async () => (await places()).length === 4);
    await stepThrough([
      ['shop/orders.py:10', 'number = request.args["number"]'],
      ['shop/orders.py:10', 'number = request.args["number"]'],
      ['shop/orders.py:11', 'text = "delete from orders where id = " + number'],
      ['shop/orders.py:12', 'sqlite3.connect("shop.db").execute(text)'],
    ]);
  });
});
