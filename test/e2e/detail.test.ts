import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { violations } from './support/axe';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

const hostile = '<img src=x onerror=alert(1)> [x](command:workbench.action.quit) \u202e';

const app = `from db import query


def handler(request):
    name = request.args["name"]
    return query(name)
`;
const db = `import sqlite3


def query(name):
    text = f"select * from users where name = '{name}'"
    return connection.execute(text)
`;

const crowded = 'first(a); second(b)\n';

/**
 * A SARIF log with a flow over two files, a fix, a finding that is nothing but hostile text, and three on one line with a fix that nothing tells the code of.
 */
function log(): string {
  const place = (uri: string, startLine: number, startColumn: number, endColumn: number) => ({
    physicalLocation: { artifactLocation: { uri }, region: { startLine, startColumn, endColumn } },
  });
  const step = (text: string, ...at: Parameters<typeof place>) => ({
    location: { ...place(...at), message: { text } },
  });
  const locations = [
    step('The name comes from the request', 'flow/app.py', 5, 12, 32),
    step('It is passed on', 'flow/app.py', 6, 18, 22),
    step('The text of the query is put together', 'flow/db.py', 5, 12, 56),
    step('It is executed', 'flow/db.py', 6, 31, 35),
  ];
  const found = {
    ruleId: 'py/sql-injection',
    level: 'error',
    message: { text: 'A query is put together from request data, so that a user can change what it does.' },
    locations: [place('flow/db.py', 6, 31, 35)],
    codeFlows: [{ threadFlows: [{ locations }] }],
    fixes: [
      {
        description: { text: 'Pass the name as a parameter' },
        artifactChanges: [
          {
            artifactLocation: { uri: 'flow/db.py' },
            replacements: [
              {
                deletedRegion: { startLine: 5, startColumn: 12, endLine: 5, endColumn: 56 },
                insertedContent: { text: '"select * from users where name = ?"' },
              },
              {
                deletedRegion: { startLine: 6, startColumn: 35, endLine: 6, endColumn: 35 },
                insertedContent: { text: ', (name,)' },
              },
            ],
          },
        ],
      },
    ],
  };
  const evil = {
    ruleId: 'evil/rule',
    level: 'warning',
    message: { text: hostile.repeat(20) },
    locations: [place('flow/app.py', 1, 1, 5)],
    codeFlows: [{ threadFlows: [{ locations: [step(hostile, 'flow/app.py', 1, 1, 5)] }] }],
    fixes: [
      {
        description: { text: hostile },
        artifactChanges: [
          {
            artifactLocation: { uri: 'flow/app.py' },
            replacements: [{ deletedRegion: { startLine: 1, startColumn: 1 }, insertedContent: { text: hostile } }],
          },
        ],
      },
    ],
  };
  const onLine = (ruleId: string, startColumn: number, endColumn: number) => ({
    ...{ ruleId, level: 'note', message: { text: ruleId } },
    locations: [place('flow/crowded.py', 1, startColumn, endColumn)],
    fixes: [
      {
        artifactChanges: [
          {
            artifactLocation: { uri: 'flow/crowded.py' },
            replacements: [{ deletedRegion: { startLine: 1, startColumn: 1, endColumn: 6 } }],
          },
        ],
      },
    ],
  });
  const three = [onLine('line/first', 1, 9), onLine('line/second', 11, 20), onLine('line/third', 11, 20)];
  const artifacts = Object.entries({ 'flow/app.py': app, 'flow/db.py': db }).map(([uri, text]) => ({
    location: { uri },
    hashes: { 'sha-256': createHash('sha256').update(text).digest('hex') },
  }));
  const rules = [{ id: 'py/sql-injection', properties: { tags: ['external/cwe/cwe-089'] } }, { id: 'evil/rule' }];
  return JSON.stringify({
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'CodeQL', rules } }, artifacts, results: [found, evil, ...three] }],
  });
}

