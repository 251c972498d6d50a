import * as vscode from 'vscode';
import type { WindowContext } from '../window/windowContext';

const shown = 'welcome.shown';

/**
 * Opens the CodeAgent side bar and the walkthrough, once per workspace, in a window opened by `npm start`, which sets an environment variable for
 * it. A normal installation opens nothing by itself.
 */
export function registerWelcome({ workspaceState }: WindowContext): void {
  if (process.env['CODEAGENT_WELCOME'] !== '1' || workspaceState.get(shown) === true) return;
  void workspaceState.update(shown, true);
  void vscode.commands.executeCommand('workbench.action.openWalkthrough', 'codeagent.codeagent-scanner#start', false);
  void vscode.commands.executeCommand('workbench.view.extension.codeagent');
}
