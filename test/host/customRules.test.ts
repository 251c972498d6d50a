import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import { problemsOf } from './support';

const rule = `id: host-forbidden
language: JavaScript
message: forbidden() is forbidden.
metadata: { title: Forbidden call, severity: high }
rule:
  pattern: forbidden($A)
examples:
  - bad: forbidden(1);
  - good: forbidden(2);
`;

describe('custom rules', () => {
  let api: ExtensionApi;
  let folder = '';
  const at = (path: string) => vscode.Uri.file(join(folder, path));
  const file = '.codeagent/rules/host.yml';

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    await mkdir(at('.codeagent/rules').fsPath, { recursive: true });
    await mkdir(at('customRules').fsPath, { recursive: true });
    await writeFile(at('customRules/code.js').fsPath, 'forbidden(1);\nallowed(2);\n');
    await writeFile(at(file).fsPath, rule);
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await rm(at('.codeagent/rules').fsPath, { recursive: true });
    await rm(at('customRules').fsPath, { recursive: true });
  });

  /** Resolves as soon as the rule is tried and its matches are so. */
  const matches = (fits: (places: string) => boolean): Promise<string> =>
    new Promise((resolve) => {
      const { trial } = api.customRules;
      const look = () => {
        const { current } = trial;
        if (!current?.answer || current.isRunning) return false;
        const places = current.answer.files.flatMap(({ issues }) =>
          issues.map((issue) => `${issue.file}:${issue.line}`),
        );
        if (!fits(places.join(' '))) return false;
        resolve(places.join(' '));
        return true;
      };
      if (look()) return;
      const listening = trial.onChange(() => {
        if (look()) listening.dispose();
      });
    });

  it('show their matches as they are written, and what is wrong in Problems', async () => {
    const document = await vscode.workspace.openTextDocument(at(file));
    await vscode.window.showTextDocument(document);
    assert.equal(await matches((places) => places !== ''), 'customRules/code.js:1');
    const replace = async (from: string, to: string) => {
      const edit = new vscode.WorkspaceEdit();
      const start = document.getText().indexOf(from);
      edit.replace(
        document.uri,
        new vscode.Range(document.positionAt(start), document.positionAt(start + from.length)),
        to,
      );
      assert.ok(await vscode.workspace.applyEdit(edit));
    };
    await replace('forbidden($A)', 'allowed($A)');
    await matches((places) => places === 'customRules/code.js:2');
    await replace('pattern: allowed($A)', 'kind: nothing_of_it');
    const [problem] = await problemsOf(document.uri, (found) => found.length === 1);
    assert.match(problem?.message ?? '', /nothing_of_it/);
    assert.equal(problem?.range.start.line, 5);
    await replace('kind: nothing_of_it', 'pattern: forbidden($A)');
    await problemsOf(document.uri, (found) => found.length === 0);
    await document.save();
  });

  it('restore their problems when broken and closed unsaved', async () => {
    const uri = at('.codeagent/rules/broken.yml');
    await writeFile(uri.fsPath, rule.replace('host-forbidden', 'host-broken'));
    // Nothing that keeps the document open once its editor is closed, as openTextDocument and a WorkspaceEdit do.
    await vscode.commands.executeCommand('vscode.open', uri);
    const pattern = new vscode.Range(5, 2, 5, 30);
    assert.ok(await vscode.window.activeTextEditor?.edit((edit) => edit.replace(pattern, 'kind: nothing_of_it')));
    await problemsOf(uri, (found) => found.length === 1);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    assert.deepEqual(await problemsOf(uri, (found) => found.length === 0), []);
  });

  it('complete and explain their keys', async () => {
    const at4 = new vscode.Position(3, 2);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', at(file), at4);
    const said = hovers.flatMap(({ contents }) => contents.map((one) => (one as vscode.MarkdownString).value));
    assert.ok(
      said.some((text) => text.includes('besides its message')),
      said.join(),
    );
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      at(file),
      new vscode.Position(5, 2),
    );
    const keys = list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
    for (const key of ['pattern', 'kind', 'inside']) assert.ok(keys.includes(key), keys.join());
  });

  it('offer their examples as tests', async () => {
    const { tests } = api.customRules;
    // VS Code tells of new files when it gets to it.
    let item: vscode.TestItem | undefined;
    while (!(item = tests.controller?.items.get(at(file).toString())))
      await new Promise((resolve) => setTimeout(resolve, 20));
    await tests.controller?.resolveHandler?.(item);
    const children: vscode.TestItem[] = [];
    item.children.forEach((child) => children.push(child));
    assert.deepEqual(
      children.map(({ range }) => range?.start.line),
      [7, 8],
    );
    const outcomes = await tests.outcomesOf(item);
    assert.deepEqual(
      outcomes.map(({ kind, passed }) => `${kind} ${passed}`),
      ['bad true', 'good false'],
    );
    await vscode.commands.executeCommand('testing.runAll');
  });
});
