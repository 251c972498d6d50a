import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import type { TrackedJob } from '../../src/store/scanStore';
import { problemsOf, whenJob } from './support';

const bad = 'eval(input);\n';

describe('what the settings leave out', () => {
  let api: ExtensionApi;
  let folder = '';
  const at = (path: string) => vscode.Uri.file(join(folder, path));
  const problems = (path: string, count: number) => problemsOf(at(path), (found) => found.length === count);

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    await mkdir(join(folder, 'left/generated'), { recursive: true });
    for (const path of ['left/a.js', 'left/generated/b.js']) await writeFile(at(path).fsPath, bad);
    await scan();
    for (const path of ['left/a.js', 'left/generated/b.js']) await problems(path, 1);
  });
  after(async () => {
    for (const id of ['exclude', 'severity']) await set(id, undefined);
    await rm(join(folder, 'left'), { recursive: true });
  });

  const set = (id: string, value: unknown) =>
    vscode.workspace.getConfiguration('codeagent').update(id, value, vscode.ConfigurationTarget.Workspace);

  async function scan(): Promise<TrackedJob> {
    const [before] = api.store.jobs;
    await vscode.commands.executeCommand('codeagent.scanWorkspace');
    const [started] = api.store.jobs;
    assert.ok(started && started.id !== before?.id, 'a scan started');
    return whenJob(api, (job) => job.id === started.id && job.report !== undefined);
  }
  const filesOf = ({ report }: TrackedJob) => (report?.files ?? []).map(({ path }) => path);

  it('hides the findings of an excluded folder at once, and the next scan does not read it', async () => {
    await set('exclude', ['left/generated/', 'not,one']);
    await problems('left/generated/b.js', 0);
    await problems('left/a.js', 1);
    assert.match(api.findings.view.message ?? '', /\d+ in files that your settings exclude\./);
    const done = await scan();
    assert.ok(filesOf(done).includes('left/a.js'));
    assert.ok(!filesOf(done).includes('left/generated/b.js'));
    assert.ok(
      (done.report?.meta.files_skipped?.['excluded'] ?? 0) > 0,
      JSON.stringify(done.report?.meta.files_skipped),
    );
    await set('exclude', undefined);
    assert.ok(filesOf(await scan()).includes('left/generated/b.js'));
    await problems('left/generated/b.js', 1);
  });

  it('hides findings below the lowest severity, counts them, and shows them on request', async () => {
    const all = api.findings.shown.length;
    const critical = api.findings.shown.filter(({ issue }) => issue.severity === 'critical').length;
    await set('severity', 'critical');
    await problems('left/a.js', 0);
    assert.equal(api.findings.shown.length, critical);
    const { message } = api.findings.view;
    assert.ok(message?.includes(`${all - critical} below the severity in your settings.`), message);
    api.findings.setFilter({ ...api.findings.filter, suppressed: true });
    assert.ok(api.findings.shown.length >= all);
    const row = api.findings.shown.find(({ issue }) => issue.file === 'left/a.js');
    assert.equal(row?.setting, 'severity');
    api.findings.setFilter({ ...api.findings.filter, suppressed: false });
    await set('severity', undefined);
    await problems('left/a.js', 1);
  });
});
