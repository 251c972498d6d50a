import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import { problemsOf, whenJob, whenStore } from './support';

const bad = 'eval(input);\n';
const good = 'parse(input);\n';
const insertion = (line: number, text: string) => ({ start: { line, column: 1 }, end: { line, column: 1 }, text });

describe('saved files', () => {
  let api: ExtensionApi;
  let folder = '';
  const at = (path: string) => vscode.Uri.file(join(folder, 'saved', path));
  const problems = (path: string, count: number) => problemsOf(at(path), (found) => found.length === count);
  const names = Array.from({ length: 150 }, (_, i) => `many/f${i}.js`);
  const inView = (path: string) => api.findings.shown.filter(({ issue }) => issue.file === `saved/${path}`);

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    await mkdir(at('many').fsPath, { recursive: true });
    for (const path of ['a.js', 'b.js', 'c.py']) await writeFile(at(path).fsPath, path === 'b.js' ? bad : good);
    for (const path of names) await writeFile(at(path).fsPath, good);
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    const [started] = api.store.jobs;
    assert.ok(started);
    await whenJob(api, (job) => job.id === started.id && job.report !== undefined);
    await problems('b.js', 1);
  });
  after(() => rm(join(folder, 'saved'), { recursive: true }));
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  async function replace(path: string, text: string): Promise<vscode.TextDocument> {
    const document = await vscode.workspace.openTextDocument(at(path));
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
    await vscode.workspace.applyEdit(edit);
    return document;
  }
  async function save(path: string, text: string): Promise<void> {
    const document = await replace(path, text);
    await document.save();
  }

  it('add what is new and drop what is fixed, without a job, everywhere', async () => {
    const jobs = api.store.jobs.map(({ id }) => id);
    const badge = () => api.findings.view.badge?.value ?? 0;
    const before = badge();
    await save('a.js', bad + bad);
    await problems('a.js', 2);
    assert.equal(badge(), before + 2);
    assert.equal(inView('a.js').length, 2);
    await save('a.js', bad);
    await problems('a.js', 1);
    await save('b.js', good);
    await problems('b.js', 0);
    assert.equal(badge(), before);
    assert.deepEqual(inView('b.js'), []);
    assert.deepEqual(
      api.store.jobs.map(({ id }) => id),
      jobs,
      'no job of their own',
    );
  });

  it('stay until a scan that was started later covers them', async () => {
    await save('a.js', bad + bad + bad);
    await problems('a.js', 3);
    await writeFile(at('b.js').fsPath, bad);
    await vscode.commands.executeCommand('codeagent.scanFile', at('b.js'));
    await problems('b.js', 1);
    await problems('a.js', 3);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await writeFile(at('a.js').fsPath, bad);
    await vscode.commands.executeCommand('codeagent.scanFile', at('a.js'));
    await problems('a.js', 1);
    assert.equal(inView('a.js').length, 1);
  });

  it('are checked together when many are saved together', async () => {
    let calls = 0;
    const counting = api.store.onChange(({ action }) => (calls += action === 'checked' ? 1 : 0));
    for (const path of names) await replace(path, bad);
    await vscode.workspace.saveAll(false);
    for (const path of names) await problems(path, 1);
    counting.dispose();
    assert.ok(calls < names.length / 2, `${calls} calls`);
  });

  it('are forgotten when they are deleted', async () => {
    await save('a.js', bad);
    await problems('a.js', 1);
    const edit = new vscode.WorkspaceEdit();
    edit.deleteFile(at('a.js'));
    await vscode.workspace.applyEdit(edit);
    await problems('a.js', 0);
    assert.deepEqual(inView('a.js'), []);
    await writeFile(at('a.js').fsPath, good);
  });

  it('keep their fixes, and are the same findings as before, for what a scan had found', async () => {
    const text = 'import yaml\n\n\ndef key(data):\n    return yaml.load(data)\n';
    await writeFile(at('fix.py').fsPath, text);
    await vscode.commands.executeCommand('codeagent.scanFile', at('fix.py'));
    await problems('fix.py', 1);
    // Those of a running scan have no fix yet.
    await whenStore(api, () => inView('fix.py')[0]?.issue.fix !== undefined);
    const [before] = inView('fix.py');
    assert.ok(before);
    await save('fix.py', `# A comment.\n${text}`);
    await problemsOf(at('fix.py'), ([found]) => found?.range.start.line === 5);
    await whenStore(api, () => inView('fix.py')[0]?.issue.line === 6);
    const [now] = inView('fix.py');
    assert.ok(now?.issue.fix);
    assert.equal(now.id, before.id);
    const other = '# Another file.\n';
    // Code that the fix does not touch on its own line: an import would be there.
    const fix = { ...now.issue.fix, edits: [...now.issue.fix.edits, insertion(1, other)] };
    await vscode.commands.executeCommand('codeagent.fixFinding', {
      kind: 'finding',
      finding: { ...now, issue: { ...now.issue, fix } },
    });
    const document = await vscode.workspace.openTextDocument(at('fix.py'));
    assert.ok(document.getText().startsWith(other), document.getText());
    await document.save();
    await problems('fix.py', 0);
  });

  it('take along the file that data of theirs reached', async () => {
    const source = (value: string) =>
      `from flask import Flask, request\nfrom .sink import run\napp = Flask(__name__)\n@app.route("/")\ndef index():\n    return run(${value})\n`;
    await mkdir(at('way').fsPath, { recursive: true });
    await writeFile(at('way/source.py').fsPath, source('request.args["v"]'));
    await writeFile(at('way/sink.py').fsPath, 'import os\ndef run(text):\n    return os.system(text)\n');
    await vscode.commands.executeCommand('codeagent.scanFolder', at('way'));
    const across = () => inView('way/sink.py').filter(({ issue: { flow = [] } }) => flow.length > 1);
    await whenStore(api, () => across().length === 1);
    await save('way/source.py', source('"ls"'));
    await whenStore(api, () => across().length === 0);
    await save('way/source.py', source('request.args["v"]'));
    await whenStore(api, () => across().length === 1);
  });

  it('include those that other programs write, as far as they have findings', async () => {
    await save('a.js', bad + bad);
    await problems('a.js', 2);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await writeFile(at('a.js').fsPath, bad);
    await problems('a.js', 1);
    await whenStore(api, () => inView('a.js').length === 1);
    await rm(at('a.js').fsPath);
    await problems('a.js', 0);
    await writeFile(at('a.js').fsPath, good);
  });

  it('are not all checked when very many are written at once, but show which findings have changed', async () => {
    for (const path of names) await writeFile(at(path).fsPath, bad);
    await vscode.commands.executeCommand('codeagent.scanFolder', at('many'));
    for (const path of names) await problems(path, 1);
    const checked = () =>
      names.filter((path) => (api.store.checked.get(folder)?.get(`saved/${path}`)?.at ?? 0) > since);
    const since = Date.now();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const path of names) await writeFile(at(path).fsPath, good);
    for (const path of names)
      await problemsOf(at(path), ([found]) => found === undefined || /has changed/.test(found.message));
    assert.ok(checked().length <= 100, `${checked().length} of ${names.length}`);
    await vscode.commands.executeCommand('codeagent.scanFolder', at('many'));
    for (const path of names) await problems(path, 0);
  });

  it('are left alone when the setting is off', async () => {
    await vscode.workspace.getConfiguration().update('codeagent.scan.onSave', false, false);
    await save('c.py', 'import os\nos.system(input())\n');
    await vscode.workspace.getConfiguration().update('codeagent.scan.onSave', undefined, false);
    // The next one is checked, and the first one was not.
    await save('a.js', bad);
    await problems('a.js', 1);
    assert.deepEqual(inView('c.py'), []);
    assert.match(await readFile(at('c.py').fsPath, 'utf8'), /os\.system/);
  });
});
