import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import { isTerminal, type Job } from '../protocol';
import type { ScanStore, TrackedJob } from '../store/scanStore';
import { commands } from './ids';
import { jobLabel, percentOf, statusTitle, summaryText } from './words';

/** The status bar item: hidden until the first scan; phase and percent while one runs, then the worst counts of the newest result. */
export function registerStatusBar(store: ScanStore): Disposable {
  const disposables = new DisposableStore();
  const item = disposables.add(vscode.window.createStatusBarItem('codeagent.status', vscode.StatusBarAlignment.Left));
  item.name = 'CodeAgent Scanner';
  disposables.add(
    store.onChange((change) => {
      if (change.action !== 'log' && change.action !== 'findings') update(item, store);
    }),
  );
  return disposables;
}

function update(item: vscode.StatusBarItem, store: ScanStore): void {
  const [first, ...others] = store.running;
  const newest = store.jobs.find((tracked) => !tracked.quiet);
  if (first) showRunning(item, first, others.length);
  else if (newest && isTerminal(newest.job.status)) showEnded(item, newest);
  else item.hide();
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

function showEnded(item: vscode.StatusBarItem, { job }: TrackedJob): void {
  const label = jobLabel(job);
  if (job.status === 'completed' && job.summary) {
    const { critical, high } = job.summary;
    item.text = critical + high > 0 ? `$(shield) ${critical + high}` : '$(shield)';
    item.tooltip = vscode.l10n.t('{0}: {1}. Click for the findings.', label, summaryText(job.summary));
    item.command = commands.showFindings;
  } else {
    item.text = `$(shield) ${endWord(job)}`;
    item.tooltip = `${label}: ${endWord(job)}`;
    item.command = commands.showProgress;
  }
  item.accessibilityInformation = { label: `CodeAgent. ${item.tooltip}` };
  item.show();
}
