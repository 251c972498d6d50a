import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import { isTerminal } from '../protocol';
import type { ScanStore, TrackedJob } from '../store/scanStore';
import type { Scans } from './scans';
import { jobName } from './jobName';
import { percentOf, statusTitle } from './words';

/** Shows each scan that was started here, or goes on here, as a cancellable progress notification, until it ends in whatever way. */
export function registerProgressNotification(scans: Scans, store: ScanStore, cancel: (id: string) => void): Disposable {
  const disposables = new DisposableStore();
  for (const event of [scans.onStarted, scans.onResumed])
    disposables.add(
      event((tracked) => {
        if (!tracked.quiet) void show(tracked, store, cancel);
      }),
    );
  return disposables;
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
