import * as vscode from 'vscode';
import { toDisposable } from '../../base/lifecycle';
import { summarize, type Job } from '../../protocol';
import type { TrackedJob } from '../../store/scanStore';
import { totalOf, type Standing } from '../../store/standing';
import { countsAsOpen } from '../decisions/decisions';
import type { NewSince } from '../decisions/newSince';
import { commands } from '../manifest/ids';
import type { WindowContext } from '../window/windowContext';
import { folderName, jobName } from '../words/jobName';
import { gapCount, jobLabel, percentOf, resultText, statusTitle, summaryText } from '../words/words';

/**
 * Registers the status bar item: before the first scan, a button to start it; during a scan, its phase and percentage; then the number of open
 * findings in all folders. Clicking it opens what it shows.
 */
export function registerStatusBar({ store, decisions, standing, newSince, subscriptions }: WindowContext): void {
  const item = vscode.window.createStatusBarItem('codeagent.status', vscode.StatusBarAlignment.Left);
  item.name = 'CodeAgent Scanner';
  let scheduled: NodeJS.Immediate | undefined;
  const update = () => {
    scheduled = undefined;
    const [first, ...others] = store.running;
    const newest = store.jobs[0];
    if (first) showRunning(item, first, others.length);
    else if (newest && (newest.job.status === 'failed' || standing.now.jobs.length === 0)) showOutcome(item, newest);
    else if (standing.now.jobs.length > 0) showFindings(item, standing.now, newSince);
    else showIdle(item);
  };
  // Deferred, since the views handle the same change, which takes a moment for a large report.
  const updateSoon = () => (scheduled ??= setImmediate(update));
  subscriptions.push(
    item,
    toDisposable(() => clearImmediate(scheduled)),
    store.onChange((change) => {
      if (change.action !== 'log' && change.action !== 'findings') updateSoon();
    }),
    decisions.onChange(updateSoon),
    newSince.onChange(updateSoon),
    vscode.workspace.onDidChangeWorkspaceFolders(updateSoon),
  );
  update();
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

function showRunning(item: vscode.StatusBarItem, tracked: TrackedJob, others: number): void {
  const { job } = tracked;
  const more = others > 0 ? ` (+${others})` : '';
  item.text = `$(loading~spin) ${statusTitle(job)} ${percentOf(job)}%${more}`;
  item.tooltip = vscode.l10n.t('Scanning {0}. Click to watch.', jobName(tracked));
  item.accessibilityInformation = { label: vscode.l10n.t('Scan of {0}: {1}', jobName(tracked), statusTitle(job)) };
  item.command = commands.showProgress;
  item.show();
}

function outcomeLabel(job: Job): string {
  if (job.status === 'failed') return vscode.l10n.t('Scan failed');
  if (job.status === 'canceled') return vscode.l10n.t('Scan canceled');
  return job.status === 'expired' ? vscode.l10n.t('Scan expired') : vscode.l10n.t('Scan completed');
}

/** The open findings in all folders, and whether there are gaps. */
function showFindings(item: vscode.StatusBarItem, now: Standing, newSince: NewSince): void {
  const { findings, gaps, jobs, partial } = now;
  const { ref } = newSince;
  const open =
    ref === undefined
      ? now.open
      : summarize(findings.filter((one) => countsAsOpen(one.state) && newSince.isNew(one)).map(({ issue }) => issue));
  const clean = totalOf(open) === 0;
  const found = clean && gaps > 0 ? gapCount(gaps) : summaryText(open);
  const isPartial = partial.length > 0;
  const since = ref === undefined ? found : vscode.l10n.t('{0} new since {1}', found, ref);
  const text = isPartial ? vscode.l10n.t('{0} (partial)', since) : since;
  item.text = gaps > 0 ? `$(shield) ${text} $(warning)` : `$(shield) ${text}`;
  const names = [...new Set(jobs.map((tracked) => folderName(tracked) ?? jobLabel(tracked.job)))];
  const lines = [vscode.l10n.t('{0}: {1}. Click to show the findings.', names.join(', '), resultText(open, gaps))];
  if (ref !== undefined) lines.push(vscode.l10n.t('New since {0}. Findings that it already had are hidden.', ref));
  if (gaps > 0) lines.push(vscode.l10n.t('Completed with gaps: not everything was scanned.'));
  if (isPartial) lines.push(vscode.l10n.t('Partial: a scan did not finish, so there may be more.'));
  item.tooltip = lines.join('\n');
  item.command = clean && gaps > 0 ? commands.showGaps : commands.showFindings;
  item.accessibilityInformation = { label: `CodeAgent. ${item.tooltip}` };
  item.show();
}

/** A scan without a result. */
function showOutcome(item: vscode.StatusBarItem, tracked: TrackedJob): void {
  item.text = `$(shield) ${outcomeLabel(tracked.job)}`;
  item.tooltip = vscode.l10n.t('{0}: {1}. Click to show its progress.', jobName(tracked), outcomeLabel(tracked.job));
  item.command = commands.showProgress;
  item.accessibilityInformation = { label: `CodeAgent. ${item.tooltip}` };
  item.show();
}
