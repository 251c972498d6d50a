import * as vscode from 'vscode';
import { CodedError, errorMessage } from '../base/errors';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import { isTerminal } from '../protocol';
import { gapCountOf } from '../store/coverage';
import type { ScanStore } from '../store/scanStore';
import { exportReport } from './exportReport';
import { commands, views } from './ids';
import type { FindingsTree } from './findings/findingsTree';
import type { Imports } from './imports';
import type { ProgressPanels } from './panel/progressPanels';
import type { ReportView } from './report/reportView';
import { config } from './config';
import { hasReport, jobIdOf, pickJob } from './pickJob';
import { inertLine } from './plainText';
import type { Scans } from './scans';
import { showScanOptions } from './scanOptions';
import { scanGitRepository, signIn, signOut } from './serverCommands';
import type { Services } from './services';
import type { ScansTree } from './tree/scansTree';
import type { ServerJobs } from './tree/serverJobs';

export interface CommandParts {
  readonly scans: Scans;
  readonly imports: Imports;
  readonly services: Services;
  readonly serverJobs: ServerJobs;
  readonly store: ScanStore;
  readonly tree: ScansTree;
  readonly findings: FindingsTree;
  readonly panels: ProgressPanels;
  readonly reports: ReportView;
  readonly log: vscode.LogOutputChannel;
}

/** Registers every command. A command calls a service or opens a view; what goes wrong is told in one place. */
export function registerCommands(parts: CommandParts): Disposable {
  const { scans, imports, services, serverJobs, tree, store, findings, panels, reports, log } = parts;
  const disposables = new DisposableStore();
  const register = (id: string, run: (argument: unknown) => Promise<void> | void) =>
    disposables.add(
      vscode.commands.registerCommand(id, async (argument: unknown) => {
        try {
          await run(argument);
        } catch (error) {
          tell(error, log);
        }
      }),
    );

  register(commands.scanWorkspace, () => scanWorkspace(scans));
  register(commands.scanOptions, () => showScanOptions());
  register(commands.scanLocally, () => scanWorkspace(scans, 'local'));
  register(commands.scanRemotely, () => scanWorkspace(scans, 'remote'));
  register(commands.scanGitRepository, () => scanGitRepository(scans));
  register(commands.signIn, async () => {
    await signIn(services);
    await serverJobs.refresh();
  });
  register(commands.signOut, async () => {
    await signOut(services);
    await serverJobs.refresh();
  });
  register(commands.refreshServerJobs, () => serverJobs.refresh());
  register(commands.openServerJob, async (argument) => {
    const job = serverJobs.jobOf(argument);
    if (!job) return;
    const tracked = await scans.resume(job);
    if (tracked.job.status === 'completed') await scans.loadReport(tracked.id);
    panels.show(tracked.id);
  });
  register(commands.cancelScan, async (argument) => {
    const tracked = await pickJob(store, argument, {
      fits: ({ job }) => !isTerminal(job.status),
      title: vscode.l10n.t('Cancel which scan?'),
      none: vscode.l10n.t('No scan is running.'),
    });
    if (tracked) await scans.cancel(tracked.id);
  });
  register(commands.rerunScan, async (argument) => {
    const tracked = await pickJob(store, argument, {
      // Of a row it is said why it cannot be repeated.
      fits: ({ job, request }) => isTerminal(job.status) && (request !== undefined || jobIdOf(argument) !== undefined),
      title: vscode.l10n.t('Rerun which scan?'),
      none: vscode.l10n.t('No scan has ended yet.'),
    });
    if (tracked?.origin.service === 'imported') await imports.add(tracked.origin.url);
    else if (tracked) scans.rerun(tracked.id);
  });
  register(commands.openRow, async () => {
    const [node] = tree.view.selection;
    if (node?.kind === 'job') panels.show(node.id);
    if (node?.kind === 'serverJob') await vscode.commands.executeCommand(commands.openServerJob, node);
  });
  register(commands.showProgress, async (argument) => {
    // Without a row: what runs comes first.
    const any = jobIdOf(argument) !== undefined || store.running.length === 0;
    const tracked = await pickJob(store, argument, {
      fits: ({ job }) => any || !isTerminal(job.status),
      title: vscode.l10n.t('Show the progress of which scan?'),
      none: vscode.l10n.t('There is no scan yet.'),
    });
    if (tracked) panels.show(tracked.id);
  });
  register(commands.openReport, async (argument) => {
    const tracked = await pickJob(store, argument, {
      fits: hasReport,
      title: vscode.l10n.t('Open the report of which scan?'),
      none: vscode.l10n.t('No scan has completed yet.'),
    });
    if (tracked) reports.show(tracked.id);
  });
  register(commands.showGaps, async (argument) => {
    const tracked = await pickJob(store, argument, {
      fits: (one) => gapCountOf(one) > 0,
      title: vscode.l10n.t('Show what which scan did not look at?'),
      none: vscode.l10n.t('No scan has gaps.'),
    });
    if (!tracked) return;
    // What they are stands in the report; a job of an earlier window has that at its service.
    await scans.loadReport(tracked.id);
    panels.show(tracked.id);
  });
  register(commands.importSarif, () => imports.ask());
  register(commands.exportReport, async (argument) => {
    const tracked = await pickJob(store, argument, {
      fits: hasReport,
      title: vscode.l10n.t('Export the report of which scan?'),
      none: vscode.l10n.t('No scan has completed yet.'),
    });
    if (tracked) await exportReport(scans, tracked);
  });
  register(commands.showFindings, async (argument) => {
    const id = jobIdOf(argument);
    // A job of an earlier window has its report at its service.
    if (id !== undefined && store.get(id)?.job.status === 'completed') await scans.loadReport(id);
    findings.showJob(id);
    await vscode.commands.executeCommand(`${views.findings}.focus`);
  });
  register(commands.deleteScan, async (argument) => {
    const tracked = await pickJob(store, argument, {
      fits: ({ job }) => isTerminal(job.status),
      title: vscode.l10n.t('Remove which scan from the list?'),
      none: vscode.l10n.t('No scan has ended yet.'),
    });
    if (tracked) store.dispatch({ type: 'removed', ids: [tracked.id] });
  });
  register(commands.showLog, () => log.show());
  register(commands.clearFinished, () => {
    const ended = store.jobs.filter((tracked) => isTerminal(tracked.job.status));
    store.dispatch({ type: 'removed', ids: ended.map((tracked) => tracked.id) });
  });
  return disposables;
}

