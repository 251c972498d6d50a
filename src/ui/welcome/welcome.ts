import * as vscode from 'vscode';
import { commands } from '../manifest/ids';
import { contextKeys } from '../manifest/keys';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';

const shown = 'welcome.shown';

/**
 * Registers the walkthrough, and tells it what has happened. In a window opened by `npm start`, which sets an environment variable for it, the walkthrough and
 * the CodeAgent side bar open once per workspace. A normal installation opens nothing by itself.
 */
export function registerWelcome(context: WindowContext): void {
  const { workspaceState } = context;
  const open = () =>
    vscode.commands.executeCommand('workbench.action.openWalkthrough', 'codeagent.codeagent-scanner#start', false);
  registerCommand(context, commands.openWalkthrough, async () => {
    await open();
  });
  tellSteps(context);
  if (process.env['CODEAGENT_WELCOME'] !== '1' || workspaceState.get(shown) === true) return;
  void workspaceState.update(shown, true);
  void open();
  void vscode.commands.executeCommand('workbench.view.extension.codeagent');
}

/** Sets the context keys that complete steps of the walkthrough and that nothing else needs. */
function tellSteps({ store, decisions, standing, subscriptions }: WindowContext): void {
  const reach = (key: string) => void vscode.commands.executeCommand('setContext', key, true);
  const count = () => {
    const { findings, hidden } = standing.now;
    return { all: findings.length, hidden };
  };
  let before = count();
  subscriptions.push(
    decisions.onDecided(() => reach(contextKeys.decided)),
    decisions.onChange(() => (before = count())),
    store.onChange(({ action, job }) => {
      if (action !== 'checked' && action !== 'report' && action !== 'removed') return;
      const now = count();
      const isChecked = action === 'checked' && now.all < before.all;
      if (isChecked || (action === 'report' && (job?.comparison?.fixed ?? 0) > 0)) reach(contextKeys.findingGone);
      // By a comment in a file that was saved.
      if (action === 'checked' && now.hidden > before.hidden) reach(contextKeys.decided);
      before = now;
    }),
  );
}
