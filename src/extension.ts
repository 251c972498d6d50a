import type * as vscode from 'vscode';
import type { ScanStore } from './store/scanStore';
import { registerAnalyzers } from './ui/analyzers/chooseAnalyzers';
import { registerContextKeys } from './ui/contextKeys/contextKeys';
import { registerEditor } from './ui/editor/editor';
import { registerFindings } from './ui/findings/commands';
import type { FindingsTree } from './ui/findings/findingsTree';
import { registerImportSarif } from './ui/importSarif/importSarif';
import { registerLog } from './ui/log/log';
import { registerMemory } from './ui/memory/memory';
import { registerNotifications } from './ui/notifications/notifications';
import { registerProgressPanels } from './ui/panel/progressPanels';
import { registerReports } from './ui/report/reportView';
import { registerScanning } from './ui/scanning/scanning';
import { registerScansView } from './ui/scansView/scansView';
import type { ScansTree } from './ui/scansView/scansTree';
import { registerServer } from './ui/server/signIn';
import { registerStatusBar } from './ui/statusBar/statusBar';
import { registerWelcome } from './ui/welcome/welcome';
import { openWindow } from './ui/window/windowContext';

/** What tests may look at. */
export interface ExtensionApi {
  readonly store: ScanStore;
  readonly scans: ScansTree;
  readonly findings: FindingsTree;
  /** The runner's process id; undefined while none was needed. */
  runnerPid(): Promise<number | undefined>;
}

let closeRunner: (() => Promise<void>) | undefined;

/** Has each feature register itself. Nothing is started here: the first scan starts the runner. */
export function activate(extension: vscode.ExtensionContext): ExtensionApi {
  const began = performance.now();
  const context = openWindow(extension);
  closeRunner = () => context.runner.leave();
  const panels = registerProgressPanels(context);
  registerReports(context);
  const { tree: scans, serverJobs } = registerScansView(context, panels);
  const findings = registerFindings(context);
  registerEditor(context);
  registerContextKeys(context);
  registerScanning(context);
  registerImportSarif(context);
  registerAnalyzers(context);
  registerServer(context, serverJobs);
  registerNotifications(context, panels);
  registerStatusBar(context);
  registerLog(context);
  registerMemory(context);
  registerWelcome(context);
  context.log.info(`Activated in ${(performance.now() - began).toFixed(1)} ms.`);
  return { store: context.store, scans, findings, runnerPid: () => context.runner.pid() };
}

/** VS Code waits for the promise: no runner stays behind, but one with a scan under way for the window that may come. */
export function deactivate(): Promise<void> | undefined {
  return closeRunner?.();
}