/** Tells what went wrong: a sentence as a notification, the rest in the log. */
export function tell(error: unknown, log: vscode.LogOutputChannel): void {
  // Ours says all in its sentence; of any other the place where it was thrown matters.
  if (error instanceof CodedError)
    log.error(`${error.message}${error.cause === undefined ? '' : ` ${errorMessage(error.cause)}`}`);
  else log.error(error instanceof Error ? error : String(error));
  const showLog = vscode.l10n.t('Show Log');
  void vscode.window.showErrorMessage(inertLine(errorMessage(error)), showLog).then((choice) => {
    if (choice === showLog) log.show();
  });
}

async function scanWorkspace(scans: Scans, mode?: 'local' | 'remote'): Promise<void> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0)
    throw new CodedError('NO_FOLDER', vscode.l10n.t('Open a folder first; there is nothing to scan.'));
  for (const folder of await chooseFolders(folders)) {
    if (folder.uri.scheme !== 'file') {
      throw new CodedError(
        'UNSUPPORTED',
        vscode.l10n.t('{0} is a virtual folder; a scan needs files on disk.', folder.name),
      );
    }
    scans.start({
      service: (mode ?? config.mode(folder.uri)) === 'remote' ? 'remote' : 'embedded',
      request: { source: { kind: 'path', path: folder.uri.fsPath } },
      label: folder.name,
      folder: folder.uri.fsPath,
    });
  }
}

/** The only folder of the workspace, or those the user picks. */
async function chooseFolders(folders: readonly vscode.WorkspaceFolder[]): Promise<readonly vscode.WorkspaceFolder[]> {
  if (folders.length === 1) return folders;
  const items = folders.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, picked: true, folder }));
  const picked = await vscode.window.showQuickPick(items, {
    canPickMany: true,
    title: vscode.l10n.t('Scan which folders?'),
  });
  return picked?.map((item) => item.folder) ?? [];
}
