import * as vscode from 'vscode';
import { CodedError, errorMessage } from '../base/errors';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import { isTerminal } from '../protocol';
import type { ScanStore, TrackedJob } from '../store/scanStore';
import { commands, views } from './ids';
import type { FindingsTree } from './findings/findingsTree';
import type { ProgressPanels } from './panel/progressPanels';
import type { ReportView } from './reportView';
import { config } from './config';
import type { Scans } from './scans';
import { scanGitRepository, signIn, signOut } from './serverCommands';
import type { Services } from './services';
import type { ScansTree } from './tree/scansTree';
import type { ServerJobs } from './tree/serverJobs';
import { jobDescription, jobLabel } from './words';

export interface CommandParts {
  readonly scans: Scans;
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
  const { scans, services, serverJobs, tree, store, findings, panels, reports, log } = parts;
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

  register(commands.scanWorkspace, () => scanWorkspace(scans, config.mode()));
  register(commands.scanLocally, () => scanWorkspace(scans, 'local'));
  register(commands.scanRemotely, () => scanWorkspace(scans, 'remote'));
  register(commands.scanGitRepository, () => scanGitRepository(scans));
  register(commands.signIn, async () => {
    await signIn(services);
    serverJobs.refresh();
  });
  register(commands.signOut, async () => {
    await signOut(services);
    serverJobs.refresh();
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
    const tracked = await pickJob(
      store,
      argument,
      (job) => !isTerminal(job.job.status),
      'Cancel which scan?',
      'No scan is running.',
    );
    if (tracked) await scans.cancel(tracked.id);
  });
  register(commands.rerunScan, async (argument) => {
    const ended = (job: TrackedJob) => isTerminal(job.job.status) && job.request !== undefined;
    const tracked = await pickJob(store, argument, ended, 'Rerun which scan?', 'No scan has ended yet.');
    if (tracked) scans.rerun(tracked.id);
  });
  register(commands.openRow, async () => {
    const [node] = tree.view.selection;
    if (node?.kind === 'job') panels.show(node.id);
    if (node?.kind === 'serverJob') await vscode.commands.executeCommand(commands.openServerJob, node);
  });
  register(commands.showProgress, async (argument) => {
    // Without a row: what runs comes first.
    const any = jobIdOf(argument) !== undefined || store.running.length === 0;
    const fits = (job: TrackedJob) => any || !isTerminal(job.job.status);
    const title = 'Show the progress of which scan?';
    const tracked = await pickJob(store, argument, fits, title, 'There is no scan yet.');
    if (tracked) panels.show(tracked.id);
  });
  register(commands.openReport, async (argument) => {
    const completed = (job: TrackedJob) => job.job.status === 'completed';
    const tracked = await pickJob(
      store,
      argument,
      completed,
      'Open the report of which scan?',
      'No scan has completed yet.',
    );
    if (tracked) await reports.open(tracked);
  });
  register(commands.showFindings, async (argument) => {
    const id = jobIdOf(argument);
    // A job of an earlier window has its report at its service.
    if (id !== undefined && store.get(id)?.job.status === 'completed') await scans.loadReport(id);
    findings.showJob(id);
    await vscode.commands.executeCommand(`${views.findings}.focus`);
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
  log.error(error instanceof Error ? error : String(error));
  void vscode.window.showErrorMessage(errorMessage(error), 'Show Log').then((choice) => {
    if (choice === 'Show Log') log.show();
  });
}

async function scanWorkspace(scans: Scans, mode: 'local' | 'remote'): Promise<void> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) throw new CodedError('NO_FOLDER', 'Open a folder first; there is nothing to scan.');
  for (const folder of await chooseFolders(folders)) {
    if (folder.uri.scheme !== 'file') {
      throw new CodedError('UNSUPPORTED', `${folder.name} is a virtual folder; a scan needs files on disk.`);
    }
    scans.start({
      service: mode === 'remote' ? 'remote' : 'embedded',
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
  const picked = await vscode.window.showQuickPick(items, { canPickMany: true, title: 'Scan which folders?' });
  return picked?.map((item) => item.folder) ?? [];
}

/** The job of the row a command was called on; without one, the only job that fits, or the one the user picks. */
async function pickJob(
  store: ScanStore,
  argument: unknown,
  fits: (tracked: TrackedJob) => boolean,
  title: string,
  none: string,
): Promise<TrackedJob | undefined> {
  const id = jobIdOf(argument);
  if (id !== undefined) {
    const tracked = store.get(id);
    return tracked && fits(tracked) ? tracked : undefined;
  }
  const [first, ...others] = store.jobs.filter(fits);
  if (!first) {
    void vscode.window.showInformationMessage(none);
    return undefined;
  }
  if (others.length === 0) return first;
  const items = [first, ...others].map((tracked) => ({
    label: jobLabel(tracked.job),
    description: jobDescription(tracked.job),
    tracked,
  }));
  return (await vscode.window.showQuickPick(items, { title }))?.tracked;
}

function jobIdOf(argument: unknown): string | undefined {
  if (typeof argument !== 'object' || argument === null || !('id' in argument)) return undefined;
  return typeof argument.id === 'string' ? argument.id : undefined;
}
