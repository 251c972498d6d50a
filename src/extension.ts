import type * as vscode from 'vscode';
import { registerAgents } from './ui/agents/agents';
import { registerAnalyzers } from './ui/analyzers/chooseAnalyzers';
import { registerContextKeys } from './ui/contextKeys/contextKeys';
import { registerDetail } from './ui/detail/detail';
import { registerEditor } from './ui/editor/editor';
import { registerFindings } from './ui/findings/commands';
import { registerImportSarif } from './ui/importSarif/importSarif';
import { registerLog } from './ui/log/log';
import { registerCustomRules } from './ui/customRules/customRules';
import { registerPersistence } from './ui/persistence/persistence';
import { registerNotifications } from './ui/notifications/notifications';
import { registerProgressPanels } from './ui/panel/progressPanels';
import { registerReports } from './ui/report/reportView';
import { registerScanning } from './ui/scanning/scanning';
import { registerScansView } from './ui/scansView/scansView';
import { registerServer } from './ui/server/signIn';
import { registerStatusBar } from './ui/statusBar/statusBar';
import { registerWelcome } from './ui/welcome/welcome';
import { createWindowContext } from './ui/window/windowContext';

/** For tests. */
export interface ExtensionApi {
  readonly store: ReturnType<typeof createWindowContext>['store'];
  readonly scans: ReturnType<typeof registerScansView>['tree'];
  readonly findings: ReturnType<typeof registerFindings>;
  readonly agents: ReturnType<typeof registerAgents>;
  readonly customRules: ReturnType<typeof registerCustomRules>;
  /** The runner's process ID; undefined if none has been needed. */
  runnerPid(): Promise<number | undefined>;
}
let closeRunner: (() => Promise<void>) | undefined;

/** Lets each feature register itself. Nothing is started here: the first scan starts the runner. */
export function activate(extension: vscode.ExtensionContext): ExtensionApi {
  const context = createWindowContext(extension);
  closeRunner = () => context.runner.release();
  const panels = registerProgressPanels(context);
  registerReports(context);
  const { tree: scans, serverJobs } = registerScansView(context, panels);
  const findings = registerFindings(context);
  const detail = registerDetail(context, { tree: findings, ...registerEditor(context) });
  for (const register of [registerContextKeys, registerScanning, registerImportSarif, registerAnalyzers])
    register(context);
  registerServer(context, serverJobs);
  registerNotifications(context, panels);
  registerStatusBar(context);
  for (const register of [registerLog, registerPersistence]) register(context);
  registerWelcome(context, () => detail.finding !== undefined);
  const agents = registerAgents(context);
  const customRules = registerCustomRules(context);
  return { store: context.store, scans, findings, agents, customRules, runnerPid: () => context.runner.pid() };
}

/** VS Code awaits this, so no runner stays behind, except a busy one for the next window. */
export function deactivate(): Promise<void> | undefined {
  return closeRunner?.();
}
