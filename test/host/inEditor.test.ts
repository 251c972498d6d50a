import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import { noFilter } from '../../src/store/findings';
import { problemsOf, tabNamed, whenJob, withoutChecks } from './support';

const code = `const a = 1;
function run(input) {
  eval(input);
  return a;
}
`;

describe('findings in the editor', () => {
  withoutChecks();
  let api: ExtensionApi;
  let folder = '';
  let uri: vscode.Uri;

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    uri = vscode.Uri.file(join(folder, 'edited.js'));
    await writeFile(uri.fsPath, code);
    await scan();
  });
  after(async () => {
    await rm(uri.fsPath);
    await rm(join(folder, '.codeagent'), { recursive: true, force: true });
    api.findings.setFilter(noFilter);
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  async function scan(): Promise<void> {
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    const [started] = api.store.jobs;
    assert.ok(started);
    await whenJob(api, (job) => job.id === started.id && job.report !== undefined);
    await problemsOf(uri, (found) => found.length === 1);
  }
  async function open(): Promise<vscode.TextEditor> {
    return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
  }
  const lineIs = (line: number) => problemsOf(uri, ([first]) => first?.range.start.line === line);

  it('move with the lines, and are marked while their line differs', async () => {
    const editor = await open();
    await lineIs(2);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), '// one\n// two\n'));
    const [moved] = await lineIs(4);
    assert.equal(editor.document.getText(moved?.range), 'eval(input)');
    await editor.edit((edit) => edit.insert(new vscode.Position(4, 0), '    '));
    const [indented] = await problemsOf(uri, ([first]) => first?.range.start.character === 6);
    assert.equal(editor.document.getText(indented?.range), 'eval(input)');
    const isMarked = ([first]: vscode.Diagnostic[]) => first?.message.includes('changed since the scan') === true;
    const row = () => {
      const [finding] = inView();
      assert.ok(finding);
      return String(api.findings.getTreeItem({ kind: 'finding', finding }).description);
    };
    assert.doesNotMatch(row(), /changed/);
    await editor.edit((edit) => edit.replace(new vscode.Range(4, 6, 4, 10), 'parse'));
    await problemsOf(uri, isMarked);
    assert.match(row(), /^changed since the scan · edited\.js:3/);
    assert.deepEqual(await actions(), [], 'nothing to do about what may be gone');
    await editor.edit((edit) => edit.replace(new vscode.Range(4, 6, 4, 11), 'eval'));
    await problemsOf(uri, (found) => found.length === 1 && !isMarked(found));
    assert.doesNotMatch(row(), /changed/);
  });

  it('show severity, confidence, CWE and analyzer in the hover', async () => {
    await open();
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      uri,
      new vscode.Position(2, 4),
    );
    const text = hovers
      .flatMap((hover) => hover.contents)
      .map((part) => (part instanceof vscode.MarkdownString ? part.value : ''))
      .join('\n');
    assert.match(
      text,
      /^\*\*Code.*eval\*\* · (High|Critical|Medium) · \w+ confidence · \[CWE-\d+\]\(https:\/\/cwe\.mitre\.org/,
    );
    assert.match(text, /ast\\?-grep/);
  });

  async function actions(): Promise<vscode.CodeAction[]> {
    return vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, new vscode.Range(2, 4, 2, 4));
  }
  async function act(title: RegExp): Promise<void> {
    const action = (await actions()).find((one) => title.test(one.title));
    assert.ok(action?.command, String(title));
    const [argument] = (action.command.arguments ?? []) as unknown[];
    await vscode.commands.executeCommand(action.command.command, argument);
  }

  it('offer to ignore, to add to the baseline and to explain', async () => {
    await open();
    const titles = (await actions()).map((one) => one.title);
    for (const title of [
      'Ignore js-eval on this line',
      'Add this finding to the baseline',
      'Ignore js-eval in this file',
      'Ignore js-eval in this workspace',
      'Explain js-eval',
    ])
      assert.ok(titles.includes(title), titles.join('\n'));
  });

  it('are explained without a browser', async () => {
    await open();
    await act(/^Explain js-eval$/);
    await tabNamed('js-eval');
    const page = await vscode.workspace.openTextDocument(vscode.Uri.parse('codeagent-rule:/js-eval.md'));
    for (const part of ['# Code injection through eval', '## Bad', '## Good', '/definitions/95.html'])
      assert.ok(page.getText().includes(part), page.getText());
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });

  it('without a page of their own explain themselves', async () => {
    const issue = {
      tool: 'osv',
      type: 'dependency',
      message: 'left-pad 1.0.0 has a known vulnerability: [link](command:evil) <b>x</b>.',
      severity: 'high',
      file: 'package-lock.json',
      line: 1,
      rule_id: 'GHSA-xxxx-yyyy-zzzz',
      suggestion: 'Update to 1.0.1.',
      cwe: ['CWE-1395', 'CWE-1) [x](command:evil'],
      help_url: 'https://osv.dev/vulnerability/GHSA-xxxx-yyyy-zzzz',
    };
    await vscode.commands.executeCommand('codeagent.explainFinding', { kind: 'finding', finding: { issue } });
    await tabNamed('GHSA');
    const uri = vscode.Uri.from({ scheme: 'codeagent-rule', path: '/osv/GHSA-xxxx-yyyy-zzzz.md' });
    const text = (await vscode.workspace.openTextDocument(uri)).getText();
    for (const part of ['Update to 1', '/definitions/1395.html', '<https://osv.dev/', '# Vulnerable dependency'])
      assert.ok(text.includes(part), text);
    assert.ok(!text.includes('](command:') && !text.includes('<b>'), text);
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });

  it('show above their lines if the setting is on', async () => {
    await open();
    await lineIs(2);
    const lenses = () => vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri);
    assert.deepEqual(await lenses(), []);
    await vscode.workspace.getConfiguration().update('codeagent.codeLens', true, true);
    const shown = await lenses();
    await vscode.workspace.getConfiguration().update('codeagent.codeLens', undefined, true);
    assert.deepEqual(
      shown.map(({ range, command }) => `${range.start.line} ${command?.title}`),
      ['2 High · Code injection through eval', '2 Ignore', '2 Explain'],
    );
    const [first] = shown;
    await vscode.window.activeTextEditor?.edit((edit) => edit.insert(new vscode.Position(0, 0), '\n'));
    const [argument] = (first?.command?.arguments ?? []) as unknown[];
    await vscode.commands.executeCommand(first?.command?.command ?? '', argument);
    assert.equal(vscode.window.activeTextEditor?.selection.start.line, 3, 'where the line is now');
  });

  it('are ignored by a comment that the engine honors', async () => {
    const editor = await open();
    await act(/on this line/);
    assert.match(editor.document.lineAt(2).text, /^ {2}\/\/ codeagent-ignore js-eval$/);
    assert.ok(editor.document.isDirty, 'the user saves');
    await editor.document.save();
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    const [started] = api.store.jobs;
    assert.ok(started);
    await whenJob(api, (job) => job.id === started.id && job.report !== undefined);
    await problemsOf(uri, (found) => found.length === 0);
    await vscode.commands.executeCommand('undo');
    await editor.document.save();
    assert.equal(editor.document.getText(), code);
    await scan();
  });

  const inView = () => api.findings.shown.filter(({ issue }) => issue.file === 'edited.js');

  it('are added to the baseline, and removed when restored', async () => {
    await open();
    await act(/baseline/);
    await problemsOf(uri, (found) => found.length === 0);
    assert.deepEqual(inView(), []);
    assert.match(api.findings.view.message ?? '', /1 in the baseline\./);
    const file = join(folder, '.codeagent/baseline.json');
    assert.match(await readFile(file, 'utf8'), /"file":"edited.js","rule":"js-eval","fingerprint":"[0-9a-f]+"/);
    // It is still recognized after lines have moved.
    await writeFile(uri.fsPath, `// first\n\n${code}`);
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    const [started] = api.store.jobs;
    assert.ok(started);
    await whenJob(api, (job) => job.id === started.id && job.report !== undefined);
    assert.deepEqual(inView(), []);
    await writeFile(uri.fsPath, code);

    api.findings.setFilter({ ...noFilter, suppressed: true });
    const [finding] = inView();
    assert.equal(finding?.state, 'known');
    await vscode.commands.executeCommand('codeagent.restoreFinding', { kind: 'finding', finding });
    api.findings.setFilter(noFilter);
    assert.equal(inView().length, 1);
    assert.ok(!existsSync(file), 'an empty baseline is none');
    await scan();
  });

  it('are ignored in their file, and restored', async () => {
    await open();
    await act(/^Ignore js-eval in this file$/);
    await problemsOf(uri, (found) => found.length === 0);
    const read = () => vscode.workspace.getConfiguration().get('codeagent.ignoredRulesInFiles');
    assert.deepEqual(read(), { 'edited.js': ['js-eval'] });
    api.findings.setFilter({ ...noFilter, suppressed: true });
    const [finding] = inView();
    assert.equal(finding?.state, 'ignored');
    await vscode.commands.executeCommand('codeagent.restoreFinding', { kind: 'finding', finding });
    api.findings.setFilter(noFilter);
    await problemsOf(uri, (found) => found.length === 1);
    assert.deepEqual(read(), {});
  });

  it('are open again when their entry in the baseline has expired', async () => {
    const [finding] = inView();
    assert.ok(finding?.issue.fingerprint);
    const file = vscode.Uri.file(join(folder, '.codeagent/baseline.json'));
    const { fingerprint } = finding.issue;
    const write = (expires: string) =>
      vscode.workspace.fs.writeFile(
        file,
        new TextEncoder().encode(JSON.stringify({ version: 1, findings: [{ fingerprint, expires }] })),
      );
    await write('2999-12-31');
    await problemsOf(uri, (found) => found.length === 0);
    await write('2000-12-31');
    await problemsOf(uri, (found) => found.length === 1);
    await vscode.workspace.fs.delete(file);
  });

  it('follow a baseline committed with the code', async () => {
    const [finding] = inView();
    assert.ok(finding?.issue.fingerprint);
    const file = vscode.Uri.file(join(folder, '.codeagent/baseline.json'));
    const { fingerprint } = finding.issue;
    await vscode.workspace.fs.writeFile(
      file,
      new TextEncoder().encode(JSON.stringify({ version: 1, findings: [{ fingerprint }] })),
    );
    await problemsOf(uri, (found) => found.length === 0);
    await vscode.workspace.fs.delete(file);
    await problemsOf(uri, (found) => found.length === 1);
  });

  it('of an ignored rule are hidden, and counted', async () => {
    await open();
    await act(/in this workspace/);
    await problemsOf(uri, (found) => found.length === 0);
    assert.match(api.findings.view.message ?? '', /\d+ ignored\./);
    await vscode.workspace.getConfiguration().update('codeagent.ignoredRules', undefined, false);
    await problemsOf(uri, (found) => found.length === 1);
  });
});
