import * as vscode from 'vscode';
import { DisposableStore } from '../../base/lifecycle';
import { isTerminal } from '../../protocol';
import type { ScanStore, TrackedJob } from '../../store/scanStore';
import { showingErrors } from '../window/command';
import type { WindowContext } from '../window/windowContext';
import { jobName } from '../words/jobName';
import { percentOf, statusTitle } from '../words/words';

/** Shows a cancellable progress notification for each scan that is started or resumed in this window, until it ends. */
export function registerProgressNotification({ scans, store, log, subscriptions }: WindowContext): void {
  const cancel = (id: string) => void showingErrors(log, () => scans.cancel(id));
  for (const event of [scans.onStarted, scans.onResumed])
    subscriptions.push(event((tracked) => void show(tracked, store, cancel)));
}

function show(started: TrackedJob, store: ScanStore, cancel: (id: string) => void): Thenable<void> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Scanning {0}', jobName(started)),
    cancellable: true,
  };
  return vscode.window.withProgress(
    options,
    (progress, token) =>
      new Promise<void>((resolve) => {
        const disposables = new DisposableStore();
        let reported = 0;
        const update = (tracked: TrackedJob | undefined) => {
          if (!tracked || isTerminal(tracked.job.status)) {
            disposables.dispose();
            resolve();
            return;
          }
          const percent = percentOf(tracked.job);
          progress.report({ message: `${statusTitle(tracked.job)} · ${percent}%`, increment: percent - reported });
          reported = percent;
        };
        disposables.add(token.onCancellationRequested(() => cancel(started.id)));
        disposables.add(
          store.onChange((change) => {
            if (change.job?.id === started.id && change.action !== 'log') update(change.job);
            else if (change.action === 'removed' && !store.get(started.id)) update(undefined);
          }),
        );
        update(store.get(started.id));
      }),
  );
}
