import * as vscode from 'vscode';
import type { Disposable } from '../base/lifecycle';
import { isTerminal } from '../protocol';
import type { ScanStore } from '../store/scanStore';
import { contextKeys } from './ids';

/** Keeps the context keys, which menus and enablements ask for, in step with the store. */
export function registerContextKeys(store: ScanStore): Disposable {
  const set = new Map<string, boolean>();
  const update = () => {
    const { jobs } = store;
    const now = new Map<string, boolean>([
      [contextKeys.running, jobs.some((tracked) => !isTerminal(tracked.job.status))],
      [contextKeys.hasJobs, jobs.length > 0],
      [contextKeys.hasEnded, jobs.some((tracked) => isTerminal(tracked.job.status))],
    ]);
    for (const [key, value] of now) {
      if (set.get(key) === value) continue;
      set.set(key, value);
      void vscode.commands.executeCommand('setContext', key, value);
    }
  };
  return store.onChange((change) => {
    if (change.from !== change.to || change.action === 'removed') update();
  });
}