/** One of our reports, with an update of a dependency. */
function outdated(): string {
  const issue = {
    ...{ tool: 'osv', type: 'dependency', title: 'Vulnerable dependency: left-pad', severity: 'high' },
    ...{ message: 'left-pad 1.0.0 has a known vulnerability.', file: 'flow/package.json', rule_id: 'GHSA-1', line: 2 },
    snippet: '"dependencies": { "left-pad": "1.0.0" }',
    fix: {
      title: 'Update left-pad to 1.3.0',
      edits: [{ start: { line: 2, column: 34 }, end: { line: 2, column: 39 }, text: '1.3.0' }],
      refresh: { command: 'touch refreshed.lock', folder: 'flow' },
    },
  };
  return JSON.stringify({
    job_id: 'deps',
    meta: { tools: ['osv'], repo: { source: 'path' }, generated_at: '2026-11-30T00:00:00Z', duration_ms: 1 },
    summary: { critical: 0, high: 1, medium: 0, low: 0 },
    files: [{ path: issue.file, issues: [issue] }],
  });
}

describe('Finding Detail', () => {
  let code: VsCode;
  let detail: Frame;

  before(async () => {
    code = await VsCode.open({ settings: { 'workbench.startupEditor': 'none' } });
    const { workbench, page } = code;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await mkdir(join(code.folder, 'flow'));
    await writeFile(join(code.folder, 'flow/app.py'), app);
    await writeFile(join(code.folder, 'flow/db.py'), db);
    await writeFile(join(code.folder, 'flow/crowded.py'), crowded);
    await writeFile(join(code.folder, 'flow.sarif'), log());
    await workbench.openContainer('CodeAgent');
    detail = await workbench.webviewFrame('Finding Detail');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('detail-failure');
  });
  after(() => code.close());

  const heading = () => detail.locator('h1').textContent();
  const editorLine = (text: string) => code.page.locator('.monaco-editor .view-line', { hasText: text }).first();
  const focusIsInList = () =>
    code.page.evaluate(
      () => document.activeElement?.closest('.monaco-list') !== null && document.activeElement !== null,
    );

  it('says what to select while nothing is selected', async () => {
    await detail.getByText('Select a finding in the Findings view').waitFor();
  });

  // A click runs the command "Preview Finding".
  it('follows the selection in the list, which keeps the focus', async () => {
    const { workbench, page } = code;
    await workbench.runCommand('CodeAgent: Import SARIF…');
    const input = page.locator('.quick-input-widget input.input');
    await waitFor('the proposed folder', async () => (await input.inputValue()).startsWith(code.folder));
    await workbench.answer(join(code.folder, 'flow.sarif'));
    await workbench.toast('Imported flow.sarif').click('Show Findings');
    await workbench.treeItem('Findings', 'SQL injection').click();
    await waitFor('the finding', async () => (await heading()) === 'SQL injection');
    await editorLine('connection.execute(text)').waitFor();
    assert.ok(await focusIsInList(), 'a click previews');
    assert.equal(await page.locator('.tab.active.dirty').count(), 0);
    await detail.getByText('so that a user can change what it does').waitFor();
    assert.deepEqual(await detail.locator('.step-code').allTextContents(), [
      'name = request.args["name"]',
      'return query(name)',
      'text = f"select * from users where name = \'{name}\'"',
      'return connection.execute(text)',
    ]);
    assert.equal(await detail.getByRole('link', { name: 'CWE-89: SQL injection' }).count(), 1);
  });

  it('goes through the steps by key and by command, across files, and marks each', async () => {
    const { workbench, page } = code;
    const current = () => detail.locator('[aria-current="step"] .number').textContent();
    await page.keyboard.press('Alt+F7');
    await waitFor('step 1', async () => (await current()) === '1');
    await editorLine('request.args').waitFor();
    await waitFor('its mark', async () => (await page.locator('.view-line [class*="ced-"]').count()) > 0);
    assert.ok(await focusIsInList(), 'the focus stays');
    assert.equal(await heading(), 'SQL injection', 'still the same finding');
    await workbench.runCommand('CodeAgent: Next Step of Flow');
    await waitFor('step 2', async () => (await current()) === '2');
    await workbench.runCommand('CodeAgent: Previous Step of Flow');
    await waitFor('step 1', async () => (await current()) === '1');
    await detail.locator('.step-button').nth(2).click();
    await editorLine('select * from users').waitFor();
    await waitFor('step 3', async () => (await current()) === '3');
    await page.keyboard.press('ArrowDown');
    await waitFor('step 4', async () => (await current()) === '4');
    assert.equal(await detail.locator('.step-count').textContent(), 'Step 4 of 4');
    assert.equal(await detail.evaluate(() => document.activeElement?.getAttribute('aria-current')), 'step');
  });

  for (const theme of ['dark', 'light', 'hc', 'hcLight'] as const) {
    it(`passes axe-core (${theme})`, async () => {
      await code.setTheme(theme);
      await code.screenshot(`detail-${theme}`);
      assert.deepEqual(await violations(detail), []);
    });
  }

  it('copies the finding as Markdown', async () => {
    await detail.getByRole('button', { name: 'Copy as Markdown' }).click();
    const copied = () => code.page.evaluate(() => navigator.clipboard.readText());
    await waitFor('the clipboard', async () => (await copied()).startsWith('### SQL injection'));
    await code.workbench.treeMenu('Findings', 'SQL injection', 'Copy Finding as Markdown');
  });

  it('shows the fix as a diff, applies and undoes it', async () => {
    const { workbench } = code;
    const rows = await detail.locator('.diff .row').allTextContents();
    assert.ok(
      rows.some((row) => row.includes('+') && row.includes('name = ?')),
      rows.join('\n'),
    );
    await detail.getByRole('button', { name: 'Apply Fix' }).click();
    const toast = workbench.toast('Fixed: Pass the name as a parameter');
    await editorLine('connection.execute(text, (name,))').waitFor();
    await detail.getByText('The code has changed since the scan.', { exact: true }).waitFor();
    assert.equal(await readFile(join(code.folder, 'flow/db.py'), 'utf8'), db, 'not saved');
    await toast.click('Undo');
    await editorLine("where name = '{name}'").waitFor();
    await detail.getByRole('button', { name: 'Apply Fix' }).waitFor();
    for (const command of ['Apply Fix', 'Fix All of This Rule in File']) {
      await workbench.runCommand(`CodeAgent: ${command}`);
      await workbench.toast('Fixed: ').row.waitFor();
      await editorLine('connection.execute(text, (name,))').waitFor();
      await workbench.toast('Fixed: ').click('Undo');
      // The next test would find the code changed.
      await editorLine("where name = '{name}'").waitFor();
      await detail.getByRole('button', { name: 'Apply Fix' }).waitFor();
    }
  });

  it('shows the refactor preview for all fixes of the rule', async () => {
    const { workbench, page } = code;
    await workbench.runCommand('CodeAgent: Fix All of This Rule in Workspace…');
    await page.getByRole('button', { name: 'Discard' }).first().click();
    await workbench.runCommand('CodeAgent: Fix All of This Rule in Workspace…');
    // Nothing is chosen until somebody does.
    await page.locator('.edit-checkbox').first().check();
    await page.getByRole('button', { name: 'Apply' }).first().click();
    await editorLine('connection.execute(text, (name,))').waitFor();
    await page.keyboard.press('Control+Z');
    await editorLine("where name = '{name}'").waitFor();
    await detail.getByRole('button', { name: 'Apply Fix' }).waitFor();
  });

  it('shows hostile text as text', async () => {
    const { workbench } = code;
    await workbench.treeItem('Findings', 'app.py').click();
    await waitFor('the finding', async () => (await heading()) !== 'SQL injection');
    await waitFor('its fix', async () => (await detail.locator('.diff').count()) === 1);
    assert.equal(await detail.locator('img, [onerror], main script').count(), 0);
    const text = (await detail.locator('main').textContent()) ?? '';
    assert.ok(text.includes('<img src=x onerror=alert(1)> [x](command:workbench.action.quit)'));
    assert.doesNotMatch(text, /\u202e/);
  });

  it('reaches each of several findings on a line, by the cursor and by its buttons', async () => {
    const { workbench, page } = code;
    await workbench.treeItem('Findings', 'line/first').click();
    await waitFor('the first', async () => (await heading()) === 'line/first');
    await detail.getByText('Finding 1 of 3 on this line').waitFor();
    await editorLine('first(a)').click({ position: { x: 10, y: 5 } });
    await page.keyboard.press('Home');
    for (let at = 0; at < 12; at += 1) await page.keyboard.press('ArrowRight');
    await waitFor('the second', async () => (await heading()) === 'line/second');
    await page.keyboard.press('Home');
    await waitFor('the first again', async () => (await heading()) === 'line/first');
    for (const name of ['line/second', 'line/third', 'line/first']) {
      await detail.getByRole('button', { name: 'Next finding on this line' }).click();
      await waitFor(name, async () => (await heading()) === name);
    }
    await detail.getByRole('button', { name: 'Previous finding on this line' }).click();
    await waitFor('the last', async () => (await heading()) === 'line/third');
  });

  it('offers no fix of code that the log does not identify, and says why', async () => {
    await detail.getByText('the imported report does not say which version of flow/crowded.py was scanned').waitFor();
    assert.equal(await detail.getByRole('button', { name: 'Apply Fix' }).count(), 0);
  });

  it('offers to ignore what the lightbulb does', async () => {
    const { workbench } = code;
    const settings = () => readFile(join(code.folder, '.vscode/settings.json'), 'utf8');
    await detail.getByRole('button', { name: 'Ignore Rule in This Folder' }).click();
    await detail.getByText('Ignored.').waitFor();
    assert.match(await settings(), /"flow\/": \[\s*"line\/third"/);
    await workbench.toast('Ignored in flow').click('Undo');
    await detail.getByRole('button', { name: 'Turn Off Rule for the Team' }).click();
    await detail.getByText('Decided in .codeagent/config.json').waitFor();
    await workbench.toast('Off in .codeagent/config.json').click('Undo');
    await detail.getByRole('button', { name: 'Turn Off Rule for the Team' }).waitFor();
  });

  it('follows the cursor in the editor, and suppresses with a reason', async () => {
    const { workbench, page } = code;
    await workbench.treeItem('Findings', 'SQL injection').click();
    await editorLine('connection.execute(text)').click();
    await waitFor('the finding', async () => (await heading()) === 'SQL injection');
    await detail.getByRole('textbox', { name: 'Reason (optional)' }).fill('Only tests call it');
    await page.keyboard.press('Enter');
    await detail.getByText('In the baseline: Only tests call it').waitFor();
    const baseline = await readFile(join(code.folder, '.codeagent/baseline.json'), 'utf8');
    assert.match(baseline, /"reason":"Only tests call it"/);
    await workbench.toast('Added to the baseline').click('Undo');
    await detail.getByRole('textbox', { name: 'Reason (optional)' }).waitFor();
  });

  it('suppresses for a while', async () => {
    const { workbench } = code;
    await detail.getByRole('combobox', { name: 'Expires' }).selectOption({ label: 'For 30 days' });
    await detail.getByRole('button', { name: 'Add to Baseline' }).click();
    await detail.getByText(/^Until \d{4}-\d\d-\d\d\.$/).waitFor();
    const baseline = await readFile(join(code.folder, '.codeagent/baseline.json'), 'utf8');
    assert.match(baseline, /"expires":"\d{4}-\d\d-\d\d"/);
    await workbench.toast('Added to the baseline').click('Undo');
    await detail.getByRole('button', { name: 'Add to Baseline' }).waitFor();
  });

  it('comes back after a reload', async () => {
    await code.reload();
    await code.workbench.openContainer('CodeAgent');
    detail = await code.workbench.webviewFrame('Finding Detail');
    await waitFor('the finding', async () => (await heading()) === 'SQL injection');
  });

  // The lightbulb's fix offers the same through the command "Refresh Lockfile".
  it('offers to refresh the lockfile after an update', async () => {
    const { workbench } = code;
    const manifest = '{\n  "dependencies": { "left-pad": "1.0.0" }\n}\n';
    await writeFile(join(code.folder, 'flow/package.json'), manifest);
    await writeFile(join(code.folder, 'deps.json'), outdated());
    await workbench.runCommand('CodeAgent: Import SARIF…');
    const input = code.page.locator('.quick-input-widget input.input');
    await waitFor('the proposed folder', async () => (await input.inputValue()).startsWith(code.folder));
    await workbench.answer(join(code.folder, 'deps.json'));
    await workbench.toast('Imported deps.json').click('Show Findings');
    await workbench.treeItem('Findings', 'Vulnerable dependency: left-pad').click();
    await waitFor('the finding', async () => (await heading()) === 'Vulnerable dependency: left-pad');
    await detail.getByRole('button', { name: 'Apply Fix' }).click();
    await workbench.toast('Fixed: Update left-pad to 1.3.0').click('Run touch refreshed.lock');
    await waitFor('the command', async () => (await readdir(join(code.folder, 'flow'))).includes('refreshed.lock'));
    // Saved first, or the command would read the old one.
    assert.equal(await readFile(join(code.folder, 'flow/package.json'), 'utf8'), manifest.replace('1.0.0', '1.3.0'));
    await workbench.runCommand('Terminal: Kill the Active Terminal Instance');
  });
});
