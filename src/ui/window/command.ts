import * as vscode from 'vscode';
import { CodedError, errorMessage } from '../../base/errors';
import type { commands } from '../manifest/ids';
import { inertLine } from '../words/plainText';
import type { WindowContext } from './windowContext';

/**
 * Registers a command for as long as the window is open. Whatever it throws is shown by {@link showError}.
 * @param run receives the arguments of the command: on a row, that row and all selected rows. A keybinding may pass anything
 */
export function registerCommand(
  { subscriptions, log }: Pick<WindowContext, 'subscriptions' | 'log'>,
  id: (typeof commands)[keyof typeof commands],
  run: (argument: unknown, selected: unknown) => Promise<void> | void,
): void {
  subscriptions.push(
    vscode.commands.registerCommand(id, (argument: unknown, selected: unknown) =>
      showingErrors(log, () => run(argument, selected)),
    ),
  );
}

/** Runs something other than a command, such as a notification's button, and shows its errors like a command's. Never rejects. */
export async function showingErrors(log: vscode.LogOutputChannel, run: () => unknown): Promise<void> {
  try {
    await run();
  } catch (error) {
    showError(error, log);
  }
}

/** Shows an error: its message in a notification, the details in the log. */
function showError(error: unknown, log: vscode.LogOutputChannel): void {
  // The message of a CodedError says it all. For any other error, the stack trace matters.
  if (error instanceof CodedError)
    log.error(`${error.message}${error.cause === undefined ? '' : ` ${errorMessage(error.cause)}`}`);
  else log.error(error instanceof Error ? error : String(error));
  const showLog = vscode.l10n.t('Show Log');
  void vscode.window.showErrorMessage(inertLine(errorMessage(error)), showLog).then((choice) => {
    if (choice === showLog) log.show();
  });
}
