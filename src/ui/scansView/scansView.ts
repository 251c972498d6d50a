import * as vscode from 'vscode';
import { commands } from '../manifest/ids';
import type { ProgressPanels } from '../panel/progressPanels';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';
import { registerComparisons } from './compareScans';
import { registerJobCommands } from './jobCommands';
import { ScansTree } from './scansTree';
import { ServerJobs } from './serverJobs';

/**
 * Registers the Scans view, with the scans of this window and of the team's server.
 * @param panels opened by clicking a row
 */
export function registerScansView(
  context: WindowContext,
  panels: ProgressPanels,
): { tree: ScansTree; serverJobs: ServerJobs } {
  const { services, scans, store } = context;
  const serverJobs = new ServerJobs(services, store);
  const tree = new ScansTree(store, serverJobs);
  context.subscriptions.push(serverJobs, tree);
  registerCommand(context, commands.refreshServerJobs, () => serverJobs.refresh());
  registerCommand(context, commands.openServerJob, async (argument) => {
    const job = serverJobs.jobOf(argument);
    if (!job) return;
    const tracked = await scans.follow(job);
    if (tracked.job.status === 'completed') await scans.loadReport(tracked.id);
    panels.show(tracked.id);
  });
  registerCommand(context, commands.openRow, async () => {
    const [node] = tree.view.selection;
    if (node?.kind === 'job') panels.show(node.id);
    if (node?.kind === 'comparison') await vscode.commands.executeCommand(commands.compareScan, node);
    if (node?.kind === 'serverJob') await vscode.commands.executeCommand(commands.openServerJob, node);
  });
  registerJobCommands(context);
  registerComparisons(context);
  return { tree, serverJobs };
}
