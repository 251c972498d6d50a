import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension';
import { report as schema, summarize, type Issue, type Job, type Report } from '../../src/protocol';
import { groupings, noFilter } from '../../src/store/findings';
import { hoverText } from '../../src/ui/editor/hover';
import { problemsOf } from './support';

/** bench/ui.mjs measures how long each takes. */
describe('large and hostile reports', () => {
  let api: ExtensionApi;
  let folder = '';
  const ids: string[] = [];

  before(async () => {
    const extension = vscode.extensions.getExtension<ExtensionApi>('codeagent.codeagent-scanner');
    assert.ok(extension);
    api = await extension.activate();
    folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
  });
  after(async () => {
    api.store.dispatch({ type: 'removed', ids });
    api.findings.setFilter(noFilter);
    api.findings.groupBy('severity');
    await rm(join(folder, 'large'), { recursive: true, force: true });
  });

  /** Puts a report into the store, as a completed scan. @returns once it is stored and VS Code has processed it */
  async function show(files: Report['files']): Promise<void> {
    const id = randomUUID();
    ids.push(id);
    const summary = summarize(files.flatMap((file) => file.issues));
    const job: Job = {
      job_id: id,
      status: 'completed',
      progress: null,
      submitted_at: null,
      started_at: null,
      finished_at: null,
      error: null,
      source: { kind: 'path', url: folder, ref: null, commit: null, label: 'large' },
      summary,
    };
    api.store.dispatch({ type: 'tracked', id, job, origin: { service: 'embedded', url: '' }, folder, submitted: true });
    const meta = { tools: ['ast-grep'], repo: { source: 'path' }, generated_at: '', duration_ms: 1 };
    const report = schema.parse({ job_id: id, meta, summary, files });
    await setImmediate();
    api.store.dispatch({ type: 'report', id, report });
  }
  function issue(part: Partial<Issue>): Issue {
    const base = { tool: 'ast-grep', type: 'security', message: 'A defect', severity: 'high' as const, line: 1 };
    return { ...base, file: 'a.js', rule_id: 'js-rule', suggestion: null, fingerprint: randomUUID(), ...part };
  }

  it('shows 10,000 findings in 2,000 files, even the last one', async function () {
    const paths = Array.from({ length: 2000 }, (_, i) => `large/d${i % 40}/f${i}.js`);
    for (let i = 0; i < 40; i += 1) await mkdir(join(folder, `large/d${i}`), { recursive: true });
    const code = Array.from({ length: 60 }, (_, i) => `const line${i} = ${i};`).join('\n');
    for (const path of paths) await writeFile(join(folder, path), code);
    const severities = ['critical', 'high', 'medium', 'low'] as const;
    const files = paths.map((path, n) => ({
      path,
      issues: Array.from({ length: 5 }, (_, i) =>
        issue({
          file: path,
          line: 1 + i * 10,
          snippet: `const line${i * 10} = ${i * 10};`,
          severity: severities[(n + i) % 4] ?? 'low',
          message: `Finding ${n}-${i} of the test`,
        }),
      ),
    }));
    await show(files);
    const last = vscode.Uri.file(join(folder, paths.at(-1) ?? ''));
    await problemsOf(last, (found) => found.length === 5);
    assert.equal(api.findings.shown.length, 10_000);
    api.findings.setFilter({ ...noFilter, text: 'finding 7-3' });
    // 7-3, 17-3, 27-3 and so on.
    assert.equal(api.findings.shown.length, 200);
  });

  it('shows hostile text as text only', async () => {
    const evil = '[click](command:workbench.action.quit) <img src=x onerror=alert(1)> $(trash) \u202e\u0007\n# x';
    const file = 'large/$(trash) [x](command:evil) <b>.js';
    await writeFile(join(folder, file), 'x\n');
    const hostile = issue({
      file,
      title: evil,
      message: evil,
      rule_id: evil,
      suggestion: evil,
      tool: evil,
      cwe: ['CWE-1](command:evil)', evil],
      help_url: 'command:workbench.action.quit',
    });
    const huge = issue({ file, message: 'm'.repeat(1_000_000), rule_id: 'r'.repeat(100_000) });
    api.findings.setFilter(noFilter);
    await show([{ path: file, issues: [hostile, huge] }]);
    for (const by of groupings) {
      api.findings.groupBy(by);
      const groups = api.findings.getChildren();
      for (const node of [...groups, ...groups.flatMap((group) => api.findings.getChildren(group))]) {
        const item = api.findings.resolveTreeItem(api.findings.getTreeItem(node), node);
        const texts = [item.label, item.description, item.accessibilityInformation?.label].map(String);
        for (const text of texts) assert.ok(text.length < 1000 && !/\p{Cc}|\u202e/u.test(text), text.slice(0, 200));
        if (item.tooltip instanceof vscode.MarkdownString) harmless(item.tooltip);
      }
    }
    harmless(hoverText({ issue: hostile }));
    const problems = await problemsOf(vscode.Uri.file(join(folder, file)), (found) => found.length === 2);
    for (const { code, message } of problems) {
      assert.ok(typeof code === 'string', 'no link to a command');
      assert.ok(message.length <= 4000);
    }
  });

  function harmless(text: vscode.MarkdownString): void {
    assert.ok(!text.isTrusted && !text.supportHtml && text.supportThemeIcons !== true);
    // Escaped: a link needs "](" and an element a bare "<".
    assert.ok(!/(?<!\\)\]\((?!https:\/\/cwe\.mitre\.org)/.test(text.value), text.value.slice(0, 400));
    assert.ok(text.value.length < 10_000);
  }
});
