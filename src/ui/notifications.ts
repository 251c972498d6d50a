import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { TrackedJob } from '../store/scanStore';
import { commands } from './ids';
import type { Scans } from './scans';
import { durationMs, durationText, failureText, jobLabel, summaryText } from './words';

const startedMs = 3000;
const canceledMs = 4000;

/** Tells the start and the end of each scan once: what needs a person as a notification, the rest in the status bar. */
export function registerNotifications(scans: Scans): Disposable {
  const disposables = new DisposableStore();
  disposables.add(
    scans.onStarted((tracked) => {
      if (tracked.quiet) return;
      disposables.add(vscode.window.setStatusBarMessage(`$(shield) Scan started: ${jobLabel(tracked.job)}`, startedMs));
    }),
  );
  disposables.add(
    scans.onEnded((tracked) => {
      if (tracked.quiet) return;
      if (tracked.job.status === 'canceled') {
        disposables.add(
          vscode.window.setStatusBarMessage(`$(circle-slash) Scan canceled: ${jobLabel(tracked.job)}`, canceledMs),
        );
      } else if (tracked.job.status === 'completed') void completed(tracked);
      else void failed(tracked);
    }),
  );
  return disposables;
}

async function completed(tracked: TrackedJob): Promise<void> {
  const { job, report } = tracked;
  const counts = job.summary ?? report?.summary;
  const ms = durationMs(job);
  const found = counts ? summaryText(counts) : 'the report could not be read';
  const message = `Scan completed: ${found}${ms === undefined ? '' : ` in ${durationText(ms)}`}`;
  const choice = await vscode.window.showInformationMessage(message, 'Show Findings', 'Open Report');
  if (choice === 'Show Findings') await vscode.commands.executeCommand(commands.showFindings, nodeOf(tracked));
  if (choice === 'Open Report') await vscode.commands.executeCommand(commands.openReport, nodeOf(tracked));
}

async function failed(tracked: TrackedJob): Promise<void> {
  const message = `Scan of ${jobLabel(tracked.job)} failed: ${failureText(tracked.job)}`;
  const choice = await vscode.window.showErrorMessage(message, 'Show Log', 'Retry');
  if (choice === 'Show Log') await vscode.commands.executeCommand(commands.showLog);
  if (choice === 'Retry') await vscode.commands.executeCommand(commands.rerunScan, nodeOf(tracked));
}

function nodeOf(tracked: TrackedJob): { kind: 'job'; id: string } {
  return { kind: 'job', id: tracked.id };
}
