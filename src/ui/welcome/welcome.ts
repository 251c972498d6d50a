import * as vscode from 'vscode';
import { hasReport } from '../jobs/pickJob';
import { commands } from '../manifest/ids';
import { contextKeys } from '../manifest/keys';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';

const shown = 'welcome.shown';
const walkthrough = 'codeagent.codeagent-scanner#start';

/**
 * Registers the walkthrough, and tells it what has happened. In a window opened by `npm start`, which sets an environment variable for it, the walkthrough and
 * the CodeAgent side bar open once per workspace. A normal installation opens nothing by itself.
 * @param isFindingShown whether Finding Detail shows a finding
 */
export function registerWelcome(context: WindowContext, isFindingShown: () => boolean): void {
  const { workspaceState } = context;
  const reached = tellSteps(context);
  const open = async () => {
    await vscode.commands.executeCommand('workbench.action.openWalkthrough', walkthrough, false);
    // VS Code takes notice of changes only, and of none before it has opened a walkthrough.
    const values = [
      [contextKeys.hasReport, context.store.jobs.some(hasReport)],
      [contextKeys.findingShown, isFindingShown()],
      [contextKeys.findingGone, reached.has(contextKeys.findingGone)],
      [contextKeys.decided, reached.has(contextKeys.decided)],
    ] as const;
    for (const [key, value] of values) {
      if (!value) continue;
      await vscode.commands.executeCommand('setContext', key, false);
      await vscode.commands.executeCommand('setContext', key, true);
    }
  };
  registerCommand(context, commands.openWalkthrough, open);
  if (process.env['CODEAGENT_WELCOME'] !== '1' || workspaceState.get(shown) === true) return;
  void workspaceState.update(shown, true);
  void open();
  void vscode.commands.executeCommand('workbench.view.extension.codeagent');
}

/** Sets the context keys that complete steps of the walkthrough and that nothing else needs. @returns those that are set so far */
function tellSteps({ store, decisions, standing, subscriptions }: WindowContext): ReadonlySet<string> {
  const reached = new Set<string>();
  const reach = (key: string) => {
    reached.add(key);
    void vscode.commands.executeCommand('setContext', key, true);
  };
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
  return reached;
}
