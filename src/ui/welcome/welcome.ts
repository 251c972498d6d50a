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
    // VS Code completes no step by a key that was set before it opened the first walkthrough, not even when that changes again.
    const steps = {
      scan: context.store.jobs.some(hasReport),
      understand: isFindingShown(),
      fix: reached.has(contextKeys.findingGone),
      decide: reached.has(contextKeys.decided),
    };
    for (const [step, isDone] of Object.entries(steps))
      if (isDone) await vscode.commands.executeCommand('setContext', contextKeys.doneBefore, step);
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
