import * as vscode from 'vscode';
import { CodedError, errorMessage } from '../../base/errors';
import type { commands } from '../manifest/ids';
import { inertLine } from '../words/plainText';
import type { WindowContext } from './windowContext';

/**
 * Registers a command for as long as the window is open. What it throws is shown by {@link showError}.
 * @param run gets what the command was called with: of a row the row, then all rows that are selected. A keybinding may pass anything
 */
export function registerCommand(
  { subscriptions, log }: Pick<WindowContext, 'subscriptions' | 'log'>,
  id: (typeof commands)[keyof typeof commands],
  run: (argument: unknown, selected: unknown) => Promise<void> | void,
): void {
  subscriptions.push(
    vscode.commands.registerCommand(id, async (argument: unknown, selected: unknown) => {
      try {
        await run(argument, selected);
      } catch (error) {
        showError(error, log);
      }
    }),
  );
}

/** Shows what went wrong: a sentence as a notification, the rest in the log. */
export function showError(error: unknown, log: vscode.LogOutputChannel): void {
  // Ours says all in its sentence; of any other the place where it was thrown matters.
  if (error instanceof CodedError)
    log.error(`${error.message}${error.cause === undefined ? '' : ` ${errorMessage(error.cause)}`}`);
  else log.error(error instanceof Error ? error : String(error));
  const showLog = vscode.l10n.t('Show Log');
  void vscode.window.showErrorMessage(inertLine(errorMessage(error)), showLog).then((choice) => {
    if (choice === showLog) log.show();
  });
}
