import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { FileText } from '../../src/base/fileText';
import { importEdits } from '../../src/engines/codeFixes/imports';
import type { ExtensionApi } from '../../src/extension';
import { job as jobSchema, report as reportSchema, type FixEdit, type Report } from '../../src/protocol';
import { problemsOf } from './support';

const text = `import a from 'a';
use(md5(x));
use(md5(y));
send(x);
`;
const other = 'export const md5 = 1;\nmd5(z);\n';

const edit = (line: number, from: number, to: number, replacement: string, file?: string): FixEdit => ({
  ...(file !== undefined && { file }),
  start: { line, column: from },
  end: { line, column: to },
  text: replacement,
});

const sha256 = (content: string) => createHash('sha256').update(content).digest('hex');

describe('fixes in the editor', () => {
  let api: ExtensionApi;
  let folder = '';
  let one: vscode.Uri;
  let two: vscode.Uri;
  let jobs = 0;

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    await mkdir(join(folder, 'fixes'), { recursive: true });
    one = vscode.Uri.file(join(folder, 'fixes/one.js'));
    two = vscode.Uri.file(join(folder, 'fixes/two.js'));
    // In a browser VS Code saves an edit after a second; on a slow machine that is in the middle of a test, and the following check has
    // findings of its own.
    await vscode.workspace.getConfiguration().update('codeagent.scan.onSave', false, false);
  });
  beforeEach(async () => {
    await writeFile(one.fsPath, text);
    await writeFile(two.fsPath, other);
    publish();
    await problemsOf(one, (found) => found.length === 3);
  });
  afterEach(async () => {
    api.store.dispatch({ type: 'removed', ids: [`fixes${jobs}`] });
    await problemsOf(one, (found) => found.length === 0);
    // Restored in the editor, so that no change on disk reaches an open one later.
    for (const [uri, original] of [
      [one, text],
      [two, other],
    ] as const) {
      const { document } = await open(uri);
      await vscode.commands.executeCommand('workbench.action.files.revert');
      const change = new vscode.WorkspaceEdit();
      change.replace(uri, new vscode.Range(0, 0, document.lineCount, 0), original);
      await vscode.workspace.applyEdit(change);
      await document.save();
    }
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
  after(async () => {
    await vscode.workspace.getConfiguration().update('codeagent.scan.onSave', undefined, false);
    await rm(join(folder, 'fixes'), { recursive: true });
  });

  /** A report like that of a scan in this window, which started after the files were written. */
  function publish(): void {
    jobs += 1;
    const id = `fixes${jobs}`;
    const base = { tool: 'other', type: 'security', severity: 'medium', message: 'A weak hash.' };
    const first = { ...base, file: 'fixes/one.js', rule_id: 'weak-hash', title: 'Weak hash', cwe: ['CWE-328'] };
    const fixOf = (line: number) => ({ title: 'Use sha256', safe: true, edits: [edit(line, 5, 8, 'sha256')] });
    const report = reportSchema.parse({
      job_id: id,
      meta: {
        ...{ tools: ['other'], repo: { source: 'path' }, generated_at: '2026-11-30T00:00:00Z', duration_ms: 1 },
        file_hashes: { 'fixes/one.js': sha256(text), 'fixes/two.js': sha256(other) },
      },
      summary: { critical: 0, high: 0, medium: 4, low: 0 },
      files: [
        {
          path: 'fixes/one.js',
          issues: [
            { ...first, line: 2, column: 5, end_column: 8, snippet: 'use(md5(x));', fix: fixOf(2), fingerprint: 'a' },
            { ...first, line: 3, column: 5, end_column: 8, snippet: 'use(md5(y));', fix: fixOf(3), fingerprint: 'b' },
            {
              ...base,
              file: 'fixes/one.js',
              rule_id: 'leak',
              line: 4,
              snippet: 'send(x);',
              fix: { edits: [edit(4, 6, 7, 'clean(x)'), edit(1, 14, 17, 'clean', 'fixes/two.js')] },
              flow: [
                { file: 'fixes/two.js', line: 1, column: 14, end_column: 17, message: 'Starts here', role: 'source' },
                { file: 'fixes/one.js', line: 4, role: 'sink' },
              ],
            },
          ],
        },
        {
          path: 'fixes/two.js',
          issues: [
            {
              ...first,
              file: 'fixes/two.js',
              line: 2,
              column: 1,
              snippet: 'md5(z);',
              fix: { edits: [edit(2, 1, 4, 'sha256')] },
            },
          ],
        },
      ],
    });
    publishReport(api, folder, id, report);
  }

  const actions = (line: number, kind = vscode.CodeActionKind.QuickFix.value) =>
    vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      one,
      new vscode.Range(line - 1, 5, line - 1, 5),
      kind,
    );
  const ours = async (line: number) =>
    (await actions(line)).filter(({ title }) => /weak-hash|leak|Fix|baseline/.test(title));
  const open = async (uri: vscode.Uri) => vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
  const textOf = async (uri: vscode.Uri) => (await vscode.workspace.openTextDocument(uri)).getText();
  async function run(action: vscode.CodeAction | undefined): Promise<void> {
    assert.ok(action?.command);
    const [argument] = (action.command.arguments ?? []) as unknown[];
    await vscode.commands.executeCommand(action.command.command, argument);
  }

  it('come first, starting with the preferred one', async () => {
    await open(one);
    const found = await ours(2);
    assert.deepEqual(
      found.map(({ title }) => title),
      [
        'Fix: Use sha256',
        'Fix all of weak-hash in this file',
        'Fix all of weak-hash in the workspace…',
        'Explain weak-hash',
        'Ignore weak-hash on this line',
        'Ignore weak-hash in this file',
        'Ignore weak-hash in this folder',
        'Ignore weak-hash in this workspace',
        'Turn weak-hash off for the team',
        'Add this finding to the baseline',
      ],
    );
    assert.ok(found[0]?.isPreferred && found.slice(1).every((one) => !one.isPreferred));
    assert.ok(found[0].edit && (await vscode.workspace.applyEdit(found[0].edit)));
    assert.equal(await textOf(one), text.replace('md5(x)', 'sha256(x)'));
  });

  it('edit several files', async () => {
    await open(one);
    const [fix] = await ours(4);
    assert.equal(fix?.title, 'Fix: A weak hash');
    assert.ok(fix.edit && (await vscode.workspace.applyEdit(fix.edit)));
    assert.equal(await textOf(one), text.replace('send(x)', 'send(clean(x))'));
    assert.equal(await textOf(two), other.replace('const md5', 'const clean'));
  });

  it('are not offered once the code has moved or changed', async () => {
    const editor = await open(one);
    const isOffered = async (line: number) => (await ours(line)).some(({ isPreferred }) => isPreferred);
    assert.ok(await isOffered(2));
    await editor.edit((change) => change.insert(new vscode.Position(0, 0), '// new\n'));
    await problemsOf(one, ([first]) => first?.range.start.line === 2);
    assert.ok(!(await isOffered(3)), 'moved');
    await vscode.commands.executeCommand('undo');
    await problemsOf(one, ([first]) => first?.range.start.line === 1);
    assert.ok(await isOffered(2), 'as scanned again');
    // Another file that the fix edits.
    assert.ok(await isOffered(4));
    await writeFile(two.fsPath, `// new\n${other}`);
    const later = new Date(Date.now() + 60_000);
    await utimes(two.fsPath, later, later);
    assert.ok(!(await isOffered(4)), 'the other file has changed');
  });

  it('are applied to all findings of a rule in a file, once', async () => {
    await open(one);
    await run((await ours(2))[1]);
    assert.equal(await textOf(one), text.replaceAll('md5(', 'sha256('));
    assert.equal(await textOf(two), other, 'not elsewhere');
    await vscode.commands.executeCommand('undo');
    assert.equal(await textOf(one), text);
  });

  it('are applied on save if they are safe and in that file', async () => {
    await open(one);
    const [all, ...more] = await actions(1, 'source.fixAll.codeagent');
    assert.deepEqual([all?.title, more], ['Apply all safe fixes of CodeAgent', []]);
    const settings = vscode.workspace.getConfiguration('editor', one);
    await settings.update('codeActionsOnSave', { 'source.fixAll.codeagent': 'always' }, true);
    try {
      const document = await vscode.workspace.openTextDocument(one);
      const editor = await vscode.window.showTextDocument(document);
      await editor.edit((change) => change.insert(new vscode.Position(4, 0), '// end\n'));
      assert.ok(await document.save());
      assert.equal(document.getText(), `${text.replaceAll('md5(', 'sha256(')}// end\n`);
    } finally {
      await settings.update('codeActionsOnSave', undefined, true);
    }
  });

  it('come with the steps of a flow in Problems, which follow edits', async () => {
    const flowOf = (found: readonly vscode.Diagnostic[]) =>
      found.flatMap(({ relatedInformation = [] }) => relatedInformation);
    const related = flowOf(await problemsOf(one, (found) => found.length === 3));
    assert.deepEqual(
      related.map(({ message, location }) => `${message} ${location.range.start.line}`),
      ['1. Source: Starts here 0', '2. Sink 3'],
    );
    assert.equal(related[0]?.location.uri.toString(), two.toString());
    assert.deepEqual(related[0].location.range, new vscode.Range(0, 13, 0, 16));
    const editor = await open(one);
    await editor.edit((change) => change.insert(new vscode.Position(0, 0), '\n\n'));
    await problemsOf(one, (found) => flowOf(found)[1]?.location.range.start.line === 5);
  });
});

