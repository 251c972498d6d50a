import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import type { TrackedJob } from '../../src/store/scanStore';
import { GitChanges } from '../../src/ui/scanning/gitChanges';
import { problemsOf, whenJob, withoutChecks } from './support';

const bad = 'eval(input);\n';
const good = 'parse(input);\n';

describe('partial scans', () => {
  withoutChecks();
  let api: ExtensionApi;
  let folder = '';
  const at = (path: string) => vscode.Uri.file(join(folder, path));
  const problems = (path: string, count: number) => problemsOf(at(path), (found) => found.length === count);

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    await mkdir(join(folder, 'part (1)/deep'), { recursive: true });
    for (const path of ['whole.js', 'part (1)/a.js', 'part (1)/deep/b.js']) await writeFile(at(path).fsPath, bad);
    await run('codeagent.scanWorkspace');
    for (const path of ['whole.js', 'part (1)/a.js', 'part (1)/deep/b.js']) await problems(path, 1);
  });
  after(async () => {
    await rm(join(folder, 'part (1)'), { recursive: true });
    await rm(join(folder, 'whole.js'));
    await rm(join(folder, '.git'), { recursive: true, force: true });
  });

  async function run(command: string, argument?: unknown): Promise<TrackedJob> {
    const [before] = api.store.jobs;
    await vscode.commands.executeCommand(command, argument);
    const [started] = api.store.jobs;
    assert.ok(started && started.id !== before?.id, 'a scan started');
    return whenJob(api, (job) => job.id === started.id && job.report !== undefined);
  }

  it('scan a file, and keep the findings of the others', async () => {
    await writeFile(at('part (1)/a.js').fsPath, good);
    const done = await run('codeagent.scanFile', at('part (1)/a.js'));
    assert.equal(done.report?.meta.files_scanned, 1);
    assert.equal(done.job.source?.label, 'a.js');
    await problems('part (1)/a.js', 0);
    await problems('whole.js', 1);
    assert.ok(api.findings.shown.some(({ issue }) => issue.file === 'whole.js'));
  });

  it('scan a folder and everything in it', async () => {
    await writeFile(at('part (1)/a.js').fsPath, bad + bad);
    await writeFile(at('part (1)/deep/b.js').fsPath, good);
    await writeFile(at('whole.js').fsPath, good);
    const done = await run('codeagent.scanFolder', at('part (1)'));
    assert.equal(done.report?.meta.files_scanned, 2);
    await problems('part (1)/a.js', 2);
    await problems('part (1)/deep/b.js', 0);
    // Not scanned.
    await problems('whole.js', 1);
    await writeFile(at('whole.js').fsPath, bad);
  });

  it('scan the open editors', async () => {
    await vscode.window.showTextDocument(at('whole.js'), { preview: false });
    await vscode.window.showTextDocument(at('part (1)/deep/b.js'), { preview: false });
    const done = await run('codeagent.scanOpenEditors');
    assert.equal(done.report?.meta.files_scanned, 2);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('scan the files changed since the last commit', async () => {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
    git('init', '--quiet');
    git('add', '.');
    git('-c', 'user.name=Test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '-m', 'all');
    await writeFile(at('part (1)/a.js').fsPath, `${bad}// changed\n`);
    await writeFile(at('part (1)/new.js').fsPath, bad);
    const [root] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(root);
    const changes = await GitChanges.of(root);
    const files = await changes.files();
    const changed = [at('part (1)/a.js').fsPath, at('part (1)/new.js').fsPath];
    assert.deepEqual(files.map((uri) => uri.fsPath).sort(), changed);
    // Compared with another branch, including committed changes.
    git('branch', 'before');
    git('-c', 'user.name=Test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '-am', 'more');
    assert.ok((await changes.branches()).includes('before'));
    assert.deepEqual(
      (await changes.files()).map((uri) => uri.fsPath),
      changed.slice(1),
    );
    assert.deepEqual((await changes.files('before')).map((uri) => uri.fsPath).sort(), changed);
  });

  it('show only what is new since main, until all findings are requested again', async () => {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
    git('branch', '-f', 'main', 'before');
    git('checkout', '--quiet', '-b', 'feature');
    await writeFile(at('whole.js').fsPath, `// moved\n${bad}`);
    await run('codeagent.scanWorkspace');
    const shown = () =>
      api.findings.shown.map(({ issue }) => issue.file).filter((file) => /(?:whole|new|a)\.js$/.test(file));
    assert.ok(shown().includes('whole.js') && shown().includes('part (1)/new.js'));
    await vscode.commands.executeCommand('codeagent.showNewSince');
    assert.deepEqual(shown(), ['part (1)/new.js']);
    assert.match(String(api.findings.view.message), /New since main/);
    await vscode.commands.executeCommand('codeagent.showAllAgain');
    assert.ok(shown().includes('whole.js'));
  });
});
