import * as vscode from 'vscode';
import type { Undo } from '../decisions/decisions';
import { showingErrors } from './command';

/** Says what was done, and offers to undo it. Does not wait for the answer. */
export function offerUndo(text: string, undo: Undo, log: vscode.LogOutputChannel): void {
  const button = vscode.l10n.t('Undo');
  void showingErrors(log, async () => {
    if ((await vscode.window.showInformationMessage(text, button)) === button) await undo();
  });
}
