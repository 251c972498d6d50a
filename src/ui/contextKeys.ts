import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import { isTerminal } from '../protocol';
import { gapCountOf } from '../store/coverage';
import type { ScanStore } from '../store/scanStore';
import { config } from './config';
import { contextKeys, settings } from './ids';

/** Keeps the context keys, which menus and enablements ask for, in step with the store. */
export function registerContextKeys(store: ScanStore): Disposable {
  const set = new Map<string, boolean>();
  const update = () => {
    const { jobs } = store;
    const now = new Map<string, boolean>([
      [contextKeys.running, jobs.some((tracked) => !isTerminal(tracked.job.status))],
      [contextKeys.hasJobs, jobs.length > 0],
      [contextKeys.hasServer, config.serverUrl() !== undefined],
      [contextKeys.hasGaps, jobs.some((tracked) => gapCountOf(tracked) > 0)],
      [contextKeys.hasEnded, jobs.some((tracked) => isTerminal(tracked.job.status))],
    ]);
    for (const [key, value] of now) {
      if (set.get(key) === value) continue;
      set.set(key, value);
      void vscode.commands.executeCommand('setContext', key, value);
    }
  };
  const disposables = new DisposableStore();
  disposables.add(
    store.onChange((change) => {
      if (change.from !== change.to || change.action === 'removed' || change.action === 'report') update();
    }),
  );
  disposables.add(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(settings.serverUrl)) update();
    }),
  );
  update();
  return disposables;
}
