import assert from 'node:assert/strict';
import { writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import { job as jobSchema, report as reportSchema } from '../../src/protocol';
import { problemsOf } from './support';

const setting = 'codeagent.ignoredRules';
const inFiles = 'codeagent.ignoredRulesInFiles';

describe('ignored rules', () => {
  let api: ExtensionApi;
  let file: vscode.Uri;
  const all = () => vscode.workspace.getConfiguration(undefined, file);
  const set = (id: string, value: unknown, target: vscode.ConfigurationTarget) => all().update(id, value, target);
  const { Global, Workspace } = vscode.ConfigurationTarget;
  const rules = (found: readonly vscode.Diagnostic[]) =>
    found.map(({ code }) => (typeof code === 'object' ? String(code.value) : String(code))).sort();
  const shown = (...expected: string[]) =>
    problemsOf(file, (found) => JSON.stringify(rules(found)) === JSON.stringify(expected));
  const run = async (command: string, rule: string) => {
    const finding = api.store.get('ignored')?.report?.files[0]?.issues.find(({ rule_id }) => rule_id === rule);
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    const state = command === 'codeagent.restoreFinding' ? 'ignored' : 'open';
    const row = { id: rule, job: 'ignored', source: 's', folder, issue: finding, state };
    await vscode.commands.executeCommand(command, { kind: 'finding', finding: row });
  };

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
    file = vscode.Uri.file(join(folder, 'ignored.js'));
    await writeFile(file.fsPath, 'a();\nb();\nc();\n');
    const issues = ['a', 'b', 'c'].map((rule_id, at) => ({
      ...{ tool: 't', type: 'security', message: 'm', severity: 'high', file: 'ignored.js' },
      ...{ rule_id, line: at + 1, snippet: `${rule_id}();` },
    }));
    const meta = { tools: ['t'], repo: { source: 'path' }, generated_at: '2026-11-30T00:00:00Z', duration_ms: 1 };
    const summary = { critical: 0, high: 3, medium: 0, low: 0 };
    const report = reportSchema.parse({ job_id: 'ignored', meta, summary, files: [{ path: 'ignored.js', issues }] });
    const nothing = { progress: null, submitted_at: null, started_at: null, finished_at: null, error: null };
    const job = jobSchema.parse({ job_id: 'ignored', status: 'completed', ...nothing });
    const origin = { service: 'imported', url: 'ignored' } as const;
    api.store.dispatch({ type: 'tracked', id: 'ignored', job, origin, folder, submitted: true });
    api.store.dispatch({ type: 'report', id: 'ignored', report });
    await shown('a', 'b', 'c');
  });
  afterEach(async () => {
    for (const id of [setting, inFiles]) for (const target of [Global, Workspace]) await set(id, undefined, target);
    await shown('a', 'b', 'c');
  });
  after(async () => {
    api.store.dispatch({ type: 'removed', ids: ['ignored'] });
    await rm(file.fsPath);
  });

  it("of the user stay the user's when one is ignored in the workspace", async () => {
    await set(setting, ['a'], Global);
    await shown('b', 'c');
    await run('codeagent.ignoreRule', 'b');
    await shown('c');
    const found = all().inspect<string[]>(setting);
    assert.deepEqual([found?.globalValue, found?.workspaceValue], [['a'], ['b']]);
    await run('codeagent.restoreFinding', 'b');
    await shown('b', 'c');
    assert.equal(all().inspect(setting)?.workspaceValue, undefined, 'nothing is left behind');
  });

  it('of the user are not said to be reopened by a change in the workspace', async () => {
    await set(setting, ['a'], Global);
    await set(inFiles, { 'ignored.js': ['b'] }, Global);
    await shown('c');
    await run('codeagent.ignoreInFile', 'c');
    await shown();
    assert.deepEqual(all().inspect(inFiles)?.workspaceValue, { 'ignored.js': ['c'] });
    // Each says in a message where to change it.
    await run('codeagent.restoreFinding', 'a');
    await run('codeagent.restoreFinding', 'b');
    await run('codeagent.restoreFinding', 'c');
    await shown('c');
    assert.deepEqual(all().inspect(setting)?.globalValue, ['a']);
    assert.deepEqual(all().inspect(inFiles)?.globalValue, { 'ignored.js': ['b'] });
  });
});