describe('fixes that add an import', () => {
  const python = '#!/usr/bin/env python\nimport os\n\nkey = random(x)\nsalt = random(y)\nlast = random(z)\n';
  /** Other files for each test: a document of an earlier one stays open for a while. */
  const names = () => [`imports/a${count}.py`, `imports/b${count}.py`];
  let api: ExtensionApi;
  let folder = '';
  let count = 0;

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    await mkdir(join(folder, 'imports'), { recursive: true });
    await vscode.workspace.getConfiguration().update('codeagent.scan.onSave', false, false);
  });
  afterEach(async () => {
    api.store.dispatch({ type: 'removed', ids: [`imports${count}`] });
    for (const name of names()) await problemsOf(uriOf(name), (found) => found.length === 0);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
  after(async () => {
    await rm(join(folder, 'imports'), { recursive: true });
    await vscode.workspace.getConfiguration().update('codeagent.scan.onSave', undefined, false);
  });

  const uriOf = (name: string) => vscode.Uri.file(join(folder, name));

  /** Reports each `random` in both files, with what makes it `secrets.token` and imports that. */
  async function publish(content: string): Promise<void> {
    count += 1;
    const text = new FileText(content);
    const added = importEdits('import secrets', 'Python', text) ?? [];
    const files = names().map((file) => ({
      path: file,
      issues: [4, 5, 6].map((line) => {
        const column = text.lineOf(line).indexOf('random') + 1;
        const edits = [edit(line, column, column + 6, 'secrets.token'), ...added];
        const base = { tool: 'other', type: 'security', severity: 'medium', message: 'It can be foretold.' };
        return {
          ...base,
          ...{ file, line, column, rule_id: 'weak-random', snippet: text.lineOf(line) },
          fix: { title: 'Use secrets', safe: true, edits },
        };
      }),
    }));
    const report = reportSchema.parse({
      job_id: `imports${count}`,
      meta: {
        ...{ tools: ['other'], repo: { source: 'path' }, generated_at: '2026-11-30T00:00:00Z', duration_ms: 1 },
        file_hashes: Object.fromEntries(names().map((name) => [name, sha256(content)])),
      },
      summary: { critical: 0, high: 0, medium: 6, low: 0 },
      files,
    });
    for (const name of names()) await writeFile(uriOf(name).fsPath, content);
    publishReport(api, folder, `imports${count}`, report);
    for (const name of names()) await problemsOf(uriOf(name), (found) => found.length === 3);
  }

  for (const end of ['\n', '\r\n']) {
    const content = python.replaceAll('\n', end);
    const fixed = content.replace('import os', `import os${end}import secrets`).replaceAll('random(', 'secrets.token(');
    const actionsIn = async (name = '', kind = vscode.CodeActionKind.QuickFix) => {
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uriOf(name)));
      const range = new vscode.Range(3, 8, 3, 8);
      const all = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        uriOf(name),
        range,
        kind.value,
      );
      return all.filter(({ title }) => /weak-random|CodeAgent/.test(title));
    };
    const run = async (action: vscode.CodeAction | undefined) => {
      assert.ok(action?.command);
      const [argument] = (action.command.arguments ?? []) as unknown[];
      await vscode.commands.executeCommand(action.command.command, argument);
    };
    const textOf = async (name = '') => (await vscode.workspace.openTextDocument(uriOf(name))).getText();

    it(`fix all of a rule in a file (${JSON.stringify(end)})`, async () => {
      await publish(content);
      const [one, two] = names();
      await run((await actionsIn(one))[0]);
      assert.equal(await textOf(one), fixed);
      assert.equal(await textOf(two), content);
    });

    it(`fix all of a file on request (${JSON.stringify(end)})`, async () => {
      await publish(content);
      const [one] = names();
      const [all] = await actionsIn(one, vscode.CodeActionKind.SourceFixAll.append('codeagent'));
      assert.ok(all?.edit && (await vscode.workspace.applyEdit(all.edit)));
      assert.equal(await textOf(one), fixed);
    });
  }
});

