import * as vscode from 'vscode';
import { isTerminal } from '../../protocol';
import { jobIdOf, pickJob } from '../jobs/pickJob';
import { commands } from '../manifest/ids';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';

/** Registers the commands that cancel, rerun and remove scans. */
export function registerJobCommands(context: WindowContext): void {
  const { scans, imports, store } = context;
  registerCommand(context, commands.cancelScan, async (argument) => {
    const tracked = await pickJob(store, argument, {
      matches: ({ job }) => !isTerminal(job.status),
      title: vscode.l10n.t('Select a scan to cancel'),
      none: vscode.l10n.t('No scan is running.'),
    });
    if (tracked) await scans.cancel(tracked.id);
  });
  registerCommand(context, commands.rerunScan, async (argument) => {
    const tracked = await pickJob(store, argument, {
      // On a row, rerunning a scan that was started elsewhere fails with the reason.
      matches: ({ job, request }) =>
        isTerminal(job.status) && (request !== undefined || jobIdOf(argument) !== undefined),
      title: vscode.l10n.t('Select a scan to rerun'),
      none: vscode.l10n.t('No scan has finished yet.'),
    });
    if (tracked?.origin.service === 'imported') await imports.add(tracked.origin.url);
    else if (tracked) scans.rerun(tracked.id);
  });
  registerCommand(context, commands.deleteScan, async (argument) => {
    const tracked = await pickJob(store, argument, {
      matches: ({ job }) => isTerminal(job.status),
      title: vscode.l10n.t('Select a scan to remove from the list'),
      none: vscode.l10n.t('No scan has finished yet.'),
    });
    if (tracked) store.dispatch({ type: 'removed', ids: [tracked.id] });
  });
  registerCommand(context, commands.clearFinished, () => {
    const ended = store.jobs.filter((tracked) => isTerminal(tracked.job.status));
    store.dispatch({ type: 'removed', ids: ended.map((tracked) => tracked.id) });
  });
}
