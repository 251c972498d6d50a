import { join } from 'node:path';
import * as vscode from 'vscode';
import { errorMessage } from './base/errors';
import { RunnerProcess } from './client/runnerProcess';
import { networkEnvironment } from './base/network';
import { ScanStore } from './store/scanStore';
import { registerChooseAnalyzers } from './ui/analyzers/chooseAnalyzers';
import { currentToolSettings } from './ui/analyzers/toolSettings';
import { registerCommands, tell } from './ui/commands';
import { config } from './ui/config';
import { registerContextKeys } from './ui/contextKeys';
import { Decisions } from './ui/decisions';
import { registerCodeActions } from './ui/editor/codeActions';
import { registerCodeLens } from './ui/editor/codeLens';
import { EditorFindings } from './ui/editor/editorFindings';
import { registerHover } from './ui/editor/hover';
import { registerFindings } from './ui/findings/commands';
import { FindingsTree } from './ui/findings/findingsTree';
import { Imports } from './ui/imports';
import { registerNotifications } from './ui/notifications';
import { ProgressPanels } from './ui/panel/progressPanels';
import { registerProgressNotification } from './ui/progressNotification';
import { ReportView } from './ui/report/reportView';
import { Scans } from './ui/scans';
import { registerScopes } from './ui/scopes';
import { registerSound } from './ui/sound';
import { StandingNow } from './ui/standingNow';
import { registerStatusBar } from './ui/statusBar';
import { askToSignIn } from './ui/serverCommands';
import { Services } from './ui/services';
import { ScansTree } from './ui/tree/scansTree';
import { ServerJobs } from './ui/tree/serverJobs';
import { Uploads } from './ui/uploads';
import { registerMemory, restoreJobs } from './ui/memory';

/** What tests may look at. */
export interface ExtensionApi {
  readonly store: ScanStore;
  readonly scans: ScansTree;
  readonly findings: FindingsTree;
  /** The runner's process id; undefined while none was needed. */
  runnerPid(): Promise<number | undefined>;
}

let closeRunner: (() => Promise<void>) | undefined;

/** Puts the parts together. Nothing is started here: the first scan starts the runner. */
export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const began = performance.now();
  const log = vscode.window.createOutputChannel('CodeAgent', { log: true });
  const store = new ScanStore((error) => log.error(errorMessage(error)));
  const cli = context.asAbsolutePath('dist/cli.js');
  const storage = (context.storageUri ?? context.globalStorageUri).fsPath;
  const runner = new RunnerProcess({
    cli,
    storage,
    roots: () =>
      (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => (uri.scheme === 'file' ? uri.fsPath : [])),
    tools: currentToolSettings,
    env: () => networkEnvironment(config.network()),
    log,
  });
  closeRunner = () => runner.leave();
  const services = new Services(runner, context.secrets, log);
  const uploads = new Uploads(cli, join(storage, 'uploads'), context.workspaceState);
  const imports = new Imports(context.asAbsolutePath('dist/importWorker.js'), join(storage, 'imports'), store, log);
  const scans = new Scans(services, uploads, imports, store, log, runner);
  const serverJobs = new ServerJobs(services, store);
  const panels = new ProgressPanels(context.extensionUri, scans, store, log);
  const reports = new ReportView(context.extensionUri, scans, store, log);
  const tree = new ScansTree(store, serverJobs);
  const decisions = new Decisions(log);
  const standing = new StandingNow(store, decisions);
  const findings = new FindingsTree(store, decisions, standing, context.workspaceState);
  const inEditor = new EditorFindings(store, decisions, log);
  const cancel = (id: string) => void scans.cancel(id).catch((error: unknown) => tell(error, log));

  context.subscriptions.push(
    log,
    store,
    scans,
    imports,
    panels,
    reports,
    serverJobs,
    tree,
    decisions,
    standing,
    findings,
    inEditor,
    registerContextKeys(store),
    registerCommands({ tree, scans, imports, services, serverJobs, store, findings, panels, reports, log }),
    registerScopes(scans, store, log),
    registerChooseAnalyzers(services, log),
    registerFindings(findings, decisions, scans, log),
    registerHover(inEditor),
    registerCodeActions(inEditor),
    registerCodeLens(inEditor),
    registerNotifications(scans, decisions, standing, log),
    registerProgressNotification(scans, store, cancel),
    registerSound(scans, panels),
    registerStatusBar(store, decisions, standing),
    registerMemory(store, context.workspaceState, log),
    scans.onUnauthorized(askToSignIn(services, log)),
  );
  void restoreJobs(scans, store, context.workspaceState, log);
  log.info(`Activated in ${(performance.now() - began).toFixed(1)} ms.`);
  return { store, scans: tree, findings, runnerPid: () => runner.pid() };
}

/** VS Code waits for the promise: no runner stays behind, but one with a scan under way for the window that may come. */
export function deactivate(): Promise<void> | undefined {
  return closeRunner?.();
}