describe('fixes of an imported log', () => {
  // Nothing that a check of the file would find.
  const text = 'use(old(x));\nmore(x);\n';
  let api: ExtensionApi;
  let folder = '';
  const names = ['committed.js', 'changed.js'];
  const uriOf = (name: string) => vscode.Uri.file(join(folder, name));
  let commit = '';

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    for (const name of names) await writeFile(uriOf(name).fsPath, text);
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
    git('init', '--quiet');
    git('add', ...names);
    git('-c', 'user.name=Test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '-m', 'one');
    commit = git('rev-parse', 'HEAD');
    await writeFile(uriOf('changed.js').fsPath, text.replace('more', 'most'));
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const name of names) await rm(uriOf(name).fsPath);
    await rm(join(folder, '.git'), { recursive: true, force: true });
  });

  /** Whether a fix of lines beside the finding's is offered, with what the log says. */
  async function isOffered(id: string, name: string, meta: object): Promise<boolean> {
    const file = uriOf(name);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
    const fix = { edits: [edit(1, 5, 8, 'new'), edit(2, 1, 5, 'less')] };
    const issue = {
      ...{
        tool: 'other',
        type: 'security',
        severity: 'medium',
        message: 'm',
        file: name,
        rule_id: 'weak-hash',
      },
      ...{ line: 1, snippet: 'use(old(x));', fix },
    };
    const report = reportSchema.parse({
      job_id: id,
      meta: {
        ...{ tools: ['other'], repo: { source: 'path' }, generated_at: '2026-11-30T00:00:00Z', duration_ms: 1 },
        ...meta,
      },
      summary: { critical: 0, high: 0, medium: 1, low: 0 },
      files: [{ path: name, issues: [issue] }],
    });
    publishReport(api, folder, id, report);
    await problemsOf(file, (found) => found.length === 1);
    const range = new vscode.Range(0, 5, 0, 5);
    const kind = vscode.CodeActionKind.QuickFix.value;
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      file,
      range,
      kind,
    );
    api.store.dispatch({ type: 'removed', ids: [id] });
    await problemsOf(file, (found) => found.length === 0);
    return actions.some(({ isPreferred }) => isPreferred);
  }

  it('are offered where the code is known to be what was scanned', async () => {
    const [same = '', other = ''] = names;
    const at = (id: string) => ({ repo: { source: 'path', commit: id } });
    const hashed = { file_hashes: Object.fromEntries(names.map((name) => [name, sha256(text)])) };
    assert.ok(!(await isOffered('log1', same, {})), 'nothing tells');
    assert.ok(await isOffered('log2', same, at(commit)), 'as committed');
    assert.ok(!(await isOffered('log3', same, at('a'.repeat(40)))), 'no such commit');
    assert.ok(await isOffered('log4', same, hashed), 'by its hash');
    assert.ok(!(await isOffered('log5', other, at(commit))), 'no longer as committed');
    assert.ok(!(await isOffered('log6', other, hashed)), 'another hash');
  });
});

/** Tracks a report as that of an import. */
function publishReport(api: ExtensionApi, folder: string, id: string, report: Report): void {
  const nothing = { progress: null, submitted_at: null, started_at: null, finished_at: null, error: null };
  const job = jobSchema.parse({ job_id: id, status: 'completed', ...nothing });
  const origin = { service: 'imported', url: id } as const;
  api.store.dispatch({ type: 'tracked', id, job, origin, folder, submitted: true, startedHere: Date.now() + 1000 });
  api.store.dispatch({ type: 'report', id, report });
}
