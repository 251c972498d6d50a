import * as vscode from 'vscode';
import { DisposableStore, toDisposable } from '../../base/lifecycle';
import type { TrackedJob } from '../../store/scanStore';
import { config } from '../manifest/config';
import { gapLine } from '../../findings/coverage';
import { gapsOf } from '../../store/coverage';
import { countsAsOpen } from '../decisions/decisions';
import { endingsOf, showsNotification, outcomeOf, type Ending } from './endings';
import { commands, settings } from '../manifest/ids';
import { showingErrors } from '../window/command';
import type { WindowContext } from '../window/windowContext';
import { inertLine, oneLine } from '../words/plainText';
import { folderName, jobName } from '../words/jobName';
import { jobLabel } from '../words/words';

const startedMs = 3000;
const canceledMs = 4000;
const endedMs = 8000;
/** Scans that end within this time share one message, in ms. */
const batchMs = 250;

/** Reports the start and end of each scan once: in a notification if it needs attention, otherwise in the status bar. */
export function registerEndedScans({ scans, decisions, standing, log, subscriptions }: WindowContext): void {
  const disposables = new DisposableStore();
  subscriptions.push(disposables);
  const ended: TrackedJob[] = [];
  let timer: NodeJS.Timeout | undefined;
  const showInStatusBar = (text: string, ms: number) => disposables.add(vscode.window.setStatusBarMessage(text, ms));

  const reportEnded = () => {
    timer = undefined;
    const all = ended.splice(0);
    const completed = all.filter(({ job }) => job.status === 'completed');
    const failed = all.filter(({ job }) => job.status !== 'completed');
    const outcomes = completed.map((tracked) => outcomeOf(tracked, decisions.of(tracked.folder), countsAsOpen));
    const nameOf = (tracked: TrackedJob) => (folderName(tracked) === undefined ? undefined : jobName(tracked));
    for (const ending of endingsOf(outcomes, failed, { open: standing.now.open, nameOf })) {
      if (showsNotification(ending, config.get(settings.notifications))) void showingErrors(log, () => show(ending));
      else showInStatusBar(`$(shield) ${inertLine(ending.text)}`, endedMs);
    }
  };
  disposables.add(toDisposable(() => clearTimeout(timer)));
  disposables.add(
    scans.onStarted((tracked) => {
      showInStatusBar(`$(shield) ${vscode.l10n.t('Scan started: {0}', jobName(tracked))}`, startedMs);
    }),
  );
  disposables.add(
    scans.onEnded((tracked) => {
      for (const gap of gapsOf(tracked)) log.warn(`${jobLabel(tracked.job)}: ${oneLine(gapLine(gap), 1000)}`);
      if (tracked.job.status === 'canceled') {
        showInStatusBar(`$(circle-slash) ${vscode.l10n.t('Scan canceled: {0}', jobName(tracked))}`, canceledMs);
        return;
      }
      ended.push(tracked);
      timer ??= setTimeout(reportEnded, batchMs);
    }),
  );
}

async function show({ kind, text, gaps, jobs }: Ending): Promise<void> {
  const message = inertLine(text);
  // With several jobs, the views show all of them.
  const node = jobs.length === 1 && jobs[0] ? { kind: 'job', id: jobs[0].id } : undefined;
  if (kind === 'completed') {
    const [showFindings, openReport] = [vscode.l10n.t('Show Findings'), vscode.l10n.t('Open Report')];
    const showGaps = vscode.l10n.t('Show Gaps');
    const choice =
      gaps > 0
        ? await vscode.window.showWarningMessage(message, showGaps, showFindings, openReport)
        : await vscode.window.showInformationMessage(message, showFindings, openReport);
    if (choice === showGaps) await vscode.commands.executeCommand(commands.showGaps, node);
    if (choice === showFindings) await vscode.commands.executeCommand(commands.showFindings, node);
    if (choice === openReport) await vscode.commands.executeCommand(commands.openReport, node);
    return;
  }
  const [showLog, retry] = [vscode.l10n.t('Show Log'), vscode.l10n.t('Retry')];
  const choice = await vscode.window.showErrorMessage(message, showLog, retry);
  if (choice === showLog) await vscode.commands.executeCommand(commands.showLog);
  if (choice === retry)
    for (const { id } of jobs) await vscode.commands.executeCommand(commands.rerunScan, { kind: 'job', id });
}
