import * as vscode from 'vscode';
import { DisposableStore, toDisposable, type Disposable } from '../base/lifecycle';
import type { Job } from '../protocol';
import type { ScanStore, TrackedJob } from '../store/scanStore';
import type { Decisions } from './decisions';
import { outcomeOf, type Outcome } from './endings';
import { counts } from './findings/findingsTree';
import { commands } from './ids';
import { jobLabel, percentOf, statusTitle, summaryText } from './words';

/**
 * The status bar item: an offer before the first scan, phase and percent while one runs, then the worst counts of the newest result. A click leads
 * to what it tells of.
 */
export function registerStatusBar(store: ScanStore, decisions: Decisions): Disposable {
  const disposables = new DisposableStore();
  const item = disposables.add(vscode.window.createStatusBarItem('codeagent.status', vscode.StatusBarAlignment.Left));
  item.name = 'CodeAgent Scanner';
  let due: NodeJS.Immediate | undefined;
  const update = () => {
    due = undefined;
    const [first, ...others] = store.running;
    const newest = store.jobs.find((tracked) => !tracked.quiet);
    if (first) showRunning(item, first, others.length);
    else if (newest) showEnded(item, outcomeOf(newest, decisions.of(newest.folder), counts));
    else showIdle(item);
  };
  // In a turn of its own: the views take up the same change, and a large report takes them a moment.
  const updateSoon = () => (due ??= setImmediate(update));
  disposables.add(toDisposable(() => clearImmediate(due)));
  disposables.add(
    store.onChange((change) => {
      if (change.action !== 'log' && change.action !== 'findings') updateSoon();
    }),
  );
  disposables.add(decisions.onChange(updateSoon));
  disposables.add(vscode.workspace.onDidChangeWorkspaceFolders(updateSoon));
  update();
  return disposables;
}

function showIdle(item: vscode.StatusBarItem): void {
  if (!vscode.workspace.workspaceFolders?.some(({ uri }) => uri.scheme === 'file')) {
    item.hide();
    return;
  }
  item.text = '$(shield)';
  item.tooltip = vscode.l10n.t('Not scanned yet. Click to scan the workspace.');
  item.command = commands.scanWorkspace;
  item.accessibilityInformation = { label: `CodeAgent. ${item.tooltip}` };
  item.show();
}

function showRunning(item: vscode.StatusBarItem, { job }: TrackedJob, others: number): void {
  const more = others > 0 ? ` (+${others})` : '';
  item.text = `$(loading~spin) ${statusTitle(job)} ${percentOf(job)}%${more}`;
  item.tooltip = vscode.l10n.t('Scanning {0}. Click to watch.', jobLabel(job));
  item.accessibilityInformation = { label: vscode.l10n.t('Scan of {0}: {1}', jobLabel(job), statusTitle(job)) };
  item.command = commands.showProgress;
  item.show();
}

function endWord(job: Job): string {
  if (job.status === 'failed') return vscode.l10n.t('Scan failed');
  if (job.status === 'canceled') return vscode.l10n.t('Scan canceled');
  return job.status === 'expired' ? vscode.l10n.t('Scan expired') : vscode.l10n.t('Scan completed');
}

function showEnded(item: vscode.StatusBarItem, { tracked: { job }, open }: Outcome): void {
  const label = jobLabel(job);
  if (job.status === 'completed' && open) {
    const worst = { critical: open.critical, high: open.high, medium: 0, low: 0 };
    item.text = `$(shield) ${summaryText(open.critical + open.high > 0 ? worst : open)}`;
    item.tooltip = vscode.l10n.t('{0}: {1}. Click for the findings.', label, summaryText(open));
    item.command = commands.showFindings;
  } else {
    item.text = `$(shield) ${endWord(job)}`;
    item.tooltip = vscode.l10n.t('{0}: {1}. Click for its progress.', label, endWord(job));
    item.command = commands.showProgress;
  }
  item.accessibilityInformation = { label: `CodeAgent. ${item.tooltip}` };
  item.show();
}
