import * as vscode from 'vscode';
import { isTerminal } from '../../protocol';
import { gapCountOf } from '../../store/coverage';
import { config } from '../manifest/config';
import { settings } from '../manifest/ids';
import { contextKeys } from '../manifest/keys';
import { hasReport } from '../jobs/pickJob';
import type { WindowContext } from '../window/windowContext';

/** Keeps the context keys that `when` clauses use in sync with the store. */
export function registerContextKeys({ store, subscriptions }: WindowContext): void {
  const set = new Map<string, boolean>();
  const update = () => {
    const { jobs } = store;
    const values = new Map<string, boolean>([
      [contextKeys.running, jobs.some((tracked) => !isTerminal(tracked.job.status))],
      [contextKeys.hasJobs, jobs.length > 0],
      [contextKeys.hasServer, config.serverUrl() !== undefined],
      [contextKeys.hasGaps, jobs.some((tracked) => gapCountOf(tracked) > 0)],
      [contextKeys.hasReport, jobs.some(hasReport)],
      [contextKeys.hasEnded, jobs.some((tracked) => isTerminal(tracked.job.status))],
    ]);
    for (const [key, value] of values) {
      if (set.get(key) === value) continue;
      set.set(key, value);
      void vscode.commands.executeCommand('setContext', key, value);
    }
  };
  subscriptions.push(
    store.onChange((change) => {
      if (change.from !== change.to || change.action === 'removed' || change.action === 'report') update();
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(settings.serverUrl.id)) update();
    }),
  );
  update();
}
